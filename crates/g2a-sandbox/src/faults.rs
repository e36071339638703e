//! Faults on demand: their kinds, their JSON, and which apply to a call.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::fault_effects::{Corruption, FaultEffects, Instead, SpoiledField};

/// The calls that faults can apply to.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Call {
    Products,
    Token,
    Order,
    Pay,
    Details,
    Key,
}

/// In the order in which they apply.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
enum Kind {
    LatencyMs,
    DropBefore,
    Outage,
    RateLimit,
    Status,
    EmptyList,
    ShiftPages,
    RepeatPage,
    DuplicateInList,
    TotalIgnoresFilters,
    PricesTenth,
    Unreadable,
    NotReady,
    ProcessingMs,
    DetailsLagMs,
    ChargeRetail,
    WrongPrice,
    WrongCurrency,
    RepeatOrderId,
    RepeatKey,
    EmptyKey,
    ReplyLateMs,
    DropAfter,
    Truncate,
    Malformed,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fault {
    ms: Option<u64>,
    status: Option<u16>,
    code: Option<String>,
    #[serde(default)]
    after: bool,
    retry_after: Option<u32>,
    share: Option<f64>,
    field: Option<String>,
    #[serde(default)]
    value: Value,
    probability: Option<f64>,
    count: Option<u32>,
    calls: Option<Vec<Call>>,
}

/// All faults that are currently set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    faults: BTreeMap<Kind, Fault>,
    /// What the buyer's wallet holds from now on, in cents.
    purse: Option<u64>,
}

impl Faults {
    /// Parses the body of `PUT /_sandbox/faults`; the error says what is wrong with it.
    pub(crate) fn read(body: &[u8]) -> Result<Faults, String> {
        let mut written: Map<String, Value> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        // `{"status": 502, "code": "ORD122"}` is the short form of one fault with two values.
        let code = written.remove("code");
        let purse = written.remove("purse").map(|euros| cents(&euros)).transpose()?;
        let mut faults = BTreeMap::new();
        for (name, value) in written {
            let kind = Kind::deserialize(Value::from(name.as_str())).map_err(|error| error.to_string())?;
            let Some(mut fault) = long_form(kind, value) else {
                continue;
            };
            if let (Kind::Status, Some(code), Some(fields)) = (kind, &code, fault.as_object_mut()) {
                fields.entry("code").or_insert_with(|| code.clone());
            }
            let fault = Fault::deserialize(fault).map_err(|error| format!("{name}: {error}"))?;
            fault.check(kind).map_err(|error| format!("{name}: {error}"))?;
            faults.insert(kind, fault);
        }
        if code.is_some() && !faults.contains_key(&Kind::Status) {
            return Err("`code` stands beside `status`".into());
        }
        Ok(Faults { faults, purse })
    }

    /// What the buyer's wallet is to hold, in cents; `None`: what it would hold without this fault.
    pub(crate) const fn purse(&self) -> Option<u64> {
        self.purse
    }

    /// Decides which faults apply to one call, and counts down those with a count.
    pub(crate) fn draw_effects(&mut self, call: Call, dice: &mut Dice) -> FaultEffects {
        let mut effects = FaultEffects::default();
        for (kind, fault) in &mut self.faults {
            // A call without an answer cannot have a second fault.
            if effects.drop_before || effects.instead.is_some() || !fault.hits(*kind, call, dice) {
                continue;
            }
            let wait = fault.ms.map(Duration::from_millis);
            match kind {
                Kind::LatencyMs => effects.wait = wait,
                Kind::DropBefore => effects.drop_before = true,
                Kind::Outage => effects.instead = Some(Instead::Outage),
                Kind::RateLimit => {
                    effects.instead = Some(Instead::RateLimit {
                        retry_after: fault.retry_after,
                    });
                }
                Kind::Status if fault.after => effects.replaced = fault.error(),
                Kind::Status => effects.instead = fault.error(),
                Kind::ShiftPages => {
                    let steps = isize::try_from(dice.between(1, 7)).unwrap_or(1);
                    effects.shift = if dice.percent(50) { steps } else { -steps };
                }
                Kind::EmptyList => effects.empty_list = true,
                Kind::RepeatPage => effects.repeat_page = true,
                Kind::DuplicateInList => effects.duplicate_in_list = true,
                Kind::TotalIgnoresFilters => effects.total_ignores_filters = true,
                Kind::PricesTenth => effects.prices_tenth = true,
                Kind::Unreadable => effects.unreadable = fault.spoiled(),
                Kind::NotReady => effects.not_ready = true,
                Kind::ProcessingMs => effects.processing = wait,
                Kind::DetailsLagMs => effects.lag = wait,
                Kind::ChargeRetail => effects.charge_retail = true,
                Kind::WrongPrice => effects.wrong_price = true,
                Kind::WrongCurrency => effects.wrong_currency = true,
                Kind::RepeatOrderId => effects.repeat_order_id = true,
                Kind::RepeatKey => effects.repeat_key = true,
                Kind::EmptyKey => effects.empty_key = true,
                Kind::ReplyLateMs => effects.late = wait,
                Kind::DropAfter => effects.drop_after = true,
                Kind::Truncate => effects.corruption = Some(Corruption::Truncated),
                Kind::Malformed => effects.corruption = Some(Corruption::Malformed),
            }
        }
        effects
    }
}

/// An amount in euros.
fn cents(euros: &Value) -> Result<u64, String> {
    let wrong = || format!("purse: {euros} is no amount in EUR");
    let (whole, rest) = match euros.to_string().split_once('.') {
        Some((whole, rest)) if rest.len() <= 2 => (whole.to_owned(), format!("{rest:0<2}")),
        Some(_) => return Err(wrong()),
        None => (euros.to_string(), "00".to_owned()),
    };
    (whole + &rest).parse().map_err(|_| wrong())
}

/// `true` is a fault that always applies, `false` is none, and a number is the fault's main value: milliseconds, an
/// HTTP status, or the number of calls.
fn long_form(kind: Kind, value: Value) -> Option<Value> {
    match value {
        Value::Bool(false) => None,
        Value::Bool(true) => Some(json!({})),
        Value::Number(number) => Some(match kind {
            Kind::LatencyMs | Kind::ProcessingMs | Kind::DetailsLagMs | Kind::ReplyLateMs => json!({"ms": number}),
            Kind::Status => json!({"status": number}),
            _ => json!({"count": number}),
        }),
        other => Some(other),
    }
}

impl Kind {
    /// The only call that it applies to; `None`: all calls.
    fn suits(self) -> Option<Call> {
        match self {
            Kind::EmptyList
            | Kind::ShiftPages
            | Kind::RepeatPage
            | Kind::DuplicateInList
            | Kind::TotalIgnoresFilters
            | Kind::PricesTenth
            | Kind::Unreadable => Some(Call::Products),
            Kind::WrongPrice | Kind::WrongCurrency | Kind::RepeatOrderId => Some(Call::Order),
            Kind::ProcessingMs | Kind::ChargeRetail => Some(Call::Pay),
            Kind::DetailsLagMs => Some(Call::Details),
            Kind::NotReady | Kind::RepeatKey | Kind::EmptyKey => Some(Call::Key),
            _ => None,
        }
    }
}

impl Fault {
    fn check(&self, kind: Kind) -> Result<(), String> {
        let timed = matches!(
            kind,
            Kind::LatencyMs | Kind::ProcessingMs | Kind::DetailsLagMs | Kind::ReplyLateMs
        );
        let only = |field: &str, given: bool, wanted: bool| match (given, wanted) {
            (true, false) => Err(format!("takes no `{field}`")),
            _ => Ok(()),
        };
        only("ms", self.ms.is_some(), timed)?;
        only("status", self.status.is_some(), kind == Kind::Status)?;
        only("code", self.code.is_some(), kind == Kind::Status)?;
        only("after", self.after, kind == Kind::Status)?;
        only("retryAfter", self.retry_after.is_some(), kind == Kind::RateLimit)?;
        let spoils = kind == Kind::Unreadable;
        only("share", self.share.is_some(), spoils)?;
        only("field", self.field.is_some(), spoils)?;
        only("value", !self.value.is_null(), spoils)?;
        if spoils && !self.share.is_some_and(|share| (0.0..=1.0).contains(&share)) {
            return Err("needs `share`, from 0 to 1".into());
        }
        if spoils && self.field.as_ref().is_none_or(String::is_empty) {
            return Err("needs `field`".into());
        }
        if timed && self.ms.is_none_or(|ms| ms > 600_000) {
            return Err("needs `ms`, at most 600000".into());
        }
        if kind == Kind::Status && !self.status.is_some_and(|status| (400..600).contains(&status)) {
            return Err("needs `status`, 400 to 599".into());
        }
        if self.count.is_some() && self.probability.is_some() {
            return Err("has a `count` or a `probability`, not both".into());
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("`probability` is from 0 to 1".into());
        }
        let strange = |calls: &Vec<Call>| {
            kind.suits()
                .is_some_and(|suits| calls.iter().any(|call| *call != suits))
        };
        if self.calls.as_ref().is_some_and(strange) {
            return Err("does not apply to one of these `calls`".into());
        }
        Ok(())
    }

    fn hits(&mut self, kind: Kind, call: Call, dice: &mut Dice) -> bool {
        let suits = kind.suits().is_none_or(|suits| suits == call);
        if !suits || self.calls.as_ref().is_some_and(|calls| !calls.contains(&call)) {
            return false;
        }
        if let Some(count) = &mut self.count {
            let left = *count > 0;
            *count = count.saturating_sub(1);
            return left;
        }
        self.probability
            .is_none_or(|chance| f64::from(dice.below(1_000_000)) < chance * 1_000_000.0)
    }

    fn spoiled(&self) -> Option<SpoiledField> {
        Some(SpoiledField {
            share: self.share?,
            field: self.field.clone()?,
            value: serde_json::value::to_raw_value(&self.value).ok()?,
        })
    }

    fn error(&self) -> Option<Instead> {
        let status = StatusCode::from_u16(self.status?).ok()?;
        Some(Instead::Status {
            status,
            code: self.code.clone().unwrap_or_else(|| "API00".into()),
        })
    }
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
