//! A game in a list: cover, name, badges, price.

use domain::catalog::Game;
use domain::clock::Timestamp;

use super::words::{Known, Price, Stock};
use crate::links;

/// What a card shows.
pub(crate) struct Card {
    pub(crate) href: String,
    pub(crate) title: String,
    /// The cover's address, or nothing when a tile stands for it.
    pub(crate) image: Option<String>,
    /// Which of the tile's colours; the same for a game always.
    pub(crate) tint: usize,
    pub(crate) service: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) limited: bool,
    pub(crate) price: Price,
    pub(crate) stock: Stock,
    pub(crate) is_new: bool,
    /// Whether it is seen at once, so that its cover must not wait.
    pub(crate) first: bool,
}

const TINTS: usize = 6;

impl Card {
    pub(crate) fn of(game: &Game, now: Timestamp) -> Self {
        let known = Known::of(game);
        Self {
            href: links::game(&game.slug),
            image: cover(game),
            tint: tint(game),
            limited: known.is_limited(),
            title: known.title,
            service: known.service,
            region: known.region,
            price: Price::of(game.facts.price),
            stock: Stock::of(game, now),
            is_new: game.is_new(now),
            first: false,
        }
    }

    /// Cards of a list whose first `eager` covers must not wait.
    pub(crate) fn all(games: &[Game], now: Timestamp, eager: usize) -> Vec<Self> {
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

/// The cover's address, if there is one that a page may load.
pub(crate) fn cover(game: &Game) -> Option<String> {
    let image = &game.facts.image;
    ["https://", "http://", "/", "data:image/"]
        .iter()
        .any(|start| image.starts_with(start))
        .then(|| image.clone())
}

pub(crate) fn tint(game: &Game) -> usize {
    game.slug
        .bytes()
        .fold(0, |sum, byte| (sum * 31 + usize::from(byte)) % 9_973)
        % TINTS
}
