//! The configuration's key `exchange.kerberos`: the realm, its key distribution centre, and what proves who we are.

use std::path::{Path, PathBuf};

use super::super::section::{Checked, ConfigError, Section};
use super::login::password;
use crate::ews::{LongTermKey, Principal};

const KEYS: &[&str] = &["realm", "kdc", "keytab", "spn"];

/// Reads who logs in.
pub(super) fn read(exchange: &Section<'_>) -> Checked<Principal> {
    const FILE: &str = "the full path of a keytab";
    let username = exchange
        .required_text("username", "the account's name, such as user@REALM")?
        .to_owned();
    let own = exchange.get("kerberos");
    let section = own
        .map(|raw| Section::open("exchange.kerberos", raw, KEYS))
        .transpose()?;
    let text = |key: &str, what: &str| -> Checked<Option<String>> {
        let found = section
            .as_ref()
            .map(|section| section.text(key, what))
            .transpose()?;
        Ok(found.flatten().map(|text| text.trim().to_owned()))
    };
    let key = match text("keytab", FILE)? {
        Some(file) if !Path::new(&file).is_absolute() => {
            return Err(ConfigError::new(
                "exchange.kerberos.keytab",
                format!("expected {FILE}"),
            ));
        }
        Some(_) if exchange.get("password").is_some() => {
            return Err(exchange.wrong(
                "password",
                "has no meaning beside exchange.kerberos.keytab: give one of them",
            ));
        }
        Some(file) => LongTermKey::Keytab(PathBuf::from(file)),
        None => LongTermKey::Password(password(exchange)?),
    };
    let principal = Principal {
        username,
        key,
        realm: text("realm", "the realm's name, such as CORP.EXAMPLE.COM")?,
        kdc: text("kdc", "an address such as tcp://dc1.example.com:88")?,
        spn: text("spn", "the name of a service such as HTTP/mail.example.com")?,
    };
    principal.check().map_err(|(key, expected)| {
        ConfigError::new(format!("exchange.{key}"), format!("expected {expected}"))
    })?;
    Ok(principal)
}
