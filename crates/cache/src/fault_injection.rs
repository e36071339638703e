//! Safeguards that a test switches off, to prove that the checker detects it. Without `cfg(latchkey_chaos)` they are
//! always on.

/// Whether this process runs without the safeguard `name`.
#[cfg(latchkey_chaos)]
pub(crate) fn is_disabled(name: &str) -> bool {
    use std::sync::OnceLock;
    static DISABLED: OnceLock<Option<String>> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "only a test's program has this code, and only a test sets this"
    )]
    let disabled = DISABLED.get_or_init(|| std::env::var("LATCHKEY_FAULT_INJECTION").ok());
    disabled.as_deref() == Some(name)
}

#[cfg(not(latchkey_chaos))]
pub(crate) const fn is_disabled(_name: &str) -> bool {
    false
}
