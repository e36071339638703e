//! The render version: computed from the program's own bytes and the settings that pages show.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};

/// The render version of this process. Only values of processes with the same version are used: another build may have
/// other templates, and another public address other links.
pub(crate) async fn of(public_url: &str, is_demo: bool) -> u64 {
    let program = tokio::task::spawn_blocking(of_this_program).await;
    let program = program.unwrap_or_else(|gone| Err(io::Error::other(gone)));
    let program = program.unwrap_or_else(|error| {
        tracing::warn!(%error, "[Cache] this program cannot read itself: other builds of its version count as the same");
        0
    });
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), program, public_url, is_demo).hash(&mut hasher);
    hasher.finish()
}

fn of_this_program() -> io::Result<u64> {
    let mut program = std::fs::File::open(std::env::current_exe()?)?;
    let (mut hasher, mut some) = (DefaultHasher::new(), vec![0; 1 << 20]);
    loop {
        match program.read(&mut some)? {
            0 => return Ok(hasher.finish()),
            count => hasher.write(&some[..count]),
        }
    }
}
