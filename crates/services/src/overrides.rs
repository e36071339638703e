//! Games as staff manage them: fields overridden by hand, games withdrawn.

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::offer::OfferedGame;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use domain::refusal::{FieldError, Refusal};
use domain::staff::{Noun, Permission};
use domain::term::{Aliases, Term};
use domain::touch::Touch;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use gateways::supplier::{is_picture, safe_html};
use storage::Tx;
use storage::overrides::OverrideEntry;

use crate::sync::touch_changed;
use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{CatalogService, Error, Shop};

/// A game, visible or not, with all its offers and what staff set of it.
#[derive(Clone, Debug)]
pub struct ManagedGame {
    /// The game.
    pub held: OfferedGame,
    /// Its overridden fields, in the order of their names.
    pub fields: Vec<ManagedField>,
}

/// A field that staff set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedField {
    /// The field.
    pub field: OverrideField,
    /// The account of the member of staff.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The names that a game is grouped by.
type GroupedBy = fn(&Game) -> &[String];
const GROUPS: [(Term, GroupedBy); 4] = [
    (Term::Category, |game| &game.facts.categories),
    (Term::Genre, |game| &game.facts.genres),
    (Term::Platform, |game| &game.facts.platforms),
    (Term::Tag, |game| &game.tags),
];

impl From<OverrideEntry> for ManagedField {
    fn from(entry: OverrideEntry) -> Self {
        Self {
            field: entry.field,
            by: entry.by,
            at: entry.at,
        }
    }
}

impl<'a> CatalogService<'a> {
    /// A game, visible or not, for staff.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn managed(self, id: GameId) -> BoxFuture<'a, Result<ManagedGame, Error>> {
        Box::pin(async move {
            let mut found = self.shop.db().offers().offered(&[id]).await?;
            let entries = self.shop.db().overrides().entries(id).await?;
            Ok(ManagedGame {
                held: found.pop().ok_or(Refusal::GameNotFound)?,
                fields: entries.into_iter().map(ManagedField::from).collect(),
            })
        })
    }

    /// Overrides fields of a game, or with `None` gives them back to its suppliers, by the decision of `actor`. The values of
    /// the suppliers are known and return at once.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with each value that a game cannot have; [`Refusal::GameNotFound`].
    pub fn override_fields(
        self,
        id: GameId,
        changes: Vec<OverrideChange>,
        actor: &'a Actor,
    ) -> BoxFuture<'a, Result<ManagedGame, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), id, accepted(changes)?, actor.clone());
            let written = self.shop.write(input, |tx, &(ref shop, id, ref changes, ref actor)| {
                Box::pin(async move { shop.write_overrides(tx, id, changes, actor).await })
            });
            written.await?;
            self.managed(id).await
        })
    }

    /// Withdraws a game from the shop, whatever suppliers have of it, until staff give it back.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn withdraw(self, id: GameId, actor: &'a Actor) -> BoxFuture<'a, Result<ManagedGame, Error>> {
        let value = Some(OverrideValue::Flag(true));
        let field = OverrideField::Hidden;
        self.override_fields(id, vec![OverrideChange { field, value }], actor)
    }
}

/// What staff set of the fields of these changes, as JSON; null for a field that is its suppliers'.
fn in_words(held: &OfferedGame, changes: &[OverrideChange]) -> String {
    let field = |change: &OverrideChange| {
        let value = held.overrides.get(change.field).map(|set| &set.value);
        let value = serde_json::to_value(value).unwrap_or_default();
        (change.field.as_str().to_owned(), value)
    };
    let fields: serde_json::Map<_, _> = changes.iter().map(field).collect();
    serde_json::Value::Object(fields).to_string()
}

/// The changes with values as they are stored.
fn accepted(changes: Vec<OverrideChange>) -> Result<Vec<OverrideChange>, Refusal> {
    let (mut checked, mut wrong) = (Vec::new(), Vec::new());
    for OverrideChange { field, value } in changes {
        match value.map(|value| acceptable(field, value)).transpose() {
            Ok(value) => checked.push(OverrideChange { field, value }),
            Err(why) => wrong.push(FieldError::new(field.as_str(), why)),
        }
    }
    if wrong.is_empty() {
        Ok(checked)
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// The changes with the names in force. A name that was deleted is refused: nobody would see why it is missing.
fn renamed(changes: &[OverrideChange], aliases: &Aliases) -> Result<Vec<OverrideChange>, Refusal> {
    let (mut renamed, mut wrong) = (changes.to_vec(), Vec::new());
    for OverrideChange { field, value } in &mut renamed {
        let (Some(term), Some(OverrideValue::Texts(names))) = (field.term(), value) else {
            continue;
        };
        if let Some(deleted) = names.iter().find(|name| aliases.get(term, name) == Some(None)) {
            let why = format!(
                "has “{deleted}”, which was deleted: add it to the {} again first",
                term.plural()
            );
            wrong.push(FieldError::new(field.as_str(), why));
        }
        aliases.apply(term, names);
    }
    if wrong.is_empty() {
        Ok(renamed)
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// A value as it is stored: HTML is made as safe as a supplier's, pictures are addresses.
fn acceptable(field: OverrideField, value: OverrideValue) -> Result<OverrideValue, String> {
    let no_picture = |url: &String| (!is_picture(url)).then(|| "is not the address of a picture".to_owned());
    let value = match (field, value) {
        (OverrideField::Description, OverrideValue::Text(html)) => OverrideValue::Text(safe_html(html)),
        (OverrideField::Image, OverrideValue::Text(url)) => match no_picture(&url).filter(|_| !url.is_empty()) {
            Some(why) => return Err(why),
            None => OverrideValue::Text(url),
        },
        (OverrideField::Images, OverrideValue::Texts(urls)) => match urls.iter().find_map(no_picture) {
            Some(why) => return Err(why),
            None => OverrideValue::Texts(urls),
        },
        (_, value) => value,
    };
    field.accept(value)
}

impl Shop {
    async fn write_overrides(
        &self,
        tx: &mut Tx,
        id: GameId,
        changes: &[OverrideChange],
        actor: &Actor,
    ) -> Result<(), Failed> {
        self.admit(tx, actor, Permission::edit(Noun::Games)).await?;
        let held = tx.offers().lock_offered(&[id]).await?.pop();
        let mut held = held.ok_or(Refusal::GameNotFound)?;
        let before = held.game.clone();
        let was = in_words(&held, changes);
        let aliases = tx.terms().aliases().await?;
        let changes = &renamed(changes, &aliases)?;
        held.override_fields(changes, self.suppliers());
        for OverrideChange { field, .. } in changes {
            match held.overrides.get(*field) {
                Some(one) => tx.overrides().set(id, (*field, one), &actor.name(), self.now()).await?,
                None => tx.overrides().remove(id, *field).await?,
            }
        }
        self.put_managed(tx, &before, &held.game).await?;
        let deed = Deed::new(TrailAction::OverrideGame, "game", &id.0);
        let deed = deed.changing(Some(was), Some(in_words(&held, changes)));
        self.record(tx, actor, deed).await
    }

    /// Writes a locked game that staff changed, and touches what shows it.
    async fn put_managed(&self, tx: &mut Tx, before: &Game, after: &Game) -> Result<(), Failed> {
        if before == after {
            return Ok(());
        }
        for (term, names) in GROUPS {
            if names(before) == names(after) {
                continue;
            }
            let named = names(after).iter().map(|name| (name.clone(), self.parts.ids.fresh()));
            let (ids, _) = tx.catalog().ensure_terms(term, &named.collect(), self.now()).await?;
            let links: Vec<_> = ids.values().map(|name| (after.id, *name)).collect();
            tx.catalog().link(term, &[after.id], &links).await?;
        }
        if before.facts.differs_in_offer_alone(&after.facts) {
            tx.catalog().put_offered(&[after], self.now()).await?;
        } else {
            tx.catalog().put(&[after], self.now()).await?;
        }
        touch_changed(tx, before, after);
        // Lists are filtered by tags, which are no field of the suppliers.
        if before.tags != after.tags {
            tx.touch(Touch::Catalog);
            if before.in_stock() || after.in_stock() {
                tx.touch(Touch::Home);
            }
        }
        Ok(())
    }
}
