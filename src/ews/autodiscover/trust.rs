//! To which hosts credentials may go. A fake `autodiscover` host is a known way to get at passwords, so there is one rule for all
//! of them, whoever named them: the mailbox's own domain, hosts below it, and those that the administrator has allowed.

use reqwest::Url;

use crate::web::is_loopback;

/// Where all mailboxes of Exchange Online are.
const ONLINE: &str = "https://outlook.office365.com/EWS/Exchange.asmx";

/// Microsoft's own hosts, which serve every tenant.
const ONLINE_HOSTS: [&str; 2] = ["outlook.office365.com", "autodiscover-s.outlook.com"];

/// The EWS of Exchange Online.
pub(in crate::ews) fn online() -> Option<Url> {
    Url::parse(ONLINE).ok()
}

/// The same, when that is where an address leads.
pub(super) fn leads_online(url: &Url) -> Option<Url> {
    let host = url.host_str().unwrap_or_default();
    let is_online = url.scheme() == "https" && ONLINE_HOSTS.contains(&host);
    is_online.then(online).flatten()
}

/// Why no credentials go somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ews) enum Distrust {
    /// Anybody on the way could read them.
    NotEncrypted,
    /// The address holds a user name, or no host.
    Odd,
    /// Nobody has allowed this host.
    Host(String),
}

/// The rule for one mailbox.
#[derive(Debug)]
pub(in crate::ews) struct Trust {
    domain: String,
    allowed: Vec<String>,
}

impl Trust {
    /// `allowed` are hosts, or `*.example.com` for all hosts below a domain.
    pub(in crate::ews) fn new(mailbox: &str, allowed: &[String]) -> Self {
        let domain = mailbox.rsplit_once('@').map_or("", |(_, domain)| domain);
        Self {
            domain: domain.to_ascii_lowercase(),
            allowed: allowed
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        }
    }

    /// Whether credentials may go there.
    ///
    /// # Errors
    /// Why they may not.
    pub(in crate::ews) fn check(&self, url: &Url) -> Result<(), Distrust> {
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
            return Err(Distrust::Odd);
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
            return Err(Distrust::NotEncrypted);
        }
        let allowed = self
            .allowed
            .iter()
            .any(|allowed| match allowed.strip_prefix("*.") {
                Some(domain) => is_below(host, domain),
                None => host == allowed,
            });
        // The domain is never shortened: at `corp.example.test` nobody speaks for `example.test`, nor the other way round for others.
        if allowed
            || host == self.domain
            || is_below(host, &self.domain)
            || ONLINE_HOSTS.contains(&host)
        {
            return Ok(());
        }
        Err(Distrust::Host(host.to_owned()))
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    !domain.is_empty()
        && host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(), Distrust> {
        let allowed = ["mail.Hoster.test".to_owned(), "*.farm.test".to_owned()];
        Trust::new("Sales@Corp.example.test", &allowed).check(&Url::parse(url).unwrap())
    }

    /// P9: the password goes to the mailbox's own domain, to hosts below it, and to those that are allowed.
    #[test]
    fn hosts_that_get_the_password() {
        for url in [
            "https://corp.example.test/autodiscover/autodiscover.svc",
            "https://autodiscover.corp.example.test/",
            "https://AUTODISCOVER.corp.example.test:8443/",
            "https://mail.hoster.test/EWS/Exchange.asmx",
            "https://ex7.farm.test/",
            "https://outlook.office365.com/EWS/Exchange.asmx",
            "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    /// P9: it goes nowhere else, however much a name looks like ours.
    #[test]
    fn hosts_that_never_get_it() {
        for (url, host) in [
            ("https://example.test/", "example.test"),
            (
                "https://autodiscover.example.test/",
                "autodiscover.example.test",
            ),
            ("https://autodiscover.test/", "autodiscover.test"),
            ("https://evilcorp.example.test/", "evilcorp.example.test"),
            (
                "https://corp.example.test.evil.test/",
                "corp.example.test.evil.test",
            ),
            ("https://other.hoster.test/", "other.hoster.test"),
            ("https://farm.test/", "farm.test"),
            (
                "https://outlook.office365.com.evil.test/",
                "outlook.office365.com.evil.test",
            ),
            ("https://corp.example.test./", "corp.example.test."),
            ("https://192.0.2.7/", "192.0.2.7"),
            ("https://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert_eq!(check(url), Err(Distrust::Host(host.to_owned())), "{url}");
        }
        for url in [
            "http://corp.example.test/",
            "http://mail.hoster.test/",
            "ftp://corp.example.test/",
        ] {
            assert_eq!(check(url), Err(Distrust::NotEncrypted), "{url}");
        }
        for url in [
            "https://corp.example.test@evil.test/",
            "https://u:p@corp.example.test/",
            "mailto:x",
        ] {
            assert_eq!(check(url), Err(Distrust::Odd), "{url}");
        }
        let this_machine = Url::parse("http://127.0.0.1:8080/").unwrap();
        let own = Distrust::Host("127.0.0.1".to_owned());
        assert_eq!(Trust::new("a@b.test", &[]).check(&this_machine), Err(own));
        let allowed = ["127.0.0.1".to_owned()];
        assert_eq!(
            Trust::new("a@b.test", &allowed).check(&this_machine),
            Ok(())
        );
        let nobody = Trust::new("nobody", &[]).check(&Url::parse("https://evil.test/").unwrap());
        assert_eq!(nobody, Err(Distrust::Host("evil.test".to_owned())));
    }

    #[test]
    fn exchange_online_has_one_address() {
        for (url, expected) in [
            (
                "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml",
                true,
            ),
            ("https://outlook.office365.com/x", true),
            ("http://outlook.office365.com/x", false),
            ("https://outlook.example.test/x", false),
        ] {
            let found = leads_online(&Url::parse(url).unwrap());
            assert_eq!(found.is_some(), expected, "{url}");
            assert!(found.is_none_or(|url| url.as_str() == ONLINE));
        }
    }
}
