//! What is needed to reach one contacts folder of one mailbox.

use reqwest::Url;

use crate::web::{ConfigError, TokenSource, WebConfig, is_loopback};

/// The most parts of a batch, and so the most contacts of one request ("JSON batching", Microsoft Graph documentation).
pub(super) const MOST_PARTS: usize = 20;

/// The most changes that are asked for at a time.
const MOST_CHANGES: usize = 512;

/// Which of Microsoft's clouds a tenant lives in ("National cloud deployments", Microsoft Graph documentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The worldwide one, GCC included.
    #[default]
    Global,
    /// The US government's, GCC High.
    UsGovernment,
    /// The US Department of Defense's.
    UsDefense,
    /// China's, run by 21Vianet.
    China,
}

impl Cloud {
    /// Where its Graph is.
    #[must_use]
    pub const fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGovernment => "https://graph.microsoft.us",
            Self::UsDefense => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Who gives its tokens.
    #[must_use]
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovernment | Self::UsDefense => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }
}

/// Which folder is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderSpec {
    /// Display names from the mailbox's own contacts folder down; that one itself without any.
    Path(Vec<String>),
    /// The folder's id.
    Id(String),
}

/// Everything that the adapter is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphConfig {
    /// Where Graph is, without a path, such as `https://graph.microsoft.com`.
    pub url: String,
    /// Where tokens come from.
    pub tokens: TokenSource,
    /// The mailbox: its owner's address by which he signs in, or his id. Without one it is that of the token's user.
    pub mailbox: Option<String>,
    /// The folder.
    pub folder: FolderSpec,
    /// Whether folders of the path that are missing are made when the pair is bound to its folder.
    pub create_folder: bool,
    /// How the server is reached.
    pub web: WebConfig,
    /// Whether tokens may go over plain HTTP to another machine. Loopback is always allowed.
    pub allow_plain_http: bool,
    /// Contacts per request, read or written, 1 to 20.
    pub batch: usize,
    /// Changes per page, 1 to 512. The server may give fewer or more.
    pub page_size: usize,
    /// The largest answer that is read, in bytes after decompression.
    pub max_answer_bytes: u64,
    /// The largest photo that is taken over, in bytes.
    pub photo_limit: u64,
}

impl GraphConfig {
    /// A configuration with default limits for the own contacts folder of a mailbox.
    pub fn new(tokens: TokenSource, mailbox: Option<String>) -> Self {
        Self {
            url: Cloud::default().graph().to_owned(),
            tokens,
            mailbox,
            folder: FolderSpec::Path(Vec::new()),
            create_folder: false,
            web: WebConfig::default(),
            allow_plain_http: false,
            batch: MOST_PARTS,
            page_size: MOST_CHANGES,
            max_answer_bytes: 64 << 20,
            photo_limit: 2 << 20,
        }
    }

    /// Checks everything that can be checked without a connection; gives the parsed address.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub fn check(&self) -> Result<Url, ConfigError> {
        let fail = |key, expected: &str| {
            Err(ConfigError {
                key,
                expected: expected.to_owned(),
            })
        };
        let Ok(url) = Url::parse(&self.url) else {
            return fail("url", "an address such as https://graph.microsoft.com");
        };
        if !url.username().is_empty()
            || url.password().is_some()
            || url.path() != "/"
            || url.query().is_some()
        {
            return fail(
                "url",
                "an address with nothing behind the host, such as https://graph.microsoft.com",
            );
        }
        match url.scheme() {
            "https" if url.has_host() => {}
            "http" if self.allow_plain_http || is_loopback(&url) => {}
            "http" => {
                return fail(
                    "url",
                    "https, since over http anybody on the way can read the token (allow_plain_http permits it all the same)",
                );
            }
            _ => return fail("url", "an address that begins with https://"),
        }
        self.web.check()?;
        match &self.mailbox {
            None if self.tokens.is_application() => {
                return fail(
                    "mailbox",
                    "the mailbox to open, since an application has none of its own",
                );
            }
            Some(mailbox) if mailbox.trim().is_empty() || mailbox.chars().any(char::is_control) => {
                return fail(
                    "mailbox",
                    "the address by which the mailbox's owner signs in, or his id",
                );
            }
            Some(_) | None => {}
        }
        let named = match &self.folder {
            FolderSpec::Id(id) => !id.is_empty(),
            FolderSpec::Path(names) => names.iter().all(|name| !name.trim().is_empty()),
        };
        if !named {
            return fail("folder", "a path such as contacts/Customers, or an id");
        }
        if !(1..=MOST_PARTS).contains(&self.batch) {
            return fail("batch", "a number from 1 to 20");
        }
        if !(1..=MOST_CHANGES).contains(&self.page_size) {
            return fail("page_size", "a number from 1 to 512");
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Secret;

    #[test]
    fn what_is_wrong_is_named() {
        let key = |change: fn(&mut GraphConfig)| {
            let tokens = TokenSource::Ready(Secret::new("t"));
            let mut config = GraphConfig::new(tokens, Some("sales@example.com".to_owned()));
            change(&mut config);
            config.check().err().map(|error| error.key)
        };
        assert_eq!(key(|_| {}), None);
        for (change, expected) in [
            (
                (|c| c.url = "graph.microsoft.com".to_owned()) as fn(&mut GraphConfig),
                "url",
            ),
            (|c| c.url = "http://graph.microsoft.com".to_owned(), "url"),
            (
                |c| c.url = "https://graph.microsoft.com/v1.0".to_owned(),
                "url",
            ),
            (
                |c| c.url = "https://u:p@graph.microsoft.com".to_owned(),
                "url",
            ),
            (|c| c.mailbox = Some(" ".to_owned()), "mailbox"),
            (
                |c| c.folder = FolderSpec::Path(vec![" ".to_owned()]),
                "folder",
            ),
            (|c| c.folder = FolderSpec::Id(String::new()), "folder"),
            (|c| c.batch = 21, "batch"),
            (|c| c.page_size = 0, "page_size"),
        ] {
            assert_eq!(key(change), Some(expected));
        }
        assert_eq!(key(|c| c.url = "http://127.0.0.1:8080".to_owned()), None);
    }
}
