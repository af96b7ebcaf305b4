//! Makes both adapters from the configuration; opens nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use ext_php_rs::exception::PhpResult;
use sha2::{Digest, Sha256};

use super::config::{Access, Config, FolderName, PUBLIC, ScopeValue};
use super::exceptions;
use super::tokens::CallableTokens;
use crate::ews::{self, Ews, EwsConfig, FolderSpec, Login};
use crate::mysql::{self, MarkValue, MySqlCache, MySqlConfig, MySqlStore};
use crate::sync::error::{StoreClass, StoreError};
use crate::web::{Giver, Secret, TokenSource};

/// The longest name of a pair.
const LONGEST_NAME: usize = 64;

/// Lets both adapters check what they are told, so that nothing is found out only at the first call.
///
/// # Errors
/// When they refuse it.
pub(super) fn check(config: &Config) -> PhpResult<()> {
    remote(config, None).map_err(|error| exceptions::store(&error))?;
    store(config).map_err(|error| exceptions::config(format!("mysql: {error}")))?;
    Ok(())
}

/// The folder on the Exchange server.
///
/// # Errors
/// When the configuration cannot work, with the key at fault.
pub(super) fn remote(
    config: &Config,
    tokens: Option<&Arc<CallableTokens>>,
) -> Result<Ews, StoreError> {
    let email_overflow = config.policy.email_overflow;
    let photo_limit = config.contacts.photo_limit;
    let cache = MySqlCache::new(config.mysql.reveal())?;
    let config = &config.exchange;
    let mut settings = EwsConfig::new(&config.url, config.login.clone());
    if let Some(tokens) = tokens {
        settings.login = Login::OAuth(TokenSource::Given(Giver(tokens.clone())));
    }
    settings.autodiscover.clone_from(&config.autodiscover);
    settings.mailbox = Some(config.mailbox.clone());
    settings.access = match config.access {
        Access::Own => ews::Access::Own,
        Access::Delegate => ews::Access::Delegate,
        Access::Impersonation => ews::Access::Impersonation,
    };
    settings.folder = match &config.folder {
        FolderName::Path(below) if below.is_empty() => {
            FolderSpec::Distinguished("contacts".to_owned())
        }
        FolderName::Path(below) => path("contacts", below),
        FolderName::Public(below) => path(PUBLIC, below),
        FolderName::Id(id) => FolderSpec::Id(id.clone()),
    };
    settings.create_folder = config.create_folder;
    settings.web.connect_timeout = config.connect_timeout;
    settings.web.request_timeout = config.timeout;
    settings.allow_plain_http = config.allow_plain_http;
    settings.get_item_batch = config.batch;
    settings.page_size = config.page_size;
    settings.web.ca_file.clone_from(&config.ca_file);
    settings
        .web
        .client_certificate
        .clone_from(&config.client_certificate);
    settings
        .web
        .pinned_certificates
        .clone_from(&config.pinned_certificates);
    settings.web.proxy = config
        .proxy
        .as_ref()
        .map(|proxy| Secret::new(proxy.reveal()));
    settings.selection = config.selection.clone();
    settings.email_overflow = email_overflow;
    settings.photo_limit = photo_limit;
    Ews::with_cache(settings, Arc::new(cache))
        .map_err(|error| StoreError::new(StoreClass::Config, error.to_string()))
}

fn path(root: &str, below: &[String]) -> FolderSpec {
    let root = std::iter::once(root.to_owned());
    FolderSpec::Path(root.chain(below.iter().cloned()).collect())
}

/// The table in the database.
///
/// # Errors
/// When the configuration cannot work.
pub(super) fn store(config: &Config) -> Result<MySqlStore, StoreError> {
    let contacts = &config.contacts;
    let mut settings = MySqlConfig::new(config.mysql.reveal());
    settings.table.clone_from(&contacts.table);
    settings.key.clone_from(&contacts.key);
    settings.html_notes = contacts.html_notes;
    settings.modified.clone_from(&contacts.modified);
    settings.scope = contacts
        .scope
        .iter()
        .map(|(column, value)| {
            let value = match value {
                ScopeValue::Int(number) => mysql::ScopeValue::Integer(*number),
                ScopeValue::Text(text) => mysql::ScopeValue::Text(text.clone()),
            };
            (column.clone(), value)
        })
        .collect();
    settings.map = contacts.map.clone().unwrap_or_default();
    settings.children.clone_from(&contacts.children);
    settings.computed.clone_from(&contacts.computed);
    settings.timezone.clone_from(&contacts.timezone);
    settings.photo_dir.clone_from(&contacts.photo_dir);
    settings.photo_limit = contacts.photo_limit;
    settings.mark = contacts.mark.clone().map(|column| (column, MarkValue::Now));
    settings.pair = pair_name(config);
    settings.mailbox = config.exchange.mailbox.to_lowercase();
    settings.server.clone_from(&config.exchange.server);
    settings.folder = config.exchange.folder.to_string();
    settings.concurrency = config.exchange.concurrency;
    settings.email_overflow = config.policy.email_overflow;
    MySqlStore::new(settings)
}

/// The pair's name: the configured one, or one made of table, mailbox and folder.
fn pair_name(config: &Config) -> String {
    if let Some(name) = &config.pair {
        return name.clone();
    }
    let full = format!(
        "{}:{}:{}",
        config.contacts.table,
        config.exchange.mailbox.to_lowercase(),
        config.exchange.folder
    );
    if full.chars().count() <= LONGEST_NAME {
        return full;
    }
    let mut name: String = full.chars().take(LONGEST_NAME - 17).collect();
    name.push('~');
    for byte in Sha256::digest(full.as_bytes()).iter().take(8) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}
