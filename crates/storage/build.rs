//! Enables the test switches of this crate, `cfg(latchkey_chaos)`: with `LATCHKEY_CHAOS=1`, and never in a release.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script hears of its surroundings by the environment, and answers on its output"
)]

fn main() {
    println!("cargo::rustc-check-cfg=cfg(latchkey_chaos)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LATCHKEY_CHAOS");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    // Every profile that derives from it, also the benchmarks', has the name `release` here.
    if is("LATCHKEY_CHAOS", "1") && is("PROFILE", "debug") {
        println!("cargo::rustc-cfg=latchkey_chaos");
    }
}
