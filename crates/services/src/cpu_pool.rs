//! A pool for work that keeps a core busy for milliseconds, outside the async threads that run the pulse and requests.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::Error;

/// A pool for one kind of work: a limited number of tasks runs at once, the others wait.
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
            // Held by the work, not by its caller: a caller that disconnects does not free a core.
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
    async fn work_runs_outside_the_async_threads() {
        let here = std::thread::current().id();
        let there = CpuPool::with_slots(1)
            .run(|| std::thread::current().id())
            .await
            .unwrap();
        assert_ne!(here, there);
    }
}
