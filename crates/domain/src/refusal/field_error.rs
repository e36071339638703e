//! What is wrong with a field of a request, for people and for programs.

/// One field that is not acceptable, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The parameter's or field's name as the caller wrote it.
    pub field: String,
    /// What is wrong, for a person.
    pub message: String,
    /// What is wrong, for a program.
    pub wrong: Wrong,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// Any error without a code of its own.
    #[default]
    Value,
    /// Not an e-mail address.
    Email,
    /// A password that is too weak.
    WeakPassword,
    /// A required value is missing.
    Missing,
    /// Not an id.
    Id,
}

impl Wrong {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Value => "VAL001",
            Self::Email => "VAL002",
            Self::WeakPassword => "VAL003",
            Self::Missing => "VAL007",
            Self::Id => "VAL008",
        }
    }
}

impl FieldError {
    /// The value of `field` is not acceptable.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of(Wrong::Value, field, message)
    }

    /// `field` has this kind of error.
    #[must_use]
    pub fn of(wrong: Wrong, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            wrong,
        }
    }
}

/// The code that all details share, or the general one.
pub(super) fn code_of(details: &[FieldError]) -> &'static str {
    let mut codes = details.iter().map(|detail| detail.wrong.code());
    let first = codes.next().unwrap_or(Wrong::Value.code());
    if codes.all(|code| code == first) {
        first
    } else {
        Wrong::Value.code()
    }
}
