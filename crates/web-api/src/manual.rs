//! The API's description as a page to read, made of the same document that programs get.

use askama::Template;
use serde_json::Value;

use web_kit::Site;
use web_kit::page::{Layout, render};

#[derive(Template)]
#[template(path = "docs.html")]
struct Manual {
    layout: Layout,
    introduction: Prose,
    version: String,
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Prose,
    parameters: Vec<Field>,
    responses: Vec<Answer>,
}

struct Answer {
    status: String,
    description: Prose,
    schema: Option<(String, String)>,
}

struct Schema {
    id: String,
    name: String,
    description: Prose,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    kind: String,
    /// The schema that `kind` names, if it names one.
    link: Option<String>,
    required: bool,
    description: Prose,
}

/// A text in which what stands between backticks is code.
struct Prose(Vec<Piece>);

struct Piece {
    text: String,
    is_code: bool,
}

impl Prose {
    fn of(value: &Value) -> Self {
        let text = text(value);
        let pieces = text.split('`').enumerate().map(|(at, text)| Piece {
            text: text.to_owned(),
            is_code: at % 2 == 1,
        });
        Self(pieces.filter(|piece| !piece.text.is_empty()).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The page.
pub(crate) fn page(site: &Site, document: &Value) -> String {
    let layout = Layout::new(site, "API", "/api/docs").about("The JSON API of this shop, for storefronts and scripts.");
    let mut operations = Vec::new();
    for (path, methods) in entries(&document["paths"]) {
        operations
            .extend(entries(methods).map(|(method, operation)| read_operation(document, path, method, operation)));
    }
    let schemas = entries(&document["components"]["schemas"]).map(|(name, schema)| Schema {
        id: anchor(name),
        name: spoken(name),
        description: Prose::of(&schema["description"]),
        fields: read_fields(schema),
    });
    render(&Manual {
        layout,
        introduction: Prose::of(&document["info"]["description"]),
        version: text(&document["info"]["version"]),
        operations,
        schemas: schemas.collect(),
    })
}

fn read_operation(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Field {
            name: text(&parameter["name"]),
            kind: kind(&parameter["schema"]),
            link: None,
            required: parameter["required"] == true,
            description: Prose::of(&parameter["description"]),
        });
    let responses = entries(&operation["responses"]).map(|(status, answer)| {
        let pointer = answer["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
        let answer = pointer.and_then(|at| document.pointer(at)).unwrap_or(answer);
        Answer {
            status: status.to_owned(),
            description: Prose::of(&answer["description"]),
            schema: reference(&answer["content"]["application/json"]["schema"]),
        }
    });
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: Prose::of(&operation["description"]),
        parameters: parameters.collect(),
        responses: responses.collect(),
    }
}

fn read_fields(schema: &Value) -> Vec<Field> {
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|required| required == name))
    };
    let fields = entries(&schema["properties"]).map(|(name, field)| {
        let linked = reference(field).or_else(|| reference(&field["items"]));
        Field {
            name: name.to_owned(),
            kind: kind(field),
            link: linked.map(|(id, _)| id),
            required: required(name),
            description: Prose::of(&field["description"]),
        }
    });
    fields.collect()
}

/// What may stand in a field, in a word or three.
fn kind(schema: &Value) -> String {
    if let Some((_, name)) = reference(schema) {
        return name;
    }
    let mut word = match &schema["type"] {
        Value::String(word) if word == "array" => return format!("list of {}", kind(&schema["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "object".to_owned(),
    };
    if schema["format"] == "uuid" {
        "uuid".clone_into(&mut word);
    }
    if !schema["default"].is_null() {
        word.push_str(&format!(", usually {}", text(&schema["default"])));
    }
    word
}

/// Where in the page the schema is that is referred to, and its name.
fn reference(schema: &Value) -> Option<(String, String)> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    Some((anchor(name), spoken(name)))
}

fn anchor(name: &str) -> String {
    format!("schema-{name}")
}

/// `Success_GamePage` is generated of `Success<GamePage>`.
fn spoken(name: &str) -> String {
    name.split_once('_')
        .map_or_else(|| name.to_owned(), |(outer, inner)| format!("{outer} of {inner}"))
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || {
            if value.is_null() {
                String::new()
            } else {
                value.to_string()
            }
        },
        str::to_owned,
    )
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let site = fixtures::site();
    let document = serde_json::to_value(crate::openapi::document(&site)).unwrap_or_default();
    vec![template_checks::Sample::rendered::<Manual>(page(&site, &document))]
}

#[cfg(test)]
mod tests {
    use fixtures::site;

    #[test]
    fn every_operation_parameter_and_schema_is_on_the_page() {
        let site = site();
        let document = serde_json::to_value(crate::openapi::document(&site)).unwrap();
        let html = super::page(&site, &document);
        for part in [
            "/api/games/slug/{slug}",
            "releaseDateFrom",
            "NOTFOUND002",
            "id=\"schema-Game\"",
            "requestId",
        ] {
            assert!(html.contains(part), "{part}");
        }
        for link in html.split("href=\"#").skip(1) {
            let id = link.split('"').next().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}
