//! `/account/sign-ins`: the sign-ins of an account, ended one by one or all but the current one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::SessionId;
use domain::refusal::Refusal;
use services::accounts::SignIn;
use uuid::Uuid;
use web_kit::caller::{Customer, Sender};
use web_kit::device;
use web_kit::form_data::FormData;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, conditional};

use super::AccountLayout;

#[derive(Template)]
#[template(path = "account/sign_ins.html")]
struct SignInsPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    rows: Vec<Row>,
}

struct Row {
    id: Uuid,
    device: String,
    address: String,
    began: String,
    used: String,
    current: bool,
}

impl Row {
    fn of(sign_in: SignIn) -> Self {
        Self {
            id: sign_in.id.0,
            device: device::named(&sign_in.device.name),
            address: sign_in.device.address,
            began: format::date_time(sign_in.created_at),
            used: format::date_time(sign_in.seen_at),
            current: sign_in.current,
        }
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let notice = match FormData::from_query(query.as_deref()).get("done") {
        "ended" => Some("That sign-in has ended."),
        "everywhere" => Some("Every other sign-in has ended."),
        _ => None,
    };
    let rows = app.shop.accounts().sign_ins(&caller).await?;
    let account = AccountLayout::new(&app.site, "/account/sign-ins", "Where you are signed in", notice);
    let page = SignInsPage {
        layout: &account.layout,
        account: &account,
        rows: rows.into_iter().map(Row::of).collect(),
    };
    Ok(conditional::send_privately(
        StatusCode::OK,
        render(&page),
        conditional::HTML,
        None,
    ))
}

/// Ends the sign-in of the form, or every other one. Ending one that has already ended is not an error.
pub(crate) async fn end(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    data: FormData,
) -> Result<Response, Problem> {
    if data.get("which") == "others" {
        app.shop.accounts().sign_out_everywhere(&caller, &device).await?;
        return Ok(conditional::go_on("/account/sign-ins?done=everywhere"));
    }
    let id = Uuid::parse_str(data.get("which")).map_err(|_| Refusal::SignInNotFound)?;
    match app.shop.accounts().sign_out_of(&caller, SessionId(id), &device).await {
        Ok(()) | Err(services::Error::Refused(Refusal::SignInNotFound)) => {
            Ok(conditional::go_on("/account/sign-ins?done=ended"))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let account = AccountLayout::new(
        &fixtures::site(),
        "/account/sign-ins",
        "Where you are signed in",
        Some("Ended"),
    );
    let row = |current| Row {
        id: Uuid::nil(),
        device: "Firefox <on> Linux".to_owned(),
        address: "192.0.2.1".to_owned(),
        began: format::date_time(fixtures::now()),
        used: format::date_time(fixtures::now()),
        current,
    };
    let page = SignInsPage {
        layout: &account.layout,
        account: &account,
        rows: [true, false].map(row).into(),
    };
    vec![template_checks::Sample::of(&page)]
}
