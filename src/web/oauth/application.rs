//! The application that asks for tokens, as it is registered with an authority.

use std::path::PathBuf;

use reqwest::Url;

use crate::web::{ConfigError, Secret, is_loopback};

/// The authority of the worldwide cloud.
pub(super) const WORLDWIDE: &str = "https://login.microsoftonline.com";

/// Exchange Online's address, under which its tokens are issued, and the hosts that mean it.
const ONLINE: (&str, &[&str]) = (
    "https://outlook.office365.com/.default",
    &["outlook.office365.com", "outlook.office.com"],
);

/// How the application proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By a secret.
    Secret(Secret),
    /// By an assertion signed with the private RSA key that is in this PEM file together with its certificate.
    Certificate(PathBuf),
}

/// An application and where its tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The authority: `https://login.microsoftonline.com`, that of a national cloud, or `https://<host>/adfs`.
    pub authority: String,
    /// The tenant, by id or name; AD FS has none.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: String,
    /// How it proves who it is.
    pub proof: Proof,
    /// What the token is for; made from the address of the service when it is not given.
    pub scope: Option<String>,
}

impl Application {
    /// An application of a tenant in the worldwide cloud.
    pub fn new(tenant: impl Into<String>, client_id: impl Into<String>, proof: Proof) -> Self {
        Self {
            authority: WORLDWIDE.to_owned(),
            tenant: Some(tenant.into()),
            client_id: client_id.into(),
            proof,
            scope: None,
        }
    }

    /// The address that tokens are asked of.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub fn endpoint(&self) -> Result<Url, ConfigError> {
        let fail = |key, expected: &str| {
            Err(ConfigError {
                key,
                expected: expected.to_owned(),
            })
        };
        let Ok(mut url) = Url::parse(self.authority.trim()) else {
            return fail(
                "oauth.authority",
                "an address such as https://login.microsoftonline.com",
            );
        };
        let safe = match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(&url),
            _ => false,
        };
        if !safe {
            return fail(
                "oauth.authority",
                "an address that begins with https://, since the application's secret is sent there",
            );
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return fail(
                "oauth.authority",
                "an address without user name, password and query",
            );
        }
        if self.client_id.trim().is_empty() {
            return fail("oauth.client_id", "the application's id");
        }
        if matches!(&self.proof, Proof::Secret(secret) if secret.reveal().is_empty()) {
            return fail("oauth.client_secret", "the application's secret");
        }
        let federated = self.is_federated();
        let tenant = self.tenant.as_deref().unwrap_or_default();
        let named = !tenant.is_empty()
            && tenant
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_'));
        if !named && !federated {
            return fail(
                "oauth.tenant",
                "the tenant's id, or a domain of it such as example.onmicrosoft.com",
            );
        }
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&if federated {
            format!("{base}/oauth2/token")
        } else {
            format!("{base}/{tenant}/oauth2/v2.0/token")
        });
        Ok(url)
    }

    /// Whether the authority is an AD FS, by its path.
    fn is_federated(&self) -> bool {
        let authority = self.authority.trim().trim_end_matches('/');
        authority.to_ascii_lowercase().ends_with("/adfs")
    }

    /// What the token is for: Exchange Online's name, else that of the server itself, which trusts Entra ID by hybrid modern
    /// authentication.
    pub fn scope(&self, service: &Url) -> String {
        if let Some(scope) = &self.scope {
            return scope.clone();
        }
        let host = service.host_str().unwrap_or_default();
        let (scope, hosts) = ONLINE;
        if hosts.contains(&host) {
            return scope.to_owned();
        }
        format!("https://{host}/.default")
    }

    /// What the token is for as a parameter of the request. AD FS names the resource instead, unless a scope is given.
    pub(super) fn parameter(&self, service: &Url) -> (&'static str, String) {
        let scope = self.scope(service);
        match scope.strip_suffix(".default") {
            Some(resource) if self.is_federated() && self.scope.is_none() => {
                ("resource", resource.to_owned())
            }
            _ => ("scope", scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application() -> Application {
        let proof = Proof::Secret(Secret::new("s3cret"));
        Application::new("example.onmicrosoft.com", "app", proof)
    }

    fn endpoint(authority: &str) -> Result<String, &'static str> {
        let application = Application {
            authority: authority.to_owned(),
            ..application()
        };
        let endpoint = application.endpoint();
        endpoint.map(Into::into).map_err(|error| error.key)
    }

    #[test]
    fn every_cloud_has_its_token_endpoint_and_the_secret_is_sent_encrypted() {
        for (authority, expected) in [
            (
                WORLDWIDE,
                "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token",
            ),
            (
                "https://login.partner.microsoftonline.cn/",
                "https://login.partner.microsoftonline.cn/example.onmicrosoft.com/oauth2/v2.0/token",
            ),
            (
                "https://sts.example.com/adfs",
                "https://sts.example.com/adfs/oauth2/token",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/example.onmicrosoft.com/oauth2/v2.0/token",
            ),
        ] {
            assert_eq!(endpoint(authority).as_deref(), Ok(expected));
        }
        for authority in [
            "http://login.microsoftonline.com",
            "login.microsoftonline.com",
            "https://user:pass@login.microsoftonline.com",
            "ftp://x/",
        ] {
            assert_eq!(endpoint(authority), Err("oauth.authority"), "{authority}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let key = |change: fn(&mut Application)| {
            let mut application = application();
            change(&mut application);
            application.endpoint().unwrap_err().key
        };
        assert_eq!(key(|app| app.tenant = None), "oauth.tenant");
        assert_eq!(
            key(|app| app.tenant = Some("a/../b".to_owned())),
            "oauth.tenant"
        );
        assert_eq!(key(|app| app.client_id.clear()), "oauth.client_id");
        assert_eq!(
            key(|app| app.proof = Proof::Secret(Secret::new(""))),
            "oauth.client_secret"
        );
    }

    #[test]
    fn the_scope_is_that_of_exchange_online_or_of_the_server_itself() {
        let scope = |application: &Application, url: &str| {
            let (name, value) = application.parameter(&Url::parse(url).unwrap());
            format!("{name}={value}")
        };
        let mut app = application();
        assert_eq!(
            scope(&app, "https://outlook.office365.com/EWS/Exchange.asmx"),
            "scope=https://outlook.office365.com/.default"
        );
        assert_eq!(
            scope(&app, "https://mail.example.com:444/EWS/Exchange.asmx"),
            "scope=https://mail.example.com/.default"
        );
        app.authority = "https://sts.example.com/adfs/".to_owned();
        assert_eq!(
            scope(&app, "https://mail.example.com/EWS/Exchange.asmx"),
            "resource=https://mail.example.com/"
        );
        app.scope = Some("https://outlook.office365.us/.default".to_owned());
        assert_eq!(
            scope(&app, "https://mail.example.com/"),
            "scope=https://outlook.office365.us/.default"
        );
        assert!(!format!("{app:?}").contains("s3cret"));
    }
}
