//! stub
use domain::catalog::{FilterOptions, Game, GameFilter, HomeLists, Page};
use domain::clock::Timestamp;
use domain::id::GameId;
use crate::{Error, Rendered, Shop};
/// Which rendering of a thing is meant; each is cached by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View { Json, Page }
/// A page of the catalogue with what it can be filtered by.
#[derive(Clone, Debug)]
pub struct Listing { pub page: Page<Game>, pub options: FilterOptions }
impl Shop {
    pub async fn game(&self, _id: GameId, _view: View, _render: impl Fn(&Game, Timestamp) -> String + Send + Sync + 'static) -> Result<Rendered, Error> { unimplemented!() }
    /// the canonical slug leads to the same cached value as the id
    pub async fn game_by_slug(&self, _slug: &str, _view: View, _render: impl Fn(&Game, Timestamp) -> String + Send + Sync + 'static) -> Result<Rendered, Error> { unimplemented!() }
    pub async fn games(&self, _filter: &GameFilter, _render: impl Fn(&Page<Game>, Timestamp) -> String + Send + Sync + 'static) -> Result<Rendered, Error> { unimplemented!() }
    pub async fn listing(&self, _filter: &GameFilter, _render: impl Fn(&Listing, Timestamp) -> String + Send + Sync + 'static) -> Result<Rendered, Error> { unimplemented!() }
    pub async fn home(&self, _render: impl Fn(&HomeLists, Timestamp) -> String + Send + Sync + 'static) -> Result<Rendered, Error> { unimplemented!() }
    pub fn now(&self) -> Timestamp { unimplemented!() }
}
