//! The administration's kit: a page is declared once, and its route, its navigation, its file and its access follow.
//!
//! A page is a [`Screen`]: a table or a sheet of blocks, with the actions that it offers. `screens.rs` lists them. Each file
//! uses only files of lines below its own:
//!
//! ```text
//! serve                 answers requests for a screen
//! render                the page around it
//! list_view             a table with its tools
//! navigation            the screens that a role may open
//! mod                   screens, actions, visits
//! table    sheet        what they show
//! cell     csv          single values
//! ```

pub(crate) mod cell;
mod csv;
mod list_view;
pub(crate) mod navigation;
pub(crate) mod render;
pub(crate) mod serve;
pub(crate) mod sheet;
pub(crate) mod table;

use axum::Router;
use domain::refusal::Refusal;
use domain::security::Device;
use domain::staff::Permission;
use futures::future::BoxFuture;
use services::Error;
use services::accounts::Caller;
use services::trail::Actor;
use uuid::Uuid;
use web_kit::App;
use web_kit::form::{Field, Form};
use web_kit::form_data::FormData;

use sheet::{Block, Sheet};
use table::Table;

/// A page of the administration.
pub(crate) struct Screen {
    /// Its address; `{id}` in it stands for what it is about.
    pub(crate) path: &'static str,
    /// Its title, and its name in the navigation.
    pub(crate) title: &'static str,
    /// A sentence below the title.
    pub(crate) lead: &'static str,
    /// What is needed to open it; `None` for every member of staff.
    pub(crate) permission: Option<Permission>,
    /// The part of the navigation where it stands; `None` for a page that others lead to.
    pub(crate) section: Option<Section>,
    /// What it shows.
    pub(crate) content: Content,
    /// What can be done there.
    pub(crate) actions: Vec<Action>,
}

/// A part of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// What needs somebody now.
    Today,
    /// Orders and money.
    Sales,
    /// Games and what they are grouped by.
    Catalogue,
    /// Suppliers, and what comes from them.
    Supply,
    /// Customers and staff.
    People,
    /// The shop as a program.
    System,
}

/// What a screen shows.
pub(crate) enum Content {
    /// A table, also as a file.
    Table(Table),
    /// Anything else.
    Sheet(ShowSheet),
    /// What its own handlers show; the addresses beside that of the screen, each with its method and what it needs.
    Own {
        /// The handlers.
        router: fn() -> Router<App>,
        /// Their further addresses.
        further: &'static [(&'static str, &'static str, Permission)],
    },
}

/// The field of a reason, as the trail names it.
const REASON: &str = "reason";

/// Makes a sheet: in a constant number of statements.
pub(crate) type ShowSheet = for<'a> fn(&'a Visit) -> BoxFuture<'a, Result<Sheet, Error>>;
/// Makes the question before an action.
pub(crate) type AskFirst = for<'a> fn(&'a Visit) -> BoxFuture<'a, Result<Question, Error>>;
/// Does what an action does, by one use case, which also writes the entry of the trail; returns where to go on.
pub(crate) type Run = for<'a> fn(&'a Visit, &'a FormData) -> BoxFuture<'a, Result<String, Error>>;

/// Something that staff can do.
pub(crate) struct Action {
    /// Its name, unique in the administration.
    pub(crate) name: &'static str,
    /// The text of its link.
    pub(crate) label: &'static str,
    /// The address that it posts to; `{id}` in it stands for what it is about.
    pub(crate) path: &'static str,
    /// What is needed.
    pub(crate) permission: Permission,
    /// Whether who does it has to have proven lately who they are: where it moves rights or money.
    pub(crate) needs_proof: bool,
    /// Whether its form has to be told why; the trail keeps the reason.
    pub(crate) reason: Reason,
    /// What is asked first, on a page of its own.
    pub(crate) ask: AskFirst,
    /// Does it.
    pub(crate) run: Run,
    /// What is said afterwards.
    pub(crate) done: &'static str,
}

/// Whether somebody who acts has to say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// They may.
    Optional,
    /// They have to: what is destroyed, and who may do what, is asked about later.
    Required,
}

impl Reason {
    /// The field of a form.
    pub(crate) fn field(self) -> Field {
        let field =
            Field::lines(REASON, "Reason").hinted("Why you do this. It stands in the trail; customers do not see it.");
        match self {
            Self::Optional => field.or_empty(),
            Self::Required => field,
        }
    }

    /// `actor` with the reason that was typed.
    pub(crate) fn given(self, data: &FormData, actor: &Actor) -> Result<Actor, Refusal> {
        let reason = domain::trail::reason(data.get(REASON), self == Self::Required)?;
        Ok(actor.because(reason.as_deref()))
    }
}

/// What is asked before an action.
pub(crate) struct Question {
    /// The title of the page.
    pub(crate) title: String,
    /// What will happen.
    pub(crate) lead: String,
    /// The page to go back to, and its name.
    pub(crate) back: (String, String),
    /// What is to be known before.
    pub(crate) blocks: Vec<Block>,
    /// The fields of the form.
    pub(crate) fields: Vec<Field>,
    /// The text of its button.
    pub(crate) button: &'static str,
}

/// A request of a member of staff.
pub(crate) struct Visit {
    /// The shop and its site.
    pub(crate) app: App,
    /// Who asks.
    pub(crate) caller: Caller,
    /// From where.
    pub(crate) device: Device,
    /// The same, for use cases of staff.
    pub(crate) actor: Actor,
    /// What stands for `{id}` in the address.
    pub(crate) subject: String,
    /// The query of the address.
    pub(crate) query: FormData,
}

/// An address of the administration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredRoute {
    /// The path; `{id}` in it stands for what it is about.
    pub path: String,
    /// The method.
    pub method: &'static str,
    /// What is needed; `None` for every member of staff.
    pub permission: Option<Permission>,
    /// Whether who asks has to have proven lately who they are.
    pub needs_proof: bool,
}

impl Visit {
    /// What the address is about, where it is an id.
    pub(crate) fn id(&self) -> Option<Uuid> {
        Uuid::parse_str(&self.subject).ok()
    }

    /// Whether who asks may do something.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        serve::role_of(&self.caller).is_some_and(|role| role.may(permission))
    }
}

impl Action {
    /// The address for what `id` stands for.
    pub(crate) fn path_for(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }

    /// Its form, as far as the question tells.
    pub(crate) fn form(&self, visit: &Visit, question_fields: Vec<Field>, button: &'static str) -> Form {
        Form::new(self.path_for(&visit.subject), button, question_fields)
    }
}

impl Screen {
    /// Every address that it has.
    pub(crate) fn routes(&self) -> Vec<DeclaredRoute> {
        let route = |path: &str, method: &'static str, permission: Permission| DeclaredRoute {
            path: path.to_owned(),
            method,
            permission: Some(permission),
            needs_proof: false,
        };
        let mut routes = vec![DeclaredRoute {
            path: self.path.to_owned(),
            method: "GET",
            permission: self.permission,
            needs_proof: false,
        }];
        match &self.content {
            Content::Table(table) => {
                let file = format!("{}.csv", self.path);
                routes.extend(table.export.map(|permission| route(&file, "GET", permission)));
            }
            Content::Own { further, .. } => {
                routes.extend(
                    further
                        .iter()
                        .map(|(path, method, permission)| route(path, method, *permission)),
                );
            }
            Content::Sheet(_) => {}
        }
        for action in &self.actions {
            routes.push(route(action.path, "GET", action.permission));
            routes.push(DeclaredRoute {
                needs_proof: action.needs_proof,
                ..route(action.path, "POST", action.permission)
            });
        }
        routes
    }

    /// The action of this name, if who visits may do it.
    pub(crate) fn offered(&self, name: &str, visit: &Visit) -> Option<&Action> {
        let action = self.actions.iter().find(|action| action.name == name);
        action.filter(|action| visit.may(action.permission))
    }
}
