//! Error pages, with links to continue.

use askama::Template;

use crate::Site;
use crate::page::{Layout, render};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "error.html")]
struct Failure<'a> {
    layout: Layout,
    status: u16,
    heading: &'static str,
    text: &'a str,
    request_id: &'a str,
    /// Whether only the operator can fix the error.
    ours: bool,
    /// Whether it is an address of the administration.
    in_desk: bool,
}

/// The page for `problem` of a request for `path`.
pub fn page(site: &Site, problem: &Problem, request_id: &str, path: &str) -> String {
    let status = problem.status.as_u16();
    let (heading, text) = match (status, problem.code) {
        (404, "NOTFOUND002") => (
            "We have no such game",
            "It may have left the shop, or the address may contain a typing error.",
        ),
        (404, _) => ("Page not found", "There is no page at this address."),
        (403, _) => ("Not allowed", problem.message.as_str()),
        (503, _) => ("One moment, please", problem.message.as_str()),
        (500.., _) => (
            "Something went wrong",
            "The error is on our side and has been recorded.",
        ),
        _ => ("Please check your entry", problem.message.as_str()),
    };
    let layout = Layout {
        indexed: false,
        ..Layout::new(site, heading, "/")
    };
    render(&Failure {
        layout,
        status,
        heading,
        text,
        request_id,
        ours: status >= 500,
        in_desk: path.starts_with("/admin/"),
    })
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::refusal::Refusal;

    let problems = [
        Problem::no_such_address(),
        Problem::internal(),
        Problem::busy("Very busy"),
        Refusal::NotAllowed.into(),
    ];
    let site = crate::test_site::site();
    let page =
        |problem| template_checks::Sample::rendered::<Failure<'_>>(page(&site, &problem, "0123456789", "/admin/users"));
    problems.into_iter().map(page).collect()
}
