//! The command line.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::server::oauth::{Client, Proof};

/// What `--help` prints.
pub const HELP: &str = "\
exchange-simulator: a little Exchange (EWS) server for tests and demos, in memory

  --port N                       port, 0 picks a free one (default 0)
  --bind ADDRESS                 address to listen on (default 127.0.0.1)
  --mailbox ADDRESS              a mailbox; may be repeated (default sales@example.com)
  --user NAME:PASSWORD[:MAILBOX] an account; may be repeated (default svc:secret); its own
                                 mailbox is the first one unless named
  --auth SCHEMES                 how one may log in: basic, ntlm, negotiate (NTLM by that name only), or
                                 several with a comma (default basic)
  --tls-certificate FILE         take connections by TLS on one more port, with this chain in PEM
  --tls-key FILE                 and its key
  --extended-protection WORD     none, allow or require (default none): whether NTLM has to be bound to TLS
  --end-point HEX                the hash of the certificate that it has to be bound to
  --oauth-client ID:SECRET       an application that may ask for tokens; may be repeated
  --oauth-certificate ID:FILE    the same with a certificate in PEM, by an assertion
  --oauth-tenant NAME            whose tokens those are (default tenant)
  --record DIR                   write every request and answer into DIR
  --gzip                         compress answers for clients that accept it
  --help                         this text

Prints one line, `listening on http://ADDRESS:PORT/EWS/Exchange.asmx`, when it is ready.
The side door is at /_sim/ on the same port; the README describes it.
";

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// User name as it is sent.
    pub name: String,
    /// Password.
    pub password: String,
    /// Address of its own mailbox.
    pub mailbox: String,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({}, ***, {})", self.name, self.mailbox)
    }
}

/// A chain of certificates and the key of its first one, as files in PEM.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The chain.
    pub chain: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Whether a log-in has to be bound to the TLS connection, with the hash of the certificate (EWS reference, section 7.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtendedProtection {
    /// Bindings are not looked at.
    None,
    /// Those that are there have to be right.
    Allow(Vec<u8>),
    /// There has to be one.
    Require(Vec<u8>),
}

impl ExtendedProtection {
    /// What a log-in has to be bound to.
    pub fn end_point(&self) -> Option<Vec<u8>> {
        let (Self::Allow(hash) | Self::Require(hash)) = self else {
            return None;
        };
        Some([b"tls-server-end-point:", hash.as_slice()].concat())
    }
}

/// Which schemes are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schemes {
    /// Basic.
    pub basic: bool,
    /// NTLM.
    pub ntlm: bool,
    /// NTLM's messages by the name of Negotiate.
    pub negotiate: bool,
}

/// The options.
#[derive(Debug)]
pub struct Options {
    /// Where to listen.
    pub address: SocketAddr,
    /// Addresses of the mailboxes.
    pub mailboxes: Vec<String>,
    /// The accounts.
    pub users: Vec<User>,
    /// How they may log in.
    pub schemes: Schemes,
    /// How NTLM is protected.
    pub protection: ExtendedProtection,
    /// With what to take connections by TLS.
    pub certificate: Option<Certificate>,
    /// Applications that may ask for tokens.
    pub clients: Vec<Client>,
    /// The tenant of the tokens.
    pub tenant: String,
    /// Where to record traffic.
    pub record: Option<PathBuf>,
    /// Whether answers may be compressed.
    pub gzip: bool,
    /// Whether only the help is wanted.
    pub help: bool,
}

/// Reads the command line; the first argument is the program's name.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, lexopt::Error> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let (mut port, mut bind) = (0, IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut mailboxes: Vec<String> = Vec::new();
    let mut accounts: Vec<String> = Vec::new();
    let (mut clients, mut tenant) = (Vec::new(), "tenant".to_owned());
    let (mut record, mut gzip, mut help) = (None, false, false);
    let mut schemes = Schemes {
        basic: true,
        ntlm: false,
        negotiate: false,
    };
    let (mut chain, mut key) = (None, None);
    let (mut protection, mut hash) = ("none".to_owned(), Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = parser.value()?.parse()?,
            Long("bind") => bind = parser.value()?.parse()?,
            Long("mailbox") => mailboxes.push(parser.value()?.string()?),
            Long("user") => accounts.push(parser.value()?.string()?),
            Long("auth") => {
                let names = parser.value()?.string()?;
                let has = |wanted: &str| names.split(',').any(|name| name == wanted);
                schemes = Schemes {
                    basic: has("basic"),
                    ntlm: has("ntlm"),
                    negotiate: has("ntlm") || has("negotiate"),
                };
            }
            Long("tls-certificate") => chain = Some(PathBuf::from(parser.value()?)),
            Long("tls-key") => key = Some(PathBuf::from(parser.value()?)),
            Long("extended-protection") => protection = parser.value()?.string()?,
            Long("end-point") => hash = bytes(&parser.value()?.string()?)?,
            Long("oauth-client") => {
                clients.push(client(&parser.value()?.string()?, Proof::Secret)?)
            }
            Long("oauth-certificate") => clients
                .push(client(&parser.value()?.string()?, |file| {
                    Proof::Certificate(PathBuf::from(file))
                })?),
            Long("oauth-tenant") => tenant = parser.value()?.string()?,
            Long("record") => record = Some(PathBuf::from(parser.value()?)),
            Long("gzip") => gzip = true,
            Long("help") | Short('h') => help = true,
            other => return Err(other.unexpected()),
        }
    }
    if mailboxes.is_empty() {
        mailboxes.push("sales@example.com".to_owned());
    }
    if accounts.is_empty() {
        accounts.push("svc:secret".to_owned());
    }
    let mut users = Vec::new();
    for account in accounts {
        let mut parts = account.splitn(3, ':').map(str::to_owned);
        let (Some(name), Some(password)) = (parts.next(), parts.next()) else {
            return Err("--user wants NAME:PASSWORD or NAME:PASSWORD:MAILBOX".into());
        };
        let mailbox = parts
            .next()
            .or_else(|| mailboxes.first().cloned())
            .unwrap_or_default();
        if !mailboxes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&mailbox))
        {
            mailboxes.push(mailbox.clone());
        }
        users.push(User {
            name,
            password,
            mailbox,
        });
    }
    let protection = match protection.as_str() {
        "none" => ExtendedProtection::None,
        "allow" => ExtendedProtection::Allow(hash),
        "require" => ExtendedProtection::Require(hash),
        _ => return Err("--extended-protection wants none, allow or require".into()),
    };
    let certificate = match (chain, key) {
        (Some(chain), Some(key)) => Some(Certificate { chain, key }),
        (None, None) => None,
        _ => return Err("--tls-certificate and --tls-key belong together".into()),
    };
    Ok(Options {
        schemes,
        protection,
        certificate,
        address: SocketAddr::new(bind, port),
        mailboxes,
        users,
        clients,
        tenant,
        record,
        gzip,
        help,
    })
}

/// Bytes in hexadecimal digits, with or without colons.
fn bytes(hex: &str) -> Result<Vec<u8>, lexopt::Error> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b':').collect();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(pair, 16)
    });
    pairs
        .collect::<Result<_, _>>()
        .map_err(|_| "--end-point wants hexadecimal digits".into())
}

/// An application: its id, a colon, and how it proves that it is the one.
fn client(text: &str, proof: impl FnOnce(String) -> Proof) -> Result<Client, lexopt::Error> {
    match text.split_once(':') {
        Some((id, rest)) if !id.is_empty() && !rest.is_empty() => Ok(Client {
            id: id.to_owned(),
            proof: proof(rest.to_owned()),
        }),
        _ => Err("an application is ID:SECRET or ID:FILE".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, lexopt::Error> {
        read(
            std::iter::once("simulator")
                .chain(arguments.iter().copied())
                .map(OsString::from),
        )
    }

    #[test]
    fn has_defaults() {
        let options = options(&[]).unwrap();
        assert_eq!(options.mailboxes, ["sales@example.com"]);
        assert_eq!(options.address.to_string(), "127.0.0.1:0");
        let user = &options.users[0];
        assert_eq!(
            (
                user.name.as_str(),
                user.password.as_str(),
                user.mailbox.as_str()
            ),
            ("svc", "secret", "sales@example.com")
        );
    }

    #[test]
    fn an_account_may_have_a_mailbox_of_its_own() {
        let options = options(&[
            "--mailbox",
            "a@x.test",
            "--user",
            "u:p",
            "--user",
            "v:q:b@x.test",
        ])
        .unwrap();
        assert_eq!(options.mailboxes, ["a@x.test", "b@x.test"]);
        assert_eq!(
            options
                .users
                .iter()
                .map(|u| u.mailbox.as_str())
                .collect::<Vec<_>>(),
            ["a@x.test", "b@x.test"]
        );
        assert!(!format!("{:?}", options.users).contains("q"));
    }

    #[test]
    fn refuses_nonsense() {
        assert!(options(&["--user", "nobody"]).is_err());
        assert!(options(&["--prot", "1"]).is_err());
    }
}
