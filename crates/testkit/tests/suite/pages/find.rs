//! Finding a game: typed into the search box by keyboard alone, with typing errors, and by ticking filters without scripts.

use testkit::{Key, Kind, Look, Person, TestShop, on_both_databases};

/// A word of seven letters or more that begins a title, in lower case, and that title.
async fn title_and_word(shop: &TestShop) -> (String, String) {
    let all = shop.json("/api/games?pageSize=100").await;
    let titles = all["data"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|game| game["title"].as_str().unwrap());
    let mut usable = titles.filter_map(|title| {
        let word = title.split(' ').next().unwrap();
        let fits = word.len() >= 7 && word.bytes().all(|b| b.is_ascii_alphabetic());
        fits.then(|| (title.to_owned(), word.to_lowercase()))
    });
    usable.next().unwrap()
}

#[on_both_databases]
async fn a_guest_finds_a_game_by_keyboard_alone(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (_, word) = title_and_word(&shop).await;
    let guest = Person::visiting(&shop.url).await;
    for look in [Look::WIDE, Look::NARROW.dark()] {
        let window = guest.window(look).await;
        assert_eq!(window.go("/catalogue").await, 200);
        let mut steps = 0;
        while window.focused().await != "input#find Search games" {
            window.press(Key::Tab).await;
            steps += 1;
            assert!(steps < 12, "the search box is far: {}", window.focused().await);
        }
        let typed = &word[..5];
        window.type_text(typed).await;
        // A key that comes late is a question of its own: the answer to the last of them takes the choice away.
        window
            .until(&format!(
                "document.querySelectorAll('.fits[data-of=\"{typed}\"] li').length > 0"
            ))
            .await;
        assert_eq!(window.sticks_out().await, 0, "what fits stands within the page");
        assert_eq!(
            window.attribute("#find", "aria-expanded").await.as_deref(),
            Some("true")
        );
        window.press(Key::Down).await;
        let chosen = window.text(".fits [aria-selected=true]").await;
        assert_eq!(window.press_and_follow(Key::Enter).await, 200);
        assert!(window.address().await.starts_with("/game/"), "{chosen}");
        assert!(chosen.starts_with(&window.text("h1").await), "{chosen}");
        window.quiet().await;
    }
}

#[on_both_databases]
async fn a_slip_is_forgiven_and_filters_work_without_scripts(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (_, word) = title_and_word(&shop).await;
    let guest = Person::visiting(&shop.url).await;
    let window = guest.window(Look::NARROW.without_scripts()).await;
    assert_eq!(window.go("/catalogue").await, 200);
    window.fill("#find", &format!("{}q{}", &word[..2], &word[3..])).await;
    assert_eq!(window.press_and_follow(Key::Enter).await, 200);
    assert!(
        window.count(".grid .card").await >= 1,
        "{word} with a typing error finds nothing"
    );

    assert_eq!(window.go("/catalogue?genres=Action").await, 200);
    let told = window.text(".found").await;
    // Narrow windows fold the filters away; a click unfolds them without a script.
    window.click(".filters > summary").await;
    let ticked = window.text("#filters label:has(input[value=Action])").await;
    let games = told.split(' ').next().unwrap();
    assert!(
        ticked.contains(games),
        "the box says as many as the list: {ticked}, {told}"
    );
    assert_eq!(window.sticks_out().await, 0);
    window.quiet().await;
}
