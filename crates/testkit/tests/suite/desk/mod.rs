//! The administration: its lists, its files, its actions, and how little a new page takes.

mod actions;
mod cases;
mod duplicates;
mod files;
mod lists;
mod new_page;
mod own_keys;
mod people;
mod people_plans;
mod people_records;
mod plans;
mod reasons;
mod sales;
mod sales_plans;
mod statements;
mod uploads;
mod wallets;
mod work_plans;

pub(crate) use cases::lose_keys;
pub(crate) use uploads::{FORM as KEYS_FORM, NEW as NEW_KEYS, parts as form_of_keys};

/// The address without `{id}`.
fn filled_in(path: &str, id: &str) -> String {
    path.replace("{id}", id)
}
