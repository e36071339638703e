//! Fail points: named places where a test stops a process, to kill it there. Without `cfg(latchkey_chaos)` they do
//! nothing.

/// Passes the fail point `name`; if a test has armed it, reports so on standard output and stops there.
#[cfg(latchkey_chaos)]
pub(crate) async fn pass(name: &str) {
    if armed().is_some_and(|armed| armed == name) && is_time() {
        tracing::warn!(name, "[Job] stopped at a fail point");
        say(&format!("stopped at {name}\n"));
        if dies_there() {
            // Like a kill: nothing is cleaned up.
            std::process::abort();
        }
        std::future::pending::<()>().await;
    }
}

/// The test waits for this line; without a reader it would wait until its time limit, and fail.
#[cfg(latchkey_chaos)]
fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ignored = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

#[cfg(not(latchkey_chaos))]
pub(crate) async fn pass(_name: &str) {}

/// Whether the process aborts at the fail point, for a test that does not kill it itself.
#[cfg(latchkey_chaos)]
#[expect(
    clippy::disallowed_methods,
    reason = "only a test's program has this code, and only a test sets this"
)]
fn dies_there() -> bool {
    std::env::var_os("LATCHKEY_DIE_THERE").is_some()
}

/// Whether the file exists that the test names as a condition, if it names one: a process passes most fail points while
/// it starts, and a test may mean a later pass.
#[cfg(latchkey_chaos)]
#[expect(
    clippy::disallowed_methods,
    reason = "only a test's program has this code, and only a test sets this"
)]
fn is_time() -> bool {
    std::env::var_os("LATCHKEY_STOP_FROM").is_none_or(|file| std::path::Path::new(&file).exists())
}

/// The fail point that is armed in this process.
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
