//! Offers: numbered by supplier, replaced by their supplier's word, and the shown one found alike by rule and by statement.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, SupplierName};
use domain::money::Cents;
use domain::offer::{Offer, OfferedGame};
use domain::suppliers::{Fulfilment, SupplierTerms, Suppliers};
use storage::{Db, Error};
use testkit::{Kind, on_both_databases};

use super::{NOW, database, game, id, number, product, put, run};

fn named(name: &str) -> SupplierName {
    SupplierName::parse(name).unwrap()
}

/// An ordinary offer of the game of this number, changed by `change`.
fn offer(number: u128, change: impl FnOnce(&mut Offer)) -> Offer {
    let mut offer = Offer {
        id: OfferId(id(number)),
        game: GameId(id(number)),
        supplier: SupplierName::g2a(),
        product: product(number),
        cost: Cents::new(1_959),
        price: Cents::new(1_999),
        supplier_qty: 10,
        reserved: 0,
        hidden: false,
        parked: false,
        number: 0,
        fingerprint: 0,
        missed_at: None,
        supplier_updated_at: String::new(),
        observed_at: NOW,
    };
    change(&mut offer);
    offer
}

/// Writes an offer of the game of this number, which is there.
pub(super) async fn put_offer(db: &Db, number: u128, change: impl FnOnce(&mut Offer)) -> Offer {
    let mut offers = [offer(number, change)];
    let tx = db.begin().await.unwrap();
    let supplier = offers[0].supplier.clone();
    tx.offers().add(&supplier, &mut offers, NOW).await.unwrap();
    tx.commit().await.unwrap();
    offers[0].clone()
}

async fn stored(db: &Db, number: u128) -> Vec<Offer> {
    db.offers().of_games(&[GameId(id(number))]).await.unwrap()
}

#[on_both_databases]
async fn they_are_numbered_by_supplier_and_a_word_changes_what_it_says_alone(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    let first = put_offer(&db, 1, |offer| offer.reserved = 4).await;
    let second = put_offer(&db, 2, |_| ()).await;
    let others = put_offer(&db, 3, |offer| {
        (offer.game, offer.supplier) = (GameId(id(2)), named("wholesaler"));
    })
    .await;
    assert_eq!((first.number, second.number, others.number), (1, 2, 1));
    assert_eq!(db.offers().highest_number(&SupplierName::g2a()).await.unwrap(), 2);
    let word = Offer {
        cost: Cents::new(i64::MAX - 1),
        price: Cents::new(i64::MAX),
        supplier_qty: 9_007_199_254_740_993,
        hidden: true,
        fingerprint: -7,
        supplier_updated_at: "2026-11-23 04:00:00".to_owned(),
        observed_at: Timestamp::from_micros(7),
        ..first.clone()
    };
    let (mut said, tx) = (word.clone(), db.begin().await.unwrap());
    // What the shop decides is not the supplier's to say.
    (said.reserved, said.number, said.game) = (0, 99, GameId(id(2)));
    assert_eq!(tx.offers().put(&[&said], NOW).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, 1).await, [word]);
    assert_eq!(stored(&db, 2).await, [second, others]);
    let known = db
        .offers()
        .known(&SupplierName::g2a(), &[product(1), product(3)])
        .await
        .unwrap();
    assert_eq!(known.len(), 1, "the third product is another supplier's");
    assert!(
        db.offers()
            .numbered(&SupplierName::g2a(), &[1])
            .await
            .unwrap()
            .is_empty(),
        "it is hidden"
    );
}

#[on_both_databases]
async fn a_product_has_one_offer_and_no_count_is_below_zero(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    put_offer(&db, 1, |_| ()).await;
    let wrong: [fn(&mut Offer); 5] = [
        |offer| offer.product = product(1),
        |offer| offer.price = Cents::ZERO,
        |offer| offer.supplier_qty = -1,
        |offer| offer.reserved = -1,
        |offer| offer.game = GameId(id(404)),
    ];
    for change in wrong {
        let tx = db.begin().await.unwrap();
        let mut offers = [offer(2, change)];
        let refused = tx.offers().add(&SupplierName::g2a(), &mut offers, NOW).await;
        assert!(matches!(refused, Err(Error::Statement(_))), "{offers:?}: {refused:?}");
    }
    // Another supplier's may bear the same name.
    put_offer(&db, 2, |offer| {
        (offer.product, offer.supplier) = (product(1), named("wholesaler"));
    })
    .await;
}

#[on_both_databases]
async fn what_a_crawl_missed_is_marked_once(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    let both = [put_offer(&db, 1, |_| ()).await.id, put_offer(&db, 2, |_| ()).await.id];
    let tx = db.begin().await.unwrap();
    assert_eq!(tx.offers().mark_missed(&both[..1], NOW).await.unwrap(), 1);
    let later = Timestamp::from_micros(NOW.as_micros() + 1);
    assert_eq!(
        tx.offers().mark_missed(&both, later).await.unwrap(),
        1,
        "an earlier time stays"
    );
    let missed = tx.offers().numbered(&SupplierName::g2a(), &[1, 2, 3]).await.unwrap();
    assert_eq!(
        missed.iter().map(|offer| offer.since).collect::<Vec<_>>(),
        [Some(NOW), Some(later)]
    );
    assert_eq!(missed[0].title, "Game 1");
    assert_eq!(tx.offers().clear_missed(&both).await.unwrap(), 2);
}

/// Every combination of two offers, told by the domain's rule and by the audit's statement.
#[on_both_databases]
async fn the_shown_offer_by_rule_and_by_statement_is_the_same(kind: Kind) {
    let (_database, db) = database(kind).await;
    let terms = |name: &str, rank, fulfilment| SupplierTerms {
        name: named(name),
        rank,
        fulfilment,
    };
    let suppliers = Suppliers::from_iter([
        terms("second", 2, Fulfilment::ByHand),
        terms("listed", 3, Fulfilment::None),
        SupplierTerms::g2a(),
    ]);
    let spoiled: [fn(&mut Offer); 5] = [
        |_| (),
        |offer| offer.supplier_qty = 0,
        |offer| offer.reserved = 10,
        |offer| offer.parked = true,
        |offer| offer.hidden = true,
    ];
    let (mut games, mut offers) = (Vec::new(), Vec::new());
    for name in ["second", "listed", "own", "not-set-up"] {
        for cents in [1_998, 1_999, 2_000] {
            for first in spoiled {
                for second in spoiled {
                    let number = games.len() as u128 + 1;
                    games.push(game(number, |_| ()));
                    offers.push(offer(number, first));
                    offers.push(offer(100_000 + number, |offer| {
                        (offer.game, offer.supplier) = (GameId(id(number)), named(name));
                        (offer.price, offer.supplier_qty) = (Cents::new(cents), 7);
                        second(offer);
                    }));
                }
            }
        }
    }
    put(&db, &games.iter().collect::<Vec<_>>()).await;
    let tx = db.begin().await.unwrap();
    for name in ["g2a", "second", "listed", "own", "not-set-up"].map(named) {
        let mut its: Vec<Offer> = offers.iter().filter(|offer| offer.supplier == name).cloned().collect();
        tx.offers().add(&name, &mut its, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let count = games.len() as u128;
    settle(&db, count, &suppliers).await;
    assert_eq!(breaches(&db, &suppliers).await, 0);
    // And it sees what is wrong.
    run(&db, "UPDATE games SET copies = copies + 1 WHERE number = 1").await;
    run(&db, "UPDATE games SET price_cents = price_cents + 1 WHERE number = 2").await;
    run(&db, "UPDATE games SET hidden = NOT hidden WHERE number = 3").await;
    assert_eq!(breaches(&db, &suppliers).await, 3);
    assert!(
        breaches(&db, &Suppliers::default()).await > 3,
        "on other terms others are shown"
    );
    assert_eq!(
        number(&db, "SELECT COUNT(*) FROM offers").await,
        2 * i64::try_from(count).unwrap()
    );
}

/// Gives the games the price and the stock of their shown offers, by the rule.
async fn settle(db: &Db, count: u128, suppliers: &Suppliers) {
    let games: Vec<GameId> = (1..=count).map(|number| GameId(id(number))).collect();
    let tx = db.begin().await.unwrap();
    let mut held: Vec<OfferedGame> = tx.offers().lock_offered(&games).await.unwrap();
    held.iter_mut().for_each(|held| held.settle(suppliers));
    let games: Vec<_> = held.iter().map(|held| &held.game).collect();
    tx.catalog().put_offered(&games, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn breaches(db: &Db, suppliers: &Suppliers) -> u64 {
    let found = db.audit().invariants(&[], suppliers).await.unwrap();
    let shown = found.iter().find(|one| one.promise.contains("its shown offer"));
    shown.unwrap().breaches
}
