//! Tests of keys and their rows.

use super::*;

fn key(text: &str) -> Result<String, &'static str> {
    KeyText::parse(text).map(|key| key.expose().to_owned())
}

#[test]
fn a_key_is_what_shows_between_the_spaces_around_it() {
    for text in [
        "AAAA-BBBB",
        "aaaa-BbBb",
        "a b",
        "ключ",
        "=1+1",
        "\"x\"",
        &"é".repeat(1_000),
    ] {
        assert_eq!(key(&format!(" \t{text}\r\n")).as_deref(), Ok(text));
    }
    for text in [
        "",
        " ",
        "\u{feff}",
        "A\0B",
        "A\nB",
        "A\u{200b}B",
        "A\u{202e}B",
        "A\u{3164}",
        &"é".repeat(1_001),
    ] {
        let why = key(text).unwrap_err();
        assert!(why.starts_with("has "), "{text:?}: {why}");
    }
}

#[test]
fn a_key_never_shows_itself() {
    let content = KeyRowContent::read("portal", "SECRET-KEY", "").unwrap();
    let row = KeyRow {
        line: 1,
        content: Ok(content),
    };
    assert!(!format!("{row:?}").contains("SECRET"), "{row:?}");
}

#[test]
fn a_row_has_a_game_a_key_and_perhaps_a_cost() {
    let read = |game, key, cost| KeyRowContent::read(game, key, cost);
    let row = read(" portal ", "K", " 1.5 ").unwrap();
    assert_eq!((row.game.as_deref(), row.cost), (Some("portal"), Some(Cents::new(150))));
    let row = read(" ", "K", "0").unwrap();
    assert_eq!((row.game, row.cost), (None, Some(Cents::ZERO)));
    for cost in ["-1", "1,5", "1.999", "1e3", "a", "£1", "9999999999999999999"] {
        assert!(read("portal", "K", cost).unwrap_err().contains("cost"), "{cost}");
    }
}

#[test]
fn each_state_has_a_name_of_its_own() {
    for state in OwnKeyState::ALL {
        assert_eq!(OwnKeyState::parse(state.as_str()), Some(state));
    }
    assert_eq!(OwnKeyState::parse("sold"), None);
}
