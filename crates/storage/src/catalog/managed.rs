//! Games as staff list them, hidden ones too.

use domain::clock::Timestamp;
use domain::id::GameId;
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use sea_orm::{ConnectionTrait, QueryResult};

use super::CatalogRepository;
use crate::Error;
use crate::listing::{Conditions, ListSource, SortKind, page};

/// A game in the list of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameLine {
    /// The game.
    pub id: GameId,
    /// Its title.
    pub title: String,
    /// Where it is activated.
    pub activation_service: Option<String>,
    /// Where it may be activated.
    pub region: Option<String>,
    /// The customer's price.
    pub price: Cents,
    /// Copies for sale.
    pub copies: i64,
    /// Whether customers do not see it.
    pub hidden: bool,
    /// How many of its fields staff set.
    pub overridden: i64,
    /// Whether staff withdrew it.
    pub withdrawn: bool,
    /// How many offers it has, hidden ones too.
    pub offers: i64,
    /// When it came into the shop.
    pub created_at: Timestamp,
}

const GAMES: ListSource = ListSource {
    columns: "g.title, g.activation_service, g.region, g.price_cents, g.copies, g.hidden, g.created_at, \
              (SELECT COUNT(*) FROM game_overrides x WHERE x.game_id = g.id) AS overridden, \
              (SELECT COUNT(*) FROM game_overrides x WHERE x.game_id = g.id AND x.field = 'hidden') AS withdrawn, \
              (SELECT COUNT(*) FROM offers x WHERE x.game_id = g.id) AS offers",
    joins: "JOIN games g ON g.id = k.id",
    table: "games l",
    id: "l.id",
    usual: ("title", "l.search_text", SortKind::Text),
    others: &[("added", "l.number", SortKind::Number)],
};

impl<C: ConnectionTrait> CatalogRepository<'_, C> {
    /// Games by title or by when they came (`title`, `added`). The filter `state` is `shown`, `hidden`, `withdrawn` or
    /// `overridden`; what is searched for stands in the title.
    pub async fn managed_list(&self, query: &ListQuery) -> Result<ListPage<GameLine>, Error> {
        let mut conditions = Conditions::default();
        conditions.add_words("l.search_text", &query.search);
        let overridden = |field: &str| format!("l.id IN (SELECT x.game_id FROM game_overrides x {field})");
        match query.filter("state") {
            "shown" => conditions.add("NOT l.hidden", []),
            "hidden" => conditions.add("l.hidden", []),
            "withdrawn" => conditions.add(&overridden("WHERE x.field = 'hidden'"), []),
            "overridden" => conditions.add(&overridden(""), []),
            _ => {}
        }
        page(self.conn, &GAMES, query, conditions, line).await
    }
}

fn line(row: &QueryResult) -> Result<GameLine, Error> {
    Ok(GameLine {
        id: GameId(row.try_get("", "key_id")?),
        title: row.try_get("", "title")?,
        activation_service: row.try_get("", "activation_service")?,
        region: row.try_get("", "region")?,
        price: Cents::new(row.try_get("", "price_cents")?),
        copies: row.try_get("", "copies")?,
        hidden: row.try_get("", "hidden")?,
        overridden: row.try_get("", "overridden")?,
        withdrawn: row.try_get::<i64>("", "withdrawn")? > 0,
        offers: row.try_get("", "offers")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}
