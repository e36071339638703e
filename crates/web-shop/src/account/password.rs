//! `/account/password`: another password.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use web_kit::caller::{Customer, Sender};
use web_kit::form::{Field, Form};
use web_kit::page::{Frame, draw};
use web_kit::problem::Problem;
use web_kit::typed::Typed;
use web_kit::{App, Site, conditional};

use super::Desk;

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    email: &'a str,
    form: Form,
}

pub(crate) async fn show(State(app): State<App>, Customer(caller): Customer, RawQuery(query): RawQuery) -> Response {
    let changed = Typed::behind(query.as_deref()).get("done") == "changed";
    let said = "Your password is changed, and every other sign-in has ended.";
    page(&app.site, caller.user.email.as_str(), form(), changed.then_some(said))
}

pub(crate) async fn change(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    typed: Typed,
) -> Result<Response, Problem> {
    let (present, new) = (typed.get("currentPassword"), typed.get("newPassword"));
    match app
        .shop
        .accounts()
        .change_password(&caller, present, new, &device)
        .await
    {
        Ok(()) => Ok(conditional::go_on("/account/password?done=changed")),
        Err(error) => {
            let form = form().refused(&typed, error)?;
            Ok(page(&app.site, caller.user.email.as_str(), form, None))
        }
    }
}

fn form() -> Form {
    let fields = vec![
        Field::present_password("currentPassword", "Present password"),
        Field::new_password("newPassword", "New password"),
    ];
    Form::new("/account/password", "Change the password", fields)
}

fn page(site: &Site, email: &str, form: Form, notice: Option<&'static str>) -> Response {
    let desk = Desk::new(site, "/account/password", "Password", notice).refused(form.problem().is_some());
    let (status, waiting) = (form.status(), form.waiting());
    let page = PasswordPage {
        frame: &desk.frame,
        desk: &desk,
        email,
        form,
    };
    conditional::send_privately(status, draw(&page), conditional::HTML, waiting)
}
