//! The record of a window: loaded pages, requested hosts, and errors.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

/// Filled by the browser's events, in their order.
pub(super) struct Record {
    /// The frame of the page itself; frames inside it are other pages.
    frame: String,
    /// `host:port` of the shop: no other host may be requested.
    shop: String,
    loaded: watch::Sender<Loaded>,
    seen: Mutex<Seen>,
}

/// The page that was loaded last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Loaded {
    /// The browser's id for this load.
    pub(super) loader: String,
    /// The status of its response; 0 without a request, as for `about:blank`.
    pub(super) status: u16,
}

#[derive(Default)]
struct Seen {
    troubles: Vec<String>,
    /// Requests that have not ended.
    open: HashMap<String, Request>,
    statuses: HashMap<String, u16>,
}

struct Request {
    address: String,
    /// The load of the page that it belongs to.
    loader: String,
}

impl Record {
    pub(super) fn of(frame: String, shop: &str) -> Self {
        Self {
            frame,
            shop: host(shop).unwrap_or_default().to_owned(),
            loaded: watch::Sender::new(Loaded::default()),
            seen: Mutex::default(),
        }
    }

    /// Reports each page that is loaded from now on.
    pub(super) fn loads(&self) -> watch::Receiver<Loaded> {
        self.loaded.subscribe()
    }

    /// The errors since the last call.
    pub(super) fn take_troubles(&self) -> Vec<String> {
        std::mem::take(&mut self.seen().troubles)
    }

    /// Whether no request is under way.
    pub(super) fn is_quiet(&self) -> bool {
        self.seen().open.is_empty()
    }

    /// Records one event of the DevTools protocol.
    pub(super) fn note(&self, event: &str, said: &Value) {
        match event {
            "Network.requestWillBeSent" => self.asked(said),
            "Network.responseReceived" => self.answered(said),
            "Network.loadingFinished" => {
                self.seen().open.remove(text(&said["requestId"]));
            }
            "Network.loadingFailed" => self.failed(said),
            // Requests of a page that was left may end without an event.
            "Page.frameNavigated" if said["frame"]["id"] == self.frame.as_str() => {
                let loader = text(&said["frame"]["loaderId"]);
                self.seen().open.retain(|_, request| request.loader == loader);
            }
            "Page.lifecycleEvent" if said["name"] == "load" && said["frameId"] == self.frame.as_str() => {
                let loader = text(&said["loaderId"]).to_owned();
                let status = self.seen().statuses.get(&loader).copied().unwrap_or_default();
                self.loaded.send_replace(Loaded { loader, status });
            }
            "Runtime.exceptionThrown" => {
                let details = &said["exceptionDetails"];
                let thrown = details["exception"]["description"]
                    .as_str()
                    .unwrap_or_else(|| text(&details["text"]));
                self.trouble(format!("a script threw: {thrown}"));
            }
            "Runtime.consoleAPICalled" if said["type"] == "error" || said["type"] == "assert" => {
                self.trouble(format!("a script complained: {}", said["args"]));
            }
            // Network errors are reported by the network's own events, with their addresses.
            "Log.entryAdded" if said["entry"]["level"] == "error" && said["entry"]["source"] != "network" => {
                self.trouble(format!("the browser complained: {}", text(&said["entry"]["text"])));
            }
            "Inspector.targetCrashed" => self.trouble("the page crashed".to_owned()),
            _ => {}
        }
    }

    fn asked(&self, said: &Value) {
        let address = text(&said["request"]["url"]);
        // Data URLs cause no request.
        let Some(host) = host(address) else { return };
        if host != self.shop {
            self.trouble(format!("a stranger was asked for {address}"));
        }
        let mut seen = self.seen();
        let request = Request {
            address: address.to_owned(),
            loader: text(&said["loaderId"]).to_owned(),
        };
        seen.open.insert(text(&said["requestId"]).to_owned(), request);
    }

    fn answered(&self, said: &Value) {
        let answer = &said["response"];
        let status = answer["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_default();
        // The test checks the status of the page itself: many a page is refused on purpose.
        if said["type"] == "Document" && said["frameId"] == self.frame.as_str() {
            self.seen().statuses.insert(text(&said["loaderId"]).to_owned(), status);
        } else if status >= 400 {
            self.trouble(format!("{status} for {}", text(&answer["url"])));
        }
    }

    fn failed(&self, said: &Value) {
        let request = self.seen().open.remove(text(&said["requestId"]));
        // Leaving a page cancels its unneeded requests.
        if said["canceled"] != true {
            let address = request.map(|request| request.address).unwrap_or_default();
            self.trouble(format!("{} for {address}", text(&said["errorText"])));
        }
    }

    fn trouble(&self, what: String) {
        self.seen().troubles.push(what);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `host:port` of an address on the web.
fn host(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    scheme
        .starts_with("http")
        .then(|| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
