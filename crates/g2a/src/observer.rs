//! Requests as they end, for the caller's metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Error;

type Tell = dyn Fn(&'static str, Duration, Option<&Error>) + Send + Sync;

/// Is told of each request that was sent, repeats included: the name of its call (`products`, `token`, `order`, `pay`,
/// `details`, `key`), the time from sending it to the end of its answer, and the error, if it is one of HTTP, of the
/// connection or of the supplier. An answer that cannot be parsed is no error here.
#[derive(Clone)]
pub struct Observer(Arc<Tell>);

impl Observer {
    /// One that calls `tell`, which must not block.
    pub fn new(tell: impl Fn(&'static str, Duration, Option<&Error>) + Send + Sync + 'static) -> Observer {
        Observer(Arc::new(tell))
    }

    pub(crate) fn tell(&self, call: &'static str, took: Duration, error: Option<&Error>) {
        (self.0)(call, took, error);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
