//! Faults on demand: which there are, and which hit a call.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use crate::answer;
use crate::dice::Dice;
use crate::listener::Line;

/// The calls that faults can apply to.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Call {
    Products,
    Token,
}

/// In the order in which they strike.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
enum Kind {
    LatencyMs,
    DropBefore,
    Outage,
    RateLimit,
    Status,
    Truncate,
    Malformed,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fault {
    ms: Option<u64>,
    status: Option<u16>,
    code: Option<String>,
    retry_after: Option<u32>,
    probability: Option<f64>,
    count: Option<u32>,
    calls: Option<Vec<Call>>,
}

/// All the faults that are set now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(BTreeMap<Kind, Fault>);

/// What shall befall one call.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    wait: Option<Duration>,
    drop: bool,
    instead: Option<Instead>,
    spoil: Option<Kind>,
}

#[derive(Debug)]
enum Instead {
    Outage,
    RateLimit { retry_after: Option<u32> },
    Status { status: StatusCode, code: String },
}

impl Faults {
    /// Reads the body of `PUT /_sandbox/faults`; the error says what is wrong with it.
    pub(crate) fn read(body: &[u8]) -> Result<Faults, String> {
        let faults: BTreeMap<Kind, Fault> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        for (kind, fault) in &faults {
            fault.check(*kind)?;
        }
        Ok(Faults(faults))
    }

    /// Decides the fate of one call and counts down what has a count.
    pub(crate) fn strike(&mut self, call: Call, dice: &mut Dice) -> Fate {
        let mut fate = Fate::default();
        for (kind, fault) in &mut self.0 {
            if fate.drop || fate.instead.is_some() || !fault.hits(call, dice) {
                continue;
            }
            match kind {
                Kind::LatencyMs => fate.wait = fault.ms.map(Duration::from_millis),
                Kind::DropBefore => fate.drop = true,
                Kind::Outage => fate.instead = Some(Instead::Outage),
                Kind::RateLimit => {
                    fate.instead = Some(Instead::RateLimit {
                        retry_after: fault.retry_after,
                    });
                }
                Kind::Status => fate.instead = fault.error(),
                Kind::Truncate | Kind::Malformed => fate.spoil = Some(*kind),
            }
        }
        fate
    }
}

impl Fault {
    fn check(&self, kind: Kind) -> Result<(), String> {
        let only = |field: &str, given: bool, wanted: bool| match (given, wanted) {
            (true, false) => Err(format!("{kind:?} takes no `{field}`")),
            _ => Ok(()),
        };
        only("ms", self.ms.is_some(), kind == Kind::LatencyMs)?;
        only("status", self.status.is_some(), kind == Kind::Status)?;
        only("code", self.code.is_some(), kind == Kind::Status)?;
        only("retryAfter", self.retry_after.is_some(), kind == Kind::RateLimit)?;
        if kind == Kind::LatencyMs && self.ms.is_none_or(|ms| ms > 600_000) {
            return Err("latencyMs needs `ms`, at most 600000".into());
        }
        if kind == Kind::Status && !self.status.is_some_and(|status| (400..600).contains(&status)) {
            return Err("status needs `status`, 400 to 599".into());
        }
        if self.count.is_some() && self.probability.is_some() {
            return Err("a fault has a `count` or a `probability`, not both".into());
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("`probability` is from 0 to 1".into());
        }
        Ok(())
    }

    fn hits(&mut self, call: Call, dice: &mut Dice) -> bool {
        if self.calls.as_ref().is_some_and(|calls| !calls.contains(&call)) {
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

    fn error(&self) -> Option<Instead> {
        let status = StatusCode::from_u16(self.status?).ok()?;
        Some(Instead::Status {
            status,
            code: self.code.clone().unwrap_or_else(|| "API00".into()),
        })
    }
}

impl Fate {
    /// Waits, drops the line or answers in the call's place; `None`: the call may go on.
    pub(crate) async fn before(&self, line: &Line) -> Option<Response> {
        if let Some(wait) = self.wait {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = line.is_cut() => {}
            }
        }
        if self.drop {
            line.cut();
            return Some(Response::new(Body::empty()));
        }
        Some(match self.instead.as_ref()? {
            Instead::Outage => {
                let page = "<html><body><h1>503 Service Unavailable</h1></body></html>";
                answer::whole(StatusCode::SERVICE_UNAVAILABLE, "text/html", page)
            }
            Instead::RateLimit { retry_after } => {
                let mut response = answer::refusal(StatusCode::TOO_MANY_REQUESTS, "BR03", "Too many requests.");
                if let Some(seconds) = retry_after {
                    response
                        .headers_mut()
                        .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                }
                response
            }
            Instead::Status { status, code } => answer::refusal(*status, code, "As the faults demand."),
        })
    }

    /// Spoils an answer on its way out.
    pub(crate) async fn after(&self, response: Response) -> Response {
        let Some(kind) = self.spoil else { return response };
        let (mut parts, body) = response.into_parts();
        let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
            return answer::wrong_url();
        };
        let half = bytes.slice(..bytes.len() / 2);
        if kind == Kind::Malformed {
            return Response::from_parts(parts, Body::from(half));
        }
        // The length of the whole is promised, half of it is kept, then the line breaks.
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        let pieces: [Result<Bytes, std::io::Error>; 2] = [Ok(half), Err(std::io::ErrorKind::BrokenPipe.into())];
        Response::from_parts(parts, Body::from_stream(futures::stream::iter(pieces)))
    }
}
