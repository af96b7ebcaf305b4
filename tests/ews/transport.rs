//! The transport against servers that misbehave: nothing is sent twice, nothing is followed, nothing leaks,
//! and each failure is told apart.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::scripted::{
    Act, Scripted, contacts_folder, created, envelope, failure, fault, http, ok, success,
};
use exchange_contact_sync::contact::{Contact, Property};
use exchange_contact_sync::ews::{Access, Ews, EwsConfig, FolderSpec};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Fetched, NewItem, Remote, Written};
use exchange_contact_sync::web::Secret;

const PASSWORD: &str = "hunter2-pässword";

fn config(url: &str) -> EwsConfig {
    let mut config = EwsConfig::basic(url, "CORP\\svc-crm", Secret::new(PASSWORD));
    config.web.connect_timeout = Duration::from_secs(5);
    config.web.request_timeout = Duration::from_secs(20);
    config
}

fn ews(server: &Scripted) -> Ews {
    Ews::new(config(&server.url())).unwrap()
}

fn create(ews: &Ews) -> Result<Written, RemoteError> {
    let mut contact = Contact::new();
    contact.set_raw(Property::Surname, "Beispiel").unwrap();
    let item = NewItem {
        contact,
        stamp: Stamp::new("s-1"),
    };
    let mut all = ews.create(&FolderId::new("F"), &[item])?;
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

fn creates(server: &Scripted) -> usize {
    let requests = server.requests();
    requests
        .iter()
        .filter(|request| request.text.contains("<m:CreateItem "))
        .count()
}

#[test]
fn a_connection_is_kept_and_used_again() {
    let server = Scripted::start(vec![
        Act::Answer(ok(&contacts_folder())),
        Act::Answer(ok(&created())),
    ]);
    let ews = ews(&server);
    for _ in 0..3 {
        // Also after an answer whose envelope is followed by something.
        ews.resolve_folder().ok();
    }
    assert_eq!(create(&ews).unwrap().id, ItemId::new("I"));
    assert_eq!(ews.requests(), 4);
    let connections: BTreeSet<usize> = server
        .requests()
        .iter()
        .map(|request| request.connection)
        .collect();
    assert_eq!(connections.len(), 1);
}

/// P2, semantics 58: a CreateItem whose reused connection breaks has reached the server at most once, and the client does not
/// send it again by itself.
#[test]
fn a_request_on_a_reused_connection_that_breaks_is_never_sent_again() {
    for act in [Act::CloseAfterFirstByte, Act::CloseAfterRequest] {
        let server = Scripted::start(vec![
            Act::Answer(ok(&contacts_folder())),
            act.clone(),
            Act::Answer(ok(&created())),
        ]);
        let ews = ews(&server);
        ews.resolve_folder().unwrap();
        let error = create(&ews).unwrap_err();
        server.wait_closed(1);
        assert_eq!(
            server.requests().len(),
            2,
            "{act:?}: one request, sent once"
        );
        assert_eq!(error.class, RemoteClass::Transient);
        assert!(error.outcome_unknown, "{act:?}: {error}");
        assert_eq!(ews.requests(), 2);
        // The next request opens a new connection.
        assert!(create(&ews).is_ok());
        assert_eq!(server.requests()[2].connection, 1);
    }
}

#[test]
fn a_connection_that_was_closed_while_idle_costs_no_second_request() {
    for _ in 0..20 {
        let server = Scripted::start(vec![
            Act::AnswerAndClose(ok(&contacts_folder())),
            Act::Answer(ok(&created())),
        ]);
        let ews = ews(&server);
        ews.resolve_folder().unwrap();
        server.wait_closed(1);
        match create(&ews) {
            Ok(written) => assert_eq!(written.id, ItemId::new("I")),
            Err(error) => assert!(error.outcome_unknown, "{error}"),
        }
        assert!(creates(&server) <= 1);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let thief = Scripted::start(vec![Act::Answer(ok(&contacts_folder()))]);
    let location = format!("Location: {}", thief.url());
    let server = Scripted::start(vec![Act::Answer(http(
        "302 Found",
        &[&location],
        "<html></html>",
    ))]);
    let error = ews(&server).resolve_folder().unwrap_err();
    assert_eq!(error.class, RemoteClass::Config);
    assert_eq!(error.status, Some(302));
    assert!(thief.requests().is_empty(), "credentials went elsewhere");
}

/// semantics 47, 48, 49.
#[test]
fn every_kind_of_failure_has_its_class() {
    let html = "<html><head><title>Server Error in '/EWS' Application</title></head></html>";
    let truncated = {
        let mut bytes = ok(&created());
        bytes.truncate(bytes.len() - 40);
        bytes
    };
    let generic = "Location: /ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx";
    let soap12 = fault("ErrorServerBusy").replace(
        "http://schemas.xmlsoap.org/soap/envelope/",
        "http://www.w3.org/2003/05/soap-envelope",
    );
    let busy = envelope("CreateItem", &failure("CreateItem", "ErrorServerBusy"));
    use RemoteClass::{Auth, Config, FolderGone, Permanent, Throttled, Transient};
    // The answer, its class, whether the item may have been made, and the seconds to wait.
    let table = [
        (http("401 Unauthorized", &[], ""), Auth, false, None),
        (http("403 Forbidden", &[], "no"), Auth, false, None),
        (http("456 x", &[], ""), Auth, false, None),
        (http("404 Not Found", &[], html), Config, false, None),
        (http("302 Found", &[generic], ""), Transient, false, None),
        (
            http("301 Moved", &["Location: https://x/"], ""),
            Config,
            false,
            None,
        ),
        (http("413 Too Large", &[], ""), Permanent, false, None),
        (
            http("429 Slow", &["Retry-After: 7"], ""),
            Throttled,
            false,
            Some(7_000),
        ),
        (
            http("503 Busy", &["Retry-After: 30"], html),
            Throttled,
            true,
            Some(30_000),
        ),
        (http("503 Busy", &[], html), Transient, true, None),
        (http("502 Bad Gateway", &[], html), Transient, true, None),
        (http("500 Error", &[], html), Transient, true, None),
        (
            http("500 Error", &[], fault("ErrorServerBusy")),
            Throttled,
            false,
            Some(1_500),
        ),
        (
            http("500 Error", &[], soap12),
            Throttled,
            false,
            Some(1_500),
        ),
        (
            http("500 Error", &[], fault("ErrorImpersonateUserDenied")),
            Auth,
            false,
            Some(1_500),
        ),
        (
            http("500 Error", &[], fault("ErrorSchemaValidation")),
            Permanent,
            false,
            Some(1_500),
        ),
        (
            http("200 OK", &[], fault("ErrorAccessDenied")),
            Auth,
            false,
            Some(1_500),
        ),
        (
            ok("<html><body>Please sign in<br></body></html>"),
            Config,
            true,
            None,
        ),
        (ok(""), Config, true, None),
        (ok("Bad gateway"), Config, true, None),
        (
            ok("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><a></b>"),
            Transient,
            true,
            None,
        ),
        (ok(&contacts_folder()), Transient, true, None),
        (ok(&envelope("CreateItem", "")), Transient, true, None),
        (ok(&busy), Throttled, false, None),
        (
            ok(&envelope(
                "CreateItem",
                &failure("CreateItem", "ErrorFolderNotFound"),
            )),
            FolderGone,
            false,
            None,
        ),
        (
            ok(&envelope(
                "CreateItem",
                &failure("CreateItem", "ErrorInvalidPropertySet"),
            )),
            Permanent,
            false,
            None,
        ),
        (truncated, Transient, true, None),
    ];
    for (answer, class, unknown, wait) in table {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let server = Scripted::start(vec![Act::AnswerAndClose(answer)]);
        let error = create(&ews(&server)).unwrap_err();
        assert_eq!(error.class, class, "{shown}\n{error}");
        assert_eq!(error.outcome_unknown, unknown, "{shown}\n{error}");
        assert_eq!(
            error.retry_after,
            wait.map(Duration::from_millis),
            "{shown}"
        );
        assert_eq!(creates(&server), 1, "{shown}");
        let said = format!("{error:?} {error}");
        assert!(
            !said.contains("hunter2") && !said.contains("Basic "),
            "{said}"
        );
        assert!(error.request_id.is_some(), "{shown}");
    }
}

#[test]
fn a_request_carries_what_servers_need_and_errors_what_administrators_need() {
    let answer = http(
        "500 Error",
        &["request-id: abc-123"],
        fault("ErrorAccessDenied"),
    );
    let server = Scripted::start(vec![Act::Answer(answer)]);
    let mut config = config(&server.url());
    config.mailbox = Some("sales@example.test".to_owned());
    config.access = Access::Impersonation;
    let ews = Ews::new(config).unwrap();
    let error = ews.resolve_folder().unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("abc-123"));
    assert_eq!(error.code.as_deref(), Some("ErrorAccessDenied"));
    assert_eq!(error.status, Some(500));
    ews.resolve_folder().unwrap_err();
    let requests = server.requests();
    let ids: BTreeSet<&str> = requests
        .iter()
        .map(|request| request.header("client-request-id").unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    let request = &requests[0];
    assert!(
        request
            .text
            .starts_with("POST /EWS/Exchange.asmx HTTP/1.1\r\n")
    );
    assert_eq!(
        request.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    let agent = request.header("user-agent").unwrap();
    assert!(agent.starts_with("ExchangeContactSync/"), "{agent}");
    assert_eq!(
        request.header("x-anchormailbox"),
        Some("sales@example.test")
    );
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    assert_eq!(
        request.header("authorization"),
        Some("Basic Q09SUFxzdmMtY3JtOmh1bnRlcjItcMOkc3N3b3Jk")
    );
    assert!(request.text.contains("Version=\"Exchange2013_SP1\""));
    assert!(
        request
            .text
            .contains("<t:PrimarySmtpAddress>sales@example.test<")
    );
    assert!(!request.text.contains("<t:Mailbox>"));
}

/// semantics 52.
#[test]
fn a_delegate_names_the_mailbox_in_the_folder() {
    let server = Scripted::start(vec![Act::Answer(ok(&contacts_folder()))]);
    for access in [Access::Delegate, Access::Own] {
        let mut config = config(&server.url());
        config.mailbox = Some("sales@example.test".to_owned());
        config.access = access;
        let folder = Ews::new(config).unwrap().resolve_folder().unwrap();
        assert_eq!((folder.name.as_str(), folder.total), ("Contacts", Some(2)));
    }
    for request in server.requests() {
        assert!(request.text.contains("<t:DistinguishedFolderId Id=\"contacts\"><t:Mailbox><t:EmailAddress>sales@example.test<"));
        assert!(!request.text.contains("Impersonation"));
    }
}

#[test]
fn a_compressed_answer_is_read() {
    let body = include_bytes!("../../testdata/ews/getfolder.xml.gz");
    let headers = ["Content-Type: text/xml", "Content-Encoding: gzip"];
    let server = Scripted::start(vec![Act::Answer(http("200 OK", &headers, body))]);
    let folder = ews(&server).resolve_folder().unwrap();
    assert_eq!(folder.name, "Kontakte – größer");
}

#[test]
fn an_answer_beyond_the_limit_is_refused() {
    let server = Scripted::start(vec![Act::Answer(ok(&contacts_folder()))]);
    let mut config = config(&server.url());
    config.max_answer_bytes = 200;
    let error = Ews::new(config).unwrap().resolve_folder().unwrap_err();
    assert!(error.message.contains("larger than the limit"), "{error}");
}

#[test]
fn a_time_budget_ends_a_request_and_prevents_the_next() {
    let server = Scripted::start(vec![Act::Silence]);
    let ews = ews(&server).within(Duration::from_millis(300));
    let start = Instant::now();
    let error = create(&ews).unwrap_err();
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(250) && took < Duration::from_secs(5),
        "{took:?}"
    );
    assert_eq!(error.class, RemoteClass::Transient);
    assert!(
        error.outcome_unknown && error.message.contains("in time"),
        "{error}"
    );
    let error = create(&ews).unwrap_err();
    assert!(!error.outcome_unknown, "{error}");
    assert_eq!((creates(&server), ews.requests()), (1, 1));
}

#[test]
fn an_answer_that_stalls_in_the_middle_is_a_time_out() {
    let mut half = ok(&created());
    half.truncate(half.len() - 100);
    let server = Scripted::start(vec![Act::Answer(half)]);
    let ews = ews(&server).within(Duration::from_millis(300));
    let error = create(&ews).unwrap_err();
    assert_eq!(error.class, RemoteClass::Transient);
    assert!(
        error.outcome_unknown && error.message.contains("in time"),
        "{error}"
    );
}

#[test]
fn a_server_that_is_not_there_has_done_nothing() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let ews = Ews::new(config(&format!("http://{address}/"))).unwrap();
    let error = create(&ews).unwrap_err();
    assert_eq!(error.class, RemoteClass::Transient);
    assert!(!error.outcome_unknown);
    assert!(
        error.message.contains("cannot connect to 127.0.0.1"),
        "{error}"
    );
}

#[test]
fn an_older_server_is_asked_in_its_own_version_from_then_on() {
    let refusal = http("500 Error", &[], fault("ErrorInvalidServerVersion"));
    let server = Scripted::start(vec![
        Act::Answer(refusal.clone()),
        Act::Answer(ok(&contacts_folder())),
    ]);
    let client = ews(&server);
    client.resolve_folder().unwrap();
    client.resolve_folder().unwrap();
    let requests = server.requests();
    let versions: Vec<bool> = requests
        .iter()
        .map(|request| request.text.contains("Exchange2010_SP2"))
        .collect();
    assert_eq!(versions, [false, true, true]);

    let refuses = Scripted::start(vec![Act::Answer(refusal)]);
    let error = ews(&refuses).resolve_folder().unwrap_err();
    assert_eq!(error.class, RemoteClass::Config);
    assert_eq!(refuses.requests().len(), 2);
}

#[test]
fn a_refused_log_in_names_what_the_server_offers() {
    let headers = ["WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM"];
    let server = Scripted::start(vec![Act::Answer(http("401 Unauthorized", &headers, ""))]);
    let error = ews(&server).resolve_folder().unwrap_err();
    assert!(
        error
            .message
            .contains("it offers Negotiate, NTLM, and not Basic"),
        "{error}"
    );
    assert_eq!(
        server.requests().len(),
        1,
        "a wrong password is not tried twice"
    );
}

/// semantics 30, 31: a delegate's deletion into Deleted Items is refused and becomes a move.
#[test]
fn what_may_not_be_deleted_is_moved_and_what_is_gone_is_done() {
    let deleted = [
        success("DeleteItem", ""),
        failure("DeleteItem", "ErrorCannotDeleteObject"),
        failure("DeleteItem", "ErrorItemNotFound"),
        failure("DeleteItem", "ErrorAccessDenied"),
        failure("DeleteItem", "ErrorCannotDeleteObject"),
    ];
    let moved = [
        success("MoveItem", "<m:Items/>"),
        failure("MoveItem", "ErrorAccessDenied"),
    ];
    let server = Scripted::start(vec![
        Act::Answer(ok(&envelope("DeleteItem", &deleted.concat()))),
        Act::Answer(ok(&envelope("MoveItem", &moved.concat()))),
    ]);
    let ids: Vec<ItemId> = (1..=5).map(|id| ItemId::new(id.to_string())).collect();
    let done = ews(&server).delete(&FolderId::new("folder"), &ids).unwrap();
    let classes: Vec<_> = done
        .iter()
        .map(|one| one.as_ref().map_err(|error| error.class))
        .collect();
    let denied = Err(RemoteClass::Auth);
    assert_eq!(classes, [Ok(&()), Ok(&()), Ok(&()), denied, denied]);
    let second = &server.requests()[1].text;
    assert!(second.contains("Id=\"deleteditems\"") && second.contains("Id=\"5\""));
    assert!(!second.contains("Id=\"1\"") && !second.contains("Id=\"3\""));
}

fn found_folders(names: &[(&str, &str, &str)], next: &str) -> String {
    let folders: String = names
        .iter()
        .map(|(id, name, class)| {
            format!("<t:ContactsFolder><t:FolderId Id=\"{id}\"/><t:FolderClass>{class}</t:FolderClass><t:DisplayName>{name}</t:DisplayName></t:ContactsFolder>")
        })
        .collect();
    let part = format!("<m:RootFolder {next}><t:Folders>{folders}</t:Folders></m:RootFolder>");
    envelope("FindFolder", &success("FindFolder", &part))
}

#[test]
fn a_path_is_walked_and_what_is_missing_is_named() {
    let last = "IncludesLastItemInRange=\"true\"";
    let pages = vec![
        Act::Answer(ok(&found_folders(
            &[("a", "Suppliers", "IPF.Contact")],
            "IndexedPagingOffset=\"1\" IncludesLastItemInRange=\"false\"",
        ))),
        Act::Answer(ok(&found_folders(&[("b", "KÜNDEN", "IPF.Contact")], last))),
        Act::Answer(ok(&found_folders(
            &[("c", "Berlin", "IPF.Contact.X"), ("d", "Mail", "IPF.Note")],
            last,
        ))),
    ];
    let find = |path: &[&str]| {
        let server = Scripted::start(pages.clone());
        let mut config = config(&server.url());
        let names = path.iter().map(|name| (*name).to_owned()).collect();
        config.folder = FolderSpec::Path(names);
        let found = Ews::new(config).unwrap().resolve_folder();
        (found, server.requests())
    };
    let (found, requests) = find(&["Contacts", "künden", "BERLIN"]);
    assert_eq!(found.unwrap().id, FolderId::new("c"));
    assert!(
        requests[0]
            .text
            .contains("<t:DistinguishedFolderId Id=\"contacts\"/>")
    );
    assert!(requests[1].text.contains("Offset=\"1\""));
    assert!(requests[2].text.contains("<t:FolderId Id=\"b\"/>"));

    let (found, requests) = find(&["Kunden"]);
    let error = found.unwrap_err();
    assert!(requests[0].text.contains("Id=\"msgfolderroot\""));
    assert_eq!(error.class, RemoteClass::FolderGone);
    assert!(
        error.message.contains("no folder \"Kunden\"")
            && error.message.contains("KÜNDEN, Suppliers"),
        "{error}"
    );

    let error = find(&["contacts", "künden", "mail"]).0.unwrap_err();
    assert_eq!(error.class, RemoteClass::Config);
    assert!(error.message.contains("no contacts folder") && error.message.contains("IPF.Note"));
}

/// P7, semantics 17: an item whose parent folder is named in an unknown way is not taken for moved away before the server was asked.
#[test]
fn a_parent_folder_named_differently_is_looked_up_before_an_item_counts_as_gone() {
    let item = |id: &str, parent: &str| {
        let part = format!(
            "<m:Items><t:Contact><t:ItemId Id=\"{id}\" ChangeKey=\"k\"/><t:ParentFolderId Id=\"{parent}\"/><t:Surname>B</t:Surname></t:Contact></m:Items>"
        );
        success("GetItem", &part)
    };
    let list = "<m:Items><t:DistributionList><t:ItemId Id=\"5\" ChangeKey=\"k\"/></t:DistributionList></m:Items>";
    let messages = [
        item("1", "F"),
        item("2", "other-name-of-F"),
        failure("GetItem", "ErrorItemNotFound"),
        failure("GetItem", "ErrorCorruptData"),
        success("GetItem", list),
        item("6", "elsewhere"),
        item("7", "elsewhere"),
    ];
    let elsewhere = envelope("GetFolder", &failure("GetFolder", "ErrorItemNotFound"));
    let server = Scripted::start(vec![
        Act::Answer(ok(&envelope("GetItem", &messages.concat()))),
        Act::Answer(ok(&contacts_folder())),
        Act::Answer(ok(&elsewhere)),
    ]);
    let ids: Vec<ItemId> = (1..=7).map(|id| ItemId::new(id.to_string())).collect();
    let fetched = ews(&server).fetch(&FolderId::new("F"), &ids, &[]).unwrap();
    let kinds: Vec<&str> = fetched
        .iter()
        .map(|fetched| match fetched {
            Fetched::Item(_) => "item",
            Fetched::Gone => "gone",
            Fetched::Foreign(_) => "foreign",
            Fetched::Failed(_) => "failed",
        })
        .collect();
    assert_eq!(
        kinds,
        ["item", "item", "gone", "failed", "foreign", "gone", "gone"]
    );
    assert_eq!(server.requests().len(), 3);
}
