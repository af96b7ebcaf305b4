//! The URL of the database: where it is, who connects, and how the connection is protected.

use std::path::PathBuf;

use mysql_async::{Opts, OptsBuilder, SslOpts};
use url::Url;

use crate::sync::error::{StoreClass, StoreError};

/// What a URL says. Its own `Debug` is left out, since it holds the password.
#[derive(Clone)]
pub(crate) struct Address {
    options: OptsBuilder,
    tls: Option<Tls>,
    /// The database's name.
    pub(crate) database: String,
    /// Where the server is, for messages: host and port, or the socket.
    pub(crate) place: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tls {
    authority: Option<PathBuf>,
    any_certificate: bool,
    any_host: bool,
}

fn wrong(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreClass::Config, message)
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it is no URL of a MySQL database or has a parameter that is not known. The URL itself is never in the message.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let expected = "the MySQL URL cannot be read; expected mysql://user:password@host:port/database, with special characters of the \
                        user and the password percent-encoded";
        let mut url = Url::parse(url).map_err(|_| wrong(expected))?;
        if url.scheme() != "mysql" || url.fragment().is_some() {
            return Err(wrong(expected));
        }
        let parameters: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        let plain = Opts::from_url(url.as_str()).map_err(|_| wrong(expected))?;
        let database = plain
            .db_name()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| wrong("the MySQL URL names no database: expected …@host/database"))?
            .to_owned();
        let mut place = format!("{}:{}", plain.ip_or_hostname(), plain.tcp_port());
        let (mut socket, mut tls) = (None, None);
        for (name, value) in parameters {
            match name.replace('-', "_").as_str() {
                "socket" => socket = Some(value),
                other => Tls::read(&mut tls, other, &name, &value)?,
            }
        }
        if let Some(path) = &socket {
            place.clone_from(path);
        }
        let options = OptsBuilder::from_opts(plain)
            .socket(socket)
            .prefer_socket(false)
            .tcp_nodelay(true)
            .client_found_rows(true)
            .stmt_cache_size(0)
            .max_allowed_packet(Some(1 << 30))
            .wait_timeout(Some(28_800));
        Ok(Self {
            options,
            tls,
            database,
            place,
        })
    }

    /// The options to connect with; reads the certificate of the authority, if one is named.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn options(&self) -> Result<OptsBuilder, StoreError> {
        let Some(tls) = &self.tls else {
            return Ok(self.options.clone());
        };
        let mut options = SslOpts::default()
            .with_danger_accept_invalid_certs(tls.any_certificate)
            .with_danger_skip_domain_validation(tls.any_host);
        if let Some(path) = &tls.authority {
            let certificate = std::fs::read(path).map_err(|error| {
                wrong(format!(
                    "the file {} that ssl_ca of the MySQL URL names cannot be read: {error}",
                    path.display()
                ))
            })?;
            options = options
                .with_root_certs(vec![certificate.into()])
                .with_disable_built_in_roots(true);
        }
        Ok(self.options.clone().ssl_opts(options))
    }
}

impl Tls {
    fn read(
        tls: &mut Option<Self>,
        parameter: &str,
        shown: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let on = || match value {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(wrong(format!(
                "{shown} of the MySQL URL must be true or false"
            ))),
        };
        match parameter {
            "require_ssl" => {
                if on()? {
                    tls.get_or_insert_default();
                }
            }
            "ssl_ca" => tls.get_or_insert_default().authority = Some(PathBuf::from(value)),
            "verify_ca" => tls.get_or_insert_default().any_certificate = !on()?,
            "verify_identity" => tls.get_or_insert_default().any_host = !on()?,
            "ssl_mode" => match value.to_ascii_lowercase().replace('-', "_").as_str() {
                "disabled" => *tls = None,
                "required" => {
                    let tls = tls.get_or_insert_default();
                    tls.any_certificate = true;
                    tls.any_host = true;
                }
                "verify_ca" => tls.get_or_insert_default().any_host = true,
                "verify_identity" => {
                    tls.get_or_insert_default();
                }
                _ => {
                    return Err(wrong(format!(
                        "{shown} of the MySQL URL must be disabled, required, verify_ca or verify_identity"
                    )));
                }
            },
            _ => {
                return Err(wrong(format!(
                    "the MySQL URL has the unknown parameter \"{shown}\"; known are socket, require_ssl, ssl_mode, ssl_ca, verify_ca and \
                     verify_identity"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Address {
        Address::parse(url).unwrap()
    }

    fn refused(url: &str) -> String {
        let error = Address::parse(url).map(|_| ()).unwrap_err();
        assert_eq!(error.class, StoreClass::Config);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
        error.message
    }

    #[test]
    fn says_where_and_who() {
        let address = read("mysql://app:s%40cret@db.example:3307/crm");
        assert_eq!(address.place, "db.example:3307");
        assert_eq!(address.database, "crm");
        assert_eq!(address.tls, None);
        let options = Opts::from(address.options().unwrap());
        assert_eq!(options.pass(), Some("s@cret"));
        assert!(options.client_found_rows());
        assert!(!options.prefer_socket());
        let address = read("mysql://app@localhost/crm?socket=%2Frun%2Fmy%20sql.sock");
        assert_eq!(address.place, "/run/my sql.sock");
        assert_eq!(
            Opts::from(address.options().unwrap()).socket(),
            Some("/run/my sql.sock")
        );
    }

    #[test]
    fn protection_is_off_asked_for_or_checked() {
        let tls = |query: &str| read(&format!("mysql://app@host/crm?{query}")).tls;
        assert_eq!(tls("ssl-mode=disabled"), None);
        assert_eq!(tls("require_ssl=false"), None);
        assert_eq!(tls("require_ssl=true"), Some(Tls::default()));
        assert_eq!(tls("ssl-mode=VERIFY_IDENTITY"), Some(Tls::default()));
        let required = tls("ssl-mode=required").unwrap();
        assert!(required.any_certificate && required.any_host);
        let own = tls("ssl-ca=/etc/ca.pem&verify_identity=false").unwrap();
        assert_eq!(own.authority, Some(PathBuf::from("/etc/ca.pem")));
        assert!(own.any_host && !own.any_certificate);
    }

    #[test]
    fn what_is_wrong_is_named_without_the_password() {
        assert!(refused("mysql://app:s3cret@host/crm?sokcet=/x").contains("\"sokcet\""));
        assert!(refused("mysql://app:s3cret@host/").contains("no database"));
        assert!(refused("mysql://app:s3cret@host/crm?require_ssl=maybe").contains("require_ssl"));
        assert!(refused("mysql://app:s3cret@host/crm?ssl-mode=some").contains("ssl-mode"));
        for url in [
            "pgsql://app:s3cret@host/crm",
            "s3cret",
            "mysql://a:s3cret#@host/crm",
        ] {
            assert!(refused(url).contains("mysql://user:password"), "{url}");
        }
    }
}
