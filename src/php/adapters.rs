//! Makes both adapters from the configuration; opens nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use ext_php_rs::exception::PhpResult;
use sha2::{Digest, Sha256};

use super::config::{Access, Config, ExchangeConfig, FolderName, Kind, PUBLIC, ScopeValue};
use super::exceptions;
use super::tokens::CallableTokens;
use super::way::Way;
use crate::contact::Property;
use crate::ews::{self, Ews, EwsConfig, FolderSpec, Login};
use crate::graph::{self, Graph, GraphConfig};
use crate::mysql::{self, MarkValue, MySqlCache, MySqlConfig, MySqlStore};
use crate::sync::error::{StoreClass, StoreError};
use crate::web::{ConfigError, Giver, Secret, TokenSource, WebConfig};

/// The longest name of a pair.
const LONGEST_NAME: usize = 64;

/// Lets both adapters check what they are told, so that nothing is found out only at the first call.
///
/// # Errors
/// When they refuse it.
pub(super) fn check(config: &Config) -> PhpResult<()> {
    remote(config, None).map_err(|error| exceptions::store(&error))?;
    if config.exchange.kind == Kind::Graph {
        reachable(config)?;
    }
    store(config).map_err(|error| exceptions::config(format!("mysql: {error}")))?;
    Ok(())
}

/// Whether every property that is mapped has a place in Microsoft Graph.
fn reachable(config: &Config) -> PhpResult<()> {
    let contacts = &config.contacts;
    let columns = contacts.map.iter().flatten();
    let columns = columns.map(|(column, property)| (format!("map.{column}"), *property));
    let children = contacts.children.iter().flat_map(|child| {
        let name = format!("children: {}", child.table);
        child
            .properties()
            .into_iter()
            .map(move |property| (name.clone(), property))
    });
    let computed = contacts.computed.iter().flat_map(|group| &group.properties);
    let computed = computed.map(|property| ("computed".to_owned(), *property));
    // Where the columns are guessed their notes would be these.
    let notes = contacts.map.is_none() && contacts.html_notes;
    let notes = notes.then(|| ("notes".to_owned(), Property::HtmlBody));
    let mut all = columns.chain(children).chain(computed).chain(notes);
    match all.find(|(_, property)| Graph::is_out_of_reach(*property)) {
        None => Ok(()),
        Some((place, property)) => Err(exceptions::config(format!(
            "contacts.{place}: {property} has no place in Microsoft Graph; take it out, or stay with EWS as long as that is possible"
        ))),
    }
}

/// The folder in Exchange.
///
/// # Errors
/// When the configuration cannot work, with the key at fault.
pub(super) fn remote(
    config: &Config,
    tokens: Option<&Arc<CallableTokens>>,
) -> Result<Way, StoreError> {
    match config.exchange.kind {
        Kind::Ews => over_ews(config, tokens).map(Way::Ews),
        Kind::Graph => over_graph(config, tokens).map(Way::Graph),
    }
}

fn over_graph(config: &Config, tokens: Option<&Arc<CallableTokens>>) -> Result<Graph, StoreError> {
    let refused = |error: ConfigError| StoreError::new(StoreClass::Config, error.to_string());
    let photo_limit = config.contacts.photo_limit;
    let cache = MySqlCache::new(config.mysql.reveal())?;
    let config = &config.exchange;
    let source = match (tokens, &config.login) {
        (Some(tokens), _) => TokenSource::Given(Giver(tokens.clone())),
        (None, Login::OAuth(source)) => source.clone(),
        (None, Login::Basic(_) | Login::Ntlm { .. } | Login::Kerberos { .. }) => {
            return Err(refused(ConfigError {
                key: "oauth",
                expected: "where the tokens come from".to_owned(),
            }));
        }
    };
    let mut settings = GraphConfig::new(source, Some(config.mailbox.clone()));
    settings.url.clone_from(&config.url);
    settings.folder = match &config.folder {
        FolderName::Path(below) | FolderName::Public(below) => {
            graph::FolderSpec::Path(below.clone())
        }
        FolderName::Id(id) => graph::FolderSpec::Id(id.clone()),
    };
    settings.create_folder = config.create_folder;
    settings.allow_plain_http = config.allow_plain_http;
    settings.batch = config.batch;
    settings.page_size = config.page_size;
    settings.web = web(config);
    settings.photo_limit = photo_limit;
    Graph::with_cache(settings, Arc::new(cache)).map_err(refused)
}

/// How the server is reached, whatever it speaks.
fn web(config: &ExchangeConfig) -> WebConfig {
    WebConfig {
        ca_file: config.ca_file.clone(),
        client_certificate: config.client_certificate.clone(),
        pinned_certificates: config.pinned_certificates.clone(),
        proxy: config
            .proxy
            .as_ref()
            .map(|proxy| Secret::new(proxy.reveal())),
        connect_timeout: config.connect_timeout,
        request_timeout: config.timeout,
    }
}

fn over_ews(config: &Config, tokens: Option<&Arc<CallableTokens>>) -> Result<Ews, StoreError> {
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
    settings.web = web(config);
    settings.allow_plain_http = config.allow_plain_http;
    settings.get_item_batch = config.batch;
    settings.page_size = config.page_size;
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
    settings.kind = match config.exchange.kind {
        Kind::Ews => Ews::KIND,
        Kind::Graph => Graph::KIND,
    }
    .to_owned();
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
