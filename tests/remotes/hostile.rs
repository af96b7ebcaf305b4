//! What stands before Graph, and answers in its place; and batches of which one part failed in another way than the next.

use exchange_contact_sync::contact::Changes;
use exchange_contact_sync::graph::{Graph, GraphConfig};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::{ChangeKey, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Fetched, NewItem, Remote, Update};
use exchange_contact_sync::web::{Secret, TokenSource};

use crate::kinds::{changes, everything, named};
use crate::scripted::{Act, Scripted};

fn graph(server: &Scripted) -> Graph {
    let tokens = TokenSource::Ready(Secret::new("token"));
    let mut config = GraphConfig::new(tokens, Some("sales@example.com".to_owned()));
    config.url = format!("http://{}", server.address);
    Graph::new(config).unwrap()
}

fn answer(status: &str, kind: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

fn folder() -> FolderId {
    FolderId::new("folder")
}

/// P1: a page of somebody else never means that a contact is gone, deleted or written.
#[test]
fn a_page_that_is_not_of_graph_says_nothing_of_a_contact() {
    let ids = [ItemId::new("id")];
    for (status, kind) in [
        ("404 Not Found", "text/html"),
        ("404 Not Found", "application/octet-stream"),
        ("404 Not Found", "application/json"),
        ("200 OK", "text/html; charset=utf-8"),
    ] {
        let server = Scripted::start(vec![answer(
            status,
            kind,
            r#"{"message":"no Route matched"}"#,
        )]);
        let graph = graph(&server);
        let classes = [
            graph
                .fetch(&folder(), &ids, &everything())
                .map(|all| assert!(!matches!(all[0], Fetched::Gone), "{status}"))
                .map_err(|error| error.class),
            graph
                .delete(&folder(), &ids)
                .map(|_| ())
                .map_err(|error| error.class),
            graph
                .update(
                    &folder(),
                    &[Update {
                        id: ids[0].clone(),
                        change_key: ChangeKey::new("k"),
                        changes: changes(&[("JobTitle", "x")]),
                        known: Changes::new(),
                    }],
                )
                .map(|_| ())
                .map_err(|error| error.class),
        ];
        assert_eq!(classes, [Err(RemoteClass::Config); 3], "{status} {kind}");
    }
}

/// P2, R5: when every part of a batch fails and one of them may have been carried out, the whole may have been.
#[test]
fn a_part_whose_outcome_is_unknown_is_not_forgotten_behind_another_failure() {
    let parts = r#"{"responses":[
        {"id":"0","status":429,"headers":{"Retry-After":"2"},"body":{"error":{"code":"TooManyRequests","message":"wait"}}},
        {"id":"1","status":504,"headers":{},"body":{"error":{"code":"generalException","message":"late"}}}]}"#;
    let server = Scripted::start(vec![answer("200 OK", "application/json", parts)]);
    let items = ["a", "b"].map(|name| NewItem {
        contact: named(name),
        stamp: Stamp::new(name),
    });
    let failure = graph(&server).create(&folder(), &items).unwrap_err();
    assert_eq!(failure.class, RemoteClass::Throttled);
    assert_eq!(failure.retry_after.map(|wait| wait.as_secs()), Some(2));
    assert!(failure.outcome_unknown);
}

/// P1, semantics 19: a contact with another id than the one that was asked for tells nothing of that one; an id that Graph cannot read is nobody's.
#[test]
fn an_answer_about_another_contact_is_no_deletion() {
    let other = r#"{"id":"other","changeKey":"k","parentFolderId":"folder","givenName":"Anna"}"#;
    let malformed = r#"{"error":{"code":"ErrorInvalidIdMalformed","message":"Id is malformed."}}"#;
    let fetch = |status, body| {
        let server = Scripted::start(vec![answer(status, "application/json", body)]);
        let fetched = graph(&server).fetch(&folder(), &[ItemId::new("id")], &everything());
        fetched.unwrap().remove(0)
    };
    match fetch("200 OK", other) {
        Fetched::Failed(error) => {
            assert_eq!(error.class, RemoteClass::Transient);
            assert!(error.message.contains("another contact"), "{error}");
        }
        fetched => panic!("{fetched:?}"),
    }
    assert_eq!(fetch("400 Bad Request", malformed), Fetched::Gone);
}
