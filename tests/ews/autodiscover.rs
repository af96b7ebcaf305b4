//! Autodiscover by TLS, through a proxy behind which all names are the simulator.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use crate::simulator::{Simulator, number};
use exchange_contact_sync::ews::{Account, Discovery, Ews, EwsConfig, Login};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ports::Remote;
use exchange_contact_sync::web::Secret;

/// Certificates for hosts below example.test, but not for that name itself.
struct Certificates(PathBuf);

impl Certificates {
    /// `None` where openssl is not at hand.
    fn new(name: &str) -> Option<Self> {
        let folder =
            std::env::temp_dir().join(format!("ecs-discovery-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("ext"),
            "subjectAltName=DNS:*.example.test\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        let made = Self(folder);
        for line in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Authority -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem",
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=example -keyout key.pem -out csr.pem",
            "x509 -req -days 2 -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out chain.pem",
        ] {
            let mut command = Command::new("openssl");
            let Ok(output) = command.args(line.split(' ')).current_dir(&made.0).output() else {
                eprintln!("skipped: openssl is not there");
                return None;
            };
            assert!(output.status.success(), "openssl {line}: {output:?}");
        }
        Some(made)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A simulator to which every name leads, by CONNECT and by a plain GET.
struct World {
    simulator: Simulator,
    certificates: Certificates,
    proxy: SocketAddr,
}

impl World {
    fn new(name: &str) -> Option<Self> {
        let certificates = Certificates::new(name)?;
        let (chain, key) = (certificates.path("chain.pem"), certificates.path("key.pem"));
        let simulator = Simulator::start(&[
            "--mailbox",
            "sales@example.test",
            "--auth",
            "ntlm",
            "--user",
            "svc:geheim",
            "--tls-certificate",
            &chain,
            "--tls-key",
            &key,
        ])?;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = listener.local_addr().unwrap();
        let (plain, secure) = (
            address(&simulator.url),
            address(simulator.secure_url.as_ref().unwrap()),
        );
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (plain, secure) = (plain.clone(), secure.clone());
                std::thread::spawn(move || lead(client, &plain, &secure));
            }
        });
        Some(Self {
            simulator,
            certificates,
            proxy,
        })
    }

    fn says(&self, rule: &str) {
        self.simulator.post("autodiscover", rule);
    }

    fn ews(&self, login: Login) -> Ews {
        let mut config = EwsConfig::new("", login);
        config.autodiscover = Some(Discovery::default());
        config.mailbox = Some("sales@example.test".to_owned());
        config.web.ca_file = Some(self.certificates.0.join("ca.pem"));
        config.web.proxy = Some(Secret::new(format!("http://{}", self.proxy)));
        Ews::new(config).unwrap()
    }

    fn seen(&self) -> String {
        self.simulator.get("autodiscover")
    }
}

fn address(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

/// Passes on what one client says.
fn lead(client: TcpStream, plain: &str, secure: &str) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut client = client;
    let server = if head.starts_with("CONNECT ") {
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .ok()?;
        TcpStream::connect(secure).ok()?
    } else {
        let mut server = TcpStream::connect(plain).ok()?;
        server.write_all(head.as_bytes()).ok()?;
        server
    };
    let (mut from_server, mut to_client) = (server.try_clone().ok()?, client);
    std::thread::spawn(move || {
        std::io::copy(&mut from_server, &mut to_client).ok();
        to_client.shutdown(std::net::Shutdown::Both).ok();
    });
    let mut to_server = server;
    std::io::copy(&mut reader, &mut to_server).ok();
    to_server.shutdown(std::net::Shutdown::Both).ok();
    Some(())
}

fn account() -> Account {
    Account {
        username: "CORP\\svc".to_owned(),
        password: Secret::new("geheim"),
    }
}

fn ntlm() -> Login {
    Login::Ntlm {
        account: account(),
        channel_binding: true,
    }
}

/// semantics 50, 51: Autodiscover lets in by the same log-in as EWS, bound to its own connection.
#[test]
fn the_log_in_is_that_of_ews() {
    let Some(world) = World::new("ntlm") else {
        return;
    };
    world.says("{\"host\":\"autodiscover.example.test\",\"settings\":{\"external\":\"https://mail.example.test/EWS/Exchange.asmx\"}}");
    let ews = world.ews(ntlm());
    assert_eq!(ews.found_server(), None);
    assert_eq!(ews.resolve_folder().unwrap().name, "Contacts");
    let found = ews.found_server().unwrap();
    assert!(
        found.starts_with("mail.example.test (found by Autodiscover)"),
        "{found}"
    );
    assert_eq!(number(&world.simulator.get("stats"), "logins"), 2);
    let seen = world.seen();
    assert_eq!(seen.matches("\"loggedIn\":true").count(), 1, "{seen}");
    assert!(
        !seen.contains("\"host\":\"example.test\""),
        "its certificate is another one's: {seen}"
    );
    ews.resolve_folder().unwrap();
    assert_eq!(world.seen(), seen, "one search is enough");
}

/// Whoever looks at night reads of every place what it said; a certificate that does not fit is one of them.
#[test]
fn all_that_was_tried_is_told() {
    let Some(world) = World::new("told") else {
        return;
    };
    world.says("{\"status\":404}");
    world.says("{\"host\":\"autodiscover.example.test\",\"form\":\"pox\",\"error\":\"500\"}");
    let error = world.ews(ntlm()).resolve_folder().unwrap_err();
    assert_eq!(error.class, RemoteClass::Config, "{error}");
    for part in [
        "sales@example.test",
        "https://example.test/autodiscover/autodiscover.svc: the certificate of example.test does not verify",
        "https://autodiscover.example.test/autodiscover/autodiscover.svc: HTTP 404",
        "https://autodiscover.example.test/autodiscover/autodiscover.xml: 500 (",
        "http://autodiscover.example.test/autodiscover/autodiscover.xml: HTTP 404",
        "_autodiscover._tcp.example.test",
        "exchange.url",
    ] {
        assert!(error.message.contains(part), "{part} is not in: {error}");
    }
    assert!(!error.message.contains("geheim"));
}

/// P9: a host that wants another kind of log-in than ours gets none.
#[test]
fn a_log_in_that_is_not_offered_is_not_shown() {
    let Some(world) = World::new("offered") else {
        return;
    };
    let error = world
        .ews(Login::Basic(account()))
        .resolve_folder()
        .unwrap_err();
    assert_eq!(error.class, RemoteClass::Config, "{error}");
    assert!(
        error.message.contains("NTLM for logging in, and not Basic"),
        "{error}"
    );
    let seen = world.seen();
    assert!(
        seen.contains("autodiscover.example.test") && !seen.contains("\"tried\":true"),
        "{seen}"
    );
}
