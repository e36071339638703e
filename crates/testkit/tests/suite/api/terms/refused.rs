//! What cannot be done with names is refused, in words that help.

use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

use super::{GENRES, genres};

#[on_both_databases]
async fn what_cannot_be_done_is_refused_in_words(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let all = genres(&mut staff).await;
    let [(one, one_name, _), (other, other_name, _)] = &all[..2] else {
        panic!("two genres");
    };
    let path = format!("{GENRES}/{one}");
    for (name, slug) in [
        (other_name.as_str(), None),
        ("New", Some(domain::term::slug(other_name))),
    ] {
        let answer = staff.put(&path, &json!({"name": name, "slug": slug})).await;
        assert_eq!((answer.status, answer.code()), (409, "BIZ010"), "{}", answer.body);
        let told = format!("taken by “{other_name}”: merge the two");
        assert!(answer.text.contains(&told), "{}", answer.text);
    }
    staff.put(&path, &json!({"name": "Renamed"})).await;
    let answer = staff.post(GENRES, &json!({"name": one_name})).await;
    assert_eq!(answer.status, 409, "it is an alias: {}", answer.body);
    // What it was called before, it may be called again; the other name becomes free.
    let back = staff.put(&path, &json!({"name": one_name})).await;
    assert_eq!(back.status, 200, "{}", back.body);
    let into = format!("{path}?into={one}");
    assert_eq!(staff.delete(&into).await.status, 409, "into itself");
    for bad in [
        json!({}),
        json!({"name": " "}),
        json!({"name": "a", "slug": "A b"}),
        json!({"name": "a".repeat(121)}),
    ] {
        assert_eq!(staff.post(GENRES, &bad).await.status, 400, "{bad}");
    }
    assert_eq!(staff.delete(&format!("{GENRES}/{other}?into=x")).await.status, 400);
    let nobody = "019e0000-0000-7000-8000-00000000abcd";
    assert_eq!(
        staff.delete(&format!("{GENRES}/{other}?into={nobody}")).await.status,
        404
    );
    for missing in [nobody, "x"] {
        assert_eq!(staff.get(&format!("{GENRES}/{missing}")).await.status, 404);
    }
}

#[on_both_databases]
async fn a_name_whose_slug_another_has_can_be_described(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let game = shop.games_for_sale(1).await.remove(0);
    // Names of games are not looked at for slugs, whoever gives them.
    let set = json!({"tags": ["Role playing", "role-playing"]});
    assert_eq!(staff.put(&format!("/api/admin/games/{game}"), &set).await.status, 200);
    let tags = staff.get("/api/admin/tags").await.data().clone();
    let tags = tags.as_array().unwrap();
    let slugs: Vec<&str> = tags.iter().map(|it| it["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["role-playing", "role-playing"]);
    let (path, name) = (
        format!("/api/admin/tags/{}", tags[0]["id"].as_str().unwrap()),
        &tags[0]["name"],
    );
    let described = json!({"name": name, "description": "What it is"});
    let answer = staff.put(&path, &described).await;
    assert_eq!(
        (answer.status, &answer.data()["description"]),
        (200, &json!("What it is"))
    );
    assert_eq!(staff.put(&path, &json!({"name": "Role Playing"})).await.status, 409);
}
