//! The interleaving in which a reader joins a load that began before a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cache::{Cache, Key, Rendered, Representation};
use domain::touch::Touch;
use tokio::sync::Notify;

use super::GAME;

/// Loads the value of `GAME` slowly: it reads `truth`, then waits for `go_on`.
async fn slow_load(truth: &AtomicBool, reading: &Notify, go_on: &Notify) -> Result<Rendered, std::convert::Infallible> {
    let new = truth.load(Ordering::SeqCst);
    reading.notify_one();
    go_on.notified().await;
    Ok(Rendered::new(
        if new { "new price" } else { "old price" }.to_owned(),
        true,
    ))
}

/// Forces the interleaving: a load begins, the price changes and is committed, a reader asks and finds the load still
/// running. Returns what that reader gets, and what the next one finds kept.
pub(super) async fn joined_reader_gets(trusting: bool) -> (String, String) {
    let cache = Cache::in_memory(1_000_000);
    let coherence = Arc::clone(cache.coherence());
    coherence.publish(10, "a", 0, Instant::now());
    if trusting {
        coherence.trust_everything();
    }
    let key = Key::Game(GAME, Representation::Json);
    let (truth, reading, go_on) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let get = || {
        let (cache, key) = (cache.clone(), key.clone());
        let (truth, reading, go_on) = (Arc::clone(&truth), Arc::clone(&reading), Arc::clone(&go_on));
        tokio::spawn(async move {
            let value = cache
                .get_or_load(&key, || slow_load(&truth, &reading, &go_on))
                .await
                .unwrap();
            String::from_utf8(value.identity.to_vec()).unwrap()
        })
    };
    let early = get();
    reading.notified().await;
    truth.store(true, Ordering::SeqCst);
    coherence.raise(Touch::Game(GAME), 10);
    coherence.publish(11, "a", 0, Instant::now());
    let joined = get();
    tokio::time::sleep(Duration::from_millis(20)).await;
    go_on.notify_one();
    assert_eq!(early.await.unwrap(), "old price", "it asked before the commit");
    tokio::time::sleep(Duration::from_millis(20)).await;
    go_on.notify_one();
    let joined = joined.await.unwrap();
    go_on.notify_one();
    (joined, get().await.unwrap())
}
