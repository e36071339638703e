//! Each row of an import has its fate, once; an import that is undone is as if it had never been.

use std::sync::atomic::Ordering;

use domain::id::SupplierName;
use domain::own_key::{KeyFormat, KeyImportId};
use domain::refusal::Refusal;
use services::Error;
use services::view::TrailFilter;
use testkit::{Kind, TestShop, on_both_databases};
use uuid::Uuid;

use super::{broken, debited, games, import, number, own_offer, stock, undo};

#[on_both_databases]
async fn each_row_has_its_fate_and_what_is_taken_is_for_sale(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let found = games(&shop, 2).await;
    let (one, two) = (found[0], found[1]);
    let slug = shop.shop.offers().of(one).await.unwrap().game.slug;
    let of_two = shop.db.offers().of_games(&[two]).await.unwrap();
    let product = of_two[0].product.to_string();
    stock(&shop, two, &["HELD"], "", None).await;
    let file = format!(
        "key,cost,game\nA-1,1.50,{slug}\nA-2,,{one}\n a-1 ,2,{product}\nA-1,,{two}\nHELD,,{one}\nB,,nothing\nC,x,{one}\n,,{one}\n\
         \"D,\"\"1\"\"\",0,{one}\nE,3,\n"
    );
    let (report, told) = import(&shop, &file, None).await.unwrap();
    let expected = [
        "2 taken",
        "3 taken",
        "4 taken",
        "5 duplicate of line 2",
        "6 duplicate of a key that the shop has or had",
        "7 unknown game",
        "8 unreadable: has a cost that is no amount such as 12.50",
        "9 unreadable: has no key",
        "10 taken",
        "11 unknown game",
    ];
    assert_eq!(told, expected);
    let sums = (report.taken, report.duplicates, report.unknown, report.unreadable);
    assert_eq!((sums, report.is_whole()), ((4, 2, 2, 2), false));
    let copies = async |game| {
        own_offer(&shop, game)
            .await
            .map(|offer| (offer.supplier_qty, offer.cost.get()))
    };
    // The cost of an offer is the last one that was said of its keys.
    assert_eq!((copies(one).await, copies(two).await), (Some((3, 0)), Some((2, 200))));
    assert_eq!(
        (debited(&shop, "key_stock").await, debited(&shop, "owner").await),
        (350, -350)
    );
    assert_eq!(broken(&shop).await, [""; 0]);
    let counts = shop.db.own_keys().counts(report.id).await.unwrap();
    assert_eq!((counts.free, counts.sold(), counts.withdrawn), (4, 0, 0));
    // What was not taken can be looked up later.
    let kept = shop.shop.own_keys().one_import(report.id).await.unwrap();
    let kept_rows: Vec<String> = kept
        .untaken
        .iter()
        .map(|(line, fate)| format!("{line} {fate}"))
        .collect();
    let untaken: Vec<String> = told.into_iter().filter(|told| !told.ends_with("taken")).collect();
    assert_eq!((kept_rows, kept.untaken_count), (untaken, 6));
}

#[on_both_databases]
async fn a_file_once_more_takes_what_was_not_taken(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let file = |to: u32| {
        let rows = (0..to).map(|number| format!("{game},KEY-{number},1\n"));
        format!("game,key,cost\n{}", rows.collect::<String>())
    };
    // More than one transaction.
    let (first, told) = import(&shop, &file(1_203), None).await.unwrap();
    assert_eq!((first.taken, told.len()), (1_203, 1_203));
    assert_eq!((told[0].as_str(), told[1_202].as_str()), ("2 taken", "1204 taken"));
    let (again, _) = import(&shop, &file(1_205), None).await.unwrap();
    assert_eq!((again.taken, again.duplicates), (2, 1_203));
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 1_205);
    assert_eq!(broken(&shop).await, [""; 0]);

    let undone = undo(&shop, first.id).await.unwrap();
    assert_eq!(
        (undone.withdrawn, undone.counts.withdrawn, undone.counts.free),
        (1_203, 1_203, 0)
    );
    assert_eq!(own_offer(&shop, game).await.unwrap().supplier_qty, 2);
    assert_eq!(debited(&shop, "key_stock").await, 200);
    let left = "SELECT COUNT(*) FROM own_keys WHERE state = 'withdrawn' AND sealed IS NOT NULL";
    assert_eq!(number(&shop, left).await, 0, "sealed bytes are gone");
    let once_more = undo(&shop, first.id).await.unwrap();
    assert_eq!((once_more.withdrawn, once_more.counts), (0, undone.counts));
    assert_eq!(broken(&shop).await, [""; 0]);
    // What was taken back may come again.
    let (third, _) = import(&shop, &file(1_205), None).await.unwrap();
    assert_eq!((third.taken, third.duplicates), (1_203, 2));
    assert_eq!(
        (debited(&shop, "key_stock").await, debited(&shop, "owner").await),
        (120_500, -120_500)
    );
    assert_eq!(broken(&shop).await, [""; 0]);
    let nothing = undo(&shop, KeyImportId(Uuid::nil())).await;
    assert!(
        matches!(nothing, Err(Error::Refused(Refusal::KeyImportNotFound))),
        "{nothing:?}"
    );
}

#[on_both_databases]
async fn an_import_and_its_undoing_have_an_entry_each_in_the_trail(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let (report, _) = import(&shop, &format!("game,key\n{game},A\n{game},B\nnone,C\n"), Some(1_999))
        .await
        .unwrap();
    undo(&shop, report.id).await.unwrap();
    undo(&shop, report.id).await.unwrap();
    let entries = shop.shop.trail().list(&TrailFilter::default(), None, 10).await.unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.action.as_str(),
                entry.subject.clone(),
                entry.before.as_deref(),
                entry.after.as_deref(),
            )
        })
        .collect();
    let id = report.id.to_string();
    let expected = [
        (
            "keys.undo",
            id.clone(),
            Some("keys.csv: 2 unsold, 0 sold"),
            Some("keys.csv: 0 unsold, 0 sold"),
        ),
        ("keys.import", id, None, Some("keys.csv: 3 rows, sold at 19.99 EUR")),
    ];
    assert_eq!(told, expected);
}

#[on_both_databases]
async fn what_cannot_begin_is_refused_and_changes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    for (file, price, why) in [
        (format!("game,key\n{game},A\n"), Some(0), "price must be above 0"),
        (format!("game,key\n{game},\"A\n"), None, "line 2: a quote is opened"),
        ("game,key\n".to_owned(), None, "has no keys"),
        ("key\nA\n".to_owned(), None, "line 1: the header has no column `game`"),
    ] {
        let refused = import(&shop, &file, price).await.unwrap_err();
        let Error::Refused(Refusal::Invalid(wrong)) = refused else {
            panic!("{refused:?}")
        };
        let told = format!("{} {}", wrong[0].field, wrong[0].message);
        assert!(told.contains(why), "{told}");
    }
    let too_large = vec![b'x'; domain::own_key::IMPORT_BYTES_MAX + 1];
    let refused = shop.shop.own_keys().rows(&too_large, KeyFormat::Lines, Some("x"));
    assert!(matches!(refused, Err(Refusal::Invalid(_))));
    assert_eq!(number(&shop, "SELECT COUNT(*) FROM key_imports").await, 0);
}

#[on_both_databases]
async fn statements_do_not_grow_with_the_rows(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let found = games(&shop, 20).await;
    let file = |from: usize, rows: usize| {
        let rows = (from..from + rows).map(|number| format!("{},KEY-{number},1\n", found[number % 20]));
        format!("game,key,cost\n{}", rows.collect::<String>())
    };
    import(&shop, &file(0, 25), None).await.unwrap();
    let mut counted = Vec::new();
    for (from, rows) in [(100, 25), (1_000, 500)] {
        let before = shop.statements.load(Ordering::SeqCst);
        import(&shop, &file(from, rows), None).await.unwrap();
        counted.push(shop.statements.load(Ordering::SeqCst) - before);
    }
    // SQLite writes 100 rows at once, into four tables; and the search index reads what changed when it likes.
    assert!(counted[1] <= counted[0] + 25 && counted[0] < 50, "{counted:?}");
}

#[on_both_databases]
async fn an_own_offer_stays_with_its_game(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let found = games(&shop, 2).await;
    stock(&shop, found[0], &["A"], "", None).await;
    let own = own_offer(&shop, found[0]).await.unwrap();
    assert_eq!(
        (own.supplier.clone(), own.product.to_string()),
        (SupplierName::own(), found[0].to_string())
    );
    let offers = shop.shop.offers();
    let linked = offers.link(own.id, found[1], testkit::operator()).await;
    let unlinked = offers.unlink(own.id, testkit::operator()).await;
    for refused in [linked, unlinked] {
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::OwnOfferStays))),
            "{refused:?}"
        );
    }
    assert_eq!(own_offer(&shop, found[0]).await.unwrap().game, found[0]);
}
