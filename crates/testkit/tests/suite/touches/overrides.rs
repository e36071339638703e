//! The steps in which staff override fields of a game, withdraw it and ask for a sync, and the suppliers' terms are followed.

use domain::id::{GameId, SupplierName};
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use testkit::TestShop;
use uuid::Uuid;

use super::walk::{Site, Walk};

const OVERRIDDEN: Site = ("services/overrides.rs::override_fields", "game_overrides");
const FOLLOWED: Site = ("services/supplier_terms.rs::follow_terms", "shop_marks");
const REQUESTED: Site = ("services/sync/requests.rs::request", "outbox");

/// Every field is overridden, then all are given back.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    use OverrideField as Field;
    let game = GameId(Uuid::parse_str(&shop.games_for_sale(1).await[0]).unwrap());
    let value = |field| match field {
        Field::Hidden => OverrideValue::Flag(true),
        Field::Price => OverrideValue::Cents(7),
        Field::Platforms | Field::Genres | Field::Tags | Field::Categories => {
            OverrideValue::Texts(vec!["Ours".to_owned()])
        }
        Field::Images => OverrideValue::Texts(vec!["https://pictures.example/a.jpg".to_owned()]),
        Field::Image => OverrideValue::Text("https://pictures.example/a.jpg".to_owned()),
        Field::ReleaseDate => OverrideValue::Text("2020-02-29".to_owned()),
        _ => OverrideValue::Text("Ours".to_owned()),
    };
    let catalog = shop.shop.catalog();
    for field in Field::ALL {
        let value = Some(value(field));
        let change = vec![OverrideChange { field, value }];
        walk.step(&[OVERRIDDEN], async {
            catalog
                .override_fields(game, change, testkit::operator())
                .await
                .unwrap()
        })
        .await;
    }
    for field in Field::ALL {
        let change = vec![OverrideChange { field, value: None }];
        walk.step(&[OVERRIDDEN], async {
            catalog
                .override_fields(game, change, testkit::operator())
                .await
                .unwrap()
        })
        .await;
    }
    walk.step(&[FOLLOWED], async { shop.shop.offers().follow_terms().await.unwrap() })
        .await;
}

/// A sync is asked for; nobody runs it.
pub(super) async fn request(walk: &mut Walk, shop: &TestShop) {
    walk.step(&[REQUESTED], async {
        shop.shop
            .sync()
            .request(SupplierName::g2a(), testkit::operator())
            .await
            .unwrap();
    })
    .await;
}
