//! Imports of keys: row by row, in batches of one transaction each.

use std::collections::{HashMap, HashSet};

use domain::id::GameId;
use domain::money::Cents;
use domain::own_key::{IMPORT_ROWS_MAX, KeyFate, KeyImportId, KeyRow, KeyRowContent, OwnKeyId};
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::typed;
use futures::future::BoxFuture;
use storage::own_keys::{KeyHash, KeyImport, NewOwnKey};
use vault::KeyHasher;

use super::AT_ONCE;
use super::taking::Batch;
use crate::trail::Actor;
use crate::{Error, OwnKeyService, Shop};

/// The longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 200;

/// The line of a row and what became of it.
pub type RowFate = (u64, KeyFate);
/// Hears what became of some rows, once it is sure.
pub type FateListener<'a> = dyn FnMut(&[RowFate]) + Send + 'a;

/// What is to be imported, but for the rows.
#[derive(Clone, Debug)]
pub struct KeyImportOrder {
    /// What the file is called.
    pub name: String,
    /// The game of the rows that do not name one.
    pub game: Option<String>,
    /// The price of the own offers of the games; `None` leaves it as it is.
    pub price: Option<Cents>,
}

/// What became of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyImportReport {
    /// The import.
    pub id: KeyImportId,
    /// Rows whose keys are the shop's now.
    pub taken: u64,
    /// Rows with keys that another row has, or the shop.
    pub duplicates: u64,
    /// Rows whose game is not known.
    pub unknown: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
}

impl KeyImportReport {
    const fn of(id: KeyImportId) -> Self {
        Self {
            id,
            taken: 0,
            duplicates: 0,
            unknown: 0,
            unreadable: 0,
        }
    }

    const fn count(&mut self, fate: KeyFate) {
        match fate {
            KeyFate::Taken => self.taken += 1,
            KeyFate::Repeated { .. } | KeyFate::Held => self.duplicates += 1,
            KeyFate::UnknownGame | KeyFate::AmbiguousGame => self.unknown += 1,
            KeyFate::Unreadable(_) => self.unreadable += 1,
        }
    }

    /// Whether every row was taken.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.duplicates + self.unknown + self.unreadable == 0
    }
}

/// An import that runs.
struct Importing<'a> {
    shop: &'a Shop,
    order: &'a KeyImportOrder,
    actor: &'a Actor,
    hasher: KeyHasher,
    import: KeyImport,
    /// How many rows there are in all.
    rows: usize,
    /// Whether the import is in the database.
    is_begun: bool,
    /// The games of the names that were looked for.
    games: HashMap<String, Vec<GameId>>,
    /// The lines of the keys that were tried.
    tried: HashMap<KeyHash, u64>,
}

impl<'a> OwnKeyService<'a> {
    /// Imports keys. `tell` hears of each row's fate, in the order of the rows, once it is sure: a batch at a time.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::NotAllowed`], [`Refusal::KeyImportUndone`]. What was taken before an error stays taken;
    /// the same file again takes the rest.
    pub fn import(
        self,
        rows: &'a [KeyRow],
        order: &'a KeyImportOrder,
        actor: &'a Actor,
        tell: &'a mut FateListener<'a>,
    ) -> BoxFuture<'a, Result<KeyImportReport, Error>> {
        Box::pin(async move {
            let name = checked(rows, order)?;
            let shop = self.shop;
            let id = KeyImportId(shop.parts.ids.fresh());
            let mut importing = Importing {
                shop,
                order,
                actor,
                hasher: shop.key_hasher().await?,
                import: KeyImport {
                    id,
                    at: shop.now(),
                    actor: actor.name(),
                    name,
                    undone_at: None,
                },
                rows: rows.len(),
                is_begun: false,
                games: HashMap::new(),
                tried: HashMap::with_capacity(rows.len()),
            };
            let mut report = KeyImportReport::of(id);
            for some in rows.chunks(AT_ONCE) {
                let fates = importing.batch(some).await?;
                fates.iter().for_each(|(_, fate)| report.count(*fate));
                tell(&fates);
            }
            tracing::info!(
                import = %id, taken = report.taken, duplicates = report.duplicates, unknown = report.unknown,
                unreadable = report.unreadable, "[Stock] keys were imported"
            );
            Ok(report)
        })
    }
}

/// The name of the import, if it can begin.
fn checked(rows: &[KeyRow], order: &KeyImportOrder) -> Result<String, Refusal> {
    let mut wrong = Vec::new();
    if rows.len() > IMPORT_ROWS_MAX {
        wrong.push(FieldError::new("file", format!("has more than {IMPORT_ROWS_MAX} rows")));
    }
    if order.price.is_some_and(|price| price <= Cents::ZERO) {
        wrong.push(FieldError::new("price", "must be above 0"));
    }
    let name = typed::line(&order.name, NAME_CHARS_MAX);
    match &name {
        Ok(name) if name.is_empty() => wrong.push(FieldError::of(Wrong::Missing, "name", "is missing")),
        Ok(_) => {}
        Err(why) => wrong.push(FieldError::new("name", why.as_str())),
    }
    match name {
        Ok(name) if wrong.is_empty() => Ok(name),
        _ => Err(Refusal::Invalid(wrong)),
    }
}

impl Importing<'_> {
    /// Imports some rows in one transaction, and tells what became of each.
    async fn batch(&mut self, rows: &[KeyRow]) -> Result<Vec<RowFate>, Error> {
        self.find_games(rows).await?;
        let (mut fates, mut keys, mut untaken) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for row in rows {
            let candidate = match &row.content {
                Ok(content) => self.candidate(row.line, content),
                Err(why) => Err(KeyFate::Unreadable(why)),
            };
            let fate = match candidate {
                Ok(key) => {
                    keys.push((fates.len(), key));
                    // Unless the transaction takes it.
                    KeyFate::Held
                }
                Err(fate) => {
                    untaken.push((row.line, fate.to_string()));
                    fate
                }
            };
            fates.push((row.line, fate));
        }
        keys.sort_unstable_by_key(|(_, key)| key.hash);
        let (places, keys): (Vec<usize>, Vec<NewOwnKey>) = keys.into_iter().unzip();
        let hashes: Vec<KeyHash> = keys.iter().map(|key| key.hash).collect();
        let taken = self.take(keys, untaken).await?;
        for (place, hash) in places.into_iter().zip(hashes) {
            if taken.contains(&hash) {
                fates[place].1 = KeyFate::Taken;
            }
        }
        Ok(fates)
    }

    /// Looks for the games of names that were not looked for before.
    async fn find_games(&mut self, rows: &[KeyRow]) -> Result<(), Error> {
        let contents = rows.iter().filter_map(|row| row.content.as_ref().ok());
        let names: HashSet<&str> = contents
            .filter_map(|content| self.name_of(content))
            .filter(|name| !self.games.contains_key(*name))
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        let suppliers: Vec<_> = self.shop.suppliers().iter().map(|terms| terms.name.clone()).collect();
        let mut found = self.shop.db().offers().named_games(&names, &suppliers).await?;
        let looked_for: Vec<String> = names.into_iter().map(str::to_owned).collect();
        for name in looked_for {
            let games = found.remove(&name).unwrap_or_default();
            self.games.insert(name, games);
        }
        Ok(())
    }

    fn name_of<'c>(&'c self, content: &'c KeyRowContent) -> Option<&'c str> {
        content.game.as_deref().or(self.order.game.as_deref())
    }

    /// The key of a row, sealed for the row that it will be, if nothing but another holder can stand in its way.
    fn candidate(&mut self, line: u64, content: &KeyRowContent) -> Result<NewOwnKey, KeyFate> {
        let name = self.name_of(content).ok_or(KeyFate::UnknownGame)?;
        let game = match self.games.get(name).map(Vec::as_slice).unwrap_or_default() {
            [game] => *game,
            [] => return Err(KeyFate::UnknownGame),
            _ => return Err(KeyFate::AmbiguousGame),
        };
        let hash = self.hasher.hash(&content.key);
        if let Some(first) = self.tried.get(&hash) {
            return Err(KeyFate::Repeated { line: *first });
        }
        self.tried.insert(hash, line);
        let id = OwnKeyId(self.shop.parts.ids.fresh());
        let sealed = self.shop.seal().seal_key(id, game, &content.key);
        Ok(NewOwnKey {
            id,
            game,
            line,
            hash,
            sealed,
            cost: content.cost,
        })
    }

    /// Writes a batch; returns the hashes of the keys that are the shop's now.
    async fn take(&mut self, keys: Vec<NewOwnKey>, untaken: Vec<(u64, String)>) -> Result<HashSet<KeyHash>, Error> {
        let begins = (!self.is_begun).then(|| {
            let price = self.order.price.map(|price| format!(", sold at {price} EUR"));
            format!("{}: {} rows{}", self.import.name, self.rows, price.unwrap_or_default())
        });
        let input = Batch {
            shop: self.shop.clone(),
            actor: self.actor.clone(),
            import: self.import.clone(),
            begins,
            price: self.order.price,
            transfers: keys.iter().map(|_| self.shop.parts.ids.fresh()).collect(),
            keys,
            untaken,
        };
        let taken = self
            .shop
            .write_alone(input, |tx, input| Box::pin(async move { input.carry_out(tx).await }));
        let taken = taken.await?;
        self.is_begun = true;
        Ok(taken)
    }
}
