//! `/register`: creating an account.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::account::Registration;
use web_kit::caller::{Anybody, DeviceSecrets, GuestSecret, Sender};
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::form_page::FormPage;
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional, links};

use super::sign_in;

pub(crate) async fn show(
    State(app): State<App>,
    Anybody { caller, .. }: Anybody,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = FormData::from_query(query.as_deref());
    if caller.is_some() {
        return conditional::go_on(parameters.next().unwrap_or("/account"));
    }
    page(&app.site, form(&parameters), &parameters)
}

pub(crate) async fn register(
    State(app): State<App>,
    Sender(device): Sender,
    GuestSecret(guest): GuestSecret,
    known: DeviceSecrets,
    data: FormData,
) -> Result<Response, Problem> {
    let registration = Registration {
        email: data.get("email").to_owned(),
        password: data.get("password").to_owned(),
        nickname: Some(data.get("nickname").to_owned()),
        ..Registration::default()
    };
    match app
        .shop
        .accounts()
        .register(&registration, &device, guest.as_deref())
        .await
    {
        Ok(signed_in) => Ok(sign_in::enter(&app.site, &known, &signed_in, data.next())),
        Err(error) => Ok(page(&app.site, form(&data).refused(&data, error)?, &data)),
    }
}

fn form(data: &FormData) -> Form {
    let nickname = Field::name("nickname", "What should we call you?", "nickname");
    let fields = vec![
        Field::email(),
        Field::new_password("password", "Password"),
        nickname.hinted("Shown at the top of every page."),
    ];
    Form::new("/register", "Create account", fields).carrying("next", data.next().unwrap_or_default())
}

fn page(site: &Site, form: Form, data: &FormData) -> Response {
    let lead = "What you have put into your cart and on your wishlist comes with you.";
    FormPage::new(site, "/register", "Create an account", lead)
        .asking(form)
        .leading(
            links::with_next("/sign-in", data.next()),
            "You have an account? Sign in",
        )
        .answer()
}
