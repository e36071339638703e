//! The administration from an owner's first step to a colleague's work: by keyboard alone, without JavaScript, on a telephone.

use std::time::Duration;

use domain::id::GameId;
use testkit::{Key, Kind, Look, PASSWORD, Person, TestShop, Window, on_both_databases};

use super::desk::{park_a_run, picture};
use super::is_well;

/// The most elements before the one that is looked for.
const STEPS_MAX: u32 = 120;

/// Somebody at a window, with a keyboard alone or with a pointer.
struct Hand<'a> {
    window: &'a Window<'a>,
    look: Look,
    has_pointer: bool,
    /// The beginning of the names of pictures; none are taken without one.
    pictures: Option<String>,
}

impl Hand<'_> {
    /// Presses Tab until the element has the focus.
    async fn reach(&self, selector: &str) {
        for _ in 0..STEPS_MAX {
            self.window.press(Key::Tab).await;
            if self.is_at(selector).await {
                return;
            }
        }
        panic!("{selector} is not reached at {}", self.window.address().await);
    }

    async fn is_at(&self, selector: &str) -> bool {
        let at = format!("document.activeElement.matches({})", serde_json::Value::from(selector));
        self.window.ask(&at).await == true
    }

    /// Follows a link or presses a button; the status of what comes.
    async fn follow(&self, selector: &str) -> u16 {
        if self.has_pointer {
            return self.window.follow(selector).await;
        }
        self.reach(selector).await;
        self.window.press_and_follow(Key::Enter).await
    }

    /// Types into a field, in place of what it holds.
    async fn fill(&self, selector: &str, text: &str) {
        if self.has_pointer {
            return self.window.fill(selector, text).await;
        }
        // The browser selects the text of a field that Tab reaches.
        self.reach(selector).await;
        self.window.type_text(text).await;
    }

    /// Chooses the option that begins so.
    async fn choose(&self, selector: &str, beginning: &str) {
        if self.has_pointer {
            // The list of options is drawn by the system, outside of the page.
            self.window.ask_of(selector, "it.focus()").await;
        } else {
            self.reach(selector).await;
        }
        self.window.type_text(beginning).await;
    }

    /// Sends the form of the page.
    async fn send(&self) -> u16 {
        self.follow(".form button").await
    }

    /// Opens a list by the navigation, and finds in it.
    async fn find(&self, list: &str, text: &str) {
        assert_eq!(self.follow(&format!(".desk-nav a[href='{list}']")).await, 200);
        if self.look.scripts && !self.has_pointer {
            self.window.type_text("/").await;
            assert!(self.is_at("#search-table").await, "{}", self.window.focused().await);
            self.window.type_text(text).await;
        } else {
            self.fill("#search-table", text).await;
        }
        assert_eq!(self.window.press_and_follow(Key::Enter).await, 200);
    }

    async fn sign_in(&self, email: &str) {
        assert_eq!(self.window.go("/sign-in").await, 200);
        self.fill("#email", email).await;
        self.fill("#password", PASSWORD).await;
        assert_eq!(self.send().await, 200);
        assert_eq!(self.follow("header a[href='/admin']").await, 200);
    }

    /// The page has no fault that a program finds.
    async fn looks_well(&self, name: &str) {
        is_well(self.window, self.look).await;
        if self.look.scripts {
            let found = self.window.inaccessible().await;
            assert!(found.is_empty(), "{name} at {:?}:\n{}", self.look, found.join("\n"));
        }
        if let Some(pictures) = &self.pictures {
            self.window.picture_to(&picture(&format!("{pictures}-{name}"))).await;
        }
    }

    async fn said(&self, beginning: &str) {
        let said = self.window.text(".said").await;
        assert!(said.starts_with(beginning), "{said}");
    }
}

async fn an_owner_makes_a_colleague(hand: &Hand<'_>, email: &str) {
    hand.sign_in("staff@example.org").await;
    hand.find("/admin/users", email.split_once('.').unwrap().0).await;
    assert_eq!(hand.window.count(".sheet tbody tr").await, 1);
    assert_eq!(hand.follow(".sheet tbody a").await, 200);
    assert_eq!(hand.follow(".desk-do a[href$='/role']").await, 200);
    hand.looks_well("role").await;
    hand.choose("#role", "Cat").await;
    hand.fill("#reason", "She looks after games.").await;
    assert_eq!(hand.send().await, 200);
    hand.said("Changed: the new role holds").await;
    hand.looks_well("colleague").await;
}

async fn a_title_is_set(hand: &Hand<'_>, shop: &TestShop, game: &str, title: &str) {
    let of_game = format!("/api/games/{game}");
    let theirs = shop.json(&of_game).await["data"]["title"].as_str().unwrap().to_owned();
    hand.find("/admin/games", &theirs).await;
    assert_eq!(hand.follow(&format!(".sheet a[href='/admin/games/{game}']")).await, 200);
    assert_eq!(hand.follow(".desk-do a[href$='/fields']").await, 200);
    hand.fill("#title", title).await;
    assert_eq!(hand.send().await, 200);
    hand.said("Saved.").await;
    hand.looks_well("title").await;
    assert_eq!(shop.json(&of_game).await["data"]["title"], title);
}

async fn two_offers_are_linked(hand: &Hand<'_>, shop: &TestShop, games: &[String], title: &str) {
    let offers = async |game: &str| {
        let game = GameId(game.parse().unwrap());
        shop.db.offers().of_games(&[game]).await.unwrap()
    };
    let offer = offers(&games[1]).await.remove(0).id.0;
    let other = shop.json(&format!("/api/games/{}", games[1])).await["data"]["title"].clone();
    hand.find("/admin/offers", other.as_str().unwrap()).await;
    assert_eq!(
        hand.follow(&format!(".row-do a[href='/admin/offers/{offer}/link']"))
            .await,
        200
    );
    hand.fill("#game", "no id").await;
    assert_eq!(hand.send().await, 400);
    let fault = "Id of the game is not an id of a game";
    assert_eq!(hand.window.text(".summary li").await, fault);
    assert_eq!(hand.window.attribute("#game", "value").await.as_deref(), Some("no id"));
    hand.looks_well("link-refused").await;
    let address = format!("{}/admin/games/{}", shop.url, games[0]);
    hand.fill("#game", &address).await;
    assert_eq!(hand.send().await, 200);
    hand.said("Linked.").await;
    assert_eq!(hand.window.count(".sheet tbody tr").await, 2);
    assert!(hand.window.text(".sheet tbody").await.contains(title));
    hand.looks_well("linked").await;
    assert_eq!(offers(&games[0]).await.len(), 2);
}

async fn a_parked_run_is_accepted(hand: &Hand<'_>, shop: &TestShop) {
    assert_eq!(hand.follow(".desk-nav a[href='/admin']").await, 200);
    assert!(hand.window.text(".desk-notes").await.contains("waits for a decision"));
    hand.looks_well("today").await;
    assert_eq!(hand.follow(".note a").await, 200);
    assert_eq!(hand.follow(".desk-do a[href$='/accept']").await, 200);
    assert_eq!(hand.window.count("#password").await, 0, "the sign-in is a proof");
    shop.clock.pass(Duration::from_secs(11 * 60));
    let accept = hand.window.address().await;
    assert_eq!(hand.window.go(&accept).await, 200);
    hand.fill("#reason", "The list was checked by hand.").await;
    hand.fill("#password", "Wrong-Horse-1").await;
    assert_eq!(hand.send().await, 400);
    assert_eq!(hand.window.text(".summary li").await, "Your password is wrong");
    assert_eq!(
        hand.window.attribute("#password", "value").await.as_deref(),
        Some(""),
        "no password is sent back"
    );
    hand.looks_well("accept-refused").await;
    hand.fill("#password", PASSWORD).await;
    assert_eq!(hand.send().await, 200);
    hand.said("Accepted").await;
    hand.looks_well("accepted").await;
}

async fn elsewhere_the_colleague_is_refused(hand: &Hand<'_>, owner_id: &str) {
    for hidden in ["users", "staff", "trail", "mails", "security-events"] {
        let link = format!(".desk-nav a[href='/admin/{hidden}']");
        assert_eq!(hand.window.count(&link).await, 0, "{hidden} is not offered");
    }
    for path in ["/admin/users".to_owned(), format!("/admin/users/{owner_id}/role")] {
        assert_eq!(hand.window.go(&path).await, 403, "{path}");
        assert_eq!(hand.window.text("h1").await, "Not allowed");
        assert_eq!(
            hand.window.text(".failure .lead").await,
            "The role of your account does not allow this"
        );
    }
    hand.looks_well("not-allowed").await;
    assert_eq!(hand.follow(".failure a[href='/admin']").await, 200);
}

#[on_both_databases]
async fn an_owner_makes_a_colleague_who_sees_to_the_catalogue_and_to_nothing_else(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let owner_id = shop.staff().await.id.unwrap().to_string();
    let games = shop.games_for_sale(6).await;
    let ways = [
        ("keyboard", Look::WIDE, false),
        ("plain", Look::WIDE.dark().without_scripts(), true),
        ("telephone", Look::NARROW, true),
    ];
    for ((name, look, has_pointer), games) in ways.into_iter().zip(games.chunks(2)) {
        let (email, title) = (format!("{name}.cat@example.org"), format!("A title for the {name}"));
        shop.customer(&email).await;
        park_a_run(&shop).await;
        let (owner, colleague) = (Person::visiting(&shop.url).await, Person::visiting(&shop.url).await);
        let (of_owner, of_colleague) = (owner.window(look).await, colleague.window(look).await);
        let at = |window| Hand {
            window,
            look,
            has_pointer,
            pictures: (kind == Kind::Sqlite).then(|| format!("story-{name}")),
        };
        an_owner_makes_a_colleague(&at(&of_owner), &email).await;
        let hand = at(&of_colleague);
        hand.sign_in(&email).await;
        a_title_is_set(&hand, &shop, &games[0], &title).await;
        two_offers_are_linked(&hand, &shop, games, &title).await;
        a_parked_run_is_accepted(&hand, &shop).await;
        elsewhere_the_colleague_is_refused(&hand, &owner_id).await;
    }
}
