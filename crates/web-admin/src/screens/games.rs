//! Games: the list, one game with its offers and what staff set of it, and its withdrawal.

mod fields;

use domain::id::GameId;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use services::Error;
use services::overrides::ManagedGame;
use web_kit::form::Choice;

use super::offers::offers_block;
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Games);
const EDIT: Permission = Permission::edit(Noun::Games);

const STATES: [(&str, &str); 4] = [
    ("shown", "Shown"),
    ("hidden", "Not shown"),
    ("withdrawn", "Withdrawn by staff"),
    ("overridden", "With fields set by staff"),
];

/// The address of a game's page.
pub(crate) fn game_address(id: GameId) -> String {
    format!("/admin/games/{id}")
}

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/games",
        title: "Games",
        lead: "Every game that the shop has or had. What you set of a game survives every sync.",
        permission: Some(READ),
        section: Some(Section::Catalogue),
        content: Content::Table(list()),
        actions: Vec::new(),
    }
}

fn list() -> Table {
    Table {
        columns: vec![
            table::text("Title").sorted("title"),
            table::text("Service"),
            table::text("Region"),
            table::text("State"),
            table::number("Price"),
            table::number("Copies"),
            table::number("Offers"),
            table::number("Set by staff"),
            table::time("In the shop since").sorted("added"),
        ],
        filters: vec![Filter {
            name: "state",
            label: "State",
            kind: FilterKind::Choice(|_| STATES.map(|(value, text)| Choice::new(value, text)).to_vec()),
        }],
        search: Some("Title"),
        usual_sort: ("title", false),
        export: Some(READ),
        empty: "There are no games yet: no supplier was synced.",
        before: None,
        rows: |visit, query| {
            Box::pin(async move {
                let found = visit.app.shop.catalog().managed_list(query).await?;
                Ok(found.map(|it| Row {
                    id: it.id.to_string(),
                    cells: vec![
                        Cell::link(game_address(it.id), it.title),
                        Cell::optional(it.activation_service),
                        Cell::optional(it.region),
                        state(it.withdrawn, it.hidden, it.copies),
                        Cell::Money(it.price),
                        Cell::Number(it.copies),
                        Cell::Number(it.offers),
                        Cell::Number(it.overridden),
                        Cell::Time(it.created_at),
                    ],
                    actions: Vec::new(),
                }))
            })
        },
    }
}

fn state(withdrawn: bool, hidden: bool, copies: i64) -> Cell {
    let (tone, word) = match (withdrawn, hidden, copies) {
        (true, ..) => (Tone::Bad, "withdrawn"),
        (_, true, _) => (Tone::Quiet, "not shown"),
        (.., 1..) => (Tone::Good, "for sale"),
        _ => (Tone::Busy, "sold out"),
    };
    Cell::State(tone, word.to_owned())
}

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/games/{id}",
        title: "Game",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(visit, &managed(visit).await?)) })),
        actions: vec![fields::action(), withdraw(), bring_back()],
    }
}

async fn managed(visit: &Visit) -> Result<ManagedGame, Error> {
    visit.app.shop.catalog().managed(game_id(visit)?).await
}

fn game_id(visit: &Visit) -> Result<GameId, Refusal> {
    visit.id().map(GameId).ok_or(Refusal::GameNotFound)
}

fn is_withdrawn(game: &ManagedGame) -> bool {
    game.held.overrides.get(OverrideField::Hidden).is_some()
}

fn sheet(visit: &Visit, managed: &ManagedGame) -> Sheet {
    let (game, facts) = (&managed.held.game, &managed.held.game.facts);
    let withdrawn = is_withdrawn(managed);
    let page = if game.hidden {
        Cell::text("customers do not see it")
    } else {
        Cell::link(format!("/game/{}", game.slug), format!("/game/{}", game.slug))
    };
    let names = |names: &[String]| Cell::optional((!names.is_empty()).then(|| names.join(", ")));
    let about = Block::Facts {
        heading: "",
        facts: vec![
            ("State", state(withdrawn, game.hidden, facts.copies)),
            ("Page", page),
            ("Price", Cell::Money(facts.price)),
            ("Copies for sale", Cell::Number(facts.copies)),
            ("Activated on", Cell::optional(facts.activation_service.as_deref())),
            ("Region", Cell::optional(facts.region.as_deref())),
            ("Released", Cell::optional(facts.release_date.as_deref())),
            ("Publisher", Cell::optional(facts.publisher.as_deref())),
            ("Developer", Cell::optional(facts.developer.as_deref())),
            ("Platforms", names(&facts.platforms)),
            ("Genres", names(&facts.genres)),
            ("Categories", names(&facts.categories)),
            ("Tags", names(&game.tags)),
            ("In the shop since", Cell::Time(game.created_at)),
            ("Id", Cell::text(game.id.to_string())),
        ],
    };
    Sheet {
        title: facts.title.clone(),
        above: vec![("/admin/games".to_owned(), "Games".to_owned())],
        actions: vec![
            "set-fields",
            if withdrawn { "bring-back-game" } else { "withdraw-game" },
        ],
        blocks: vec![about, set_by_staff(managed), offers_block(visit, &managed.held)],
        ..Sheet::default()
    }
}

/// What staff set, beside what the suppliers say.
fn set_by_staff(managed: &ManagedGame) -> Block {
    let rows = managed.fields.iter().filter_map(|entry| {
        let set = managed.held.overrides.get(entry.field)?;
        let theirs = set.suppliers_value.as_ref();
        Some(Row {
            id: entry.field.as_str().to_owned(),
            cells: vec![
                Cell::text(fields::label(entry.field)),
                Cell::text(fields::short(&fields::shown(&set.value))),
                theirs.map_or(Cell::None, |value| Cell::text(fields::short(&fields::shown(value)))),
                Cell::Time(entry.at),
            ],
            actions: Vec::new(),
        })
    });
    Block::Rows {
        heading: "Set by staff",
        lead: String::new(),
        empty: "Nothing: every field is as the suppliers say.",
        columns: vec![
            table::text("Field"),
            table::text("Set to"),
            table::text("The suppliers say"),
            table::time("When"),
        ],
        rows: rows.collect(),
    }
}

fn withdraw() -> Action {
    Action {
        name: "withdraw-game",
        label: "Withdraw…",
        path: "/admin/games/{id}/withdraw",
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Required,
        ask: |visit| {
            Box::pin(async move {
                let managed = managed(visit).await?;
                Ok(Question {
                    title: format!("Withdraw “{}”?", managed.held.game.facts.title),
                    lead: "Customers no longer see it, whatever suppliers have of it, until somebody brings it back."
                        .to_owned(),
                    back: (game_address(managed.held.game.id), "The game".to_owned()),
                    blocks: Vec::new(),
                    fields: Vec::new(),
                    button: "Withdraw it",
                })
            })
        },
        run: |visit, _| {
            Box::pin(async move {
                let id = game_id(visit)?;
                visit.app.shop.catalog().withdraw(id, &visit.actor).await?;
                Ok(game_address(id))
            })
        },
        done: "Withdrawn: customers no longer see it.",
    }
}

fn bring_back() -> Action {
    Action {
        name: "bring-back-game",
        label: "Bring it back…",
        path: "/admin/games/{id}/bring-back",
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Optional,
        ask: |visit| {
            Box::pin(async move {
                let managed = managed(visit).await?;
                Ok(Question {
                    title: format!("Bring “{}” back?", managed.held.game.facts.title),
                    lead: "Customers see it again as soon as one of its offers can be bought.".to_owned(),
                    back: (game_address(managed.held.game.id), "The game".to_owned()),
                    blocks: Vec::new(),
                    fields: Vec::new(),
                    button: "Bring it back",
                })
            })
        },
        run: |visit, _| {
            Box::pin(async move {
                let id = game_id(visit)?;
                let change = OverrideChange {
                    field: OverrideField::Hidden,
                    value: None::<OverrideValue>,
                };
                visit
                    .app
                    .shop
                    .catalog()
                    .override_fields(id, vec![change], &visit.actor)
                    .await?;
                Ok(game_address(id))
            })
        },
        done: "Brought back: customers see it as soon as a supplier has it.",
    }
}
