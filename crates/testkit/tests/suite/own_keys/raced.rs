//! Imports, undoing and claims at once: each key is somebody's once.

use std::collections::BTreeSet;

use domain::own_key::{KeyFormat, KeyImportId};
use domain::refusal::Refusal;
use futures::future::join_all;
use services::Error;
use services::own_keys::RowFate;
use testkit::{Kind, TestShop, on_both_databases};

use super::{broken, claim, debited, games, import, number, own_offer, stock, undo};

#[on_both_databases]
async fn of_imports_of_the_same_keys_at_once_each_key_is_taken_by_one(kind: Kind) {
    const KEYS: usize = 1_100;
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    // Each in another order, so that batches meet in different ways.
    let imports = (0..4).map(|number| {
        let row = move |at: usize| {
            format!(
                "{game},KEY-{},1\n",
                (at * [1, 7, 1_099, 531][number] + 250 * number) % KEYS
            )
        };
        let file: String = (0..KEYS).map(row).collect();
        let shop = &shop;
        async move { import(shop, &format!("game,key,cost\n{file}"), None).await.unwrap().0 }
    });
    let reports = join_all(imports).await;
    let taken: u64 = reports.iter().map(|report| report.taken).sum();
    assert_eq!(taken, KEYS as u64, "{reports:?}");
    assert!(
        reports
            .iter()
            .all(|report| report.taken + report.duplicates == KEYS as u64)
    );
    assert_eq!(number(&shop, "SELECT COUNT(*) FROM own_keys").await, 1_100);
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 1_100);
    assert_eq!(debited(&shop, "key_stock").await, 110_000);
    assert_eq!(broken(&shop).await, [""; 0]);
}

#[on_both_databases]
async fn of_claims_at_once_each_gets_keys_of_its_own_the_oldest_first(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let first = stock(&shop, game, &["A", "B", "C"], "1", None).await;
    shop.clock.pass(std::time::Duration::from_secs(1));
    stock(&shop, game, &["D", "E"], "2", None).await;
    let two = claim(&shop, game, 2).await.unwrap();
    assert_eq!(
        two.iter().map(|key| key.cost.unwrap().get()).collect::<Vec<_>>(),
        [100, 100]
    );
    let counts = shop.db.own_keys().counts(first).await.unwrap();
    assert_eq!((counts.free, counts.claimed), (1, 2));
    // Three are left, for eight.
    let claims = join_all((0..8).map(|_| claim(&shop, game, 1))).await;
    let keys: Vec<_> = claims.into_iter().flat_map(Result::unwrap).collect();
    let distinct: BTreeSet<_> = keys.iter().chain(&two).map(|key| key.id).collect();
    assert_eq!((keys.len(), distinct.len()), (3, 5));
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 0);
    assert!(claim(&shop, game, 1).await.unwrap().is_empty());
    assert!(
        super::claim(&shop, games(&shop, 2).await[1], 1)
            .await
            .unwrap()
            .is_empty()
    );
}

#[on_both_databases]
async fn a_key_is_taken_back_or_claimed_never_both(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    for round in 0..5 {
        let keys: Vec<String> = (0..60).map(|number| format!("KEY-{round}-{number}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let id = stock(&shop, game, &keys, "1", None).await;
        let claims = join_all((0..20).map(|_| claim(&shop, game, 2)));
        let (claims, undone, again) = futures::join!(claims, undo(&shop, id), undo(&shop, id));
        let claimed: usize = claims.into_iter().map(|keys| keys.unwrap().len()).sum();
        let withdrawn = undone.unwrap().withdrawn + again.unwrap().withdrawn;
        let counts = shop.db.own_keys().counts(id).await.unwrap();
        assert_eq!(
            (counts.claimed, counts.withdrawn, counts.free),
            (claimed as u64, withdrawn, 0)
        );
        assert_eq!(claimed as u64 + withdrawn, 60);
        assert_eq!(broken(&shop).await, [""; 0]);
    }
}

#[on_both_databases]
async fn an_import_that_is_undone_while_it_runs_ends(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let file: String = (0..1_400).map(|number| format!("KEY-{number}\n")).collect();
    let name = game.to_string();
    let rows = shop
        .shop
        .own_keys()
        .rows(file.as_bytes(), KeyFormat::Lines, Some(&name))
        .unwrap();
    let order = services::own_keys::KeyImportOrder {
        name: "lines.txt".to_owned(),
        game: Some(name),
        price: None,
    };
    let mut heard = 0;
    let mut tell = |fates: &[RowFate]| {
        heard += fates.len();
        // After the first batch, before the second.
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let id = shop
                    .db
                    .own_keys()
                    .sealed(domain::own_key::OwnKeyId(uuid::Uuid::nil()), 1)
                    .await
                    .unwrap();
                assert_eq!(id.len(), 1);
                let undone = undo(&shop, newest(&shop).await).await.unwrap();
                assert_eq!(undone.withdrawn, 500);
            });
        });
    };
    let ended = shop
        .shop
        .own_keys()
        .import(&rows, &order, testkit::operator(), &mut tell)
        .await;
    assert!(
        matches!(ended, Err(Error::Refused(Refusal::KeyImportUndone))),
        "{ended:?}"
    );
    assert_eq!(heard, 500);
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 0);
    assert_eq!(broken(&shop).await, [""; 0]);
}

/// The id of the only import.
async fn newest(shop: &TestShop) -> KeyImportId {
    use sea_orm::{ConnectionTrait, Statement};
    let raw = shop.db.raw();
    let statement = Statement::from_string(raw.get_database_backend(), "SELECT id FROM key_imports");
    let found = raw.query_one_raw(statement).await.unwrap().unwrap();
    KeyImportId(found.try_get_by_index(0).unwrap())
}
