//! Reads one array of the configuration: unknown keys are refused by name, and every complaint names the key's path.

use super::raw::{Key, Raw};
use crate::contact::nearest;

/// What is wrong with the configuration; never holds a value of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub(in crate::php) struct ConfigError {
    path: String,
    problem: String,
}

impl ConfigError {
    pub(in crate::php) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// A value of a wrong type.
    pub(super) fn expected(path: impl Into<String>, what: &str, given: &Raw) -> Self {
        let mut problem = format!("expected {what}, {} given", given.type_name());
        if *given == Raw::Bool(false) {
            problem.push_str(" (getenv() gives false for a variable that is not set)");
        }
        Self::new(path, problem)
    }
}

pub(super) type Checked<T> = Result<T, ConfigError>;

/// An array of the configuration whose keys are all known.
pub(super) struct Section<'a> {
    path: String,
    entries: &'a [(Key, Raw)],
}

impl<'a> Section<'a> {
    /// Opens an array; `path` is empty for the outermost one.
    pub(super) fn open(path: &str, raw: &'a Raw, known: &[&str]) -> Checked<Self> {
        let Raw::Array(entries) = raw else {
            return Err(ConfigError::expected(path, "an array", raw));
        };
        let section = Self {
            path: path.to_owned(),
            entries,
        };
        for (key, _) in entries {
            let name = key.to_string();
            if !known.contains(&name.as_str()) {
                let hint = nearest(&name, known.iter().copied()).map_or_else(
                    || format!("; there are: {}", known.join(", ")),
                    |near| format!("; did you mean {}?", section.path_of(near)),
                );
                return Err(ConfigError::new(
                    section.path_of(&name),
                    format!("there is no such key{hint}"),
                ));
            }
        }
        Ok(section)
    }

    /// A key's path, such as `exchange.url`.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The value of a key as it is.
    pub(super) fn get(&self, key: &str) -> Option<&'a Raw> {
        self.entries
            .iter()
            .find(|(name, _)| matches!(name, Key::Text(text) if text == key))
            .map(|(_, raw)| raw)
    }

    /// An error that names a key of this section.
    pub(super) fn wrong(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        ConfigError::new(self.path_of(key), problem)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&self, key: &str, what: &str) -> Checked<&'a Raw> {
        self.get(key)
            .ok_or_else(|| self.wrong(key, format!("is missing; expected {what}")))
    }

    /// A text that must be there and not be empty.
    pub(super) fn required_text(&self, key: &str, what: &str) -> Checked<&'a str> {
        let raw = self.required(key, what)?;
        self.not_empty(key, what, raw)
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &str, what: &str) -> Checked<Option<&'a str>> {
        self.get(key)
            .map(|raw| self.not_empty(key, what, raw))
            .transpose()
    }

    fn not_empty(&self, key: &str, what: &str, raw: &'a Raw) -> Checked<&'a str> {
        match raw {
            Raw::Text(text) if text.trim().is_empty() => {
                Err(self.wrong(key, format!("expected {what}, an empty string given")))
            }
            Raw::Text(text) if text.contains('\0') => Err(self.wrong(
                key,
                format!("expected {what}, a string with a NUL character given"),
            )),
            Raw::Text(text) => Ok(text),
            other => Err(ConfigError::expected(self.path_of(key), what, other)),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], default: T) -> Checked<T> {
        let Some(raw) = self.get(key) else {
            return Ok(default);
        };
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let what = format!("'{}'", names.join("', '"));
        let Raw::Text(text) = raw else {
            return Err(ConfigError::expected(
                self.path_of(key),
                &format!("one of {what}"),
                raw,
            ));
        };
        words
            .iter()
            .find(|(word, _)| word == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let hint = nearest(text, names)
                    .map(|near| format!("; did you mean '{near}'?"))
                    .unwrap_or_default();
                self.wrong(key, format!("expected one of {what}{hint}"))
            })
    }

    /// A whole number within limits.
    pub(super) fn whole(&self, key: &str, low: i64, high: i64, default: i64) -> Checked<i64> {
        let limits = || {
            if high == i64::MAX {
                format!("a whole number, {low} or more")
            } else {
                format!("a whole number from {low} to {high}")
            }
        };
        match self.get(key) {
            None => Ok(default),
            Some(Raw::Int(number)) if (low..=high).contains(number) => Ok(*number),
            Some(Raw::Int(number)) => {
                Err(self.wrong(key, format!("expected {}, {number} given", limits())))
            }
            Some(other) => Err(ConfigError::expected(self.path_of(key), &limits(), other)),
        }
    }

    /// A number within limits.
    pub(super) fn number(
        &self,
        key: &str,
        what: &str,
        limits: (f64, f64),
        default: f64,
    ) -> Checked<f64> {
        #[allow(clippy::cast_precision_loss, reason = "the limits are small")]
        let number = match self.get(key) {
            None => return Ok(default),
            Some(Raw::Int(number)) => *number as f64,
            Some(Raw::Float(number)) => *number,
            Some(other) => return Err(ConfigError::expected(self.path_of(key), what, other)),
        };
        if (limits.0..=limits.1).contains(&number) {
            Ok(number)
        } else {
            Err(self.wrong(key, format!("expected {what}, {number} given")))
        }
    }

    /// True or false.
    pub(super) fn flag(&self, key: &str) -> Checked<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(Raw::Bool(flag)) => Ok(*flag),
            Some(other) => Err(ConfigError::expected(
                self.path_of(key),
                "true or false",
                other,
            )),
        }
    }
}
