//! `/`: the home page.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::catalog::{GameFilter, Sort};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::lists::HomeLists;
use domain::money::Cents;
use services::Shop;
use services::view::Key;
use web_kit::format;
use web_kit::page::{Layout, Section, render};
use web_kit::problem::Problem;
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional, links};

use super::card::Card;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    layout: Layout,
    total: String,
    /// The covers beside the search box: three or none.
    shown: Vec<Card>,
    genres: Vec<Genre>,
    rows: Vec<Row>,
}

struct Genre {
    name: String,
    games: String,
    href: String,
}

struct Row {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    more: Option<String>,
    cards: Vec<Card>,
}

pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let entry = HomePage.cached(&app.shop, &app.site).await?;
    Ok(conditional::send(&entry, conditional::HTML, &headers))
}

/// The home page.
pub struct HomePage;

impl View for HomePage {
    type Content = HomeLists;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        matches!(key, Key::Home).then_some(Self)
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, HomeLists>) -> Cached<'a> {
        shop.catalog().home(render)
    }

    fn render(&self, site: &Site, lists: &HomeLists, now: Timestamp) -> String {
        page(site, lists, now)
    }
}

fn page(site: &Site, lists: &HomeLists, now: Timestamp) -> String {
    let shown = Card::all(&lists.popular, now, 3)
        .into_iter()
        .filter(|card| card.image.is_some())
        .take(3);
    let genres = lists.genres.iter().map(|genre| Genre {
        href: links::genre(&genre.name),
        games: format::count(genre.games),
        name: genre.name.clone(),
    });
    let cheap = GameFilter {
        max_price: Some(Cents::new(999)),
        ..GameFilter::default()
    };
    let row = |id, title, note, more, games| Row {
        id,
        title,
        note,
        more,
        cards: Card::all(games, now, 0),
    };
    let rows = [
        row(
            "popular",
            "Popular now",
            "The games we hold the most copies of",
            Some(links::sorted(Sort::Popular)),
            &lists.popular,
        ),
        row(
            "new",
            "New releases",
            "The latest to come out",
            Some(links::sorted(Sort::Newest)),
            &lists.newest,
        ),
        row(
            "bargains",
            "Under €10",
            "Small prices, whole games",
            Some(links::catalogue(&cheap)),
            &lists.bargains,
        ),
        row(
            "soon",
            "Coming soon",
            "Announced, with a release date",
            None,
            &lists.preorders,
        ),
    ];
    let shown: Vec<Card> = shown.collect();
    render(&Home {
        layout: Layout::new(site, "Game keys, said plainly", "/").within(Section::Home),
        total: format::count(lists.total),
        shown: if shown.len() == 3 { shown } else { Vec::new() },
        genres: genres.collect(),
        rows: rows.into_iter().filter(|row| !row.cards.is_empty()).collect(),
    })
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use fixtures::{game, now, site};

    let genres = vec![domain::catalog::Facet {
        name: "R&B".to_owned(),
        games: 3,
    }];
    let full = HomeLists {
        total: 3,
        popular: vec![game().into(), game().into(), game().into()],
        newest: vec![game().into()],
        bargains: vec![game().into()],
        preorders: vec![game().into()],
        genres,
    };
    let page = |lists: &HomeLists| template_checks::Sample::rendered::<Home>(page(&site(), lists, now()));
    vec![page(&full), page(&HomeLists::default())]
}

#[cfg(test)]
mod tests {
    use domain::catalog::Facet;
    use fixtures::{game, named, now, site};

    use super::*;

    #[test]
    fn each_list_that_has_games_is_a_row() {
        let genres = vec![Facet {
            name: "R&B".to_owned(),
            games: 1_234,
        }];
        let lists = HomeLists {
            popular: vec![game().into()],
            preorders: vec![game().into()],
            genres,
            total: 5_678,
            ..HomeLists::default()
        };
        let html = page(&site(), &lists, now());
        assert!(html.contains("id=\"popular\"") && html.contains("id=\"soon\"") && !html.contains("id=\"bargains\""));
        assert!(html.contains("/catalogue?genres=R%26B") && html.contains("5\u{a0}678"));
        assert!(html.contains("Demo shop"));
        assert!(!page(&Site { demo: false, ..site() }, &lists, now()).contains("Demo shop"));
    }

    #[test]
    fn an_empty_shop_still_has_a_way_in() {
        let html = page(&site(), &HomeLists::default(), now());
        assert!(html.contains("action=\"/catalogue\"") && !html.contains("class=\"rail\""));
    }

    #[test]
    fn a_hostile_title_is_text() {
        let mut hostile = named("<script>alert(1)</script> \" onload=\"x Steam Key GLOBAL");
        hostile.facts.image = "javascript:alert(1)".to_owned();
        let html = page(
            &site(),
            &HomeLists {
                popular: vec![hostile.into()],
                ..HomeLists::default()
            },
            now(),
        );
        assert_eq!(html.matches("<script").count(), 1, "the shop's own alone");
        assert!(!html.contains("javascript:") && !html.contains("\" onload=\""));
    }
}
