//! `/verify-email`: verifying an e-mail address by a mailed code.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use web_kit::caller::{Customer, Sender};
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::form_page::FormPage;
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

pub(crate) async fn show(State(app): State<App>, Customer(caller): Customer, RawQuery(query): RawQuery) -> Response {
    if caller.user.email_verified_at.is_some() {
        return conditional::go_on("/account");
    }
    let said = "A mail with a code is on its way. The code is good for half an hour.";
    match FormData::from_query(query.as_deref()).get("done") {
        "sent" => code_page(&app.site, code_form(), Some(said)),
        "asked" => code_page(&app.site, code_form(), None),
        _ => send_page(&app.site, send_form()),
    }
}

/// Mails a code, or checks a typed one, depending on the form.
pub(crate) async fn verify(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    data: FormData,
) -> Result<Response, Problem> {
    if data.get("send") == "code" {
        return match app.shop.accounts().send_verification_code(&caller).await {
            Ok(()) => Ok(conditional::go_on("/verify-email?done=sent")),
            Err(error) => Ok(send_page(&app.site, send_form().refused(&data, error)?)),
        };
    }
    match app
        .shop
        .accounts()
        .verify_email(&caller, data.get("code"), &device)
        .await
    {
        Ok(()) => Ok(conditional::go_on("/account?done=verified")),
        Err(error) => Ok(code_page(&app.site, code_form().refused(&data, error)?, None)),
    }
}

fn send_form() -> Form {
    Form::new("/verify-email", "E-mail me a code", Vec::new()).carrying("send", "code")
}

fn send_page(site: &Site, form: Form) -> Response {
    let lead = "We mail six digits to the address of your account; typing them here shows that the mail arrived.";
    FormPage::new(site, "/verify-email", "Verify your address", lead)
        .asking(form)
        .leading(
            "/verify-email?done=asked".to_owned(),
            "Type a code that you have already",
        )
        .leading("/account".to_owned(), "Back to your account")
        .answer()
}

fn code_form() -> Form {
    let code = Field::code("Code").hinted("Six digits, from the mail.");
    Form::new("/verify-email", "Verify", vec![code])
}

fn code_page(site: &Site, form: Form, notice: Option<&'static str>) -> Response {
    let lead = "The e-mail may take a minute. Please look into your spam folder too.";
    FormPage::new(site, "/verify-email", "Enter the code", lead)
        .saying(notice)
        .asking(form)
        .leading("/verify-email".to_owned(), "Ask for another code")
        .leading("/account".to_owned(), "Back to your account")
        .answer()
}
