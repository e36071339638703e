//! A window of the browser: its look, its navigation, and its errors.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::keys::Key;
use super::record::{Loaded, Record};
use super::{Browser, Person};

/// How long a page may take on a machine that is busy compiling.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The look of a window, as pages see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Whether it is a touch screen.
    pub touch: bool,
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// Whether the person prefers dark pages.
    pub dark: bool,
}

impl Look {
    /// A desktop: 1280 pixels wide, light, with scripts.
    pub const WIDE: Self = Self {
        width: 1280,
        height: 800,
        touch: false,
        scripts: true,
        dark: false,
    };
    /// A telephone: 390 pixels wide, light, with scripts.
    pub const NARROW: Self = Self {
        width: 390,
        height: 844,
        touch: true,
        ..Self::WIDE
    };

    /// The same with dark pages.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// The same, without scripts.
    #[must_use]
    pub const fn without_scripts(self) -> Self {
        Self { scripts: false, ..self }
    }
}

/// A window. When it is dropped, its test fails if it has errors that the test did not take: an exception of a script,
/// a message of the browser, a picture or file that failed to load, a request to another host than the shop.
pub struct Window<'a> {
    browser: &'static Browser,
    /// Its owner must stay as long as it is open.
    person: &'a Person,
    target: String,
    session: String,
    pub(super) look: Look,
    pub(super) record: Arc<Record>,
}

impl<'a> Window<'a> {
    pub(super) async fn open(person: &'a Person, look: Look) -> Self {
        let browser = person.browser;
        let blank = json!({ "url": "about:blank", "browserContextId": person.context, "newWindow": true });
        let target = said(&browser.call("Target.createTarget", &blank).await["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let session = said(&browser.call("Target.attachToTarget", &attach).await["sessionId"]);
        // The page's own frame has the name of its target.
        let record = Arc::new(Record::of(target.clone(), &person.shop));
        browser.wire.listen(&session, Arc::clone(&record));
        let window = Self {
            browser,
            person,
            target,
            session,
            look,
            record,
        };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            window.call(&format!("{domain}.enable"), &json!({})).await;
        }
        window
            .call("Page.setLifecycleEventsEnabled", &json!({ "enabled": true }))
            .await;
        window.dress().await;
        window
    }

    async fn dress(&self) {
        let Look { width, height, .. } = self.look;
        let (touch, dark) = (self.look.touch, if self.look.dark { "dark" } else { "light" });
        self.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch }),
        )
        .await;
        self.call("Emulation.setTouchEmulationEnabled", &json!({ "enabled": touch }))
            .await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": dark },
            // Animations would change every screenshot.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": features }))
            .await;
        self.call(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": !self.look.scripts }),
        )
        .await;
        // Each window behaves as if it had the focus.
        self.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }))
            .await;
    }

    /// Opens a path of the shop, waits until it is loaded, and returns the status of the response.
    ///
    /// # Panics
    /// When nothing answers.
    pub async fn go(&self, path: &str) -> u16 {
        let mut loads = self.record.loads();
        let url = format!("{}{path}", self.person.shop);
        let gone = self.call("Page.navigate", &json!({ "url": url })).await;
        assert!(gone["errorText"].is_null(), "{url}: {}", gone["errorText"]);
        let loader = said(&gone["loaderId"]);
        awaited(&mut loads, &url, |loaded| loaded.loader == loader).await
    }

    /// Clicks a link or a submit button, waits until the next page is loaded, and returns the status of the response.
    ///
    /// # Panics
    /// When there is nothing to click or it leads nowhere.
    pub async fn follow(&self, selector: &str) -> u16 {
        let mut loads = self.record.loads();
        let before = loads.borrow().clone();
        self.click(selector).await;
        awaited(&mut loads, selector, |loaded| *loaded != before).await
    }

    /// Presses a key that leads to another page, waits until that is loaded, and returns the status of the response.
    ///
    /// # Panics
    /// When it leads nowhere.
    pub async fn press_and_follow(&self, key: Key) -> u16 {
        let mut loads = self.record.loads();
        let before = loads.borrow().clone();
        self.press(key).await;
        awaited(&mut loads, &format!("{key:?}"), |loaded| *loaded != before).await
    }

    /// The errors since the last call; the caller has to check them.
    #[must_use]
    pub fn take_troubles(&self) -> Vec<String> {
        self.record.take_troubles()
    }

    pub(super) async fn call(&self, method: &str, parameters: &Value) -> Value {
        let result = self.browser.wire.call(Some(&self.session), method, parameters).await;
        result.unwrap_or_else(|error| panic!("{error:#}"))
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.browser.wire.forget(&self.session);
        self.browser
            .wire
            .tell("Target.closeTarget", &json!({ "targetId": self.target }));
        if !std::thread::panicking() {
            let troubles = self.take_troubles();
            assert!(troubles.is_empty(), "went wrong in the browser: {troubles:#?}");
        }
    }
}

async fn awaited(loads: &mut watch::Receiver<Loaded>, what: &str, wanted: impl FnMut(&Loaded) -> bool) -> u16 {
    let loaded = tokio::time::timeout(PATIENCE, loads.wait_for(wanted)).await;
    let loaded = loaded.unwrap_or_else(|_| panic!("{what} leads to no page that is loaded"));
    loaded.expect("a window").status
}

pub(super) fn said(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
