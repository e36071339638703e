//! What a sync would do, shown and not done.

use domain::difference::Difference;
use domain::id::GameId;
use domain::offer::{Offer, OfferedGame};
use domain::parking::ParkedChange;
use domain::sync::SyncReport;

use super::commit::{Done, Input};
use super::comparison::{Comparison, Hearing};
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
        let aliases = self.db().terms().aliases().await?;
        for fresh in &changes.new {
            on_difference(Difference::Added {
                product: fresh.facts.product.clone(),
                facts: Box::new(aliases.applied(fresh.facts.facts.clone())),
            });
        }
        let hearing = Hearing {
            supplier: &input.supplier,
            suppliers: self.suppliers(),
            kind: input.kind,
            // What a run would hold back first is shown, too.
            holds_back: false,
        };
        let observations = changes.concerned();
        let games: Vec<GameId> = observations.keys().copied().collect();
        let mut differences = Vec::new();
        for mut held in self.db().offers().offered(&games).await? {
            for observation in observations.get(&held.game.id).into_iter().flatten() {
                let before = held.clone();
                if let (Comparison::Changed(id), _) = hearing.take(&mut held, *observation, &aliases) {
                    differences.push((id, before, held.clone()));
                }
            }
        }
        report.updated = differences.len() as u64;
        let differences = differences.into_iter().filter_map(|(id, before, after)| {
            let of = |held: &OfferedGame| {
                let offer = held.offers.iter().find(|offer| offer.id == id)?;
                Some((offer.described_by(&held.game.facts), offer.hidden))
            };
            Some((of(&before)?, of(&after)?))
        });
        let mut differences: Vec<_> = differences.collect();
        differences.sort_unstable_by(|((one, _), _), ((other, _), _)| one.product.cmp(&other.product));
        for ((before, was_hidden), (after, is_hidden)) in differences {
            on_difference(Difference::Changed {
                fields: before.changes_to(&after),
                product: before.product,
                shown_again: was_hidden && !is_hidden,
                title: before.facts.title,
            });
        }
        let numbered = changes
            .known
            .iter()
            .map(|offer| (offer.product.clone(), offer.number))
            .collect();
        Ok(input.account(&numbered, &mut report))
    }

    /// Shows which offers would leave the shop; returns how many.
    pub(super) async fn preview_hidden(
        &self,
        on_difference: &OnDifference<'_>,
        offers: &[ParkedChange],
    ) -> Result<u64, Error> {
        let games: Vec<GameId> = offers.iter().map(|offer| offer.game).collect();
        let mut hidden = 0;
        for held in self.db().offers().offered(&games).await? {
            let of_it = |offer: &&Offer| offers.iter().any(|gone| gone.offer == offer.id);
            for offer in held.offers.iter().filter(of_it) {
                hidden += 1;
                on_difference(Difference::Hidden {
                    product: offer.product.clone(),
                    title: held.game.facts.title.clone(),
                });
            }
        }
        Ok(hidden)
    }
}
