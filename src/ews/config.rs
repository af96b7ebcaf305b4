//! What is needed to reach one contacts folder of one mailbox.

use reqwest::Url;

use super::autodiscover::Discovery;
use super::login::{Account, Login};
use super::selection::Selection;
use super::wire::MAX_CHANGES;
use crate::sync::email_overflow::EmailOverflow;
use crate::web::{ConfigError, Secret, WebConfig, is_loopback};

/// How the account gets at the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// The account's own mailbox.
    #[default]
    Own,
    /// Another mailbox, by rights on its folder.
    Delegate,
    /// Another mailbox, by acting as its owner (role ApplicationImpersonation).
    Impersonation,
}

/// Which folder is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderSpec {
    /// A folder that every mailbox has, by its EWS name, such as `contacts`.
    Distinguished(String),
    /// Display names from the top down; the first may be a distinguished name, such as `contacts`, and
    /// is otherwise looked for at the top of the mailbox.
    Path(Vec<String>),
    /// The folder's id.
    Id(String),
}

/// Everything that the adapter is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EwsConfig {
    /// The address of the service, such as `https://mail.example.com/EWS/Exchange.asmx`.
    pub url: String,
    /// How the address is found, in place of `url`.
    pub autodiscover: Option<Discovery>,
    /// Who logs in, and how.
    pub login: Login,
    /// The primary SMTP address of the mailbox; needed unless it is the account's own.
    pub mailbox: Option<String>,
    /// How the account gets at it.
    pub access: Access,
    /// The folder.
    pub folder: FolderSpec,
    /// Whether folders of the path that are missing are made when the pair is bound to its folder.
    pub create_folder: bool,
    /// How the server is reached.
    pub web: WebConfig,
    /// Whether credentials may go over plain HTTP to another machine. Loopback is always allowed.
    pub allow_plain_http: bool,
    /// Items per GetItem, 1 to 100.
    pub get_item_batch: usize,
    /// Items per CreateItem, UpdateItem and DeleteItem, 1 to 100.
    pub write_batch: usize,
    /// Changes per SyncFolderItems, 1 to 512.
    pub page_size: usize,
    /// Which items of the folder take part.
    pub selection: Selection,
    /// The largest answer that is read, in bytes after decompression.
    pub max_answer_bytes: u64,
    /// Where the e-mail addresses of a list go that have no slot.
    pub email_overflow: EmailOverflow,
    /// The largest photo that is taken over, in bytes.
    pub photo_limit: u64,
}

impl EwsConfig {
    /// A configuration with default limits for the own contacts folder of an account that logs in by Basic.
    pub fn basic(url: impl Into<String>, username: impl Into<String>, password: Secret) -> Self {
        let username = username.into();
        Self::new(url, Login::Basic(Account { username, password }))
    }

    /// A configuration with default limits for the own contacts folder of an account.
    pub fn new(url: impl Into<String>, login: Login) -> Self {
        Self {
            url: url.into(),
            autodiscover: None,
            login,
            mailbox: None,
            access: Access::Own,
            folder: FolderSpec::Distinguished("contacts".to_owned()),
            create_folder: false,
            web: WebConfig::default(),
            allow_plain_http: false,
            get_item_batch: 10,
            write_batch: 20,
            page_size: usize::from(MAX_CHANGES),
            selection: Selection::default(),
            max_answer_bytes: 64 << 20,
            email_overflow: EmailOverflow::default(),
            photo_limit: 2 << 20,
        }
    }

    /// The configured address of the service.
    fn fixed_url(&self) -> Result<Url, ConfigError> {
        let fail = |key, expected: &str| {
            Err(ConfigError {
                key,
                expected: expected.to_owned(),
            })
        };
        let Ok(url) = Url::parse(&self.url) else {
            return fail(
                "url",
                "an address such as https://mail.example.com/EWS/Exchange.asmx",
            );
        };
        if !url.username().is_empty() || url.password().is_some() {
            return fail("url", "an address without user name and password in it");
        }
        match url.scheme() {
            "https" if url.has_host() => {}
            "http" if self.allow_plain_http || is_loopback(&url) => {}
            "http" => {
                return fail(
                    "url",
                    "https, since over http anybody on the way can read the password (allow_plain_http permits it all the same)",
                );
            }
            _ => return fail("url", "an address that begins with https://"),
        }
        Ok(url)
    }

    /// Checks everything that can be checked without a connection; gives the parsed address, if it is not to be found by Autodiscover.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub fn check(&self) -> Result<Option<Url>, ConfigError> {
        let fail = |key, expected: &str| {
            Err(ConfigError {
                key,
                expected: expected.to_owned(),
            })
        };
        let url = match &self.autodiscover {
            None => Some(self.fixed_url()?),
            Some(_) if self.mailbox.is_none() => {
                return fail("mailbox", "the mailbox whose server is to be found");
            }
            Some(discovery) if !discovery.allow.iter().all(|host| is_allowable(host)) => {
                return fail(
                    "autodiscover.allow",
                    "names of hosts such as mail.example.com, or *.example.com",
                );
            }
            Some(_) => None,
        };
        self.web.check()?;
        if let Err((key, expected)) = self.login.check() {
            return fail(key, expected);
        }
        if self.login.is_application() && self.access != Access::Impersonation {
            return fail(
                "access",
                "'impersonation', since an application that gets its own tokens has no mailbox and acts as the owner of exchange.mailbox",
            );
        }
        let addressed = self.mailbox.as_deref().is_none_or(|mailbox| {
            let mut halves = mailbox.splitn(2, '@');
            let filled = |half: Option<&str>| half.is_some_and(|half| !half.is_empty());
            filled(halves.next())
                && filled(halves.next())
                && !mailbox.chars().any(|character| {
                    character.is_whitespace() || character.is_control() || !character.is_ascii()
                })
        });
        if !addressed {
            return fail("mailbox", "the primary SMTP address of the mailbox");
        }
        if self.access != Access::Own && self.mailbox.is_none() {
            return fail("mailbox", "the primary SMTP address of the mailbox to open");
        }
        let named = match &self.folder {
            FolderSpec::Distinguished(name) | FolderSpec::Id(name) => !name.is_empty(),
            FolderSpec::Path(names) => {
                !names.is_empty() && names.iter().all(|name| !name.trim().is_empty())
            }
        };
        if !named {
            return fail(
                "folder",
                "a folder name, a path such as contacts/Customers, or an id",
            );
        }
        if !(1..=100).contains(&self.get_item_batch) {
            return fail("get_item_batch", "a number from 1 to 100");
        }
        if !(1..=100).contains(&self.write_batch) {
            return fail("write_batch", "a number from 1 to 100");
        }
        if !(1..=usize::from(MAX_CHANGES)).contains(&self.page_size) {
            return fail("page_size", "a number from 1 to 512");
        }
        Ok(url)
    }
}

/// Whether this names a host, or all hosts below a domain.
fn is_allowable(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let url = Url::parse(&format!("https://{name}/"));
    !name.contains('*') && url.is_ok_and(|url| url.host_str() == Some(&*name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> EwsConfig {
        EwsConfig::basic(url, "CORP\\svc", Secret::new("hunter2"))
    }

    #[test]
    fn credentials_go_over_plain_http_only_when_allowed_or_to_this_machine() {
        for url in [
            "https://mail.example.com/EWS/Exchange.asmx",
            "http://127.0.0.1:8080/EWS/Exchange.asmx",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(config(url).check().is_ok(), "{url}");
        }
        for url in [
            "http://mail.example.com/EWS/Exchange.asmx",
            "http://127.0.0.1.example.com/",
            "ftp://mail.example.com/",
            "mail.example.com",
            "https://user:pass@mail.example.com/",
            "",
        ] {
            let error = config(url).check().unwrap_err();
            assert_eq!(error.key, "url", "{url}");
            assert!(!error.to_string().contains("pass@"));
        }
        let mut plain = config("http://mail.example.com/");
        plain.allow_plain_http = true;
        assert!(plain.check().is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let key = |change: fn(&mut EwsConfig)| {
            let mut config = config("https://mail.example.com/");
            change(&mut config);
            config.check().map_err(|error| error.key)
        };
        assert_eq!(key(|c| c.page_size = 513).unwrap_err(), "page_size");
        assert_eq!(key(|c| c.get_item_batch = 0).unwrap_err(), "get_item_batch");
        assert_eq!(key(|c| c.access = Access::Delegate).unwrap_err(), "mailbox");
        for mailbox in ["sales", "@example.com", "a@b\r\nX: y"] {
            let mut config = config("https://mail.example.com/");
            config.mailbox = Some(mailbox.to_owned());
            assert_eq!(config.check().unwrap_err().key, "mailbox", "{mailbox:?}");
        }
        assert_eq!(
            key(|c| c.folder = FolderSpec::Path(vec![" ".to_owned()])).unwrap_err(),
            "folder"
        );
        assert_eq!(
            key(|c| c.login = Login::Basic(Account {
                username: String::new(),
                password: Secret::new("p"),
            }))
            .unwrap_err(),
            "username"
        );
    }

    #[test]
    fn an_address_that_is_to_be_found_needs_a_mailbox_and_names_of_hosts() {
        let mut config = config("");
        let discovery = |allow: &[&str]| Discovery {
            allow: allow.iter().map(|host| (*host).to_owned()).collect(),
            ..Discovery::default()
        };
        config.autodiscover = Some(discovery(&[]));
        assert_eq!(config.check().unwrap_err().key, "mailbox");
        config.mailbox = Some("sales@example.com".to_owned());
        assert_eq!(config.check(), Ok(None));
        config.autodiscover = Some(discovery(&["Mail.example.com", "*.example.com"]));
        assert_eq!(config.check(), Ok(None));
        for host in [
            "",
            "*.",
            "*",
            "https://mail.example.com",
            "mail.example.com/x",
            "a b",
            "mail.example.com:8443",
        ] {
            config.autodiscover = Some(discovery(&[host]));
            let error = config.check().unwrap_err();
            assert_eq!(error.key, "autodiscover.allow", "{host:?}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let printed = format!("{:?}", config("https://mail.example.com/"));
        assert!(printed.contains("***") && !printed.contains("hunter2"));
    }
}
