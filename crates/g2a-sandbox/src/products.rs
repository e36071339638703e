//! The list of products, page by page.

use std::fmt::Write as _;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::answer;
use crate::catalogue;
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
    if effects.empty_list {
        return answer::written(format!("{{\"total\":0,\"page\":{page},\"docs\":[]}}"));
    }
    shop.return_lapsed();
    if let Some(id) = &filter.id {
        return one(shop, id, &filter, page, effects);
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
    written(shop, &found, page, first, effects)
}

/// The list filtered by an id: with one product or none.
fn one(shop: &Shop, id: &str, filter: &Filter, page: u32, effects: &FaultEffects) -> Response {
    let place = shop.catalogue.place_of(id);
    let place = place.filter(|place| shop.stock().shows(*place, filter));
    let found = Selection {
        total: usize::from(place.is_some()),
        places: place.into_iter().collect(),
    };
    written(shop, &found, page, (page as usize - 1) * PAGE_SIZE, effects)
}

/// The page as text, from products of about two and a half kilobytes each.
fn written(shop: &Shop, found: &Selection, page: u32, first: usize, effects: &FaultEffects) -> Response {
    let mut body = String::with_capacity(64 * 1024);
    let again = found.places.first().filter(|_| effects.duplicate_in_list);
    let counted = match effects.total_ignores_filters {
        true => shop.stock().select(&Filter::everything()).total,
        false => found.total,
    };
    let total = counted + usize::from(again.is_some());
    let _ = write!(body, "{{\"total\":{total},\"page\":{page},\"docs\":[");
    let listed = found.places.iter().chain(again);
    for (n, place) in listed.skip(first).take(PAGE_SIZE).enumerate() {
        if n > 0 {
            body.push(',');
        }
        let product = shop.product_at(*place, if effects.prices_tenth { 10 } else { 1 });
        let spoiled = effects.unreadable.as_ref();
        let spoiled = spoiled.filter(|spoiled| spoiled.hits(shop.settings.seed, *place));
        let spoiled = spoiled.and_then(|spoiled| catalogue::with_field(&product, &spoiled.field, &spoiled.value));
        body.push_str(&spoiled.unwrap_or(product));
    }
    body.push_str("]}");
    answer::written(body)
}
