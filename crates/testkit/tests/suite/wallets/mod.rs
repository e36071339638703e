//! Wallets: what customers and staff ask of them, the cash desk, and what the database refuses to anybody.

mod by_hand;
mod found_by_id;
mod refused_by_the_database;

use domain::id::UserId;
use domain::money::Cents;
use domain::wallet::{WalletChange, WalletOrder};
use services::Error;
use services::wallets::ChangedWallet;
use testkit::TestShop;

/// Books cash at the desk.
async fn top_up(shop: &TestShop, user: UserId, cents: i64, reference: &str) -> Result<ChangedWallet, Error> {
    change(shop, user, WalletOrder::TopUp, cents, reference).await
}

pub(crate) async fn change(
    shop: &TestShop,
    user: UserId,
    order: WalletOrder,
    cents: i64,
    reference: &str,
) -> Result<ChangedWallet, Error> {
    let change = WalletChange {
        order,
        amount: Cents::new(cents),
        reference: Some(reference.to_owned()),
    };
    shop.shop.wallets().change(user, &change, testkit::operator()).await
}

pub(crate) async fn balance(shop: &TestShop, user: UserId) -> i64 {
    shop.shop.wallets().balance(user).await.unwrap().get()
}

/// What all transactions of a wallet add up to.
pub(crate) async fn sum_of_transactions(shop: &TestShop, user: UserId) -> i64 {
    let mut sum = 0;
    for page in 1.. {
        let found = shop.shop.wallets().transactions(user, page, 100).await.unwrap();
        if found.is_empty() {
            break;
        }
        sum += found.iter().map(|one| one.amount.get()).sum::<i64>();
    }
    sum
}
