//! The steps in which keys are imported and taken back.

use domain::id::GameId;
use domain::own_key::KeyFormat;
use services::own_keys::KeyImportOrder;
use testkit::{TestShop, operator};

use super::walk::{Site, Walk};

const DRAWN: Site = ("services/own_keys/mod.rs::key_hasher", "key_hashing");
const TAKEN: Site = ("services/own_keys/imports.rs::take", "own_keys");
const COUNTED: Site = ("services/own_keys/imports.rs::take", "offers");
const UNDONE: Site = ("services/own_keys/undoing.rs::undo", "own_keys");

/// Keys of two games come, cheaper than the supplier's; more come; all go.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    // Others than those of which later steps change the supplier's offer.
    let games = shop.games_for_sale(60).await.split_off(58);
    let games: Vec<GameId> = games.iter().map(|id| GameId(id.parse().unwrap())).collect();
    let mut imports = Vec::new();
    for (sites, round) in [(&[DRAWN, TAKEN, COUNTED][..], 1), (&[TAKEN, COUNTED], 2)] {
        let rows = games.iter().map(|game| format!("{game},KEY-{round}-{game},1\n"));
        let file = format!("game,key,cost\n{}", rows.collect::<String>());
        let keys = shop.shop.own_keys();
        let rows = keys.rows(file.as_bytes(), KeyFormat::Csv, None).unwrap();
        let order = KeyImportOrder {
            name: "keys.csv".to_owned(),
            game: None,
            price: Some(domain::money::Cents::new(2)),
        };
        let mut tell = |_: &[_]| ();
        let imported = walk.step(sites, keys.import(&rows, &order, operator(), &mut tell));
        imports.push(imported.await.unwrap().id);
    }
    for import in imports {
        let undone = walk.step(&[UNDONE], shop.shop.own_keys().undo(import, operator()));
        assert_eq!(undone.await.unwrap().withdrawn, 2);
    }
}
