//! The fast tests, `cargo xtask test --fast`: they start no server and no browser.

/// Whether these are the fast tests.
#[expect(clippy::disallowed_methods, reason = "how xtask tells the tests' own crate")]
pub(crate) fn are_these() -> bool {
    std::env::var_os("LATCHKEY_TESTS").is_some_and(|tests| tests == "fast")
}

/// Fails a fast test that needs `server`: fast runs must not wait for servers or require them.
///
/// # Panics
/// In the fast tests.
pub(crate) fn without(server: &str) {
    assert!(
        !are_these(),
        "the fast tests start no {server}: xtask/src/servers.rs has to name this test"
    );
}
