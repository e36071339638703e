//! Overrides: what staff set of games by hand, with what the suppliers say of the same fields.

use std::collections::HashMap;

use domain::clock::Timestamp;
use domain::id::GameId;
use domain::overrides::{FieldOverride, OverrideField, OverrideValue, Overrides};
use domain::term::Aliases;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use crate::{Error, dialect, sql};

/// The repository of overrides.
#[derive(Clone, Copy, Debug)]
pub struct OverrideRepository<'a, C> {
    conn: &'a C,
}

/// Who overrode a field, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideEntry {
    /// The field.
    pub field: OverrideField,
    /// The account of the member of staff.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl<'a, C: ConnectionTrait> OverrideRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The overrides of those of `games` that have any, with the names in force as `aliases` say.
    pub async fn of_games(&self, games: &[GameId], aliases: &Aliases) -> Result<HashMap<GameId, Overrides>, Error> {
        if games.is_empty() {
            return Ok(HashMap::new());
        }
        let [game, field, value, suppliers] = ["game_id", "field", "value", "suppliers_value"].map(Alias::new);
        let select = Query::select()
            .columns([game.clone(), field, value, suppliers])
            .from("game_overrides")
            .and_where(dialect::is_one_of_ids(self.conn, Expr::col(game), games))
            .to_owned();
        let mut fields: HashMap<GameId, Vec<(OverrideField, FieldOverride)>> = HashMap::new();
        for row in self.conn.query_all(&select).await? {
            let suppliers: Option<String> = row.try_get("", "suppliers_value")?;
            let one = FieldOverride {
                value: value_of(&row.try_get::<String>("", "value")?)?,
                suppliers_value: suppliers.as_deref().map(value_of).transpose()?,
            };
            let game = GameId(row.try_get("", "game_id")?);
            fields.entry(game).or_default().push((field_of(&row)?, one));
        }
        let overrides = fields.into_iter().map(|(game, fields)| {
            let mut overrides = Overrides::of(fields);
            overrides.rename(aliases);
            (game, overrides)
        });
        Ok(overrides.collect())
    }

    /// Of how many games staff set the names of `field`, among them this one.
    pub async fn count_with_name(&self, field: OverrideField, name: &str, aliases: &Aliases) -> Result<usize, Error> {
        let Some(term) = field.term() else { return Ok(0) };
        let text = "SELECT value FROM game_overrides WHERE field = $1";
        let mut games = 0;
        for row in sql::all(self.conn, text, [field.as_str().into()]).await? {
            if let OverrideValue::Texts(mut names) = value_of(&row.try_get::<String>("", "value")?)? {
                aliases.apply(term, &mut names);
                games += usize::from(names.iter().any(|one| one == name));
            }
        }
        Ok(games)
    }

    /// What the suppliers say of overridden titles, services and regions, by which products are matched.
    pub(crate) async fn of_names(&self) -> Result<Vec<(GameId, OverrideField, String)>, Error> {
        let text = "SELECT game_id, field, suppliers_value FROM game_overrides \
                    WHERE field IN ('title', 'activationService', 'region') AND suppliers_value IS NOT NULL";
        let mut names = Vec::new();
        for row in sql::all(self.conn, text, []).await? {
            if let OverrideValue::Text(name) = value_of(&row.try_get::<String>("", "suppliers_value")?)? {
                names.push((GameId(row.try_get("", "game_id")?), field_of(&row)?, name));
            }
        }
        Ok(names)
    }

    /// Who overrode the fields of a game, in the order of their names.
    pub async fn entries(&self, game: GameId) -> Result<Vec<OverrideEntry>, Error> {
        let text = "SELECT field, set_by, set_at FROM game_overrides WHERE game_id = $1 ORDER BY field";
        let rows = sql::all(self.conn, text, [game.0.into()]).await?;
        let entries = rows.iter().map(|row| {
            Ok(OverrideEntry {
                field: field_of(row)?,
                by: row.try_get("", "set_by")?,
                at: Timestamp::from_micros(row.try_get("", "set_at")?),
            })
        });
        entries.collect()
    }
}

impl OverrideRepository<'_, DatabaseTransaction> {
    /// Overrides a field of a locked game, by the decision of `by`.
    pub async fn set(
        &self,
        game: GameId,
        (field, one): (OverrideField, &FieldOverride),
        by: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = "INSERT INTO game_overrides (game_id, field, value, suppliers_value, set_by, set_at) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (game_id, field) DO UPDATE SET value = excluded.value, \
                    suppliers_value = excluded.suppliers_value, set_by = excluded.set_by, set_at = excluded.set_at";
        let values = [
            game.0.into(),
            field.as_str().into(),
            written(&one.value)?.into(),
            one.suppliers_value.as_ref().map(written).transpose()?.into(),
            by.into(),
            now.as_micros().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Removes the override of a field of a locked game.
    pub async fn remove(&self, game: GameId, field: OverrideField) -> Result<(), Error> {
        let text = "DELETE FROM game_overrides WHERE game_id = $1 AND field = $2";
        sql::run(self.conn, text, [game.0.into(), field.as_str().into()]).await?;
        Ok(())
    }

    /// Notes what the suppliers say of the overridden fields of a locked game.
    pub async fn note_suppliers_values(&self, game: GameId, overrides: &Overrides) -> Result<(), Error> {
        for (field, one) in overrides.iter() {
            let text = "UPDATE game_overrides SET suppliers_value = $3 WHERE game_id = $1 AND field = $2";
            let value = one.suppliers_value.as_ref().map(written).transpose()?;
            sql::run(self.conn, text, [game.0.into(), field.as_str().into(), value.into()]).await?;
        }
        Ok(())
    }
}

fn field_of(row: &QueryResult) -> Result<OverrideField, Error> {
    let text: String = row.try_get("", "field")?;
    OverrideField::parse(&text).ok_or_else(|| unreadable(format!("field {text:?}")))
}

fn value_of(text: &str) -> Result<OverrideValue, Error> {
    serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
}

fn written(value: &OverrideValue) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(reason: String) -> Error {
    Error::Unreadable {
        table: "game_overrides",
        reason,
    }
}
