//! `/catalogue`: all games, with the same filter parameters as the API.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::catalog::{FilterOptions, GameFilter, Page, Sort};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::money::Cents;
use domain::refusal::FieldError;
use services::Shop;
use services::catalog::Listing;
use services::view::{Key, Representation};
use web_kit::format;
use web_kit::page::{Layout, Section, render};
use web_kit::pager::{Pager, Step};
use web_kit::problem::Problem;
use web_kit::query::{self, sort_name};
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional, links};

use super::card::Card;
use super::facets::{self, Chip, Group, Preset};

/// The place for notices to a single reader: the cached page is the same for all.
const NOTICES: &str = "<!--notices-->";

#[derive(Template)]
#[template(path = "catalogue.html")]
struct Catalogue {
    layout: Layout,
    heading: String,
    filter: GameFilter,
    /// The number of games, with the right noun.
    found: String,
    cards: Vec<Card>,
    groups: Vec<Group>,
    chips: Vec<Chip>,
    presets: Vec<Preset>,
    orders: Vec<Order>,
    pager: Pager,
    /// The first page, for a reader who went past the last one.
    first: Option<String>,
    /// The lowest and the highest price, as examples in the input fields.
    bounds: (String, String),
}

struct Order {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct Notices<'a> {
    wrong: &'a [FieldError],
    /// Whether the query filters by ratings or languages, which the shop does not have.
    unknown: bool,
}

pub(crate) async fn show(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parsed = query::read(query.as_deref().unwrap_or_default());
    if parsed.matches_nothing {
        let page = Page {
            items: Vec::new(),
            total: 0,
            page: 1,
            page_size: parsed.filter.page_size,
        };
        let nothing = Listing {
            page,
            options: FilterOptions::default(),
        };
        let html = self::page(&app.site, &parsed.filter, &nothing, Timestamp::EPOCH);
        let status = if parsed.wrong.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        return Ok(conditional::send_once(
            status,
            with_notices(&html, &parsed.wrong, true),
            conditional::HTML,
        ));
    }
    if parsed.wrong.is_empty()
        && let Some(current) = app.shop.catalog().renamed(&parsed.filter).await?
    {
        return Ok(conditional::moved_to(&links::catalogue(&current)));
    }
    let entry = CataloguePage(parsed.filter).cached(&app.shop, &app.site).await?;
    if parsed.wrong.is_empty() {
        return Ok(conditional::send(&entry, conditional::HTML, &headers));
    }
    let html = String::from_utf8_lossy(&entry.identity);
    Ok(conditional::send_once(
        StatusCode::BAD_REQUEST,
        with_notices(&html, &parsed.wrong, false),
        conditional::HTML,
    ))
}

fn with_notices(html: &str, wrong: &[FieldError], unknown: bool) -> String {
    html.replacen(NOTICES, &render(&Notices { wrong, unknown }), 1)
}

/// A page of the catalogue.
pub struct CataloguePage(GameFilter);

impl View for CataloguePage {
    type Content = Listing;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Catalog(filter, Representation::Page) => Some(Self(GameFilter::clone(filter))),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, Listing>) -> Cached<'a> {
        shop.catalog().listing(&self.0, render)
    }

    fn render(&self, site: &Site, listing: &Listing, now: Timestamp) -> String {
        page(site, &self.0, listing, now)
    }
}

/// The page for `listing`, the result of `filter`.
fn page(site: &Site, filter: &GameFilter, listing: &Listing, now: Timestamp) -> String {
    let heading = heading(filter);
    let layout = Layout::new(site, &heading, &links::catalogue(filter)).within(Section::Catalogue);
    let orders = [
        (Sort::Popular, "Most popular"),
        (Sort::Newest, "Newest"),
        (Sort::PriceAsc, "Price, lowest first"),
        (Sort::PriceDesc, "Price, highest first"),
    ];
    let found = &listing.page;
    let past = found.items.is_empty() && found.total > 0;
    render(&Catalogue {
        layout: Layout {
            search: filter.search.clone(),
            indexed: is_indexed(filter),
            ..layout
        },
        heading,
        found: format!(
            "{} {}",
            format::count(found.total),
            if found.total == 1 { "game" } else { "games" }
        ),
        cards: Card::all(&found.items, now, 6),
        groups: facets::groups(filter, &listing.options),
        chips: facets::chips(filter),
        presets: facets::presets(filter),
        orders: orders
            .map(|(sort, label)| Order {
                value: sort_name(sort),
                label,
                chosen: filter.sort == sort,
            })
            .into(),
        pager: Pager::of(filter, found.total_pages()),
        first: past.then(|| {
            links::catalogue(&GameFilter {
                page: 1,
                ..filter.clone()
            })
        }),
        bounds: bounds(listing.options.price_range),
        filter: filter.clone(),
    })
}

/// The lowest and the highest price as texts; empty where there is no game.
fn bounds((least, most): (Cents, Cents)) -> (String, String) {
    if most == Cents::ZERO {
        return (String::new(), String::new());
    }
    (least.to_string(), most.to_string())
}

fn heading(filter: &GameFilter) -> String {
    match (
        filter.search.as_str(),
        filter.genres.as_slice(),
        filter.publishers.as_slice(),
    ) {
        ("", [genre], []) => format!("{genre} games"),
        ("", [], [publisher]) => format!("Games by {publisher}"),
        ("", _, _) => "Catalogue".to_owned(),
        (search, _, _) => format!("“{search}”"),
    }
}

/// Search engines index only the plain lists: there are too many combinations of filters.
fn is_indexed(filter: &GameFilter) -> bool {
    filter.search.is_empty() && facets::chips(filter).len() <= 1
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use fixtures::{game, now, site};

    let filter = GameFilter {
        search: "elden <ring>".to_owned(),
        genres: vec!["R&B".to_owned()],
        page: 2,
        ..GameFilter::default()
    };
    let facets = vec![domain::catalog::Facet {
        name: "R&B".to_owned(),
        games: 3,
    }];
    let options = FilterOptions {
        platforms: facets.clone(),
        genres: facets.clone(),
        publishers: facets.clone(),
        activation_services: facets.clone(),
        regions: facets,
        slugs: domain::term::TermSlugs::default(),
        price_range: (Cents::new(99), Cents::new(5_999)),
    };
    let listing = |items: Vec<domain::catalog::SharedGame>, total| Listing {
        page: Page {
            items,
            total,
            page: 2,
            page_size: 36,
        },
        options: options.clone(),
    };
    let wrong = [FieldError::new("page", "is <no> number")];
    let listings = [
        listing(vec![game().into()], 100),
        listing(Vec::new(), 0),
        listing(Vec::new(), 9),
    ];
    let pages = listings.iter().map(|listing| page(&site(), &filter, listing, now()));
    let mut samples: Vec<_> = pages.map(template_checks::Sample::rendered::<Catalogue>).collect();
    samples.push(template_checks::Sample::of(&Notices {
        wrong: &wrong,
        unknown: true,
    }));
    samples
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
