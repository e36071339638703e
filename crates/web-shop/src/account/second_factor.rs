//! `/account/second-factor`: turning it on with an authenticator app, and off again.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use services::accounts::{Caller, SecondFactorState};
use web_kit::caller::{Customer, Sender};
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

use super::AccountLayout;
use crate::qr::Qr;

const HERE: &str = "/account/second-factor";

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct FactorPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    stage: Stage,
    form: Option<Form>,
}

/// The state of the page.
enum Stage {
    /// It is off, and the account's address has to be verified before it can be set up.
    Unproven,
    /// It is off, and can be set up.
    Off,
    /// An app gets the secret.
    Enrolling { secret: String, qr: Option<Qr> },
    /// It has just been turned on: the recovery codes, shown once.
    Fresh(Vec<String>),
    /// It is on.
    On { since: String, codes_left: String },
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let off = FormData::from_query(query.as_deref()).get("done") == "off";
    let notice = off.then_some("Two-step sign-in is off.");
    let (stage, form) = standing(&app, &caller).await?;
    Ok(page(&app.site, stage, form, notice))
}

/// One address for all steps; the form says which one it is.
pub(crate) async fn act(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    data: FormData,
) -> Result<Response, Problem> {
    let code = data.get("code");
    match data.get("step") {
        "begin" => {
            let password = data.get("currentPassword");
            match app
                .shop
                .accounts()
                .enrol_second_factor(&caller, password, &device)
                .await
            {
                Ok(enrolment) => enrolling(&app.site, &enrolment.address, Ok),
                Err(error) => {
                    let refused = begin_form().refused(&data, error)?;
                    Ok(match standing(&app, &caller).await? {
                        (Stage::Off, _) => page(&app.site, Stage::Off, Some(refused), None),
                        // It is already on, or the address is not verified: the page shows that.
                        _ => conditional::go_on(HERE),
                    })
                }
            }
        }
        "confirm" => match app.shop.accounts().confirm_second_factor(&caller, code, &device).await {
            Ok(codes) => {
                let notice = Some("Two-step sign-in is on.");
                Ok(page(&app.site, Stage::Fresh(codes), None, notice))
            }
            Err(error) => enrolling(&app.site, data.get("address"), |form| form.refused(&data, error)),
        },
        "off" => {
            let password = data.get("currentPassword");
            match app
                .shop
                .accounts()
                .remove_second_factor(&caller, password, code, &device)
                .await
            {
                Ok(()) => Ok(conditional::go_on("/account/second-factor?done=off")),
                Err(error) => {
                    let refused = off_form().refused(&data, error)?;
                    Ok(match standing(&app, &caller).await? {
                        (Stage::Off | Stage::Unproven, _) => conditional::go_on(HERE),
                        (stage, _) => page(&app.site, stage, Some(refused), None),
                    })
                }
            }
        }
        _ => Ok(conditional::go_on(HERE)),
    }
}

async fn standing(app: &App, caller: &Caller) -> Result<(Stage, Option<Form>), Problem> {
    let SecondFactorState {
        since,
        recovery_codes_left,
    } = app.shop.accounts().second_factor(caller).await?;
    Ok(match since {
        None if caller.user.email_verified_at.is_none() => (Stage::Unproven, None),
        None => (Stage::Off, Some(begin_form())),
        Some(since) => {
            let stage = Stage::On {
                since: format::date(&since.iso_day()),
                codes_left: format::plural(recovery_codes_left, "recovery code", "recovery codes"),
            };
            (stage, Some(off_form()))
        }
    })
}

/// The page that shows the secret for an app. A refused code comes back with the address that the app got, so that the
/// page can render it again; the shop checks codes against the secret that it has stored.
fn enrolling(
    site: &Site,
    address: &str,
    prepare: impl FnOnce(Form) -> Result<Form, Problem>,
) -> Result<Response, Problem> {
    let Some(secret) = secret_of(address) else {
        return Ok(conditional::go_on(HERE));
    };
    let stage = Stage::Enrolling {
        secret: in_groups(&secret),
        qr: Qr::of(address),
    };
    let code = Field::code("Code").hinted("Six digits that the app shows now.");
    let form = Form::new(HERE, "Turn it on", vec![code])
        .carrying("step", "confirm")
        .carrying("address", address);
    Ok(page(site, stage, Some(prepare(form)?), None))
}

/// The secret in an `otpauth:` address.
fn secret_of(address: &str) -> Option<String> {
    let address = Some(address).filter(|address| address.len() <= 500 && address.starts_with("otpauth://totp/"))?;
    let secret = FormData::from_query(address.split_once('?').map(|(_, query)| query));
    let secret = secret.get("secret").to_owned();
    secret
        .bytes()
        .all(|b| b.is_ascii_alphanumeric())
        .then_some(secret)
        .filter(|secret| !secret.is_empty())
}

/// Groups of characters are easier to type.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

fn begin_form() -> Form {
    let fields = vec![Field::present_password("currentPassword", "Password")];
    Form::new(HERE, "Set it up", fields).carrying("step", "begin")
}

fn off_form() -> Form {
    let code = Field::code("Code").hinted("Six digits from the app, or a recovery code.");
    let fields = vec![Field::present_password("currentPassword", "Password"), code];
    Form::new(HERE, "Turn it off", fields).carrying("step", "off")
}

fn page(site: &Site, stage: Stage, form: Option<Form>, notice: Option<&'static str>) -> Response {
    let refused = form.as_ref().is_some_and(|form| form.problem().is_some());
    let account = AccountLayout::new(site, HERE, "Two-step sign-in", notice).refused(refused);
    let (status, waiting) = form
        .as_ref()
        .map_or((StatusCode::OK, None), |form| (form.status(), form.waiting()));
    let page = FactorPage {
        layout: &account.layout,
        account: &account,
        stage,
        form,
    };
    conditional::send_privately(status, render(&page), conditional::HTML, waiting)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let account = AccountLayout::new(&fixtures::site(), HERE, "Two-step sign-in", None);
    let enrolling = Stage::Enrolling {
        secret: in_groups("ABCDEFGH234"),
        qr: Qr::of("otpauth://totp/Latchkey:ada%40example.org?secret=ABCDEFGH234&issuer=Latchkey"),
    };
    let on = Stage::On {
        since: format::date(&fixtures::now().iso_day()),
        codes_left: "7 recovery codes".to_owned(),
    };
    let stages = [
        (Stage::Unproven, None),
        (Stage::Off, Some(begin_form())),
        (enrolling, None),
        (Stage::Fresh(vec!["abcd-efgh".to_owned()]), None),
        (on, Some(off_form())),
    ];
    let page = |(stage, form)| FactorPage {
        layout: &account.layout,
        account: &account,
        stage,
        form,
    };
    stages.map(page).iter().map(template_checks::Sample::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_apps_address_holds_a_secret() {
        let address = "otpauth://totp/Latchkey:ada%40example.org?secret=ABCDEFGH234&issuer=Latchkey";
        assert_eq!(secret_of(address).as_deref(), Some("ABCDEFGH234"));
        assert_eq!(in_groups("ABCDEFGH234"), "ABCD EFGH 234");
        for other in [
            "",
            "otpauth://totp/x",
            "https://evil.example/?secret=A",
            "otpauth://totp/x?secret=%3Cb%3E",
        ] {
            assert_eq!(secret_of(other), None, "{other}");
        }
    }
}
