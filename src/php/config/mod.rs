//! The configuration array: checked in full before anything is opened, and turned into plain data.

mod children;
mod computed;
mod contacts;
mod exchange;
mod from_php;
mod policy;
mod raw;
mod section;
#[cfg(test)]
pub(super) mod tests;

pub(super) use contacts::{ContactsConfig, ScopeValue};
pub(super) use exchange::{Access, ExchangeConfig, FolderName, Kind, PUBLIC};
pub(super) use from_php::{Callbacks, read};
pub(super) use section::ConfigError;

use std::fmt;

use raw::Raw;
use section::{Checked, Section};

use crate::sync::policy::{Policy, RemoteDeletePolicy};

const KEYS: &[&str] = &["exchange", "mysql", "contacts", "policy", "pair", "logger"];

/// Everything that the array says but its callbacks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Config {
    pub(super) exchange: ExchangeConfig,
    /// The database's URL, with its password.
    pub(super) mysql: Secret,
    pub(super) contacts: ContactsConfig,
    pub(super) policy: Policy,
    /// The pair's name; `None` when it is to be made of table, mailbox and folder.
    pub(super) pair: Option<String>,
}

impl Config {
    /// Checks the array; `resolver` tells whether `policy.conflict` is something that can be called.
    fn check(raw: &Raw, resolver: bool) -> Checked<Self> {
        let section = Section::open("", raw, KEYS)?;
        let exchange = section.required("exchange", "an array that says how to reach Exchange")?;
        let config = Self {
            exchange: ExchangeConfig::read(exchange)?,
            mysql: mysql(&section)?,
            contacts: ContactsConfig::read(section.get("contacts"))?,
            policy: policy::read(section.get("policy"), resolver)?,
            pair: pair(&section)?,
        };
        if config.policy.remote_delete == RemoteDeletePolicy::Mark && config.contacts.mark.is_none()
        {
            return Err(ConfigError::new(
                "contacts.mark",
                "is missing; policy.remote_delete 'mark' needs the name of the column to set",
            ));
        }
        Ok(config)
    }
}

fn mysql(section: &Section<'_>) -> Checked<Secret> {
    const WHAT: &str = "a URL such as mysql://user:password@localhost/database";
    let text = section.required_text("mysql", WHAT)?;
    let rest = text
        .strip_prefix("mysql://")
        .ok_or_else(|| section.wrong("mysql", format!("expected {WHAT}")))?;
    let database = rest
        .split(['?', '#'])
        .next()
        .and_then(|address| address.split_once('/'))
        .map(|(_, database)| database);
    match database {
        Some(database) if !database.is_empty() && !database.contains('/') => {
            Ok(Secret::new(text.to_owned()))
        }
        _ => Err(section.wrong("mysql", format!("names no database; expected {WHAT}"))),
    }
}

fn pair(section: &Section<'_>) -> Checked<Option<String>> {
    const WHAT: &str = "a name of at most 64 characters";
    let name = section.text("pair", WHAT)?;
    if name.is_some_and(|name| name.chars().count() > 64) {
        return Err(section.wrong("pair", format!("expected {WHAT}")));
    }
    Ok(name.map(str::to_owned))
}

/// A text that no output may show.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that needs it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
