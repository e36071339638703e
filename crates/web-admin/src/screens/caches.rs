//! The caches: statistics, history, and the invalidation of a pattern.

mod figures;
mod plot;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use domain::clock::Timestamp;
use domain::pattern::Pattern;
use domain::staff::{Noun, Permission};
use services::accounts::Caller;
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

use crate::kit::navigation::Desk;
use crate::kit::{Content, Reason, Screen, Section};
use figures::{Fact, KindRow, LeaseRow, RejectedRow, SpanRow};
use plot::{LagPlot, RatePlot};

const HERE: &str = "/admin/cache";
const EDIT: Permission = Permission::edit(Noun::Caches);

pub(crate) fn screen() -> Screen {
    Screen {
        path: HERE,
        title: "Caches",
        lead: "",
        permission: Some(Permission::read(Noun::Caches)),
        section: Some(Section::System),
        content: Content::Own {
            router: || {
                Router::new()
                    .route(HERE, get(show).post(invalidate))
                    .route("/admin/cache/clear", get(ask_to_clear).post(clear))
            },
            further: &[
                (HERE, "POST", EDIT),
                ("/admin/cache/clear", "GET", EDIT),
                ("/admin/cache/clear", "POST", EDIT),
            ],
        },
        actions: Vec::new(),
    }
}

#[derive(Template)]
#[template(path = "caches.html")]
struct CachesPage<'a> {
    layout: Layout,
    desk: Desk,
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

async fn show(staff: Staff<CachesRead>, State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    page(
        &app,
        &staff.caller,
        form(),
        notice(&FormData::from_query(query.as_deref())),
    )
}

/// Invalidates a pattern, and redirects to an address that carries the result.
async fn invalidate(staff: Staff<CachesEdit>, State(app): State<App>, data: FormData) -> Result<Response, Problem> {
    let asked = pattern(data.get("pattern").trim());
    let given = Reason::Optional.given(&data, &staff.actor);
    let outcome = match asked.and_then(|pattern| Ok((pattern, given?))) {
        Ok((pattern, actor)) => app
            .shop
            .caches()
            .invalidate(&pattern, &actor)
            .await
            .map(|swept| (pattern, swept)),
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok((pattern, _)) if pattern.touches().is_empty() => Ok(conditional::go_on("/admin/cache?done=nothing")),
        Ok((_, swept)) => Ok(conditional::go_on(&result_address("invalidated", swept))),
        Err(error) => Ok(page(&app, &staff.caller, form().refused(&data, error)?, None)),
    }
}

/// Asks for confirmation before everything is invalidated.
async fn ask_to_clear(_staff: Staff<CachesEdit>, State(app): State<App>) -> Response {
    question(&app, clear_form())
}

async fn clear(staff: Staff<CachesEdit>, State(app): State<App>, data: FormData) -> Result<Response, Problem> {
    let actor = match Reason::Optional.given(&data, &staff.actor) {
        Ok(actor) => actor,
        Err(refusal) => return Ok(question(&app, clear_form().refused(&data, refusal.into())?)),
    };
    let swept = app.shop.caches().invalidate(&Pattern::everything(), &actor).await?;
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

fn clear_form() -> Form {
    Form::new("/admin/cache/clear", "Clear the caches", vec![Reason::Optional.field()])
}

fn form() -> Form {
    let hint = "* stands for any characters, also none. Everything else means itself.";
    Form::new(
        HERE,
        "Invalidate",
        vec![Field::pattern().hinted(hint), Reason::Optional.field()],
    )
}

fn page(app: &App, caller: &Caller, form: Form, notice: Option<String>) -> Response {
    let (statistics, samples, now) = (
        app.shop.caches().statistics(),
        app.shop.caches().history(),
        app.shop.now(),
    );
    let (status, waiting) = (form.status(), form.waiting());
    let desk = Desk::for_caller(caller, HERE);
    let page = rendered((&app.site, desk), &statistics, &samples, now, form, notice);
    conditional::send_privately(status, page, conditional::HTML, waiting)
}

fn rendered(
    (site, desk): (&Site, Desk),
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
        desk,
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
        let desk = Desk::of(&[], None, HERE);
        let html = rendered(
            (&fixtures::site(), desk),
            &statistics,
            samples,
            fixtures::now(),
            form(),
            notice,
        );
        template_checks::Sample::rendered::<CachesPage<'_>>(html)
    };
    vec![page(&samples, Some("Cleared")), page(&[], None)]
}
