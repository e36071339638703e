//! `/api/admin/categories`, `/genres`, `/platforms` and `/tags`: the names that games are grouped by, as staff manage them.

use domain::refusal::{FieldError, Refusal, Wrong};
use domain::term::TermText;
use serde::{Deserialize, Serialize};
use services::trail::Actor;
use services::view::ManagedTerm;
use utoipa::ToSchema;
use uuid::Uuid;

use super::because;

/// A category, genre, platform or tag.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedName)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TermBody {
    id: Uuid,
    #[schema(example = "RPG")]
    name: String,
    /// In addresses.
    #[schema(example = "rpg")]
    slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// How many games have it, hidden ones too.
    games_count: i64,
    created_at: String,
    updated_at: String,
}

/// What staff decide of a name.
#[derive(Deserialize, ToSchema)]
#[schema(as = NameDraft)]
pub(crate) struct DraftBody {
    /// At most 120 characters; unique in its kind.
    #[schema(example = "Role-playing")]
    name: Option<String>,
    /// Small letters, digits and hyphens; made of the name if it is left out.
    slug: Option<String>,
    /// At most 2,000 characters.
    description: Option<String>,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

impl From<ManagedTerm> for TermBody {
    fn from(it: ManagedTerm) -> Self {
        Self {
            id: it.id,
            name: it.text.name,
            slug: it.text.slug,
            description: it.text.description,
            games_count: it.games,
            created_at: it.created_at.to_string(),
            updated_at: it.updated_at.to_string(),
        }
    }
}

impl DraftBody {
    fn actor(&self, actor: &Actor) -> Result<Actor, Refusal> {
        because(actor, self.reason.as_deref())
    }

    fn read(&self) -> Result<TermText, Refusal> {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        TermText::read(&text(&self.name), &text(&self.slug), &text(&self.description))
    }
}

/// The name that a deleted one's games go to, if the query names any.
fn into(query: Option<&str>) -> Result<Option<Uuid>, Refusal> {
    let asked = web_kit::query::Parameters::of(query).text("into", 200)?;
    let wrong = |_| Refusal::Invalid(vec![FieldError::of(Wrong::Id, "into", "is not an id")]);
    asked.map(|id| Uuid::parse_str(&id).map_err(wrong)).transpose()
}

/// The endpoints of a kind of names.
macro_rules! endpoints {
    ($kind:ident, $Term:ident, $all:literal, $one:literal,
     $list:literal, $show:literal, $add:literal, $change:literal, $delete:literal) => {
        pub(crate) mod $kind {
            use axum::extract::{RawQuery, State};
            use axum::http::StatusCode;
            use axum::response::Response;
            use domain::refusal::Refusal;
            use domain::term::Term;
            use web_kit::App;
            use web_kit::fields::Fields;
            use web_kit::parameters::PathId;
            use web_kit::problem::{ErrorEnvelope, Problem};
            use web_kit::staff::{GamesEdit, GamesRead, Staff};

            use super::{DraftBody, TermBody, into};
            use crate::{Done, Success, done, personal};

            /// All of them, each with the number of its games
            #[utoipa::path(
                get, path = $all, tag = "Operations", operation_id = $list, security(("token" = ["staff"])),
                responses((status = 200, description = "In the order of their names", body = Success<Vec<TermBody>>))
            )]
            pub(crate) async fn list(_staff: Staff<GamesRead>, State(app): State<App>) -> Result<Response, Problem> {
                let all = app.shop.terms().all(Term::$Term).await?;
                let all: Vec<TermBody> = all.into_iter().map(TermBody::from).collect();
                Ok(personal(StatusCode::OK, all))
            }

            /// One of them
            #[utoipa::path(
                get, path = $one, tag = "Operations", operation_id = $show, security(("token" = ["staff"])),
                params(("id" = Uuid, Path, description = "Its `id`")),
                responses(
                    (status = 200, description = "It", body = Success<TermBody>),
                    (status = 404, description = "`NOTFOUND001`: there is no such name", body = ErrorEnvelope),
                )
            )]
            pub(crate) async fn show(
                _staff: Staff<GamesRead>,
                State(app): State<App>,
                PathId(id): PathId,
            ) -> Result<Response, Problem> {
                let found = app.shop.terms().one(Term::$Term, id.ok_or(Refusal::TermNotFound)?);
                Ok(personal(StatusCode::OK, TermBody::from(found.await?)))
            }

            /// Add one
            ///
            /// One that was deleted may be added again; suppliers that send it are listened to from then on.
            #[utoipa::path(
                post, path = $all, tag = "Operations", operation_id = $add, security(("token" = ["staff"])),
                request_body = DraftBody,
                responses(
                    (status = 201, description = "It", body = Success<TermBody>),
                    (status = 409, description = "`BIZ010`: another has this name or slug, or had it", body = ErrorEnvelope),
                )
            )]
            pub(crate) async fn add(
                staff: Staff<GamesEdit>,
                State(app): State<App>,
                Fields(asked): Fields<DraftBody>,
            ) -> Result<Response, Problem> {
                let added = app.shop.terms().add(Term::$Term, asked.read()?, &asked.actor(&staff.actor)?).await?;
                Ok(personal(StatusCode::CREATED, TermBody::from(added)))
            }

            /// Rename or describe one
            ///
            /// Suppliers may go on sending its old name: it means the new one. What is left out of the body becomes empty; a slug,
            /// what follows from the name.
            #[utoipa::path(
                put, path = $one, tag = "Operations", operation_id = $change, security(("token" = ["staff"])),
                request_body = DraftBody,
                params(("id" = Uuid, Path, description = "Its `id`")),
                responses(
                    (status = 200, description = "It", body = Success<TermBody>),
                    (status = 404, description = "`NOTFOUND001`: there is no such name", body = ErrorEnvelope),
                    (
                        status = 409,
                        description = "`BIZ010`: another has this name or slug, or had it; they can be merged",
                        body = ErrorEnvelope
                    ),
                )
            )]
            pub(crate) async fn change(
                staff: Staff<GamesEdit>,
                State(app): State<App>,
                PathId(id): PathId,
                Fields(asked): Fields<DraftBody>,
            ) -> Result<Response, Problem> {
                let (id, text) = (id.ok_or(Refusal::TermNotFound)?, asked.read()?);
                let actor = asked.actor(&staff.actor)?;
                let changed = app.shop.terms().change(Term::$Term, id, text, &actor).await?;
                Ok(personal(StatusCode::OK, TermBody::from(changed)))
            }

            /// Delete one, or merge it into another
            ///
            /// Suppliers that send it are not listened to in that, until it is added again. With `into`, another gets its games, and
            /// suppliers that send it mean the other.
            #[utoipa::path(
                delete, path = $one, tag = "Operations", operation_id = $delete, security(("token" = ["staff"])),
                params(
                    ("id" = Uuid, Path, description = "Its `id`"),
                    ("into" = Option<Uuid>, Query, description = "The `id` of the one that gets its games")
                ),
                responses(
                    (status = 200, description = "It is deleted, or merged", body = Done),
                    (status = 404, description = "`NOTFOUND001`: there is no such name", body = ErrorEnvelope),
                    (
                        status = 409,
                        description = "`BIZ010`: staff set it of a game by hand; or it cannot be merged into itself",
                        body = ErrorEnvelope
                    ),
                )
            )]
            pub(crate) async fn delete(
                staff: Staff<GamesEdit>,
                State(app): State<App>,
                PathId(id): PathId,
                RawQuery(query): RawQuery,
            ) -> Result<Response, Problem> {
                let (id, terms) = (id.ok_or(Refusal::TermNotFound)?, app.shop.terms());
                match into(query.as_deref())? {
                    Some(into) => {
                        terms.merge(Term::$Term, id, into, &staff.actor).await?;
                        Ok(done("It is merged: its games have the other name"))
                    }
                    None => {
                        terms.delete(Term::$Term, id, &staff.actor).await?;
                        Ok(done("It is deleted"))
                    }
                }
            }
        }
    };
}

endpoints!(
    categories,
    Category,
    "/api/admin/categories",
    "/api/admin/categories/{id}",
    "listManagedCategories",
    "getManagedCategory",
    "addCategory",
    "changeCategory",
    "deleteCategory"
);
endpoints!(
    genres,
    Genre,
    "/api/admin/genres",
    "/api/admin/genres/{id}",
    "listManagedGenres",
    "getManagedGenre",
    "addGenre",
    "changeGenre",
    "deleteGenre"
);
endpoints!(
    platforms,
    Platform,
    "/api/admin/platforms",
    "/api/admin/platforms/{id}",
    "listManagedPlatforms",
    "getManagedPlatform",
    "addPlatform",
    "changePlatform",
    "deletePlatform"
);
endpoints!(
    tags,
    Tag,
    "/api/admin/tags",
    "/api/admin/tags/{id}",
    "listManagedTags",
    "getManagedTag",
    "addTag",
    "changeTag",
    "deleteTag"
);
