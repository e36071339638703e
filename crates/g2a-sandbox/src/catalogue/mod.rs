//! The catalogue: a product for every place in it, computed from the seed whenever it is asked for.

mod genres;
mod prose;
mod titles;
mod wording;

use serde_json::{Value, json};

pub(crate) use self::prose::escape;
pub(crate) use self::titles::Title;
pub(crate) use self::wording::Goods;
use crate::clock;
use crate::dice::{Dice, mix};
use crate::state::Change;
use genres::THEMES;

/// More were never asked for, and the ids have room for them.
pub(crate) const MOST_PRODUCTS: u32 = 1_000_000;
/// In bytes, for names that are given from outside.
pub(crate) const LONGEST_NAME: usize = 500;

const FIRST_ID: u64 = 10_000_000_024_005;
const ID_STEP: u64 = 1009;
/// 2026-06-30 00:00:00 UTC: no product was touched later, until somebody touches it.
const LAST_UPDATE: i64 = 1_782_777_600;

/// The 14 digits of the product at a place.
pub(crate) fn id_of(place: u32) -> String {
    (FIRST_ID + u64::from(place) * ID_STEP).to_string()
}

/// What filters look at; cheap to compute, for it is asked of every product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// Cents.
    pub(crate) price: u32,
    pub(crate) qty: u32,
    /// Seconds since the epoch; `None` where the supplier leaves it empty.
    pub(crate) updated: Option<i64>,
}

/// A seed and a size: all there is to know about a catalogue.
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

    /// Where a product stands; `None` if there is none with this id.
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

    /// The name as the supplier first gave it.
    pub(crate) fn name(&self, place: u32) -> String {
        self.goods(place).name(self.title(place).as_ref())
    }

    /// The product as it stands in a list.
    pub(crate) fn product(&self, place: u32, change: Option<&Change>) -> Value {
        let goods = self.goods(place);
        let title = self.title(place);
        let facts = change.map_or_else(|| self.facts(place), |change| self.facts(place).changed(change));
        let name = change
            .and_then(|change| change.name.clone())
            .unwrap_or_else(|| goods.name(title.as_ref()));
        let id = id_of(place);
        let mut dice = Dice::new(self.seed ^ 0xD0C5, u64::from(place));
        let said = |dice: &mut Dice, chance: u32, text: &str| {
            if dice.percent(chance) {
                text.to_owned()
            } else {
                String::new()
            }
        };
        let platform = said(&mut dice, 50, goods.platform());
        let region = said(&mut dice, 50, goods.region());
        let developer = title
            .as_ref()
            .map_or_else(String::new, |title| said(&mut dice, 85, title.developer));
        let publisher = title
            .as_ref()
            .map_or_else(String::new, |title| said(&mut dice, 85, title.publisher));
        let released = title.as_ref().map_or_else(String::new, |title| {
            let (year, month, day) = title.released;
            said(&mut dice, 88, &format!("{year}-{month:02}-{day:02}"))
        });
        let picture = |n: u32| format!("{}/images/{id}/{n}.svg", self.public_url);
        let screens = if title.is_some() { dice.between(2, 5) } else { 1 };
        let mut product = json!({
            "id": id,
            "name": name,
            "type": if dice.percent(80) { "key" } else { "" },
            "slug": format!("/{}-i{id}", slug(&name)),
            "qty": facts.qty,
            "minPrice": euros(facts.price),
            "retail_min_price": euros(facts.price + facts.price / 8 + 35),
            "retailMinBasePrice": euros(facts.price + facts.price / 20),
            "availableToBuy": facts.qty > 0,
            "priceLimit": if dice.percent(70) { json!({"min": null, "max": null}) }
                else { json!({"min": euros(facts.price), "max": euros(facts.price * 13 / 10)}) },
            "thumbnail": picture(0),
            "smallImage": picture(0),
            "coverImage": picture(0),
            "images": (0..=screens).map(picture).collect::<Vec<_>>(),
            "updated_at": facts.updated.map_or_else(String::new, clock::written),
            "release_date": released,
            "region": region,
            "developer": developer,
            "publisher": publisher,
            "platform": platform,
            "restrictions": restrictions(title.as_ref()),
            "requirements": prose::requirements(title.as_ref().filter(|_| dice.percent(85))),
            "videos": if dice.percent(30) { json!([{"type": "YOUTUBE", "url": format!("https://www.youtube.com/embed/sandbox{place:04}")}]) }
                else { json!([]) },
            "categories": categories(&goods, title.as_ref(), &mut dice),
        });
        if let Some(title) = title.as_ref().filter(|_| dice.percent(82)) {
            product["description"] = json!(prose::description(title));
        }
        product
    }
}

fn categories(goods: &Goods, title: Option<&Title>, dice: &mut Dice) -> Value {
    let category = |id: u32, name: &str| json!({"id": id, "name": name});
    let Some(title) = title else {
        return Value::Array(
            goods
                .categories()
                .iter()
                .map(|(id, name)| category(*id, name))
                .collect(),
        );
    };
    let mut all = vec![category(189, "Games"), category(title.genre.id, title.genre.name)];
    if mix(title.seed, 1).is_multiple_of(5) {
        all.pop();
    }
    if dice.percent(55) {
        let (id, name) = THEMES[usize::try_from(title.seed % 8).unwrap_or(0)];
        all.push(category(id, name));
    }
    if dice.percent(8) {
        all.push(category(189, "Games"));
    }
    Value::Array(all)
}

fn restrictions(title: Option<&Title>) -> Value {
    let flags = [
        "violence",
        "profanity",
        "discrimination",
        "drugs",
        "fear",
        "gambling",
        "online",
        "sex",
    ];
    let true_ones = title
        .filter(|title| title.seed % 10 < 8)
        .map_or(&[][..], |title| title.genre.pegi);
    Value::Object(
        flags
            .iter()
            .map(|flag| (format!("pegi_{flag}"), json!(true_ones.contains(flag))))
            .collect(),
    )
}

/// An integer where it is one, as the supplier writes it. The shortest decimal text of the nearest float is exact at two decimals.
fn euros(cents: u32) -> Value {
    if cents.is_multiple_of(100) {
        json!(cents / 100)
    } else {
        json!(f64::from(cents) / 100.0)
    }
}

fn slug(name: &str) -> String {
    let words: Vec<_> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-").to_lowercase()
}
