//! `/account/password`: changing the password.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use web_kit::caller::{Customer, Sender};
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

use super::AccountLayout;

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    email: &'a str,
    form: Form,
}

pub(crate) async fn show(State(app): State<App>, Customer(caller): Customer, RawQuery(query): RawQuery) -> Response {
    let changed = FormData::from_query(query.as_deref()).get("done") == "changed";
    let said = "Your password is changed, and every other sign-in has ended.";
    page(&app.site, caller.user.email.as_str(), form(), changed.then_some(said))
}

pub(crate) async fn change(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    data: FormData,
) -> Result<Response, Problem> {
    let (present, new) = (data.get("currentPassword"), data.get("newPassword"));
    match app
        .shop
        .accounts()
        .change_password(&caller, present, new, &device)
        .await
    {
        Ok(()) => Ok(conditional::go_on("/account/password?done=changed")),
        Err(error) => {
            let form = form().refused(&data, error)?;
            Ok(page(&app.site, caller.user.email.as_str(), form, None))
        }
    }
}

fn form() -> Form {
    let fields = vec![
        Field::present_password("currentPassword", "Current password"),
        Field::new_password("newPassword", "New password"),
    ];
    Form::new("/account/password", "Change the password", fields)
}

fn page(site: &Site, email: &str, form: Form, notice: Option<&'static str>) -> Response {
    let account = AccountLayout::new(site, "/account/password", "Password", notice).refused(form.problem().is_some());
    let (status, waiting) = (form.status(), form.waiting());
    let page = PasswordPage {
        layout: &account.layout,
        account: &account,
        email,
        form,
    };
    conditional::send_privately(status, render(&page), conditional::HTML, waiting)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let account = AccountLayout::new(&fixtures::site(), "/account/password", "Password", None);
    let page = PasswordPage {
        layout: &account.layout,
        account: &account,
        email: "ada@example.org",
        form: form(),
    };
    vec![template_checks::Sample::of(&page)]
}
