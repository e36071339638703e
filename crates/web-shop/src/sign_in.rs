//! `/sign-in` and `/sign-out`: the password, and the second factor if there is one.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::refusal::Refusal;
use services::Error;
use services::accounts::SignedIn;
use web_kit::caller::{Anybody, DeviceSecrets, GuestSecret, Sender};
use web_kit::cookies::Cookie;
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::form_page::FormPage;
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional, links};

use super::migration_notice::MigrationNotice;

pub(crate) async fn show(
    State(app): State<App>,
    Anybody { caller, .. }: Anybody,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = FormData::from_query(query.as_deref());
    if caller.is_some() {
        return conditional::go_on(parameters.next().unwrap_or("/account"));
    }
    let notice = match parameters.get("done") {
        "reset" => Some("Your new password is set. Please sign in with it."),
        "out" => Some("You are signed out."),
        "known" => Some("The shop knows this browser now. Please sign in."),
        _ => None,
    };
    password_page(&app.site, password_form(&parameters), &parameters, notice)
}

/// Both steps post here: the second sends the challenge from the response to the first.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Sender(device): Sender,
    GuestSecret(guest): GuestSecret,
    known: DeviceSecrets,
    data: FormData,
) -> Result<Response, Problem> {
    let (challenge, carried) = (data.get("challenge"), known.carried(guest.as_deref()));
    if !challenge.is_empty() {
        let code = data.get("code");
        let signed_in = app
            .shop
            .accounts()
            .sign_in_with_second_factor(challenge, code, &device, carried);
        return match signed_in.await {
            Ok(signed_in) => Ok(enter(&app.site, &known, &signed_in, data.next())),
            Err(error) => {
                let form = code_form(challenge, &data).refused(&data, error)?;
                let notice = form.waiting().map(|_| LINK_MAILED);
                Ok(code_page(&app.site, form, &data, notice))
            }
        };
    }
    let signed_in = app
        .shop
        .accounts()
        .sign_in(data.get("email"), data.get("password"), &device, carried);
    match signed_in.await {
        Ok(signed_in) => Ok(enter(&app.site, &known, &signed_in, data.next())),
        Err(Error::Refused(Refusal::SecondFactorNeeded { challenge })) => {
            Ok(code_page(&app.site, code_form(&challenge, &data), &data, None))
        }
        Err(error) => {
            let form = password_form(&data).refused(&data, error)?;
            let notice = form.waiting().map(|_| LINK_MAILED);
            Ok(password_page(&app.site, form, &data, notice))
        }
    }
}

/// A caller who is not signed in any more gets the same result.
pub(crate) async fn sign_out(
    State(app): State<App>,
    Anybody { caller, .. }: Anybody,
    Sender(device): Sender,
) -> Result<Response, Problem> {
    if let Some(caller) = caller {
        app.shop.accounts().sign_out(&caller, &device).await?;
    }
    let mut response = conditional::go_on("/sign-in?done=out");
    Cookie::Token.clear(&app.site, &mut response);
    Ok(response)
}

/// Said to everybody whose attempts are used up, whether there is an account or not.
const LINK_MAILED: &str = "After many wrong tries we e-mail the account's owner a link. Opened in this browser, it lets \
                           you try again at once.";

/// Where a new sign-in continues: at the result of the guest's migration, if there is any.
pub(crate) fn enter(site: &Site, known: &DeviceSecrets, signed_in: &SignedIn, next: Option<&str>) -> Response {
    let told = signed_in.migration.as_ref().map(MigrationNotice::of);
    let address = told.and_then(|told| told.address());
    let mut response = conditional::go_on(address.as_deref().or(next).unwrap_or("/account"));
    Cookie::Token.set(site, &mut response, &signed_in.tokens.page);
    known.keep(site, &mut response, &signed_in.device_secret);
    response
}

fn password_form(data: &FormData) -> Form {
    let fields = vec![Field::email(), Field::present_password("password", "Password")];
    Form::new("/sign-in", "Sign in", fields).carrying("next", data.next().unwrap_or_default())
}

fn password_page(site: &Site, form: Form, data: &FormData, notice: Option<&'static str>) -> Response {
    let lead = "Your cart and your wishlist are waiting; what you have collected meanwhile comes with you.";
    FormPage::new(site, "/sign-in", "Sign in", lead)
        .saying(notice)
        .asking(form)
        .leading("/forgot-password".to_owned(), "Forgot your password?")
        .leading(
            links::with_next("/register", data.next()),
            "New here? Create an account",
        )
        .answer()
}

fn code_form(challenge: &str, data: &FormData) -> Form {
    let code = Field::code("Code").hinted("Six digits from your authenticator app, or one of your recovery codes.");
    Form::new("/sign-in", "Go on", vec![code])
        .carrying("challenge", challenge)
        .carrying("next", data.next().unwrap_or_default())
}

fn code_page(site: &Site, form: Form, data: &FormData, notice: Option<&'static str>) -> Response {
    let lead = "Your password is right. Now the code that shows that it is you.";
    FormPage::new(site, "/sign-in", "Enter the code", lead)
        .saying(notice)
        .asking(form)
        .leading(
            links::with_next("/sign-in", data.next()),
            "Start again with the password",
        )
        .answer()
}
