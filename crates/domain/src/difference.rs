//! The differences between two versions of a product, field by field.

use crate::catalog::{GameFacts, Requirements, SystemRequirements};
use crate::id::ProductId;
use crate::supplier::ProductFacts;

/// The most characters of a value in a report.
const SHOWN_CHARS_MAX: usize = 80;

/// What a sync would do with one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It would be added to the shop.
    Added {
        /// The product.
        product: ProductId,
        /// The game that it would become.
        facts: Box<GameFacts>,
    },
    /// Some fields would change.
    Changed {
        /// The product.
        product: ProductId,
        /// Its title in the shop.
        title: String,
        /// Whether it would be shown again.
        shown_again: bool,
        /// What would change.
        fields: Vec<FieldChange>,
    },
    /// It would be hidden.
    Hidden {
        /// The product.
        product: ProductId,
        /// Its title in the shop.
        title: String,
    },
}

/// One field that changes; values are truncated to 80 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name for people.
    pub field: &'static str,
    /// The value in the shop.
    pub before: String,
    /// The supplier's value.
    pub after: String,
}

impl ProductFacts {
    /// The fields in which `after` differs, except the time of the request.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<FieldChange> {
        let (before, after) = (self.spelled(), after.spelled());
        before
            .into_iter()
            .zip(after)
            .filter(|((_, before), (_, after))| before != after)
            .map(|((field, before), (_, after))| FieldChange {
                field,
                before: shortened(&before),
                after: shortened(&after),
            })
            .collect()
    }

    /// Each field as text, except `observed_at`.
    fn spelled(&self) -> Vec<(&'static str, String)> {
        let Self {
            product,
            facts,
            cost,
            supplier_updated_at,
            observed_at: _,
        } = self;
        let GameFacts {
            title,
            search_text,
            description_html,
            price,
            copies,
            image,
            images,
            release_date,
            region,
            activation_service,
            platforms,
            developer,
            publisher,
            multiplayer,
            requirements,
            genres,
            categories,
        } = facts;
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let list = |texts: &[String]| texts.join("\n");
        vec![
            ("product", product.to_string()),
            ("title", title.clone()),
            ("search text", search_text.clone()),
            ("description", description_html.clone()),
            ("price", price.to_string()),
            ("supplier's price", cost.to_string()),
            ("stock", copies.to_string()),
            ("picture", image.clone()),
            ("pictures", list(images)),
            ("release date", or_none(release_date)),
            ("region", or_none(region)),
            ("activation service", or_none(activation_service)),
            ("platforms", list(platforms)),
            ("developer", or_none(developer)),
            ("publisher", or_none(publisher)),
            ("multiplayer", if *multiplayer { "yes" } else { "no" }.to_owned()),
            ("requirements", requirements_of(requirements)),
            ("genres", list(genres)),
            ("categories", list(categories)),
            ("supplier's time of change", supplier_updated_at.clone()),
        ]
    }
}

fn requirements_of(requirements: &Requirements) -> String {
    let one = |system: &SystemRequirements| {
        let SystemRequirements {
            system,
            processor,
            graphics,
            memory,
            disk_space,
            other,
        } = system;
        [system, processor, graphics, memory, disk_space, other]
            .map(String::as_str)
            .join("\u{1f}")
    };
    format!("{}\u{1e}{}", one(&requirements.minimal), one(&requirements.recommended))
}

fn shortened(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain.clone().take(SHOWN_CHARS_MAX).collect();
    if plain.count() > SHOWN_CHARS_MAX {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::money::{BasisPoints, Cents};
    use crate::supplier::SupplierProduct;

    fn facts(change: impl FnOnce(&mut SupplierProduct)) -> ProductFacts {
        let mut product = SupplierProduct {
            id: ProductId::parse("10000000000001").unwrap(),
            name: "Fallout 4 Steam Key GLOBAL".to_owned(),
            price: Ok(Cents::new(1_000)),
            qty: Ok(5),
            description_html: String::new(),
            image: String::new(),
            images: Vec::new(),
            release_date: None,
            platform: String::new(),
            region: String::new(),
            developer: String::new(),
            publisher: String::new(),
            categories: Vec::new(),
            online: false,
            requirements: Requirements::default(),
            updated_at: String::new(),
        };
        change(&mut product);
        product.into_game(BasisPoints::new(200), Timestamp::EPOCH).unwrap()
    }

    #[test]
    fn each_change_is_named() {
        let before = facts(|_| {});
        let after = facts(|product| (product.price, product.qty) = (Ok(Cents::new(1_100)), Ok(0)));
        let named: Vec<_> = before
            .changes_to(&after)
            .into_iter()
            .map(|change| (change.field, change.before, change.after))
            .collect();
        let row = |field, before: &str, after: &str| (field, before.to_owned(), after.to_owned());
        assert_eq!(
            named,
            [
                row("price", "10.20", "11.22"),
                row("supplier's price", "10.00", "11.00"),
                row("stock", "5", "0")
            ]
        );
    }

    #[test]
    fn when_it_was_asked_for_is_no_difference() {
        let before = facts(|_| {});
        let later = ProductFacts {
            observed_at: Timestamp::from_micros(7),
            ..before.clone()
        };
        assert!(before.changes_to(&later).is_empty());
    }
}
