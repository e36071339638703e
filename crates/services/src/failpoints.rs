//! Fail points: named places where a test stops a process, to kill it there. Without `cfg(latchkey_chaos)` they are nothing.

/// Passes the place `name`; where a test has armed it, says so on standard output and goes no further.
#[cfg(latchkey_chaos)]
pub(crate) async fn pass(name: &str) {
    if armed().is_some_and(|armed| armed == name) && is_time() {
        tracing::warn!(name, "[Job] stopped at a fail point");
        say(&format!("stopped at {name}\n"));
        if dies_there() {
            // As a kill does it: nothing is cleaned up.
            std::process::abort();
        }
        std::future::pending::<()>().await;
    }
}

/// Whoever waits for the line reads it; a test without a reader would wait for ever, and fail by that.
#[cfg(latchkey_chaos)]
fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ignored = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

#[cfg(not(latchkey_chaos))]
pub(crate) async fn pass(_name: &str) {}

/// Whether the process ends at that place by itself, for a test that does not wait to kill it.
#[cfg(latchkey_chaos)]
#[expect(
    clippy::disallowed_methods,
    reason = "only a test's program has this code, and only a test sets this"
)]
fn dies_there() -> bool {
    std::env::var_os("LATCHKEY_DIE_THERE").is_some()
}

/// Whether the file is there that a test says to wait for, if it says one: a process passes most places on its own
/// account when it starts, and a test may mean what it does later.
#[cfg(latchkey_chaos)]
#[expect(
    clippy::disallowed_methods,
    reason = "only a test's program has this code, and only a test sets this"
)]
fn is_time() -> bool {
    std::env::var_os("LATCHKEY_STOP_FROM").is_none_or(|file| std::path::Path::new(&file).exists())
}

/// The place at which this process stops.
#[cfg(latchkey_chaos)]
fn armed() -> Option<&'static str> {
    use std::sync::OnceLock;
    static ARMED: OnceLock<Option<String>> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "only a test's program has this code, and only a test sets this"
    )]
    let armed = ARMED.get_or_init(|| std::env::var("LATCHKEY_STOP_AT").ok());
    armed.as_deref()
}
