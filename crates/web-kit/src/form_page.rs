//! A form page: a heading, a sentence, the form, and where else to go.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::Form;
use crate::page::{Layout, render};
use crate::{Site, conditional};

/// Such a page. It is about a person, and never cached.
#[derive(Template)]
#[template(path = "form_page.html")]
pub struct FormPage {
    layout: Layout,
    heading: &'static str,
    lead: &'static str,
    /// What has just been done.
    notice: Option<&'static str>,
    form: Option<Form>,
    /// Each as address and text.
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

    /// With this form.
    pub fn asking(mut self, form: Form) -> Self {
        self.status = form.status();
        if form.problem().is_some() {
            self.layout.title = format!("Error: {}", self.layout.title);
        }
        self.form = Some(form);
        self
    }

    /// With this said above the form.
    pub fn saying(mut self, notice: Option<&'static str>) -> Self {
        self.notice = notice;
        self
    }

    /// With a way to another page.
    pub fn leading(mut self, href: String, text: &'static str) -> Self {
        self.ways.push((href, text));
        self
    }

    /// With this status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page, ready to be sent.
    pub fn answer(self) -> Response {
        let waiting = self.form.as_ref().and_then(Form::waiting);
        conditional::send_privately(self.status, render(&self), conditional::HTML, waiting)
    }
}

/// What is around a page that is about a person: search engines have no use for it.
pub fn private_layout(site: &Site, title: &str, path: &str) -> Layout {
    Layout {
        indexed: false,
        ..Layout::new(site, title, path)
    }
}
