//! The result of a guest's migration as a sentence. The address carries it as numbers only: a forged one shows a wrong
//! sentence to the person who forged it, and has no effect.

use domain::cart::{CartReceipt, KeptReason};
use services::guests::GuestMigration;
use url::form_urlencoded::Serializer;
use web_kit::form_data::FormData;
use web_kit::format::plural;

/// The counts: copies for the cart, games for the wishlist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MigrationNotice {
    moved: u32,
    sold_out: u32,
    too_many: u32,
    wishes: u32,
}

impl MigrationNotice {
    pub(crate) fn of(taken: &GuestMigration) -> Self {
        Self {
            wishes: taken.wishlist.moved,
            ..Self::of_cart(&taken.cart)
        }
    }

    pub(crate) fn of_cart(receipt: &CartReceipt) -> Self {
        let kept = |why: KeptReason| {
            let kept = receipt.lines.iter().filter_map(|line| line.kept);
            kept.filter(|(_, reason)| *reason == why)
                .map(|(copies, _)| copies)
                .sum()
        };
        Self {
            moved: receipt.moved() + receipt.merged(),
            sold_out: kept(KeptReason::Unavailable),
            too_many: kept(KeptReason::LineFull),
            wishes: 0,
        }
    }

    /// Parses the result of [`address`](Self::address).
    pub(crate) fn read(parameters: &FormData) -> Self {
        let number = |name| parameters.number(name).unwrap_or(0);
        Self {
            moved: number("moved"),
            sold_out: number("kept"),
            too_many: number("full"),
            wishes: number("wishes"),
        }
    }

    /// The page that shows the notice, with the counts; `None` when there is nothing to say.
    pub(crate) fn address(&self) -> Option<String> {
        let in_cart = self.moved > 0 || self.sold_out > 0 || self.too_many > 0;
        if !in_cart && self.wishes == 0 {
            return None;
        }
        let mut query = Serializer::new(String::new());
        for (name, number) in [
            ("moved", self.moved),
            ("kept", self.sold_out),
            ("full", self.too_many),
            ("wishes", self.wishes),
        ] {
            if number > 0 {
                query.append_pair(name, &number.to_string());
            }
        }
        let page = if in_cart { "/cart" } else { "/wishlist" };
        Some(format!("{page}?{}", query.finish()))
    }

    /// One sentence; `None` when there is nothing to say.
    pub(crate) fn sentence(&self) -> Option<String> {
        let copies = |number: u32| plural(u64::from(number), "copy", "copies");
        let are = |number: u32| if number == 1 { "is" } else { "are" };
        let mut parts = Vec::new();
        if self.moved > 0 {
            parts.push(format!("{} {} now in your cart", copies(self.moved), are(self.moved)));
        }
        if self.sold_out > 0 {
            parts.push(format!(
                "{} could not be moved, because the game is sold out at the moment, and {} kept for you below",
                copies(self.sold_out),
                are(self.sold_out)
            ));
        }
        if self.too_many > 0 {
            parts.push(format!(
                "{} did not fit, because a line holds at most {}, and {} kept for you below",
                copies(self.too_many),
                domain::cart::QUANTITY_MAX,
                are(self.too_many)
            ));
        }
        if self.wishes > 0 {
            let games = plural(u64::from(self.wishes), "game", "games");
            parts.push(format!("{games} {} new on your wishlist", are(self.wishes)));
        }
        (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use domain::cart::LineReceipt;
    use domain::id::GameId;
    use domain::wishlist::WishlistReceipt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_address_says_what_became_of_each_copy() {
        let line = |quantity, has, for_sale| LineReceipt::decide(GameId(Uuid::nil()), quantity, has, for_sale);
        let taken = GuestMigration {
            cart: CartReceipt {
                lines: vec![line(1, 0, true), line(3, 98, true), line(1, 0, false)],
            },
            wishlist: WishlistReceipt {
                moved: 1,
                already_there: 4,
            },
        };
        let notice = MigrationNotice::of(&taken);
        let address = notice.address().unwrap();
        assert_eq!(address, "/cart?moved=2&kept=1&full=2&wishes=1");
        let read = MigrationNotice::read(&FormData::from_query(address.split_once('?').map(|(_, query)| query)));
        assert_eq!(read, notice);
        assert_eq!(
            read.sentence().unwrap(),
            "2 copies are now in your cart; 1 copy could not be moved, because the game is sold out at the moment, and is \
             kept for you below; 2 copies did not fit, because a line holds at most 99, and are kept for you below; 1 \
             game is new on your wishlist."
        );
    }

    #[test]
    fn where_nothing_was_collected_nothing_is_said() {
        assert_eq!(MigrationNotice::default().address(), None);
        assert_eq!(
            MigrationNotice::read(&FormData::from_query(Some("moved=<b>&kept=-1&wishes=0"))).sentence(),
            None
        );
        let wishes = MigrationNotice {
            wishes: 2,
            ..MigrationNotice::default()
        };
        assert_eq!(wishes.address().unwrap(), "/wishlist?wishes=2");
    }
}
