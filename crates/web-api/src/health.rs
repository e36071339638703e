//! How the shop is, for those who watch over it.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use services::health::{Health, PartHealth};
use utoipa::ToSchema;
use web_kit::App;
use web_kit::conditional;
use web_kit::json::json_text;

/// How the shop and its parts are; not in the envelope.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    /// `ok`, or `degraded` when a part is not.
    #[schema(example = "ok")]
    status: &'static str,
    /// `ok`, `degraded` or `down`.
    #[schema(example = "ok")]
    database: &'static str,
    /// `ok`, `degraded`, `down` or `absent`.
    #[schema(example = "ok")]
    cache: &'static str,
    /// `ok`, `degraded`, `down` or `absent`.
    #[schema(example = "ok")]
    supplier: &'static str,
    /// The version of the program.
    version: &'static str,
}

impl HealthBody {
    fn of(health: Health, version: &'static str) -> Self {
        let parts = [health.database, health.cache, health.supplier];
        let well = parts
            .iter()
            .all(|part| matches!(part, PartHealth::Ok | PartHealth::Absent));
        Self {
            status: if well { "ok" } else { "degraded" },
            database: word(health.database),
            cache: word(health.cache),
            supplier: word(health.supplier),
            version,
        }
    }
}

const fn word(part: PartHealth) -> &'static str {
    match part {
        PartHealth::Ok => "ok",
        PartHealth::Degraded => "degraded",
        PartHealth::Down => "down",
        PartHealth::Absent => "absent",
    }
}

/// The shop cannot sell without its database; without anything else it can.
fn status(health: Health) -> StatusCode {
    if health.database == PartHealth::Down {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    }
}

/// How the shop and its parts are
#[utoipa::path(
    get, path = "/api/health", tag = "Operations", operation_id = "getHealth",
    responses(
        (status = 200, description = "The shop works; `degraded` when a part other than the database does not", body = HealthBody),
        (status = 503, description = "The database is gone", body = HealthBody),
    )
)]
pub(crate) async fn show(State(app): State<App>) -> Response {
    let health = app.shop.operations().health().await;
    conditional::send_once(
        status(health),
        json_text(&HealthBody::of(health, app.site.version)),
        conditional::JSON,
    )
}

/// Whether the process runs: who asks this restarts it when it does not.
pub(crate) async fn livez() -> Response {
    text("ok")
}

/// Whether requests may be sent here: who asks this sends them elsewhere when not.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let health = app.shop.operations().health().await;
    if health.ready && health.database != PartHealth::Down {
        text("ready")
    } else {
        let mut answer = text("not ready");
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        answer
    }
}

fn text(word: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, word).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Health = Health {
        database: PartHealth::Ok,
        cache: PartHealth::Absent,
        supplier: PartHealth::Ok,
        ready: true,
    };

    #[test]
    fn only_the_database_is_worth_a_503() {
        let no_cache = Health {
            cache: PartHealth::Down,
            ..WELL
        };
        let no_database = Health {
            database: PartHealth::Down,
            ..WELL
        };
        for (health, code, word) in [
            (WELL, 200, "ok"),
            (no_cache, 200, "degraded"),
            (no_database, 503, "degraded"),
        ] {
            assert_eq!(status(health).as_u16(), code);
            assert_eq!(HealthBody::of(health, "1").status, word);
        }
    }
}
