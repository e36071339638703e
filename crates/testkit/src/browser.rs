//! A real browser: one headless Chromium for the whole test process, with isolated profiles.

mod accessibility;
mod actions;
mod binaries;
mod keys;
mod queries;
mod record;
mod window;
mod wire;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{fast, folder};
use wire::Wire;

pub use keys::Key;
pub use window::{Look, Window};

/// The prefix of profile folders, by which those of ended processes are found.
const PREFIX: &str = "latchkey-browser-";

static SHARED: OnceCell<Browser> = OnceCell::const_new();

/// The browser of this test process. It ends when its pipe is closed, and so with the process, however that ends.
pub struct Browser {
    wire: Wire,
}

/// A user of the browser with separate cookies, cache and windows.
pub struct Person {
    browser: &'static Browser,
    context: String,
    /// The address of the shop that they visit.
    shop: String,
}

/// A cookie of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// Whether it is sent only over TLS.
    pub secure: bool,
    /// `Strict`, `Lax` or `None`; empty if it is not set.
    pub same_site: String,
}

impl Browser {
    async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::start).await
    }

    async fn start() -> Result<Self> {
        fast::without("browser");
        let program = binaries::find().context("no Chromium here: `cargo xtask test` installs one")?;
        let profile = folder::of_this_process(PREFIX)?;
        let mut child = command(program, &profile).spawn().context("sh does not start")?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (to_browser, from_browser) = pipes.context("the browser's pipes")?;
        // Waits for the child, so that it does not stay a zombie.
        thread::Builder::new()
            .name("browser's end".to_owned())
            .spawn(move || child.wait())?;
        let wire = Wire::new(to_browser, from_browser)?;
        wire.call(None, "Browser.getVersion", &json!({}))
            .await
            .context("Chromium does not start")?;
        Ok(Self { wire })
    }
}

/// The browser with its pipes: it reads commands from file descriptor 3 and writes to 4, which the shell opens.
fn command(program: &str, profile: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", program])
        .args([
            "--remote-debugging-pipe",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
            "--disable-features=Translate,OptimizationHints,MediaRouter",
            // Background windows must not be throttled.
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--hide-scrollbars",
            "--lang=en-GB",
            "about:blank",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .env("HOME", profile)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

impl Person {
    /// A new person, who visits the shop at `url` (`http://127.0.0.1:PORT`).
    ///
    /// # Panics
    ///
    /// When there is no browser.
    pub async fn visiting(url: &str) -> Self {
        let browser = Browser::shared().await.expect("a browser");
        let made = browser.call("Target.createBrowserContext", &json!({})).await;
        Self {
            browser,
            context: made["browserContextId"].as_str().expect("a context").to_owned(),
            shop: url.to_owned(),
        }
    }

    /// Opens an empty window with this look.
    ///
    /// # Panics
    /// When the browser does not open it.
    pub async fn window(&self, look: Look) -> Window<'_> {
        Window::open(self, look).await
    }

    /// Their cookies.
    ///
    /// # Panics
    ///
    /// When the browser does not return them.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let context = json!({ "browserContextId": self.context });
        let known = self.browser.call("Storage.getCookies", &context).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cookies = known["cookies"].as_array().into_iter().flatten();
        cookies
            .map(|cookie| Cookie {
                name: text(&cookie["name"]),
                value: text(&cookie["value"]),
                http_only: cookie["httpOnly"] == true,
                secure: cookie["secure"] == true,
                same_site: text(&cookie["sameSite"]),
            })
            .collect()
    }
}

impl Browser {
    async fn call(&self, method: &str, parameters: &Value) -> Value {
        let result = self.wire.call(None, method, parameters).await;
        result.unwrap_or_else(|error| panic!("{error:#}"))
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let context = json!({ "browserContextId": self.context });
        self.browser.wire.tell("Target.disposeBrowserContext", &context);
    }
}
