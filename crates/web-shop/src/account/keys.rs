//! `/account/keys`: every key of an account, the newest first. What a key says stands on the page of its order.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use services::view::BoughtKey;
use url::form_urlencoded::Serializer;
use web_kit::caller::Customer;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::query::Parameters;
use web_kit::{App, conditional};

use super::AccountLayout;

const PATH: &str = "/account/keys";
/// Keys on a page.
const PAGE_SIZE: u32 = 30;
/// The longest search, in characters.
const SEARCH_MAX: usize = 200;

#[derive(Template)]
#[template(path = "account/keys.html")]
struct KeysPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    search: &'a str,
    rows: Vec<Row>,
    /// The page before this one, with newer keys.
    newer: Option<String>,
    /// The page after this one.
    older: Option<String>,
}

struct Row {
    /// The page of its order, where it is shown.
    href: String,
    title: String,
    number: String,
    delivered: String,
    seen: Option<String>,
}

impl Row {
    fn of(key: &BoughtKey) -> Self {
        Self {
            href: format!("/account/orders/{}", key.order),
            title: key.game.title.clone(),
            number: key.number.to_string(),
            delivered: format::date_time(key.delivered_at),
            seen: key.revealed_at.map(format::date_time),
        }
    }
}

/// A page of the keys that were searched for.
fn address(search: &str, page: u32) -> String {
    let mut query = Serializer::new(String::new());
    if !search.is_empty() {
        query.append_pair("search", search);
    }
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    match query.finish() {
        query if query.is_empty() => PATH.to_owned(),
        query => format!("{PATH}?{query}"),
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let page = asked.count("page", (1, PAGE_MAX))?;
    let search = asked.text("search", SEARCH_MAX)?.unwrap_or_default();
    let (keys, has_more) = app.shop.orders().keys(caller.user.id, &search, page, PAGE_SIZE).await?;
    let account = AccountLayout::new(&app.site, PATH, "Keys", None);
    let page = KeysPage {
        layout: &account.layout,
        account: &account,
        search: &search,
        rows: keys.iter().map(Row::of).collect(),
        newer: (page > 1).then(|| address(&search, page - 1)),
        older: has_more.then(|| address(&search, page + 1)),
    };
    Ok(conditional::send_privately(
        StatusCode::OK,
        render(&page),
        conditional::HTML,
        None,
    ))
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::id::OrderId;
    use domain::order_number::OrderNumber;
    use uuid::Uuid;

    let account = AccountLayout::new(&fixtures::site(), PATH, "Keys", None);
    let key = |revealed_at| BoughtKey {
        id: Uuid::nil(),
        order: OrderId(Uuid::nil()),
        number: OrderNumber::from_chance([7; 8]),
        game: domain::cart::ListedGame::from(&fixtures::game()),
        delivered_at: fixtures::now(),
        revealed_at,
    };
    let keys = [key(None), key(Some(fixtures::now()))];
    let page = |search: &'static str, rows, newer: Option<u32>, older: Option<u32>| KeysPage {
        layout: &account.layout,
        account: &account,
        search,
        rows,
        newer: newer.map(|page| address(search, page)),
        older: older.map(|page| address(search, page)),
    };
    let pages = [
        page("", Vec::new(), None, None),
        page("a \"<b>", Vec::new(), None, None),
        page("half & life", keys.iter().map(Row::of).collect(), Some(1), Some(3)),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_was_searched_for() {
        assert_eq!(address("", 1), "/account/keys");
        assert_eq!(address("", 2), "/account/keys?page=2");
        assert_eq!(address("a&b c", 3), "/account/keys?search=a%26b+c&page=3");
    }
}
