//! The list of products, page by page.

use std::fmt::Write as _;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::answer;
use crate::fault_effects::FaultEffects;
use crate::query::Filter;
use crate::settings::PastTheEnd;
use crate::state::Shop;
use crate::stock::Selection;

const PAGE_SIZE: usize = 20;

/// `GET /v1/products`.
pub(crate) fn list(shop: &Shop, parts: &Parts, effects: &FaultEffects) -> Response {
    let refuse = |code, message| answer::refusal(StatusCode::BAD_REQUEST, code, message);
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) else {
        return refuse("BR08", "Bad query.");
    };
    let (page, filter) = match Filter::read(&pairs) {
        Ok(read) => read,
        Err((code, message)) => return refuse(code, message),
    };
    shop.return_lapsed();
    if let Some(id) = &filter.id {
        return one(shop, id, &filter, page);
    }
    let found = shop.stock().select(&filter);
    let last = found.total.div_ceil(PAGE_SIZE).max(1);
    let mut shown = page as usize;
    if shown > last {
        match shop.settings.unknowns.past_the_end {
            PastTheEnd::Empty => {}
            PastTheEnd::Last => shown = last,
            PastTheEnd::Refused => return refuse("PR02", "Bad page: there are fewer."),
        }
    }
    if effects.repeat_page {
        shown = shown.saturating_sub(1).max(1);
    }
    let first = ((shown - 1) * PAGE_SIZE).saturating_add_signed(effects.shift);
    written(shop, &found, page, first)
}

/// The list filtered by an id: with one product or none.
fn one(shop: &Shop, id: &str, filter: &Filter, page: u32) -> Response {
    let place = shop.catalogue.place_of(id);
    let place = place.filter(|place| shop.stock().shows(*place, filter));
    let found = Selection {
        total: usize::from(place.is_some()),
        places: place.into_iter().collect(),
    };
    written(shop, &found, page, (page as usize - 1) * PAGE_SIZE)
}

/// The page as text, from products of about two and a half kilobytes each.
fn written(shop: &Shop, found: &Selection, page: u32, first: usize) -> Response {
    let mut body = String::with_capacity(64 * 1024);
    let _ = write!(body, "{{\"total\":{},\"page\":{page},\"docs\":[", found.total);
    for (n, place) in found.places.iter().skip(first).take(PAGE_SIZE).enumerate() {
        if n > 0 {
            body.push(',');
        }
        body.push_str(&shop.product(*place));
    }
    body.push_str("]}");
    answer::written(body)
}
