//! The mapping that common column names suggest.

mod names;

use super::column::{Column, Holds};
use super::introspect::{ColumnFacts, TableFacts};
use crate::contact::{Kind, Property};
use names::{BEHIND, BESIDE, BUSINESS, HOME, NAMES, OTHER, PARTS, PERSONS, SPLIT};

/// What a short text column for a country or state holds is a code, and no name as in Exchange.
const CODE: u64 = 3;

/// What is of the company in a table that names the contact's own columns by a word before them.
const COMPANY: &[&str] = &[
    "CompanyName",
    "BusinessHomePage",
    "Body",
    "Categories",
    "Department",
];

/// The columns of a table whose names and types suggest a property, each property once.
#[must_use]
pub(crate) fn guess(table: &TableFacts, taken: &[&str]) -> Vec<(String, Property)> {
    let columns = table.columns.iter();
    let names = Names(
        columns
            .map(|column| (plain(&column.name), column))
            .filter(|(_, column)| !taken.contains(&column.name.as_str()))
            .collect(),
    );
    let person = names.person();
    let mut found: Vec<(&ColumnFacts, Property)> = Vec::new();
    for (property, _) in NAMES {
        let mut column = names.find(property, property, person);
        if column.is_none() && (person.is_empty() || COMPANY.contains(property)) {
            let words = ["", "contact", "kontakt", "contacto"];
            column = words
                .iter()
                .find_map(|word| names.find(property, property, word));
        }
        found.extend(column);
    }
    for (address, words) in [("Business", BUSINESS), ("Home", HOME), ("Other", OTHER)] {
        found.extend(names.address(address, words, person));
    }
    let mut map: Vec<(String, Property)> = Vec::new();
    for (column, property) in found {
        if map.iter().all(|(known, _)| *known != column.name) {
            map.push((column.name.clone(), property));
        }
    }
    // Beside a column of a slot it is not certain what a list holds.
    let list = Property::EmailAddresses;
    if map.iter().any(|(_, property)| property.excludes(list)) {
        map.retain(|(_, property)| *property != list);
    }
    map
}

/// A name as the lists write it: small letters without accents, and nothing between the words.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            '_' | '-' | ' ' | '.' => {}
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'á' | 'à' | 'â' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'î' | 'ï' => plain.push('i'),
            'ó' | 'ô' => plain.push('o'),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ç' => plain.push('c'),
            'ñ' => plain.push('n'),
            other => plain.push(other),
        }
    }
    plain
}

/// The columns that may be guessed, each with its plain name.
struct Names<'a>(Vec<(String, &'a ColumnFacts)>);

impl<'a> Names<'a> {
    fn has_one_of(&self, names: &str) -> bool {
        names
            .split_whitespace()
            .any(|name| self.0.iter().any(|(known, _)| known == name))
    }

    /// The word before the columns of the contact, which is nobody else where a name is behind it.
    fn person(&self) -> &'static str {
        let named = |word: &&&str| {
            ["GivenName", "Surname", "DisplayName"]
                .iter()
                .any(|name| self.find(name, name, word).is_some())
        };
        PERSONS.iter().find(named).copied().unwrap_or_default()
    }

    /// The parts of one address, all behind the same word: of two addresses each one is a whole.
    fn address(&self, key: &str, words: &[&str], person: &str) -> Vec<(&'a ColumnFacts, Property)> {
        let own = [person.to_owned(), format!("{person}address")];
        let mut words: Vec<&str> = words.to_vec();
        if !person.is_empty() && key == "Business" {
            words.splice(0..0, own.iter().map(String::as_str));
        }
        let parts = |word: &str| -> Vec<(&'a ColumnFacts, Property)> {
            let parts = PARTS.iter();
            let found =
                parts.map(|(part, _)| self.find(part, &format!("{key}Address.{part}"), word));
            found.flatten().collect()
        };
        let is_place = |found: &Vec<(&ColumnFacts, Property)>| {
            let mut names = found.iter().map(|(_, property)| property.name());
            names.any(|name| name.ends_with(".City") || name.ends_with(".PostalCode"))
        };
        let whole = words.iter().map(|word| parts(word)).find(is_place);
        whole.unwrap_or_default()
    }

    /// The column of a property, or part of an address, behind a word.
    fn find(&self, of: &str, property: &str, word: &str) -> Option<(&'a ColumnFacts, Property)> {
        let property: Property = property.parse().ok()?;
        let split = SPLIT.iter().find(|(known, _)| *known == of);
        if split.is_some_and(|(_, names)| self.has_one_of(names)) {
            return None;
        }
        let listed = |(known, names): &(&str, &'static str)| (*known == of).then_some(*names);
        let beside = BESIDE
            .iter()
            .filter(|(known, _, near)| *known == of && self.has_one_of(near));
        let names = NAMES.iter().chain(PARTS).filter_map(listed);
        let behind = BEHIND
            .iter()
            .filter(|_| !word.is_empty())
            .filter_map(listed);
        let beside = beside
            .filter(|_| word.is_empty())
            .map(|(_, names, _)| *names);
        names
            .chain(behind)
            .chain(beside)
            .flat_map(str::split_whitespace)
            .find_map(|name| {
                let column = self.column(&format!("{word}{name}"), property);
                let behind = || self.column(&format!("{name}{word}"), property);
                if HOME.contains(&word) {
                    column.or_else(behind)
                } else {
                    column
                }
            })
            .map(|column| (column, property))
    }

    /// The column of a name, if its type leaves no doubt.
    fn column(&self, name: &str, property: Property) -> Option<&'a ColumnFacts> {
        let (_, column) = self.0.iter().find(|(known, _)| known == name)?;
        let holds = Column::of(column, property).ok()?.holds;
        let is_text = column.charset.is_some()
            && matches!(holds, Holds::Text { characters, .. } if characters > CODE || !is_coded(property));
        let certain = match property.kind() {
            // A text may write days in any way.
            Kind::Date => matches!(holds, Holds::Date | Holds::DateTime),
            Kind::Set => is_text || holds == Holds::Json,
            Kind::Picture => matches!(holds, Holds::Picture { .. }),
            _ => is_text,
        };
        certain.then_some(*column)
    }
}

fn is_coded(property: Property) -> bool {
    let name = property.name();
    name.ends_with(".State") || name.ends_with(".CountryOrRegion")
}

#[cfg(test)]
#[path = "guess/tests.rs"]
mod tests;
