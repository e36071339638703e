//! What a sync would do, shown and not done.

use std::collections::HashMap;

use domain::difference::Difference;
use domain::id::{GameId, ProductId};
use domain::sync::SyncReport;

use super::commit::{Done, Input};
use super::plan::becomes;
use crate::{Error, Shop};

/// Is shown what a sync would change.
pub type Show<'a> = dyn Fn(Difference) + Send + Sync + 'a;

impl Shop {
    /// Shows what a batch would change; reads only.
    pub(super) async fn preview_batch(&self, show: &Show<'_>, input: &Input) -> Result<Done, Error> {
        let sifted = &input.sifted;
        let mut report = SyncReport {
            added: sifted.new.len() as u64,
            ..SyncReport::default()
        };
        for fresh in &sifted.new {
            show(Difference::Added {
                product: fresh.facts.product.clone(),
                facts: Box::new(fresh.facts.clone()),
            });
        }
        let said: HashMap<_, _> = sifted
            .differing
            .iter()
            .map(|fresh| (&fresh.facts.product, &fresh.facts))
            .collect();
        let products: Vec<ProductId> = said.keys().map(|product| (*product).clone()).collect();
        let mut games = self.db().catalog().of_products(&products).await?;
        games.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
        for game in games {
            let after = said
                .get(&game.facts.product)
                .and_then(|said| becomes(input.kind, &game, said));
            let Some(after) = after else { continue };
            report.updated += 1;
            show(Difference::Changed {
                product: game.facts.product.clone(),
                fields: game.facts.changes_to(&after.facts),
                shown_again: game.hidden && !after.hidden,
                title: game.facts.title,
            });
        }
        let numbered = sifted
            .known
            .iter()
            .map(|game| (game.product.clone(), game.number))
            .collect();
        Ok(input.account(&numbered, &mut report))
    }

    /// Shows which games would leave the shop; returns how many.
    pub(super) async fn preview_hidden(&self, show: &Show<'_>, games: &[(GameId, ProductId)]) -> Result<u64, Error> {
        let products: Vec<ProductId> = games.iter().map(|(_, product)| product.clone()).collect();
        let mut hidden = 0;
        for game in self.db().catalog().of_products(&products).await? {
            hidden += 1;
            show(Difference::Hidden {
                product: game.facts.product,
                title: game.facts.title,
            });
        }
        Ok(hidden)
    }
}
