//! What a checkout sells: prices, keys, stock, the order and its payment, in the checkout's transaction.

use std::collections::HashMap;

use domain::account::User;
use domain::cart::Owner;
use domain::id::{GameId, OfferId, OrderId, UnitId};
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::mail::{Mail, MailContent, OrderReceipt};
use domain::money::Cents;
use domain::order::{Order, OrderItem, OrderLine, OrderStatus, PaymentStatus};
use domain::order_number::OrderNumber;
use domain::posting::Posting;
use domain::refusal::{FieldError, Refusal};
use domain::touch::Touch;
use storage::Tx;
use storage::orders::{CopiesForSale, NewOrder, NewUnit, OrderKey, RestOfOrder, Taken};
use storage::own_keys::PlacedKey;

use super::checkout::Asked;
use super::delivery::PlacedNow;
use crate::mails::{self, Prepared};
use crate::write::Failed;
use crate::{Error, Shop, failpoints};

impl Shop {
    /// The total of what is for sale, or why it is not sold so.
    pub(super) fn priced(
        &self,
        asked: &Asked,
        sold: &HashMap<GameId, CopiesForSale>,
        balance: Cents,
    ) -> Result<Cents, Refusal> {
        let mut total: i64 = 0;
        for line in &asked.lines {
            let sold = sold.get(&line.game).ok_or(Refusal::GameNotFound)?;
            total = total.saturating_add(sold.game.price.get().saturating_mul(i64::from(line.quantity)));
        }
        for line in &asked.lines {
            let sold = sold.get(&line.game).ok_or(Refusal::GameNotFound)?;
            if sold.available < i64::from(line.quantity) {
                return Err(too_few(sold, sold.available));
            }
        }
        let total = Cents::new(total);
        if asked.request.expected_total.is_some_and(|expected| expected != total) {
            return Err(Refusal::PriceChanged { total });
        }
        let most = self.parts.orders.limits.amount;
        if total > most {
            let message = format!("an order costs at most {most} EUR");
            return Err(Refusal::Invalid(vec![FieldError::new("items", message)]));
        }
        if total > balance {
            let short = Cents::new(total.get() - balance.get());
            return Err(Refusal::InsufficientBalance { short });
        }
        Ok(total)
    }

    /// Claims the keys, writes the order, posts the payment, and takes the stock.
    pub(super) async fn sell(
        &self,
        tx: &mut Tx,
        (asked, customer): (&Asked, &User),
        sold: &HashMap<GameId, CopiesForSale>,
        (total, in_cart): (Cents, bool),
    ) -> Result<PlacedNow, Failed> {
        let taken = taken_of(&asked.lines, sold);
        let keys = claim(tx, &asked.lines, sold, &taken).await?;
        failpoints::pass("checkout:keys_claimed").await;
        let new = self.new_order(asked, sold, keys, total);
        let order = &new.order;
        let purchase = Posting::new(
            TransferKind::Purchase,
            LedgerAccount::Wallet(asked.user),
            LedgerAccount::Shop(AccountKind::OrdersOpen),
            total,
            order.id.to_string(),
        );
        let paid = purchase.map(|purchase| (self.parts.ids.fresh(), purchase.of_order(order.id)));
        let receipt = self.receipt(customer, order)?;
        let key = asked.request.key.as_ref().map(|key| OrderKey {
            route: key.route,
            key: &key.key,
            request_hash: &asked.hash,
        });
        let rest = RestOfOrder {
            paid: paid.as_slice(),
            mail: receipt.mail(),
            message: receipt.message(),
            in_cart,
            key,
        };
        touch(tx, &new.order);
        if !tx.add_order(&new, &rest).await? {
            // Two numbers are the same once in a million million, and a key is kept between its reading and its lock as rarely.
            return Err(Failed::Overtaken);
        }
        failpoints::pass("checkout:paid").await;
        let games: Vec<GameId> = asked.lines.iter().map(|line| line.game).collect();
        let stock = tx.orders().take(&taken).await?;
        let is_as_read = |sold: &CopiesForSale| stock.prices.get(&sold.game.id) == Some(&sold.game.price);
        if !sold.values().all(is_as_read) || stock.offers != taken.len() as u64 {
            return Err(Failed::Overtaken);
        }
        failpoints::pass("checkout:stock_taken").await;
        for settled in tx.orders().settle(&games, self.suppliers()).await? {
            let before = sold.get(&settled.game);
            if settled.copies == 0 || before.is_some_and(|before| before.game.price != settled.price) {
                tx.touch(Touch::Offers);
            }
        }
        Ok(PlacedNow {
            units: new.units.iter().map(NewUnit::placed).collect(),
            order: Box::new(new.order),
        })
    }

    /// The mail that tells what was ordered.
    fn receipt(&self, customer: &User, order: &Order) -> Result<Prepared, Error> {
        let lines = order.items.iter().map(|item| {
            let sum = Cents::new(item.price.get() * i64::from(item.quantity));
            (format!("{} × {}", item.quantity, item.game.title), format!("€{sum}"))
        });
        let receipt = Mail {
            to: customer.email.clone(),
            content: MailContent::Receipt(OrderReceipt {
                order: order.id.to_string(),
                number: order.number.to_string(),
                lines: lines.collect(),
                total: format!("€{}", order.total),
            }),
        };
        mails::prepare(self, Some(customer.id), &receipt)
    }

    fn order_number(&self) -> OrderNumber {
        let mut bytes = [0; 8];
        self.chance().fill(&mut bytes);
        OrderNumber::from_chance(bytes)
    }

    fn new_order(
        &self,
        asked: &Asked,
        sold: &HashMap<GameId, CopiesForSale>,
        mut keys: HashMap<GameId, Vec<PlacedKey>>,
        total: Cents,
    ) -> NewOrder {
        let (now, rules) = (self.now(), &self.parts.orders);
        let deadline = now.plus(rules.deadline);
        let (mut items, mut units) = (Vec::new(), Vec::new());
        for line in &asked.lines {
            let Some(sold) = sold.get(&line.game) else { continue };
            items.push(OrderItem {
                id: self.parts.ids.fresh(),
                game: sold.game.clone(),
                quantity: line.quantity,
                price: sold.game.price,
            });
            for _ in 0..line.quantity {
                let key = keys.get_mut(&line.game).and_then(Vec::pop);
                units.push(NewUnit {
                    id: UnitId(self.parts.ids.fresh()),
                    game: line.game,
                    key: key.as_ref().map(|key| key.id.0),
                    key_cost: key.as_ref().and_then(|key| key.cost).unwrap_or(Cents::ZERO),
                    reserved: key.is_none().then_some(sold.offer),
                    paid: sold.game.price,
                    tax: rules.tax,
                    deadline,
                });
            }
        }
        NewOrder {
            order: Order {
                id: OrderId(self.parts.ids.fresh()),
                number: self.order_number(),
                user: asked.user,
                status: OrderStatus::Processing,
                payment: PaymentStatus::Completed,
                subtotal: total,
                total,
                created_at: now,
                completed_at: None,
                items,
                units: Vec::new(),
            },
            basket: asked.basket.clone(),
            consent: asked.request.consent.clone(),
            units,
        }
    }
}

/// What a checkout makes stale, but for the lists: those only when a game is sold out or gets another price.
fn touch(tx: &mut Tx, order: &Order) {
    let user = order.user;
    for touch in [
        Touch::Order(order.id),
        Touch::Orders(user),
        Touch::Transactions(user),
        Touch::Profile(user),
        Touch::Cart(Owner::User(user)),
    ] {
        tx.touch(touch);
    }
    for item in &order.items {
        tx.touch(Touch::Game(item.game.id));
    }
}

fn taken_of(lines: &[OrderLine], sold: &HashMap<GameId, CopiesForSale>) -> Vec<Taken> {
    let taken = lines.iter().filter_map(|line| {
        let sold = sold.get(&line.game)?;
        Some(Taken {
            game: line.game,
            offer: sold.offer,
            price: sold.offer_price,
            copies: line.quantity,
        })
    });
    taken.collect()
}

/// Claims a key for each copy that is sold from the shop's own. Where fewer are free than wanted, whoever is taking the others
/// is waited for once: the last key goes to one of several customers, and not to none.
async fn claim(
    tx: &Tx,
    lines: &[OrderLine],
    sold: &HashMap<GameId, CopiesForSale>,
    taken: &[Taken],
) -> Result<HashMap<GameId, Vec<PlacedKey>>, Failed> {
    let is_own = |line: &&OrderLine| sold.get(&line.game).is_some_and(|sold| sold.is_own);
    let own: Vec<OrderLine> = lines.iter().filter(is_own).copied().collect();
    let mut keys: HashMap<GameId, Vec<PlacedKey>> = HashMap::new();
    let mut wanted = own.clone();
    for waits in [true, false] {
        for claimed in tx.own_keys().claim(&wanted).await? {
            keys.entry(claimed.game).or_default().push(claimed);
        }
        let missing = |line: &OrderLine| line.quantity as usize - keys.get(&line.game).map_or(0, Vec::len);
        wanted = own
            .iter()
            .map(|line| OrderLine {
                quantity: u32::try_from(missing(line)).unwrap_or_default(),
                ..*line
            })
            .filter(|line| line.quantity > 0)
            .collect();
        if wanted.is_empty() {
            return Ok(keys);
        }
        if waits {
            let games: Vec<GameId> = lines.iter().map(|line| line.game).collect();
            let offers: Vec<OfferId> = taken.iter().map(|taken| taken.offer).collect();
            tx.orders().lock_stock(&games, &offers).await?;
        }
    }
    let short = wanted.first().and_then(|line| sold.get(&line.game));
    let short = short.ok_or(Refusal::GameNotFound)?;
    let available = i64::try_from(keys.get(&short.game.id).map_or(0, Vec::len)).unwrap_or_default();
    Err(too_few(short, available).into())
}

fn too_few(sold: &CopiesForSale, available: i64) -> Refusal {
    Refusal::TooFewCopies {
        title: sold.game.title.clone(),
        available,
    }
}
