//! `/account/second-factor`, and the second step of signing in.

use std::time::Duration;

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

use super::{Page, Visitor};

const ADA: &str = "ada@example.org";
const HERE: &str = "/account/second-factor";

/// What an authenticator app shows, by the shop's clock.
fn code(app: &Totp, shop: &TestShop) -> String {
    let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
    app.generate(seconds).to_string()
}

fn recovery_codes(page: &Page) -> Vec<String> {
    let codes = page.html.split("<li><code>").skip(1);
    codes.map(|code| code.split('<').next().unwrap().to_owned()).collect()
}

/// Sets it up in an app, and gives the app and the recovery codes.
async fn set_up(shop: &TestShop, ada: &mut Visitor) -> (Totp, Vec<String>) {
    let unproven = ada.get(HERE).await;
    assert!(unproven.has("href=\"/verify-email\"") && !unproven.has("name=\"step\""));
    let refused = ada
        .post(HERE, &[("step", "begin"), ("currentPassword", PASSWORD)])
        .await;
    assert_eq!(refused.location(), HERE, "the address comes first");
    shop.prove_address(ADA).await;
    assert_eq!(ada.get(HERE).await.value("step"), "begin");
    let begin = |password| [("step", "begin"), ("currentPassword", password)];
    let refused = ada.post(HERE, &begin("Wrong-Horse-1")).await;
    assert!(refused.status == 400 && refused.has("Password is wrong"));
    let enrolling = ada.post(HERE, &begin(PASSWORD)).await;
    let address = enrolling.value("address");
    let app = Totp::from_url(&address).unwrap();
    assert!(
        enrolling.has("class=\"qr\"") && !enrolling.has("style="),
        "a picture that the policy admits"
    );
    let confirm = |code| [("step", "confirm"), ("address", address.as_str()), ("code", code)];
    let wrong = ada.post(HERE, &confirm("000000")).await;
    assert_eq!(
        (wrong.status, wrong.value("address"), wrong.value("code")),
        (400, address.clone(), String::new())
    );
    assert!(
        wrong.has("class=\"qr\"") && wrong.has("Code is wrong or was used before"),
        "{}",
        wrong.html
    );
    let on = ada.post(HERE, &confirm(&code(&app, shop))).await;
    let codes = recovery_codes(&on);
    assert_eq!((on.status, codes.len()), (200, 10));
    assert!(on.is_private());
    let again = ada.get(HERE).await;
    assert!(
        again.has("10 recovery codes left") && !again.has(&codes[0]),
        "shown once"
    );
    (app, codes)
}

/// Signs in on a phone by the app, and on another machine by a recovery code.
async fn is_asked_for(shop: &TestShop, app: &Totp, recovery: &str) {
    let mut phone = Visitor::of(shop);
    let asked = phone
        .post("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", HERE)])
        .await;
    assert!(asked.status == 200 && !phone.cookies.contains_key("token") && asked.has("one-time-code"));
    let challenge = asked.value("challenge");
    let answer = |code| [("challenge", challenge.as_str()), ("code", code), ("next", HERE)];
    let wrong = phone.post("/sign-in", &answer("000000")).await;
    assert_eq!(
        (wrong.status, wrong.value("challenge"), wrong.value("next")),
        (401, challenge.clone(), HERE.to_owned())
    );
    shop.clock.pass(Duration::from_secs(30));
    let page = phone.post("/sign-in", &answer(&code(app, shop))).await;
    assert_eq!((page.status, page.location()), (303, HERE));
    let mut other = Visitor::of(shop);
    let challenge = other
        .post("/sign-in", &[("email", ADA), ("password", PASSWORD)])
        .await
        .value("challenge");
    let entered = other
        .post("/sign-in", &[("challenge", &challenge), ("code", recovery)])
        .await;
    assert_eq!(entered.status, 303, "a recovery code stands in");
}

#[on_both_databases]
async fn it_is_set_up_asked_for_and_turned_off(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let (app, codes) = set_up(&shop, &mut ada).await;
    is_asked_for(&shop, &app, &codes[0]).await;
    let off = |password| {
        [
            ("step", "off"),
            ("currentPassword", password),
            ("code", codes[1].as_str()),
        ]
    };
    let refused = ada.post(HERE, &off("Wrong-Horse-1")).await;
    assert!(
        refused.status == 400 && refused.has("Password is wrong") && refused.has("9 recovery codes left"),
        "{}",
        refused.html
    );
    let off = ada.done(HERE, &off(PASSWORD)).await;
    assert!(off.has("Two-step sign-in is off.") && off.value("step") == "begin");
    let without = Visitor::of(&shop)
        .post("/sign-in", &[("email", ADA), ("password", PASSWORD)])
        .await;
    assert_eq!(without.status, 303);
}

#[on_both_databases]
async fn a_made_up_step_or_secret_leads_back_to_how_it_stands(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    for fields in [
        &[("step", "nonsense")][..],
        &[],
        &[
            ("step", "confirm"),
            ("address", "https://evil.example/<b>"),
            ("code", "000000"),
        ],
    ] {
        assert_eq!(ada.post(HERE, fields).await.location(), HERE);
    }
    let off = ada
        .post(
            HERE,
            &[("step", "off"), ("currentPassword", PASSWORD), ("code", "000000")],
        )
        .await;
    assert_eq!(off.location(), HERE, "there is nothing to turn off");
}
