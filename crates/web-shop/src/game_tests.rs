//! Tests of a game's page: its content, and the escaping of foreign text.

use fixtures::{game, named, now, site};

use super::*;

/// The page of a game without similar ones.
fn shown(game: &Game) -> String {
    let view = GameView {
        game: game.clone(),
        similar: Vec::new(),
    };
    page(&site(), &view, now())
}

#[test]
fn it_says_what_decides() {
    let html = shown(&game());
    for part in [
        "<h1>Elden Ring</h1>",
        "Activates on Steam",
        "Works in Europe only",
        "25 February 2022",
        "In stock",
        "<strong>golden</strong>",
        "Windows 10",
        "https://shop.example/game/elden-ring-pc-steam-key-europe",
        "property=\"og:title\"",
        "https://schema.org/InStock",
        "/catalogue?publishers=Bandai+Namco",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(
        !html.contains("Recommended"),
        "a column without anything in it is left out"
    );
}

#[test]
fn sold_out_and_still_to_come_are_said() {
    let mut gone = game();
    gone.facts.copies = 0;
    let html = shown(&gone);
    assert!(html.contains("Sold out") && html.contains("schema.org/OutOfStock"));
    let mut soon = game();
    soon.facts.release_date = Some("2027-03-01".to_owned());
    let html = shown(&soon);
    assert!(html.contains("released 1 March 2027") && html.contains("schema.org/PreOrder"));
}

#[test]
fn hostile_words_are_text_and_stay_in_their_block() {
    let mut hostile = named("</script><script>alert(1)</script>\"><img src=x onerror=y>");
    hostile.facts.publisher = Some("</SCRIPT><b>".to_owned());
    hostile.facts.images = vec!["javascript:alert(1)".to_owned(), "https://x\" onerror=\"y".to_owned()];
    hostile.facts.image = "https://x\" onerror=\"y".to_owned();
    let html = shown(&hostile);
    assert_eq!(html.matches("<script").count(), 2, "the shop's own and the data block");
    assert_eq!(html.to_ascii_lowercase().matches("</script").count(), 2);
    assert!(!html.contains("javascript:") && !html.contains("\" onerror=\"") && !html.contains("<img src=x"));
}
