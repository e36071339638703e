//! Sheets: pages that are no single table, made of blocks.

use web_kit::form::Form;

use super::cell::{Cell, Tone};
use super::table::{Column, Row};

/// What a sheet shows.
#[derive(Default)]
pub(crate) struct Sheet {
    /// Its title, where that depends on what it shows; empty for the screen's.
    pub(crate) title: String,
    /// A sentence below the title, likewise.
    pub(crate) lead: String,
    /// The pages above it, each as address and name.
    pub(crate) above: Vec<(String, String)>,
    /// The actions that it offers, by their names.
    pub(crate) actions: Vec<&'static str>,
    /// Every so many seconds a script asks for the sheet again.
    pub(crate) refreshed_every: Option<u32>,
    /// Its parts.
    pub(crate) blocks: Vec<Block>,
}

/// A part of a sheet.
pub(crate) enum Block {
    /// What needs somebody: nothing, or a list of reasons with links.
    Notes {
        /// Its heading.
        heading: &'static str,
        /// What is said when there is nothing.
        empty: &'static str,
        /// The reasons.
        notes: Vec<Note>,
    },
    /// Names with values.
    Facts {
        /// Its heading; may be empty.
        heading: &'static str,
        /// The names with their values.
        facts: Vec<(&'static str, Cell)>,
    },
    /// A short table.
    Rows {
        /// Its heading.
        heading: &'static str,
        /// What is said below the heading; may be empty.
        lead: String,
        /// What is said when it has no rows.
        empty: &'static str,
        /// The columns.
        columns: Vec<Column>,
        /// The rows.
        rows: Vec<Row>,
    },
    /// How far something is.
    Progress {
        /// What is going on.
        text: String,
        /// What is done.
        done: u64,
        /// What is to be done in all.
        total: u64,
    },
    /// Lines as they were recorded.
    Lines {
        /// Its heading.
        heading: &'static str,
        /// The lines.
        lines: Vec<String>,
    },
    /// A text as it was written.
    Verbatim {
        /// Its heading; may be empty.
        heading: &'static str,
        /// The text.
        text: String,
    },
    /// Where more can be seen: addresses with names.
    Links(Vec<(String, String)>),
    /// A form.
    Form {
        /// Its heading; may be empty.
        heading: &'static str,
        /// The form.
        form: Box<Form>,
    },
}

/// One thing that needs somebody.
pub(crate) struct Note {
    /// How much it does.
    pub(crate) tone: Tone,
    /// What it is.
    pub(crate) text: String,
    /// More about it.
    pub(crate) detail: String,
    /// Where somebody can look at it, and the text of the link.
    pub(crate) link: (String, &'static str),
}
