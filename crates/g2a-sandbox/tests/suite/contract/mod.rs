//! The protocol on one page, `exchanges.txt`, held against a running supplier.

mod page;
mod pattern;
mod wire;

use std::time::Duration;

use g2a_sandbox::{Settings, Unknowns};
use serde_json::{Map, Value};

use self::page::{Chapter, Exchange};
use self::pattern::Captured;
use super::{hash_header, sandbox};

const PAGE: &str = include_str!("exchanges.txt");
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks a supplier at `base` for everything in a chapter, in order; the error names the exchange and its line.
async fn hold(base: &str, chapter: &Chapter) -> Result<(), String> {
    let mut captured = Captured::from([("hash".to_owned(), hash_header())]);
    for exchange in &chapter.exchanges {
        let asked = async {
            while let Err(reason) = once(base, exchange, &mut captured).await {
                if !exchange.patient {
                    return Err(reason);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        let result = tokio::time::timeout(PATIENCE, asked).await;
        result
            .unwrap_or_else(|_| Err("it did not become so".into()))
            .map_err(|reason| format!("line {}, `{}`: {reason}", exchange.line, exchange.heading))?;
    }
    Ok(())
}

async fn once(base: &str, exchange: &Exchange, captured: &mut Captured) -> Result<(), String> {
    let request = filled(&exchange.request, captured)?;
    let headers: Result<Vec<_>, _> = exchange.headers.iter().map(|header| filled(header, captured)).collect();
    let body = exchange.body.as_ref().map(|body| filled(body, captured)).transpose()?;
    let pattern = filled(&exchange.pattern, captured)?;
    let (status, body) = wire::ask(base, &request, &headers?, body.as_deref())
        .await
        .unwrap_or_default();
    if status != exchange.status {
        return Err(format!("expected {}, got {status} {body}", exchange.status));
    }
    if exchange.contains.as_ref().is_some_and(|text| !body.contains(text)) {
        return Err(format!("expected {:?} in {body}", exchange.contains));
    }
    if pattern.is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(&body).map_err(|error| format!("{error} in {body}"))?;
    let pattern: Value = serde_json::from_str(&pattern).map_err(|error| error.to_string())?;
    pattern::compare(&pattern, &value, "$", captured)
}

/// Puts captured texts in place of `{name}`; the braces of JSON enclose no bare name.
fn filled(text: &str, captured: &Captured) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, left)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                filled.push_str(
                    captured
                        .get(name)
                        .ok_or_else(|| format!("nothing was captured as {{{name}}}"))?,
                );
                rest = left;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    Ok(filled + rest)
}

fn settings(given: &Map<String, Value>) -> Settings {
    let mut settings = Settings {
        rate_per_minute: 60_000,
        processing: Duration::ZERO,
        ..Settings::default()
    };
    let unknowns = &mut settings.unknowns;
    for (name, value) in given {
        let number = value.as_u64();
        let text = value.as_str();
        match name.as_str() {
            "ratePerMinute" => settings.rate_per_minute = u32::try_from(number.unwrap()).unwrap(),
            "walletCents" => settings.wallet_cents = number.unwrap(),
            "reservationMs" => settings.reservation = Duration::from_millis(number.unwrap()),
            "alternateStatuses" => unknowns.alternate_statuses = u8::try_from(number.unwrap()).unwrap(),
            "secondPay" => unknowns.second_pay = text.unwrap().parse().unwrap(),
            "pastTheEnd" => unknowns.past_the_end = text.unwrap().parse().unwrap(),
            "soldOut" => unknowns.sold_out = text.unwrap().parse().unwrap(),
            "keyTakenCode" => unknowns.key_taken_code = text.unwrap().to_owned(),
            "statusLapsed" => unknowns.status_lapsed = text.unwrap().to_owned(),
            other => panic!("nobody knows the setting `{other}`"),
        }
    }
    settings
}

#[tokio::test]
async fn the_sandbox_keeps_to_the_page() {
    let chapters = page::read(PAGE).unwrap();
    let exchanges: usize = chapters.iter().map(|chapter| chapter.exchanges.len()).sum();
    assert!(exchanges >= 60, "{exchanges} exchanges");
    for chapter in &chapters {
        let sandbox = sandbox(settings(&chapter.settings)).await;
        hold(&sandbox.url(), chapter).await.unwrap();
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_page_is_not_kept_to() {
    let sandbox = sandbox(Settings {
        unknowns: Unknowns::default(),
        ..Settings::default()
    })
    .await;
    for (wrong, said) in [
        ("GET /v1/products\n<= 200", "line 3, `It fails`: expected 200, got 401"),
        (
            "GET /v1/products\n<= 401\n{\"code\": \"AUTH02\", \"...\": 0}",
            "$.code: expected \"AUTH02\"",
        ),
        (
            "GET /v1/products\n<= 401\n{\"code\": \"<number>\", \"...\": 0}",
            "nobody knows the placeholder",
        ),
        ("GET /v1/products\n<= 401\n~ AUTH99", "AUTH99"),
        ("GET /v1/order/key/{order}\n<= 401", "nothing was captured as {order}"),
        ("GET /v1/products\n<= nothing", "expected 0, got 401"),
        ("GET\n<= 401", "a method and a path"),
        ("GET /v1/products\nnonsense\n<= 401", "line 5: neither"),
    ] {
        let text = format!("=== Anything\n\n== It fails\n{wrong}\n");
        let error = match page::read(&text) {
            Ok(chapters) => hold(&sandbox.url(), &chapters[0]).await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.contains(said), "{wrong}: {error}");
    }
}
