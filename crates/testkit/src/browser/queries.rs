//! The state of a page: texts, focus, address, a screenshot of the whole page.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Window;
use super::window::{PATIENCE, said};

impl Window<'_> {
    /// The focused element, as `tag#id` and its name or text, such as `a Catalogue` or `input#find Search games`.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn focused(&self) -> String {
        said(
            &self
                .ask(
                    "(() => { const it = document.activeElement; \
                     const name = it.ariaLabel || it.labels?.[0]?.textContent || it.textContent || ''; \
                     return it.tagName.toLowerCase() + (it.id && '#' + it.id) + ' ' + \
                     name.replace(/\\s+/g, ' ').trim().slice(0, 60); })()",
                )
                .await,
        )
    }

    /// The visible text of the first element for `selector`.
    ///
    /// # Panics
    /// When there is none.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.ask_of(selector, "it?.innerText").await;
        text.as_str()
            .unwrap_or_else(|| panic!("{selector} is not there"))
            .trim()
            .to_owned()
    }

    /// An attribute of the first element for `selector`.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let value = self
            .ask_of(selector, &format!("it?.getAttribute({})", Value::from(name)))
            .await;
        value.as_str().map(str::to_owned)
    }

    /// The number of elements for `selector`.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn count(&self, selector: &str) -> u64 {
        let found = self
            .ask(&format!("document.querySelectorAll({}).length", Value::from(selector)))
            .await;
        found.as_u64().unwrap_or_default()
    }

    /// The path, query and fragment of the page.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn address(&self) -> String {
        said(&self.ask("location.pathname + location.search + location.hash").await)
    }

    /// By how many pixels the page is wider than the window, so that it scrolls sideways.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn sticks_out(&self) -> i64 {
        let wide = self.ask("document.documentElement.scrollWidth").await;
        wide.as_i64().unwrap_or_default() - i64::from(self.look.width)
    }

    /// The value of a JavaScript expression, also where the page itself may run no scripts; a promise is awaited.
    ///
    /// # Panics
    /// When it throws.
    pub async fn ask(&self, expression: &str) -> Value {
        let evaluate = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", &evaluate).await;
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].take()
    }

    /// The value of a JavaScript expression with `it`, the first element for `selector`.
    ///
    /// # Panics
    /// When it throws.
    pub async fn ask_of(&self, selector: &str, expression: &str) -> Value {
        self.ask(&format!(
            "(it => {expression})(document.querySelector({}))",
            Value::from(selector)
        ))
        .await
    }

    /// Waits until a JavaScript expression is true, for scripts that run after the page was loaded.
    ///
    /// # Panics
    /// When it does not become true.
    pub async fn until(&self, expression: &str) {
        let begun = Instant::now();
        while self.ask(&format!("Boolean({expression})")).await != true {
            assert!(begun.elapsed() < PATIENCE, "never: {expression}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the window has no request under way.
    ///
    /// # Panics
    /// When something never ends.
    pub async fn quiet(&self) {
        let begun = Instant::now();
        while !self.record.is_quiet() {
            assert!(begun.elapsed() < PATIENCE, "a request never ends");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Loads what is loaded only when somebody scrolls to it, too, and waits for it.
    ///
    /// # Panics
    /// When a request never ends.
    pub async fn load_whole(&self) {
        self.ask(
            "(async () => { for (const image of document.images) { image.loading = 'eager'; } \
             await Promise.all([...document.images].map(image => image.decode().catch(() => {}))); })()",
        )
        .await;
        self.quiet().await;
    }

    /// A screenshot of the whole page as PNG, including lazily loaded parts.
    ///
    /// # Panics
    /// When the browser makes none.
    pub async fn picture(&self) -> Vec<u8> {
        self.load_whole().await;
        let size = self.call("Page.getLayoutMetrics", &json!({})).await["cssContentSize"].take();
        let whole = json!({
            "format": "png", "captureBeyondViewport": true,
            "clip": { "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 },
        });
        let picture = self.call("Page.captureScreenshot", &whole).await;
        STANDARD
            .decode(picture["data"].as_str().unwrap_or_default())
            .expect("base64")
    }

    /// Writes [`Window::picture`] to a file for whoever wants to look at it: only if the variable `LATCHKEY_PICTURES` is set, because a
    /// picture takes longer than the page.
    ///
    /// # Panics
    /// When it cannot be written.
    #[expect(clippy::disallowed_methods, reason = "how a developer asks the tests for pictures")]
    pub async fn picture_to(&self, file: &Path) {
        if std::env::var_os("LATCHKEY_PICTURES").is_some() {
            std::fs::write(file, self.picture().await).expect("a file for the picture");
        }
    }
}
