//! Overrides: fields of a game that staff set by hand. No sync changes them; what the suppliers say is kept beside them, so
//! that it is back at once when an override is removed.

mod fields;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Game;
use crate::term::Aliases;

pub use fields::OverrideField;

/// The value of a field. An optional text that is not there is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OverrideValue {
    /// Of [`OverrideField::Hidden`].
    Flag(bool),
    /// Of [`OverrideField::Price`].
    Cents(i64),
    /// One text.
    Text(String),
    /// Several.
    Texts(Vec<String>),
}

/// A field that is to be overridden, or with `None` no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideChange {
    /// The field.
    pub field: OverrideField,
    /// Its value.
    pub value: Option<OverrideValue>,
}

/// A field that is overridden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOverride {
    /// What staff set.
    pub value: OverrideValue,
    /// What the game would have otherwise; `None` for a price and for a withdrawal, which follow from the offers.
    pub suppliers_value: Option<OverrideValue>,
}

/// The overrides of a game.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides(BTreeMap<OverrideField, FieldOverride>);

impl Overrides {
    /// With these fields.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = (OverrideField, FieldOverride)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The fields that are overridden.
    pub fn iter(&self) -> impl Iterator<Item = (OverrideField, &FieldOverride)> {
        self.0.iter().map(|(field, one)| (*field, one))
    }

    /// The override of a field.
    #[must_use]
    pub fn get(&self, field: OverrideField) -> Option<&FieldOverride> {
        self.0.get(&field)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts the names in force in the place of those that staff renamed, merged or deleted since.
    pub fn rename(&mut self, aliases: &Aliases) {
        for (field, one) in &mut self.0 {
            let Some(term) = field.term() else { continue };
            for value in [Some(&mut one.value), one.suppliers_value.as_mut()]
                .into_iter()
                .flatten()
            {
                if let OverrideValue::Texts(names) = value {
                    aliases.apply(term, names);
                }
            }
        }
    }

    /// Adds, replaces and removes overrides; the game has to be as its suppliers describe it ([`Self::lift`]).
    pub fn change(&mut self, changes: &[OverrideChange]) {
        for OverrideChange { field, value } in changes {
            match value {
                None => self.0.remove(field),
                // What is not hidden by staff is shown while a supplier has it: nothing forces a game to be shown.
                Some(OverrideValue::Flag(false)) => self.0.remove(field),
                Some(value) => {
                    let value = value.clone();
                    let suppliers_value = None;
                    self.0.insert(*field, FieldOverride { value, suppliers_value })
                }
            };
        }
    }

    /// Gives `game` the values of its suppliers in the overridden fields.
    pub fn lift(&self, game: &mut Game) {
        for (field, one) in &self.0 {
            if let Some(value) = &one.suppliers_value {
                field.set(game, value);
            }
        }
    }

    /// Notes what the suppliers say of the overridden fields of `game`, then gives it the values of the staff.
    pub fn lay(&mut self, game: &mut Game) {
        for (field, one) in &mut self.0 {
            one.suppliers_value = field.of(game);
            field.set(game, &one.value);
        }
    }

    /// Gives `game` the price of the staff and hides it if they withdrew it, once its offers were looked at.
    pub fn settle(&self, game: &mut Game) {
        for field in [OverrideField::Price, OverrideField::Hidden] {
            if let Some(one) = self.0.get(&field) {
                field.set(game, &one.value);
            }
        }
    }
}

#[cfg(test)]
#[path = "overrides_tests.rs"]
mod tests;
