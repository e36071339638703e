//! A pool for work that keeps a core busy for milliseconds: away from the async threads, on which the pulse and visitors wait.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::Error;

/// A pool for one kind of work: so much of it runs at once; whoever comes later waits.
#[derive(Debug)]
pub(crate) struct CpuPool {
    places: Arc<Semaphore>,
}

impl CpuPool {
    pub(crate) fn with_slots(count: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(count.max(1))),
        }
    }

    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|error| Error::Internal(error.into()))?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work, not by who waits for it: a caller that hangs up does not free a core.
            let _place = place;
            work()
        });
        done.await.map_err(|error| Error::Internal(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_thread_that_answers_does_none_of_it() {
        let here = std::thread::current().id();
        let there = CpuPool::with_slots(1)
            .run(|| std::thread::current().id())
            .await
            .unwrap();
        assert_ne!(here, there);
    }
}
