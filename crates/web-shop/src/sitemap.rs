//! `/sitemap.xml` and its parts, for search engines.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use domain::catalog::FilterOptions;
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::lists::Sitemap;
use services::Shop;
use services::view::{CacheEntry, Key, SitemapEntry};
use url::Url;
use web_kit::conditional::Cacheable;
use web_kit::page::render;
use web_kit::problem::Problem;
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional, links};

const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");

#[derive(Template)]
#[template(path = "sitemap/index.xml")]
struct Index<'a> {
    public_url: &'a str,
    parts: u32,
}

#[derive(Template)]
#[template(path = "sitemap/part.xml")]
struct Part {
    entries: Vec<Entry>,
}

struct Entry {
    address: String,
    /// The day of its last change; `None` if it is not known.
    changed: Option<String>,
}

pub(crate) async fn index(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let entry = SitemapIndex.cached(&app.shop, &app.site).await?;
    Ok(send(&entry, &headers))
}

/// `lists.xml`, or `games-1.xml` and so on.
pub(crate) async fn part(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = if name == "lists.xml" {
        SitemapOfLists.cached(&app.shop, &app.site).await?
    } else {
        let number = name.strip_prefix("games-").and_then(|rest| rest.strip_suffix(".xml"));
        let number = number.and_then(|number| number.parse().ok());
        let number = number.ok_or_else(Problem::no_such_address)?;
        SitemapOfGames(number).cached(&app.shop, &app.site).await?
    };
    Ok(send(&entry, &headers))
}

/// Robots come rarely, and the parts are long: they are not stored in the response cache, whatever their query.
fn send(entry: &CacheEntry, request_headers: &HeaderMap) -> Response {
    let mut answer = conditional::send(entry, XML, request_headers);
    answer.extensions_mut().remove::<Cacheable>();
    answer
}

/// The index, of as many parts as the games fill.
pub struct SitemapIndex;

impl View for SitemapIndex {
    type Content = u32;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        matches!(key, Key::Sitemap(Sitemap::Index)).then_some(Self)
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, u32>) -> Cached<'a> {
        shop.catalog().sitemap(render)
    }

    fn render(&self, site: &Site, parts: &u32, _: Timestamp) -> String {
        render(&Index {
            public_url: &site.public_url,
            parts: *parts,
        })
    }
}

/// The part with the pages that are lists.
pub struct SitemapOfLists;

impl View for SitemapOfLists {
    type Content = FilterOptions;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        matches!(key, Key::Sitemap(Sitemap::Lists)).then_some(Self)
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, FilterOptions>) -> Cached<'a> {
        shop.catalog().sitemap_of_lists(render)
    }

    fn render(&self, site: &Site, options: &FilterOptions, _: Timestamp) -> String {
        lists(site, options)
    }
}

/// A part with games, by its number.
pub struct SitemapOfGames(u32);

impl View for SitemapOfGames {
    type Content = [SitemapEntry];

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Sitemap(Sitemap::Games(part)) => Some(Self(*part)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, [SitemapEntry]>) -> Cached<'a> {
        shop.catalog().sitemap_of_games(self.0, render)
    }

    fn render(&self, site: &Site, listed: &[SitemapEntry], _: Timestamp) -> String {
        games(site, listed)
    }
}

fn lists(site: &Site, options: &FilterOptions) -> String {
    let plain = ["/", "/catalogue"].map(str::to_owned).into_iter();
    let genres = options.genres.iter().map(|genre| links::genre(&genre.name));
    let publishers = options
        .publishers
        .iter()
        .map(|publisher| links::publisher(&publisher.name));
    let entries = plain.chain(genres).chain(publishers).map(|path| Entry {
        address: format!("{}{path}", site.public_url),
        changed: None,
    });
    render(&Part {
        entries: entries.collect(),
    })
}

fn games(site: &Site, listed: &[SitemapEntry]) -> String {
    let entries = listed.iter().map(|game| Entry {
        address: address(site, &game.slug),
        changed: Some(game.changed_at.iso_day()),
    });
    render(&Part {
        entries: entries.collect(),
    })
}

/// A game's address with all characters escaped that an address may not contain.
fn address(site: &Site, slug: &str) -> String {
    let path = links::game(slug);
    Url::parse(&format!("{}{path}", site.public_url)).map_or(path, Url::into)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use fixtures::{now, site};

    let listed = [SitemapEntry {
        slug: "elden-ring".to_owned(),
        changed_at: now(),
    }];
    vec![
        template_checks::Sample::rendered::<Index<'_>>(SitemapIndex.render(&site(), &2, now())),
        template_checks::Sample::rendered::<Part>(lists(&site(), &FilterOptions::default())),
        template_checks::Sample::rendered::<Part>(games(&site(), &listed)),
    ]
}

#[cfg(test)]
mod tests {
    use domain::catalog::Facet;
    use fixtures::{now, site};

    use super::*;

    #[test]
    fn hostile_names_stay_within_their_addresses() {
        let slugs = ["elden-ring", "<x>&\"'</loc> ünï"];
        let listed = slugs.map(|slug| SitemapEntry {
            slug: slug.to_owned(),
            changed_at: now(),
        });
        let xml = games(&site(), &listed);
        assert!(xml.contains("<loc>https://shop.example/game/elden-ring</loc><lastmod>2026-11-23</lastmod>"));
        assert!(
            xml.contains("/game/%3Cx%3E&#38;%22&#39;%3C/loc%3E%20%C3%BCn%C3%AF</loc>"),
            "{xml}"
        );
        let options = FilterOptions {
            genres: vec![Facet {
                name: "R&B <3".to_owned(),
                games: 1,
            }],
            ..FilterOptions::default()
        };
        assert!(lists(&site(), &options).contains("https://shop.example/catalogue?genres=R%26B+%3C3</loc>"));
    }

    #[test]
    fn the_index_names_each_part() {
        let xml = SitemapIndex.render(&site(), &2, now());
        assert_eq!(xml.matches("<loc>").count(), 3);
        assert!(xml.contains("https://shop.example/sitemap/lists.xml") && xml.contains("/sitemap/games-2.xml"));
    }
}
