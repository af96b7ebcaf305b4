//! Servers that mean us harm, or are not Exchange at all: each ends in an error of its kind, within the time and without using up memory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::scripted::{Act, Scripted, contacts_folder, http, ok};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::runtime::Interrupt;
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::FolderId;
use exchange_contact_sync::sync::ports::Remote;
use exchange_contact_sync::web::Secret;

/// How long a request may take here; an error comes in a multiple of it, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(60);
const AT_MOST: Duration = Duration::from_secs(12);

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A test is built without optimisation: what takes it long to read is cut short here.
fn ews(server: &Scripted) -> Ews {
    ews_within(server, LIMIT)
}

fn ews_within(server: &Scripted, limit: Duration) -> Ews {
    let mut config = EwsConfig::basic(server.url(), "CORP\\svc-crm", Secret::new("hunter2"));
    config.web.request_timeout = limit;
    config.max_answer_bytes = 10 << 20;
    Ews::new(config).unwrap()
}

fn failure(act: Act) -> RemoteError {
    failure_within(act, LIMIT)
}

fn failure_within(act: Act, limit: Duration) -> RemoteError {
    let server = Scripted::start(vec![act]);
    let began = Instant::now();
    let error = ews_within(&server, limit)
        .changes(&FolderId::new("F"), None)
        .unwrap_err();
    assert!(
        began.elapsed() < limit * 6,
        "{:?}: {error}",
        began.elapsed()
    );
    assert_eq!(server.requests().len(), 1, "{error}");
    let said = format!("{error} {error:?}");
    assert!(
        !said.contains("hunter2") && !said.contains("Basic "),
        "{said}"
    );
    error
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

fn opened() -> Vec<u8> {
    let body = contacts_folder();
    let body = body.split_once("<m:GetFolderResponse ").unwrap();
    let rest = body.1.split_once('>').unwrap().0;
    format!(
        "{}<m:SyncFolderItemsResponse {rest}><m:ResponseMessages>",
        body.0
    )
    .into_bytes()
}

fn assert_is(error: &RemoteError, class: RemoteClass, said: &str) {
    assert_eq!(error.class, class, "{error}");
    assert!(
        error.message.contains(said),
        "\"{said}\" is not in: {error}"
    );
}

fn head_with(more: &[u8]) -> Vec<u8> {
    let mut bytes = HEAD.as_bytes().to_vec();
    bytes.extend_from_slice(more);
    bytes
}

#[test]
fn an_answer_without_end_is_ended_by_us() {
    let (start, none) = (chunk(&opened()), Duration::ZERO);
    let skipped = chunk("<m:X><m:Y>text</m:Y></m:X>".repeat(2_000).as_bytes());
    let text = chunk("x".repeat(60_000).as_bytes());
    for (more, class, said) in [
        (skipped, RemoteClass::Permanent, "larger than the limit"),
        (
            text,
            RemoteClass::Permanent,
            "holds more than is taken over",
        ),
    ] {
        assert_is(
            &failure_within(Act::Endless(head_with(&start), more, none), LONG),
            class,
            said,
        );
    }
    let header = format!("X-More: {}\r\n", "y".repeat(8_000)).into_bytes();
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let error = failure(Act::Endless(head, header, none));
    assert_is(
        &error,
        RemoteClass::Transient,
        "did not answer in HTTP as it should",
    );
    assert!(error.outcome_unknown);
}

#[test]
fn a_drip_of_bytes_does_not_prolong_the_time() {
    let pause = Duration::from_millis(100);
    let body = Act::Endless(head_with(&chunk(&opened())), chunk(b" "), pause);
    assert_is(
        &failure(body),
        RemoteClass::Transient,
        "did not arrive in time",
    );
    let head = Act::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b"y".to_vec(), pause);
    let error = failure(head);
    assert_is(&error, RemoteClass::Transient, "did not answer in time");
    assert!(error.outcome_unknown);
    let gigabyte = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
    let mut bytes = gigabyte.to_vec();
    bytes.extend_from_slice(&opened());
    assert_is(
        &failure(Act::Endless(bytes, b" ".to_vec(), pause)),
        RemoteClass::Transient,
        "did not arrive in time",
    );
}

/// What follows a whole answer costs neither its success nor much time.
#[test]
fn what_drips_after_a_whole_answer_is_left() {
    let mut bytes = head_with(&chunk(contacts_folder().as_bytes()));
    bytes.extend_from_slice(&chunk(b" "));
    let server = Scripted::start(vec![Act::Endless(
        bytes,
        chunk(b" "),
        Duration::from_millis(100),
    )]);
    let mut config = EwsConfig::basic(server.url(), "svc", Secret::new("hunter2"));
    config.web.request_timeout = Duration::from_secs(60);
    let began = Instant::now();
    assert_eq!(
        Ews::new(config).unwrap().resolve_folder().unwrap().name,
        "Contacts"
    );
    assert!(began.elapsed() < AT_MOST, "{:?}", began.elapsed());
}

#[test]
fn bombs_are_refused() {
    let envelope = String::from_utf8(opened()).unwrap();
    let laughs: String = (1..10)
        .map(|n| {
            format!(
                "<!ENTITY lol{n} \"{}\">",
                format!("&lol{};", n - 1).repeat(10)
            )
        })
        .collect();
    let bomb = format!("<!DOCTYPE s:Envelope [<!ENTITY lol0 \"lol\">{laughs}]>{envelope}&lol9;");
    let file =
        "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>".to_owned() + &envelope + "&f;";
    for doctype in [bomb, file] {
        assert_is(
            &failure(Act::Answer(ok(&doctype))),
            RemoteClass::Transient,
            "document type",
        );
    }
    let deep = envelope.clone() + &"<m:a>".repeat(100_000) + &"</m:a>".repeat(100_000);
    assert_is(
        &failure(Act::Answer(ok(&deep))),
        RemoteClass::Transient,
        "nested more than",
    );
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    let wide = envelope + "<m:a" + &attributes + "/>";
    assert_is(
        &failure(Act::Answer(ok(&wide))),
        RemoteClass::Transient,
        "attributes",
    );
}

#[test]
fn what_is_no_answer_of_exchange_is_told_so() {
    let html = "<html><head><title>Log in</title></head><body><form></form></body></html>";
    let utf_16: Vec<u8> = contacts_folder()
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let utf_16 = [&b"\xFE\xFF"[..], &utf_16].concat();
    for (kind, body) in [
        ("text/html", html.as_bytes()),
        ("application/json", &br#"{"error":"no"}"#[..]),
        ("text/xml", b""),
        ("text/xml", &utf_16),
        (
            "application/octet-stream",
            &b"\x00\x01\xFF\xFE binary \x80"[..],
        ),
    ] {
        let answer = http("200 OK", &[&format!("Content-Type: {kind}")], body);
        let error = failure(Act::Answer(answer));
        assert_is(
            &error,
            RemoteClass::Config,
            "not as Exchange Web Services do",
        );
        assert!(error.message.contains("check the URL"), "{error}");
    }
    for garbage in [
        &b"<html>no head at all</html>\r\n\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ] {
        let error = failure(Act::AnswerAndClose(garbage.to_vec()));
        assert_is(
            &error,
            RemoteClass::Transient,
            "did not answer in HTTP as it should",
        );
        assert!(error.outcome_unknown);
    }
    let within_head = Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec());
    assert_is(
        &failure(within_head),
        RemoteClass::Transient,
        "broke before the answer",
    );
    // An interim answer is none.
    let mut interim = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    interim.extend(ok(""));
    assert_is(
        &failure(Act::Answer(interim)),
        RemoteClass::Config,
        "not as Exchange",
    );
}

#[test]
fn a_port_without_tls_is_told_from_a_wrong_certificate() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://{}/EWS/Exchange.asmx",
        listener.local_addr().unwrap()
    );
    std::thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        client.write_all(&http("400 Bad Request", &[], "")).unwrap();
        std::io::copy(&mut client, &mut std::io::sink()).ok();
    });
    let ews = Ews::new(EwsConfig::basic(url, "svc", Secret::new("hunter2"))).unwrap();
    let error = ews.resolve_folder().unwrap_err();
    assert_is(
        &error,
        RemoteClass::Config,
        "does not speak TLS on this port",
    );
    assert!(!error.outcome_unknown);
}

/// Cut anywhere, an answer is a failure with an open outcome, never a part of a list.
#[test]
fn an_answer_that_is_cut_off_is_never_taken_for_a_short_one() {
    let body = String::from_utf8(opened()).unwrap()
        + "<m:SyncFolderItemsResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:SyncState>S</m:SyncState>\
           <m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/></m:SyncFolderItemsResponseMessage></m:ResponseMessages>\
           </m:SyncFolderItemsResponse></s:Body></s:Envelope>";
    let whole = Scripted::start(vec![Act::Answer(ok(&body))]);
    let page = ews(&whole).changes(&FolderId::new("F"), None).unwrap();
    assert!(page.last && page.changes.is_empty());
    for length in (1..body.len()).step_by(37) {
        let error = failure(Act::AnswerAndClose(ok(&body[..length])));
        assert_eq!(error.class, RemoteClass::Transient, "{length}: {error}");
        assert!(error.outcome_unknown);
        let mut cut = ok(&body);
        cut.truncate(cut.len() - (body.len() - length));
        let error = failure(Act::AnswerAndClose(cut));
        assert_is(&error, RemoteClass::Transient, "broke off in the middle");
    }
}

/// The limit counts what comes out of a packed answer.
#[test]
fn a_packed_bomb_is_measured_unpacked() {
    let folder = std::env::temp_dir().join(format!("ews-bomb-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut packed = Vec::new();
    for filler in ["<m:X/>", " "] {
        let path = folder.join("bomb");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        file.write_all(&opened()).unwrap();
        let block = filler.repeat((1 << 20) / filler.len());
        for _ in 0..12 {
            file.write_all(block.as_bytes()).unwrap();
        }
        file.flush().unwrap();
        let gzip = std::process::Command::new("gzip")
            .arg("-1cf")
            .arg(&path)
            .output()
            .unwrap();
        assert!(gzip.stdout.len() < 2 << 20);
        packed.push(gzip.stdout);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    for (body, said) in packed
        .into_iter()
        .zip(["larger than the limit", "holds more than is taken"])
    {
        let answer = http("200 OK", &["Content-Encoding: gzip"], body);
        let server = Scripted::start(vec![Act::Answer(answer)]);
        let mut config = EwsConfig::basic(server.url(), "svc", Secret::new("hunter2"));
        config.web.request_timeout = LONG;
        config.max_answer_bytes = 10 << 20;
        let ews = Ews::new(config).unwrap();
        let error = ews.changes(&FolderId::new("F"), None).unwrap_err();
        assert_is(&error, RemoteClass::Permanent, said);
    }
}

/// P9: also the kinds of redirect that keep the method and the body are not followed.
#[test]
fn no_redirect_takes_anything_elsewhere() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let thief = Scripted::start(vec![Act::Answer(ok(&contacts_folder()))]);
        let location = format!("Location: {}", thief.url());
        let error = failure(Act::Answer(http(status, &[&location], "<html></html>")));
        assert_is(
            &error,
            RemoteClass::Config,
            "credentials are never sent along",
        );
        assert!(thief.requests().is_empty(), "{status}");
    }
}

/// A request in flight is given up when its caller is asked to end; its connection is closed, and nothing more is sent.
#[test]
fn a_request_in_flight_ends_when_the_call_is_to_end() {
    for act in [
        Act::Silence,
        Act::Endless(
            head_with(&chunk(&opened())),
            chunk(b" "),
            Duration::from_millis(100),
        ),
    ] {
        let server = Scripted::start(vec![act]);
        let mut config = EwsConfig::basic(server.url(), "svc", Secret::new("hunter2"));
        config.web.request_timeout = Duration::from_secs(60);
        let asked = Arc::new(AtomicBool::new(false));
        let look = Arc::clone(&asked);
        let ews = Ews::new(config)
            .unwrap()
            .until(Interrupt::new(move || look.load(Ordering::Relaxed)));
        let began = std::thread::scope(|scope| {
            let call = scope.spawn(|| ews.changes(&FolderId::new("F"), None).unwrap_err());
            while server.requests().is_empty() || server.requests()[0].text.is_empty() {
                assert!(!call.is_finished());
                std::thread::sleep(Duration::from_millis(5));
            }
            let began = Instant::now();
            asked.store(true, Ordering::Relaxed);
            let error = call.join().unwrap();
            assert_is(&error, RemoteClass::Interrupted, "given up");
            assert!(error.outcome_unknown);
            began
        });
        assert!(
            began.elapsed() < Duration::from_millis(1_300),
            "{:?}",
            began.elapsed()
        );
        server.wait_closed(1);
        let next = ews.changes(&FolderId::new("F"), None).unwrap_err();
        assert_is(&next, RemoteClass::Interrupted, "not sent");
        assert!(!next.outcome_unknown);
        assert_eq!(server.requests().len(), 1);
    }
}
