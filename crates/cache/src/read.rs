//! Reading through the cache: a current entry, a confirmed one, one from another process, or a load.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use domain::catalog::{Game, Requirements, SharedGame};
use domain::id::GameId;

use crate::cache_metrics::{Event, Read};
use crate::games::{GameForm, Games, RenderedGame};
use crate::redis::Found;
use crate::{Cache, CacheEntry, Key, Rendered, TextPart, fault_injection};

impl Cache {
    /// The games of `ids` that exist, in that order: cached and current, or loaded now in one call.
    pub async fn games_or_load<E, L, F>(&self, ids: &[GameId], load: L) -> Result<Vec<SharedGame>, E>
    where
        L: FnOnce(Vec<GameId>) -> F,
        F: Future<Output = Result<Vec<Game>, E>>,
    {
        let row = |mut game: Game| {
            // Lists do not show them, and they take memory.
            game.facts.requirements = Requirements::default();
            game.facts.search_text = String::new();
            Arc::new(game)
        };
        let games = self
            .forms_or_load(self.games.as_deref(), ids, |_| true, load, row)
            .await?;
        Ok(games.into_iter().map(|(_, game)| game).collect())
    }

    /// The same as `render` renders each for lists on `day`, counted from the epoch: rendered once, for all lists of that day.
    pub async fn rendered_games_or_load<E, L, F>(
        &self,
        ids: &[GameId],
        day: i64,
        load: L,
        render: impl Fn(&Game) -> String,
    ) -> Result<Vec<(GameId, TextPart)>, E>
    where
        L: FnOnce(Vec<GameId>) -> F,
        F: Future<Output = Result<Vec<Game>, E>>,
    {
        let render = |game: Game| RenderedGame {
            day,
            part: render(&game).into(),
        };
        let usable = |game: &RenderedGame| game.day == day;
        let games = self.forms_or_load(self.rendered_games.as_deref(), ids, usable, load, render);
        Ok(games.await?.into_iter().map(|(id, game)| (id, game.part)).collect())
    }

    async fn forms_or_load<E, L, F, G: GameForm>(
        &self,
        games: Option<&Games<G>>,
        ids: &[GameId],
        usable: impl Fn(&G) -> bool,
        load: L,
        form: impl Fn(Game) -> G,
    ) -> Result<Vec<(GameId, G)>, E>
    where
        L: FnOnce(Vec<GameId>) -> F,
        F: Future<Output = Result<Vec<Game>, E>>,
    {
        let Some(games) = games else {
            let loaded = load(ids.to_vec()).await?.into_iter();
            return Ok(loaded.map(|game| (game.id, form(game))).collect());
        };
        // Taken before the entries are checked, so that loaded games are at least as recent.
        let stamp = self.coherence.stamp();
        let (found, missing) = games.find(ids, &self.coherence, usable);
        let mut loaded = HashMap::new();
        if !missing.is_empty() {
            for game in load(missing).await? {
                let (id, form) = (game.id, form(game));
                if let Some(stamp) = stamp {
                    games.put(stamp, id, form.clone());
                }
                loaded.insert(id, form);
            }
        }
        let each = ids.iter().zip(found);
        let each = each.filter_map(|(id, found)| Some((*id, found.or_else(|| loaded.get(id).cloned())?)));
        Ok(each.collect())
    }

    /// The value of `key`: current entry or new load; see [`Self::get_confirm_or_load`].
    pub async fn get_or_load<E, L, F>(&self, key: &Key, load: L) -> Result<CacheEntry, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Rendered, E>>,
    {
        self.get_confirm_or_load(key, |_| std::future::ready(Ok(false)), load)
            .await
    }

    /// The value of `key`: current entry or new load.
    ///
    /// One load per key runs at a time. A reader that finds one running waits for it and checks its stamp; if something
    /// was touched since, the reader joins the next load, which began after the reader called.
    ///
    /// A list with current content in an order that may be outdated is passed to `confirm`, which checks whether the
    /// selection has changed.
    pub async fn get_confirm_or_load<E, C, G, L, F>(&self, key: &Key, confirm: C, load: L) -> Result<CacheEntry, E>
    where
        C: Fn(CacheEntry) -> G,
        G: Future<Output = Result<bool, E>>,
        L: Fn() -> F,
        F: Future<Output = Result<Rendered, E>>,
    {
        let Some(memory) = &self.memory else {
            return load().await.map(|value| CacheEntry::new(value, None, key));
        };
        if let Some(value) = memory.get(key, &self.coherence) {
            self.metrics.count(key.kind(), Event::Read(Read::Hit));
            return Ok(value);
        }
        let is_known = !key.is_endless() || self.doorkeeper.knows(key);
        let flight = memory.flight(key);
        let asked = flight.loads_begun();
        let turn = flight.turn().await;
        // The previous holder of the turn may have loaded it: after this reader called, so that it needs no check, or
        // before, so that it does.
        if let Some((began, value)) = turn.loaded()
            && (began > asked || fault_injection::is_disabled("joined"))
        {
            self.metrics.count(key.kind(), Event::Read(Read::Joined));
            return Ok(value);
        }
        if let Some(value) = memory.get(key, &self.coherence) {
            self.metrics.count(key.kind(), Event::Read(Read::Joined));
            return Ok(value);
        }
        // Take the stamp before looking at the entries, so that every older invalidation is already visible.
        if let Some(stamp) = self.coherence.stamp()
            && let Some(value) = memory.get_in_any_order(key, &self.coherence)
            && confirm(value.clone()).await?
        {
            let value = value.confirmed(stamp);
            self.metrics.count(key.kind(), Event::Read(Read::Confirmed));
            memory.renew(key, &value);
            return Ok(value);
        }
        let found = match &self.redis {
            Some(redis) if is_known => redis.find(key, &self.coherence).await,
            // The loaded value will not be stored, so no other process should wait for it.
            Some(redis) => redis
                .value(key, &self.coherence)
                .await
                .map_or(Found::Nothing, Found::Value),
            None => Found::Nothing,
        };
        if let Found::Value(value) = found {
            self.metrics.count(key.kind(), Event::Read(Read::Shared));
            if is_known {
                memory.put(key, &value);
            }
            return Ok(value);
        }
        self.metrics.count(key.kind(), Event::Read(Read::Miss));
        let (stamp, began) = (self.coherence.stamp(), turn.begin());
        let value = load().await?;
        // Readers that wait for this load requested the same key.
        let is_stored = is_known || Arc::strong_count(&flight) > 1;
        if !is_stored {
            self.metrics.count(key.kind(), Event::AskedOnce);
        }
        let value = CacheEntry::new(value, stamp.filter(|_| is_stored), key);
        turn.finish(began, &value);
        if value.is_cacheable() {
            memory.put(key, &value);
            if let Some(redis) = &self.redis {
                redis.put(key, &value, &self.coherence);
            }
        }
        // The lease is returned after the value was queued.
        drop(found);
        Ok(value)
    }
}
