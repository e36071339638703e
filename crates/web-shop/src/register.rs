//! `/register`: making an account.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::account::Registration;
use web_kit::caller::{Anybody, Sender, guest_secret};
use web_kit::door::Door;
use web_kit::form::{Field, Form};
use web_kit::problem::Problem;
use web_kit::typed::Typed;
use web_kit::{App, Site, conditional, links};

use super::sign_in;

pub(crate) async fn show(
    State(app): State<App>,
    Anybody { caller, .. }: Anybody,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Typed::behind(query.as_deref());
    if caller.is_some() {
        return conditional::go_on(asked.next().unwrap_or("/account"));
    }
    page(&app.site, form(&asked), &asked)
}

pub(crate) async fn register(
    State(app): State<App>,
    Sender(device): Sender,
    headers: HeaderMap,
    typed: Typed,
) -> Result<Response, Problem> {
    let asked = Registration {
        email: typed.get("email").to_owned(),
        password: typed.get("password").to_owned(),
        nickname: Some(typed.get("nickname").to_owned()),
        ..Registration::default()
    };
    let guest = guest_secret(&app, &headers).await?;
    match app.shop.accounts().register(&asked, &device, guest.as_deref()).await {
        Ok(signed_in) => Ok(sign_in::enter(&app.site, &signed_in, typed.next())),
        Err(error) => Ok(page(&app.site, form(&typed).refused(&typed, error)?, &typed)),
    }
}

fn form(typed: &Typed) -> Form {
    let nickname = Field::name("nickname", "What should we call you?", "nickname");
    let fields = vec![
        Field::email(),
        Field::new_password("password", "Password"),
        nickname.hinted("Stands at the top of your pages."),
    ];
    Form::new("/register", "Create account", fields).carrying("next", typed.next().unwrap_or_default())
}

fn page(site: &Site, form: Form, typed: &Typed) -> Response {
    let lead = "What you have put into your cart and on your wishlist comes with you.";
    Door::new(site, "/register", "Create an account", lead)
        .asking(form)
        .leading(
            links::with_next("/sign-in", typed.next()),
            "You have an account? Sign in",
        )
        .answer()
}
