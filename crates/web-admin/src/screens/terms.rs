//! Categories, genres, platforms and tags: the names that games are grouped by; added, renamed, merged and deleted.

use domain::refusal::{FieldError, Refusal, Wrong};
use domain::staff::{Noun, Permission};
use domain::term::{Term, TermText};
use services::Error;
use services::view::ManagedTerm;
use uuid::Uuid;
use web_kit::form::Field;
use web_kit::form_data::FormData;
use web_kit::format;

use crate::kit::cell::Cell;
use crate::kit::sheet::Block;
use crate::kit::table::{self, Row, Table};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Games);
const EDIT: Permission = Permission::edit(Noun::Games);

/// A kind of names, with the addresses of its page and of its actions.
trait Kind: 'static {
    const TERM: Term;
    const TITLE: &'static str;
    const PAGE: &'static str;
    /// Names and addresses of the actions: add, change, merge, delete.
    const ACTIONS: [(&'static str, &'static str); 4];
}

macro_rules! kinds {
    ($($Kind:ident: $singular:literal, $plural:literal, $title:literal;)+) => {
        $(struct $Kind;

        impl Kind for $Kind {
            const TERM: Term = Term::$Kind;
            const TITLE: &'static str = $title;
            const PAGE: &'static str = concat!("/admin/", $plural);
            const ACTIONS: [(&'static str, &'static str); 4] = [
                (concat!("add-", $singular), concat!("/admin/", $plural, "/add")),
                (concat!("change-", $singular), concat!("/admin/", $plural, "/{id}/change")),
                (concat!("merge-", $singular), concat!("/admin/", $plural, "/{id}/merge")),
                (concat!("delete-", $singular), concat!("/admin/", $plural, "/{id}/delete")),
            ];
        })+

        /// One for each kind of names.
        pub(crate) fn screens() -> Vec<Screen> {
            vec![$(screen::<$Kind>(),)+]
        }
    };
}

kinds! {
    Category: "category", "categories", "Categories";
    Genre: "genre", "genres", "Genres";
    Platform: "platform", "platforms", "Platforms";
    Tag: "tag", "tags", "Tags";
}

fn screen<K: Kind>() -> Screen {
    Screen {
        path: K::PAGE,
        title: K::TITLE,
        lead: "Suppliers give these names, and staff. What you rename, merge or delete here stays so, whatever suppliers send. A name \
               without games is shown to nobody.",
        permission: Some(READ),
        section: Some(Section::Catalogue),
        content: Content::Table(Table {
            columns: vec![
                table::text("Name").sorted("name"),
                table::text("In addresses"),
                table::text("Description"),
                table::number("Games"),
                table::time("Changed"),
            ],
            filters: Vec::new(),
            search: Some("Name"),
            usual_sort: ("name", false),
            export: Some(READ),
            empty: "There are none yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.terms().managed_list(K::TERM, query).await?;
                    Ok(found.map(row::<K>))
                })
            },
        }),
        actions: vec![add::<K>(), change::<K>(), merge::<K>(), delete::<K>()],
    }
}

fn row<K: Kind>(it: ManagedTerm) -> Row {
    Row {
        id: it.id.to_string(),
        cells: vec![
            Cell::text(it.text.name),
            Cell::text(it.text.slug),
            Cell::long(it.text.description),
            Cell::Number(it.games),
            Cell::Time(it.updated_at),
        ],
        // Its form leads to the others.
        actions: vec![K::ACTIONS[1].0],
    }
}

/// An action of a kind, but for its question and what it does.
macro_rules! action {
    ($kind:ident[$at:literal], $label:literal, $reason:ident, $ask:expr, $run:expr, $done:literal) => {
        Action {
            name: $kind::ACTIONS[$at].0,
            label: $label,
            path: $kind::ACTIONS[$at].1,
            permission: EDIT,
            needs_proof: false,
            reason: Reason::$reason,
            ask: $ask,
            run: $run,
            done: $done,
        }
    };
}

fn id(visit: &Visit) -> Result<Uuid, Refusal> {
    visit.id().ok_or(Refusal::TermNotFound)
}

async fn about<K: Kind>(visit: &Visit) -> Result<ManagedTerm, Error> {
    visit.app.shop.terms().one(K::TERM, id(visit)?).await
}

fn typed(data: &FormData) -> Result<TermText, Refusal> {
    TermText::read(data.get("name"), data.get("slug"), data.get("description"))
}

fn fields(text: Option<&TermText>) -> Vec<Field> {
    let held = |value: Option<&str>| value.unwrap_or_default().to_owned();
    vec![
        Field::text("name", "Name").holding(&held(text.map(|text| &*text.name))),
        Field::text("slug", "In addresses")
            .or_empty()
            .hinted("Small letters, digits and hyphens; if it is empty, it is made of the name.")
            .holding(&held(text.map(|text| &*text.slug))),
        Field::lines("description", "Description")
            .or_empty()
            .holding(&held(text.and_then(|text| text.description.as_deref()))),
    ]
}

fn question<K: Kind>(title: String, lead: String, fields: Vec<Field>, button: &'static str) -> Question {
    Question {
        title,
        lead,
        back: (K::PAGE.to_owned(), K::TITLE.to_owned()),
        blocks: Vec::new(),
        fields,
        button,
    }
}

fn add<K: Kind>() -> Action {
    action!(
        K[0],
        "Add…",
        Optional,
        |_| {
            let lead = "Nobody sees it before a game has it: set it among a game's fields. One that was deleted may be added again.";
            let title = format!("Add a {}", K::TERM.singular());
            Box::pin(async move { Ok(question::<K>(title, lead.to_owned(), fields(None), "Add")) })
        },
        |visit, data| {
            Box::pin(async move {
                visit.app.shop.terms().add(K::TERM, typed(data)?, &visit.actor).await?;
                Ok(K::PAGE.to_owned())
            })
        },
        "Added."
    )
}

fn change<K: Kind>() -> Action {
    action!(
        K[1],
        "Change…",
        Optional,
        |visit| {
            Box::pin(async move {
                let it = about::<K>(visit).await?;
                let lead = "Suppliers may go on sending the old name, and its old addresses lead on.".to_owned();
                let [_, _, merge, delete] = K::ACTIONS.map(|(_, path)| path.replace("{id}", &visit.subject));
                let question = question::<K>(
                    format!("Change “{}”", it.text.name),
                    lead,
                    fields(Some(&it.text)),
                    "Save",
                );
                Ok(Question {
                    blocks: vec![Block::Links(vec![
                        (merge, "Merge it into another…".to_owned()),
                        (delete, "Delete it…".to_owned()),
                    ])],
                    ..question
                })
            })
        },
        |visit, data| {
            Box::pin(async move {
                let (id, text) = (id(visit)?, typed(data)?);
                visit.app.shop.terms().change(K::TERM, id, text, &visit.actor).await?;
                Ok(K::PAGE.to_owned())
            })
        },
        "Saved. It stays so, whatever suppliers send."
    )
}

fn merge<K: Kind>() -> Action {
    action!(
        K[2],
        "Merge…",
        Required,
        |visit| {
            Box::pin(async move {
                let it = about::<K>(visit).await?;
                let lead = format!(
                    "The other name gets its {}. Suppliers that send “{}” mean the other from then on, and its addresses lead \
                     there. This cannot be undone.",
                    games(&it),
                    it.text.name
                );
                let into = Field::text("into", "Name to merge it into").hinted("As it stands in the list.");
                Ok(question::<K>(
                    format!("Merge “{}” into another?", it.text.name),
                    lead,
                    vec![into],
                    "Merge",
                ))
            })
        },
        |visit, data| {
            Box::pin(async move {
                let from = id(visit)?;
                let into = named::<K>(visit, data.get("into").trim()).await?;
                visit.app.shop.terms().merge(K::TERM, from, into, &visit.actor).await?;
                Ok(K::PAGE.to_owned())
            })
        },
        "Merged: its games have the other name now."
    )
}

/// The id of the name that was typed.
async fn named<K: Kind>(visit: &Visit, typed: &str) -> Result<Uuid, Error> {
    let wrong = |wrong, why: &str| Refusal::Invalid(vec![FieldError::of(wrong, "into", why)]);
    if typed.is_empty() {
        return Err(wrong(Wrong::Missing, "is missing").into());
    }
    let all = visit.app.shop.terms().all(K::TERM).await?;
    let found = all.iter().find(|it| it.text.name == typed || it.text.slug == typed);
    Ok(found.ok_or_else(|| wrong(Wrong::Value, "is no name of this list"))?.id)
}

fn games(it: &ManagedTerm) -> String {
    format::plural(u64::try_from(it.games).unwrap_or(0), "game", "games")
}

fn delete<K: Kind>() -> Action {
    action!(
        K[3],
        "Delete…",
        Required,
        |visit| {
            Box::pin(async move {
                let it = about::<K>(visit).await?;
                let lead = format!(
                    "It is taken from {}. Suppliers that send it are not listened to in that, until somebody adds it again; then games get \
                     it as their products change.",
                    games(&it)
                );
                Ok(question::<K>(
                    format!("Delete “{}”?", it.text.name),
                    lead,
                    Vec::new(),
                    "Delete",
                ))
            })
        },
        |visit, _| {
            Box::pin(async move {
                visit.app.shop.terms().delete(K::TERM, id(visit)?, &visit.actor).await?;
                Ok(K::PAGE.to_owned())
            })
        },
        "Deleted. Suppliers that send it are not listened to."
    )
}
