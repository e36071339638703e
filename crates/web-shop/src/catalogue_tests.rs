//! The catalogue's page: filters, pages, notices.

use domain::catalog::Facet;
use domain::money::Cents;
use fixtures::{game, now, site};

use super::*;

fn listing(total: u64) -> Listing {
    let genres = vec![Facet {
        name: "RPG".to_owned(),
        games: 12,
    }];
    let options = FilterOptions {
        genres,
        price_range: (Cents::new(99), Cents::new(5_999)),
        ..FilterOptions::default()
    };
    Listing {
        page: Page {
            items: vec![game().into()],
            total,
            page: 1,
            page_size: 36,
        },
        options,
    }
}

#[test]
fn it_shows_what_was_asked_and_the_way_on() {
    let filter = GameFilter {
        genres: vec!["RPG".to_owned()],
        search: "ring".to_owned(),
        ..GameFilter::default()
    };
    let html = page(&site(), &filter, &listing(100), now());
    assert!(html.contains("100 games") && html.contains("Elden Ring"));
    assert!(html.contains("rel=\"next\"") && !html.contains("rel=\"prev\""));
    assert!(html.contains("value=\"RPG\" checked"));
    assert!(html.contains("href=\"/catalogue?search=ring\"") && html.contains("href=\"/catalogue?genres=RPG\""));
}

#[test]
fn a_notice_is_for_one_reader_and_is_text() {
    let html = page(&site(), &GameFilter::default(), &listing(1), now());
    assert_eq!(html.matches(NOTICES).count(), 1);
    let wrong = [FieldError::new("page", "<b>no</b>")];
    let html = with_notices(&html, &wrong, false);
    assert!(html.contains("role=\"alert\"") && html.contains("page") && !html.contains("<b>no"));
}

#[test]
fn nothing_found_is_said_and_a_way_out_offered() {
    let mut nothing = listing(0);
    nothing.page.items.clear();
    let html = page(
        &site(),
        &GameFilter {
            search: "\"><script>".to_owned(),
            ..GameFilter::default()
        },
        &nothing,
        now(),
    );
    assert!(html.contains("No game fits") && !html.contains("\"><script>"));
    let mut past = listing(40);
    past.page.items.clear();
    let html = page(
        &site(),
        &GameFilter {
            page: 9,
            ..GameFilter::default()
        },
        &past,
        now(),
    );
    assert!(html.contains("past the last page"));
}
