//! Bearer tokens: where they come from, how long they are used, and what is said when one is refused. Against the simulator, and
//! against scripted servers that are not well-behaved.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::scripted::{Act, Scripted, contacts_folder, http, ok};
use crate::simulator::Simulator;
use exchange_contact_sync::ews::{Access, Ews, EwsConfig, Login};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ports::{Cache, Cached, NoCache, Remote};
use exchange_contact_sync::web::{Application, Giver, Proof, Secret, TokenGiver, TokenSource};

/// A cache that another "process" of the same test can look into.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, (Vec<u8>, Duration)>>);

impl Cache for Memory {
    fn look(&self, name: &str) -> Option<Cached> {
        let held = self.0.lock().unwrap();
        let (value, left) = held.get(name)?.clone();
        Some(Cached { value, left })
    }

    fn keep(&self, name: &str, value: &[u8], lifetime: Duration) {
        let mut held = self.0.lock().unwrap();
        held.insert(name.to_owned(), (value.to_vec(), lifetime));
    }

    fn forget(&self, name: &str) {
        self.0.lock().unwrap().remove(name);
    }
}

/// An application's id that no other test of this process has, since tokens are shared within it.
fn client(test: &str) -> String {
    format!("app-{test}")
}

fn application(url: &str, test: &str, proof: Proof) -> Application {
    let mut application = Application::new("tenant", client(test), proof);
    application.authority = url.split("/EWS").next().unwrap().to_owned();
    application
}

fn config(url: &str, source: TokenSource) -> EwsConfig {
    let mut config = EwsConfig::new(url, Login::OAuth(source));
    config.mailbox = Some("sales@example.com".to_owned());
    config.access = Access::Impersonation;
    config
}

fn by_secret(url: &str, test: &str, secret: &str) -> EwsConfig {
    let proof = Proof::Secret(Secret::new(secret));
    config(url, TokenSource::Application(application(url, test, proof)))
}

fn start(test: &str) -> Option<Simulator> {
    Simulator::start(&["--oauth-client", &format!("{}:s3cret-value", client(test))])
}

fn count(simulator: &Simulator, key: &str) -> u64 {
    let shown = simulator.get("oauth");
    let (_, rest) = shown.split_once(&format!("\"{key}\":")).unwrap();
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    digits.parse().unwrap()
}

fn refused(config: EwsConfig) -> RemoteError {
    let error = Ews::new(config).unwrap().resolve_folder().unwrap_err();
    assert!(!error.message.contains("s3cret"), "{}", error.message);
    assert!(!error.outcome_unknown, "nothing was executed: {error}");
    error
}

/// user-pains 28: an application acts as the mailbox's owner, and says so on every request.
#[test]
fn an_application_gets_one_token_for_all_its_requests() {
    let Some(simulator) = start("one") else {
        return;
    };
    let cache: Arc<dyn Cache> = Arc::new(Memory::default());
    let settings = by_secret(&simulator.url, "one", "s3cret-value");
    let ews = Ews::with_cache(settings.clone(), Arc::clone(&cache)).unwrap();
    for _ in 0..3 {
        ews.resolve_folder().unwrap();
    }
    let other = Ews::with_cache(settings, cache).unwrap();
    other.resolve_folder().unwrap();
    assert_eq!(
        (count(&simulator, "issued"), count(&simulator, "asked")),
        (1, 1)
    );
    assert!(simulator.get("stats").contains("\"unanchored\":0"));
}

/// P9: what other processes find is encrypted, and a different secret finds nothing in it.
#[test]
fn another_process_takes_the_token_from_the_cache() {
    let Some(simulator) = start("shared") else {
        return;
    };
    let cache = Arc::new(Memory::default());
    let settings = by_secret(&simulator.url, "shared", "s3cret-value");
    let ews = Ews::with_cache(settings, cache.clone()).unwrap();
    ews.resolve_folder().unwrap();
    let (name, (sealed, left)) = cache.0.lock().unwrap().clone().pop_first().unwrap();
    assert!(
        name.len() <= 64 && left > Duration::from_secs(3500),
        "{name} {left:?}"
    );
    let shown = simulator.get("oauth");
    let token = crate::simulator::value(&shown.replace("\"tokens\":[", "\"token\":"), "token");
    let held = String::from_utf8_lossy(&sealed).into_owned();
    assert!(token.starts_with("sim.") && !held.contains(&token[..20]));
    let error = refused(by_secret(&simulator.url, "shared", "s3cret-wrong"));
    assert!(error.message.contains("client_secret is wrong"), "{error}");
}

/// A token is used for its lifetime, less a part of it, as the endpoint told it: no clocks are compared.
#[test]
fn a_token_is_renewed_before_its_end() {
    let Some(simulator) = start("short") else {
        return;
    };
    simulator.post("oauth", r#"{"lifetime": 0}"#);
    let settings = by_secret(&simulator.url, "short", "s3cret-value");
    let cache = Arc::new(Memory::default());
    let ews = Ews::with_cache(settings, cache.clone()).unwrap();
    ews.resolve_folder().unwrap();
    ews.resolve_folder().unwrap();
    assert_eq!(count(&simulator, "issued"), 2);
    assert!(cache.0.lock().unwrap().is_empty());
    simulator.post("oauth", r#"{"lifetime": 3599, "lifetimeAsText": true}"#);
    ews.resolve_folder().unwrap();
    ews.resolve_folder().unwrap();
    assert_eq!(count(&simulator, "issued"), 3);
    // One that was refused is not shown again, also when the next one may be used only once.
    simulator.post("oauth", r#"{"revoke": true, "lifetime": 0}"#);
    simulator.post("stats/reset", "");
    for _ in 0..3 {
        ews.resolve_folder().unwrap();
    }
    let stats = simulator.get("stats");
    assert!(stats.contains("\"unauthenticated\":1"), "{stats}");
}

/// A 401 means that nothing was done: one new token, and the request goes once more.
#[test]
fn a_token_that_was_revoked_or_has_expired_is_replaced_once() {
    let Some(simulator) = start("revoked") else {
        return;
    };
    let settings = by_secret(&simulator.url, "revoked", "s3cret-value");
    let cache: Arc<dyn Cache> = Arc::new(Memory::default());
    let ews = Ews::with_cache(settings, cache).unwrap();
    ews.resolve_folder().unwrap();
    for (issued, change) in [(2, r#"{"revoke": true}"#), (3, r#"{"expire": true}"#)] {
        simulator.post("oauth", change);
        simulator.post("stats/reset", "");
        ews.resolve_folder().unwrap();
        ews.resolve_folder().unwrap();
        assert_eq!(count(&simulator, "issued"), issued, "{change}");
        let stats = simulator.get("stats");
        assert!(stats.contains("\"unauthenticated\":1"), "{stats}");
    }
}

/// A certificate for an application; `None` where openssl is not at hand.
fn certificate(name: &str) -> Option<PathBuf> {
    let file = std::env::temp_dir().join(format!("ecs-{}-{name}.pem", std::process::id()));
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args(["-subj", "/CN=app", "-keyout", "-", "-out", "-"])
        .output()
        .ok()?;
    std::fs::write(&file, made.stdout).unwrap();
    Some(file)
}

#[test]
fn an_application_proves_itself_by_its_certificate() {
    let (Some(file), Some(other)) = (certificate("mine"), certificate("other")) else {
        return;
    };
    let named = format!("{}:{}", client("certified"), file.display());
    let Some(simulator) = Simulator::start(&["--oauth-certificate", &named]) else {
        return;
    };
    let settings = |file: &PathBuf| {
        let proof = Proof::Certificate(file.clone());
        let application = application(&simulator.url, "certified", proof);
        config(&simulator.url, TokenSource::Application(application))
    };
    // Each request has an assertion of its own: the simulator takes none twice.
    simulator.post("oauth", r#"{"lifetime": 0}"#);
    let ews = Ews::new(settings(&file)).unwrap();
    ews.resolve_folder().unwrap();
    ews.resolve_folder().unwrap();
    assert_eq!(count(&simulator, "issued"), 2);
    let error = refused(settings(&other));
    assert_eq!(error.class, RemoteClass::Auth);
    assert!(
        error.message.contains("certificate is not registered"),
        "{error}"
    );
    std::fs::remove_file(&other).unwrap();
    let error = refused(settings(&other));
    assert_eq!(error.class, RemoteClass::Config);
    assert!(
        error.message.contains("exchange.oauth.certificate"),
        "{error}"
    );
    std::fs::remove_file(file).unwrap();
}

/// user-pains 2: whatever is set up wrongly is named, by the authority's word and ours.
#[test]
fn a_refusal_says_what_to_do() {
    let Some(simulator) = start("words") else {
        return;
    };
    let said = |change: &dyn Fn(&mut Application)| {
        let proof = Proof::Secret(Secret::new("s3cret-value"));
        let mut application = application(&simulator.url, "words", proof);
        change(&mut application);
        refused(config(
            &simulator.url,
            TokenSource::Application(application),
        ))
        .message
    };
    let message = said(&|app| app.tenant = Some("elsewhere".to_owned()));
    assert!(
        message.contains("AADSTS90002") && message.contains("exchange.oauth.tenant"),
        "{message}"
    );
    let message = said(&|app| app.client_id = "nobody".to_owned());
    assert!(message.contains("AADSTS700016"), "{message}");
    let message = said(&|app| app.scope = Some("https://graph.microsoft.com".to_owned()));
    assert!(message.contains("followed by /.default"), "{message}");
    let message = said(&|app| app.scope = Some("https://graph.microsoft.com/.default".to_owned()));
    assert!(
        message.contains("refuses the token") && message.contains("exchange.oauth.scope"),
        "{message}"
    );
    simulator.post("oauth", r#"{"refusal": {"status": 401, "error": "invalid_client", "code": 7000222, "description": "The provided client secret s3cret-value keys are expired."}}"#);
    let message = said(&|_| {});
    assert!(
        message.contains("has expired") && message.contains("***"),
        "{message}"
    );
}

/// What passes by itself is no reason to bother an administrator.
#[test]
fn an_authority_that_is_away_or_busy_is_asked_again_later() {
    let Some(simulator) = start("busy") else {
        return;
    };
    simulator.post("oauth", r#"{"refusal": {"status": 503, "error": "temporarily_unavailable", "code": 90033, "description": "A transient error has occurred."}}"#);
    let error = refused(by_secret(&simulator.url, "busy", "s3cret-value"));
    assert_eq!(error.class, RemoteClass::Transient, "{error}");
    let proof = Proof::Secret(Secret::new("s3cret-value"));
    let mut away = application(&simulator.url, "busy", proof);
    away.authority = "http://127.0.0.1:1".to_owned();
    let error = refused(config(&simulator.url, TokenSource::Application(away)));
    assert_eq!(error.class, RemoteClass::Transient, "{error}");
    assert!(
        error.message.contains("cannot connect to 127.0.0.1:1"),
        "{error}"
    );
}

fn scripted(act: Act, test: &str) -> (Scripted, RemoteError) {
    let server = Scripted::start(vec![act]);
    let proof = Proof::Secret(Secret::new("s3cret-value"));
    let mut settings = by_secret(&server.url(), test, "s3cret-value");
    settings.login = Login::OAuth(TokenSource::Application(application(
        &server.url(),
        test,
        proof,
    )));
    settings.web.request_timeout = Duration::from_millis(400);
    let error = refused(settings);
    (server, error)
}

/// P9: the secret goes to the authority and nowhere else.
#[test]
fn an_authority_that_behaves_badly_gets_nothing_further_and_holds_nobody_up() {
    let elsewhere = Scripted::start(vec![Act::Answer(ok("{}"))]);
    let location = format!("Location: {}", elsewhere.url());
    let act = Act::Answer(http("307 Temporary Redirect", &[&location], ""));
    let (server, error) = scripted(act, "redirect");
    assert_eq!(error.class, RemoteClass::Config);
    assert!(error.message.contains("redirects elsewhere"), "{error}");
    assert_eq!(
        (server.requests().len(), elsewhere.requests().len()),
        (1, 0)
    );
    let sent = &server.requests()[0].text;
    assert!(
        sent.contains("client_secret=s3cret-value")
            && sent.contains("grant_type=client_credentials")
    );
    assert!(
        sent.contains("scope=https%3A%2F%2F127.0.0.1%2F.default"),
        "{sent}"
    );
    assert!(!sent.to_lowercase().contains("authorization:"), "{sent}");

    let (_, error) = scripted(Act::Silence, "silent");
    assert_eq!(error.class, RemoteClass::Transient, "{error}");
    let huge = format!("{{\"access_token\":\"{}\"}}", "a".repeat(300 << 10));
    let (_, error) = scripted(Act::Answer(http("200 OK", &[], huge)), "huge");
    assert!(error.message.contains("larger than any"), "{error}");
    let (_, error) = scripted(
        Act::Answer(http("200 OK", &[], "<html>log in</html>")),
        "page",
    );
    assert_eq!(error.class, RemoteClass::Config);
    assert!(
        error.message.contains("exchange.oauth.authority"),
        "{error}"
    );
}

#[test]
fn the_authority_is_reached_by_way_of_the_proxy() {
    let token = r#"{"token_type":"Bearer","expires_in":"3599","access_token":"by-proxy"}"#;
    let proxy = Scripted::start(vec![
        Act::Answer(http("200 OK", &["Content-Type: application/json"], token)),
        Act::Answer(ok(&contacts_folder())),
    ]);
    let service = "http://127.0.0.1:9/EWS/Exchange.asmx";
    let mut settings = by_secret(service, "proxy", "s3cret-value");
    settings.web.proxy = Some(Secret::new(format!("http://user:pass@{}", proxy.address)));
    Ews::new(settings).unwrap().resolve_folder().unwrap();
    let requests = proxy.requests();
    assert_eq!(requests.len(), 2);
    let line = "POST http://127.0.0.1:9/tenant/oauth2/v2.0/token HTTP/1.1";
    assert!(requests[0].text.starts_with(line), "{}", requests[0].text);
    assert!(requests[0].header("proxy-authorization").is_some());
    assert!(requests[0].text.contains("client_secret=s3cret-value"));
    assert_eq!(requests[1].header("authorization"), Some("Bearer by-proxy"));
    assert!(!requests[1].text.contains("s3cret"));
}

#[derive(Default)]
struct Counting(Mutex<Vec<Option<String>>>);

impl TokenGiver for Counting {
    fn token(&self, refused: Option<&Secret>) -> Result<Secret, RemoteError> {
        let mut asked = self.0.lock().unwrap();
        asked.push(refused.map(|token| token.reveal().to_owned()));
        Ok(Secret::new(format!(
            "given-{}",
            if refused.is_some() { 2 } else { 1 }
        )))
    }
}

#[test]
fn a_token_that_is_given_needs_no_authority_and_may_be_a_persons() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    simulator.post(
        "oauth",
        r#"{"grant": "given-2", "mailbox": "sales@example.com"}"#,
    );
    let own = |source| {
        let mut settings = config(&simulator.url, source);
        settings.access = Access::Own;
        settings
    };
    let ready = own(TokenSource::Ready(Secret::new("given-2")));
    Ews::new(ready).unwrap().resolve_folder().unwrap();
    let error = refused(own(TokenSource::Ready(Secret::new("given-1"))));
    assert_eq!(error.class, RemoteClass::Auth);
    assert!(error.message.contains("refuses the token"), "{error}");
    let counting = Arc::new(Counting::default());
    let giver = own(TokenSource::Given(Giver(counting.clone())));
    let ews = Ews::with_cache(giver, Arc::new(NoCache)).unwrap();
    ews.resolve_folder().unwrap();
    let asked = counting.0.lock().unwrap().clone();
    assert_eq!(asked, [None, Some("given-1".to_owned())]);
    assert_eq!(count(&simulator, "asked"), 0);
}

/// user-pains 27: an application has no mailbox of its own whose contacts it could read by mistake.
#[test]
fn an_application_must_impersonate() {
    let mut settings = by_secret(
        "https://mail.example.com/EWS/Exchange.asmx",
        "access",
        "s3cret",
    );
    settings.access = Access::Delegate;
    let error = Ews::new(settings).err().unwrap();
    assert_eq!(error.key, "access");
    assert!(error.to_string().contains("impersonation"), "{error}");
    let token = TokenSource::Ready(Secret::new("a b"));
    let error = Ews::new(config("https://mail.example.com/", token))
        .err()
        .unwrap();
    assert_eq!(error.key, "oauth.token");
}

/// A server that offers no OAuth says so by what it offers.
#[test]
fn a_server_without_oauth_is_told_from_a_bad_token() {
    let answer = http(
        "401 Unauthorized",
        &["WWW-Authenticate: NTLM", "WWW-Authenticate: Negotiate"],
        "",
    );
    let server = Scripted::start(vec![
        Act::Answer(answer),
        Act::Answer(ok(&contacts_folder())),
    ]);
    let error = refused(config(
        &server.url(),
        TokenSource::Ready(Secret::new("abc")),
    ));
    assert!(
        error.message.contains("offers no log-in by OAuth"),
        "{error}"
    );
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some("Bearer abc")
    );
    assert_eq!(server.requests().len(), 1);
}
