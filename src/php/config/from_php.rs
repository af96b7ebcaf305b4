//! From the PHP array to plain data, and the callbacks in it.

use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use ext_php_rs::zend::{ClassEntry, ExecutorGlobals};

use super::computed::CALLABLES;
use super::raw::{Key, Raw};
use super::{Config, ConfigError};
use crate::php::computed::Callables as Computed;

/// Arrays deeper than any configuration; a recursive array would have no end.
const DEEPEST: u8 = 8;

/// What the configuration gives to be called.
#[derive(Default)]
pub(in crate::php) struct Callbacks {
    /// Decides conflicts.
    pub(in crate::php) resolver: Option<Zval>,
    /// The method `log` of a PSR-3 logger.
    pub(in crate::php) logger: Option<Zval>,
    /// Turn columns and properties into each other, by group.
    pub(in crate::php) computed: Vec<Computed>,
    /// Gives tokens for Exchange.
    pub(in crate::php) token: Option<Zval>,
}

/// Checks the configuration.
pub(in crate::php) fn read(array: &ZendHashTable) -> Result<(Config, Callbacks), ConfigError> {
    let resolver = array
        .get("policy")
        .and_then(|policy| policy.dereference().array()?.get("conflict"))
        .map(Zval::dereference)
        .filter(|conflict| conflict.is_callable());
    let config = Config::check(&table(array, 0), resolver.is_some())?;
    timezone(&config.contacts.timezone)?;
    let asks = config.policy.conflict == crate::sync::policy::ConflictPolicy::Ask;
    let callbacks = Callbacks {
        resolver: resolver.filter(|_| asks).map(Zval::shallow_clone),
        logger: logger(array)?,
        computed: computed(array)?,
        token: token(array)?,
    };
    Ok((config, callbacks))
}

/// The callables of `contacts.computed`, whose other keys are checked.
fn computed(array: &ZendHashTable) -> Result<Vec<Computed>, ConfigError> {
    let groups = array
        .get("contacts")
        .and_then(|contacts| contacts.dereference().array()?.get("computed"))
        .and_then(|groups| groups.dereference().array());
    let groups = groups.map(|groups| groups.values().enumerate());
    let groups = groups.into_iter().flatten();
    groups
        .map(|(place, group)| {
            let callable = |name: &str| {
                let group = group.dereference().array();
                let given = group
                    .and_then(|group| group.get(name))
                    .map(Zval::dereference);
                let path = format!("contacts.computed.{place}.{name}");
                match given {
                    Some(given) if given.is_callable() => Ok(given.shallow_clone()),
                    given => Err(ConfigError::expected(
                        path,
                        "a callable",
                        &given.map_or(Raw::Null, |given| value(given, DEEPEST)),
                    )),
                }
            };
            let [to_exchange, from_exchange] = CALLABLES;
            Ok(Computed {
                to_exchange: callable(to_exchange)?,
                from_exchange: callable(from_exchange)?,
            })
        })
        .collect()
}

/// The callable of `exchange.oauth.token`; a string is a token.
fn token(array: &ZendHashTable) -> Result<Option<Zval>, ConfigError> {
    let token = array
        .get("exchange")
        .and_then(|exchange| exchange.dereference().array()?.get("oauth"))
        .and_then(|oauth| oauth.dereference().array()?.get("token"))
        .map(Zval::dereference);
    match token {
        Some(token) if token.is_string() => Ok(None),
        Some(token) if token.is_callable() => Ok(Some(token.shallow_clone())),
        Some(token) => Err(ConfigError::expected(
            "exchange.oauth.token",
            "an access token, or a callable that returns one",
            &value(token, DEEPEST),
        )),
        None => Ok(None),
    }
}

/// PHP knows which zones there are.
fn timezone(name: &str) -> Result<(), ConfigError> {
    let made = ClassEntry::try_find("DateTimeZone")
        .map(ClassEntry::new)
        .and_then(|zone| zone.try_call_method("__construct", vec![&name]).ok());
    // It throws for a name that it does not know.
    let unknown = ExecutorGlobals::take_exception().is_some();
    if made.is_some() && !unknown {
        return Ok(());
    }
    Err(ConfigError::new(
        "contacts.timezone",
        "there is no such time zone; expected one such as 'UTC' or 'Europe/Berlin'",
    ))
}

/// Asks for the method only: the interface may be defined by an autoloader that has not run.
fn logger(array: &ZendHashTable) -> Result<Option<Zval>, ConfigError> {
    let Some(logger) = array.get("logger").map(Zval::dereference) else {
        return Ok(None);
    };
    if logger.is_null() {
        return Ok(None);
    }
    if logger.is_object() {
        let mut method = ZendHashTable::new();
        let filled = method
            .push(logger.shallow_clone())
            .and_then(|()| method.push("log"));
        let mut callable = Zval::new();
        callable.set_hashtable(method);
        if filled.is_ok() && callable.is_callable() {
            return Ok(Some(callable));
        }
    }
    Err(ConfigError::expected(
        "logger",
        "a Psr\\Log\\LoggerInterface or null",
        &value(logger, DEEPEST),
    ))
}

/// The array's own iterator panics at a key that is not UTF-8, so its step is taken by hand.
fn table(array: &ZendHashTable, depth: u8) -> Raw {
    let mut entries = Vec::with_capacity(array.len());
    let mut rest = array.iter();
    while let Some((name, zval)) = rest.next_zval() {
        entries.push((key(&name), value(zval, depth + 1)));
    }
    Raw::Array(entries)
}

fn key(key: &Zval) -> Key {
    key.zend_str().map_or_else(
        || Key::Number(key.long().unwrap_or_default()),
        |text| Key::Text(String::from_utf8_lossy(text.as_bytes()).into_owned()),
    )
}

fn value(zval: &Zval, depth: u8) -> Raw {
    let zval = zval.dereference();
    if let Some(array) = zval.array() {
        return if depth < DEEPEST {
            table(array, depth)
        } else {
            Raw::Array(Vec::new())
        };
    }
    if let Some(text) = zval.zend_str() {
        return string(text);
    }
    if let Some(object) = zval.object() {
        return Raw::Object(
            object
                .get_class_name()
                .unwrap_or_else(|_| "object".to_owned()),
        );
    }
    if zval.is_null() {
        return Raw::Null;
    }
    zval.bool()
        .map(Raw::Bool)
        .or_else(|| zval.long().map(Raw::Int))
        .or_else(|| zval.double().map(Raw::Float))
        .unwrap_or(Raw::Other)
}

fn string(text: &ZendStr) -> Raw {
    text.as_str()
        .map_or(Raw::Binary, |text| Raw::Text(text.to_owned()))
}
