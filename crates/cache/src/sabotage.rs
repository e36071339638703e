//! Safeguards that a test switches off, to prove that its checker notices. Without `cfg(latchkey_chaos)` they are always on.

/// Whether this process runs without the safeguard `name`.
#[cfg(latchkey_chaos)]
pub(crate) fn is_off(name: &str) -> bool {
    use std::sync::OnceLock;
    static OFF: OnceLock<Option<String>> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "only a test's program has this code, and only a test sets this"
    )]
    let off = OFF.get_or_init(|| std::env::var("LATCHKEY_SABOTAGE").ok());
    off.as_deref() == Some(name)
}

#[cfg(not(latchkey_chaos))]
pub(crate) const fn is_off(_name: &str) -> bool {
    false
}
