//! `/account/events`: the security log of an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::security::SecurityEvent;
use web_kit::caller::Customer;
use web_kit::device;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, conditional};

use super::AccountLayout;

#[derive(Template)]
#[template(path = "account/events.html")]
struct EventsPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    rows: Vec<Row>,
}

struct Row {
    what: &'static str,
    /// Whether its owner should check it.
    warning: bool,
    at: String,
    device: String,
    address: String,
}

pub(crate) async fn show(State(app): State<App>, Customer(caller): Customer) -> Result<Response, Problem> {
    let records = app.shop.accounts().security_events(&caller).await?;
    let account = AccountLayout::new(&app.site, "/account/events", "Security log", None);
    let row = |record: services::view::SecurityRecord| {
        let (what, warning) = text_of(record.event);
        Row {
            what,
            warning,
            at: format::date_time(record.at),
            device: device::named(&record.device.name),
            address: record.device.address,
        }
    };
    let page = EventsPage {
        layout: &account.layout,
        account: &account,
        rows: records.into_iter().map(row).collect(),
    };
    Ok(conditional::send_privately(
        StatusCode::OK,
        render(&page),
        conditional::HTML,
        None,
    ))
}

/// The text of an event, and whether its owner should check it.
const fn text_of(event: SecurityEvent) -> (&'static str, bool) {
    match event {
        SecurityEvent::Registered => ("Account created", false),
        SecurityEvent::SignedIn => ("Signed in", false),
        SecurityEvent::SignInFailed => ("A wrong password was tried", true),
        SecurityEvent::SecondFactorFailed => ("The password was right, the code was wrong", true),
        SecurityEvent::SecondFactorReplayed => ("A code of the second step was used a second time, and refused", true),
        SecurityEvent::PasswordCheckFailed => ("Somebody who was signed in typed a wrong current password", true),
        SecurityEvent::DeviceMadeKnown => ("A mailed link made a browser known to the shop", false),
        SecurityEvent::SignedOut => ("Signed out", false),
        SecurityEvent::SignedOutEverywhere => ("Signed out everywhere else", false),
        SecurityEvent::RefreshReused => ("Signed out, because the sign-in may have been copied", true),
        SecurityEvent::PasswordChanged => ("The password was changed", false),
        SecurityEvent::PasswordReset => ("Password reset by an e-mailed link", false),
        SecurityEvent::EmailVerified => ("The e-mail address was verified", false),
        SecurityEvent::SecondFactorOn => ("Two-step sign-in was turned on", false),
        SecurityEvent::SecondFactorOff => ("Two-step sign-in was turned off", true),
        SecurityEvent::RecoveryCodeUsed => ("A recovery code was used", true),
        SecurityEvent::BecameAdmin => ("The account was given staff access", true),
        SecurityEvent::StaffRoleTaken => ("The account no longer has staff access", true),
        SecurityEvent::Blocked => ("The account was blocked by the shop", true),
        SecurityEvent::Unblocked => ("The account is no longer blocked", false),
        SecurityEvent::SignedOutByStaff => ("Signed out everywhere by the shop", true),
        SecurityEvent::ProvedAgain => ("The password or the code was entered again", false),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let account = AccountLayout::new(&fixtures::site(), "/account/events", "Security log", None);
    let row = |(what, warning)| Row {
        what,
        warning,
        at: format::date_time(fixtures::now()),
        device: "Firefox <on> Linux".to_owned(),
        address: "192.0.2.1".to_owned(),
    };
    let page = EventsPage {
        layout: &account.layout,
        account: &account,
        rows: [SecurityEvent::Registered, SecurityEvent::RefreshReused]
            .map(text_of)
            .map(row)
            .into(),
    };
    vec![template_checks::Sample::of(&page)]
}
