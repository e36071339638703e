//! The caches: statistics, history, and the invalidation of a pattern.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::clock::Timestamp;
use domain::pattern::Pattern;
use services::caches::{CacheStatistics, Sample};
use services::view::Swept;
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;
use web_kit::form_page::{FormPage, private_layout};
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::parameters::pattern;
use web_kit::problem::Problem;
use web_kit::staff::{CachesEdit, CachesRead, Staff};
use web_kit::{App, Site, conditional};

use super::figures::{self, Fact, KindRow, LeaseRow, RejectedRow, SpanRow};
use super::plot::{LagPlot, RatePlot};

const HERE: &str = "/admin/cache";

#[derive(Template)]
#[template(path = "caches.html")]
struct CachesPage<'a> {
    layout: Layout,
    here: &'static str,
    node: &'a str,
    notice: Option<String>,
    facts: Vec<Fact>,
    rates: RatePlot,
    lags: LagPlot,
    spans: Vec<SpanRow>,
    kinds: Vec<KindRow>,
    rejected: Vec<RejectedRow>,
    leases: Vec<LeaseRow>,
    form: Form,
}

pub(crate) async fn show(_staff: Staff<CachesRead>, State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    page(&app, form(), notice(&FormData::from_query(query.as_deref())))
}

/// Invalidates a pattern, and redirects to an address that carries the result.
pub(crate) async fn invalidate(
    staff: Staff<CachesEdit>,
    State(app): State<App>,
    data: FormData,
) -> Result<Response, Problem> {
    let outcome = match pattern(data.get("pattern").trim()) {
        Ok(pattern) => app
            .shop
            .caches()
            .invalidate(&pattern, &staff.actor)
            .await
            .map(|swept| (pattern, swept)),
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok((pattern, _)) if pattern.touches().is_empty() => Ok(conditional::go_on("/admin/cache?done=nothing")),
        Ok((_, swept)) => Ok(conditional::go_on(&result_address("invalidated", swept))),
        Err(error) => Ok(page(&app, form().refused(&data, error)?, None)),
    }
}

/// Asks for confirmation before everything is invalidated.
pub(crate) async fn ask_to_clear(_staff: Staff<CachesEdit>, State(app): State<App>) -> Response {
    question(&app, Form::new("/admin/cache/clear", "Clear the caches", Vec::new()))
}

pub(crate) async fn clear(staff: Staff<CachesEdit>, State(app): State<App>) -> Result<Response, Problem> {
    let swept = app
        .shop
        .caches()
        .invalidate(&Pattern::everything(), &staff.actor)
        .await?;
    Ok(conditional::go_on(&result_address("cleared", swept)))
}

fn question(app: &App, form: Form) -> Response {
    let lead = "Every page and list is then loaded anew, on every node: for some seconds the database has much more to do. \
                Nothing is lost.";
    FormPage::new(&app.site, "/admin/cache/clear", "Clear all caches?", lead)
        .asking(form)
        .leading(HERE.to_owned(), "Back, and leave them as they are")
        .answer()
}

fn form() -> Form {
    let hint = "* stands for any characters, also none. Everything else means itself.";
    Form::new(HERE, "Invalidate", vec![Field::pattern().hinted(hint)])
}

fn page(app: &App, form: Form, notice: Option<String>) -> Response {
    let (statistics, samples, now) = (
        app.shop.caches().statistics(),
        app.shop.caches().history(),
        app.shop.now(),
    );
    let (status, waiting) = (form.status(), form.waiting());
    let page = rendered(&app.site, &statistics, &samples, now, form, notice);
    conditional::send_privately(status, page, conditional::HTML, waiting)
}

fn rendered(
    site: &Site,
    statistics: &CacheStatistics,
    samples: &[Sample],
    now: Timestamp,
    form: Form,
    notice: Option<String>,
) -> String {
    let title = if form.problem().is_some() {
        "Error: Caches"
    } else {
        "Caches"
    };
    let kinds = statistics.kinds();
    render(&CachesPage {
        layout: private_layout(site, title, HERE),
        here: HERE,
        node: &site.node,
        notice,
        facts: figures::facts(statistics, samples),
        rates: RatePlot::of(samples, now),
        lags: LagPlot::of(samples, now),
        spans: figures::spans(samples, now),
        kinds: figures::kinds(&kinds),
        rejected: figures::rejected(&kinds),
        leases: figures::leases(&kinds),
        form,
    })
}

/// The address with the result of a sweep: known words and numbers only, so that a forged address shows no foreign
/// text.
fn result_address(done: &str, swept: Swept) -> String {
    let mut address = format!("{HERE}?done={done}&memory={}", swept.in_memory);
    if let Some(redis) = swept.in_redis {
        address += &format!("&redis={}", redis.removed);
        if !redis.is_complete {
            address += "&left=some";
        }
    }
    address
}

/// The result as a sentence.
fn notice(query: &FormData) -> Option<String> {
    let done = match query.get("done") {
        "nothing" => return Some("Nothing that the shop caches has a name that this pattern means.".to_owned()),
        "invalidated" => "Invalidated",
        "cleared" => "Cleared",
        _ => return None,
    };
    let values = |number| format::plural(u64::from(number), "value", "values");
    let mut text = format!("{done}: {} left this node's memory", values(query.number("memory")?));
    if let Some(redis) = query.number("redis") {
        text += &format!(", {} left Redis", values(redis));
    }
    text += ". Other nodes serve nothing older either, within a second.";
    if query.get("left") == "some" {
        text +=
            " Redis could not be gone through to its end: what is left there is void, and leaves with its lifetime.";
    }
    Some(text)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use services::caches::{Lag, Reads};
    use services::view::cache_metrics::{Count, Event, LeaseStep, Read, Tier};

    let count = |event| Count {
        kind: "game",
        event,
        count: 7,
    };
    let events = [
        Event::Read(Read::Hit),
        Event::Rejected(Tier::Memory, "slot"),
        Event::Filled,
        Event::Lease(LeaseStep::Lost),
    ];
    let statistics = CacheStatistics {
        values: 3,
        bytes: 4_096,
        redis: None,
        pulse_age: None,
        in_step: true,
        counts: events.map(count).into(),
        lag: Lag::default(),
    };
    let sample = |minutes: u64| Sample {
        at: fixtures::now().minus(std::time::Duration::from_secs(60 * minutes)),
        reads: Reads { served: 90, loaded: 10 },
        lag: Lag::default(),
    };
    let samples: Vec<Sample> = (0..30).rev().map(sample).collect();
    let page = |samples: &[Sample], notice: Option<&str>| {
        let notice = notice.map(str::to_owned);
        let html = rendered(&fixtures::site(), &statistics, samples, fixtures::now(), form(), notice);
        template_checks::Sample::rendered::<CachesPage<'_>>(html)
    };
    vec![page(&samples, Some("Cleared")), page(&[], None)]
}
