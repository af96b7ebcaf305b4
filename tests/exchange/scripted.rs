//! A scripted HTTP server on loopback that shows how a client behaves when things go wrong.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "each test file uses a part of it, and a test may panic"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which connection it came over, from 0.
    pub connection: usize,
    /// The head, and the body if it was read.
    pub text: String,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers with these bytes and keeps the connection.
    Answer(Vec<u8>),
    /// Answers with these bytes and closes the connection.
    AnswerAndClose(Vec<u8>),
    /// Closes the connection after the first byte of the request.
    CloseAfterFirstByte,
    /// Reads the whole request and closes the connection without an answer.
    CloseAfterRequest,
    /// Reads the whole request and never answers.
    Silence,
    /// Answers with the first bytes, then with the second ones again and again, with a pause before each, for as long as anybody reads.
    Endless(Vec<u8>, Vec<u8>, Duration),
}

#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    closed: usize,
}

/// A server that follows a script: the n-th request is treated as the n-th act says, the last act for all others.
pub struct Scripted {
    pub address: SocketAddr,
    log: Arc<(Mutex<Log>, Condvar)>,
}

impl Scripted {
    pub fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new((Mutex::new(Log::default()), Condvar::new()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            let script = Arc::new(script);
            for (connection, stream) in listener.incoming().enumerate() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&shared));
                std::thread::spawn(move || {
                    let _ = serve(stream.unwrap(), connection, &script, &log);
                    log.0.lock().unwrap().closed += 1;
                    log.1.notify_all();
                });
            }
        });
        Self { address, log }
    }

    pub fn url(&self) -> String {
        format!("http://{}/EWS/Exchange.asmx", self.address)
    }

    /// All requests of which at least a byte arrived.
    pub fn requests(&self) -> Vec<Request> {
        self.log.0.lock().unwrap().requests.clone()
    }

    /// Waits until this many connections have ended.
    pub fn wait_closed(&self, count: usize) {
        let guard = self.log.0.lock().unwrap();
        let limit = Duration::from_secs(20);
        let (_guard, waited) = self
            .log
            .1
            .wait_timeout_while(guard, limit, |log| log.closed < count)
            .unwrap();
        assert!(!waited.timed_out(), "the connection did not end");
    }
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    script: &[Act],
    log: &(Mutex<Log>, Condvar),
) -> std::io::Result<()> {
    loop {
        let mut first = [0];
        if stream.read(&mut first)? == 0 {
            return Ok(());
        }
        let number = {
            let mut log = log.0.lock().unwrap();
            log.requests.push(Request {
                connection,
                text: String::new(),
            });
            log.requests.len() - 1
        };
        let act = script.get(number).or(script.last()).unwrap();
        if matches!(act, Act::CloseAfterFirstByte) {
            return Ok(());
        }
        let text = read_request(&mut stream, first[0])?;
        log.0.lock().unwrap().requests[number].text = text;
        match act {
            Act::Answer(bytes) => stream.write_all(bytes)?,
            Act::AnswerAndClose(bytes) => return stream.write_all(bytes),
            Act::Silence => loop {
                if stream.read(&mut first)? == 0 {
                    return Ok(());
                }
            },
            Act::Endless(head, more, pause) => {
                stream.write_all(head)?;
                loop {
                    std::thread::sleep(*pause);
                    stream.write_all(more)?;
                }
            }
            Act::CloseAfterFirstByte | Act::CloseAfterRequest => return Ok(()),
        }
    }
}

/// Reads a request of which the first byte has been read.
pub fn read_request(stream: &mut impl Read, first: u8) -> std::io::Result<String> {
    let mut bytes = vec![first];
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = Request {
        connection: 0,
        text: head.clone(),
    };
    let length = length.header("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body)?;
    Ok(head + &String::from_utf8_lossy(&body))
}

/// An HTTP answer with a status line such as `200 OK`, further header lines, and a body.
pub fn http(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\n");
    for header in headers {
        out += header;
        out += "\r\n";
    }
    out += &format!("Content-Length: {}\r\n\r\n", body.as_ref().len());
    let mut out = out.into_bytes();
    out.extend_from_slice(body.as_ref());
    out
}

/// A successful answer in XML.
pub fn ok(body: &str) -> Vec<u8> {
    http("200 OK", &["Content-Type: text/xml; charset=utf-8"], body)
}

/// A SOAP envelope around the messages of an operation.
pub fn envelope(operation: &str, messages: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <m:{operation}Response xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">\
         <m:ResponseMessages>{messages}</m:ResponseMessages></m:{operation}Response></s:Body></s:Envelope>"
    )
}

/// A success message of an operation with its part.
pub fn success(operation: &str, part: &str) -> String {
    format!(
        "<m:{operation}ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>{part}</m:{operation}ResponseMessage>"
    )
}

/// An error message of an operation.
pub fn failure(operation: &str, code: &str) -> String {
    format!(
        "<m:{operation}ResponseMessage ResponseClass=\"Error\"><m:MessageText>text</m:MessageText><m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey></m:{operation}ResponseMessage>"
    )
}

/// A SOAP fault with a code.
pub fn fault(code: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:{code}</faultcode>\
         <faultstring>text</faultstring><detail><e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{code}</e:ResponseCode>\
         <t:MessageXml xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><t:Value Name=\"BackOffMilliseconds\">1500</t:Value></t:MessageXml></detail></s:Fault></s:Body></s:Envelope>"
    )
}

/// The answer to GetFolder for the contacts folder.
pub fn contacts_folder() -> String {
    let folder = "<m:Folders><t:ContactsFolder><t:FolderId Id=\"F\" ChangeKey=\"AwAAAA==\"/><t:FolderClass>IPF.Contact</t:FolderClass><t:DisplayName>Contacts</t:DisplayName><t:TotalCount>2</t:TotalCount></t:ContactsFolder></m:Folders>";
    envelope("GetFolder", &success("GetFolder", folder))
}

/// The answer to CreateItem for one contact.
pub fn created() -> String {
    let item = "<m:Items><t:Contact><t:ItemId Id=\"I\" ChangeKey=\"K\"/></t:Contact></m:Items>";
    envelope("CreateItem", &success("CreateItem", item))
}
