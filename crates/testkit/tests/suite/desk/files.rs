//! Tables as CSV files: all rows of the filters, and no text that a spreadsheet runs.

use domain::id::GameId;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use testkit::{Client, Kind, TestShop, on_both_databases, operator};
use uuid::Uuid;

/// The lines of a file; a quoted field of the shop's own never has a line end.
async fn lines(staff: &mut Client, path: &str) -> Vec<String> {
    let answer = staff.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert_eq!(
        answer.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    assert!(
        answer.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"")
    );
    let text = answer.text.strip_suffix("\r\n").unwrap();
    text.split("\r\n").map(str::to_owned).collect()
}

#[on_both_databases]
async fn a_file_has_every_row_of_its_filters_and_no_formula(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let id = GameId(Uuid::parse_str(&game).unwrap());
    let formula = "=HYPERLINK(\"http://evil.example\", \"Fun\")";
    let change = OverrideChange {
        field: OverrideField::Title,
        value: Some(OverrideValue::Text(formula.to_owned())),
    };
    shop.shop
        .catalog()
        .override_fields(id, vec![change], operator())
        .await
        .unwrap();
    // More rows than are read at once.
    copy_offers(&shop, 1_200).await;
    let mut staff = shop.staff().await;
    let games = lines(&mut staff, "/admin/games.csv").await;
    assert!(
        games[0].starts_with("Title,Service,Region,State,Price,Copies"),
        "{}",
        games[0]
    );
    let line = games.iter().find(|line| line.contains("HYPERLINK")).unwrap();
    assert!(
        line.starts_with("\"'=HYPERLINK(\"\"http://evil.example\"\", \"\"Fun\"\")\","),
        "{line}"
    );
    let set = lines(&mut staff, "/admin/games.csv?state=overridden").await;
    assert_eq!((set.len(), &set[1]), (2, line));
    let offers = lines(&mut staff, "/admin/offers.csv?sort=product").await;
    let count: u64 = shop.db.offers().managed_list(&everything()).await.unwrap().rows.len() as u64;
    assert!(
        count > 1_200 && offers.len() as u64 == count + 1,
        "{count} offers, {} lines",
        offers.len()
    );
    for path in [
        "/admin/games.csv?state=odd",
        "/admin/offers.csv?sort=odd",
        "/admin/offers.csv?game=odd",
    ] {
        assert_eq!(staff.get(path).await.status, 400, "{path}");
    }
}

fn everything() -> domain::listing::ListQuery {
    domain::listing::ListQuery {
        limit: 10_000,
        ..Default::default()
    }
}

/// Adds offers of another supplier, which the settings do not name.
async fn copy_offers(shop: &TestShop, count: u32) {
    let tx = shop.db.begin().await.unwrap();
    let supplier = domain::id::SupplierName::parse("other").unwrap();
    let game = shop
        .db
        .offers()
        .some_shown(&domain::id::SupplierName::g2a(), 1)
        .await
        .unwrap()[0]
        .1;
    let columns = "game_id, supplier, product_id, cost_cents, price_cents, supplier_qty, reserved, hidden, parked, number, \
                   fingerprint, supplier_updated_at, observed_at, created_at, updated_at";
    for number in 1..=count {
        let id = Uuid::from_u128(u128::from(number) << 64 | 7);
        let id = if shop.database.url.starts_with("sqlite") {
            format!("x'{}'", id.simple())
        } else {
            format!("'{id}'")
        };
        let game = if shop.database.url.starts_with("sqlite") {
            format!("x'{}'", game.0.simple())
        } else {
            format!("'{game}'")
        };
        let text = format!(
            "INSERT INTO offers (id, {columns}) VALUES ({id}, {game}, '{supplier}', 'copy-{number}', 100, 200, 0, 0, FALSE, FALSE, \
             {number}, 0, '', 1, {number}, 1)"
        );
        tx.execute_for_test(&text).await.unwrap();
    }
    tx.commit().await.unwrap();
}
