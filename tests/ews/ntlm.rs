//! NTLM against an acceptor that looks closely: over one connection, with an integrity code, bound to the server's certificate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::simulator::{Simulator, number};
use exchange_contact_sync::contact::{Contact, Property};
use exchange_contact_sync::ews::{Account, Ews, EwsConfig, Login};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{FolderId, Stamp};
use exchange_contact_sync::sync::ports::{NewItem, Remote};
use exchange_contact_sync::web::Secret;

/// A server's certificate, signed with a hash, and the hash that a log-in has to be bound to, as openssl makes it.
struct Certificate {
    folder: PathBuf,
    end_point: String,
}

impl Certificate {
    /// `None` where openssl is not at hand.
    fn new(name: &str, signed_with: &str, bound_with: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("ecs-ntlm-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let extensions = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
        std::fs::write(folder.join("ext"), extensions).unwrap();
        for line in [
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Authority -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem",
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out csr.pem",
            &format!(
                "x509 -req -days 2 -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext {signed_with} -out chain.pem"
            ),
        ] {
            openssl(&folder, line)?;
        }
        let line = format!("x509 -in chain.pem -noout -fingerprint -{bound_with}");
        let shown = openssl(&folder, &line)?;
        let (_, end_point) = shown.trim().split_once('=').unwrap();
        Some(Self {
            end_point: end_point.to_owned(),
            folder,
        })
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn openssl(folder: &Path, line: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    let Ok(made) = command.args(line.split(' ')).current_dir(folder).output() else {
        eprintln!("skipped: openssl is not there");
        return None;
    };
    assert!(made.status.success(), "openssl {line}: {made:?}");
    Some(String::from_utf8(made.stdout).unwrap())
}

fn start(certificate: &Certificate, more: &[&str]) -> Option<Simulator> {
    let (chain, key) = (certificate.path("chain.pem"), certificate.path("key.pem"));
    let mut arguments = vec!["--auth", "ntlm", "--user", "svc:geheim"];
    arguments.extend(["--tls-certificate", &chain, "--tls-key", &key]);
    arguments.extend(more);
    Simulator::start(&arguments)
}

fn config(url: &str, username: &str, password: &str, channel_binding: bool) -> EwsConfig {
    let account = Account {
        username: username.to_owned(),
        password: Secret::new(password),
    };
    EwsConfig::new(
        url,
        Login::Ntlm {
            account,
            channel_binding,
        },
    )
}

fn ews(simulator: &Simulator, certificate: &Certificate, channel_binding: bool) -> Ews {
    let url = simulator.secure_url.as_ref().unwrap();
    let mut config = config(url, "CORP\\svc", "geheim", channel_binding);
    config.web.ca_file = Some(certificate.folder.join("ca.pem"));
    Ews::new(config).unwrap()
}

fn create(ews: &Ews, folder: &FolderId, body: usize) {
    let mut contact = Contact::new();
    contact.set_raw(Property::Surname, "Beispiel").unwrap();
    contact.set_raw(Property::Body, &"x".repeat(body)).unwrap();
    let item = NewItem {
        contact,
        stamp: Stamp::new("s-1"),
    };
    let mut made = ews.create(folder, &[item]).unwrap();
    made.pop().unwrap().unwrap();
}

fn counts<const N: usize>(simulator: &Simulator, keys: [&str; N]) -> [u64; N] {
    let stats = simulator.get("stats");
    keys.map(|key| number(&stats, key))
}

/// One log-in for many requests (semantics 50), bodies of any length, and no body before the proof; a connection that the server closed
/// costs one log-in more, with the TLS session resumed, and nobody notices.
#[test]
fn a_log_in_lasts_as_long_as_its_connection() {
    let Some(certificate) = Certificate::new("lasts", "-sha256", "sha256") else {
        return;
    };
    let Some(simulator) = start(&certificate, &[]) else {
        return;
    };
    let ews = ews(&simulator, &certificate, true);
    let folder = ews.resolve_folder().unwrap().id;
    let legs = ["total", "challenges", "logins", "earlyBodies"];
    let connections = ["connections", "tlsFull", "tlsResumed"];
    assert_eq!(counts(&simulator, legs), [1, 1, 1, 0]);
    assert_eq!(counts(&simulator, connections), [1, 1, 0]);
    for number in 0..50 {
        create(&ews, &folder, if number % 2 == 0 { 1_000 } else { 100_000 });
    }
    assert_eq!(counts(&simulator, legs), [51, 1, 1, 0]);
    assert_eq!(counts(&simulator, connections), [1, 1, 0]);
    for (more, body) in [(1, 1_000), (2, 100_000), (3, 10)] {
        simulator.post("hang-up", "");
        create(&ews, &folder, body);
        assert_eq!(counts(&simulator, legs), [51 + more, 1 + more, 1 + more, 0]);
        assert_eq!(counts(&simulator, connections), [1 + more, 1, more]);
    }
}

/// A server that wants a log-in for each request gets one (semantics 50).
#[test]
fn a_server_that_forgets_who_we_are_is_told_each_time() {
    let Some(certificate) = Certificate::new("forgets", "-sha256", "sha256") else {
        return;
    };
    let Some(simulator) = start(&certificate, &[]) else {
        return;
    };
    simulator.post("modes", r#"{"forgetLogins": true}"#);
    let ews = ews(&simulator, &certificate, true);
    let folder = ews.resolve_folder().unwrap().id;
    for _ in 0..4 {
        create(&ews, &folder, 100_000);
    }
    let keys = ["total", "logins", "connections", "unauthenticated"];
    // Two requests went without a log-in, and the server was not trusted with a third.
    assert_eq!(counts(&simulator, keys), [5, 5, 1, 5 + 2]);
}

/// What Extended Protection makes of each case (semantics 51, user-pains 4).
#[test]
fn the_log_in_is_bound_to_the_certificate() {
    let pss = "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    for (signed_with, bound_with) in [
        ("-sha256", "sha256"),
        ("-sha384", "sha384"),
        ("-sha512", "sha512"),
        (pss, "sha384"),
    ] {
        let name = signed_with.replace([' ', ':'], "");
        let Some(certificate) = Certificate::new(&name, signed_with, bound_with) else {
            return;
        };
        let (right, wrong) = (certificate.end_point.as_str(), "00".repeat(32));
        for (word, end_point, bind, accepted) in [
            ("none", wrong.as_str(), true, true),
            ("allow", right, true, true),
            ("allow", right, false, true),
            ("allow", &wrong, true, false),
            ("require", right, true, true),
            ("require", right, false, false),
            ("require", &wrong, true, false),
        ] {
            let arguments = ["--extended-protection", word, "--end-point", end_point];
            let Some(simulator) = start(&certificate, &arguments) else {
                return;
            };
            let answer = ews(&simulator, &certificate, bind).resolve_folder();
            assert_eq!(
                answer.is_ok(),
                accepted,
                "{signed_with} {word} {bind} {answer:?}"
            );
            if let Err(error) = answer {
                assert_eq!(error.class, RemoteClass::Auth);
                let expected = match bind {
                    true => "load balancer with another certificate",
                    false => "was not bound to a TLS connection",
                };
                assert!(error.message.contains(expected), "{}", error.message);
            }
        }
    }
}

fn refused(simulator: &Simulator, username: &str, password: &str) -> RemoteError {
    let config = config(&simulator.url, username, password, true);
    Ews::new(config).unwrap().resolve_folder().unwrap_err()
}

/// A wrong password is shown once, since accounts lock; and never by a weaker scheme (user-pains 2, 3).
#[test]
fn a_wrong_password_is_tried_once_and_a_missing_scheme_is_named() {
    let arguments = ["--auth", "ntlm,basic", "--user", "svc:geheim"];
    let Some(simulator) = Simulator::start(&arguments) else {
        return;
    };
    let error = refused(&simulator, "CORP\\svc", "gehiem");
    assert_eq!((error.class, error.status), (RemoteClass::Auth, Some(401)));
    for words in ["NTLM log-in", "user name or password is wrong", "locked"] {
        assert!(error.message.contains(words), "{}", error.message);
    }
    let keys = ["total", "challenges", "logins", "unauthenticated"];
    assert_eq!(counts(&simulator, keys), [0, 1, 0, 2]);

    let arguments = ["--auth", "basic", "--user", "svc:geheim"];
    let Some(basic) = Simulator::start(&arguments) else {
        return;
    };
    let error = refused(&basic, "svc", "geheim");
    let expected = "offers Basic for logging in, and not NTLM";
    assert!(error.message.contains(expected), "{}", error.message);
    assert_eq!(counts(&basic, ["total", "unauthenticated"]), [0, 1]);
}

#[test]
fn names_have_two_forms_and_the_messages_two_names() {
    for auth in ["ntlm", "negotiate"] {
        let Some(simulator) = Simulator::start(&["--auth", auth, "--user", "svc:geheim"]) else {
            return;
        };
        for username in ["CORP\\svc", "svc@corp.example.test", "SVC"] {
            let ews = Ews::new(config(&simulator.url, username, "geheim", true)).unwrap();
            assert!(ews.resolve_folder().is_ok(), "{auth} {username}");
        }
    }
}

/// Without TLS there is nothing to bind to, and the message says so.
#[test]
fn extended_protection_without_tls_is_explained() {
    let mut arguments = vec!["--auth", "ntlm", "--user", "svc:geheim"];
    arguments.extend(["--extended-protection", "require", "--end-point", "00"]);
    let Some(simulator) = Simulator::start(&arguments) else {
        return;
    };
    let error = refused(&simulator, "svc", "geheim");
    let expected = "was not bound to a TLS connection";
    assert!(error.message.contains(expected), "{}", error.message);
}
