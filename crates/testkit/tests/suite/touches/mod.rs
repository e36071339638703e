//! Every transaction touches all cached views of the rows that it changes: each place in the sources that writes is
//! called, and its rows are recorded and checked.

mod baskets;
mod catalogue;
mod jobs;
mod orders;
mod overrides;
mod own_keys;
mod passwords;
mod people;
mod sites;
mod terms;
mod walk;

use std::collections::BTreeSet;

use domain::touch::Touch;
use testkit::{Caching, Kind, Recorder, TestDatabase, TestShop, on_both_databases};

use walk::Walk;

/// Enough that a crawl does not ask for each of those that are gone by its id.
const PRODUCTS: u32 = 300;

/// What no walk reaches, each with the reason why nothing can be missing there.
const EXPLAINED: [(&str, &str); 8] = [
    ("services/write.rs::try_once", "the way that all the others take"),
    ("services/group_commit.rs::lead_group", "the same on SQLite"),
    ("services/write.rs::write_for_test", "only tests have it"),
    (
        "services/sync/lease.rs::give_lease_back",
        "only after the database failed; it gives a lease back as the end of a run does, and no view shows leases",
    ),
    (
        "services/orders/advance.rs::postpone",
        "only after an order could not be moved on: when it is looked at again, which no view shows",
    ),
    (
        "services/pace.rs::with",
        "permits to ask the supplier, which no view shows",
    ),
    (
        "latchkey/wire.rs::mark_as_demo",
        "before the shop is built: a mark of the database, which no view shows",
    ),
    (
        "latchkey/secrets.rs::find_or_make",
        "the same of the secrets' fingerprints",
    ),
];

#[on_both_databases]
async fn every_write_touches_all_that_shows_what_it_changed(kind: Kind) {
    let supplier = g2a_sandbox::Settings {
        products: PRODUCTS,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(kind, Caching::Memory, supplier).await;
    let mut walk = Walk::begin(kind, &shop).await;
    catalogue::walk(&mut walk, &shop).await;
    overrides::walk(&mut walk, &shop).await;
    terms::walk(&mut walk, &shop).await;
    own_keys::walk(&mut walk, &shop).await;
    people::walk(&mut walk, &shop).await;
    baskets::walk(&mut walk, &shop).await;
    orders::walk(&mut walk, &shop).await;
    jobs::walk(&mut walk, &shop).await;
    overrides::request(&mut walk, &shop).await;
    let done = walk.end();
    assert!(done.forgotten.is_empty(), "{:#?}", done.forgotten);
    let explained = EXPLAINED.iter().map(|(site, _)| (*site).to_owned());
    let known: BTreeSet<String> = done.walked.into_iter().chain(explained).collect();
    assert_eq!(
        sites::all(),
        known,
        "left: what writes; right: what this test walks or explains"
    );
    // The walk was of use: something of each kind of view went stale.
    for beginning in ["game:", "catalog:", "home:", "user:", "session:", "the search index"] {
        assert!(
            done.views.iter().any(|view| view.starts_with(beginning)),
            "nothing of {beginning}"
        );
    }
    for view in [":cart", ":wishlist", ":profile"] {
        assert!(done.views.iter().any(|name| name.ends_with(view)), "nothing of {view}");
    }
}

#[on_both_databases]
async fn a_write_that_touches_too_little_is_found(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut recorder = Recorder::begin(kind, &shop.database.url).await.unwrap();
    shop.sync().await;
    recorder.since().await;
    let game = shop
        .games_for_sale(1)
        .await
        .remove(0)
        .parse()
        .map(domain::id::GameId)
        .unwrap();
    let all = [Touch::Game(game), Touch::Catalog, Touch::Home];
    for left_out in [None, Some(all[0]), Some(all[1]), Some(all[2])] {
        let mut tx = shop.db.begin().await.unwrap();
        let dearest = "UPDATE games SET price_cents = price_cents + 1 WHERE price_cents = (SELECT MAX(price_cents) \
                           FROM games WHERE NOT hidden AND copies > 0)";
        assert_eq!(tx.execute_for_test(dearest).await.unwrap(), 1);
        all.into_iter()
            .filter(|touch| Some(*touch) != left_out)
            .for_each(|touch| tx.touch(touch));
        tx.commit().await.unwrap();
        let transactions = recorder.since().await;
        assert_eq!(transactions.len(), 1);
        let forgotten = transactions[0].forgotten();
        assert_eq!(
            forgotten.is_empty(),
            left_out.is_none(),
            "without {left_out:?}: {forgotten:?}"
        );
    }
    // One that touches nothing is told from the next one, which touches everything.
    let untold = shop.db.begin().await.unwrap();
    let dearest = "UPDATE games SET copies = copies + 1 WHERE price_cents = (SELECT MAX(price_cents) \
                       FROM games WHERE NOT hidden AND copies > 0)";
    assert_eq!(untold.execute_for_test(dearest).await.unwrap(), 1);
    untold.commit().await.unwrap();
    let hidden_behind = recorder.since().await;
    let mut tx = shop.db.begin().await.unwrap();
    tx.touch(Touch::Everything);
    tx.commit().await.unwrap();
    assert!(
        hidden_behind[0]
            .forgotten()
            .iter()
            .any(|view| view.contains(&game.to_string())),
        "{hidden_behind:?}"
    );
    assert!(
        recorder
            .since()
            .await
            .iter()
            .all(|transaction| transaction.forgotten().is_empty())
    );
}

#[on_both_databases]
async fn a_table_or_a_column_without_a_rule_is_named(kind: Kind) {
    for (change, named) in [
        ("CREATE TABLE novelties (id INTEGER)", "the table novelties"),
        (
            "ALTER TABLE games ADD COLUMN novelty INTEGER",
            "the column games.novelty",
        ),
    ] {
        let database = TestDatabase::migrated(kind).await;
        let db = database.open().await;
        let tx = db.begin().await.unwrap();
        tx.execute_for_test(change).await.unwrap();
        tx.commit().await.unwrap();
        let refused = Recorder::begin(kind, &database.url).await.err().unwrap();
        assert!(refused.ends_with(named), "{refused}");
    }
}
