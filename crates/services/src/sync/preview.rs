//! What a sync would do, shown and not done.

use std::collections::HashMap;

use domain::difference::Difference;
use domain::id::{GameId, ProductId};
use domain::sync::SyncReport;

use super::commit::{Done, Input};
use super::plan::{changed_game, sold_out};
use crate::{Error, Shop};

/// Is shown what a sync would change.
pub type OnDifference<'a> = dyn Fn(Difference) + Send + Sync + 'a;

impl Shop {
    /// Shows what a batch would change; reads only.
    pub(super) async fn preview_batch(&self, on_difference: &OnDifference<'_>, input: &Input) -> Result<Done, Error> {
        let changes = &input.changes;
        let mut report = SyncReport {
            added: changes.new.len() as u64,
            ..SyncReport::default()
        };
        for fresh in &changes.new {
            on_difference(Difference::Added {
                product: fresh.facts.product.clone(),
                facts: Box::new(fresh.facts.clone()),
            });
        }
        let supplied: HashMap<_, _> = changes
            .differing
            .iter()
            .map(|fresh| (&fresh.facts.product, &fresh.facts))
            .collect();
        let mut games = self.db().catalog().of_products(&changes.concerned()).await?;
        games.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
        for game in games {
            let after = match changes.rejected.get(&game.facts.product) {
                Some(rejected) => sold_out(&game, rejected.observed_at),
                None => supplied
                    .get(&game.facts.product)
                    .and_then(|supplied| changed_game(input.kind, &game, supplied)),
            };
            let Some(after) = after else { continue };
            report.updated += 1;
            on_difference(Difference::Changed {
                product: game.facts.product.clone(),
                fields: game.facts.changes_to(&after.facts),
                shown_again: game.hidden && !after.hidden,
                title: game.facts.title,
            });
        }
        let numbered = changes
            .known
            .iter()
            .map(|game| (game.product.clone(), game.number))
            .collect();
        Ok(input.account(&numbered, &mut report))
    }

    /// Shows which games would leave the shop; returns how many.
    pub(super) async fn preview_hidden(
        &self,
        on_difference: &OnDifference<'_>,
        games: &[(GameId, ProductId)],
    ) -> Result<u64, Error> {
        let products: Vec<ProductId> = games.iter().map(|(_, product)| product.clone()).collect();
        let mut hidden = 0;
        for game in self.db().catalog().of_products(&products).await? {
            hidden += 1;
            on_difference(Difference::Hidden {
                product: game.facts.product,
                title: game.facts.title,
            });
        }
        Ok(hidden)
    }
}
