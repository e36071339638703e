//! Patterns of JSON bodies: JSON in which a text such as `"<digits>"` stands for any value of that kind.

use std::collections::BTreeMap;

use serde_json::Value;

/// What was captured, by name.
pub(crate) type Captured = BTreeMap<String, String>;

/// Refuses a pattern with a placeholder that nobody knows.
pub(crate) fn check(pattern: &Value) -> Result<(), String> {
    match pattern {
        Value::String(text) => match placeholder(text) {
            Some((_, kind)) if !known(kind) => Err(format!("nobody knows the placeholder {text}")),
            _ => Ok(()),
        },
        Value::Array(items) => items
            .iter()
            .skip(usize::from(repeated(items).is_some()))
            .try_for_each(check),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "...")
            .try_for_each(|(_, value)| check(value)),
        _ => Ok(()),
    }
}

/// Compares a value with a pattern; the error says where they differ. `at` is the path so far, `$` at the root.
pub(crate) fn compare(pattern: &Value, value: &Value, at: &str, captured: &mut Captured) -> Result<(), String> {
    let differ = || Err(format!("{at}: expected {pattern}, got {}", shortened(value)));
    match (pattern, value) {
        (Value::String(text), _) if placeholder(text).is_some() => {
            let (name, kind) = placeholder(text).unwrap();
            if !fits(kind, value) {
                return differ();
            }
            if let Some(name) = name {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                captured.insert(name.to_owned(), text);
            }
            Ok(())
        }
        (Value::Array(items), Value::Array(values)) => {
            if let Some((count, each)) = repeated(items) {
                if count.is_some_and(|count| count != values.len()) {
                    return Err(format!("{at}: expected {} items, got {}", count.unwrap(), values.len()));
                }
                return values
                    .iter()
                    .enumerate()
                    .try_for_each(|(n, value)| compare(each, value, &format!("{at}[{n}]"), captured));
            }
            if items.len() != values.len() {
                return Err(format!("{at}: expected {} items, got {}", items.len(), values.len()));
            }
            let mut pairs = items.iter().zip(values).enumerate();
            pairs.try_for_each(|(n, (item, value))| compare(item, value, &format!("{at}[{n}]"), captured))
        }
        (Value::Object(fields), Value::Object(values)) => {
            for (name, field) in fields.iter().filter(|(name, _)| *name != "...") {
                let optional = name.strip_suffix('?');
                match (values.get(optional.unwrap_or(name)), optional) {
                    (Some(value), _) => compare(field, value, &format!("{at}.{name}"), captured)?,
                    (None, Some(_)) => {}
                    (None, None) => return Err(format!("{at}: there is no field `{name}`")),
                }
            }
            let open = fields.contains_key("...");
            let known = |name: &String| fields.contains_key(name) || fields.contains_key(&format!("{name}?"));
            match values.keys().find(|name| !open && !known(name)) {
                Some(name) => Err(format!("{at}: nobody expected the field `{name}`")),
                None => Ok(()),
            }
        }
        _ if pattern == value => Ok(()),
        _ => differ(),
    }
}

/// `["<20 of>", each]` is 20 items of one pattern, `["<any of>", each]` any number of them.
fn repeated(items: &[Value]) -> Option<(Option<usize>, &Value)> {
    let [Value::String(head), each] = items else {
        return None;
    };
    let count = head.strip_prefix('<')?.strip_suffix(" of>")?;
    match count {
        "any" => Some((None, each)),
        count => Some((Some(count.parse().ok()?), each)),
    }
}

/// Name and kind of `<kind>` or `<name=kind>`.
fn placeholder(text: &str) -> Option<(Option<&str>, &str)> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    Some(
        inner
            .split_once('=')
            .map_or((None, inner), |(name, kind)| (Some(name), kind)),
    )
}

fn known(kind: &str) -> bool {
    [
        "any", "text", "digits", "hex", "key", "time", "date", "int", "price", "bool",
    ]
    .contains(&kind)
}

fn fits(kind: &str, value: &Value) -> bool {
    let text = |test: &dyn Fn(&str) -> bool| value.as_str().is_some_and(test);
    match kind {
        "any" => true,
        "text" => value.is_string(),
        "digits" => text(&|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())),
        "hex" => text(&|text| !text.is_empty() && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))),
        "key" => text(&|text| shaped(text, "AAAAA-AAAAA-AAAAA")),
        "time" => text(&|text| text.is_empty() || shaped(text, "0000-00-00 00:00:00")),
        "date" => text(&|text| text.is_empty() || shaped(text, "0000-00-00")),
        "int" => value.is_u64(),
        "price" => {
            value.is_number() && {
                let number = value.to_string();
                !number.starts_with('-') && number.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2)
            }
        }
        "bool" => value.is_boolean(),
        _ => false,
    }
}

/// `A` is a capital letter or a digit, `0` a digit, and everything else itself.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'A' => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(pattern: &Value, value: &Value) -> Result<Captured, String> {
        let mut captured = Captured::new();
        check(pattern)?;
        compare(pattern, value, "$", &mut captured).map(|()| captured)
    }

    #[test]
    fn what_fits_is_captured_and_what_does_not_is_named() {
        let pattern = json!({"id": "<order=digits>", "price": "<price>", "more?": true, "list": ["<2 of>", "<int>"]});
        let captured = result(&pattern, &json!({"id": "77", "price": 1.25, "list": [1, 2]})).unwrap();
        assert_eq!(captured["order"], "77");
        for (value, said) in [
            (json!({"id": "7x", "price": 1, "list": [1, 2]}), "$.id: expected"),
            (json!({"id": "7", "price": 1.255, "list": [1, 2]}), "$.price: expected"),
            (json!({"id": "7", "price": -1, "list": [1, 2]}), "$.price: expected"),
            (json!({"id": "7", "price": "1", "list": [1, 2]}), "$.price: expected"),
            (json!({"id": "7", "price": 1, "list": [1]}), "$.list: expected 2 items"),
            (json!({"id": "7", "price": 1, "list": [1, "2"]}), "$.list[1]: expected"),
            (json!({"id": "7", "list": [1, 2]}), "no field `price`"),
            (
                json!({"id": "7", "price": 1, "list": [1, 2], "new": 0}),
                "expected the field `new`",
            ),
            (
                json!({"id": "7", "price": 1, "list": [1, 2], "more": false}),
                "$.more?: expected",
            ),
        ] {
            let error = result(&pattern, &value).unwrap_err();
            assert!(error.contains(said), "{value}: {error}");
        }
        assert!(result(&json!({"a": 1, "...": "..."}), &json!({"a": 1, "b": 2})).is_ok());
        assert!(
            result(&json!({"a": ["<digit>"]}), &json!({"a": ["1"]}))
                .unwrap_err()
                .contains("nobody knows")
        );
        assert!(result(&json!(["<any of>", "<key>"]), &json!(["ABCDE-12345-FGHIJ"])).is_ok());
        assert!(result(&json!("<key>"), &json!("ABCDE-12345-FGHI")).is_err());
    }
}
