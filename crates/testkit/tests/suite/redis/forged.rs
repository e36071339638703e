//! Whatever somebody writes into Redis by hand, nobody is served it.

use cache::cache_metrics::{Event, Tier};
use domain::catalog::Game;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use testkit::{Kind, Redis, TestShop, node, on_both_databases, soon};

use super::{a_game, lies_in, place};

/// Where the parts of a value begin: the MAC behind opening and layout, the render version, the stamp's number.
const MAC_AT: usize = 8;
const RENDER_VERSION_AT: usize = 40;
const STAMP_AT: usize = 48;

/// A value as somebody might forge it, and why it is not served.
type Forgery = (&'static str, Vec<u8>, &'static str);

/// `value` with a MAC under this key.
pub(crate) fn authenticated(mut value: Vec<u8>, key: &[u8; 32]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(&value[..MAC_AT]);
    mac.update(&value[RENDER_VERSION_AT..]);
    value[MAC_AT..RENDER_VERSION_AT].copy_from_slice(&mac.finalize().into_bytes());
    value
}

/// `value` that shows another price, everywhere.
fn with_price(value: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut value = value.to_vec();
    let (from, to) = (format!("\"price\":{from}"), format!("\"price\":{to}"));
    let found: Vec<usize> = memchr::memmem::find_iter(&value, &from).collect();
    assert!(!found.is_empty(), "the value shows its price");
    for at in found {
        value[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    value
}

/// The price as the plain bytes of a node's JSON show it: those are what is altered here.
async fn price(url: &str, game: &Game) -> String {
    let client = reqwest::Client::builder().no_proxy().no_gzip().no_brotli().build();
    let asked = client.unwrap().get(format!("{url}/api/games/{}", game.id)).send();
    let body: serde_json::Value = serde_json::from_str(&asked.await.unwrap().text().await.unwrap()).unwrap();
    body["data"]["price"].to_string()
}

/// The value that lies in Redis for a game after it was asked for.
async fn value_of(shop: &TestShop, redis: &Redis, game: &Game) -> Vec<u8> {
    shop.caught_up().await;
    price(&shop.url, game).await;
    let place = place(shop, game);
    soon("the value lies in Redis", async || lies_in(redis, &place).await).await;
    redis.ask(::redis::cmd("GET").arg(&place)).await
}

/// The price that a node shows which starts now and finds `value` in Redis, and why it was not taken from there if it was not.
async fn shown(shop: &TestShop, redis: &Redis, game: &Game, value: &[u8]) -> (String, Option<&'static str>) {
    let node = shop.second_node().await;
    node.caught_up().await;
    let mut put = ::redis::cmd("SET");
    put.arg(place(shop, game)).arg(value).arg("PX").arg(60_000);
    redis.ask::<()>(&put).await;
    let shown = price(&node.url, game).await;
    let mut reasons = node.cache.counts().into_iter().filter_map(|count| match count.event {
        Event::Rejected(Tier::Redis, reason) => Some(reason),
        _ => None,
    });
    (shown, reasons.next_back())
}

#[on_both_databases]
async fn what_is_forged_is_a_miss_and_counted_by_its_reason(kind: Kind) {
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let game = a_game(&shop).await;
    let right = price(&shop.url, &game).await;
    // As long as the right one, and no game's.
    let wrong = format!("{}{}", if right.starts_with('7') { '8' } else { '7' }, &right[1..]);
    let ours = value_of(&shop, &redis, &game).await;
    let games = shop.db.catalog().indexed_after(None, 100).await.unwrap();
    let other = games.iter().find(|other| other.id != game.id && !other.hidden).unwrap();
    let other = shop.db.catalog().by_id(other.id).await.unwrap().unwrap();
    let others = value_of(&shop, &redis, &other).await;
    let key = node::origin().mac_key;
    let body = with_price(&ours, &right, &wrong);
    assert_eq!(
        shown(&shop, &redis, &game, &authenticated(body.clone(), &key)).await,
        (wrong, None),
        "this test can fail: with the shop's own key the same bytes are served"
    );
    let mut stamp = ours.clone();
    stamp[STAMP_AT] ^= 1;
    let mut render_version = ours.clone();
    render_version[RENDER_VERSION_AT] ^= 1;
    let mut layout = body.clone();
    layout[MAC_AT - 1] = 3;
    let mut without = body.clone();
    without.drain(MAC_AT..RENDER_VERSION_AT);
    let mut zeros = body.clone();
    zeros[MAC_AT..RENDER_VERSION_AT].fill(0);
    let forgeries: [Forgery; 10] = [
        ("an altered body", body.clone(), "mac"),
        ("an altered stamp", stamp, "mac"),
        ("an altered render version", render_version.clone(), "mac"),
        ("a body without a MAC", without, "mac"),
        ("a body with zeros for a MAC", zeros, "mac"),
        ("another shop's body", authenticated(body.clone(), &[7; 32]), "mac"),
        ("a body of before there were MACs", layout, "layout"),
        ("a value copied from another key", others, "name"),
        (
            "a value of another program",
            authenticated(render_version, &key),
            "render version",
        ),
        ("what is nothing of ours", br#"{"price":0.01}"#.to_vec(), "unreadable"),
    ];
    for (what, value, reason) in forgeries {
        let (price, rejected) = shown(&shop, &redis, &game, &value).await;
        assert_eq!((&price, rejected), (&right, Some(reason)), "{what}");
    }
    assert_eq!(
        shown(&shop, &redis, &game, &ours).await,
        (right, None),
        "what is ours is served"
    );
}
