//! `/forgot-password` and `/reset-password`: a new password by a mailed link.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::refusal::Refusal;
use services::Error;
use web_kit::caller::{DeviceSecrets, Sender};
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::form_page::FormPage;
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

pub(crate) async fn ask_for_address(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let sent = FormData::from_query(query.as_deref()).get("done") == "sent";
    let said = "If there is an account with this address, a mail with a link is on its way. It is good for an hour.";
    forgot_page(&app.site, forgot_form(), sent.then_some(said))
}

pub(crate) async fn send_link(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    data: FormData,
) -> Result<Response, Problem> {
    let (email, carried) = (data.get("email"), known.carried(None));
    match app.shop.accounts().forgot_password(email, &device, carried).await {
        Ok(()) => Ok(conditional::go_on("/forgot-password?done=sent")),
        Err(error) => {
            let form = forgot_form().refused(&data, error)?;
            let said = "A link that was mailed within the last hour is still good, whoever asked for it.";
            let notice = form.waiting().map(|_| said);
            Ok(forgot_page(&app.site, form, notice))
        }
    }
}

fn forgot_form() -> Form {
    Form::new("/forgot-password", "Send the link", vec![Field::email()])
}

fn forgot_page(site: &Site, form: Form, notice: Option<&'static str>) -> Response {
    let lead = "Enter the e-mail address of your account, and we will send you a link to set a new password.";
    FormPage::new(site, "/forgot-password", "Forgot your password?", lead)
        .saying(notice)
        .asking(form)
        .leading("/sign-in".to_owned(), "Back to signing in")
        .answer()
}

pub(crate) async fn ask_for_password(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let parameters = FormData::from_query(query.as_deref());
    let token = parameters.get("token");
    if !app.shop.accounts().reset_token_is_good(token).await? {
        return Ok(dead_link(&app.site));
    }
    Ok(reset_page(&app.site, reset_form(token)))
}

pub(crate) async fn reset(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    data: FormData,
) -> Result<Response, Problem> {
    let token = data.get("token");
    match app
        .shop
        .accounts()
        .reset_password(token, data.get("newPassword"), &device)
        .await
    {
        Ok(device_secret) => {
            let mut response = conditional::go_on("/sign-in?done=reset");
            known.keep(&app.site, &mut response, &device_secret);
            Ok(response)
        }
        Err(Error::Refused(Refusal::Invalid(wrong))) if wrong.iter().any(|wrong| wrong.field == "token") => {
            Ok(dead_link(&app.site))
        }
        Err(error) => Ok(reset_page(&app.site, reset_form(token).refused(&data, error)?)),
    }
}

fn reset_form(token: &str) -> Form {
    let fields = vec![Field::new_password("newPassword", "New password")];
    Form::new("/reset-password", "Set the password", fields).carrying("token", token)
}

fn reset_page(site: &Site, form: Form) -> Response {
    let lead = "It ends every sign-in of your account, here and elsewhere.";
    FormPage::new(site, "/reset-password", "Set a new password", lead)
        .asking(form)
        .answer()
}

fn dead_link(site: &Site) -> Response {
    let lead = "It is wrong, was used before, or is older than an hour.";
    FormPage::new(site, "/reset-password", "This link is no longer valid", lead)
        .with_status(StatusCode::BAD_REQUEST)
        .leading("/forgot-password".to_owned(), "Ask for a new link")
        .answer()
}
