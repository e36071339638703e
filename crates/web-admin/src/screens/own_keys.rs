//! Own keys: the list, their imports with what became of each row, a new import, and the undoing of one. No key is shown.

mod one;

use domain::own_key::{KeyFormat, OwnKeyState};
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::staff::{Noun, Permission};
use services::Error;
use services::own_keys::KeyImportOrder;
use uuid::Uuid;
use web_kit::form::{Choice, Field};
use web_kit::form_data::FormData;

use super::games::game_address;
use crate::kit::cell::{Cell, Tone, moment};
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

pub(crate) use one::one_import;

/// The field of typed keys.
const TYPED: &str = "keys";
/// The field of a file, which is also what the use case calls the text.
const FILE: &str = "file";

const READ: Permission = Permission::read(Noun::Keys);
const EDIT: Permission = Permission::edit(Noun::Keys);

const IMPORTS: &str = "/admin/key-imports";
/// The form of an import, with a file.
pub(super) const NEW_IMPORT: &str = "/admin/key-imports/new";

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/own-keys",
        title: "Own keys",
        lead: "Keys that the shop holds. They are sealed: nobody reads them here.",
        permission: Some(READ),
        section: Some(Section::Supply),
        content: Content::Table(keys()),
        actions: Vec::new(),
    }
}

pub(crate) fn imports() -> Screen {
    Screen {
        path: IMPORTS,
        title: "Imports of keys",
        lead: "Each file of keys that was imported. What of it is unsold can be taken back.",
        permission: Some(READ),
        section: Some(Section::Supply),
        content: Content::Table(Table {
            columns: vec![
                table::time("Began").sorted("begun"),
                table::text("Name"),
                table::text("By"),
                table::time("Undone"),
            ],
            filters: Vec::new(),
            search: None,
            usual_sort: ("begun", true),
            export: Some(READ),
            empty: "No keys were imported yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.own_keys().imports(query).await?;
                    Ok(found.map(|it| Row {
                        id: it.import.id.to_string(),
                        cells: vec![
                            Cell::link(import_address(it.import.id.0), moment(it.import.at)),
                            Cell::text(it.import.name),
                            Cell::text(it.by),
                            Cell::time(it.import.undone_at),
                        ],
                        actions: Vec::new(),
                    }))
                })
            },
        }),
        actions: vec![import()],
    }
}

/// The address of an import.
fn import_address(id: Uuid) -> String {
    format!("{IMPORTS}/{id}")
}

fn keys() -> Table {
    Table {
        columns: vec![
            table::time("Added").sorted("added"),
            table::text("Game"),
            table::text("State"),
            table::number("Cost"),
            table::text("Import"),
            table::number("Line"),
        ],
        filters: vec![
            Filter {
                name: "state",
                label: "State",
                kind: FilterKind::Choice(|_| {
                    let choice = |state: OwnKeyState| Choice::new(state.as_str(), word(state).1);
                    OwnKeyState::ALL.map(choice).to_vec()
                }),
            },
            Filter {
                name: "game",
                label: "Game",
                kind: FilterKind::Id,
            },
            Filter {
                name: "import",
                label: "Import",
                kind: FilterKind::Id,
            },
        ],
        search: None,
        usual_sort: ("added", true),
        export: Some(READ),
        empty: "The shop holds no keys of its own.",
        before: None,
        rows: |visit, query| {
            Box::pin(async move {
                let found = visit.app.shop.own_keys().managed_list(query).await?;
                Ok(found.map(|it| {
                    let (tone, state) = word(it.state);
                    let (import, line) = match it.import {
                        Some((id, name, line)) => (Cell::link(import_address(id.0), name), Cell::Number(line)),
                        None => (Cell::None, Cell::None),
                    };
                    Row {
                        id: String::new(),
                        cells: vec![
                            Cell::Time(it.added_at),
                            Cell::link(game_address(it.game), it.title),
                            Cell::State(tone, state.to_owned()),
                            it.cost.map_or(Cell::None, Cell::Money),
                            import,
                            line,
                        ],
                        actions: Vec::new(),
                    }
                }))
            })
        },
    }
}

/// A state in a word.
const fn word(state: OwnKeyState) -> (Tone, &'static str) {
    match state {
        OwnKeyState::Free => (Tone::Good, "for sale"),
        OwnKeyState::Claimed => (Tone::Busy, "sold"),
        OwnKeyState::Delivered => (Tone::Quiet, "delivered"),
        OwnKeyState::Withdrawn => (Tone::Quiet, "taken back"),
    }
}

fn import() -> Action {
    Action {
        name: "import-keys",
        label: "Import…",
        path: NEW_IMPORT,
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Optional,
        ask: |_| Box::pin(async move { Ok(question()) }),
        run: |visit, data| Box::pin(run(visit, data)),
        done: "Imported. Below stands what became of the rows.",
    }
}

fn question() -> Question {
    let format = vec![
        Choice::new("lines", "A key a line, all of one game"),
        Choice::new("csv", "CSV with a header: game,key,cost"),
    ];
    let game = "Its slug, its id, or a supplier's product. In CSV, that of the rows that name none.";
    let price = "In EUR: what their own offers cost. If it is empty, it stays, or is what the game costs now.";
    let keys = "They are not shown again, also if something is wrong with them. More than 64 KiB are sent as a file.";
    let file = "Instead of typed keys: text in UTF-8, up to 5 MiB; for more there is `latchkey keys import`. It has to be \
                chosen again if something is wrong.";
    Question {
        title: "Import keys".to_owned(),
        lead: "Keys are sealed and for sale at once. One that the shop has or had is not taken again.".to_owned(),
        back: (IMPORTS.to_owned(), "Imports of keys".to_owned()),
        blocks: Vec::new(),
        fields: vec![
            Field::text("name", "Name").hinted("By which you find this import again, such as that of the file."),
            Field::one("format", "Written as", format),
            Field::text("game", "Game").or_empty().hinted(game),
            Field::money("price", "Price").or_empty().hinted(price),
            Field::secret_lines(TYPED, "Keys").or_empty().hinted(keys),
            Field::file(FILE, "File", ".csv,.txt,text/csv,text/plain")
                .or_empty()
                .hinted(file),
        ],
        button: "Import",
    }
}

async fn run(visit: &Visit, data: &FormData) -> Result<String, Error> {
    let game = Some(data.get("game").trim()).filter(|game| !game.is_empty());
    let order = KeyImportOrder {
        name: data.get("name").to_owned(),
        game: game.map(str::to_owned),
        price: data.cents("price").map_err(|wrong| Refusal::Invalid(vec![wrong]))?,
    };
    let format = match data.get("format") {
        "csv" => KeyFormat::Csv,
        _ => KeyFormat::Lines,
    };
    let (text, field) = sent(data)?;
    let keys = visit.app.shop.own_keys();
    let rows = keys
        .rows(text, format, game)
        .map_err(|refusal| of_field(refusal, field))?;
    let report = keys.import(&rows, &order, &visit.actor, &mut |_| ()).await?;
    Ok(import_address(report.id.0))
}

/// What was typed, or the file that was chosen; and its field.
fn sent(data: &FormData) -> Result<(&[u8], &'static str), Refusal> {
    let typed = data.get(TYPED);
    let wrong = |wrong| Refusal::Invalid(vec![wrong]);
    match (typed.trim().is_empty(), data.file(FILE).map_err(wrong)?) {
        (false, None) => Ok((typed.as_bytes(), TYPED)),
        (true, Some(file)) => Ok((file, FILE)),
        (true, None) => Err(wrong(FieldError::of(
            Wrong::Missing,
            TYPED,
            "are missing: type them, or choose a file",
        ))),
        (false, Some(_)) => Err(wrong(FieldError::new(
            FILE,
            "is one too many: there are typed keys, too",
        ))),
    }
}

/// What is wrong with the text is wrong with the field that it comes from.
fn of_field(refusal: Refusal, field: &str) -> Refusal {
    let Refusal::Invalid(wrong) = refusal else {
        return refusal;
    };
    let wrong = wrong.into_iter().map(|wrong| FieldError {
        field: if wrong.field == FILE {
            field.to_owned()
        } else {
            wrong.field
        },
        ..wrong
    });
    Refusal::Invalid(wrong.collect())
}
