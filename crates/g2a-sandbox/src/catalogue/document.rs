//! A product in a list: the supplier's fields, written directly as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::genres::THEMES;
use super::prose::{self, Requirements};
use super::{Catalogue, Facts, Goods, Title, id_of};
use crate::clock;
use crate::dice::{Dice, mix};
use crate::stock::Edit;

/// Cents, written as a number of euros: an integer if possible, like the supplier. Otherwise the shortest text of the
/// nearest float, which is exact at two decimals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Euros(pub(crate) u64);

impl Serialize for Euros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(100) {
            return serializer.serialize_u64(self.0 / 100);
        }
        #[expect(clippy::cast_precision_loss, reason = "exact below 90 billion euros")]
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    slug: String,
    qty: u32,
    #[serde(rename = "minPrice")]
    min_price: Euros,
    retail_min_price: Euros,
    #[serde(rename = "retailMinBasePrice")]
    retail_min_base_price: Euros,
    #[serde(rename = "availableToBuy")]
    available_to_buy: bool,
    thumbnail: &'a str,
    #[serde(rename = "smallImage")]
    small_image: &'a str,
    #[serde(rename = "coverImage")]
    cover_image: &'a str,
    images: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    updated_at: String,
    release_date: String,
    region: &'static str,
    developer: &'static str,
    publisher: &'static str,
    platform: &'static str,
    #[serde(rename = "priceLimit")]
    price_limit: Limit,
    restrictions: Restrictions,
    requirements: Requirements,
    videos: Vec<Video>,
    categories: Vec<Category>,
}

#[derive(Serialize)]
struct Limit {
    max: Option<Euros>,
    min: Option<Euros>,
}

#[derive(Serialize)]
struct Video {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Category {
    id: u32,
    name: &'static str,
}

/// The genre's flags that are true.
struct Restrictions(&'static [&'static str]);

const FLAGS: [(&str, &str); 8] = [
    ("violence", "pegi_violence"),
    ("profanity", "pegi_profanity"),
    ("discrimination", "pegi_discrimination"),
    ("drugs", "pegi_drugs"),
    ("fear", "pegi_fear"),
    ("gambling", "pegi_gambling"),
    ("online", "pegi_online"),
    ("sex", "pegi_sex"),
];

impl Serialize for Restrictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(FLAGS.map(|(flag, field)| (field, self.0.contains(&flag))))
    }
}

/// Writes one product. Its own JSON can always be serialised, so the empty text never occurs in practice.
pub(super) fn write(catalogue: &Catalogue, place: u32, facts: Facts, edit: Option<&Edit>) -> String {
    let goods = catalogue.goods(place);
    let title = catalogue.title(place);
    let given = edit.and_then(|edit| edit.name.clone());
    let name = given.unwrap_or_else(|| goods.name(title.as_ref()));
    let id = id_of(place);
    let mut dice = Dice::new(catalogue.seed ^ 0xD0C5, u64::from(place));
    let images = images(catalogue, &id, title.as_ref(), &mut dice);
    let price = u64::from(facts.price);
    let document = Document {
        platform: said(&mut dice, 50, goods.platform()),
        region: said(&mut dice, 50, goods.region()),
        developer: title.as_ref().map_or("", |title| said(&mut dice, 85, title.developer)),
        publisher: title.as_ref().map_or("", |title| said(&mut dice, 85, title.publisher)),
        release_date: title
            .as_ref()
            .filter(|_| dice.percent(88))
            .map_or_else(String::new, |title| {
                let (year, month, day) = title.released;
                format!("{year}-{month:02}-{day:02}")
            }),
        kind: said(&mut dice, 80, "key"),
        slug: slug(&name, &id),
        qty: facts.qty,
        min_price: Euros(price),
        retail_min_price: Euros(retail_of(price)),
        retail_min_base_price: Euros(price + price / 20),
        available_to_buy: facts.qty > 0,
        price_limit: if dice.percent(70) {
            Limit { max: None, min: None }
        } else {
            Limit {
                max: Some(Euros(price * 13 / 10)),
                min: Some(Euros(price)),
            }
        },
        thumbnail: &images[0],
        small_image: &images[0],
        cover_image: &images[0],
        images: &images,
        updated_at: facts.updated.map_or_else(String::new, clock::written),
        restrictions: Restrictions(pegi(title.as_ref())),
        requirements: prose::requirements(title.as_ref().filter(|_| dice.percent(85))),
        videos: if dice.percent(30) {
            vec![Video {
                kind: "YOUTUBE",
                url: format!("https://www.youtube.com/embed/sandbox{place:04}"),
            }]
        } else {
            Vec::new()
        },
        categories: categories(&goods, title.as_ref(), &mut dice),
        description: title.as_ref().filter(|_| dice.percent(82)).map(prose::description),
        id: &id,
        name: &name,
    };
    let written = serde_json::to_string(&document).unwrap_or_default();
    match edit {
        Some(edit) if !edit.raw.is_empty() || !edit.without.is_empty() => odd(&written, edit).unwrap_or(written),
        _ => written,
    }
}

/// A product with this value in one field.
pub(crate) fn with_field(product: &str, field: &str, value: &RawValue) -> Option<String> {
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_str(product).ok()?;
    fields.insert(field, value);
    serde_json::to_string(&fields).ok()
}

/// The same product with the fields of an edit.
fn odd(written: &str, edit: &Edit) -> Option<String> {
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_str(written).ok()?;
    fields.extend(edit.raw.iter().map(|(name, value)| (name.as_str(), &**value)));
    fields.retain(|name, _| !edit.without.iter().any(|without| without == name));
    serde_json::to_string(&fields).ok()
}

fn said(dice: &mut Dice, chance: u32, text: &'static str) -> &'static str {
    if dice.percent(chance) { text } else { "" }
}

fn images(catalogue: &Catalogue, id: &str, title: Option<&Title>, dice: &mut Dice) -> Vec<String> {
    let screens = if title.is_some() { dice.between(2, 5) } else { 1 };
    (0..=screens)
        .map(|n| format!("{}/images/{id}/{n}.svg", catalogue.public_url))
        .collect()
}

fn categories(goods: &Goods, title: Option<&Title>, dice: &mut Dice) -> Vec<Category> {
    let category = |&(id, name): &(u32, &'static str)| Category { id, name };
    let Some(title) = title else {
        return goods.categories().iter().map(category).collect();
    };
    let games = (189, "Games");
    let mut all = vec![category(&games), category(&(title.genre.id, title.genre.name))];
    if mix(title.seed, 1).is_multiple_of(5) {
        all.pop();
    }
    if dice.percent(55) {
        all.push(category(&THEMES[usize::try_from(title.seed % 8).unwrap_or(0)]));
    }
    if dice.percent(8) {
        all.push(category(&games));
    }
    all
}

fn pegi(title: Option<&Title>) -> &'static [&'static str] {
    title
        .filter(|title| title.seed % 10 < 8)
        .map_or(&[], |title| title.genre.pegi)
}

/// `/hollow-meridian-steam-key-global-i10000000024005`.
fn slug(name: &str, id: &str) -> String {
    let mut slug = String::with_capacity(name.len() + id.len() + 4);
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        slug.push(if slug.is_empty() { '/' } else { '-' });
        slug.push_str(word);
    }
    slug.make_ascii_lowercase();
    let _ = write!(slug, "{}-i{id}", if slug.is_empty() { "/" } else { "" });
    slug
}

/// The retail price of what costs `price`, in cents: with fees.
pub(crate) const fn retail_of(price: u64) -> u64 {
    price + price / 8 + 35
}
