//! Offers as staff list them, hidden ones too.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{OfferRepository, row};
use crate::Error;
use crate::listing::{Conditions, ListSource, SortKind, containing, page};

/// An offer in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferLine {
    /// The offer.
    pub id: OfferId,
    /// Its game.
    pub game: GameId,
    /// The game's title.
    pub title: String,
    /// The supplier.
    pub supplier: SupplierName,
    /// The supplier's product.
    pub product: ProductId,
    /// What the supplier asks for a copy.
    pub cost: Cents,
    /// What a customer pays.
    pub price: Cents,
    /// Copies that the supplier has.
    pub supplier_qty: i64,
    /// Copies that are promised to customers.
    pub reserved: i64,
    /// Whether the supplier no longer has the product.
    pub hidden: bool,
    /// Whether a lower price waits for a decision.
    pub parked: bool,
    /// Whether staff linked it to its game.
    pub linked_by_staff: bool,
    /// When the supplier was asked for these values.
    pub observed_at: Timestamp,
}

/// A visible game, as far as it tells whether another is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedGame {
    /// The game.
    pub id: GameId,
    /// Its title.
    pub title: String,
    /// Where it is activated.
    pub activation_service: Option<String>,
    /// Where it may be activated.
    pub region: Option<String>,
}

const OFFERS: ListSource = ListSource {
    columns: "o.game_id, g.title, o.supplier, o.product_id, o.cost_cents, o.price_cents, o.supplier_qty, o.reserved, \
              o.hidden, o.parked, o.linked_by, o.observed_at",
    joins: "JOIN offers o ON o.id = k.id JOIN games g ON g.id = o.game_id",
    table: "offers l",
    id: "l.id",
    usual: ("added", "l.created_at", SortKind::Number),
    others: &[("product", "l.product_id", SortKind::Text)],
};

const DUPLICATES: ListSource = ListSource {
    columns: "g.title, g.activation_service, g.region",
    joins: "JOIN games g ON g.id = k.id",
    table: "games l",
    id: "l.id",
    usual: ("key", "l.match_key", SortKind::Text),
    others: &[],
};

impl<C: ConnectionTrait> OfferRepository<'_, C> {
    /// Offers by when they came or by product (`added`, `product`). Filters: `supplier`; `game`; `state`, which is `for_sale`,
    /// `sold_out`, `hidden` or `parked`. What is searched for is the beginning of a product's id, or part of a game's title.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<OfferLine>, Error> {
        let mut conditions = Conditions::default();
        match query.filter("supplier") {
            "" => {}
            supplier => conditions.add("l.supplier = ?", [supplier.into()]),
        }
        if let Ok(game) = Uuid::parse_str(query.filter("game")) {
            conditions.add("l.game_id = ?", [game.into()]);
        }
        match query.filter("state") {
            "for_sale" => conditions.add("NOT l.hidden AND NOT l.parked AND l.supplier_qty > l.reserved", []),
            "sold_out" => conditions.add("NOT l.hidden AND NOT l.parked AND l.supplier_qty <= l.reserved", []),
            "hidden" => conditions.add("l.hidden", []),
            "parked" => conditions.add("l.parked", []),
            _ => {}
        }
        search(&mut conditions, &query.search);
        page(self.conn, &OFFERS, query, conditions, line).await
    }

    /// Visible games that have the title, the edition, the service and the region of another one, those together.
    pub async fn possible_duplicates(&self, query: &ListQuery) -> Result<ListPage<ComparedGame>, Error> {
        let mut conditions = Conditions::default();
        conditions.add("NOT l.hidden AND l.match_key IS NOT NULL", []);
        // Two are looked for, so that each game costs one look into the index, whatever it is.
        let alike = "2 = (SELECT COUNT(*) FROM (SELECT 1 AS one FROM games o WHERE o.match_key = l.match_key \
                     AND o.match_key IS NOT NULL AND NOT o.hidden LIMIT 2) AS alike)";
        conditions.add(alike, []);
        page(self.conn, &DUPLICATES, query, conditions, compared).await
    }
}

/// A product, or the games that have the words in their titles; the games are found by their index alone.
fn search(conditions: &mut Conditions, search: &str) {
    let folded = domain::search::fold(search);
    let words = domain::search::words(&folded);
    if words.is_empty() {
        if !search.is_empty() {
            conditions.add("l.product_id = ?", [search.into()]);
        }
        return;
    }
    let in_title = words
        .iter()
        .map(|word| format!("s.search_text LIKE '{}' ESCAPE '!'", containing(word)));
    let in_title = in_title.collect::<Vec<_>>().join(" AND ");
    let text = format!("(l.product_id = ? OR l.game_id IN (SELECT s.id FROM games s WHERE {in_title}))");
    conditions.add(&text, [search.into()]);
}

fn line(found: &QueryResult) -> Result<OfferLine, Error> {
    let supplier: String = found.try_get("", "supplier")?;
    Ok(OfferLine {
        id: OfferId(found.try_get("", "key_id")?),
        game: GameId(found.try_get("", "game_id")?),
        title: found.try_get("", "title")?,
        supplier: SupplierName::parse(&supplier).ok_or_else(|| Error::Unreadable {
            table: "offers",
            reason: format!("supplier {supplier:?}"),
        })?,
        product: row::product(found)?,
        cost: Cents::new(found.try_get("", "cost_cents")?),
        price: Cents::new(found.try_get("", "price_cents")?),
        supplier_qty: found.try_get("", "supplier_qty")?,
        reserved: found.try_get("", "reserved")?,
        hidden: found.try_get("", "hidden")?,
        parked: found.try_get("", "parked")?,
        linked_by_staff: found.try_get::<Option<String>>("", "linked_by")?.is_some(),
        observed_at: Timestamp::from_micros(found.try_get("", "observed_at")?),
    })
}

fn compared(found: &QueryResult) -> Result<ComparedGame, Error> {
    Ok(ComparedGame {
        id: GameId(found.try_get("", "key_id")?),
        title: found.try_get("", "title")?,
        activation_service: found.try_get("", "activation_service")?,
        region: found.try_get("", "region")?,
    })
}
