//! The configuration's key `exchange`.

mod autodiscover;
mod graph;
mod kerberos;
mod login;
mod oauth;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use super::Secret;
use super::raw::Raw;
use super::section::{Checked, ConfigError, Section};
use crate::ews::{Discovery, Login, Selection};
use crate::web::{CertificatePrint, is_loopback};

const KEYS: &[&str] = &[
    "kind",
    "url",
    "autodiscover",
    "username",
    "password",
    "auth",
    "channel_binding",
    "kerberos",
    "oauth",
    "mailbox",
    "access",
    "folder",
    "create_folder",
    "push_timeout",
    "connect_timeout",
    "timeout",
    "page_size",
    "batch",
    "concurrency",
    "item_classes",
    "private_items",
    "allow_plain_http",
    "ca_file",
    "client_certificate",
    "pinned_certificate",
    "proxy",
    "tenant",
    "client_id",
    "client_secret",
    "certificate",
    "cloud",
];

/// The root of the public folders.
pub(in crate::php) const PUBLIC: &str = "publicfoldersroot";

/// Whose mailbox it is, as seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::php) enum Access {
    /// The account's own.
    Own,
    /// Another one, which the account may open.
    Delegate,
    /// Another one, as whose owner the account acts.
    Impersonation,
}

/// What Exchange is spoken to by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::php) enum Kind {
    /// Exchange Web Services.
    Ews,
    /// Microsoft Graph.
    Graph,
}

/// Which folder is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::php) enum FolderName {
    /// `contacts` and the names of folders below it.
    Path(Vec<String>),
    /// The names of folders below the root of the public folders, at least one.
    Public(Vec<String>),
    /// An id as Exchange gave it.
    Id(String),
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(below) => {
                f.write_str("contacts")?;
                below.iter().try_for_each(|name| write!(f, "/{name}"))
            }
            Self::Public(below) => {
                f.write_str(PUBLIC)?;
                below.iter().try_for_each(|name| write!(f, "/{name}"))
            }
            Self::Id(id) => f.write_str(id),
        }
    }
}

/// How to reach Exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::php) struct ExchangeConfig {
    pub(in crate::php) kind: Kind,
    pub(in crate::php) url: String,
    /// How the URL is found, where it is not configured.
    pub(in crate::php) autodiscover: Option<Discovery>,
    /// The URL's host, else the mailbox's domain: what a search finds may change, and the pair stays the same.
    pub(in crate::php) server: String,
    pub(in crate::php) login: Login,
    pub(in crate::php) mailbox: String,
    pub(in crate::php) access: Access,
    pub(in crate::php) folder: FolderName,
    pub(in crate::php) create_folder: bool,
    pub(in crate::php) push_timeout: Duration,
    pub(in crate::php) connect_timeout: Duration,
    pub(in crate::php) timeout: Duration,
    pub(in crate::php) page_size: usize,
    pub(in crate::php) batch: usize,
    /// How many processes may send requests to the mailbox at the same time.
    pub(in crate::php) concurrency: u32,
    pub(in crate::php) selection: Selection,
    pub(in crate::php) allow_plain_http: bool,
    pub(in crate::php) ca_file: Option<PathBuf>,
    pub(in crate::php) client_certificate: Option<PathBuf>,
    pub(in crate::php) pinned_certificates: Vec<CertificatePrint>,
    pub(in crate::php) proxy: Option<Secret>,
}

impl ExchangeConfig {
    pub(super) fn read(raw: &Raw) -> Checked<Self> {
        let section = Section::open("exchange", raw, KEYS)?;
        let kinds = [("ews", Kind::Ews), ("graph", Kind::Graph)];
        if section.word("kind", &kinds, Kind::Ews)? == Kind::Graph {
            return graph::read(&section);
        }
        if let Some(key) = graph::KEYS.iter().find(|key| section.get(key).is_some()) {
            return Err(section.wrong(
                key,
                "belongs to kind 'graph'; with EWS it belongs into exchange.oauth",
            ));
        }
        let allow_plain_http = section.flag("allow_plain_http")?;
        let autodiscover = autodiscover::read(&section)?;
        let mailbox = mailbox(&section)?;
        let (url, server) = match autodiscover {
            Some(_) => (String::new(), domain(&mailbox)),
            None => url(&section, allow_plain_http)?,
        };
        Ok(Self {
            kind: Kind::Ews,
            url,
            autodiscover,
            server,
            login: login::read(&section)?,
            mailbox,
            access: section.word(
                "access",
                &[
                    ("self", Access::Own),
                    ("delegate", Access::Delegate),
                    ("impersonation", Access::Impersonation),
                ],
                Access::Own,
            )?,
            folder: folder(&section)?,
            create_folder: section.flag("create_folder")?,
            push_timeout: seconds(&section, "push_timeout", 60, 5)?,
            connect_timeout: seconds(&section, "connect_timeout", 60, 10)?,
            timeout: seconds(&section, "timeout", 600, 60)?,
            page_size: size(&section, "page_size", 512, 512)?,
            batch: size(&section, "batch", 100, 10)?,
            concurrency: u32::try_from(section.whole("concurrency", 1, 10, 2)?).unwrap_or(2),
            selection: Selection {
                item_classes: item_classes(&section)?,
                private: section.word(
                    "private_items",
                    &[("sync", true), ("leave_out", false)],
                    true,
                )?,
            },
            allow_plain_http,
            ca_file: file(&section, "ca_file")?,
            client_certificate: file(&section, "client_certificate")?,
            pinned_certificates: pinned_certificates(&section)?,
            proxy: proxy(&section)?,
        })
    }
}

fn domain(mailbox: &str) -> String {
    let domain = mailbox
        .rsplit_once('@')
        .map_or(mailbox, |(_, domain)| domain);
    domain.to_lowercase()
}

fn url(section: &Section<'_>, allow_plain_http: bool) -> Checked<(String, String)> {
    const WHAT: &str =
        "a URL such as https://mail.example.com/EWS/Exchange.asmx, or 'autodiscover'";
    let text = section.required_text("url", WHAT)?;
    let url = Url::parse(text.trim())
        .map_err(|_| section.wrong("url", format!("is not a URL; expected {WHAT}")))?;
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(|| section.wrong("url", format!("has no host; expected {WHAT}")))?
        .to_lowercase();
    match url.scheme() {
        "https" => {}
        "http" if allow_plain_http || is_loopback(&url) => {}
        "http" => {
            return Err(section.wrong(
                "url",
                "must begin with https://, since http:// sends the password unencrypted; \
                 exchange.allow_plain_http permits it all the same",
            ));
        }
        other => {
            return Err(section.wrong("url", format!("must begin with https://, not {other}://")));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(section.wrong(
            "url",
            "must not hold a user name or password; they belong into exchange.username and exchange.password",
        ));
    }
    Ok((url.into(), host))
}

fn mailbox(section: &Section<'_>) -> Checked<String> {
    const WHAT: &str = "a mailbox's SMTP address such as sales@example.com";
    let text = section.required_text("mailbox", WHAT)?.trim();
    let sound = text
        .rsplit_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace);
    if sound {
        Ok(text.to_owned())
    } else {
        Err(section.wrong("mailbox", format!("expected {WHAT}")))
    }
}

fn folder(section: &Section<'_>) -> Checked<FolderName> {
    const WHAT: &str = "'contacts', a path such as 'contacts/Customers' or 'publicfoldersroot/Customers', or ['id' => '…']";
    let raw = match section.get("folder") {
        None => return Ok(FolderName::Path(Vec::new())),
        Some(raw @ Raw::Array(_)) => {
            let id = Section::open("exchange.folder", raw, &["id"])?;
            let id = id.required_text("id", "a folder's id as Exchange gave it")?;
            return Ok(FolderName::Id(id.to_owned()));
        }
        Some(Raw::Text(_)) => section.text("folder", WHAT)?.unwrap_or_default(),
        Some(other) => return Err(ConfigError::expected("exchange.folder", WHAT, other)),
    };
    let mut parts = raw.split('/').map(str::trim);
    let first = parts.next().unwrap_or_default();
    let below: Vec<String> = parts.map(str::to_owned).collect();
    if below.iter().any(String::is_empty) {
        return Err(section.wrong("folder", "has an empty name in its path"));
    }
    if first.eq_ignore_ascii_case("contacts") {
        return Ok(FolderName::Path(below));
    }
    if first.eq_ignore_ascii_case(PUBLIC) && !below.is_empty() {
        return Ok(FolderName::Public(below));
    }
    Err(section.wrong("folder", format!("expected {WHAT}")))
}

fn file(section: &Section<'_>, key: &str) -> Checked<Option<PathBuf>> {
    const WHAT: &str = "the full path of a file in PEM";
    match section.text(key, WHAT)? {
        None => Ok(None),
        Some(path) if Path::new(path).is_absolute() => Ok(Some(PathBuf::from(path))),
        Some(_) => Err(section.wrong(key, format!("expected {WHAT}"))),
    }
}

fn pinned_certificates(section: &Section<'_>) -> Checked<Vec<CertificatePrint>> {
    const WHAT: &str = "the SHA-256 fingerprint of the server's certificate, 64 hexadecimal digits with or without colons, or a list of such";
    let texts: Vec<&Raw> = match section.get("pinned_certificate") {
        None => return Ok(Vec::new()),
        Some(Raw::Array(entries)) => entries.iter().map(|(_, raw)| raw).collect(),
        Some(raw) => vec![raw],
    };
    let read = |raw: &&Raw| match raw {
        Raw::Text(text) => CertificatePrint::parse(text),
        _ => None,
    };
    let prints: Option<Vec<CertificatePrint>> = texts.iter().map(read).collect();
    prints
        .filter(|prints| !prints.is_empty())
        .ok_or_else(|| section.wrong("pinned_certificate", format!("expected {WHAT}")))
}

fn proxy(section: &Section<'_>) -> Checked<Option<Secret>> {
    const WHAT: &str = "a proxy's URL such as http://user:password@proxy.example.com:3128";
    let Some(text) = section.text("proxy", WHAT)? else {
        return Ok(None);
    };
    let url = Url::parse(text.trim()).ok();
    match url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        Some(_) => Ok(Some(Secret::new(text.trim().to_owned()))),
        None => Err(section.wrong("proxy", format!("expected {WHAT}"))),
    }
}

fn item_classes(section: &Section<'_>) -> Checked<Vec<String>> {
    const WHAT: &str = "a list of item classes such as 'IPM.Contact' or 'IPM.Contact.*'";
    let Some(raw) = section.get("item_classes") else {
        return Ok(Selection::default().item_classes);
    };
    let wrong = || ConfigError::expected("exchange.item_classes", WHAT, raw);
    let Raw::Array(entries) = raw else {
        return Err(wrong());
    };
    let classes: Vec<String> = entries
        .iter()
        .filter_map(|(_, raw)| match raw {
            Raw::Text(class)
                if class
                    .get(..4)
                    .is_some_and(|head| head.eq_ignore_ascii_case("IPM.")) =>
            {
                Some(class.clone())
            }
            _ => None,
        })
        .collect();
    if classes.is_empty() || classes.len() < entries.len() {
        return Err(section.wrong("item_classes", format!("expected {WHAT}")));
    }
    Ok(classes)
}

fn seconds(section: &Section<'_>, key: &str, most: u32, default: u32) -> Checked<Duration> {
    let what = format!("a number of seconds from 1 to {most}");
    let seconds = section.number(key, &what, (1.0, f64::from(most)), f64::from(default))?;
    Ok(Duration::from_secs_f64(seconds))
}

fn size(section: &Section<'_>, key: &str, most: i64, default: i64) -> Checked<usize> {
    let number = section.whole(key, 1, most, default)?;
    Ok(usize::try_from(number).unwrap_or(1))
}
