//! Matching: the existing games that new products are offers of.

use std::collections::HashMap;

use domain::id::{GameId, ProductId, SupplierName};
use domain::name::match_key;

use super::change_detection::ParsedProduct;
use super::run::Run;
use crate::Error;

/// The games without an offer of the run's supplier, by what a product must have in common with them.
#[derive(Debug)]
pub(super) struct Matcher {
    games: HashMap<String, Vec<GameId>>,
}

impl Matcher {
    /// The game of a product, if exactly one fits. It fits no other product after that: a supplier that lists two products
    /// sells two things.
    fn take(&mut self, product: &ParsedProduct) -> Option<GameId> {
        let facts = &product.facts.facts;
        let key = match_key(
            &facts.title,
            facts.activation_service.as_deref(),
            facts.region.as_deref(),
        )?;
        match self.games.get(&key)?.as_slice() {
            [game] => {
                let game = *game;
                self.games.insert(key, Vec::new());
                Some(game)
            }
            _ => None,
        }
    }
}

impl Run<'_> {
    /// The games that `new` products are offers of: the one that the supplier names, where it names any, else the one that has
    /// the same title, service and region. Games are read once in a run, when its first new product arrives; what two
    /// suppliers add at the same time stays two games, which staff can link.
    pub(super) async fn matches(&mut self, new: &[ParsedProduct]) -> Result<HashMap<ProductId, GameId>, Error> {
        let (named, unnamed): (Vec<_>, Vec<_>) = new.iter().partition(|product| product.match_value.is_some());
        let mut found = self.named_games(&named).await?;
        found.extend(self.games_alike(&unnamed).await?);
        Ok(found)
    }

    /// The games that the supplier itself names. A product of which it names no game, or several, is a game of its own, and the
    /// report says so.
    async fn named_games(&mut self, new: &[&ParsedProduct]) -> Result<HashMap<ProductId, GameId>, Error> {
        let values: Vec<&str> = new
            .iter()
            .filter_map(|product| product.match_value.as_deref())
            .collect();
        let games = self
            .shop
            .db()
            .offers()
            .named_games(&values, &[SupplierName::g2a()])
            .await?;
        let mut found = HashMap::new();
        for product in new {
            let Some(value) = product.match_value.as_deref() else {
                continue;
            };
            let product = &product.facts.product;
            match games.get(value).map(Vec::as_slice).unwrap_or_default() {
                [game] => {
                    found.insert(product.clone(), *game);
                }
                several => {
                    let many = if several.is_empty() { "no game" } else { "several games" };
                    let reason = format!("the match value {value:?} names {many}: the product is a game of its own");
                    self.report.record(Some(product.to_string()), reason);
                }
            }
        }
        Ok(found)
    }

    /// The games that have the same title, service and region.
    async fn games_alike(&mut self, new: &[&ParsedProduct]) -> Result<HashMap<ProductId, GameId>, Error> {
        if new.is_empty() {
            return Ok(HashMap::new());
        }
        if self.matcher.is_none() {
            let mut games: HashMap<String, Vec<GameId>> = HashMap::new();
            for game in self.shop.db().offers().games_without(self.name).await? {
                let (service, region) = (game.activation_service.as_deref(), game.region.as_deref());
                if let Some(key) = match_key(&game.title, service, region) {
                    games.entry(key).or_default().push(game.id);
                }
            }
            self.matcher = Some(Matcher { games });
        }
        let Some(matcher) = &mut self.matcher else {
            return Ok(HashMap::new());
        };
        let found = new.iter().filter_map(|product| {
            let game = matcher.take(product)?;
            Some((product.facts.product.clone(), game))
        });
        Ok(found.collect())
    }
}
