//! Categories, genres, platforms and tags as staff manage them. What they decide survives every sync: the suppliers' names become
//! aliases.

use domain::listing::{ListPage, ListQuery};
use domain::overrides::OverrideField;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::term::{Term, TermText};
use domain::touch::Touch;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;
use storage::terms::ManagedTerm;
use uuid::Uuid;

use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, Shop, TermService};

/// A use case of one name, being run.
type Changed<'a> = BoxFuture<'a, Result<ManagedTerm, Error>>;

impl<'a> TermService<'a> {
    /// A page of the names of a kind, each with the number of its games.
    pub fn managed_list(self, term: Term, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<ManagedTerm>, Error>> {
        Box::pin(async move { Ok(self.shop.db().terms().managed_list(term, query).await?) })
    }

    /// All names of a kind.
    pub fn all(self, term: Term) -> BoxFuture<'a, Result<Vec<ManagedTerm>, Error>> {
        Box::pin(async move { Ok(self.shop.db().terms().all(term).await?) })
    }

    /// One name.
    ///
    /// # Errors
    /// [`Refusal::TermNotFound`].
    pub fn one(self, term: Term, id: Uuid) -> Changed<'a> {
        Box::pin(async move {
            let found = self.shop.db().terms().by_id(term, id).await?;
            Ok(found.ok_or(Refusal::TermNotFound)?)
        })
    }

    /// Adds a name. One that was deleted may be added again; games get it as syncs read their products anew, or as staff set it.
    ///
    /// # Errors
    /// [`Refusal::TermTaken`].
    pub fn add(self, term: Term, text: TermText, actor: &'a Actor) -> Changed<'a> {
        Box::pin(async move {
            let id = self.shop.parts.ids.fresh();
            let input = (self.shop.clone(), term, id, text, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, term, id, ref text, ref actor)| {
                    Box::pin(async move { shop.add_term(tx, term, id, text, actor).await })
                })
                .await
        })
    }

    /// Renames or describes a name. What it was called before becomes an alias: suppliers may go on sending that, and old
    /// addresses lead on.
    ///
    /// # Errors
    /// [`Refusal::TermNotFound`], [`Refusal::TermTaken`].
    pub fn change(self, term: Term, id: Uuid, text: TermText, actor: &'a Actor) -> Changed<'a> {
        Box::pin(async move {
            let input = (self.shop.clone(), term, id, text, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, term, id, ref text, ref actor)| {
                    Box::pin(async move { shop.change_term(tx, term, id, text, actor).await })
                })
                .await
        })
    }

    /// Gives the games of a name to another one, and lets its name and its aliases lead there.
    ///
    /// # Errors
    /// [`Refusal::TermNotFound`], [`Refusal::TermIntoItself`].
    pub fn merge(self, term: Term, from: Uuid, into: Uuid, actor: &'a Actor) -> Changed<'a> {
        Box::pin(async move {
            let input = (self.shop.clone(), term, from, into, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, term, from, into, ref actor)| {
                    Box::pin(async move { shop.merge_term(tx, term, (from, into), actor).await })
                })
                .await
        })
    }

    /// Takes a name from all games and deletes it. Suppliers that send it, or one of its aliases, are not listened to in that.
    ///
    /// # Errors
    /// [`Refusal::TermNotFound`]; [`Refusal::TermInUse`] while staff have set it of a game by hand.
    pub fn delete(self, term: Term, id: Uuid, actor: &'a Actor) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), term, id, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, term, id, ref actor)| {
                    Box::pin(async move { shop.delete_term(tx, term, id, actor).await })
                })
                .await
        })
    }
}

impl Shop {
    /// Admits who acts, then keeps everybody else from using names.
    async fn begin_change(&self, tx: &mut Tx, actor: &Actor) -> Result<(), Failed> {
        self.admit(tx, actor, Permission::edit(Noun::Games)).await?;
        Ok(tx.terms().lock_for_change().await?)
    }

    async fn add_term(
        &self,
        tx: &mut Tx,
        term: Term,
        id: Uuid,
        text: &TermText,
        actor: &Actor,
    ) -> Result<ManagedTerm, Failed> {
        self.begin_change(tx, actor).await?;
        refuse_taken(tx, term, text, id).await?;
        // One that was deleted is listened to again.
        if tx.terms().clear_aliases(term, text).await? > 0 {
            touch_all(tx);
        }
        tx.terms().add(term, id, text, self.now()).await?;
        let added = found(tx, term, id).await?;
        let deed = deed(TrailAction::AddTerm, term, id).changing(None, Some(in_words(&added)));
        self.record(tx, actor, deed).await?;
        Ok(added)
    }

    async fn change_term(
        &self,
        tx: &mut Tx,
        term: Term,
        id: Uuid,
        text: &TermText,
        actor: &Actor,
    ) -> Result<ManagedTerm, Failed> {
        self.begin_change(tx, actor).await?;
        let before = found(tx, term, id).await?;
        if before.text == *text {
            return Ok(before);
        }
        let is_renamed = (&before.text.name, &before.text.slug) != (&text.name, &text.slug);
        // Names of suppliers may share a slug: that keeps nobody from describing one of them.
        if is_renamed {
            refuse_taken(tx, term, text, id).await?;
            // It may have been called so before.
            tx.terms().clear_aliases(term, text).await?;
        }
        for (old, new, is_slug) in [
            (&before.text.name, &text.name, false),
            (&before.text.slug, &text.slug, true),
        ] {
            if old != new && !old.is_empty() {
                tx.terms().set_alias(term, old, is_slug, Some(id)).await?;
            }
        }
        tx.terms().change(term, id, text, self.now()).await?;
        // Customers see no descriptions.
        if is_renamed {
            touch_all(tx);
        }
        let after = found(tx, term, id).await?;
        let deed = deed(TrailAction::ChangeTerm, term, id).changing(Some(in_words(&before)), Some(in_words(&after)));
        self.record(tx, actor, deed).await?;
        Ok(after)
    }

    async fn merge_term(
        &self,
        tx: &mut Tx,
        term: Term,
        (from, into): (Uuid, Uuid),
        actor: &Actor,
    ) -> Result<ManagedTerm, Failed> {
        self.begin_change(tx, actor).await?;
        if from == into {
            return Err(Refusal::TermIntoItself.into());
        }
        let (gone, kept) = (found(tx, term, from).await?, found(tx, term, into).await?);
        tx.terms().hand_over(term, from, into).await?;
        tx.terms().delete(term, from).await?;
        tx.terms().set_alias(term, &gone.text.name, false, Some(into)).await?;
        // Of two names with one slug, the slug is the other's.
        if !gone.text.slug.is_empty() && gone.text.slug != kept.text.slug {
            tx.terms().set_alias(term, &gone.text.slug, true, Some(into)).await?;
        }
        touch_all(tx);
        let after = found(tx, term, into).await?;
        let deed = deed(TrailAction::MergeTerm, term, from).changing(Some(in_words(&gone)), Some(in_words(&after)));
        self.record(tx, actor, deed).await?;
        Ok(after)
    }

    async fn delete_term(&self, tx: &mut Tx, term: Term, id: Uuid, actor: &Actor) -> Result<(), Failed> {
        self.begin_change(tx, actor).await?;
        let gone = found(tx, term, id).await?;
        let field = OverrideField::of_term(term);
        let aliases = tx.terms().aliases().await?;
        let set = tx.overrides().count_with_name(field, &gone.text.name, &aliases).await?;
        if set > 0 {
            let games = if set == 1 {
                "one game".to_owned()
            } else {
                format!("{set} games")
            };
            return Err(Refusal::TermInUse(games).into());
        }
        tx.terms().delete(term, id).await?;
        tx.terms().set_alias(term, &gone.text.name, false, None).await?;
        touch_all(tx);
        let deed = deed(TrailAction::DeleteTerm, term, id).changing(Some(in_words(&gone)), None);
        self.record(tx, actor, deed).await
    }
}

/// The name, under the lock of all names.
async fn found(tx: &Tx, term: Term, id: Uuid) -> Result<ManagedTerm, Failed> {
    Ok(tx.terms().by_id(term, id).await?.ok_or(Refusal::TermNotFound)?)
}

async fn refuse_taken(tx: &Tx, term: Term, text: &TermText, except: Uuid) -> Result<(), Failed> {
    match tx.terms().taken_by(term, text, except).await? {
        Some(other) => Err(Refusal::TermTaken(other).into()),
        None => Ok(()),
    }
}

/// A name is shown wherever a game is that has it, and thousands may: everything about games is stale.
fn touch_all(tx: &mut Tx) {
    for touch in [Touch::Games, Touch::Catalog, Touch::Home] {
        tx.touch(touch);
    }
}

fn deed(action: TrailAction, term: Term, id: Uuid) -> Deed {
    Deed::new(action, term.singular(), &id)
}

fn in_words(term: &ManagedTerm) -> String {
    let TermText {
        name,
        slug,
        description,
    } = &term.text;
    serde_json::json!({ "name": name, "slug": slug, "description": description, "games": term.games }).to_string()
}
