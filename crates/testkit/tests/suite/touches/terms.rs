//! The steps in which staff add, rename, merge and delete the names that games are grouped by.

use domain::term::{Term, TermText};
use testkit::TestShop;

use super::walk::{Site, Walk};

const ADDED: Site = ("services/terms.rs::add", "tags");
const CHANGED: Site = ("services/terms.rs::change", "genres");
const MERGED: Site = ("services/terms.rs::merge", "game_genres");
const DELETED: Site = ("services/terms.rs::delete", "game_genres");

fn text(name: &str) -> TermText {
    TermText::read(name, "", "").unwrap()
}

/// Of three genres that games have, one is renamed and described, one merged into it, and one deleted and added again.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let (terms, by) = (shop.shop.terms(), testkit::operator());
    walk.step(&[ADDED], terms.add(Term::Tag, text("Ours alone"), by))
        .await
        .unwrap();
    let genres = terms.all(Term::Genre).await.unwrap();
    let used: Vec<_> = genres.into_iter().filter(|genre| genre.games > 0).take(3).collect();
    let renamed = text("Renamed by staff");
    walk.step(&[CHANGED], terms.change(Term::Genre, used[0].id, renamed.clone(), by))
        .await
        .unwrap();
    let described = TermText {
        description: Some("What it is".to_owned()),
        ..renamed
    };
    walk.step(&[CHANGED], terms.change(Term::Genre, used[0].id, described, by))
        .await
        .unwrap();
    walk.step(&[MERGED], terms.merge(Term::Genre, used[1].id, used[0].id, by))
        .await
        .unwrap();
    walk.step(&[DELETED], terms.delete(Term::Genre, used[2].id, by))
        .await
        .unwrap();
    let again = [("services/terms.rs::add", "genre_aliases")];
    walk.step(&again, terms.add(Term::Genre, text(&used[2].text.name), by))
        .await
        .unwrap();
}
