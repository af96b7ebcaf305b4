//! Where a key distribution centre is, and asking it over TCP (RFC 4120, section 7.2.2).

use std::io;

use url::Url;

use super::Patience;
use crate::runtime::exchange_framed;

/// The port of centres.
const PORT: u16 = 88;

/// An address as people write it.
pub(super) fn address(text: &str) -> Option<Url> {
    let url = sspi::kerberos::config::parse_kdc_url(text.trim())?;
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = matches!(url.path(), "" | "/") && url.query().is_none();
    (url.scheme() == "tcp" && url.has_host() && plain && bare).then_some(url)
}

/// Its host and port.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port().unwrap_or(PORT))
}

/// Sends a message, with its length before it, and gives the answer, likewise.
///
/// # Errors
/// When there is no answer, none in time, or the caller is asked to end (`Interrupted`).
pub(super) fn exchange(url: &Url, message: &[u8], patience: Patience<'_>) -> io::Result<Vec<u8>> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    let place = (host, url.port().unwrap_or(PORT));
    let limits = (patience.connect, patience.until);
    exchange_framed(place, message.to_vec(), limits, patience.interrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_tcp() {
        for (text, expected) in [
            ("tcp://dc1.example.test:88", Some("dc1.example.test:88")),
            ("dc1.example.test", Some("dc1.example.test:88")),
            ("[::1]:1088", Some("[::1]:1088")),
            ("udp://dc1.example.test", None),
            ("https://proxy.example.test/KdcProxy", None),
            ("tcp://user:word@dc1", None),
            ("", None),
        ] {
            let read = address(text).as_ref().map(shown);
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
