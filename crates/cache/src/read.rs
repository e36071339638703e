//! Reading through the cache: a current entry, a confirmed one, one from another process, or a load.

use std::future::Future;
use std::sync::Arc;

use domain::catalog::{Game, SharedGame};
use domain::id::GameId;

use crate::cache_metrics::{Event, Read};
use crate::redis::Found;
use crate::{Cache, CacheEntry, Key, Rendered, fault_injection};

impl Cache {
    /// The existing games of `ids`, in their order: current entries, or all others loaded at once.
    pub async fn games_or_load<E, L, F>(&self, ids: &[GameId], load: L) -> Result<Vec<SharedGame>, E>
    where
        L: FnOnce(Vec<GameId>) -> F,
        F: Future<Output = Result<Vec<Game>, E>>,
    {
        let Some(games) = &self.games else {
            return Ok(load(ids.to_vec()).await?.into_iter().map(Arc::new).collect());
        };
        // Take the stamp before looking at the entries, so that it also holds for what is then loaded.
        let stamp = self.coherence.stamp();
        let (mut found, missing) = games.find(ids, &self.coherence);
        if !missing.is_empty() {
            for game in load(missing).await? {
                let id = game.id;
                let game = match stamp {
                    Some(stamp) => games.put(stamp, game),
                    None => Arc::new(game),
                };
                found.insert(id, game);
            }
        }
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
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
            Some(redis) => redis.find(key, &self.coherence).await,
            None => Found::Nothing,
        };
        if let Found::Value(value) = found {
            self.metrics.count(key.kind(), Event::Read(Read::Shared));
            memory.put(key, &value);
            return Ok(value);
        }
        self.metrics.count(key.kind(), Event::Read(Read::Miss));
        let (stamp, began) = (self.coherence.stamp(), turn.begin());
        let value = CacheEntry::new(load().await?, stamp, key);
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
