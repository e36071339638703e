//! stub
use crate::Shop;
/// How a part of the shop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartHealth { Ok, Degraded, Down, Absent }
/// How the shop is.
#[derive(Clone, Copy, Debug)]
pub struct Health { pub database: PartHealth, pub cache: PartHealth, pub supplier: PartHealth, /// a game or more can be shown
 pub ready: bool }
impl Shop { pub async fn health(&self) -> Health { unimplemented!() } }
