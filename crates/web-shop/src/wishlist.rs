//! `/wishlist`: games that a visitor saves for later.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::GameId;
use domain::refusal::Refusal;
use domain::wishlist::Wish;
use services::Error;
use web_kit::caller::Anybody;
use web_kit::form;
use web_kit::form_data::FormData;
use web_kit::form_page::private_layout;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::{App, Site, conditional};

use super::card::Card;
use super::cart::{changed_at, game};
use super::migration_notice::MigrationNotice;

#[derive(Template)]
#[template(path = "wishlist.html")]
struct WishlistPage {
    layout: Layout,
    games: String,
    wishes: Vec<Wished>,
    signed_in: bool,
    notice: Option<String>,
    /// The error of the previous request.
    wrong: Option<String>,
}

struct Wished {
    id: GameId,
    card: Card,
}

pub(crate) async fn show(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = FormData::from_query(query.as_deref());
    let wishes = app.shop.wishlists().get(&visitor).await?;
    let notice = match parameters.get("done") {
        "added" => Some("Added to your wishlist.".to_owned()),
        "removed" => Some("Removed from your wishlist.".to_owned()),
        _ => MigrationNotice::read(&parameters)
            .sentence()
            .filter(|_| caller.is_some()),
    };
    let page = page(&app.site, &wishes, caller.is_some());
    let html = render(&WishlistPage { notice, ..page });
    Ok(conditional::send_privately(
        StatusCode::OK,
        html,
        conditional::HTML,
        None,
    ))
}

/// A GET of an address that only takes forms leads back to the wishlist.
pub(crate) async fn back() -> Response {
    conditional::go_on("/wishlist")
}

pub(crate) async fn add(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    let change = async { app.shop.wishlists().add(&visitor, game(&data)?).await };
    let problem = match change.await {
        Ok(changed) => return Ok(changed_at(&app, &changed, "/wishlist?done=added")),
        Err(error) => Problem::from(error),
    };
    // The page cannot be rendered while the database is unavailable.
    if problem.status.is_server_error() {
        return Err(problem);
    }
    let wishes = app.shop.wishlists().get(&visitor).await?;
    let page = WishlistPage {
        wrong: Some(match problem.details.first() {
            Some(wrong) => format!("It was not added: {}.", wrong.message),
            None => form::summary(&problem),
        }),
        ..page(&app.site, &wishes, caller.is_some())
    };
    let waiting = problem.retry_after;
    Ok(conditional::send_privately(
        problem.status,
        render(&page),
        conditional::HTML,
        waiting,
    ))
}

/// Removing a game that is not listed is not an error.
pub(crate) async fn remove(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    match app.shop.wishlists().remove(&visitor, game(&data)?).await {
        Ok(_) | Err(Error::Refused(Refusal::NotInWishlist)) => Ok(conditional::go_on("/wishlist?done=removed")),
        Err(error) => Err(error.into()),
    }
}

fn page(site: &Site, wishes: &[Wish], signed_in: bool) -> WishlistPage {
    let wished = |wish: &Wish| Wished {
        id: wish.game.id,
        card: Card::listed(&wish.game),
    };
    let count = u64::try_from(wishes.len()).unwrap_or(u64::MAX);
    WishlistPage {
        layout: private_layout(site, "Your wishlist", "/wishlist"),
        games: format::plural(count, "game", "games"),
        wishes: wishes.iter().map(wished).collect(),
        signed_in,
        notice: None,
        wrong: None,
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let wishes = [Wish {
        game: (&fixtures::game()).into(),
        added_at: fixtures::now(),
    }];
    let site = fixtures::site();
    let noticed = WishlistPage {
        notice: Some("Added".to_owned()),
        wrong: Some("It was <not> added.".to_owned()),
        ..page(&site, &wishes, true)
    };
    [noticed, page(&site, &[], false)]
        .iter()
        .map(template_checks::Sample::of)
        .collect()
}
