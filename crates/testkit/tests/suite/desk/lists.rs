//! Lists by keyset: every page follows the one before, in both directions, in every order, with every filter.

use domain::listing::{ListPage, ListQuery, ListStart};
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use domain::term::Term;
use testkit::{Kind, TestShop, on_both_databases, operator};

/// Asks for pages of three to the end and back, and compares both with a page of all.
macro_rules! walk {
    ($list:expr, $query:expr, $key:expr) => {{
        let all = $list(&ListQuery {
            limit: 500,
            ..$query.clone()
        })
        .await;
        assert_eq!((&all.previous, &all.next), (&None, &None));
        let whole: Vec<_> = all.rows.iter().map($key).collect();
        let (mut forth, mut start) = (Vec::new(), ListStart::First);
        let mut last: ListPage<_>;
        loop {
            let limit = 3;
            let query = ListQuery {
                start,
                limit,
                ..$query.clone()
            };
            last = $list(&query).await;
            assert!(last.rows.len() <= 3);
            forth.extend(last.rows.iter().map($key));
            match last.next.clone() {
                Some(place) => start = ListStart::After(place),
                None => break,
            }
        }
        assert_eq!(forth, whole, "{:?}", $query);
        let mut back: Vec<_> = last.rows.iter().map($key).rev().collect();
        while let Some(place) = last.previous.clone() {
            let start = ListStart::Before(place);
            last = $list(&ListQuery {
                start,
                limit: 3,
                ..$query.clone()
            })
            .await;
            back.extend(last.rows.iter().map($key).rev());
        }
        back.reverse();
        assert_eq!(back, whole, "{:?} from its end", $query);
        whole
    }};
}
pub(super) use walk;

fn query(sort: &'static str, is_descending: bool) -> ListQuery {
    ListQuery {
        sort,
        is_descending,
        ..ListQuery::default()
    }
}

#[on_both_databases]
async fn games_are_listed_in_every_order(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = async |query: &ListQuery| shop.shop.catalog().managed_list(query).await.unwrap();
    let mut counts = Vec::new();
    for (sort, is_descending) in [("title", false), ("title", true), ("added", false), ("added", true)] {
        let ids = walk!(list, query(sort, is_descending), |game| game.id);
        counts.push(ids.len());
    }
    assert!(
        counts[0] > 80 && counts.iter().all(|count| *count == counts[0]),
        "{counts:?}"
    );
    let titles = walk!(list, query("title", false), |game| domain::search::fold(&game.title));
    assert!(
        titles.is_sorted() || kind == Kind::Postgres,
        "PostgreSQL sorts as its collation says"
    );
}

#[on_both_databases]
async fn games_are_found_by_words_and_by_state(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = async |query: &ListQuery| shop.shop.catalog().managed_list(query).await.unwrap();
    let all = walk!(list, query("title", false), |game| (game.id, game.title.clone()));
    let (id, title) = all[all.len() / 2].clone();
    let changes = [
        (OverrideField::Hidden, OverrideValue::Flag(true)),
        (OverrideField::Developer, OverrideValue::Text("Somebody".to_owned())),
    ];
    let changes = changes.map(|(field, value)| OverrideChange {
        field,
        value: Some(value),
    });
    shop.shop
        .catalog()
        .override_fields(id, changes.into(), operator())
        .await
        .unwrap();
    let with = |state: &str, search: &str| ListQuery {
        search: search.to_owned(),
        filters: vec![("state", state.to_owned())],
        ..query("added", true)
    };
    for (state, count) in [("withdrawn", 1), ("overridden", 1), ("shown", all.len() - 1)] {
        let found = walk!(list, with(state, ""), |game| game.id);
        assert!(
            found.len() == count || state == "shown" && found.len() <= count,
            "{state}: {}",
            found.len()
        );
        assert_eq!(found.contains(&id), state != "shown", "{state}");
    }
    let found = list(&ListQuery {
        limit: 9,
        ..with("withdrawn", &title.to_uppercase())
    })
    .await;
    assert_eq!(
        (found.rows.len(), found.rows[0].overridden, found.rows[0].withdrawn),
        (1, 2, true)
    );
    // Signs are no part of a folded text: nothing is searched for, and nothing is a pattern.
    let unfiltered = list(&ListQuery {
        limit: 9,
        ..with("", "")
    })
    .await;
    for sign in ["%", "_", "!", "'"] {
        assert_eq!(
            list(&ListQuery {
                limit: 9,
                ..with("", sign)
            })
            .await,
            unfiltered,
            "{sign}"
        );
    }
    assert!(list(&with("", "no such game at all")).await.rows.is_empty());
}

#[on_both_databases]
async fn offers_are_listed_and_found(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = async |query: &ListQuery| shop.shop.offers().managed_list(query).await.unwrap();
    for (sort, is_descending) in [("added", true), ("added", false), ("product", false), ("product", true)] {
        let offers = walk!(list, query(sort, is_descending), |offer| offer.id);
        assert!(offers.len() > 80, "{sort}");
    }
    let all = list(&ListQuery {
        limit: 500,
        ..query("added", true)
    })
    .await
    .rows;
    let one = &all[7];
    let filtered = |name: &'static str, value: &str| ListQuery {
        filters: vec![(name, value.to_owned())],
        ..query("added", true)
    };
    let of_game = walk!(list, filtered("game", &one.game.to_string()), |offer| offer.id);
    assert_eq!(of_game, [one.id]);
    let sold = walk!(list, filtered("state", "for_sale"), |offer| offer.id).len();
    let gone = walk!(list, filtered("state", "hidden"), |offer| offer.id).len();
    let out = walk!(list, filtered("state", "sold_out"), |offer| offer.id).len();
    let parked = walk!(list, filtered("state", "parked"), |offer| offer.id).len();
    assert_eq!(sold + gone + out + parked, all.len());
    assert_eq!(
        walk!(list, filtered("supplier", "g2a"), |offer| offer.id).len(),
        all.len()
    );
    assert_eq!(walk!(list, filtered("supplier", "other"), |offer| offer.id).len(), 0);
    for search in [one.product.to_string(), one.title.clone()] {
        let found = list(&ListQuery {
            search: search.clone(),
            limit: 50,
            ..query("added", true)
        })
        .await;
        assert!(found.rows.iter().any(|offer| offer.id == one.id), "{search}");
    }
}

#[on_both_databases]
async fn names_are_counted(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = async |query: &ListQuery| shop.shop.terms().managed_list(Term::Genre, query).await.unwrap();
    let genres = walk!(list, query("name", false), |genre| (
        genre.text.name.clone(),
        genre.games
    ));
    assert!(
        !genres.is_empty() && genres.iter().all(|(_, games)| *games > 0),
        "{genres:?}"
    );
    let (name, _) = &genres[0];
    let found = list(&ListQuery {
        search: name.to_uppercase(),
        limit: 9,
        ..query("name", false)
    })
    .await;
    assert!(found.rows.iter().any(|genre| genre.text.name == *name));
    let none = list(&ListQuery {
        search: "100%".to_owned(),
        limit: 9,
        ..query("name", false)
    })
    .await;
    assert!(none.rows.is_empty());
}

#[on_both_databases]
async fn a_place_of_another_order_begins_anew(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = async |query: &ListQuery| shop.shop.catalog().managed_list(query).await.unwrap();
    let first = list(&ListQuery {
        limit: 3,
        ..query("title", false)
    })
    .await;
    let start = ListStart::After(first.next.unwrap());
    let other = list(&ListQuery {
        limit: 3,
        start,
        ..query("added", false)
    })
    .await;
    let begun = list(&ListQuery {
        limit: 3,
        ..query("added", false)
    })
    .await;
    assert_eq!(other, begun);
}
