//! What the API says of an order.

use domain::activation;
use domain::cart::ListedGame;
use domain::money::Cents;
use domain::name;
use domain::order::{Order, OrderItem, OrderUnit};
use domain::own_key::KeyText;
use domain::unit::UnitState;
use serde::Serialize;
use services::view::BoughtKey;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Money;

/// An order. What is unknown is left out.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderBody<'a> {
    id: Uuid,
    /// For people: short, and without letters that look alike.
    #[schema(example = "7K2M-93QF")]
    number: &'a str,
    user_id: Uuid,
    /// `PROCESSING`, `COMPLETED`, `CANCELLED` or `FAILED`.
    #[schema(example = "COMPLETED")]
    status: &'static str,
    /// EUR.
    #[schema(value_type = f64, example = 38.76)]
    subtotal: Money,
    /// EUR.
    #[schema(value_type = f64, example = 0)]
    discount: Money,
    /// What was paid, in EUR.
    #[schema(value_type = f64, example = 38.76)]
    total: Money,
    #[schema(example = "balance")]
    payment_method: &'static str,
    /// `COMPLETED`, or `CANCELLED` once all of it went back.
    #[schema(example = "COMPLETED")]
    payment_status: &'static str,
    created_at: String,
    /// When the last copy was delivered or refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    items: Vec<ItemBody<'a>>,
    /// The keys that were delivered.
    keys: Vec<KeyBody>,
    /// Each copy.
    units: Vec<UnitBody>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderItem)]
#[serde(rename_all = "camelCase")]
struct ItemBody<'a> {
    id: Uuid,
    game_id: Uuid,
    quantity: u32,
    /// What a copy cost, in EUR.
    #[schema(value_type = f64, example = 19.38)]
    price: Money,
    /// EUR.
    #[schema(value_type = f64, example = 0)]
    discount: Money,
    game: OrderedGameBody<'a>,
}

/// A game that was ordered.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderedGame)]
struct OrderedGameBody<'a> {
    id: Uuid,
    title: &'a str,
    image: &'a str,
    slug: &'a str,
}

/// A key that was delivered.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderKey)]
#[serde(rename_all = "camelCase")]
struct KeyBody {
    id: Uuid,
    game_id: Uuid,
    /// In clear, where one order is read by somebody who may see it now; never in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Whether its customer saw it.
    activated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_date: Option<String>,
}

/// A copy.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderUnit)]
#[serde(rename_all = "camelCase")]
struct UnitBody {
    id: Uuid,
    game_id: Uuid,
    /// What was paid for it, in EUR.
    #[schema(value_type = f64, example = 19.38)]
    price: Money,
    /// `waiting`, `ready` to be seen, `revealed` or `refunded`.
    #[schema(example = "ready")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<Uuid>,
    /// EUR.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    refunded: Option<Money>,
}

/// A key among all keys of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnedKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnedKeyBody<'a> {
    key_id: Uuid,
    order_id: Uuid,
    game: OrderedGameBody<'a>,
    revealed: bool,
}

impl<'a> OrderBody<'a> {
    pub(crate) fn of(order: &'a Order) -> Self {
        Self {
            id: order.id.0,
            number: order.number.as_str(),
            user_id: order.user.0,
            status: order.status.as_str(),
            subtotal: Money(order.subtotal),
            discount: Money(Cents::new(order.subtotal.get() - order.total.get())),
            total: Money(order.total),
            payment_method: "balance",
            payment_status: order.payment.as_str(),
            created_at: order.created_at.to_string(),
            completed_at: order.completed_at.map(|at| at.to_string()),
            items: order.items.iter().map(ItemBody::from).collect(),
            keys: order.units.iter().filter_map(KeyBody::of).collect(),
            units: order.units.iter().map(UnitBody::of).collect(),
        }
    }

    /// The same with these keys in clear.
    pub(crate) fn with_keys(order: &'a Order, shown: &[(Uuid, KeyText)]) -> Self {
        let mut body = Self::of(order);
        for key in &mut body.keys {
            let text = shown.iter().find(|(id, _)| *id == key.id);
            key.key = text.map(|(_, text)| text.expose().to_owned());
        }
        body
    }
}

impl<'a> From<&'a OrderItem> for ItemBody<'a> {
    fn from(item: &'a OrderItem) -> Self {
        Self {
            id: item.id,
            game_id: item.game.id.0,
            quantity: item.quantity,
            price: Money(item.price),
            discount: Money(Cents::ZERO),
            game: OrderedGameBody::from(&item.game),
        }
    }
}

impl<'a> From<&'a ListedGame> for OrderedGameBody<'a> {
    fn from(game: &'a ListedGame) -> Self {
        Self {
            id: game.id.0,
            title: &game.title,
            image: &game.image,
            slug: &game.slug,
        }
    }
}

impl KeyBody {
    /// `None` for a copy without a key that its customer may see.
    fn of(unit: &OrderUnit) -> Option<Self> {
        let id = unit.key.filter(|_| unit.state == UnitState::Delivered)?;
        Some(Self {
            id,
            game_id: unit.game.0,
            key: None,
            activated: unit.revealed_at.is_some(),
            activation_date: unit.revealed_at.map(|at| at.to_string()),
        })
    }
}

impl UnitBody {
    fn of(unit: &OrderUnit) -> Self {
        Self {
            id: unit.id.0,
            game_id: unit.game.0,
            price: Money(unit.paid),
            state: match unit.state {
                UnitState::Delivered if unit.revealed_at.is_some() => "revealed",
                UnitState::Delivered => "ready",
                UnitState::Refunded => "refunded",
                _ => "waiting",
            },
            key_id: unit.key.filter(|_| unit.state == UnitState::Delivered),
            refunded: (unit.refunded > Cents::ZERO).then_some(Money(unit.refunded)),
        }
    }
}

impl<'a> From<&'a BoughtKey> for OwnedKeyBody<'a> {
    fn from(key: &'a BoughtKey) -> Self {
        Self {
            key_id: key.id,
            order_id: key.order.0,
            game: OrderedGameBody::from(&key.game),
            revealed: key.revealed_at.is_some(),
        }
    }
}

/// How a key of this order is activated.
pub(crate) fn instructions(order: &Order, key: Uuid) -> &'static str {
    let unit = order.units.iter().find(|unit| unit.key == Some(key));
    let item = unit.and_then(|unit| order.items.iter().find(|item| item.game.id == unit.game));
    activation::instructions(item.and_then(|item| name::parse(&item.game.title).service))
}
