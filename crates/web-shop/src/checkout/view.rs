//! The view of the checkout.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::cart::{Cart, CartLine};
use domain::money::Cents;
use web_kit::form;
use web_kit::form_page::private_layout;
use web_kit::format::{self, Price};
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{Site, conditional};

use super::CONSENT_VERSION;
use crate::card::Card;

#[derive(Template)]
#[template(path = "checkout.html")]
pub(super) struct CheckoutPage {
    layout: Layout,
    lines: Vec<Line>,
    /// Whether lines of the cart are left out, because they are sold out.
    partial: bool,
    /// What is bought: game and quantity, each.
    items: String,
    total: Price,
    /// The same, for the form.
    exact_total: String,
    balance: Price,
    /// What is left after the order; `None` if the wallet holds too little.
    left: Option<Price>,
    /// What is missing.
    short: Option<Price>,
    is_proven: bool,
    key: String,
    consent_version: &'static str,
    problem: Option<Problem>,
}

struct Line {
    card: Card,
    copies: String,
    sum: Price,
}

impl CheckoutPage {
    pub(super) fn of(site: &Site, cart: &Cart, (balance, is_proven): (Cents, bool), key: String) -> Self {
        let bought: Vec<&CartLine> = cart.lines.iter().filter(|line| line.game.in_stock).collect();
        let items: Vec<String> = bought
            .iter()
            .map(|line| format!("{}:{}", line.game.id, line.quantity))
            .collect();
        let total = cart.total();
        let left = Cents::new(balance.get() - total.get());
        let is_short = left < Cents::ZERO;
        Self {
            layout: private_layout(site, "Checkout", "/checkout"),
            partial: bought.len() < cart.lines.len(),
            lines: bought.into_iter().map(Line::of).collect(),
            items: items.join(","),
            total: Price::of(total),
            exact_total: total.to_string(),
            balance: Price::of(balance),
            left: (!is_short).then(|| Price::of(left)),
            short: is_short.then(|| Price::of(left.magnitude())),
            is_proven,
            key,
            consent_version: CONSENT_VERSION,
            problem: None,
        }
    }

    pub(super) fn refused(mut self, problem: Problem) -> Self {
        self.layout.title = format!("Error: {}", self.layout.title);
        self.problem = Some(problem);
        self
    }

    pub(super) fn answer(&self) -> Response {
        let problem = self.problem.as_ref();
        let status = problem.map_or(StatusCode::OK, |problem| problem.status);
        let waiting = problem.and_then(|problem| problem.retry_after);
        conditional::send_privately(status, render(self), conditional::HTML, waiting)
    }

    fn summary(&self) -> Option<String> {
        self.problem.as_ref().map(form::summary)
    }

    /// What is wrong with the tick.
    fn wrong_consent(&self) -> Option<&str> {
        self.wrong("consent").next()
    }

    /// What is wrong with what is ordered.
    fn wrong_order(&self) -> impl Iterator<Item = &str> {
        self.wrong("items")
    }

    fn wrong(&self, field: &'static str) -> impl Iterator<Item = &str> {
        let details = self.problem.iter().flat_map(|problem| &problem.details);
        let wrong = details.filter(move |wrong| wrong.field == field);
        wrong.map(|wrong| wrong.message.as_str())
    }
}

impl Line {
    fn of(line: &CartLine) -> Self {
        Self {
            card: Card::listed(&line.game),
            copies: format::plural(u64::from(line.quantity), "copy", "copies"),
            sum: Price::of(line.sum()),
        }
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::cart::ListedGame;
    use domain::refusal::{FieldError, Refusal};

    let game = ListedGame::from(&fixtures::game());
    let sold_out = ListedGame {
        in_stock: false,
        ..game.clone()
    };
    let line = |game: &ListedGame| CartLine {
        game: game.clone(),
        quantity: 2,
    };
    let cart = Cart {
        lines: vec![line(&game), line(&sold_out)],
        kept: Vec::new(),
    };
    let site = fixtures::site();
    let page =
        |balance, is_proven| CheckoutPage::of(&site, &cart, (Cents::new(balance), is_proven), "a-key".to_owned());
    let wrong = FieldError::new("consent", "has to be <ticked>");
    let too_many = FieldError::new("items", "an order has at most <20> copies");
    let pages = [
        CheckoutPage::of(&site, &Cart::default(), (Cents::ZERO, true), "a-key".to_owned()),
        page(100_000_000, true),
        page(1, true),
        page(100_000_000, false),
        page(100_000_000, true).refused(Refusal::Invalid(vec![wrong]).into()),
        page(100_000_000, true).refused(Refusal::Invalid(vec![too_many]).into()),
        page(1, true).refused(Refusal::InsufficientBalance { short: Cents::new(7) }.into()),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}
