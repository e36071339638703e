//! One import: its keys by state, the rows that were not taken, and its undoing.

use domain::own_key::KeyImportId;
use domain::refusal::Refusal;
use services::Error;
use services::own_keys::ManagedKeyImport;
use web_kit::format;

use super::{EDIT, IMPORTS, READ, import_address};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Action, Content, Question, Reason, Screen, Visit};

const UNDO: &str = "undo-keys";

pub(crate) fn one_import() -> Screen {
    Screen {
        path: "/admin/key-imports/{id}",
        title: "Import of keys",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(&managed(visit).await?)) })),
        actions: vec![Action {
            name: UNDO,
            label: "Undo…",
            path: "/admin/key-imports/{id}/undo",
            permission: EDIT,
            needs_proof: true,
            reason: Reason::Required,
            ask: |visit| Box::pin(async move { Ok(question(&managed(visit).await?)) }),
            run: |visit, _| {
                Box::pin(async move {
                    let id = import_id(visit)?;
                    visit.app.shop.own_keys().undo(id, &visit.actor).await?;
                    Ok(import_address(id.0))
                })
            },
            done: "What was unsold is taken back. What was sold stays sold.",
        }],
    }
}

fn import_id(visit: &Visit) -> Result<KeyImportId, Refusal> {
    visit.id().map(KeyImportId).ok_or(Refusal::KeyImportNotFound)
}

async fn managed(visit: &Visit) -> Result<ManagedKeyImport, Error> {
    visit.app.shop.own_keys().one_import(import_id(visit)?).await
}

fn sheet(managed: &ManagedKeyImport) -> Sheet {
    let import = &managed.listed.import;
    let keys = format!("/admin/own-keys?import={}", import.id);
    Sheet {
        title: import.name.clone(),
        lead: format!("Imported {} by {}.", format::date_time(import.at), managed.listed.by),
        above: vec![(IMPORTS.to_owned(), "Imports of keys".to_owned())],
        actions: if managed.counts.free > 0 {
            vec![UNDO]
        } else {
            Vec::new()
        },
        refreshed_every: None,
        blocks: vec![
            facts(managed),
            untaken(managed),
            Block::Links(vec![(keys, "Its keys".to_owned())]),
        ],
    }
}

fn facts(managed: &ManagedKeyImport) -> Block {
    let counts = managed.counts;
    Block::Facts {
        heading: "",
        facts: vec![
            ("For sale", Cell::count(counts.free)),
            ("Sold", Cell::count(counts.claimed)),
            ("Delivered", Cell::count(counts.delivered)),
            ("Taken back", Cell::count(counts.withdrawn)),
            ("Rows not taken", Cell::count(managed.untaken_count)),
            ("Undone", Cell::time(managed.listed.import.undone_at)),
        ],
    }
}

fn untaken(managed: &ManagedKeyImport) -> Block {
    let rows = managed.untaken.iter().map(|(line, fate)| Row {
        id: String::new(),
        cells: vec![Cell::count(*line), Cell::text(fate.as_str())],
        actions: Vec::new(),
    });
    let shown = managed.untaken.len() as u64;
    let lead = if shown < managed.untaken_count {
        format!(
            "The first {} of {}.",
            format::count(shown),
            format::count(managed.untaken_count)
        )
    } else {
        String::new()
    };
    Block::Rows {
        heading: "Rows that were not taken",
        lead,
        empty: "Every row was taken.",
        columns: vec![table::number("Line"), table::text("What became of it")],
        rows: rows.collect(),
    }
}

fn question(managed: &ManagedKeyImport) -> Question {
    let (import, counts) = (&managed.listed.import, managed.counts);
    Question {
        title: format!("Take back what of “{}” is unsold?", import.name),
        lead: format!(
            "{} unsold: the shop forgets these keys, and they may be imported again. {} sold, which stay sold.",
            format::plural(counts.free, "key is", "keys are"),
            format::count(counts.sold()),
        ),
        back: (import_address(import.id.0), import.name.clone()),
        blocks: Vec::new(),
        fields: Vec::new(),
        button: "Take them back",
    }
}
