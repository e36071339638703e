//! The answers that follow from what an operation has: added to the description of each operation that has it.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder};

/// An answer that operations have in common; the description says it once, under its name.
pub(super) struct CommonAnswer {
    name: &'static str,
    status: &'static str,
    description: &'static str,
}

const fn answer(name: &'static str, status: &'static str, description: &'static str) -> CommonAnswer {
    CommonAnswer {
        name,
        status,
        description,
    }
}

const INVALID_BODY: CommonAnswer = answer(
    "InvalidBody",
    "400",
    "`VAL001`: not a JSON object, or a field is not acceptable; `VAL007`: a field is missing; `details` names each",
);
const INVALID_PARAMETER: CommonAnswer = answer(
    "InvalidParameter",
    "400",
    "`VAL001`: a parameter is not acceptable; `details` names each",
);
const NOT_SIGNED_IN: CommonAnswer = answer(
    "NotSignedIn",
    "401",
    "`AUTH001`, `AUTH002`: not, or no longer, signed in",
);
const BAD_TOKEN: CommonAnswer = answer("BadToken", "401", "`AUTH001`, `AUTH002`: the token sent is not good");
const NOT_STAFF: CommonAnswer = answer(
    "NotStaff",
    "403",
    "`AUTH003`: not staff with this permission, or without the second factor that staff need; `AUTH007`: the account is \
     blocked",
);
const BLOCKED: CommonAnswer = answer("Blocked", "403", "`AUTH007`: the account is blocked");
const OTHER_SITE: CommonAnswer = answer(
    "OtherSite",
    "403",
    "`AUTH003`: sent by a browser from a page of another site, without a token; `AUTH007`: the account is blocked",
);
const NOT_STAFF_OR_OTHER_SITE: CommonAnswer = answer(
    "NotStaffOrOtherSite",
    "403",
    "`AUTH003`: not staff with this permission, or without the second factor that staff need; or sent by a browser from a \
     page of another site, without a token; `AUTH006`: prove again who you are (`POST /api/auth/prove`); `AUTH007`: the \
     account is blocked",
);
const TOO_LARGE: CommonAnswer = answer("TooLarge", "413", "`VAL001`: the body is larger than 64 KiB");
const NOT_JSON: CommonAnswer = answer("NotJson", "415", "`VAL001`: the body is not sent as `application/json`");
const TOO_MANY: CommonAnswer = answer("TooMany", "429", "`RATE001`: ask again after `Retry-After`");
const INTERNAL: CommonAnswer = answer(
    "Internal",
    "500",
    "`SERVER001`: a fault of the shop; its operator finds it by the `requestId`",
);
const UNAVAILABLE: CommonAnswer = answer("Unavailable", "503", "`GATEWAY002`: ask again after `Retry-After`");

/// What any endpoint may answer.
pub(super) const OF_ENDPOINTS: [CommonAnswer; 3] = [TOO_MANY, INTERNAL, UNAVAILABLE];
/// What those may that are answered however busy the shop is.
pub(super) const OF_PROBES: [CommonAnswer; 1] = [INTERNAL];

/// Adds to each operation of `description` the answers `of_all` and those that follow from what it has. What an operation
/// says of a status itself stays as it is.
pub(super) fn add(description: &mut Description, of_all: &[CommonAnswer]) {
    let mut used = Vec::new();
    for item in description.paths.paths.values_mut() {
        let reads = [&mut item.get].map(|operation| (operation, false));
        let writes =
            [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch].map(|operation| (operation, true));
        for (operation, writes) in reads.into_iter().chain(writes) {
            let Some(operation) = operation else { continue };
            for answer in following(operation, writes).iter().chain(of_all) {
                let responses = &mut operation.responses.responses;
                responses.entry(answer.status.to_owned()).or_insert_with(|| {
                    used.push((answer.name.to_owned(), described(answer).into()));
                    RefOr::Ref(Ref::from_response_name(answer.name))
                });
            }
        }
    }
    description.components.get_or_insert_default().responses.extend(used);
}

/// What follows from the security, the parameters and the body of an operation, and from what it does.
fn following(operation: &Operation, writes: bool) -> Vec<CommonAnswer> {
    let mut answers = Vec::new();
    let allowed = operation.security.as_deref().unwrap_or_default();
    let staff_alone = allowed.contains(&token_of(&["staff"]));
    if allowed.contains(&SecurityRequirement::default()) {
        answers.extend(allowed.contains(&token_of(&[])).then_some(BAD_TOKEN));
    } else if !allowed.is_empty() {
        answers.push(NOT_SIGNED_IN);
    }
    match (staff_alone, writes) {
        (true, true) => answers.push(NOT_STAFF_OR_OTHER_SITE),
        (true, false) => answers.push(NOT_STAFF),
        (false, true) => answers.push(OTHER_SITE),
        (false, false) => answers.extend((!allowed.is_empty()).then_some(BLOCKED)),
    }
    if operation.request_body.is_some() {
        answers.extend([INVALID_BODY, TOO_LARGE, NOT_JSON]);
    }
    let is_query = |parameter: &RefOr<_>| match parameter {
        RefOr::T(parameter) => is_in_query(parameter),
        RefOr::Ref(_) => false,
    };
    if operation.parameters.iter().flatten().any(is_query) {
        answers.push(INVALID_PARAMETER);
    }
    answers
}

/// A text in a path that names nothing is 404, and what the operation says of it.
fn is_in_query(parameter: &utoipa::openapi::path::Parameter) -> bool {
    parameter.parameter_in == ParameterIn::Query
}

/// Signed in, in one of `roles` if there are any.
fn token_of(roles: &[&str]) -> SecurityRequirement {
    SecurityRequirement::new("token", roles.iter().copied())
}

fn described(answer: &CommonAnswer) -> Response {
    let envelope = Content::new(Some(Ref::from_schema_name("ErrorEnvelope")));
    ResponseBuilder::new()
        .description(answer.description)
        .content("application/json", envelope)
        .build()
}
