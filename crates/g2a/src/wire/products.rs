//! Products on the wire: one that is malformed does not spoil its page.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{decoration, object};
use crate::error::bounded;
use crate::products::is_product_id;
use crate::{
    BadMoney, BadProduct, BadQuantity, Category, Cents, Error, ListedProduct, Listing, Product, Requirements,
    SystemRequirements, Video,
};

#[derive(Deserialize)]
struct WirePage {
    total: u64,
    page: u32,
    // Kept as text: each is read on its own, so that one malformed product does not spoil the page.
    docs: Vec<Box<RawValue>>,
}

/// Identity is read strictly; stock and prices are read each by itself; what only decorates a product page may be of any
/// shape and is then empty.
#[derive(Deserialize)]
struct WireProduct<'a> {
    id: String,
    name: String,
    #[serde(default, borrow)]
    qty: Option<&'a RawValue>,
    #[serde(rename = "minPrice", default, borrow)]
    min_price: Option<&'a RawValue>,
    #[serde(default, borrow)]
    retail_min_price: Option<&'a RawValue>,
    #[serde(rename = "availableToBuy", default, deserialize_with = "decoration")]
    available_to_buy: bool,
    #[serde(rename = "type", default, deserialize_with = "decoration")]
    kind: String,
    #[serde(default, deserialize_with = "decoration")]
    slug: String,
    #[serde(default, deserialize_with = "decoration")]
    thumbnail: String,
    #[serde(rename = "smallImage", default, deserialize_with = "decoration")]
    small_image: String,
    #[serde(rename = "coverImage", default, deserialize_with = "decoration")]
    cover_image: String,
    #[serde(default, deserialize_with = "decorations")]
    images: Vec<String>,
    #[serde(default, deserialize_with = "decoration")]
    description: String,
    #[serde(default, deserialize_with = "decoration")]
    updated_at: String,
    #[serde(default, deserialize_with = "decoration")]
    release_date: String,
    #[serde(default, deserialize_with = "decoration")]
    region: String,
    #[serde(default, deserialize_with = "decoration")]
    platform: String,
    #[serde(default, deserialize_with = "decoration")]
    developer: String,
    #[serde(default, deserialize_with = "decoration")]
    publisher: String,
    #[serde(default, deserialize_with = "decorations")]
    categories: Vec<WireCategory>,
    #[serde(default, borrow, deserialize_with = "decoration")]
    restrictions: BTreeMap<String, &'a RawValue>,
    #[serde(default, deserialize_with = "decoration")]
    requirements: WireRequirements,
    #[serde(default, deserialize_with = "decorations")]
    videos: Vec<WireVideo>,
}

#[derive(Deserialize)]
struct WireCategory {
    id: i64,
    #[serde(default, deserialize_with = "decoration")]
    name: String,
}

#[derive(Default, Deserialize)]
struct WireRequirements {
    #[serde(default, deserialize_with = "decoration")]
    minimal: WireSystem,
    #[serde(default, deserialize_with = "decoration")]
    recommended: WireSystem,
}

#[derive(Default, Deserialize)]
struct WireSystem {
    #[serde(default, deserialize_with = "decoration")]
    reqprocessor: String,
    #[serde(default, deserialize_with = "decoration")]
    reqgraphics: String,
    #[serde(default, deserialize_with = "decoration")]
    reqmemory: String,
    #[serde(default, deserialize_with = "decoration")]
    reqdiskspace: String,
    #[serde(default, deserialize_with = "decoration")]
    reqsystem: String,
    #[serde(default, deserialize_with = "decoration")]
    reqother: String,
}

#[derive(Deserialize)]
struct WireVideo {
    #[serde(rename = "type", default, deserialize_with = "decoration")]
    kind: String,
    url: String,
}

fn decorations<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let items: Vec<&RawValue> = decoration(from)?;
    Ok(items
        .iter()
        .filter_map(|item| serde_json::from_str(item.get()).ok())
        .collect())
}

/// Reads an answer to `GET /products`, but not its products.
pub(crate) fn read_listing(body: &[u8]) -> Result<Listing, Error> {
    // serde_json tells the place and the kind of the fault, never more of the body than one word.
    let page: WirePage = object(body).map_err(|error| Error::malformed(&error.to_string()))?;
    if page.page == 0 {
        return Err(Error::malformed("page 0"));
    }
    let products = page.docs.into_iter().map(|doc| ListedProduct::written(doc.into()));
    Ok(Listing {
        total: page.total,
        page: page.page,
        products: products.collect(),
    })
}

/// Reads one product of a page.
pub(crate) fn read_product(listed: &ListedProduct) -> Result<Product, BadProduct> {
    let bad = |reason: String| BadProduct {
        id: listed.id.clone(),
        reason: bounded(&reason),
    };
    let wire: WireProduct = object(listed.text.as_bytes()).map_err(|error| bad(error.to_string()))?;
    if !is_product_id(&wire.id) {
        return Err(bad("the id is not 1 to 32 digits".into()));
    }
    if wire.name.trim().is_empty() {
        return Err(bad("the name is blank".into()));
    }
    Ok(into_product(wire))
}

fn price(raw: Option<&RawValue>) -> Result<Cents, BadMoney> {
    raw.map_or(Err(BadMoney::Missing), |raw| Cents::from_json_number(raw.get()))
}

fn quantity(raw: Option<&RawValue>) -> Result<i64, BadQuantity> {
    let text = raw.ok_or(BadQuantity::Missing)?.get();
    match serde_json::from_str::<i64>(text) {
        Ok(qty) if qty < 0 => Err(BadQuantity::Negative),
        qty => qty.map_err(|_| BadQuantity::NotWhole),
    }
}

fn into_product(wire: WireProduct<'_>) -> Product {
    let mut seen = HashSet::new();
    Product {
        id: wire.id,
        name: wire.name,
        kind: wire.kind,
        slug: wire.slug,
        qty: quantity(wire.qty),
        min_price: price(wire.min_price),
        retail_min_price: price(wire.retail_min_price),
        available_to_buy: wire.available_to_buy,
        thumbnail: wire.thumbnail,
        small_image: wire.small_image,
        cover_image: wire.cover_image,
        images: wire.images,
        description: filled(wire.description),
        updated_at: filled(wire.updated_at),
        release_date: filled(wire.release_date),
        region: wire.region,
        platform: wire.platform,
        developer: wire.developer,
        publisher: wire.publisher,
        categories: wire
            .categories
            .into_iter()
            .filter(|category| seen.insert(category.id))
            .map(|WireCategory { id, name }| Category { id, name })
            .collect(),
        restrictions: wire
            .restrictions
            .into_iter()
            .filter(|(_, flag)| flag.get() == "true")
            .filter_map(|(name, _)| Some(name.strip_prefix("pegi_")?.to_owned()))
            .collect(),
        requirements: Requirements {
            minimal: wire.requirements.minimal.into(),
            recommended: wire.requirements.recommended.into(),
        },
        videos: wire
            .videos
            .into_iter()
            .map(|WireVideo { kind, url }| Video { kind, url })
            .collect(),
    }
}

impl From<WireSystem> for SystemRequirements {
    fn from(wire: WireSystem) -> SystemRequirements {
        SystemRequirements {
            processor: wire.reqprocessor,
            graphics: wire.reqgraphics,
            memory: wire.reqmemory,
            disk_space: wire.reqdiskspace,
            system: wire.reqsystem,
            other: wire.reqother,
        }
    }
}

fn filled(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// The id of a product, whatever the rest of it is, if it is one that may be logged.
pub(crate) fn id_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct JustId {
        id: String,
    }
    object::<JustId>(text.as_bytes())
        .ok()
        .map(|just| just.id)
        .filter(|id| is_product_id(id))
}

#[cfg(test)]
#[path = "products_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "products_field_tests.rs"]
mod field_tests;
