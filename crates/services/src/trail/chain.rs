//! The codes of the trail: each entry is bound to the one before it, its values by their code alone.

use domain::trail::TrailAction;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use storage::trail::{TrailHead, TrailRow, TrailValues};
use uuid::Uuid;

use crate::{Error, Shop};

/// How many bytes the key has.
const KEY_BYTES: usize = 32;

/// The key of the codes. Without `Debug`: it is a secret.
pub(super) struct ChainKey(Hmac<Sha256>);

impl ChainKey {
    fn new(bytes: &[u8]) -> Result<Self, Error> {
        let key = Hmac::new_from_slice(bytes).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(Self(key))
    }

    /// The code of `fields`, each with its length before it, so that no two lists of fields are alike.
    fn code(&self, what: &str, fields: &[&str]) -> String {
        let mut mac = self.0.clone();
        for field in std::iter::once(&what).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// The code of the values beside an entry.
    pub(super) fn of_values(&self, values: &TrailValues) -> String {
        let optional = |text: &Option<String>| text.as_ref().map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
        let person = values.person.map(|person| person.to_string());
        let fields = [&person, &values.before, &values.after, &values.reason].map(optional);
        let [person, before, after, reason] = &fields;
        self.code("values", &[&values.salt, person, before, after, reason])
    }

    /// The code of what an entry says, wherever it stands.
    pub(super) fn of_content(&self, row: &TrailRow) -> String {
        let session = row.session.map(|session| session.to_string()).unwrap_or_default();
        let fields = [
            &row.at.as_micros().to_string(),
            &row.actor,
            &session,
            &row.device.address,
            &row.device.name,
            &row.action,
            &row.subject_kind,
            &row.subject,
            &row.values_mac,
        ];
        self.code("content", &fields.map(String::as_str))
    }

    /// The code of an entry in its place.
    pub(super) fn of_link(&self, seq: u64, before: &str, content_mac: &str) -> String {
        self.code("link", &[&seq.to_string(), before, content_mac])
    }
}

impl Shop {
    /// The key of a trail.
    pub(super) fn chain_key(&self, head: &TrailHead) -> Result<ChainKey, Error> {
        let sealed = hex::decode(&head.sealed_key).map_err(|error| Error::Internal(Box::new(error)))?;
        ChainKey::new(&self.seal().open(vault::SealPurpose::Trail, head.trail, &sealed)?)
    }

    /// The key of a new trail, sealed for its row.
    pub(super) fn sealed_chain_key(&self, trail: Uuid) -> String {
        let mut key = [0; KEY_BYTES];
        self.chance().fill(&mut key);
        hex::encode(self.seal().seal(vault::SealPurpose::Trail, trail, &key))
    }
}

/// What is to be recorded, but for who does it and when.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub(super) action: TrailAction,
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) values: TrailValues,
}

impl Deed {
    /// `action` on the thing `subject` of this kind.
    pub(crate) fn new(action: TrailAction, kind: &'static str, subject: &(impl ToString + ?Sized)) -> Self {
        Self {
            action,
            kind,
            subject: subject.to_string(),
            values: TrailValues::default(),
        }
    }

    /// With what was before and what is since.
    pub(crate) fn changing(mut self, before: Option<String>, after: Option<String>) -> Self {
        self.values.before = before;
        self.values.after = after;
        self
    }

    /// With values that are of a person: they are deleted when the person is erased.
    pub(crate) fn of_person(mut self, person: domain::id::UserId) -> Self {
        self.values.person = Some(person);
        self
    }

    pub(super) fn has_values(&self) -> bool {
        let values = &self.values;
        values.before.is_some() || values.after.is_some() || values.reason.is_some()
    }
}
