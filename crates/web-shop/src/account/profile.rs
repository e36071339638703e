//! `/account`: the e-mail address and the names.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::account::{NICKNAME_UNSET, User};
use services::accounts::ProfileChange;
use web_kit::caller::Customer;
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

use super::AccountLayout;

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    email: &'a str,
    verified: bool,
    since: String,
    form: Form,
}

pub(crate) async fn show(State(app): State<App>, Customer(caller): Customer, RawQuery(query): RawQuery) -> Response {
    let notice = match FormData::from_query(query.as_deref()).get("done") {
        "saved" => Some("Your profile is saved."),
        "verified" => Some("Your e-mail address is verified."),
        _ => None,
    };
    page(&app.site, &caller.user, form(&caller.user), notice)
}

pub(crate) async fn save(
    State(app): State<App>,
    Customer(caller): Customer,
    data: FormData,
) -> Result<Response, Problem> {
    let typed = |field: &str| Some(data.get(field).to_owned());
    let change = ProfileChange {
        nickname: typed("nickname"),
        first_name: typed("firstName"),
        last_name: typed("lastName"),
        avatar: None,
    };
    match app.shop.accounts().change_profile(&caller, &change).await {
        Ok(_) => Ok(conditional::go_on("/account?done=saved")),
        Err(error) => {
            let form = form(&caller.user).refused(&data, error)?;
            Ok(page(&app.site, &caller.user, form, None))
        }
    }
}

fn form(user: &User) -> Form {
    // The default nickname is shown as an empty field.
    let nickname = Some(user.nickname.as_str()).filter(|name| *name != NICKNAME_UNSET);
    let called = Field::name("nickname", "What should we call you?", "nickname");
    let fields = vec![
        called
            .hinted("Shown at the top of every page.")
            .holding(nickname.unwrap_or_default()),
        Field::name("firstName", "First name", "given-name").holding(user.first_name.as_deref().unwrap_or_default()),
        Field::name("lastName", "Last name", "family-name").holding(user.last_name.as_deref().unwrap_or_default()),
    ];
    Form::new("/account", "Save", fields)
}

fn page(site: &Site, user: &User, form: Form, notice: Option<&'static str>) -> Response {
    let account = AccountLayout::new(site, "/account", "Your account", notice).refused(form.problem().is_some());
    let (status, waiting) = (form.status(), form.waiting());
    let page = ProfilePage {
        layout: &account.layout,
        account: &account,
        email: user.email.as_str(),
        verified: user.email_verified_at.is_some(),
        since: format::date(&user.created_at.iso_day()),
        form,
    };
    conditional::send_privately(status, render(&page), conditional::HTML, waiting)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let account = AccountLayout::new(&fixtures::site(), "/account", "Your account", Some("Saved"));
    let page = |verified| ProfilePage {
        layout: &account.layout,
        account: &account,
        email: "ada@example.org",
        verified,
        since: format::date(&fixtures::now().iso_day()),
        form: Form::new(
            "/account",
            "Save",
            vec![Field::name("nickname", "Nickname", "nickname")],
        ),
    };
    [page(true), page(false)]
        .iter()
        .map(template_checks::Sample::of)
        .collect()
}
