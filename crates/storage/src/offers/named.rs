//! The games that a supplier or a file of keys names: by slug, by id, or by the id of a product.

use std::collections::HashMap;

use domain::id::{GameId, SupplierName};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use super::OfferRepository;
use crate::tables::{Games, Offers};
use crate::{Error, dialect};

impl<C: ConnectionTrait> OfferRepository<'_, C> {
    /// The games, hidden ones too, that each of `values` names; several where it is the slug of one and the product of
    /// another. Products are those of `suppliers`. A value that names none is left out.
    pub async fn named_games(
        &self,
        values: &[&str],
        suppliers: &[SupplierName],
    ) -> Result<HashMap<String, Vec<GameId>>, Error> {
        let mut named: HashMap<String, Vec<GameId>> = HashMap::new();
        if values.is_empty() {
            return Ok(named);
        }
        let by_slug = Query::select()
            .columns([Games::Slug, Games::Id])
            .from(Games::Table)
            .and_where(dialect::is_one_of(self.conn, Games::Slug, values.iter().copied()))
            .to_owned();
        let by_product = Query::select()
            .columns([Offers::ProductId, Offers::GameId])
            .from(Offers::Table)
            .and_where(Expr::col(Offers::Supplier).is_in(suppliers.iter().map(SupplierName::as_str)))
            .and_where(dialect::is_one_of(self.conn, Offers::ProductId, values.iter().copied()))
            .to_owned();
        let mut add = |value: String, game: GameId| {
            let games = named.entry(value).or_default();
            if !games.contains(&game) {
                games.push(game);
            }
        };
        for (value, game) in self.pairs(&by_slug).await? {
            add(value, game);
        }
        for (value, game) in self.pairs(&by_product).await? {
            add(value, game);
        }
        let ids: Vec<(&str, GameId)> = values
            .iter()
            .filter_map(|value| Some((*value, GameId(Uuid::parse_str(value).ok()?))))
            .collect();
        if !ids.is_empty() {
            let games: Vec<GameId> = ids.iter().map(|(_, game)| *game).collect();
            let by_id = Query::select()
                .column(Games::Id)
                .from(Games::Table)
                .and_where(dialect::is_one_of_ids(self.conn, Expr::col(Games::Id), &games))
                .to_owned();
            for row in self.conn.query_all(&by_id).await? {
                let found = GameId(row.try_get_by_index(0)?);
                for (value, _) in ids.iter().filter(|(_, game)| *game == found) {
                    add((*value).to_owned(), found);
                }
            }
        }
        Ok(named)
    }

    /// The rows of a statement with a text and a game.
    async fn pairs(&self, select: &SelectStatement) -> Result<Vec<(String, GameId)>, Error> {
        let rows = self.conn.query_all(select).await?;
        rows.iter()
            .map(|row| Ok((row.try_get_by_index(0)?, GameId(row.try_get_by_index(1)?))))
            .collect()
    }
}
