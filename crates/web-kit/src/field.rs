//! The fields of forms: what a person fills in, and what they chose.

use std::borrow::Cow;

use askama::Template;
use domain::money::Cents;

use crate::form_data::FormData;
use crate::page::render;

/// One field of a form.
pub struct Field {
    /// Its name in the data that is sent.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The `type` of its input.
    pub kind: &'static str,
    /// The `autocomplete` of its input.
    pub autocomplete: &'static str,
    /// The `inputmode` of its input: which keys a telephone shows.
    pub keys: Option<&'static str>,
    /// How it is filled in.
    pub control: Control,
    /// A sentence below its label.
    pub hint: Option<Cow<'static, str>>,
    /// Its value.
    pub value: String,
    /// The chosen values, where there may be several.
    pub chosen: Vec<String>,
    /// The error of the typed value.
    pub wrong: Option<String>,
    /// Whether it may be empty.
    pub optional: bool,
    /// Whether what is typed is never sent back, although the field shows it.
    pub secret: bool,
}

#[derive(Template)]
#[template(path = "field.html")]
struct FieldView<'a> {
    field: &'a Field,
    /// The ids of what describes its input.
    describes: Option<String>,
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// One of several values, from a list that opens.
    One(Vec<Choice>),
    /// Any of several values, each with a tick.
    Any(Vec<Choice>),
    /// Yes or no: the value is `yes` or empty.
    Tick,
    /// A file; which ones a browser offers, by the ends of their names and their media types.
    File(&'static str),
}

/// A value that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
}

impl Choice {
    /// A value with the text that is shown for it.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
        }
    }
}

impl Field {
    const fn new(name: &'static str, label: &'static str, kind: &'static str, autocomplete: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete,
            keys: None,
            control: Control::Line,
            hint: None,
            value: String::new(),
            chosen: Vec::new(),
            wrong: None,
            optional: false,
            secret: false,
        }
    }

    /// The e-mail address of an account.
    pub const fn email() -> Self {
        Self::new("email", "E-mail address", "email", "email")
    }

    /// A current password.
    pub const fn present_password(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, "password", "current-password")
    }

    /// A new password.
    pub fn new_password(name: &'static str, label: &'static str) -> Self {
        let hint = "At least 8 characters, with an upper-case letter, a lower-case letter and a digit.";
        Self::new(name, label, "password", "new-password").hinted(hint)
    }

    /// A pattern over the names of cache keys.
    pub const fn pattern() -> Self {
        Self::new("pattern", "Pattern", "text", "off")
    }

    /// A code that is valid once.
    pub const fn code(label: &'static str) -> Self {
        Self::new("code", label, "text", "one-time-code")
    }

    /// An optional name.
    pub fn name(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self::new(name, label, "text", autocomplete).or_empty()
    }

    /// A line of text.
    pub const fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, "text", "off")
    }

    /// A whole number.
    pub fn number(name: &'static str, label: &'static str) -> Self {
        Self {
            keys: Some("numeric"),
            ..Self::text(name, label)
        }
    }

    /// An amount of money in euros.
    pub fn money(name: &'static str, label: &'static str) -> Self {
        Self {
            keys: Some("decimal"),
            ..Self::text(name, label)
        }
    }

    /// A text of several lines.
    pub fn lines(name: &'static str, label: &'static str) -> Self {
        Self::controlled(name, label, Control::Lines)
    }

    /// The same of secrets, which are never sent back.
    pub fn secret_lines(name: &'static str, label: &'static str) -> Self {
        Self {
            secret: true,
            ..Self::lines(name, label)
        }
    }

    /// One of several values.
    pub fn one(name: &'static str, label: &'static str, choices: Vec<Choice>) -> Self {
        Self::controlled(name, label, Control::One(choices))
    }

    /// Any of several values.
    pub fn any(name: &'static str, label: &'static str, choices: Vec<Choice>) -> Self {
        Self::controlled(name, label, Control::Any(choices)).or_empty()
    }

    /// Yes or no.
    pub fn tick(name: &'static str, label: &'static str) -> Self {
        Self::controlled(name, label, Control::Tick).or_empty()
    }

    /// A file.
    pub fn file(name: &'static str, label: &'static str, accepted: &'static str) -> Self {
        Self::controlled(name, label, Control::File(accepted))
    }

    fn controlled(name: &'static str, label: &'static str, control: Control) -> Self {
        Self {
            control,
            ..Self::text(name, label)
        }
    }

    /// Lets it be empty.
    pub fn or_empty(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Adds a sentence below its label.
    pub fn hinted(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets its value.
    pub fn holding(mut self, value: &str) -> Self {
        value.clone_into(&mut self.value);
        self
    }

    /// Sets its value to an amount.
    pub fn holding_cents(self, cents: Cents) -> Self {
        self.holding(&cents.to_string())
    }

    /// Sets the chosen values.
    pub fn holding_all(mut self, values: &[String]) -> Self {
        self.chosen = values.to_vec();
        self
    }

    /// Whether what is typed is never sent back.
    pub(crate) fn is_secret(&self) -> bool {
        self.secret || self.kind == "password" || self.autocomplete == "one-time-code"
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self.control, Control::File(_))
    }

    /// Takes over what was typed.
    pub(crate) fn take(&mut self, data: &FormData) {
        data.get(self.name).clone_into(&mut self.value);
        if matches!(self.control, Control::Any(_)) {
            self.chosen = data.all(self.name).map(str::to_owned).collect();
        }
    }

    /// Whether a value is chosen.
    pub fn has_chosen(&self, value: &str) -> bool {
        self.chosen.iter().any(|chosen| chosen == value)
    }

    /// The field with its label, its hint and its error.
    pub fn html(&self) -> String {
        let describes = self.described_by();
        render(&FieldView { field: self, describes })
    }

    /// The ids of what describes its input.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let wrong = self.wrong.as_ref().map(|_| format!("{}-wrong", self.name));
        let ids: Vec<String> = hint.into_iter().chain(wrong).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let choices = || vec![Choice::new("a", "A <3"), Choice::new("b", "B")];
    let mut wrong = Field::lines("lines", "Lines").hinted("A hint").holding("x\ny");
    wrong.wrong = Some("is <wrong>".to_owned());
    let fields = [
        Field::email(),
        Field::money("price", "Price").holding_cents(Cents::new(1_938)),
        Field::one("one", "One", choices()).holding("b"),
        Field::any("any", "Any", choices()).holding_all(&["a".to_owned()]),
        Field::tick("tick", "Tick").holding("yes"),
        Field::file("file", "File", ".csv").or_empty().hinted("A hint"),
        wrong,
    ];
    let sample = |field: &Field| template_checks::Sample::rendered::<FieldView<'_>>(field.html());
    fields.iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_taken_over() {
        let choices = || vec![Choice::new("a", "A"), Choice::new("b", "B")];
        let data = FormData::from_query(Some("one=b&any=a&any=b&tick=yes&lines=x%0Ay"));
        let mut fields = [
            Field::one("one", "One", choices()),
            Field::any("any", "Any", choices()),
            Field::tick("tick", "Tick"),
            Field::lines("lines", "Lines"),
        ];
        fields.iter_mut().for_each(|field| field.take(&data));
        let values: Vec<&str> = fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["b", "a", "yes", "x\ny"]);
        assert!(fields[1].has_chosen("a") && fields[1].has_chosen("b") && !fields[1].has_chosen("c"));
    }
}
