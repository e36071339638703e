//! Screens made of sample data.

use domain::money::Cents;
use domain::refusal::{FieldError, Refusal};
use template_checks::Sample;
use web_kit::form::{Choice, Field, Form};

use super::super::cell::{Cell, Tone};
use super::super::list_view::FilterView;
use super::super::sheet::Note;
use super::super::table::{number, text, time};
use super::*;

fn page() -> ScreenPage {
    ScreenPage {
        layout: private_layout(&fixtures::site(), "A <title>", "/admin/x"),
        desk: Desk::of(&[], None, "/admin/x"),
        title: "A <title>".to_owned(),
        lead: "A lead".to_owned(),
        above: vec![("/admin".to_owned(), "Above <it>".to_owned())],
        notice: Some("Done"),
        actions: offers(),
        list: None,
        refreshed_every: Some(2),
        blocks: Vec::new(),
    }
}

fn offers() -> Vec<Offered> {
    let offered = |label| Offered {
        label,
        href: "/admin/x/1/do".to_owned(),
    };
    vec![offered("Do <it>"), offered("Do that")]
}

fn rows() -> RowsView {
    let columns = [
        text("Text").sorted("text"),
        number("Number"),
        time("Time"),
        text("State"),
    ];
    let headings = columns.map(|column| Heading {
        column,
        href: column.sort.map(|_| "/admin/x?sort=-text".to_owned()),
        sorted: column.sort.map(|_| "ascending"),
    });
    let row = |first: Cell| Row {
        id: "1".to_owned(),
        cells: vec![
            first,
            Cell::Money(Cents::new(1_999)),
            Cell::Time(fixtures::now()),
            Cell::State(Tone::Bad, "bad <3".to_owned()),
        ],
        actions: Vec::new(),
    };
    RowsView {
        headings: headings.into(),
        rows: vec![
            (row(Cell::link("/x", "A <link>")), offers()),
            (row(Cell::None), Vec::new()),
        ],
        has_actions: true,
        caption: "Things".to_owned(),
    }
}

fn list(wrong: &[&str], table: RowsView) -> ListView {
    ListView {
        here: "/admin/x",
        search: Some(("Title", "a \"b\"".to_owned())),
        filters: vec![
            FilterView {
                name: "state",
                label: "State",
                value: "b".to_owned(),
                choices: Some(vec![Choice::new("a", "A"), Choice::new("b", "B <b>")]),
            },
            FilterView {
                name: "who",
                label: "Who",
                value: "\"<a>".to_owned(),
                choices: None,
            },
        ],
        kept: vec![("game", "7".to_owned())],
        everything: Some("/admin/x".to_owned()),
        wrong: wrong.iter().map(|wrong| (*wrong).to_owned()).collect(),
        file: Some("/admin/x.csv?q=a&state=b".to_owned()),
        empty: "Nothing <fits>.",
        table,
        previous: Some("/admin/x?before=1".to_owned()),
        next: Some("/admin/x?after=2".to_owned()),
    }
}

fn blocks_of_all_kinds() -> Vec<BlockView> {
    let form = Form::new("/admin/x/1/do", "Do it", vec![Field::text("name", "Name")]);
    let refused = Refusal::Invalid(vec![FieldError::new("name", "is <wrong>")]);
    let form = form.refused(&FormData::default(), refused.into());
    let form = form.unwrap_or_else(|_| panic!("this form can be repaired"));
    let note = Note {
        tone: Tone::Bad,
        text: "Look <at> this".to_owned(),
        detail: "Because".to_owned(),
        link: ("/admin/x".to_owned(), "Look"),
    };
    let short = Block::Rows {
        heading: "Rows",
        lead: "A lead".to_owned(),
        empty: "None",
        columns: Vec::new(),
        rows: Vec::new(),
    };
    let plain = |block| BlockView { block, rows: None };
    vec![
        plain(Block::Notes {
            heading: "Notes",
            empty: "None",
            notes: vec![note],
        }),
        plain(Block::Notes {
            heading: "Notes",
            empty: "None",
            notes: Vec::new(),
        }),
        plain(Block::Facts {
            heading: "Facts",
            facts: vec![("Fact", Cell::Number(-7)), ("Other", Cell::link("/x", "there"))],
        }),
        BlockView {
            block: short,
            rows: Some(rows()),
        },
        plain(Block::Progress {
            text: "Half".to_owned(),
            done: 1,
            total: 2,
        }),
        plain(Block::Lines {
            heading: "Lines",
            lines: vec!["a <b>".to_owned()],
        }),
        plain(Block::Verbatim {
            heading: "Text",
            text: "a <b>\nc".to_owned(),
        }),
        plain(Block::Links(vec![("/x?a=1&b=2".to_owned(), "More <of it>".to_owned())])),
        plain(Block::Form {
            heading: "Form",
            form: Box::new(form),
        }),
    ]
}

pub(crate) fn samples() -> Vec<Sample> {
    let empty = RowsView {
        rows: Vec::new(),
        ..rows()
    };
    let pages = [
        ScreenPage {
            blocks: blocks_of_all_kinds(),
            ..page()
        },
        ScreenPage {
            list: Some(list(&[], rows())),
            ..page()
        },
        ScreenPage {
            list: Some(list(&["state is <none> of its values"], empty)),
            ..page()
        },
    ];
    pages.iter().map(Sample::of).collect()
}
