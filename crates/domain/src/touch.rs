//! Touches: each transaction names what it made stale.

use std::fmt;

use uuid::Uuid;

use crate::cart::Owner;
use crate::id::{GameId, GuestId, OrderId, UserId};

/// A part of the shop whose cached views a transaction made stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// One game's price, stock or text: `game:{id}`.
    Game(GameId),
    /// Every game: `game:*`.
    Games,
    /// Any list, filter option or slug of the catalogue: `catalog:*`.
    Catalog,
    /// The lists of the home page: `home:*`.
    Home,
    /// Prices or stock of games that are touched separately: which games lists show, and in which order: `offers:*`.
    Offers,
    /// One owner's cart: `user:{id}:cart`, `session:{id}:cart`.
    Cart(Owner),
    /// One owner's wishlist: `user:{id}:wishlist`, `session:{id}:wishlist`.
    Wishlist(Owner),
    /// What an account shows about its owner: `user:{id}:profile`.
    Profile(UserId),
    /// What moved an account's balance: `user:{id}:transactions`.
    Transactions(UserId),
    /// An account's orders and keys: `user:{id}:orders`.
    Orders(UserId),
    /// One order: `order:{id}`.
    Order(OrderId),
    /// Everything that is cached: `*`.
    Everything,
}

impl Touch {
    /// Parses the result of [`Display`](fmt::Display); `None` for a touch of a later version of this program.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        let mut parts = text.split(':');
        let (kind, id) = (parts.next()?, parts.next()?);
        let view = parts.next();
        if parts.next().is_some() {
            return None;
        }
        let uuid = || Uuid::parse_str(id).ok();
        let owner = match kind {
            "user" => uuid().map(|id| Owner::User(UserId(id))),
            "session" => uuid().map(|id| Owner::Guest(GuestId(id))),
            _ => None,
        };
        match (kind, owner, view) {
            ("catalog", _, None) if id == "*" => Some(Self::Catalog),
            ("home", _, None) if id == "*" => Some(Self::Home),
            ("offers", _, None) if id == "*" => Some(Self::Offers),
            ("game", _, None) if id == "*" => Some(Self::Games),
            ("order", _, None) => uuid().map(|id| Self::Order(OrderId(id))),
            ("game", _, None) => uuid().map(|id| Self::Game(GameId(id))),
            (_, Some(owner), Some("cart")) => Some(Self::Cart(owner)),
            (_, Some(owner), Some("wishlist")) => Some(Self::Wishlist(owner)),
            (_, Some(Owner::User(id)), Some("profile")) => Some(Self::Profile(id)),
            (_, Some(Owner::User(id)), Some("transactions")) => Some(Self::Transactions(id)),
            (_, Some(Owner::User(id)), Some("orders")) => Some(Self::Orders(id)),
            _ => None,
        }
    }
}

/// The key or group as operators know it.
impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Game(id) => write!(f, "game:{id}"),
            Self::Games => f.write_str("game:*"),
            Self::Catalog => f.write_str("catalog:*"),
            Self::Home => f.write_str("home:*"),
            Self::Offers => f.write_str("offers:*"),
            Self::Cart(owner) => write!(f, "{}:cart", Prefix(*owner)),
            Self::Wishlist(owner) => write!(f, "{}:wishlist", Prefix(*owner)),
            Self::Profile(id) => write!(f, "user:{id}:profile"),
            Self::Transactions(id) => write!(f, "user:{id}:transactions"),
            Self::Orders(id) => write!(f, "user:{id}:orders"),
            Self::Order(id) => write!(f, "order:{id}"),
            Self::Everything => f.write_str("*"),
        }
    }
}

/// The common prefix of one owner's keys.
struct Prefix(Owner);

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Owner::User(id) => write!(f, "user:{id}"),
            Owner::Guest(id) => write!(f, "session:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let (user, guest) = (UserId(Uuid::from_u128(8)), GuestId(Uuid::from_u128(9)));
        for touch in [
            Touch::Game(GameId(Uuid::from_u128(7))),
            Touch::Games,
            Touch::Everything,
            Touch::Catalog,
            Touch::Home,
            Touch::Offers,
            Touch::Cart(Owner::User(user)),
            Touch::Cart(Owner::Guest(guest)),
            Touch::Wishlist(Owner::User(user)),
            Touch::Wishlist(Owner::Guest(guest)),
            Touch::Profile(user),
            Touch::Transactions(user),
            Touch::Orders(user),
            Touch::Order(OrderId(Uuid::from_u128(10))),
        ] {
            assert_eq!(Touch::parse(&touch.to_string()), Some(touch));
        }
        let strange = format!("session:{guest}:profile");
        for text in [
            "moon:*",
            "game:x",
            "**",
            "catalog:x",
            "user:1:cart",
            "catalog:*:cart",
            &strange,
        ] {
            assert_eq!(Touch::parse(text), None, "{text}");
        }
    }
}
