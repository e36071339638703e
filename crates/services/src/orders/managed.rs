//! Orders as staff read them: the list, and one with everything that happened.

use domain::account::User;
use domain::id::{OrderId, UnitId};
use domain::listing::{ListPage, ListQuery};
use domain::order::{Order, OrderEvent};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::cases::CaseLine;
use storage::ledger::TransferLine;
use storage::orders::OrderEntry;

use crate::{Error, OrderService};

/// Transfers and cases of one order that are shown: more than its most copies can have.
const SHOWN: u32 = 1_000;

/// An order with everything that happened to it.
#[derive(Clone, Debug)]
pub struct OrderFile {
    /// The order.
    pub order: Order,
    /// Whose it is.
    pub customer: User,
    /// Its time line, with the names of who acted, the oldest first.
    pub events: Vec<OrderEvent>,
    /// What was posted for it, the oldest first.
    pub transfers: Vec<TransferLine>,
    /// The cases about it.
    pub cases: Vec<CaseLine>,
}

impl<'a> OrderService<'a> {
    /// A page of the orders of all customers; see the repository for filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<OrderEntry>, Error>> {
        Box::pin(async move { Ok(self.shop.db().orders().managed_list(query).await?) })
    }

    /// An order with everything that happened to it, in a constant number of statements.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn file(self, id: OrderId) -> BoxFuture<'a, Result<OrderFile, Error>> {
        Box::pin(async move {
            let shop = self.shop;
            let order = shop.db().orders().by_id(id).await?.ok_or(Refusal::OrderNotFound)?;
            let customer = shop.staff().account(order.user).await?;
            let mut events = shop.db().orders().events(id).await?;
            let names = shop
                .actor_names(events.iter().map(|event| event.actor.as_str()))
                .await?;
            for event in &mut events {
                event.actor = names.of(&event.actor);
            }
            let of_it = ListQuery {
                filters: vec![("order", id.to_string())],
                limit: SHOWN,
                ..ListQuery::default()
            };
            Ok(OrderFile {
                transfers: shop.ledger().transfers(&of_it).await?.rows,
                cases: shop.cases().managed_list(&of_it).await?.rows,
                order,
                customer,
                events,
            })
        })
    }

    /// The order that a unit belongs to.
    ///
    /// # Errors
    /// [`Refusal::OrderNotFound`].
    pub fn file_of_unit(self, unit: UnitId) -> BoxFuture<'a, Result<OrderFile, Error>> {
        Box::pin(async move {
            let order = self.shop.db().orders().order_of(unit).await?;
            self.file(order.ok_or(Refusal::OrderNotFound)?).await
        })
    }
}
