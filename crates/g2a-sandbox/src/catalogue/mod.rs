//! The catalogue: a product for every place in it, computed from the seed on demand.

mod document;
mod genres;
mod prose;
mod titles;
mod wording;

pub(crate) use self::document::{Euros, retail_of, with_field};
pub(crate) use self::prose::escape;
pub(crate) use self::titles::Title;
pub(crate) use self::wording::Goods;
use crate::dice::Dice;
use crate::stock::Edit;

/// The ids have room for this many, and no test needs more.
pub(crate) const MOST_PRODUCTS: u32 = 1_000_000;
/// In bytes, for names that are set by control calls.
pub(crate) const LONGEST_NAME: usize = 500;

const FIRST_ID: u64 = 10_000_000_024_005;
const ID_STEP: u64 = 1009;
/// 2026-06-30 00:00:00 UTC: products have no later time of change until they are changed.
const LAST_UPDATE: i64 = 1_782_777_600;

/// The 14 digits of the product at a place.
pub(crate) fn id_of(place: u32) -> String {
    (FIRST_ID + u64::from(place) * ID_STEP).to_string()
}

/// The fields that filters use; cheap to compute, because filters compute them for every product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// Cents.
    pub(crate) price: u32,
    pub(crate) qty: u32,
    /// Seconds since the epoch; `None` where the supplier leaves it empty.
    pub(crate) updated: Option<i64>,
}

/// A seed and a size, which determine the whole catalogue.
#[derive(Debug)]
pub(crate) struct Catalogue {
    seed: u64,
    products: u32,
    public_url: String,
}

impl Catalogue {
    pub(crate) fn new(seed: u64, products: u32, public_url: &str) -> Catalogue {
        Catalogue {
            seed,
            products,
            public_url: public_url.to_owned(),
        }
    }

    /// The place of a product; `None` if there is none with this id.
    pub(crate) fn place_of(&self, id: &str) -> Option<u32> {
        let number: u64 =
            (id.len() == 14 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.parse().ok())??;
        let offset = number.checked_sub(FIRST_ID)?;
        let place = u32::try_from(offset / ID_STEP).ok()?;
        (offset % ID_STEP == 0 && place < self.products).then_some(place)
    }

    pub(crate) fn facts(&self, place: u32) -> Facts {
        let mut dice = Dice::new(self.seed ^ 0xFAC7, u64::from(place));
        let qty = match dice.below(100) {
            0..=5 => 0,
            6..=25 => dice.between(1, 25),
            26..=75 => dice.between(26, 700),
            _ => dice.between(700, 4000),
        };
        let updated = (!dice.percent(15)).then(|| LAST_UPDATE - i64::from(dice.below(540 * 86_400)));
        Facts {
            price: self.goods(place).price(&mut dice),
            qty,
            updated,
        }
    }

    pub(crate) fn goods(&self, place: u32) -> Goods {
        Goods::at(self.seed, place)
    }

    /// The game that a product belongs to; `None` for bundles, subscriptions and gift cards.
    pub(crate) fn title(&self, place: u32) -> Option<Title> {
        self.goods(place)
            .title_number()
            .map(|number| Title::new(self.seed, number))
    }

    /// The original name of the product.
    pub(crate) fn name(&self, place: u32) -> String {
        self.goods(place).name(self.title(place).as_ref())
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// How many products there are.
    pub(crate) fn products(&self) -> u32 {
        self.products
    }

    /// The product as JSON, as in a list.
    pub(crate) fn product(&self, place: u32, facts: Facts, edit: Option<&Edit>) -> String {
        document::write(self, place, facts, edit)
    }
}
