//! Comparing values in a search, as the type of the property has it (EWS reference, section 2.6).

use std::cmp::Ordering;

use crate::clock;
use crate::contact::extended::ExtendedName;
use crate::contact::value::Value;
use crate::contact::{extended_value, fields};
use crate::soap::xml::Element;

/// How two values are compared.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    less: bool,
    equal: bool,
    greater: bool,
    /// Whether a missing value meets it.
    pub missing: bool,
    /// Whether the values are numbers.
    numeric: bool,
}

impl Comparison {
    /// The same for values that are numbers, or are not.
    pub fn numbers(self, numeric: bool) -> Self {
        Self { numeric, ..self }
    }
}

/// How a text is searched.
#[derive(Debug, Clone, Copy)]
pub struct Containment {
    /// How much of the text.
    pub mode: Match,
    /// Whether letter case is ignored.
    pub ignore_case: bool,
}

/// Where a text is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Match {
    /// All of it.
    Full,
    /// At its start.
    Prefix,
    /// Anywhere.
    Substring,
}

pub(super) fn comparison(name: &str) -> Option<Comparison> {
    let (less, equal, greater, missing) = match name {
        "IsEqualTo" => (false, true, false, false),
        "IsNotEqualTo" => (true, false, true, true),
        "IsGreaterThan" => (false, false, true, false),
        "IsGreaterThanOrEqualTo" => (false, true, true, false),
        "IsLessThan" => (true, false, false, false),
        "IsLessThanOrEqualTo" => (true, true, false, false),
        _ => return None,
    };
    Some(Comparison {
        less,
        equal,
        greater,
        missing,
        numeric: false,
    })
}

/// A constant in the form of the stored value, and whether that is a number. What is not of the
/// property's type is equal to nothing.
pub(super) fn constant_of(expression: &Element, constant: &str) -> (String, bool) {
    let as_sent = || (constant.to_owned(), false);
    let extended = expression
        .children
        .first()
        .filter(|path| path.name == "ExtendedFieldURI")
        .and_then(|path| ExtendedName::read(path).ok());
    let Some(name) = extended else {
        return as_sent();
    };
    let base = name.property_type.trim_end_matches("Array");
    let Some(value) = extended_value::read(base, &[constant], false) else {
        return as_sent();
    };
    match name.alias() {
        Some(id) if !fields::words(id).is_empty() => {
            extended_value::to_field(id, value).map_or_else(as_sent, |word| (word.to_text(), false))
        }
        _ => (
            value.to_text(),
            matches!(
                base,
                "Short" | "Integer" | "Long" | "Currency" | "Double" | "Float" | "ApplicationTime"
            ),
        ),
    }
}

pub(super) fn compare(value: &Value, comparison: Comparison, constant: &str) -> bool {
    let order = match value {
        Value::Time(instant) => clock::parse(constant).map(|wanted| instant.cmp(&wanted)),
        Value::Text(text) if comparison.numeric => numbers(text, constant),
        Value::Text(text) => Some((**text).cmp(constant)),
        Value::List(list) => {
            return if comparison.missing {
                list.iter().all(|text| **text != *constant)
            } else {
                list.iter().any(|text| **text == *constant)
            };
        }
    };
    order.is_some_and(|order| match order {
        Ordering::Less => comparison.less,
        Ordering::Equal => comparison.equal,
        Ordering::Greater => comparison.greater,
    })
}

/// The order of two numbers; whole ones are compared exactly.
fn numbers(left: &str, right: &str) -> Option<Ordering> {
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => left.parse::<f64>().ok()?.partial_cmp(&right.parse().ok()?),
    }
}

pub(super) fn contains(value: &Value, containment: Containment, constant: &str) -> bool {
    let fold = |text: &str| {
        if containment.ignore_case {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let wanted = fold(constant);
    let meets = |text: &str| {
        let text = fold(text);
        match containment.mode {
            Match::Full => text == wanted,
            Match::Prefix => text.starts_with(&wanted),
            Match::Substring => text.contains(&wanted),
        }
    };
    match value {
        Value::Text(text) => meets(text),
        Value::List(list) => list.iter().any(|text| meets(text)),
        Value::Time(instant) => meets(&clock::format(*instant)),
    }
}
