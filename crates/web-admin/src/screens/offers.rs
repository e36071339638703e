//! Offers: the list, linked to games and unlinked by staff, and games that may be the same.

use domain::id::{GameId, OfferId};
use domain::offer::OfferedGame;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::staff::{Noun, Permission};
use services::Error;
use uuid::Uuid;
use web_kit::form::{Choice, Field};
use web_kit::form_data::FormData;

use super::games::game_address;
use super::sync_runs::suppliers;
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::Block;
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Offers);
const EDIT: Permission = Permission::edit(Noun::Offers);

const STATES: [(&str, &str); 4] = [
    ("for_sale", "For sale"),
    ("sold_out", "Sold out"),
    ("hidden", "Gone at the supplier"),
    ("parked", "Waits for a decision"),
];

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/offers",
        title: "Offers",
        lead: "What suppliers sell, each as an offer of a game. A game shows the cheapest that is for sale.",
        permission: Some(READ),
        section: Some(Section::Supply),
        content: Content::Table(list()),
        actions: vec![link(), unlink()],
    }
}

fn list() -> Table {
    Table {
        columns: vec![
            table::text("Game"),
            table::text("Supplier"),
            table::text("Product").sorted("product"),
            table::text("State"),
            table::number("Cost"),
            table::number("Price"),
            table::number("Copies"),
            table::time("Observed").sorted("added"),
        ],
        filters: vec![
            Filter {
                name: "supplier",
                label: "Supplier",
                kind: FilterKind::Choice(|visit| {
                    let own = Choice::new("own", "own keys");
                    std::iter::once(own).chain(suppliers(visit)).collect()
                }),
            },
            Filter {
                name: "state",
                label: "State",
                kind: FilterKind::Choice(|_| STATES.map(|(value, text)| Choice::new(value, text)).to_vec()),
            },
            Filter {
                name: "game",
                label: "Game",
                kind: FilterKind::Id,
            },
        ],
        search: Some("Title or product"),
        usual_sort: ("added", true),
        export: Some(READ),
        empty: "There are no offers yet: no supplier was synced.",
        before: None,
        rows: |visit, query| {
            Box::pin(async move {
                let found = visit.app.shop.offers().managed_list(query).await?;
                Ok(found.map(|it| Row {
                    id: it.id.0.to_string(),
                    cells: vec![
                        Cell::link(game_address(it.game), it.title),
                        Cell::text(it.supplier.as_str()),
                        Cell::text(it.product.to_string()),
                        state(it.hidden, it.parked, it.supplier_qty - it.reserved),
                        Cell::Money(it.cost),
                        Cell::Money(it.price),
                        Cell::Number(it.supplier_qty),
                        Cell::Time(it.observed_at),
                    ],
                    actions: vec!["link-offer", "unlink-offer"],
                }))
            })
        },
    }
}

/// How an offer is, in a word.
pub(crate) fn state(hidden: bool, parked: bool, left: i64) -> Cell {
    let (tone, word) = match (hidden, parked, left) {
        (true, ..) => (Tone::Quiet, "gone"),
        (_, true, _) => (Tone::Bad, "waits"),
        (.., 1..) => (Tone::Good, "for sale"),
        _ => (Tone::Busy, "sold out"),
    };
    Cell::State(tone, word.to_owned())
}

fn link() -> Action {
    Action {
        name: "link-offer",
        label: "Link…",
        path: "/admin/offers/{id}/link",
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Optional,
        ask: |visit| {
            Box::pin(async move {
                let held = game_of(visit).await?;
                let hint = "The id stands in the address of the game's page here, after /admin/games/.";
                Ok(Question {
                    title: "Link the offer to another game".to_owned(),
                    lead: format!(
                        "It is an offer of “{}” now. A game whose last offer this was is hidden; syncs do not change the link.",
                        held.game.facts.title
                    ),
                    back: (offers_of(held.game.id), "Offers".to_owned()),
                    blocks: vec![offers_block(visit, &held)],
                    fields: vec![Field::text("game", "Id of the game").hinted(hint)],
                    button: "Link",
                })
            })
        },
        run: |visit, data| {
            Box::pin(async move {
                let game = typed_game(data)?;
                let offer = offer_id(visit)?;
                let held = visit.app.shop.offers().link(offer, game, &visit.actor).await?;
                Ok(offers_of(held.game.id))
            })
        },
        done: "Linked. The texts of both games follow at the next sync.",
    }
}

fn unlink() -> Action {
    Action {
        name: "unlink-offer",
        label: "Unlink…",
        path: "/admin/offers/{id}/unlink",
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Optional,
        ask: |visit| {
            Box::pin(async move {
                let held = game_of(visit).await?;
                Ok(Question {
                    title: "Make the offer a game of its own?".to_owned(),
                    lead: format!(
                        "It is an offer of “{}” now. The new game has the same texts until the next sync; syncs do not link it \
                         again. An offer that is alone stays where it is.",
                        held.game.facts.title
                    ),
                    back: (offers_of(held.game.id), "Offers".to_owned()),
                    blocks: vec![offers_block(visit, &held)],
                    fields: Vec::new(),
                    button: "Unlink",
                })
            })
        },
        run: |visit, _| {
            Box::pin(async move {
                let held = visit.app.shop.offers().unlink(offer_id(visit)?, &visit.actor).await?;
                Ok(offers_of(held.game.id))
            })
        },
        done: "Unlinked: the offer is a game of its own.",
    }
}

fn offers_of(game: GameId) -> String {
    format!("/admin/offers?game={game}")
}

fn offer_id(visit: &Visit) -> Result<OfferId, Refusal> {
    visit.id().map(OfferId).ok_or(Refusal::OfferNotFound)
}

async fn game_of(visit: &Visit) -> Result<OfferedGame, Error> {
    visit.app.shop.offers().with_offer(offer_id(visit)?).await
}

/// The game that was typed: an id, or the address of its page.
fn typed_game(data: &FormData) -> Result<GameId, Refusal> {
    let typed = data.get("game").trim();
    let wrong = |wrong, message: &str| Refusal::Invalid(vec![FieldError::of(wrong, "game", message)]);
    if typed.is_empty() {
        return Err(wrong(Wrong::Missing, "is missing"));
    }
    let id = typed.rsplit('/').next().unwrap_or(typed);
    let id = Uuid::parse_str(id).map_err(|_| wrong(Wrong::Id, "is not an id of a game"))?;
    Ok(GameId(id))
}

/// The offers of a game.
pub(crate) fn offers_block(visit: &Visit, held: &OfferedGame) -> Block {
    let terms = visit.app.shop.offers().terms();
    let shown = domain::offer::shown(&held.offers, terms).map(|offer| offer.id);
    let leading = domain::offer::leading(&held.offers, terms).map(|offer| offer.id);
    let rows = held.offers.iter().map(|offer| {
        let mut part = Vec::new();
        part.extend((shown == Some(offer.id)).then_some("price and copies"));
        part.extend((leading == Some(offer.id)).then_some("title and texts"));
        Row {
            id: offer.id.0.to_string(),
            cells: vec![
                Cell::text(offer.supplier.as_str()),
                Cell::text(offer.product.to_string()),
                state(offer.hidden, offer.parked, offer.for_sale(terms)),
                Cell::Money(offer.cost),
                Cell::Money(offer.price),
                Cell::Number(offer.supplier_qty),
                Cell::optional((!part.is_empty()).then(|| part.join(", "))),
                Cell::Time(offer.observed_at),
            ],
            actions: Vec::new(),
        }
    });
    Block::Rows {
        heading: "Offers of this game",
        lead: String::new(),
        empty: "It has none.",
        columns: vec![
            table::text("Supplier"),
            table::text("Product"),
            table::text("State"),
            table::number("Cost"),
            table::number("Price"),
            table::number("Copies"),
            table::text("The game shows its"),
            table::time("Observed"),
        ],
        rows: rows.collect(),
    }
}

pub(crate) fn possible_duplicates() -> Screen {
    Screen {
        path: "/admin/possible-duplicates",
        title: "Possible duplicates",
        lead: "Visible games of one title, edition, service and region stand together. Link their offers to one of them, and \
               customers see the cheapest.",
        permission: Some(READ),
        section: Some(Section::Supply),
        content: Content::Table(Table {
            columns: vec![
                table::text("Game").sorted("key"),
                table::text("Service"),
                table::text("Region"),
                table::text("Offers"),
                table::text("Id"),
            ],
            filters: Vec::new(),
            search: None,
            usual_sort: ("key", false),
            export: Some(READ),
            empty: "No two visible games look like one.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.offers().possible_duplicates(query).await?;
                    Ok(found.map(|game| Row {
                        id: game.id.to_string(),
                        cells: vec![
                            Cell::link(game_address(game.id), game.title),
                            Cell::optional(game.activation_service),
                            Cell::optional(game.region),
                            Cell::link(offers_of(game.id), "Its offers"),
                            Cell::text(game.id.to_string()),
                        ],
                        actions: Vec::new(),
                    }))
                })
            },
        }),
        actions: Vec::new(),
    }
}
