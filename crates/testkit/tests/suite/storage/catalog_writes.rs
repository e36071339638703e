//! Writing games: what is put replaces what was there, but for what is the row's own.

use domain::catalog::GameFilter;
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::money::Cents;
use domain::term::Term;
use search::{IndexPage, IndexQuery};
use storage::Error;
use testkit::{Kind, on_both_databases};

use super::{NOW, database, filled, game, hide, id, number, put, soon, stored, wait};

fn one(name: &str, number: u128) -> Vec<(String, uuid::Uuid)> {
    vec![(name.to_owned(), id(number))]
}

#[on_both_databases]
async fn put_adds_what_is_new_and_changes_what_is_known(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert_eq!(put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await, 2);
    let dearer = game(2, |facts| facts.price = Cents::new(2_500));
    assert_eq!(put(&db, &[&dearer, &game(3, |_| ())]).await, 2);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM games").await, 3);
    assert_eq!(stored(&db, 1).await, game(1, |_| ()));
    assert_eq!(stored(&db, 2).await, dearer);
}

#[on_both_databases]
async fn what_is_the_rows_own_stays(kind: Kind) {
    let (_database, db) = database(kind).await;
    let mut first = game(1, |_| ());
    put(&db, &[&first]).await;
    let mut again = game(1, |facts| facts.copies = 99);
    again.slug = "another".to_owned();
    again.created_at = Timestamp::from_micros(1);
    assert_eq!(put(&db, &[&again]).await, 1);
    first.facts.copies = 99;
    assert_eq!(stored(&db, 1).await, first);
    // Price, copies and whether it is shown can be another without the rest.
    let tx = db.begin().await.unwrap();
    let mut cheaper = game(1, |facts| (facts.price, facts.copies) = (Cents::new(5), 0));
    (cheaper.hidden, cheaper.facts.title) = (true, "Not written".to_owned());
    assert_eq!(tx.catalog().put_offered(&[&cheaper], NOW).await.unwrap(), 1);
    tx.commit().await.unwrap();
    (first.facts.price, first.facts.copies, first.hidden) = (Cents::new(5), 0, true);
    assert_eq!(stored(&db, 1).await, first);
}

#[on_both_databases]
async fn thousands_of_games_fit_into_one_put(kind: Kind) {
    let (_database, db) = database(kind).await;
    let games: Vec<_> = (1..=2_500).map(|number| game(number, |_| ())).collect();
    let games: Vec<_> = games.iter().collect();
    assert_eq!(put(&db, &games).await, 2_500);
    assert_eq!(put(&db, &games).await, 2_500);
    assert_eq!(db.catalog().highest_number().await.unwrap(), 2_500, "numbers are dense");
    let tx = db.begin().await.unwrap();
    let (ids, _) = tx
        .catalog()
        .ensure_terms(Term::Genre, &one("RPG", 1), NOW)
        .await
        .unwrap();
    let links: Vec<_> = games.iter().map(|game| (game.id, ids["RPG"])).collect();
    let of: Vec<_> = games.iter().map(|game| game.id).collect();
    tx.catalog().link(Term::Genre, &of, &links).await.unwrap();
    let locked = tx.catalog().lock_whole(&of).await.unwrap();
    assert_eq!(locked.iter().filter(|game| game.facts.genres == ["RPG"]).count(), 2_500);
    assert_eq!(hide(&tx, &of).await.unwrap(), 2_500);
}

#[on_both_databases]
async fn nothing_costs_nothing_and_no_count_is_below_zero(kind: Kind) {
    let (_database, db) = database(kind).await;
    for wrong in [
        game(1, |facts| facts.price = Cents::ZERO),
        game(2, |facts| facts.price = Cents::new(-1)),
        game(3, |facts| facts.copies = -1),
    ] {
        let tx = db.begin().await.unwrap();
        let refused = tx.catalog().put(&[&game(9, |_| ()), &wrong], NOW).await;
        assert!(
            matches!(refused, Err(Error::Statement(_))),
            "{:?}: {refused:?}",
            wrong.facts
        );
        drop(tx);
        assert!(db.catalog().is_empty().await.unwrap());
    }
}

#[on_both_databases]
async fn link_replaces_what_it_is_given_and_nothing_else(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    let (first, second) = (GameId(id(1)), GameId(id(2)));
    let tx = db.begin().await.unwrap();
    let (genres, made) = tx
        .catalog()
        .ensure_terms(Term::Genre, &[one("RPG", 1), one("Action", 2)].concat(), NOW)
        .await
        .unwrap();
    assert_eq!(made, 2);
    let (platforms, _) = tx
        .catalog()
        .ensure_terms(Term::Platform, &one("PC", 3), NOW)
        .await
        .unwrap();
    tx.catalog()
        .link(
            Term::Genre,
            &[first, second],
            &[(first, genres["RPG"]), (second, genres["RPG"])],
        )
        .await
        .unwrap();
    tx.catalog()
        .link(Term::Platform, &[first], &[(first, platforms["PC"])])
        .await
        .unwrap();
    tx.catalog()
        .link(Term::Genre, &[first], &[(first, genres["Action"])])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, 1).await.facts.genres, ["Action"]);
    assert_eq!(stored(&db, 1).await.facts.platforms, ["PC"]);
    assert_eq!(stored(&db, 2).await.facts.genres, ["RPG"]);
    let tx = db.begin().await.unwrap();
    tx.catalog().link(Term::Genre, &[first], &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(stored(&db, 1).await.facts.genres.is_empty());
    assert_eq!(stored(&db, 2).await.facts.genres, ["RPG"]);
}

#[on_both_databases]
async fn a_term_is_made_once_though_two_ask_at_once(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tasks: Vec<_> = (1..=4)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await.unwrap();
                let asked = tx
                    .catalog()
                    .ensure_terms(Term::Category, &one("Spiele & Spaß", number), NOW)
                    .await
                    .unwrap();
                wait(20).await;
                tx.commit().await.unwrap();
                asked
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(soon(task).await.unwrap());
    }
    assert_eq!(answers.iter().map(|(_, made)| made).sum::<u64>(), 1);
    assert!(
        answers.iter().all(|(ids, _)| *ids == answers[0].0 && ids.len() == 1),
        "{answers:?}"
    );
    let tx = db.begin().await.unwrap();
    let both = [one("Spiele & Spaß", 8), one("Books", 9)].concat();
    let (ids, made) = tx.catalog().ensure_terms(Term::Category, &both, NOW).await.unwrap();
    assert_eq!(
        (made, ids["Spiele & Spaß"], ids["Books"]),
        (1, answers[0].0["Spiele & Spaß"], id(9))
    );
    assert_eq!(
        tx.catalog()
            .ensure_terms(Term::Category, &Vec::new(), NOW)
            .await
            .unwrap()
            .1,
        0
    );
}

#[on_both_databases]
async fn a_hidden_game_is_gone_from_every_list_until_it_comes_back(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    let hidden = GameId(id(1));
    let tx = db.begin().await.unwrap();
    assert_eq!(hide(&tx, &[hidden, GameId(id(2)), GameId(id(404))]).await.unwrap(), 2);
    drop(tx);
    let tx = db.begin().await.unwrap();
    assert_eq!(hide(&tx, &[hidden]).await.unwrap(), 1);
    assert_eq!(hide(&tx, &[hidden]).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(db.catalog().by_id(hidden).await.unwrap().is_none());
    assert!(db.catalog().id_of_slug("game-1").await.unwrap().is_none());
    assert_eq!(db.catalog().id_of_slug("game-2").await.unwrap(), Some(GameId(id(2))));
    let all = filled(&db).await.page(&IndexQuery::by(&GameFilter {
        in_stock_only: false,
        ..GameFilter::default()
    }));
    assert_eq!(
        all,
        IndexPage {
            games: vec![GameId(id(2))],
            total: 1
        }
    );
    // Its address stays its own, and its row is there to come back.
    let tx = db.begin().await.unwrap();
    let taken = tx
        .catalog()
        .taken_slugs(&["game-1".to_owned(), "game-9".to_owned()])
        .await
        .unwrap();
    assert_eq!(taken.into_iter().collect::<Vec<_>>(), ["game-1"]);
    drop(tx);
    assert!(stored(&db, 1).await.hidden);
    put(&db, &[&game(1, |_| ())]).await;
    assert!(db.catalog().by_id(hidden).await.unwrap().is_some());
}
