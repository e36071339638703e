//! A demo's goods: money in its customer's wallet and keys of new games, once, so that whoever looks can buy something.

use std::fmt::Write as _;
use std::time::Duration;

use domain::catalog::SharedGame;
use domain::listing::ListQuery;
use domain::money::Cents;
use domain::own_key::KeyFormat;
use domain::wallet::{WalletChange, WalletOrder};
use services::Shop;
use services::own_keys::KeyImportOrder;
use services::trail::Actor;

use crate::demo_accounts::CUSTOMER;

/// What the wallet begins with.
const GIFT: Cents = Cents::new(20_000);
/// Under this reference it is booked once, whatever became of it since.
const REFERENCE: &str = "the demo's wallet";
/// What the import of keys is called.
const IMPORT: &str = "Invented keys of the demo";
/// How many games get keys, and how many each: those in the home page's row of new games. The popular ones would not stay so,
/// because a game is popular by its copies.
const GAMES: u32 = 24;
const KEYS: u32 = 5;
/// How often it is looked whether the catalogue is there.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Fills the wallet, and after the first sync the stock of keys.
pub(crate) async fn bring(shop: &Shop) -> anyhow::Result<()> {
    let by = Actor::command("latchkey serve");
    let gift = WalletChange {
        order: WalletOrder::Adjust,
        amount: GIFT,
        reference: Some(REFERENCE.to_owned()),
    };
    shop.wallets().change_of(CUSTOMER, &gift, &by).await?;
    let games = loop {
        match new_games(shop).await? {
            games if games.is_empty() => tokio::time::sleep(LOOK_AGAIN).await,
            games => break games,
        }
    };
    let newest = ListQuery {
        limit: 1,
        ..ListQuery::default()
    };
    let own_keys = shop.own_keys();
    if !own_keys.imports(&newest).await?.rows.is_empty() {
        return Ok(());
    }
    let rows = own_keys.rows(keys_of(&games).as_bytes(), KeyFormat::Csv, None)?;
    let order = KeyImportOrder {
        name: IMPORT.to_owned(),
        game: None,
        price: None,
    };
    // Of two processes that do so at once, the second finds that the shop has these keys.
    own_keys.import(&rows, &order, &by, &mut |_: &[_]| ()).await?;
    Ok(())
}

/// The games that get keys; none until a sync has ended.
async fn new_games(shop: &Shop) -> anyhow::Result<Vec<SharedGame>> {
    let state = shop.sync().state().await?;
    if state.is_none_or(|state| state.finished_at.is_none()) {
        return Ok(Vec::new());
    }
    Ok(shop.catalog().released_last(GAMES).await?)
}

/// A file of keys, the same whoever makes it.
fn keys_of(games: &[SharedGame]) -> String {
    let mut file = "game,key\n".to_owned();
    for game in games {
        // The end of an id is random.
        let id = game.id.0.simple().to_string().to_uppercase();
        let (first, second) = id[id.len() - 10..].split_at(5);
        for number in 1..=KEYS {
            let _infallible = writeln!(file, "{},DEMO-{first}-{second}-{number:05}", game.id);
        }
    }
    file
}
