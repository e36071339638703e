//! The fields of a game that staff set: the form, what was changed in it, and what is given back to the suppliers.

use domain::catalog::Game;
use domain::money::Cents;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use domain::refusal::{FieldError, Refusal};
use services::overrides::ManagedGame;
use web_kit::form::{Choice, Field};
use web_kit::form_data::FormData;

use super::{EDIT, game_address, game_id, managed};
use crate::kit::{Action, Question, Reason};

/// The name of the field with what is given back.
const GIVE_BACK: &str = "giveBack";
/// The longest value in a table, in characters.
const SHORT: usize = 160;

pub(super) fn action() -> Action {
    Action {
        name: "set-fields",
        label: "Set fields…",
        path: "/admin/games/{id}/fields",
        permission: EDIT,
        needs_proof: false,
        reason: Reason::Optional,
        ask: |visit| Box::pin(async move { Ok(question(&managed(visit).await?)) }),
        run: |visit, data| {
            Box::pin(async move {
                let id = game_id(visit)?;
                let changes = changes(&managed(visit).await?, data)?;
                if !changes.is_empty() {
                    visit
                        .app
                        .shop
                        .catalog()
                        .override_fields(id, changes, &visit.actor)
                        .await?;
                }
                Ok(game_address(id))
            })
        },
        done: "Saved. What you changed stays, whatever the next sync says.",
    }
}

/// How a field is called.
pub(super) const fn label(field: OverrideField) -> &'static str {
    match field {
        OverrideField::Title => "Title",
        OverrideField::Description => "Description",
        OverrideField::Image => "Portrait picture",
        OverrideField::Images => "Pictures",
        OverrideField::Price => "Price",
        OverrideField::Platforms => "Platforms",
        OverrideField::Genres => "Genres",
        OverrideField::Tags => "Tags",
        OverrideField::Categories => "Categories",
        OverrideField::ReleaseDate => "Released",
        OverrideField::Publisher => "Publisher",
        OverrideField::Developer => "Developer",
        OverrideField::Region => "Region",
        OverrideField::ActivationService => "Activated on",
        OverrideField::Hidden => "Withdrawn",
    }
}

/// The fields of the form, in its order.
const ASKED: [OverrideField; 14] = [
    OverrideField::Title,
    OverrideField::Price,
    OverrideField::ActivationService,
    OverrideField::Region,
    OverrideField::ReleaseDate,
    OverrideField::Publisher,
    OverrideField::Developer,
    OverrideField::Platforms,
    OverrideField::Genres,
    OverrideField::Categories,
    OverrideField::Tags,
    OverrideField::Description,
    OverrideField::Image,
    OverrideField::Images,
];

/// Whether it is a list of texts, one in a line.
const fn is_list(field: OverrideField) -> bool {
    use OverrideField::{Categories, Genres, Images, Platforms, Tags};
    matches!(field, Platforms | Genres | Categories | Tags | Images)
}

fn question(managed: &ManagedGame) -> Question {
    let game = &managed.held.game;
    let mut fields: Vec<Field> = ASKED.into_iter().map(|field| asked(managed, field)).collect();
    let set = managed.held.overrides.iter().map(|(field, _)| field);
    let set: Vec<Choice> = set
        .filter(|field| *field != OverrideField::Hidden)
        .map(|field| Choice::new(field.as_str(), label(field)))
        .collect();
    if !set.is_empty() {
        let hint = "What the suppliers say of these is shown again at once.";
        fields.push(Field::any(GIVE_BACK, "Give back to the suppliers", set).hinted(hint));
    }
    Question {
        title: format!("Set fields of “{}”", game.facts.title),
        lead: "What you change here stays, whatever syncs bring; what you leave as it is follows the suppliers."
            .to_owned(),
        back: (game_address(game.id), "The game".to_owned()),
        blocks: Vec::new(),
        fields,
        button: "Save",
    }
}

fn asked(managed: &ManagedGame, field: OverrideField) -> Field {
    let (name, label) = (field.as_str(), label(field));
    let value = present(&managed.held.game, field);
    let asked = match field {
        OverrideField::Price => Field::money(name, label),
        OverrideField::Description => Field::lines(name, label).or_empty(),
        field if is_list(field) => Field::lines(name, label).or_empty(),
        OverrideField::Title => Field::text(name, label),
        _ => Field::text(name, label).or_empty(),
    };
    let set = managed.held.overrides.get(field);
    let hint = match (set.map(|set| &set.suppliers_value), field) {
        (Some(Some(theirs)), _) => Some(format!("Set by staff. The suppliers say: {}", short(&shown(theirs)))),
        (Some(None), _) => Some("Set by staff; otherwise it follows the offers.".to_owned()),
        (None, OverrideField::Price) => Some("In euros. Otherwise it follows the offers.".to_owned()),
        (None, OverrideField::ReleaseDate) => Some("A day as 2015-11-10.".to_owned()),
        (None, OverrideField::Description) => Some("HTML, of which what is not safe is left out.".to_owned()),
        (None, field) if is_list(field) => Some("One in each line.".to_owned()),
        _ => None,
    };
    let asked = asked.holding(&value);
    match hint {
        Some(hint) => asked.hinted(hint),
        None => asked,
    }
}

/// The value that the game has, as a form holds it.
fn present(game: &Game, field: OverrideField) -> String {
    let facts = &game.facts;
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    match field {
        OverrideField::Title => facts.title.clone(),
        OverrideField::Description => facts.description_html.clone(),
        OverrideField::Image => facts.image.clone(),
        OverrideField::Images => facts.images.join("\n"),
        OverrideField::Price => facts.price.to_string(),
        OverrideField::Platforms => facts.platforms.join("\n"),
        OverrideField::Genres => facts.genres.join("\n"),
        OverrideField::Tags => game.tags.join("\n"),
        OverrideField::Categories => facts.categories.join("\n"),
        OverrideField::ReleaseDate => optional(&facts.release_date),
        OverrideField::Publisher => optional(&facts.publisher),
        OverrideField::Developer => optional(&facts.developer),
        OverrideField::Region => optional(&facts.region),
        OverrideField::ActivationService => optional(&facts.activation_service),
        OverrideField::Hidden => String::new(),
    }
}

/// A value as text.
pub(super) fn shown(value: &OverrideValue) -> String {
    match value {
        OverrideValue::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        OverrideValue::Cents(cents) => format!("€{}", Cents::new(*cents)),
        OverrideValue::Text(text) if text.is_empty() => "nothing".to_owned(),
        OverrideValue::Text(text) => text.clone(),
        OverrideValue::Texts(texts) if texts.is_empty() => "nothing".to_owned(),
        OverrideValue::Texts(texts) => texts.join(", "),
    }
}

/// The beginning of a long text.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A typed text with the line ends of the shop: browsers send those of old telegraphs.
fn typed(data: &FormData, field: OverrideField) -> String {
    data.get(field.as_str()).replace("\r\n", "\n").trim().to_owned()
}

/// What the form changes. A field that was not sent, or holds what the game has, stays as it is.
fn changes(managed: &ManagedGame, data: &FormData) -> Result<Vec<OverrideChange>, Refusal> {
    let given_back = |field: OverrideField| data.all(GIVE_BACK).any(|name| name == field.as_str());
    let (mut changes, mut wrong): (Vec<OverrideChange>, Vec<FieldError>) = (Vec::new(), Vec::new());
    for field in ASKED {
        if given_back(field) {
            changes.push(OverrideChange { field, value: None });
            continue;
        }
        let typed = typed(data, field);
        if !data.has(field.as_str()) || typed == present(&managed.held.game, field).replace("\r\n", "\n").trim() {
            continue;
        }
        match value(data, field, typed) {
            Ok(value) => changes.push(OverrideChange { field, value }),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(changes)
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

fn value(data: &FormData, field: OverrideField, typed: String) -> Result<Option<OverrideValue>, FieldError> {
    match field {
        // Without a price it follows the offers again.
        OverrideField::Price => Ok(data
            .cents(field.as_str())?
            .map(|cents| OverrideValue::Cents(cents.get()))),
        field if is_list(field) => Ok(Some(OverrideValue::Texts(data.lines(field.as_str())))),
        _ => Ok(Some(OverrideValue::Text(typed))),
    }
}
