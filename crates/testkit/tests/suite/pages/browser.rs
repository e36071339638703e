//! The browser of these tests: it detects errors, isolates people, and ends with its process.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use testkit::{Key, Look, Person};
use tokio::net::TcpListener;

/// A site with what a test wants to see, on a port of its own.
async fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = "<!doctype html><title>Fine</title><link rel='icon' href='data:,'><meta name='viewport' content='width=device-width'>";
    let router = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route(
            "/form",
            get(move |query: axum::extract::RawQuery| async move {
                Html(format!(
                    "{page}<h1>{}</h1><form><label>Name <input name='name'></label><button>Send</button></form>\
                     <a href='/' id='home'>Home</a>",
                    query.0.unwrap_or_default()
                ))
            }),
        )
        .route(
            "/broken",
            get(move || async move {
                Html(format!(
                    "{page}<div style='width:3000px'>wide</div><img src='/gone.png'><script>console.error('a complaint');\
                     missing();</script><img src='http://127.0.0.1:1/x.png'>"
                ))
            }),
        )
        .route("/cookie", get(move || async move { ([("set-cookie", "who=me; HttpOnly; SameSite=Lax")], Html(page)) }))
        .fallback(move || async move { (StatusCode::NOT_FOUND, Html(page)) });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sees_what_goes_wrong_and_whom_a_page_asks() {
    let url = site().await;
    let guest = Person::visiting(&url).await;
    let window = guest.window(Look::NARROW).await;
    assert_eq!(window.go("/broken").await, 200);
    window.quiet().await;
    assert_eq!(window.sticks_out().await, 3000 + 8 - 390);
    let troubles = window.take_troubles().join("\n");
    for trouble in [
        "404 for",
        "a complaint",
        "missing is not defined",
        "a stranger was asked for http://127.0.0.1:1/x.png",
        "for http://127.0.0.1:1/x.png",
    ] {
        assert!(troubles.contains(trouble), "{trouble:?} is not in:\n{troubles}");
    }
    assert_eq!(window.go("/no-such-page").await, 404);
    assert_eq!(window.go("/").await, 200);
    assert_eq!(window.sticks_out().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_does_not_ask_what_went_wrong_fails() {
    let url = site().await;
    let failed = tokio::spawn(async move {
        let guest = Person::visiting(&url).await;
        let window = guest.window(Look::WIDE).await;
        window.go("/broken").await;
    });
    assert!(failed.await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_can_be_off_and_keys_are_enough() {
    let url = site().await;
    let guest = Person::visiting(&url).await;
    let window = guest.window(Look::WIDE.dark().without_scripts()).await;
    assert_eq!(window.go("/form").await, 200);
    window.press(Key::Tab).await;
    assert_eq!(window.focused().await, "input Name");
    window.type_text("Zoë & co").await;
    assert_eq!(window.press_and_follow(Key::Enter).await, 200);
    assert_eq!(window.text("h1").await, "name=Zo%C3%AB+%26+co");
    window.fill("input", "other").await;
    window.press(Key::Tab).await;
    assert_eq!(window.focused().await, "button Send");
    assert_eq!(window.press_and_follow(Key::Space).await, 200);
    assert_eq!(window.address().await, "/form?name=other");
    assert_eq!(window.follow("#home").await, 200);
    assert_eq!(
        window.ask("matchMedia('(prefers-color-scheme: dark)').matches").await,
        true
    );
    let picture = window.picture().await;
    assert!(picture.starts_with(b"\x89PNG"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_accessibility_is_found_and_named() {
    let url = site().await;
    let person = Person::visiting(&url).await;
    let window = person.window(Look::WIDE).await;
    assert_eq!(window.go("/").await, 200);
    window.ask("document.body.append(new Image(20, 20)), 0").await;
    let found = window.inaccessible().await;
    let is_named = |line: &String| line.starts_with("image-alt img: ");
    assert!(found.iter().any(is_named), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_have_cookies_of_their_own() {
    let url = site().await;
    let (one, other) = (Person::visiting(&url).await, Person::visiting(&url).await);
    for person in [&one, &other] {
        assert_eq!(person.window(Look::WIDE).await.go("/").await, 200);
    }
    assert_eq!(one.window(Look::WIDE).await.go("/cookie").await, 200);
    let cookies = one.cookies().await;
    assert_eq!((cookies[0].name.as_str(), cookies[0].value.as_str()), ("who", "me"));
    assert!(cookies[0].http_only && !cookies[0].secure && cookies[0].same_site == "Lax");
    assert_eq!(other.cookies().await, []);
}
