//! Asks the callables of `contacts.computed`, on PHP's own thread and never while a row is locked.
//!
//! What a callable throws holds its contact and is not thrown on; `exit()` ends the whole call, as it does in a resolver.

use std::rc::Rc;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::types::{ZendCallable, ZendHashTable, ZendStr, Zval};
use ext_php_rs::zend::{ExecutorGlobals, ce};

use super::pair::Pair;
use super::values::{self, PhpValue};
use crate::contact::{Property, Value, nearest};
use crate::mysql::{Computed, Raw, Unanswered};

/// The most characters of an exception's message that are told.
const TOLD: usize = 300;

/// The callables of one group.
pub(super) struct Callables {
    pub(super) to_exchange: Zval,
    pub(super) from_exchange: Zval,
}

/// The callables of a pair, for the time of one call.
pub(super) struct PhpComputed {
    pair: Rc<Pair>,
    process: u32,
}

impl PhpComputed {
    /// The callables of a pair, if it has any.
    pub(super) fn of(pair: &Rc<Pair>) -> Option<Rc<dyn Computed>> {
        (!pair.config.contacts.computed.is_empty()).then(|| {
            let computed: Rc<dyn Computed> = Rc::new(Self {
                pair: Rc::clone(pair),
                process: std::process::id(),
            });
            computed
        })
    }

    /// Whether PHP may be called: nothing is pending, and no callable has forked the process.
    fn go_on(&self) -> Result<(), Unanswered> {
        if ExecutorGlobals::has_exception() || self.process != std::process::id() {
            Err(Unanswered::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Calls a callable and gives the array that it returns, each entry with its key.
    fn call(
        &self,
        name: &str,
        callable: &Zval,
        arguments: &[ZBox<ZendHashTable>],
    ) -> Result<Vec<(String, Zval)>, Unanswered> {
        self.go_on()?;
        let called = ZendCallable::new(callable).and_then(|callable| {
            let arguments = arguments.iter().map(|argument| argument as _);
            callable.try_call(arguments.collect())
        });
        if let Some(reason) = thrown(name)? {
            return Err(Unanswered::Refused(reason));
        }
        self.go_on()?;
        let answer = called
            .map_err(|error| Unanswered::Refused(format!("{name} could not be called: {error}")))?;
        let Some(array) = answer.dereference().array() else {
            return Err(Unanswered::Refused(format!(
                "{name} must return an array by name, {} given",
                type_name(&answer)
            )));
        };
        let mut entries = Vec::with_capacity(array.len());
        let mut rest = array.iter();
        while let Some((key, value)) = rest.next_zval() {
            let key = match key.zend_str() {
                Some(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
                None => key.long().unwrap_or_default().to_string(),
            };
            entries.push((key, value.dereference().shallow_clone()));
        }
        Ok(entries)
    }
}

/// What a callable threw, taken from the engine; an `exit()` stays there.
pub(super) fn thrown(name: &str) -> Result<Option<String>, Unanswered> {
    if !ExecutorGlobals::has_exception() {
        return Ok(None);
    }
    let throwable = ExecutorGlobals::get()
        .exception()
        .is_some_and(|exception| exception.instance_of(ce::throwable()));
    if !throwable {
        return Err(Unanswered::Interrupted);
    }
    let Some(exception) = ExecutorGlobals::take_exception() else {
        return Ok(None);
    };
    let class = exception.get_class_name().unwrap_or_default();
    let message = exception
        .try_call_method("getMessage", vec![])
        .ok()
        .and_then(|message| {
            let text = message.zend_str()?;
            Some(String::from_utf8_lossy(text.as_bytes()).into_owned())
        })
        .unwrap_or_default();
    let mut told: String = message.chars().take(TOLD).collect();
    if told.len() < message.len() {
        told.push('…');
    }
    Ok(Some(format!("{name} threw {class}: {told}")))
}

impl Computed for PhpComputed {
    fn meaning(
        &self,
        group: usize,
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(Property, Option<Value>)>, Unanswered> {
        let name = format!("contacts.computed.{group}.toExchange");
        let (config, callables) = self.pair.computed(group).ok_or(Unanswered::Interrupted)?;
        let row = row_of(row).map_err(|error| unready(&name, &error))?;
        let answer = self.call(&name, &callables.to_exchange, &[row])?;
        let mut values = Vec::with_capacity(answer.len());
        for (key, zval) in answer {
            let Some(property) = config.properties.iter().find(|known| is(**known, &key)) else {
                let names = config.properties.iter().map(ToString::to_string);
                return Err(unknown(
                    &name,
                    &key,
                    &names.collect::<Vec<_>>(),
                    "properties",
                ));
            };
            let value = values::read(property.kind(), &zval).map_err(|expected| {
                Unanswered::Refused(format!(
                    "{name} must give {property} as {expected}, {} given",
                    type_name(&zval)
                ))
            })?;
            values.push((*property, value));
        }
        Ok(values)
    }

    fn columns(
        &self,
        group: usize,
        contact: &[(Property, Option<&Value>)],
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(String, Raw)>, Unanswered> {
        let name = format!("contacts.computed.{group}.fromExchange");
        let (config, callables) = self.pair.computed(group).ok_or(Unanswered::Interrupted)?;
        let mut properties = ZendHashTable::new();
        for (property, value) in contact {
            properties
                .insert(property.to_string().as_str(), PhpValue(*value))
                .map_err(|error| unready(&name, &error))?;
        }
        let columns = row_of(row).map_err(|error| unready(&name, &error))?;
        let answer = self.call(&name, &callables.from_exchange, &[properties, columns])?;
        let mut values = Vec::with_capacity(answer.len());
        for (key, zval) in answer {
            // The table may spell a column in other letters than the configuration.
            let Some((column, _)) = row
                .iter()
                .find(|(column, _)| column.to_lowercase() == key.to_lowercase())
            else {
                return Err(unknown(&name, &key, &config.columns, "columns"));
            };
            let raw = raw(&zval).ok_or_else(|| {
                Unanswered::Refused(format!(
                    "{name} must give {column} as a string, a number, a boolean or null, {} given",
                    type_name(&zval)
                ))
            })?;
            values.push(((*column).to_owned(), raw));
        }
        Ok(values)
    }
}

/// Whether a key names a property.
fn is(property: Property, key: &str) -> bool {
    key.parse() == Ok(property)
}

fn unready(name: &str, error: &ext_php_rs::error::Error) -> Unanswered {
    Unanswered::Refused(format!("{name} could not be called: {error}"))
}

fn unknown(name: &str, key: &str, known: &[String], what: &str) -> Unanswered {
    let shown: String = key.chars().take(TOLD).collect();
    let hint = nearest(key, known.iter().map(String::as_str)).map_or_else(
        || format!("; there are: {}", known.join(", ")),
        |near| format!("; did you mean {near}?"),
    );
    Unanswered::Refused(format!(
        "{name} gives \"{shown}\", which is none of its {what}{hint}"
    ))
}

/// Columns as PHP sees them.
fn row_of(row: &[(&str, &Raw)]) -> ext_php_rs::error::Result<ZBox<ZendHashTable>> {
    let mut table = ZendHashTable::new();
    for (name, raw) in row {
        let mut zval = Zval::new();
        match raw {
            Raw::Null => zval.set_null(),
            Raw::Integer(number) => zval.set_long(*number),
            Raw::Float(number) => zval.set_double(*number),
            Raw::Text(text) => zval.set_zend_string(ZendStr::new(text, false)),
        }
        table.insert(*name, zval)?;
    }
    Ok(table)
}

/// What is to be written to a column; `None` when no column holds it.
fn raw(zval: &Zval) -> Option<Raw> {
    if zval.is_null() {
        return Some(Raw::Null);
    }
    if let Some(text) = zval.zend_str() {
        return Some(Raw::Text(text.as_bytes().to_vec()));
    }
    let number = zval.double().filter(|number| number.is_finite());
    zval.bool()
        .map(|yes| Raw::Integer(yes.into()))
        .or_else(|| zval.long().map(Raw::Integer))
        .or_else(|| number.map(Raw::Float))
}

/// A value's type in the words of PHP's own errors.
pub(super) fn type_name(value: &Zval) -> String {
    let value = value.dereference();
    let name = if value.is_null() {
        "null"
    } else if value.is_bool() {
        "bool"
    } else if value.is_long() {
        "int"
    } else if value.is_double() {
        "float"
    } else if value.is_string() {
        "string"
    } else if value.is_array() {
        "array"
    } else {
        return value
            .object()
            .and_then(|object| object.get_class_name().ok())
            .unwrap_or_else(|| "resource".to_owned());
    };
    name.to_owned()
}
