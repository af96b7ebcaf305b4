//! Addresses: of the mailbox, its folders and their contacts, and of what answers lead to.

use reqwest::Url;

use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{FolderId, ItemId};

/// What stands before every path.
pub(super) const VERSION: &str = "v1.0";

/// A path below the version, and its query; everything is encoded where the address is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
}

impl Path {
    /// The mailbox, or that of the token's user.
    pub(super) fn mailbox(mailbox: Option<&str>) -> Self {
        let segments = match mailbox {
            Some(mailbox) => vec!["users".to_owned(), mailbox.to_owned()],
            None => vec!["me".to_owned()],
        };
        Self {
            segments,
            query: Vec::new(),
        }
    }

    /// Where several requests are sent in one.
    pub(super) fn batch() -> Self {
        Self {
            segments: vec!["$batch".to_owned()],
            query: Vec::new(),
        }
    }

    /// A folder of it.
    pub(super) fn folder(self, folder: &FolderId) -> Self {
        self.below("contactFolders").below(folder.as_str())
    }

    /// A contact of it, in whichever folder.
    pub(super) fn contact(self, id: &ItemId) -> Self {
        self.below("contacts").below(id.as_str())
    }

    /// What is below.
    pub(super) fn below(mut self, segment: &str) -> Self {
        self.segments.push(segment.to_owned());
        self
    }

    /// With a parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The whole address below a server's.
    pub(super) fn at(&self, server: &Url) -> Url {
        let mut url = server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push(VERSION).extend(&self.segments);
        }
        if !self.query.is_empty() {
            let pairs = self.query.iter();
            let pairs: Vec<String> = pairs
                .map(|(name, value)| format!("{name}={}", in_query(value)))
                .collect();
            url.set_query(Some(&pairs.join("&")));
        }
        url
    }

    /// The address as a part of a batch names it: from the version on.
    pub(super) fn in_batch(&self, server: &Url) -> String {
        let url = self.at(server);
        let path = url.path().strip_prefix("/v1.0").unwrap_or(url.path());
        match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

/// What would mean something else in a query; all else is encoded where it is set.
fn in_query(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '%' => encoded.push_str("%25"),
            '&' => encoded.push_str("%26"),
            '+' => encoded.push_str("%2B"),
            '#' => encoded.push_str("%23"),
            other => encoded.push(other),
        }
    }
    encoded
}

/// An address that an answer leads to. A token goes nowhere but to the configured server.
///
/// # Errors
/// When it is another server's.
pub(super) fn followed(link: &str, server: &Url) -> Result<Url, RemoteError> {
    let url = Url::parse(link).ok();
    url.filter(|url| url.origin() == server.origin()).ok_or_else(|| {
        RemoteError::new(
            RemoteClass::Config,
            format!(
                "{} leads to another server, to which no token is sent; check what stands before it",
                server.host_str().unwrap_or_default()
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_encoded_and_links_stay_on_the_server() {
        let server = Url::parse("https://graph.microsoft.com").unwrap();
        let path = Path::mailbox(Some("o'neil+x@example.com"))
            .folder(&FolderId::new("AQ/M+k="))
            .below("contacts")
            .with("$filter", "a eq 'b&c'");
        assert_eq!(
            path.at(&server).as_str(),
            "https://graph.microsoft.com/v1.0/users/o'neil+x@example.com/contactFolders/AQ%2FM+k=/contacts?$filter=a%20eq%20%27b%26c%27"
        );
        assert!(
            path.in_batch(&server)
                .starts_with("/users/o'neil+x@example.com/contactFolders/")
        );
        assert!(followed("https://graph.microsoft.com/v1.0/x?$skiptoken=1", &server).is_ok());
        for link in [
            "https://graph.microsoft.com.example.com/v1.0/x",
            "http://graph.microsoft.com/v1.0/x",
            "https://graph.microsoft.com:444/v1.0/x",
            "https://graph.microsoft.com@example.com/",
            "/v1.0/x",
            "",
        ] {
            assert_eq!(
                followed(link, &server).unwrap_err().class,
                RemoteClass::Config,
                "{link}"
            );
        }
    }
}
