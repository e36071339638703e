//! Forms: their fields, and after a refusal the typed values with the error beside each field.

use std::borrow::Cow;

use axum::http::StatusCode;
use services::Error;

use super::form_data::FormData;
use super::format;
use crate::problem::Problem;

pub use super::field::{Choice, Control, Field};

/// A form that `form.html` renders. It posts to `action` and works without a script.
pub struct Form {
    /// The address that it posts to.
    pub action: Cow<'static, str>,
    /// Hidden fields, by name.
    pub hidden: Vec<(&'static str, String)>,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// The text of its button.
    pub button: &'static str,
    refused: Option<Problem>,
}

/// One error: the field that it links to, and its text.
pub struct Fault {
    /// The name of the field, if the form has it.
    pub field: Option<&'static str>,
    /// What is wrong, for a person.
    pub text: String,
}

impl Form {
    /// A form that was not sent yet.
    pub fn new(action: impl Into<Cow<'static, str>>, button: &'static str, fields: Vec<Field>) -> Self {
        Self {
            action: action.into(),
            hidden: Vec::new(),
            fields,
            button,
            refused: None,
        }
    }

    /// Adds a hidden field; an empty value is left out.
    pub fn carrying(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.hidden.push((name, value.to_owned()));
        }
        self
    }

    /// Whether a file can be sent with it.
    pub fn takes_file(&self) -> bool {
        self.fields.iter().any(Field::is_file)
    }

    /// The form as it was typed, with its errors. Passwords and codes are not repeated, and a file has to be chosen again.
    ///
    /// # Errors
    ///
    /// Problems that no form can fix, such as an ended sign-in.
    pub fn refused(mut self, data: &FormData, error: Error) -> Result<Self, Problem> {
        let problem = Problem::from(error);
        if problem.asks_to_sign_in() {
            return Err(problem);
        }
        for field in &mut self.fields {
            if !field.is_secret() {
                field.take(data);
            }
            let messages = problem.details.iter().filter(|wrong| wrong.field == field.name);
            let messages: Vec<&str> = messages.map(|wrong| wrong.message.as_str()).collect();
            field.wrong = (!messages.is_empty()).then(|| messages.join(", "));
        }
        self.refused = Some(problem);
        Ok(self)
    }

    /// The problem for which it was refused.
    pub fn problem(&self) -> Option<&Problem> {
        self.refused.as_ref()
    }

    /// The status of the page that shows it.
    pub fn status(&self) -> StatusCode {
        self.refused.as_ref().map_or(StatusCode::OK, |problem| problem.status)
    }

    /// Seconds until another attempt may succeed.
    pub fn waiting(&self) -> Option<u64> {
        self.refused.as_ref().and_then(|problem| problem.retry_after)
    }

    /// The message at the top of the form, if it was refused.
    pub fn summary(&self) -> Option<String> {
        self.refused.as_ref().map(summary)
    }

    /// The errors by field.
    pub fn faults(&self) -> Vec<Fault> {
        let details = self.refused.iter().flat_map(|problem| &problem.details);
        details
            .map(
                |wrong| match self.fields.iter().find(|field| field.name == wrong.field) {
                    Some(field) => Fault {
                        field: Some(field.name),
                        text: format!("{} {}", field.label, wrong.message),
                    },
                    None => Fault {
                        field: None,
                        text: format!("{} {}", wrong.field, wrong.message),
                    },
                },
            )
            .collect()
    }
}

/// The message of a refusal for the person who typed.
pub fn summary(problem: &Problem) -> String {
    match problem.retry_after {
        Some(seconds) if problem.code == "RATE001" => {
            format!(
                "{}. The next try is possible in {}.",
                problem.message,
                format::duration(seconds)
            )
        }
        _ if problem.details.is_empty() => format!("{}.", problem.message),
        _ => "Please look at this again.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::refusal::{FieldError, Refusal};

    use super::*;

    fn form() -> Form {
        let fields = vec![
            Field::email(),
            Field::new_password("password", "Password"),
            Field::code("Code"),
        ];
        Form::new("/register", "Go", fields)
    }

    #[test]
    fn a_refused_form_holds_what_was_typed_but_no_secret() {
        let data = FormData::from_query(Some("email=ada%40x&password=Secret12&code=123456"));
        let wrong = vec![
            FieldError::new("email", "is not an e-mail address"),
            FieldError::new("odd", "is odd"),
        ];
        let form = form().refused(&data, Refusal::Invalid(wrong).into()).ok().unwrap();
        let values: Vec<&str> = form.fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["ada@x", "", ""]);
        assert_eq!(form.fields[0].wrong.as_deref(), Some("is not an e-mail address"));
        let faults = form.faults();
        assert_eq!(
            (faults[0].field, faults[0].text.as_str()),
            (Some("email"), "E-mail address is not an e-mail address")
        );
        assert_eq!(faults[1].field, None);
        assert_eq!(form.status(), 400);
    }

    #[test]
    fn whoever_is_no_longer_signed_in_is_shown_no_form() {
        assert!(
            form()
                .refused(&FormData::default(), Refusal::NotSignedIn.into())
                .is_err()
        );
    }

    #[test]
    fn too_many_tries_say_how_long_to_wait() {
        let refusal = Refusal::TooMany {
            retry_after_seconds: 95,
        };
        let form = form().refused(&FormData::default(), refusal.into()).ok().unwrap();
        assert_eq!(
            form.summary().unwrap(),
            "Too many tries, please wait a little. The next try is possible in 2 minutes."
        );
    }
}
