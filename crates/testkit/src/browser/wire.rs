//! The DevTools protocol over the browser's two pipes: calls with their replies, and events of each window.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::record::Record;

/// A machine that is busy compiling may take long for what usually takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(60);

/// Both directions. Messages are JSON, each ended by a zero byte.
pub(super) struct Wire {
    to_browser: Mutex<Box<dyn Write + Send>>,
    inbox: Arc<Mutex<Inbox>>,
    next: AtomicU64,
}

/// Pending calls and listening windows.
#[derive(Default)]
struct Inbox {
    replies: HashMap<u64, oneshot::Sender<Result<Value>>>,
    records: HashMap<String, Arc<Record>>,
    ended: bool,
}

impl Wire {
    /// Reads on a thread of its own: each test has a runtime of its own, and the browser outlives them all.
    pub(super) fn new(
        to_browser: impl Write + Send + 'static,
        from_browser: impl Read + Send + 'static,
    ) -> Result<Self> {
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let sorted = Arc::clone(&inbox);
        thread::Builder::new()
            .name("browser".to_owned())
            .spawn(move || sort(from_browser, &sorted))?;
        Ok(Self {
            to_browser: Mutex::new(Box::new(to_browser)),
            inbox,
            next: AtomicU64::new(1),
        })
    }

    /// Calls `method` of the browser, or of the window whose session is named, and waits for its result.
    ///
    /// # Errors
    /// The browser refuses, does not answer, or is gone.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value> {
        let (sender, receiver) = oneshot::channel();
        self.send(session, method, parameters, Some(sender))?;
        let reply = tokio::time::timeout(PATIENCE, receiver).await;
        reply
            .map_err(|_| anyhow!("no reply to {method} within {PATIENCE:?}"))?
            .context("the browser ended")?
            .with_context(|| method.to_owned())
    }

    /// Calls `method` without waiting for a reply, for destructors, which cannot wait.
    pub(super) fn tell(&self, method: &str, parameters: &Value) {
        // A browser that has ended needs no message.
        let _ = self.send(None, method, parameters, None);
    }

    /// From now on events of the window with this session are recorded in `record`.
    pub(super) fn listen(&self, session: &str, record: Arc<Record>) {
        lock(&self.inbox).records.insert(session.to_owned(), record);
    }

    /// Stops recording events of this session.
    pub(super) fn forget(&self, session: &str) {
        lock(&self.inbox).records.remove(session);
    }

    fn send(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: &Value,
        reply: Option<oneshot::Sender<Result<Value>>>,
    ) -> Result<()> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        if let Some(reply) = reply {
            let mut inbox = lock(&self.inbox);
            anyhow::ensure!(!inbox.ended, "the browser ended");
            inbox.replies.insert(id, reply);
        }
        let mut pipe = lock(&self.to_browser);
        pipe.write_all(format!("{message}\0").as_bytes())?;
        Ok(pipe.flush()?)
    }
}

/// Passes each message to its receiver, until the browser ends.
fn sort(from_browser: impl Read, inbox: &Mutex<Inbox>) {
    let mut pipe = BufReader::new(from_browser);
    let mut bytes = Vec::new();
    while pipe.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
        if let Ok(message) = serde_json::from_slice(bytes.trim_ascii_end().strip_suffix(&[0]).unwrap_or(&bytes)) {
            hand_over(message, inbox);
        }
        bytes.clear();
    }
    let mut inbox = lock(inbox);
    inbox.ended = true;
    inbox.replies.clear();
}

fn hand_over(mut message: Value, inbox: &Mutex<Inbox>) {
    if let Some(id) = message["id"].as_u64() {
        let reply = match message.get_mut("error") {
            Some(error) => Err(anyhow!("{error}")),
            None => Ok(message["result"].take()),
        };
        if let Some(waiting) = lock(inbox).replies.remove(&id) {
            // The caller may have stopped waiting.
            let _ = waiting.send(reply);
        }
        return;
    }
    let record = message["sessionId"]
        .as_str()
        .and_then(|session| lock(inbox).records.get(session).cloned());
    if let (Some(record), Some(event)) = (record, message["method"].as_str()) {
        record.note(event, &message["params"]);
    }
}

/// A test that failed while it held the lock left the data consistent.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
