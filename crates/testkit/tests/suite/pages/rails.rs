//! Rows that scroll sideways: by finger, by arrows and by Tab, without a keyboard trap.

use std::time::Duration;

use serde_json::Value;
use testkit::{Key, Kind, Look, Person, TestShop, Window, on_both_databases};

use super::LOOKS;

/// How far it is scrolled, in pixels.
async fn scrolled(window: &Window<'_>, rail: &str) -> f64 {
    window.ask_of(rail, "it.scrollLeft").await.as_f64().unwrap()
}

/// Waits until it is scrolled further than `from`, and has come to rest.
async fn scrolls_on(window: &Window<'_>, rail: &str, from: f64) {
    window
        .until(&format!(
            "document.querySelector({}).scrollLeft > {from} + 10",
            Value::from(rail)
        ))
        .await;
    comes_to_rest(window, rail).await;
}

async fn comes_to_rest(window: &Window<'_>, rail: &str) {
    let mut before = -1.0;
    loop {
        let now = scrolled(window, rail).await;
        if (now - before).abs() < 0.5 {
            return;
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}

/// Presses a key until it has its effect, as a person would: on a busy machine one that comes while the page is still laid
/// out is lost.
async fn press_until(window: &Window<'_>, key: Key, effect: &str) {
    for _ in 0..10 {
        window.press(key).await;
        for _ in 0..20 {
            if window.ask(effect).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    panic!("never, however often {key:?} is pressed: {effect}");
}

/// Presses Tab until the focus is on the rail itself.
async fn reach(window: &Window<'_>, rail: &str) {
    let here = format!(
        "document.activeElement === document.querySelector({})",
        Value::from(rail)
    );
    for _ in 0..200 {
        window.press(Key::Tab).await;
        if window.ask(&here).await == true {
            return;
        }
    }
    panic!("{rail} cannot be reached by Tab");
}

/// Whether the thing with the focus stands in the rail.
async fn focus_within(window: &Window<'_>, rail: &str) -> bool {
    let within = "it !== document.activeElement && it.contains(document.activeElement)";
    window.ask_of(rail, within).await == true
}

/// Waits until the thing with the focus is seen from side to side; without scripts browsers leave one where it is that
/// begins within the window.
async fn comes_into_view(window: &Window<'_>, rail: &str, look: Look) {
    let right = if look.scripts { "at.right" } else { "at.left" };
    window
        .until(&format!(
            "(() => {{ const at = document.activeElement.getBoundingClientRect(), \
             frame = document.querySelector({}).getBoundingClientRect(); \
             return at.left >= frame.left - 1 && {right} <= frame.right + 1; }})()",
            Value::from(rail)
        ))
        .await;
}

/// A ring that can be seen: of some width, and no colour that lets through what is below.
async fn has_a_ring(window: &Window<'_>) -> bool {
    let ring = "(() => { const style = getComputedStyle(document.activeElement); \
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 \
                && !['transparent', 'rgba(0, 0, 0, 0)'].includes(style.outlineColor); })()";
    window.ask(ring).await == true
}

/// Everything that a rail has to bear, on the page where it stands.
async fn bears(window: &Window<'_>, path: &str, rail: &str, look: Look) {
    assert_eq!(window.go(path).await, 200);
    let things = window.count(&format!("{rail} a")).await;
    assert!(things > 1, "{path} has something in {rail}");
    let room = window.ask_of(rail, "it.scrollWidth - it.clientWidth").await;
    assert!(
        room.as_f64().unwrap() > 20.0,
        "{rail} is longer than the window at {look:?}"
    );

    if look.touch {
        window.swipe_left(rail, 150).await;
        scrolls_on(window, rail, 0.0).await;
        assert_eq!(window.address().await, path, "a swipe opens nothing");
        window
            .ask_of(rail, "it.scrollTo({ left: 0, behavior: 'instant' })")
            .await;
    }

    reach(window, rail).await;
    assert!(
        has_a_ring(window).await,
        "{rail} shows that it has the focus at {look:?}"
    );
    let here = format!("document.querySelector({}).scrollLeft", Value::from(rail));
    let before = scrolled(window, rail).await;
    press_until(window, Key::Right, &format!("{here} > {before} + 10")).await;
    comes_to_rest(window, rail).await;
    let there = scrolled(window, rail).await;
    press_until(window, Key::Left, &format!("{here} < {there} - 10")).await;
    // A key's smooth way, still under way, would undo what the focus scrolls.
    comes_to_rest(window, rail).await;

    // Each thing in it is reached in turn, and seen when it is.
    for at in 1..=things {
        window.press(Key::Tab).await;
        assert!(focus_within(window, rail).await, "thing {at} of {rail} at {look:?}");
        comes_into_view(window, rail, look).await;
        if !look.scripts {
            comes_to_rest(window, rail).await;
        }
        assert!(has_a_ring(window).await, "thing {at} of {rail} at {look:?}");
    }
    assert!(
        scrolled(window, rail).await > 20.0,
        "the last thing has scrolled into view"
    );
    let mut steps = 0;
    while focus_within(window, rail).await {
        window.press(Key::Tab).await;
        steps += 1;
        assert!(steps < 4, "{rail} lets nobody out at {look:?}");
    }
    assert_eq!(window.sticks_out().await, 0, "{path} at {look:?}");
    window.quiet().await;
}

#[on_both_databases]
async fn rows_are_scrolled_by_finger_and_by_keys(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let list = shop.json("/api/games?pageSize=1").await;
    let game = format!("/game/{}", list["data"]["data"][0]["slug"].as_str().unwrap());
    let guest = Person::visiting(&shop.url).await;
    for look in LOOKS {
        let window = guest.window(look).await;
        bears(&window, "/", "section[aria-labelledby=popular] .rail", look).await;
        if !look.scripts || look.touch {
            bears(&window, &game, ".gallery", look).await;
        }
    }
}
