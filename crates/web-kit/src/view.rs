//! A cached view, declared once: which key it is cached under, how its content is chosen, how it is rendered.

use domain::clock::Timestamp;
use domain::id::GameId;
use futures::future::BoxFuture;
use services::view::{CacheEntry, Key};
use services::{Error, Shop};

use crate::Site;

/// Writes what a view shows, as it is at a time.
pub type Render<'a, C> = dyn Fn(&C, Timestamp) -> String + Send + Sync + 'a;

/// A view that is cached or made now.
pub type Cached<'a> = BoxFuture<'a, Result<CacheEntry, Error>>;

/// What one kind of key shows. It stands beside the handler that sends it; an audit recomputes it by the same declaration,
/// which the list of views in `web` leads to.
pub trait View: Sized + Send + Sync {
    /// What is rendered.
    type Content: ?Sized;

    /// The view of what is cached under `key`, `None` where another shows that; beside the games `shown` where the choice of
    /// those may be older than the rest.
    fn of(key: &Key, shown: &[GameId]) -> Option<Self>;

    /// Asks the handle that chooses the content and caches it under its key, as `render` writes it.
    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, Self::Content>) -> Cached<'a>;

    /// The text, which depends on nothing else.
    fn render(&self, site: &Site, content: &Self::Content, now: Timestamp) -> String;

    /// Ready to send: cached, or chosen and rendered now.
    fn cached(&self, shop: &Shop, site: &Site) -> impl Future<Output = Result<CacheEntry, Error>> + Send {
        async move {
            let render = |content: &Self::Content, now: Timestamp| self.render(site, content, now);
            self.choose(shop, &render).await
        }
    }
}
