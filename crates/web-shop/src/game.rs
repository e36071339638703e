//! `/game/{slug}`: one game, with all facts that a buyer needs to choose the right key.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::catalog::{Game, SystemRequirements};
use domain::clock::Timestamp;
use domain::id::GameId;
use serde_json::{Value, json};
use services::Shop;
use services::catalog::GameView;
use services::view::{Key, Representation};
use web_kit::format::{self, Availability, DisplayName, Price};
use web_kit::page::{DataBlock, Layout, render};
use web_kit::parameters::known_slug;
use web_kit::problem::Problem;
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional, links};

use super::card::{self, Card};

/// A title of at least so many bytes is set smaller, so that the price is still on the first screen.
const LONG_TITLE: usize = 48;
/// The most pictures on a page besides the cover.
const GALLERY: usize = 12;

#[derive(Template)]
#[template(path = "game.html")]
struct Contents<'a> {
    layout: Layout,
    title: String,
    game: &'a Game,
    cover: Option<String>,
    tint: usize,
    gallery: Vec<String>,
    /// The cover's full address, for previews on other sites.
    preview: Option<String>,
    price: Price,
    stock: Availability,
    is_new: bool,
    facts: Vec<Fact>,
    details: Vec<Detail>,
    genres: Vec<(&'a str, String)>,
    description: &'a str,
    requirements: Vec<Requirement<'a>>,
    recommended: bool,
    minimal: bool,
    similar: Vec<Card>,
    data: DataBlock,
}

struct Fact {
    icon: &'static str,
    text: String,
    warning: bool,
}

struct Detail {
    name: &'static str,
    text: String,
    href: Option<String>,
}

struct Requirement<'a> {
    name: &'static str,
    minimal: &'a str,
    recommended: &'a str,
}

pub(crate) async fn show(
    State(app): State<App>,
    slug: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = GamePage::BySlug(known_slug(slug)?);
    let entry = page.cached(&app.shop, &app.site).await?;
    Ok(conditional::send(&entry, conditional::HTML, &headers))
}

/// The page of a game.
pub enum GamePage {
    /// By its name in addresses; cached under its id.
    BySlug(String),
    /// By its id, beside games that were like it.
    Beside(GameId, Vec<GameId>),
}

impl View for GamePage {
    type Content = GameView;

    fn of(key: &Key, shown: &[GameId]) -> Option<Self> {
        match key {
            Key::Game(id, Representation::Page) => Some(Self::Beside(*id, shown.to_vec())),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, GameView>) -> Cached<'a> {
        match self {
            Self::BySlug(slug) => shop.catalog().game_by_slug(slug, Representation::Page, render),
            Self::Beside(id, similar) => shop.catalog().game_with_similar(*id, similar, render),
        }
    }

    fn render(&self, site: &Site, view: &GameView, now: Timestamp) -> String {
        page(site, view, now)
    }
}

fn page(site: &Site, view: &GameView, now: Timestamp) -> String {
    let game = &view.game;
    let known = DisplayName::of(game);
    let facts = &game.facts;
    let stock = Availability::of(game, now);
    let summary = summary(&known);
    let description = format!("{} for €{}. {summary}.", known.title, facts.price);
    let layout = Layout::new(site, &known.title, &links::game(&game.slug)).about(&description);
    let cover = card::cover(game);
    let preview = cover.as_ref().map(|path| format!("{}{path}", site.public_url));
    let pictures = (1..)
        .zip(&facts.images)
        .filter(|(_, address)| **address != facts.image)
        .filter_map(|(number, address)| links::picture(game.id, number, address));
    let requirements = requirements(&facts.requirements.minimal, &facts.requirements.recommended);
    render(&Contents {
        data: DataBlock(product(&layout, game, &known, &stock, preview.as_deref())),
        game,
        tint: card::tint(game),
        gallery: pictures.take(GALLERY).collect(),
        preview,
        price: Price::of(facts.price),
        is_new: game.is_new(now),
        facts: plain_facts(game, &known),
        details: details(game),
        genres: facts
            .genres
            .iter()
            .map(|genre| (genre.as_str(), links::genre(genre)))
            .collect(),
        description: &facts.description_html,
        recommended: requirements.iter().any(|row| !row.recommended.is_empty()),
        similar: Card::all(&view.similar, now, 0),
        minimal: requirements.iter().any(|row| !row.minimal.is_empty()),
        title: known.title,
        requirements,
        cover,
        stock,
        layout,
    })
}

fn summary(known: &DisplayName) -> String {
    let activates = known.service.as_ref().map(|service| format!("Activates on {service}"));
    let works = known.region.as_ref().map(|region| format::works(region));
    match (activates, works) {
        (Some(activates), Some(works)) => format!("{activates} · {}{}", works[..1].to_lowercase(), &works[1..]),
        (one, other) => one.or(other).unwrap_or_else(|| "Digital key".to_owned()),
    }
}

fn plain_facts(game: &Game, known: &DisplayName) -> Vec<Fact> {
    let fact = |icon, text| Fact {
        icon,
        text,
        warning: false,
    };
    let mut facts = Vec::new();
    match &known.service {
        Some(service) => facts.push(fact("key", format!("Activates on {service}"))),
        None => facts.push(fact(
            "key",
            "The supplier does not name an activation service".to_owned(),
        )),
    }
    match &known.region {
        Some(region) => facts.push(Fact {
            warning: known.is_limited(),
            ..fact("globe", format::works(region))
        }),
        None => facts.push(Fact {
            warning: true,
            ..fact("globe", "The supplier does not name a region".to_owned())
        }),
    }
    // If the supplier's platform is the service itself, it is shown once.
    let service = game.facts.activation_service.as_ref();
    let platforms: Vec<&str> = game
        .facts
        .platforms
        .iter()
        .filter(|name| Some(*name) != service)
        .map(String::as_str)
        .collect();
    if !platforms.is_empty() {
        facts.push(fact("screen", format!("For {}", platforms.join(", "))));
    }
    if game.facts.multiplayer {
        facts.push(fact("people", "Can be played online with others".to_owned()));
    }
    facts
}

fn details(game: &Game) -> Vec<Detail> {
    let facts = &game.facts;
    let mut details = Vec::new();
    if let Some(date) = &facts.release_date {
        details.push(Detail {
            name: "Released",
            text: format::date(date),
            href: None,
        });
    }
    if let Some(developer) = &facts.developer {
        details.push(Detail {
            name: "Developer",
            text: developer.clone(),
            href: None,
        });
    }
    if let Some(publisher) = &facts.publisher {
        details.push(Detail {
            name: "Publisher",
            text: publisher.clone(),
            href: Some(links::publisher(publisher)),
        });
    }
    details
}

fn requirements<'a>(minimal: &'a SystemRequirements, recommended: &'a SystemRequirements) -> Vec<Requirement<'a>> {
    let row = |name, read: fn(&SystemRequirements) -> &String| Requirement {
        name,
        minimal: read(minimal).trim(),
        recommended: read(recommended).trim(),
    };
    let rows = [
        row("System", |machine| &machine.system),
        row("Processor", |machine| &machine.processor),
        row("Memory", |machine| &machine.memory),
        row("Graphics", |machine| &machine.graphics),
        row("Disk space", |machine| &machine.disk_space),
        row("Other", |machine| &machine.other),
    ];
    rows.into_iter()
        .filter(|row| !row.minimal.is_empty() || !row.recommended.is_empty())
        .collect()
}

/// The game as structured data for search engines (schema.org `Product`).
fn product(layout: &Layout, game: &Game, known: &DisplayName, stock: &Availability, picture: Option<&str>) -> Value {
    let availability = match stock {
        Availability::SoldOut => "https://schema.org/OutOfStock",
        Availability::Preorder(_) => "https://schema.org/PreOrder",
        Availability::Few(_) | Availability::Plenty => "https://schema.org/InStock",
    };
    let offer = json!({
        "@type": "Offer",
        "url": layout.canonical,
        "price": game.facts.price.to_string(),
        "priceCurrency": "EUR",
        "availability": availability,
    });
    let mut product = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": known.title,
        "description": layout.description,
        "sku": game.id.to_string(),
        "url": layout.canonical,
        "offers": offer,
    });
    if let Some(picture) = picture {
        product["image"] = picture.into();
    }
    if let Some(publisher) = &game.facts.publisher {
        product["brand"] = json!({"@type": "Brand", "name": publisher});
    }
    product
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use fixtures::{game, named, now, site};

    let mut bare = named("A \"game\" & <more>");
    let facts = &mut bare.facts;
    (facts.image, facts.region, facts.activation_service) = (String::new(), None, None);
    (facts.requirements, facts.copies) = (domain::catalog::Requirements::default(), 0);
    let views = [(game(), vec![game().into()]), (bare, Vec::new())];
    let page = |(game, similar)| {
        template_checks::Sample::rendered::<Contents<'_>>(page(&site(), &GameView { game, similar }, now()))
    };
    views.into_iter().map(page).collect()
}

#[cfg(test)]
#[path = "game_tests.rs"]
mod tests;
