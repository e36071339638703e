//! A form page: a heading, a sentence, the form, and links.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::Form;
use crate::page::{Layout, render};
use crate::{Site, conditional};

/// A form page. It is personal, and never cached.
#[derive(Template)]
#[template(path = "form_page.html")]
pub struct FormPage {
    layout: Layout,
    heading: &'static str,
    lead: &'static str,
    /// The result of the previous action.
    notice: Option<&'static str>,
    form: Option<Form>,
    /// Links, each as address and text.
    ways: Vec<(String, &'static str)>,
    status: StatusCode,
}

impl FormPage {
    /// The page at `path`.
    pub fn new(site: &Site, path: &str, heading: &'static str, lead: &'static str) -> Self {
        Self {
            layout: private_layout(site, heading, path),
            heading,
            lead,
            notice: None,
            form: None,
            ways: Vec::new(),
            status: StatusCode::OK,
        }
    }

    /// Adds the form.
    pub fn asking(mut self, form: Form) -> Self {
        self.status = form.status();
        if form.problem().is_some() {
            self.layout.title = format!("Error: {}", self.layout.title);
        }
        self.form = Some(form);
        self
    }

    /// Adds a notice above the form.
    pub fn saying(mut self, notice: Option<&'static str>) -> Self {
        self.notice = notice;
        self
    }

    /// Adds a link.
    pub fn leading(mut self, href: String, text: &'static str) -> Self {
        self.ways.push((href, text));
        self
    }

    /// Sets the status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page as a response.
    pub fn answer(self) -> Response {
        let waiting = self.form.as_ref().and_then(Form::waiting);
        conditional::send_privately(self.status, render(&self), conditional::HTML, waiting)
    }
}

/// The layout of a personal page; it is not indexed by search engines.
pub fn private_layout(site: &Site, title: &str, path: &str) -> Layout {
    Layout {
        indexed: false,
        ..Layout::new(site, title, path)
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::refusal::{FieldError, Refusal};

    use crate::form::Field;
    use crate::form_data::FormData;

    let form = || {
        let fields = vec![
            Field::email(),
            Field::new_password("password", "Password"),
            Field::name("nickname", "Nickname", "nickname").holding("Ada \"&<"),
        ];
        Form::new("/register", "Create account", fields).carrying("next", "/cart")
    };
    let page = || FormPage::new(&crate::test_site::site(), "/register", "Create an account", "A lead");
    let wrong = ["email", "another"].map(|name| FieldError::new(name, "is <wrong>"));
    let refused = form().refused(
        &FormData::from_query(Some("email=ada%40example.org")),
        Refusal::Invalid(wrong.into()).into(),
    );
    let refused = refused.unwrap_or_else(|_| panic!("this form can be repaired"));
    let pages = [
        page().asking(form()).saying(Some("Done")),
        page().asking(refused).leading("/sign-in".to_owned(), "Sign in"),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}
