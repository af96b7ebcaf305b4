use super::raw::Key;
use super::*;
use crate::contact::{EmailKey, Property};
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::policy::{ConflictPolicy, EditVersusDelete};

mod kerberos;
mod oauth;
mod places;

fn text(text: &str) -> Raw {
    Raw::Text(text.to_owned())
}

fn array<const N: usize>(entries: [(&str, Raw); N]) -> Raw {
    Raw::Array(
        entries
            .into_iter()
            .map(|(key, value)| (Key::Text(key.to_owned()), value))
            .collect(),
    )
}

fn extended(property: &str, word: &str) -> Raw {
    array([("property", text(property)), ("type", text(word))])
}

/// The smallest configuration that is accepted.
fn smallest() -> Raw {
    array([
        (
            "exchange",
            array([
                ("url", text("https://Mail.Example.com/EWS/Exchange.asmx")),
                ("username", text("CORP\\svc-crm")),
                ("password", text("geheim")),
                ("mailbox", text("sales@example.com")),
            ]),
        ),
        ("mysql", text("mysql://app:geheim@localhost/crm")),
    ])
}

/// Its part about Exchange.
pub(in crate::php) fn smallest_exchange() -> ExchangeConfig {
    Config::check(&smallest(), false).unwrap().exchange
}

/// The smallest configuration with one key more, or another value for one.
fn with(path: &str, value: Raw) -> Raw {
    fn set(raw: &mut Raw, path: &str, value: Raw) {
        let Raw::Array(entries) = raw else {
            panic!("{path} leads through no array");
        };
        let (first, rest) = path
            .split_once('.')
            .map_or((path, None), |(first, rest)| (first, Some(rest)));
        let place = entries
            .iter()
            .position(|(key, _)| key.to_string() == first)
            .unwrap_or_else(|| {
                entries.push((Key::Text(first.to_owned()), Raw::Array(Vec::new())));
                entries.len() - 1
            });
        match rest {
            Some(rest) => set(&mut entries[place].1, rest, value),
            None => entries[place].1 = value,
        }
    }
    let mut raw = smallest();
    set(&mut raw, path, value);
    raw
}

fn without(section: &str, key: &str) -> Raw {
    let mut raw = smallest();
    if let Raw::Array(entries) = &mut raw {
        for (name, value) in entries.iter_mut() {
            if let (true, Raw::Array(inner)) = (name.to_string() == section, value) {
                inner.retain(|(name, _)| name.to_string() != key);
            }
        }
    }
    raw
}

fn complaint(raw: &Raw) -> String {
    Config::check(raw, false).unwrap_err().to_string()
}

#[test]
fn the_smallest_configuration_gets_the_documented_defaults() {
    let config = Config::check(&smallest(), false).unwrap();
    assert_eq!(config.exchange.server, "mail.example.com");
    assert_eq!(config.exchange.access, Access::Own);
    assert_eq!(config.exchange.folder, FolderName::Path(Vec::new()));
    assert_eq!(config.exchange.push_timeout.as_secs(), 5);
    assert_eq!(config.exchange.concurrency, 2);
    assert_eq!(config.exchange.connect_timeout.as_secs(), 10);
    assert_eq!(config.exchange.timeout.as_secs(), 60);
    assert_eq!(
        (config.exchange.page_size, config.exchange.batch),
        (512, 10)
    );
    assert_eq!(config.contacts.table, "contacts");
    assert_eq!(config.contacts.key, "id");
    assert_eq!(config.contacts.map, None);
    assert_eq!(config.contacts.timezone, "UTC");
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.pair, None);
}

#[test]
fn every_complaint_names_the_key_and_what_was_expected() {
    for (raw, expected) in [
        (text("x"), ": expected an array, string given"),
        (
            with("exhcange", Raw::Null),
            "exhcange: there is no such key; did you mean exchange?",
        ),
        (
            with("exchange.usrname", text("x")),
            "exchange.usrname: there is no such key; did you mean exchange.username?",
        ),
        (
            with("policy.shoe_size", Raw::Int(1)),
            "policy.shoe_size: there is no such key; there are: conflict, remote_delete",
        ),
        (
            with("exchange.private_items", text("leave")),
            "exchange.private_items: expected one of 'sync', 'leave_out'",
        ),
        (
            with("exchange.item_classes", text("IPM.Contact")),
            "exchange.item_classes: expected a list of item classes such as 'IPM.Contact' or 'IPM.Contact.*', string given",
        ),
        (
            with(
                "exchange.item_classes",
                Raw::Array(vec![(Key::Number(0), text("contacts"))]),
            ),
            "exchange.item_classes: expected a list of item classes such as 'IPM.Contact'",
        ),
        (
            with("contacts.notes", text("HTML")),
            "contacts.notes: expected one of 'text', 'html'",
        ),
        (
            with(
                "contacts.map",
                array([("a", text("Body")), ("b", text("HtmlBody"))]),
            ),
            "contacts.map.b: HtmlBody cannot be mapped together with Body, by contacts.map.a: they are one thing in two forms; map one of them",
        ),
        (
            with("exchange.proxy", text("proxy.example.com:3128 geheim")),
            "exchange.proxy: expected a proxy's URL such as http://user:password@proxy.example.com:3128",
        ),
        (
            with("exchange.ca_file", text("ca.pem")),
            "exchange.ca_file: expected the full path of a file in PEM",
        ),
        (
            without("exchange", "url"),
            "exchange.url: is missing; expected a URL",
        ),
        (
            without("exchange", "password"),
            "exchange.password: is missing",
        ),
        (
            with("exchange.password", Raw::Bool(false)),
            "exchange.password: expected the account's password as a string, bool given (getenv()",
        ),
        (
            with("exchange.password", Raw::Binary),
            "exchange.password: expected the account's password as a string, string that is not UTF-8 given",
        ),
        (
            with(
                "exchange.url",
                text("http://mail.example.com/EWS/Exchange.asmx"),
            ),
            "exchange.url: must begin with https://",
        ),
        (
            with("exchange.url", text("mail.example.com")),
            "exchange.url: is not a URL",
        ),
        (
            with("exchange.url", text("https://svc:geheim@mail.example.com/")),
            "exchange.url: must not hold a user name or password",
        ),
        (
            with("exchange.auth", text("oauth")),
            "exchange.username: has no meaning with auth 'oauth'",
        ),
        (
            with("exchange.oauth", array([])),
            "exchange.oauth: belongs to exchange.auth 'oauth'",
        ),
        (
            with("exchange.auth", text("ntml")),
            "exchange.auth: expected one of 'basic', 'ntlm', 'kerberos', 'oauth'; did you mean 'ntlm'?",
        ),
        (
            with("exchange.mailbox", text("sales")),
            "exchange.mailbox: expected a mailbox's SMTP address",
        ),
        (
            with(
                "exchange.autodiscover",
                array([("prefer", text("internal"))]),
            ),
            "exchange.autodiscover: is of use only where exchange.url is 'autodiscover'",
        ),
        (
            with("exchange.folder", text("inbox")),
            "exchange.folder: expected 'contacts'",
        ),
        (
            with("exchange.folder", text("publicfoldersroot")),
            "exchange.folder: expected 'contacts'",
        ),
        (
            with("exchange.folder", text("contacts//x")),
            "exchange.folder: has an empty name",
        ),
        (
            with("exchange.page_size", Raw::Int(513)),
            "exchange.page_size: expected a whole number from 1 to 512, 513 given",
        ),
        (
            with("exchange.concurrency", Raw::Int(0)),
            "exchange.concurrency: expected a whole number from 1 to 10, 0 given",
        ),
        (
            with("exchange.push_timeout", Raw::Float(0.5)),
            "exchange.push_timeout: expected a number of seconds from 1 to 60, 0.5 given",
        ),
        (
            with("exchange.timeout", Raw::Float(f64::NAN)),
            "exchange.timeout: expected a number of seconds from 1 to 600, NaN given",
        ),
        (
            with("mysql", text("pgsql://localhost/x")),
            "mysql: expected a URL such as mysql://",
        ),
        (
            with("mysql", text("mysql://localhost")),
            "mysql: names no database",
        ),
        (
            with("mysql", Raw::Int(3)),
            "mysql: expected a URL such as mysql://user:password@localhost/database, int given",
        ),
        (
            with("contacts.map.name", text("Surename")),
            "contacts.map.name: there is no property \"Surename\"; did you mean \"Surname\"?",
        ),
        (
            with(
                "contacts.map",
                Raw::Array(vec![(Key::Number(0), text("Surname"))]),
            ),
            "contacts.map.0: expected an array of column => property, a list given",
        ),
        (
            with("contacts.map", Raw::Array(Vec::new())),
            "contacts.map: maps no column",
        ),
        (
            with("contacts.map.vip", text("extended:Vip#blob")),
            "contacts.map.vip: there is no property \"extended:Vip#blob\"; a type is one of string, integer",
        ),
        (
            with("contacts.map.vip", text("extended:Adress/32768")),
            "contacts.map.vip: there is no property \"extended:Adress/32768\"; a set is a GUID or one of Address,",
        ),
        (
            with("contacts.map.vip", text("extended:0x8000")),
            "contacts.map.vip: there is no property \"extended:0x8000\"; a tag is 0x and",
        ),
        (
            with("contacts.map.vip", text("extended:")),
            "contacts.map.vip: there is no property \"extended:\"; a name is missing",
        ),
        (
            with("contacts.map.vip", extended("extended:Vip", "booleen")),
            "contacts.map.vip.type: a type is one of string, integer",
        ),
        (
            with("contacts.map.vip", extended("Surname", "text")),
            "contacts.map.vip.type: Surname has a type of its own",
        ),
        (
            with("contacts.map.vip", extended("Surename", "text")),
            "contacts.map.vip.property: there is no property \"Surename\"; did you mean \"Surname\"?",
        ),
        (
            with("contacts.map.vip", array([("type", text("boolean"))])),
            "contacts.map.vip: expected the name of a property, or ['property' =>",
        ),
        (
            with("contacts.map.vip", array([("proprety", text("Surname"))])),
            "contacts.map.vip.proprety: there is no such key; did you mean contacts.map.vip.property?",
        ),
        (
            with("contacts.map.id", text("Surname")),
            "contacts.map.id: the column is in use already, as contacts.key",
        ),
        (
            with("contacts.map.data->", text("Surname")),
            "contacts.map.data->: expected a column and the keys of a JSON document",
        ),
        (
            with("contacts.map.data->mails[0]", text("Surname")),
            "contacts.map.data->mails[0]: a place in a JSON document is named by keys",
        ),
        (
            with("contacts.scope.account", Raw::Float(1.5)),
            "contacts.scope.account: expected an int or a string, float given",
        ),
        (
            with("contacts.timezone", text("Europe/Berlin'; --")),
            "contacts.timezone: expected a time zone",
        ),
        (
            with("policy.conflict", text("newst")),
            "policy.conflict: expected one of 'newest', 'exchange', 'webapp' or the name of a function; did you mean 'newest'?",
        ),
        (
            with("policy.conflict", Raw::Object("Rules".to_owned())),
            "policy.conflict: expected 'newest', 'exchange', 'webapp' or a callable, Rules given",
        ),
        (
            with("policy.remote_delete", text("mark")),
            "contacts.mark: is missing",
        ),
        (
            with("policy.max_deletes", Raw::Int(-1)),
            "policy.max_deletes: expected a whole number, 0 or more, -1 given",
        ),
        (
            with("policy.max_delete_share", Raw::Int(2)),
            "policy.max_delete_share: expected a number from 0 to 1, 2 given",
        ),
        (
            with("policy.wait_for_pull", Raw::Int(601)),
            "policy.wait_for_pull: expected a whole number from 0 to 600, 601 given",
        ),
        (
            with("policy.email_overflow", text("note")),
            "policy.email_overflow: expected one of 'hold', 'extended', 'notes'; did you mean 'notes'?",
        ),
        (
            with("contacts.map", array([("email4", text("EmailAddress4"))])),
            "contacts.map.email4: there is no property \"EmailAddress4\"; Exchange has three slots",
        ),
        (with("pair", text("")), "pair: expected a name"),
    ] {
        let said = complaint(&raw);
        assert!(
            said.starts_with(expected),
            "{said:?} does not begin with {expected:?}"
        );
        assert!(!said.contains("geheim"), "{said}");
    }
}

#[test]
fn a_password_goes_unencrypted_to_this_machine_only_unless_it_is_allowed_in_so_many_words() {
    for (url, taken) in [
        ("http://127.0.0.1:8080/EWS/Exchange.asmx", true),
        ("http://[::1]/EWS/Exchange.asmx", true),
        ("http://localhost/EWS/Exchange.asmx", true),
        ("http://localhost.example.com/EWS/Exchange.asmx", false),
        ("http://10.0.0.1/EWS/Exchange.asmx", false),
    ] {
        let raw = with("exchange.url", text(url));
        assert_eq!(Config::check(&raw, false).is_ok(), taken, "{url}");
    }
}

/// R19: what a search finds may be another server every day; the pair is known by the mailbox's domain.
#[test]
fn a_server_that_is_looked_for_has_a_name_that_stays() {
    let sought = |more: Raw| {
        let mut raw = with("exchange.url", text("Autodiscover"));
        let Raw::Array(entries) = &mut raw else {
            panic!()
        };
        for (key, value) in entries {
            if let (true, Raw::Array(exchange)) = (key.to_string() == "exchange", value) {
                exchange.push((Key::Text("autodiscover".to_owned()), more.clone()));
            }
        }
        Config::check(&raw, false).map(|config| config.exchange)
    };
    let given = array([
        ("prefer", text("internal")),
        ("allow", array([("0", text(" mail.hoster.test "))])),
    ]);
    let exchange = sought(given).unwrap();
    assert_eq!(exchange.server, "example.com");
    let discovery = exchange.autodiscover.unwrap();
    assert_eq!(discovery.prefer, crate::ews::Prefer::Internal);
    assert_eq!(discovery.allow, ["mail.hoster.test"]);
    for (wrong, said) in [
        (text("x"), "exchange.autodiscover: expected an array"),
        (
            array([("prefer", text("inner"))]),
            "exchange.autodiscover.prefer: expected one of",
        ),
        (
            array([("allow", text("x"))]),
            "exchange.autodiscover.allow: expected a list",
        ),
        (
            array([("alow", text("x"))]),
            "did you mean exchange.autodiscover.allow?",
        ),
    ] {
        let error = sought(wrong).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn everything_that_is_given_arrives() {
    let mut raw = with(
        "exchange.url",
        text("http://127.0.0.1:8080/EWS/Exchange.asmx"),
    );
    for (path, value) in [
        ("exchange.allow_plain_http", Raw::Bool(true)),
        ("exchange.folder", text("Contacts/Customers / EU")),
        ("exchange.access", text("impersonation")),
        ("exchange.push_timeout", Raw::Float(2.5)),
        (
            "contacts",
            array([
                ("table", text("kontakte")),
                ("map", array([("email", text("EmailAddress1"))])),
                (
                    "scope",
                    array([("account_id", Raw::Int(7)), ("kind", text("x"))]),
                ),
                ("mark", text("deleted_at")),
            ]),
        ),
        (
            "policy",
            array([
                ("conflict", Raw::Object("Closure".to_owned())),
                ("remote_delete", text("mark")),
                ("edit_vs_delete", text("delete")),
                ("max_deletes", Raw::Int(0)),
                ("max_delete_share", Raw::Int(1)),
                ("wait_for_pull", Raw::Int(30)),
                ("email_overflow", text("notes")),
            ]),
        ),
    ] {
        let Raw::Array(entries) = &mut raw else {
            panic!()
        };
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let place = entries.iter().position(|(key, _)| key.to_string() == first);
        match (place, rest) {
            (Some(place), rest) if !rest.is_empty() => {
                let Raw::Array(inner) = &mut entries[place].1 else {
                    panic!()
                };
                inner.push((Key::Text(rest.to_owned()), value));
            }
            _ => entries.push((Key::Text(first.to_owned()), value)),
        }
    }
    let config = Config::check(&raw, true).unwrap();
    assert_eq!(config.exchange.server, "127.0.0.1");
    assert_eq!(
        config.exchange.folder,
        FolderName::Path(vec!["Customers".to_owned(), "EU".to_owned()])
    );
    assert_eq!(config.exchange.access, Access::Impersonation);
    assert_eq!(config.exchange.push_timeout.as_millis(), 2_500);
    assert_eq!(
        config.contacts.map,
        Some(vec![(
            "email".to_owned(),
            Property::Email(EmailKey::EmailAddress1)
        )])
    );
    assert_eq!(
        config.contacts.scope,
        [
            ("account_id".to_owned(), ScopeValue::Int(7)),
            ("kind".to_owned(), ScopeValue::Text("x".to_owned()))
        ]
    );
    assert_eq!(config.policy.conflict, ConflictPolicy::Ask);
    assert_eq!(config.policy.edit_versus_delete, EditVersusDelete::Delete);
    assert_eq!(config.policy.max_deletes, 0);
    assert_eq!(config.policy.wait_for_pull, 30);
    assert_eq!(config.policy.email_overflow, EmailOverflow::Notes);
    assert_eq!(config.contacts.mark.as_deref(), Some("deleted_at"));
}

#[test]
fn no_debug_output_holds_a_secret() {
    let config = Config::check(&smallest(), false).unwrap();
    for shown in [format!("{config:?}"), format!("{:?}", smallest())] {
        assert!(!shown.contains("geheim"), "{shown}");
    }
    let crate::ews::Login::Basic(account) = &config.exchange.login else {
        panic!("another way of logging in");
    };
    assert_eq!(account.password.reveal(), "geheim");
}
