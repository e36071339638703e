//! A game in a list: cover, name, badges, price.

use domain::cart::ListedGame;
use domain::catalog::{Game, SharedGame};
use domain::clock::Timestamp;
use web_kit::format::{Availability, DisplayName, Price};
use web_kit::links;

/// What a card shows.
pub(crate) struct Card {
    pub(crate) href: String,
    pub(crate) title: String,
    /// The cover's address; `None` shows a coloured tile instead.
    pub(crate) image: Option<String>,
    /// The tile's colour; always the same for a game.
    pub(crate) tint: usize,
    pub(crate) service: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) limited: bool,
    pub(crate) price: Price,
    pub(crate) stock: Availability,
    pub(crate) is_new: bool,
    /// Whether it is visible at once, so that its cover is loaded eagerly.
    pub(crate) first: bool,
}

const TINTS: usize = 6;

impl Card {
    pub(crate) fn of(game: &Game, now: Timestamp) -> Self {
        let known = DisplayName::of(game);
        Self {
            href: links::game(&game.slug),
            image: cover(game),
            tint: tint(game),
            limited: known.is_limited(),
            title: known.title,
            service: known.service,
            region: known.region,
            price: Price::of(game.facts.price),
            stock: Availability::of(game, now),
            is_new: game.is_new(now),
            first: false,
        }
    }

    /// The name, price and availability of a game in a cart or wishlist.
    pub(crate) fn listed(game: &ListedGame) -> Self {
        let known = DisplayName::named(&game.title);
        Self {
            href: links::game(&game.slug),
            image: links::picture(game.id, 0, &game.image),
            tint: colour(&game.slug),
            limited: known.is_limited(),
            title: known.title,
            service: known.service,
            region: known.region,
            price: Price::of(game.price),
            stock: if game.in_stock {
                Availability::Plenty
            } else {
                Availability::SoldOut
            },
            is_new: false,
            first: true,
        }
    }

    /// Cards of a list; the first `eager` covers are loaded eagerly.
    pub(crate) fn all(games: &[SharedGame], now: Timestamp, eager: usize) -> Vec<Self> {
        games
            .iter()
            .enumerate()
            .map(|(at, game)| Self {
                first: at < eager,
                ..Self::of(game, now)
            })
            .collect()
    }
}

/// The cover's address in the shop, if there is one.
pub(crate) fn cover(game: &Game) -> Option<String> {
    links::picture(game.id, 0, &game.facts.image)
}

pub(crate) fn tint(game: &Game) -> usize {
    colour(&game.slug)
}

fn colour(slug: &str) -> usize {
    slug.bytes().fold(0, |sum, byte| (sum * 31 + usize::from(byte)) % 9_973) % TINTS
}
