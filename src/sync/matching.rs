//! Pairing of contacts that were there on both sides before they were linked.
//!
//! A contact is known by its keys: e-mail address, name with company, name with telephone number; where an item has just gone,
//! by its name alone. A row and an item are one
//! contact when a key belongs to exactly one row and one item. E-mail addresses are decided first, for all contacts, so that
//! neither the order nor the size of pages matters.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::contact::{Contact, EmailKey, PhoneKey, Property, Value};

/// What a key was made from, in the order in which keys are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// An e-mail address.
    Email,
    /// Full name and company.
    NameAndCompany,
    /// Full name and a telephone number.
    NameAndPhone,
    /// The full name alone, which is enough only for a link whose item is gone: an edited item under a new id (R10).
    Name,
}

impl MatchKind {
    /// All kinds in the order in which they are decided.
    pub const ALL: [Self; 4] = [
        Self::Email,
        Self::NameAndCompany,
        Self::NameAndPhone,
        Self::Name,
    ];

    /// Whether a key of this kind says anything about a row, one whose item is gone or one without a link.
    #[must_use]
    pub const fn tells(self, item_gone: bool) -> bool {
        match self {
            Self::Email | Self::NameAndCompany | Self::NameAndPhone => true,
            Self::Name => item_gone,
        }
    }

    /// The number by which a store keeps the kind.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Email => 1,
            Self::NameAndCompany => 2,
            Self::NameAndPhone => 3,
            Self::Name => 4,
        }
    }

    /// The kind of that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// A key by which a contact is recognised. It holds a fingerprint, no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchKey {
    /// What it was made from.
    pub kind: MatchKind,
    /// The fingerprint of the normalised text.
    pub print: u64,
}

/// What is to become of an unknown item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It is one contact with this row.
    Match(T),
    /// Several rows or several items share the key: they stay separate, and a person is told.
    Ambiguous,
    /// No row shares a key.
    Alone,
}

/// The keys of a contact, each once, in the order in which they are decided.
#[must_use]
pub fn match_keys(contact: &Contact) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let mut add = |kind, text: &str| {
        let key = MatchKey {
            kind,
            print: fingerprint(text),
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for slot in EmailKey::ALL {
        if let Some(address) = contact.text(Property::Email(*slot)) {
            add(MatchKind::Email, &address.to_lowercase());
        }
    }
    if let Some(Value::List(addresses)) = contact.get(Property::EmailAddresses) {
        for address in addresses {
            add(MatchKind::Email, &address.to_lowercase());
        }
    }
    if let Some(name) = full_name(contact) {
        if let Some(company) = contact.text(Property::CompanyName) {
            add(
                MatchKind::NameAndCompany,
                &format!("{name}\n{}", words(company)),
            );
        }
        for slot in PhoneKey::ALL {
            let number = contact.text(Property::Phone(*slot)).map(digits);
            if let Some(number) = number.filter(|number| number.len() >= 5) {
                add(MatchKind::NameAndPhone, &format!("{name}\n{number}"));
            }
        }
        add(MatchKind::Name, &name);
    }
    keys
}

/// Decides about an item for one kind of key: `rows` are the candidates that share each of its keys, `rivals` the unknown items
/// that do, itself included.
#[must_use]
pub fn decide<T: Clone + PartialEq>(shared: &[(Vec<T>, u64)]) -> Verdict<T> {
    let mut found: Option<T> = None;
    let mut ambiguous = false;
    for (rows, rivals) in shared {
        match rows.as_slice() {
            [] => {}
            [row] if *rivals <= 1 => match &found {
                None => found = Some(row.clone()),
                Some(known) if known == row => {}
                Some(_) => ambiguous = true,
            },
            _ => ambiguous = true,
        }
    }
    match found {
        _ if ambiguous => Verdict::Ambiguous,
        Some(row) => Verdict::Match(row),
        None => Verdict::Alone,
    }
}

/// Pairs unknown items with rows that are at hand with their keys, kind of key by kind of key as a round does it: one row and one item alone
/// make a pair. `known` says whether the rows had an item before.
#[must_use]
pub fn pair_off<I: Clone + Ord, R: Clone + Eq + Hash>(
    items: &[(I, Vec<MatchKey>)],
    rows: &[(R, Vec<MatchKey>)],
    known: bool,
) -> Vec<(I, R)> {
    let mut by_key: HashMap<MatchKey, Vec<&R>> = HashMap::new();
    for (row, keys) in rows {
        for key in keys {
            by_key.entry(*key).or_default().push(row);
        }
    }
    let mut rivals: HashMap<MatchKey, u64> = HashMap::new();
    for key in items.iter().flat_map(|(_, keys)| keys) {
        *rivals.entry(*key).or_default() += 1;
    }
    let mut open: Vec<&(I, Vec<MatchKey>)> = items.iter().collect();
    open.sort_by(|left, right| left.0.cmp(&right.0));
    let mut taken: HashSet<&R> = HashSet::new();
    let mut pairs = Vec::new();
    for kind in MatchKind::ALL.into_iter().filter(|kind| kind.tells(known)) {
        let mut left = Vec::new();
        for item in open {
            let (id, keys) = item;
            let free = |key: &MatchKey| -> Vec<&R> {
                let rows = by_key.get(key).into_iter().flatten();
                rows.filter(|row| !taken.contains(*row)).copied().collect()
            };
            let shared: Vec<(Vec<&R>, u64)> = keys
                .iter()
                .filter(|key| key.kind == kind)
                .map(|key| (free(key), rivals.get(key).copied().unwrap_or(1)))
                .collect();
            match decide(&shared) {
                Verdict::Match(row) => {
                    taken.insert(row);
                    for key in keys {
                        if let Some(count) = rivals.get_mut(key) {
                            *count = count.saturating_sub(1);
                        }
                    }
                    pairs.push((id.clone(), row.clone()));
                }
                Verdict::Ambiguous | Verdict::Alone => left.push(item),
            }
        }
        open = left;
    }
    pairs
}

fn full_name(contact: &Contact) -> Option<String> {
    let parts: Vec<String> = [Property::GivenName, Property::Surname]
        .into_iter()
        .filter_map(|property| contact.text(property))
        .map(words)
        .collect();
    if !parts.is_empty() {
        return Some(parts.join(" "));
    }
    contact.text(Property::DisplayName).map(words)
}

fn words(text: &str) -> String {
    text.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// FNV-1a: the same on every machine and in every version, since stores keep it between two calls.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(pairs: &[(&str, &str)]) -> Contact {
        let mut contact = Contact::new();
        for (name, text) in pairs {
            contact.set_raw(name.parse().unwrap(), text).unwrap();
        }
        contact
    }

    fn shares(left: &[(&str, &str)], right: &[(&str, &str)]) -> Vec<MatchKind> {
        let right = match_keys(&contact(right));
        match_keys(&contact(left))
            .into_iter()
            .filter(|key| right.contains(key))
            .map(|key| key.kind)
            .collect()
    }

    #[test]
    fn what_counts_as_the_same_person() {
        use MatchKind::{Email, Name, NameAndCompany, NameAndPhone};
        assert_eq!(
            shares(
                &[("EmailAddress1", "Anna@Example.test")],
                &[("EmailAddress3", "anna@example.test")]
            ),
            [Email]
        );
        assert_eq!(
            shares(
                &[("EmailAddresses", "x@y.test\nAnna@Example.test")],
                &[("EmailAddress2", "anna@example.test")]
            ),
            [Email]
        );
        assert_eq!(
            shares(
                &[
                    ("GivenName", "Anna "),
                    ("Surname", "BERG"),
                    ("CompanyName", "Muster  AG")
                ],
                &[
                    ("GivenName", "anna"),
                    ("Surname", "Berg"),
                    ("CompanyName", "muster ag")
                ]
            ),
            [NameAndCompany, Name]
        );
        assert_eq!(
            shares(
                &[
                    ("DisplayName", "Anna Berg"),
                    ("HomePhone", "+49 30 5550100")
                ],
                &[
                    ("GivenName", "Anna"),
                    ("Surname", "Berg"),
                    ("MobilePhone", "+49 (30) 555-0100")
                ]
            ),
            [NameAndPhone, Name]
        );
        assert_eq!(
            shares(
                &[("GivenName", "Anna"), ("Surname", "Berg")],
                &[("GivenName", "Anna"), ("Surname", "Berg")]
            ),
            [Name]
        );
        assert!(
            Name.tells(true) && !Name.tells(false),
            "a name alone is no key for a row that nobody knows"
        );
    }

    #[test]
    fn only_one_to_one_is_a_match() {
        for (shared, verdict) in [
            (vec![], Verdict::Alone),
            (vec![(vec![], 3)], Verdict::Alone),
            (vec![(vec!["r"], 1)], Verdict::Match("r")),
            (vec![(vec!["r"], 1), (vec!["r"], 1)], Verdict::Match("r")),
            (vec![(vec![], 1), (vec!["r"], 1)], Verdict::Match("r")),
            (vec![(vec!["r"], 2)], Verdict::Ambiguous),
            (vec![(vec!["r", "s"], 1)], Verdict::Ambiguous),
            (vec![(vec!["r"], 1), (vec!["s"], 1)], Verdict::Ambiguous),
        ] {
            assert_eq!(decide(&shared), verdict, "{shared:?}");
        }
    }
}
