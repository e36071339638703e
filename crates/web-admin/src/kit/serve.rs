//! Answers requests for the screens of the administration.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use domain::listing::{ListQuery, ListStart};
use domain::refusal::Refusal;
use domain::staff::{Permission, StaffRole};
use futures::{StreamExt, stream};
use services::Error;
use services::accounts::Caller;
use web_kit::form::Field;
use web_kit::form_data::FormData;
use web_kit::problem::Problem;
use web_kit::staff::let_in;
use web_kit::upload::has_parts;
use web_kit::{App, conditional};

use super::table::{Table, Wanted};
use super::{Action, Content, Question, Screen, Visit, csv, render};

/// The fields of a proof, as the use case names them.
const PASSWORD: &str = "password";
const CODE: &str = "code";

/// Rows of a file that are read at once.
const EXPORT_ROWS: u32 = 500;

/// The role of a member of staff.
pub(crate) fn role_of(caller: &Caller) -> Option<StaffRole> {
    caller.user.staff
}

/// The routes of all screens.
pub(crate) fn routes(screens: &Arc<Vec<Screen>>) -> Router<App> {
    let mut methods: BTreeMap<String, MethodRouter<App>> = BTreeMap::new();
    let mut add = |path: &str, method: MethodRouter<App>| {
        let there = methods.remove(path);
        methods.insert(
            path.to_owned(),
            there.map_or(method.clone(), |there| there.merge(method)),
        );
    };
    let mut own = Router::new();
    for (at, screen) in screens.iter().enumerate() {
        let all = Arc::clone(screens);
        match &screen.content {
            Content::Table(table) => {
                add(screen.path, get(move |app, request| show(app, all, at, request)));
                if table.export.is_some() {
                    let all = Arc::clone(screens);
                    let file = format!("{}.csv", screen.path);
                    add(&file, get(move |app, request| export(app, all, at, request)));
                }
            }
            Content::Sheet(_) => add(screen.path, get(move |app, request| show(app, all, at, request))),
            Content::Own { router, .. } => own = own.merge(router()),
        }
        for (number, action) in screen.actions.iter().enumerate() {
            let place = (at, number);
            let all = Arc::clone(screens);
            add(action.path, get(move |app, request| ask(app, all, place, request)));
            let all = Arc::clone(screens);
            add(action.path, post(move |app, request| act(app, all, place, request)));
        }
    }
    let declared = methods.into_iter();
    declared.fold(own, |router, (path, methods)| router.route(&path, methods))
}

/// Lets in who may; everybody else gets the problem.
async fn visit(app: &App, parts: &mut Parts, permission: Option<Permission>) -> Result<Visit, Problem> {
    let (caller, device, actor) = let_in(parts, app, permission).await?;
    let subject = Path::<String>::from_request_parts(parts, app).await;
    Ok(Visit {
        app: app.clone(),
        caller,
        device,
        actor,
        subject: subject.map_or_else(|_| String::new(), |Path(subject)| subject),
        query: FormData::from_query(parts.uri.query()),
    })
}

/// Shows a table or a sheet.
async fn show(
    State(app): State<App>,
    screens: Arc<Vec<Screen>>,
    at: usize,
    request: Request,
) -> Result<Response, Problem> {
    let screen = &screens[at];
    let (mut parts, _) = request.into_parts();
    let visit = visit(&app, &mut parts, screen.permission).await?;
    match &screen.content {
        Content::Table(table) => {
            let wanted = table.wanted(&visit);
            let page = if wanted.wrong.is_empty() {
                (table.rows)(&visit, &wanted.query).await?
            } else {
                Default::default()
            };
            let before = match table.before {
                Some(make) => make(&visit).await?,
                None => Vec::new(),
            };
            Ok(render::table(&screens, screen, &visit, (table, before), &wanted, page))
        }
        Content::Sheet(make) => {
            let sheet = make(&visit).await?;
            Ok(render::sheet(&screens, screen, &visit, sheet))
        }
        Content::Own { .. } => Err(Problem::no_such_address()),
    }
}

/// Sends a table as a file: all rows of the filters, read and sent some hundreds at a time.
async fn export(
    State(app): State<App>,
    screens: Arc<Vec<Screen>>,
    at: usize,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let Content::Table(table) = &screens[at].content else {
        return Err(Problem::no_such_address());
    };
    let visit = visit(&app, &mut parts, table.export).await?;
    let Wanted { query, wrong } = table.wanted(&visit);
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong).into());
    }
    let query = ListQuery {
        start: ListStart::First,
        limit: EXPORT_ROWS,
        ..query
    };
    let heading = csv::line(table.columns.iter().map(|column| column.name.to_owned()));
    let (first, next) = lines(&visit, table, query).await?;
    let rest = stream::unfold(
        (screens.clone(), visit, next),
        move |(screens, visit, next)| async move {
            let Content::Table(table) = &screens[at].content else {
                return None;
            };
            let found = lines(&visit, table, next?).await;
            // Whoever reads the file sees from the broken connection that it is not whole.
            let (lines, next) = match found {
                Ok((lines, next)) => (Ok(lines), next),
                Err(error) => (Err(error), None),
            };
            Some((lines, (screens, visit, next)))
        },
    );
    let name = screens[at].path.trim_start_matches("/admin/").replace('/', "-");
    // A body asks once more than a stream has to answer.
    let body = stream::once(async move { Ok::<_, Error>(heading + &first) }).chain(rest.fuse());
    Ok(file(&format!("{name}.csv"), Body::from_stream(body)))
}

/// Some lines of a file, and how it goes on.
async fn lines(visit: &Visit, table: &Table, query: ListQuery) -> Result<(String, Option<ListQuery>), Error> {
    let page = (table.rows)(visit, &query).await?;
    let lines = page
        .rows
        .iter()
        .map(|row| csv::line(row.cells.iter().map(super::cell::Cell::exported)));
    let text = lines.collect();
    let next = page.next.map(|place| ListQuery {
        start: ListStart::After(place),
        ..query
    });
    Ok((text, next))
}

fn file(name: &str, body: Body) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, body).into_response()
}

/// Shows the question before an action.
async fn ask(
    State(app): State<App>,
    screens: Arc<Vec<Screen>>,
    (at, number): (usize, usize),
    request: Request,
) -> Result<Response, Problem> {
    let (screen, action) = (&screens[at], &screens[at].actions[number]);
    let (mut parts, _) = request.into_parts();
    let visit = visit(&app, &mut parts, Some(action.permission)).await?;
    let question = completed(action, &visit, (action.ask)(&visit).await?);
    render::question(&screens, screen, action, &visit, question, None)
}

/// The question with the field of the reason, and that of a proof where the action needs one and the last is old.
fn completed(action: &Action, visit: &Visit, mut question: Question) -> Question {
    question.fields.push(action.reason.field());
    if !action.needs_proof || visit.app.shop.accounts().proof_is_young(&visit.caller) {
        return question;
    }
    let hint = "You have not shown for a while that it is you.";
    let field = if visit.caller.user.second_factor {
        Field::code("Code of your second factor")
    } else {
        Field::present_password(PASSWORD, "Your password")
    };
    question.fields.push(field.hinted(hint));
    question
}

/// Does what an action does. A refusal is shown in its form, with what was typed.
async fn act(
    State(app): State<App>,
    screens: Arc<Vec<Screen>>,
    (at, number): (usize, usize),
    request: Request,
) -> Result<Response, Problem> {
    let (screen, action) = (&screens[at], &screens[at].actions[number]);
    let (mut parts, body) = request.into_parts();
    let mut visit = visit(&app, &mut parts, Some(action.permission)).await?;
    let request = Request::from_parts(parts, body);
    let data = if has_parts(&request) && (action.ask)(&visit).await?.fields.iter().any(Field::is_file) {
        FormData::from_upload(request).await?
    } else {
        FormData::from_request(request, &app).await?
    };
    let error = match run(action, &mut visit, &data).await {
        Ok(to) => return Ok(go_on(&to, action)),
        Err(error) => error,
    };
    let question = completed(action, &visit, (action.ask)(&visit).await?);
    let mut response = render::question(&screens, screen, action, &visit, question, Some((&data, error)))?;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// Does it for the reason that was typed, after a new proof of who asks where the action needs one and the last is old.
async fn run(action: &Action, visit: &mut Visit, data: &FormData) -> Result<String, Error> {
    visit.actor = action.reason.given(data, &visit.actor)?;
    let accounts = visit.app.shop.accounts();
    if action.needs_proof && !accounts.proof_is_young(&visit.caller) {
        let (password, code) = (data.get(PASSWORD), data.get(CODE));
        accounts.prove(&visit.caller, password, code, &visit.device).await?;
    }
    (action.run)(visit, data).await
}

/// To the page where the result is seen, which also says what was done: by the action's name, so that a forged address shows
/// no foreign text.
fn go_on(to: &str, action: &Action) -> Response {
    let separator = if to.contains('?') { '&' } else { '?' };
    conditional::go_on(&format!("{to}{separator}done={}", action.name))
}
