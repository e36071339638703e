//! Games that may be the same: found by a key that is written with each game.

use domain::id::GameId;
use domain::listing::{ListPage, ListQuery, ListStart};
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use testkit::{Kind, TestShop, on_both_databases, operator};
use uuid::Uuid;

use super::lists::walk;

async fn set(shop: &TestShop, game: GameId, fields: &[(OverrideField, Option<OverrideValue>)]) {
    let change = |(field, value): &(OverrideField, Option<OverrideValue>)| OverrideChange {
        field: *field,
        value: value.clone(),
    };
    let changes = fields.iter().map(change).collect();
    let catalog = shop.shop.catalog();
    catalog.override_fields(game, changes, operator()).await.unwrap();
}

#[on_both_databases]
async fn games_that_look_like_one_stand_together(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(5).await;
    let games: Vec<GameId> = games.iter().map(|id| GameId(Uuid::parse_str(id).unwrap())).collect();
    let list = async |query: &ListQuery| shop.shop.offers().possible_duplicates(query).await.unwrap();
    let found = async || {
        let found = walk!(list, ListQuery::default(), |game| game.id);
        found.into_iter().filter(|id| games.contains(id)).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(OverrideValue::Text(text.to_owned()));
    let named = |title: &str, region: &str| {
        [
            (OverrideField::Title, text(title)),
            (OverrideField::ActivationService, text("Steam")),
            (OverrideField::Region, text(region)),
        ]
    };
    // Two pairs however they are written, and one of another region.
    for (at, title, region) in [
        (0, "Zzz Odd Game Steam Key GLOBAL", "Global"),
        (1, "Yyy Odd Game", "Global"),
        (2, "ZZZ: odd game", "Global"),
        (3, "yyy odd game Steam Key", "Global"),
        (4, "Yyy Odd Game", "Europe"),
    ] {
        set(&shop, games[at], &named(title, region)).await;
    }
    let all = found().await;
    let mut pairs = [vec![games[1], games[3]], vec![games[0], games[2]]];
    pairs.iter_mut().for_each(|pair| pair.sort_unstable());
    assert_eq!(all, pairs.concat(), "each pair stands together");
    let mut staff = shop.staff().await;
    let page = staff.get("/admin/possible-duplicates").await;
    assert!(page.text.contains("ZZZ: odd game"), "{}", page.text);
    // One that is withdrawn is none, and one that has its own name again.
    set(
        &shop,
        games[0],
        &[(OverrideField::Hidden, Some(OverrideValue::Flag(true)))],
    )
    .await;
    set(&shop, games[1], &[(OverrideField::Title, None)]).await;
    assert_eq!(found().await, []);
}
