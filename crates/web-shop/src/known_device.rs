//! `/known-device`: a mailed link makes a browser a known device of the account that it was mailed to.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::refusal::Refusal;
use services::Error;
use web_kit::caller::{DeviceSecrets, Sender};
use web_kit::form::Form;
use web_kit::form_data::FormData;
use web_kit::form_page::FormPage;
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

/// Shows a button and uses nothing up: mail programs open links to check them.
pub(crate) async fn show(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let parameters = FormData::from_query(query.as_deref());
    let token = parameters.get("token");
    if !app.shop.accounts().known_device_token_is_good(token).await? {
        return Ok(dead_link(&app.site));
    }
    let lead = "Then you can sign in on it at once, however many wrong passwords others try elsewhere. You still need \
                your password.";
    let form = Form::new("/known-device", "Make this browser known", Vec::new()).carrying("token", token);
    Ok(FormPage::new(
        &app.site,
        "/known-device",
        "Do you want to sign in on this device?",
        lead,
    )
    .asking(form)
    .answer())
}

pub(crate) async fn make_known(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    data: FormData,
) -> Result<Response, Problem> {
    match app.shop.accounts().make_device_known(data.get("token"), &device).await {
        Ok(secret) => {
            let mut response = conditional::go_on("/sign-in?done=known");
            known.keep(&app.site, &mut response, &secret);
            Ok(response)
        }
        Err(Error::Refused(Refusal::Invalid(_))) => Ok(dead_link(&app.site)),
        Err(error) => Err(error.into()),
    }
}

fn dead_link(site: &Site) -> Response {
    let lead = "It is wrong, was used before, or is older than a day.";
    FormPage::new(site, "/known-device", "This link is no longer valid", lead)
        .with_status(StatusCode::BAD_REQUEST)
        .leading("/sign-in".to_owned(), "Sign in")
        .answer()
}
