//! Categories, genres, platforms and tags: the names that games are grouped by.

use domain::listing::ListPage;
use domain::staff::{Noun, Permission};
use futures::future::BoxFuture;
use services::{Error, Names};

use crate::kit::cell::Cell;
use crate::kit::table::{self, FindRows, Row, Table};
use crate::kit::{Content, Screen, Section};

const READ: Permission = Permission::read(Noun::Games);

/// One for each kind of name.
pub(crate) fn screens() -> [Screen; 4] {
    [
        screen("/admin/categories", "Categories", |visit, query| {
            rows(visit.app.shop.catalog().categories(query))
        }),
        screen("/admin/genres", "Genres", |visit, query| {
            rows(visit.app.shop.catalog().genre_names(query))
        }),
        screen("/admin/platforms", "Platforms", |visit, query| {
            rows(visit.app.shop.catalog().platform_names(query))
        }),
        screen("/admin/tags", "Tags", |visit, query| {
            rows(visit.app.shop.catalog().tags(query))
        }),
    ]
}

fn rows(found: Names<'_>) -> BoxFuture<'_, Result<ListPage<Row>, Error>> {
    Box::pin(async move { Ok(found.await?.map(|it| row(&it.name, &it.slug, it.games))) })
}

fn screen(path: &'static str, title: &'static str, rows: FindRows) -> Screen {
    Screen {
        path,
        title,
        lead: "Suppliers give these names; what staff override of a game may add others. A name without games is shown to nobody.",
        permission: Some(READ),
        section: Some(Section::Catalogue),
        content: Content::Table(Table {
            columns: vec![
                table::text("Name").sorted("name"),
                table::text("In addresses"),
                table::number("Games"),
            ],
            filters: Vec::new(),
            search: Some("Name"),
            usual_sort: ("name", false),
            export: Some(READ),
            empty: "There are none yet.",
            before: None,
            rows,
        }),
        actions: Vec::new(),
    }
}

fn row(name: &str, slug: &str, games: i64) -> Row {
    Row {
        id: slug.to_owned(),
        cells: vec![Cell::text(name), Cell::text(slug), Cell::Number(games)],
        actions: Vec::new(),
    }
}
