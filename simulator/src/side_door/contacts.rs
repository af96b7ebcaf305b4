//! Properties of a contact as JSON.

use serde_json::{Map, Value as Json, json};

use crate::clock;
use crate::contact::extended::Registry;
use crate::contact::fields::{self, BODY, BODY_TYPE, HAS_PICTURE, Kind};
use crate::contact::slot;
use crate::contact::value::{Properties, PropertyId, Value};
use crate::operations::body::crlf;
use crate::schema::simple::Simple;

/// A date set here is stored as Outlook stores it: midnight of the writer's zone, here two hours
/// east of UTC (EWS reference, section 3.6).
const OUTLOOK_ZONE: i64 = 2 * 3600;
/// Read rule of the same section: twelve hours on, then the UTC date.
const HALF_DAY: i64 = 12 * 3600;

/// Sets the named properties, null clears; the properties that were touched.
pub fn apply(properties: &mut Properties, wanted: &Json) -> Result<Vec<PropertyId>, String> {
    let mut given = Vec::new();
    let Some(wanted) = wanted.as_object() else {
        return Ok(given);
    };
    for (name, value) in wanted {
        let (id, field) =
            fields::by_name(name).ok_or_else(|| format!("there is no property {name}"))?;
        if id == HAS_PICTURE {
            return Err(format!("{name} follows from the photo"));
        }
        let value = read(name, field.kind, value)?;
        properties.put(id, value);
        given.push(id);
        if id == BODY && !wanted.contains_key("BodyType") {
            properties.remove(BODY_TYPE);
        }
        let Some(slot) = slot::of(id).filter(|slot| slot.address == id) else {
            continue;
        };
        for other in slot.others() {
            if fields::of(other).is_some_and(|field| !wanted.contains_key(field.name)) {
                properties.remove(other);
            }
        }
    }
    Ok(given)
}

fn read(name: &str, kind: Kind, value: &Json) -> Result<Option<Value>, String> {
    let text = || {
        value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_bool().map(|b| b.to_string()))
            .or_else(|| value.as_i64().map(|n| n.to_string()))
    };
    if value.is_null() {
        return Ok(None);
    }
    let read = match kind {
        Kind::List => {
            let texts: Option<Box<[Box<str>]>> = value
                .as_array()
                .and_then(|all| all.iter().map(|one| one.as_str().map(Into::into)).collect());
            Value::List(texts.ok_or_else(|| format!("{name} must be a list of texts"))?)
        }
        Kind::Time => {
            let text = value.as_str().unwrap_or_default();
            let instant = clock::parse_date(text)
                .map(|midnight| midnight - OUTLOOK_ZONE)
                .or_else(|| clock::parse(text));
            Value::Time(
                instant
                    .ok_or_else(|| format!("{name} must be a date, YYYY-MM-DD, or an instant"))?,
            )
        }
        Kind::Lines => Value::text(&crlf(
            &text().ok_or_else(|| format!("{name} must be a text"))?,
        )),
        Kind::Binary => Value::text(
            &text()
                .filter(|text| Simple::Base64.allows(text))
                .ok_or_else(|| format!("{name} must be base64"))?,
        ),
        Kind::Text | Kind::Word | Kind::Flag => {
            Value::text(&text().ok_or_else(|| format!("{name} must be a text"))?)
        }
    };
    let legal = |text: &str| {
        text.chars()
            .all(|c| c >= ' ' || matches!(c, '\t' | '\n' | '\r'))
    };
    match &read {
        Value::Text(text) if !legal(text) => Err(format!("{name} holds a control character")),
        Value::List(list) if !list.iter().all(|text| legal(text)) => {
            Err(format!("{name} holds a control character"))
        }
        _ => Ok(Some(read)),
    }
}

/// First-class properties by name, and extended ones by their readable names.
pub fn show(properties: &Properties, registry: &Registry) -> (Json, Json) {
    let (mut known, mut extended) = (Map::new(), Map::new());
    for (id, value) in properties.iter() {
        let date = fields::of(id)
            .is_some_and(|field| matches!(field.name, "Birthday" | "WeddingAnniversary"));
        let shown = match value {
            Value::Text(text) => json!(&**text),
            Value::List(list) => json!(list.iter().map(|text| &**text).collect::<Vec<_>>()),
            Value::Time(instant) if date => json!(clock::format_date(instant + HALF_DAY)),
            Value::Time(instant) => json!(clock::format(*instant)),
        };
        match (fields::of(id), registry.name(id)) {
            (Some(field), _) => known.insert(field.name.to_owned(), shown),
            (None, Some(name)) => extended.insert(name.display(), shown),
            (None, None) => None,
        };
    }
    (Json::Object(known), Json::Object(extended))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_shows_and_clears() {
        let mut properties = Properties::default();
        let wanted = json!({
            "GivenName": "Erika", "Birthday": "1980-05-17", "Categories": ["A", "B"], "Body": "x\ny",
            "BusinessAddress.Street": "Hauptstr. 5", "EmailAddress1": "a@b",
        });
        apply(&mut properties, &wanted).unwrap();
        let mut expected = wanted.clone();
        expected["Body"] = json!("x\r\ny");
        assert_eq!(show(&properties, &Registry::default()).0, expected);
        let birthday = properties.get(fields::BIRTHDAY).unwrap().to_text();
        assert_eq!(birthday, "1980-05-16T22:00:00Z");
        let given = apply(&mut properties, &json!({"GivenName": null})).unwrap();
        assert_eq!(
            (given, properties.text(fields::GIVEN_NAME)),
            (vec![fields::GIVEN_NAME], "")
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let refused = |wanted: Json| apply(&mut Properties::default(), &wanted).is_err();
        assert!(refused(json!({"Nonsense": "x"})));
        assert!(refused(json!({"Birthday": "soon"})));
        assert!(refused(json!({"Categories": "A"})));
        assert!(refused(json!({"GivenName": "a\u{2}"})));
    }
}
