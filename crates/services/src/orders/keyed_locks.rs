//! Locks by name within this process: whoever waits for one holds neither a transaction nor a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

/// Locks by name. One that nobody holds or waits for takes no memory for long.
#[derive(Debug, Default)]
pub(crate) struct KeyedLocks {
    locks: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// So many names before those that are no longer in use are dropped.
const SWEPT_AT: usize = 1_000;

impl KeyedLocks {
    /// Takes the lock of `name`; `None` if somebody else has it for longer than `patience`.
    pub(crate) async fn take(&self, name: &str, patience: Duration) -> Option<OwnedMutexGuard<()>> {
        let lock = self.of(name);
        tokio::time::timeout(patience, lock.lock_owned()).await.ok()
    }

    fn of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= SWEPT_AT {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(name.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_name_is_held_once_and_others_do_not_wait() {
        let locks = KeyedLocks::default();
        let patience = Duration::from_secs(5);
        let held = locks.take("one", patience).await;
        assert!(held.is_some());
        assert!(locks.take("two", patience).await.is_some());
        assert!(locks.take("one", patience).await.is_none());
        drop(held);
        assert!(locks.take("one", patience).await.is_some());
    }

    #[tokio::test]
    async fn names_that_nobody_uses_are_forgotten() {
        let locks = KeyedLocks::default();
        let held = locks.take("held", Duration::ZERO).await;
        for number in 0..3 * SWEPT_AT {
            locks.take(&number.to_string(), Duration::from_secs(1)).await;
        }
        assert!(locks.locks.lock().unwrap().len() <= SWEPT_AT);
        assert!(locks.take("held", Duration::ZERO).await.is_none());
        drop(held);
    }
}
