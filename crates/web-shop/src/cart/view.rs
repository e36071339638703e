//! The view of a cart's page.

use askama::Template;
use axum::response::Response;
use domain::cart::{Cart, CartLine, QUANTITY_MAX};
use domain::id::GameId;
use web_kit::form;
use web_kit::form_page::private_layout;
use web_kit::format::{self, Price};
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{Site, conditional};

use crate::card::Card;

#[derive(Template)]
#[template(path = "cart.html")]
pub(super) struct CartPage {
    layout: Layout,
    copies: String,
    lines: Vec<Line>,
    kept: Vec<KeptLine>,
    total: Price,
    /// Whether lines are left out of the total.
    partial: bool,
    signed_in: bool,
    notice: Option<String>,
    form_error: Option<CartFormError>,
}

/// A refused form of this page.
pub(super) struct CartFormError {
    /// The game of the form, if it named one.
    pub(super) game: Option<GameId>,
    /// The typed quantity.
    pub(super) quantity: String,
    pub(super) problem: Problem,
}

struct Line {
    id: GameId,
    card: Card,
    /// The value of its field: the quantity, or the refused text.
    copies: String,
    sum: Price,
    /// The error of the typed value.
    wrong: Option<String>,
}

struct KeptLine {
    id: GameId,
    card: Card,
    copies: String,
    why: &'static str,
}

impl CartFormError {
    fn summary(&self) -> String {
        form::summary(&self.problem)
    }

    /// The error of the quantity.
    fn wrong(&self) -> Option<String> {
        let details = self.problem.details.iter();
        details.map(|wrong| wrong.message.clone()).next()
    }
}

impl CartPage {
    pub(super) fn of(site: &Site, cart: &Cart, signed_in: bool, form_error: Option<CartFormError>) -> Self {
        let title = if form_error.is_some() {
            "Error: Your cart"
        } else {
            "Your cart"
        };
        let lines = cart.lines.iter().map(|line| Line::of(line, form_error.as_ref()));
        Self {
            layout: private_layout(site, title, "/cart"),
            copies: format::plural(cart.units(), "copy", "copies"),
            lines: lines.collect(),
            kept: cart.kept.iter().map(|line| KeptLine::of(line, cart)).collect(),
            total: Price::of(cart.total()),
            partial: cart.lines.iter().any(|line| !line.game.in_stock),
            signed_in,
            notice: None,
            form_error,
        }
    }

    pub(super) fn saying(self, notice: Option<String>) -> Self {
        Self { notice, ..self }
    }

    pub(super) fn answer(&self) -> Response {
        let problem = self.form_error.as_ref().map(|form_error| &form_error.problem);
        let status = problem.map_or(axum::http::StatusCode::OK, |problem| problem.status);
        let waiting = problem.and_then(|problem| problem.retry_after);
        conditional::send_privately(status, render(self), conditional::HTML, waiting)
    }

    /// Whether something of it is for sale now, and somebody is signed in who can buy it.
    fn can_buy(&self) -> bool {
        self.signed_in && self.lines.iter().any(|line| !line.card.stock.is_sold_out())
    }

    /// The line of the refused form, if it is one of these.
    fn line_with_error(&self) -> Option<&Line> {
        self.lines.iter().find(|line| line.wrong.is_some())
    }
}

impl Line {
    fn of(line: &CartLine, form_error: Option<&CartFormError>) -> Self {
        let form_error = form_error.filter(|form_error| form_error.game == Some(line.game.id));
        let wrong = form_error.and_then(CartFormError::wrong);
        Self {
            id: line.game.id,
            card: Card::listed(&line.game),
            copies: match (&wrong, form_error) {
                (Some(_), Some(form_error)) if !form_error.quantity.is_empty() => form_error.quantity.clone(),
                _ => line.quantity.to_string(),
            },
            sum: Price::of(line.sum()),
            wrong,
        }
    }
}

impl KeptLine {
    fn of(line: &CartLine, cart: &Cart) -> Self {
        let mut lines = cart.lines.iter();
        let full = lines.any(|other| other.game.id == line.game.id && other.quantity >= QUANTITY_MAX);
        Self {
            id: line.game.id,
            card: Card::listed(&line.game),
            copies: format::plural(u64::from(line.quantity), "copy", "copies"),
            why: match (line.game.in_stock, full) {
                (false, _) => "Sold out at the moment",
                (true, true) => "Your cart holds 99 copies of it already, the most that a line can",
                (true, false) => "There is room for it in your cart now",
            },
        }
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::cart::ListedGame;
    use domain::refusal::{FieldError, Refusal};

    let game = ListedGame::from(&fixtures::game());
    let sold_out = ListedGame {
        id: GameId(uuid::Uuid::nil()),
        in_stock: false,
        ..game.clone()
    };
    let line = |game: &ListedGame| CartLine {
        game: game.clone(),
        quantity: 2,
    };
    let cart = Cart {
        lines: vec![line(&game), line(&sold_out)],
        kept: vec![line(&game), line(&sold_out)],
    };
    let wrong = FieldError::new("quantity", "must be a <number>");
    let form_error = CartFormError {
        game: Some(game.id),
        quantity: "<3".to_owned(),
        problem: Refusal::Invalid(vec![wrong]).into(),
    };
    let site = fixtures::site();
    let pages = [
        CartPage::of(&site, &Cart::default(), false, None),
        CartPage::of(&site, &cart, true, None).saying(Some("Added".to_owned())),
        CartPage::of(&site, &cart, true, Some(form_error)),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}
