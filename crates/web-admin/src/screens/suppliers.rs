//! Suppliers: on which terms they sell, how their last syncs were, and a sync that staff ask for.

use domain::id::SupplierName;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::suppliers::Fulfilment;
use services::Error;
use services::sync::ListedSupplier;

use super::sync_runs::{run_address, state};
use crate::kit::cell::{Cell, moment};
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/suppliers",
        title: "Suppliers",
        lead: "The suppliers of the settings, in the order of their ranks: the lowest leads titles and texts.",
        permission: Some(Permission::read(Noun::Suppliers)),
        section: Some(Section::Supply),
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(&visit.app.shop.sync().suppliers().await?)) })),
        actions: vec![Action {
            name: "sync-now",
            label: "Sync now…",
            path: "/admin/suppliers/{id}/sync",
            permission: Permission::edit(Noun::Sync),
            needs_proof: false,
            reason: Reason::Optional,
            ask: |visit| Box::pin(question(visit)),
            run: |visit, _| {
                Box::pin(async move {
                    let supplier = SupplierName::parse(&visit.subject).ok_or(Refusal::SupplierNotFound)?;
                    visit.app.shop.sync().request(supplier, &visit.actor).await?;
                    Ok("/admin/suppliers".to_owned())
                })
            },
            done: "Asked for: the sync begins within seconds, if a worker runs.",
        }],
    }
}

async fn question(visit: &Visit) -> Result<Question, Error> {
    let suppliers = visit.app.shop.sync().suppliers().await?;
    let asked = suppliers
        .iter()
        .find(|known| known.terms.name.as_str() == visit.subject);
    let name = asked.ok_or(Refusal::SupplierNotFound)?.terms.name.as_str();
    Ok(Question {
        title: format!("Sync with {name} now?"),
        lead: "Its whole list is read, and what differs is changed. This takes minutes and goes on by itself."
            .to_owned(),
        back: ("/admin/suppliers".to_owned(), "Suppliers".to_owned()),
        blocks: Vec::new(),
        fields: Vec::new(),
        button: "Sync now",
    })
}

fn sheet(suppliers: &[ListedSupplier]) -> Sheet {
    Sheet {
        refreshed_every: suppliers.iter().any(ListedSupplier::is_synced_now).then_some(3),
        blocks: vec![Block::Rows {
            heading: "Terms and last syncs",
            lead: String::new(),
            empty: "The settings name no supplier.",
            columns: vec![
                table::text("Supplier"),
                table::number("Rank"),
                table::text("Sold"),
                table::number("Markup"),
                table::text("Last sync"),
                table::text("State"),
                table::text("Progress"),
                table::text("Offers"),
            ],
            rows: suppliers.iter().map(row).collect(),
        }],
        ..Sheet::default()
    }
}

fn row(supplier: &ListedSupplier) -> Row {
    let name = supplier.terms.name.as_str();
    let sold = match supplier.terms.fulfilment {
        Fulfilment::Automatic => "bought automatically",
        Fulfilment::ByHand => "bought by hand",
        Fulfilment::None => "shown to staff only",
    };
    let markup = supplier.markup.get();
    let (last, now, progress) = match &supplier.last {
        Some(run) => (
            Cell::link(run_address(run.id), moment(run.state.started_at)),
            state(run),
            Cell::text(run.state.progress.to_string()),
        ),
        None => (Cell::text("never"), Cell::None, Cell::None),
    };
    Row {
        id: name.to_owned(),
        cells: vec![
            Cell::text(name),
            Cell::count(supplier.terms.rank),
            Cell::text(sold),
            Cell::text(format!("{}.{:02} %", markup / 100, markup % 100)),
            last,
            now,
            progress,
            Cell::link(format!("/admin/offers?supplier={name}"), "Its offers"),
        ],
        actions: if supplier.has_source {
            vec!["sync-now"]
        } else {
            Vec::new()
        },
    }
}
