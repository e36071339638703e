//! The checkout: order, units, keys, stock, money and cart in one transaction; then the delivery, before it is answered.

use std::collections::HashMap;
use std::time::Duration;

use domain::account::User;
use domain::id::{GameId, OrderId, SessionId, UserId};
use domain::money::Cents;
use domain::order::{Consent, Order, OrderLine, merged};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::Tx;
use storage::orders::{CopiesForSale, ForSale};
use tokio::time::Instant;

use super::delivery::{Answering, PlacedNow};
use super::order_metrics;
use crate::accounts::{Caller, tokens};
use crate::maintenance::IDEMPOTENCY_KEYS_KEPT;
use crate::write::Failed;
use crate::{Error, OrderService, Shop, failpoints};

/// How long a request waits for an equal one that is still running.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often such a one asks again where another process runs it.
const ASKS_AGAIN: Duration = Duration::from_millis(50);
/// Without a key, the same purchase within this time is the same order.
const REPEATED_WITHIN: Duration = Duration::from_secs(5 * 60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Idempotency keys that are kept of one caller.
const KEYS_MAX: u64 = 1_000;

/// The idempotency key of a request.
#[derive(Clone, Debug)]
pub struct CheckoutKey {
    /// Where it was sent to: each route has keys of its own.
    pub route: &'static str,
    /// The key.
    pub key: String,
    /// The answer's body for an order, which is kept for later requests with the key. It holds no game key.
    pub render: fn(&Order) -> String,
}

/// What a customer wants to buy.
#[derive(Clone, Debug)]
pub struct CheckoutRequest {
    /// Games and quantities.
    pub lines: Vec<(GameId, i64)>,
    /// What the customer saw as the total; `None`: whatever it costs now.
    pub expected_total: Option<Cents>,
    /// What the customer agreed to.
    pub consent: Option<Consent>,
    /// Makes the request the same as another one.
    pub key: Option<CheckoutKey>,
}

/// An order that was placed.
#[derive(Clone, Debug)]
pub struct PlacedOrder {
    /// Which.
    pub id: OrderId,
    /// Whether an earlier request had placed it.
    pub is_repeated: bool,
    /// The answer's body as [`CheckoutKey::render`] made it, for the first request with the key.
    pub body: Option<String>,
}

/// A checked request, for the transaction.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) user: UserId,
    session: SessionId,
    pub(super) lines: Vec<OrderLine>,
    pub(super) request: CheckoutRequest,
    /// Equal for the same games and quantities.
    pub(super) basket: String,
    /// Equal for the same request.
    pub(super) hash: String,
}

/// What is known of a request's key, or of who asks.
enum Known {
    /// The key is not new.
    Before(Placement),
    /// Who asks, and the balance of their wallet, if they are signed in.
    Payer(Option<(User, Cents)>),
}

/// What the transaction found or did.
enum Placement {
    New(PlacedNow),
    Before(OrderId, Option<String>),
}

impl<'a> OrderService<'a> {
    /// Buys games with the money of the caller's wallet. Keys that the shop holds are delivered before this returns.
    ///
    /// # Errors
    /// In this order: what of the request is invalid, [`Refusal::GameNotFound`], [`Refusal::TooFewCopies`],
    /// [`Refusal::PriceChanged`], a total above the limit, [`Refusal::InsufficientBalance`]. Before these, about the caller: [`Refusal::NotSignedIn`],
    /// [`Refusal::AccountBlocked`], [`Refusal::EmailNotVerified`], [`Refusal::TooMany`]; about the key:
    /// [`Refusal::ReferenceTaken`], [`Refusal::StillRunning`].
    pub fn place(self, caller: &'a Caller, request: CheckoutRequest) -> BoxFuture<'a, Result<PlacedOrder, Error>> {
        Box::pin(order_metrics::checkout(self.placed(caller, request)))
    }

    async fn placed(self, caller: &Caller, request: CheckoutRequest) -> Result<PlacedOrder, Error> {
        let rules = &self.shop.parts.orders;
        let lines = merged(&request.lines, rules.limits)?;
        let asked = Asked {
            user: caller.user.id,
            session: caller.session,
            basket: basket(&lines),
            hash: tokens::hash(&format!("{lines:?} {:?} {:?}", request.expected_total, request.consent)),
            lines,
            request,
        };
        let key = asked.request.key.clone();
        let until = Instant::now() + PATIENCE;
        let _turn = match &key {
            Some(key) => Some(self.turn(asked.user, key).await?),
            None => None,
        };
        let placement = self.place_patiently(&asked, until).await?;
        let (id, placed) = match placement {
            Placement::Before(id, Some(body)) => {
                return Ok(PlacedOrder {
                    id,
                    is_repeated: true,
                    body: Some(body),
                });
            }
            Placement::Before(id, None) => (id, None),
            Placement::New(placed) => (placed.order.id, Some(placed)),
        };
        failpoints::pass("checkout:placed").await;
        let is_repeated = placed.is_none();
        let answering = key.as_ref().map(|key| Answering {
            placed,
            render: key.render,
        });
        // It is ordered and paid, whatever becomes of the delivery now: a job takes that up.
        let mut body = self
            .shop
            .advance(id, Some(asked.user), answering)
            .await
            .unwrap_or_else(|error| {
                tracing::error!(order = %id, error = &error as &dyn std::error::Error, "[Order] is delivered later");
                None
            });
        failpoints::pass("checkout:delivered").await;
        if let (None, Some(key)) = (&body, &key) {
            // An equal request had come so far first.
            let answer = self.shop.db().orders().answer(asked.user, key.route, &key.key).await?;
            body = answer.and_then(|answer| answer.body);
        }
        Ok(PlacedOrder { id, is_repeated, body })
    }

    async fn turn(&self, user: UserId, key: &CheckoutKey) -> Result<tokio::sync::OwnedMutexGuard<()>, Error> {
        let name = format!("{user} {} {}", key.route, key.key);
        let turn = self.shop.checkouts.take(&name, PATIENCE).await;
        Ok(turn.ok_or(Refusal::StillRunning)?)
    }

    /// Another process may be running an equal request: then this one asks again, outside any transaction.
    async fn place_patiently(&self, asked: &Asked, until: Instant) -> Result<Placement, Error> {
        loop {
            let input = (self.shop.clone(), asked.clone());
            let placed = self
                .shop
                .write(input, |tx, (shop, asked)| {
                    Box::pin(async move { shop.place_in(tx, asked).await })
                })
                .await;
            match placed {
                Err(Error::Refused(Refusal::StillRunning)) if Instant::now() < until => {
                    tokio::time::sleep(ASKS_AGAIN).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Lines in the order of their games.
fn basket(lines: &[OrderLine]) -> String {
    let mut lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line.game, line.quantity))
        .collect();
    lines.sort_unstable();
    tokens::hash(&lines.join("\n"))
}

impl Shop {
    async fn place_in(&self, tx: &mut Tx, asked: &Asked) -> Result<Placement, Failed> {
        let payer = match self.key_or_payer(tx, asked).await? {
            Known::Before(before) => return Ok(before),
            Known::Payer(payer) => payer,
        };
        let placed = self.place_new(tx, asked, payer).await;
        // An equal request may have ended between the snapshot in which the key was new and its lock: what was refused then is what that
        // one had bought.
        if let (Err(Failed::UseCase(Error::Refused(_))), Some(key)) = (&placed, &asked.request.key)
            && (tx.orders().answer(asked.user, key.route, &key.key).await?).is_some()
        {
            return Err(Failed::Overtaken);
        }
        placed
    }

    /// Places an order whose key is new.
    async fn place_new(&self, tx: &mut Tx, asked: &Asked, payer: Option<(User, Cents)>) -> Result<Placement, Failed> {
        let (customer, balance) = self.admit_customer(payer)?;
        failpoints::pass("checkout:wallet_locked").await;
        if let Some(before) = self.repeated(tx, asked).await? {
            return Ok(before);
        }
        let lately = self.now().minus(HOUR);
        let found = tx
            .orders()
            .for_sale(&asked.lines, (asked.user, lately), self.suppliers())
            .await?;
        self.refuse_too_many(&found)?;
        let in_cart = found.in_cart;
        let sold: HashMap<GameId, CopiesForSale> = found.games.into_iter().map(|sold| (sold.game.id, sold)).collect();
        let total = self.priced(asked, &sold, balance)?;
        let placed = self.sell(tx, (asked, &customer), &sold, (total, in_cart)).await?;
        failpoints::pass("checkout:written").await;
        Ok(Placement::New(placed))
    }

    /// What the key of the request did before; if nothing, or without a key, who asks, whose wallet is locked.
    async fn key_or_payer(&self, tx: &Tx, asked: &Asked) -> Result<Known, Failed> {
        let (orders, caller) = (tx.orders(), (asked.user, asked.session));
        let Some(key) = &asked.request.key else {
            return Ok(Known::Payer(tx.staff().payer(caller.0, caller.1, self.now()).await?));
        };
        let known = orders.lock_key(caller, (key.route, &key.key), self.now()).await?;
        let known = known.ok_or(Refusal::StillRunning)?;
        if let Some(answer) = known.answer {
            if answer.request_hash != asked.hash {
                return Err(Refusal::ReferenceTaken.into());
            }
            return Ok(Known::Before(Placement::Before(answer.order, answer.body)));
        }
        if known.kept >= KEYS_MAX {
            // Until the oldest of them is forgotten.
            let now = self.now();
            let age = now.since(orders.oldest_key(asked.user).await?.unwrap_or(now));
            return Err(too_many(IDEMPOTENCY_KEYS_KEPT.saturating_sub(age)));
        }
        Ok(Known::Payer(known.payer))
    }

    /// Checks that whose wallet was locked may buy; returns its balance.
    fn admit_customer(&self, payer: Option<(User, Cents)>) -> Result<(User, Cents), Refusal> {
        let (user, balance) = payer.ok_or(Refusal::NotSignedIn)?;
        user.refuse_blocked()?;
        if self.parts.orders.verified_email && user.email_verified_at.is_none() {
            return Err(Refusal::EmailNotVerified);
        }
        Ok((user, balance))
    }

    /// Under the wallet's lock: what was bought in the same way a moment ago.
    async fn repeated(&self, tx: &Tx, asked: &Asked) -> Result<Option<Placement>, Failed> {
        if asked.request.key.is_some() {
            return Ok(None);
        }
        let since = self.now().minus(REPEATED_WITHIN);
        let before = tx.orders().repeated(asked.user, &asked.basket, since).await?;
        Ok(before.map(|order| Placement::Before(order, None)))
    }

    /// Refuses one order too many within an hour.
    fn refuse_too_many(&self, found: &ForSale) -> Result<(), Failed> {
        let now = self.now();
        if self.parts.accounts.throttled && found.orders >= u64::from(self.parts.orders.per_hour) {
            let first = found.first_order.unwrap_or(now);
            return Err(too_many(HOUR.saturating_sub(now.since(first))));
        }
        Ok(())
    }
}

fn too_many(wait: Duration) -> Failed {
    let retry_after_seconds = wait.as_secs().saturating_add(1);
    Refusal::TooMany { retry_after_seconds }.into()
}
