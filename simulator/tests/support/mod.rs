//! Starts the simulator and talks to it over plain sockets.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running simulator; it ends with the value.
pub struct Simulator {
    child: Child,
    address: String,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Simulator {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_exchange-simulator"))
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("one line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|l| l.strip_suffix("/EWS/Exchange.asmx"));
        Self {
            address: address.expect("the address").to_owned(),
            child,
        }
    }

    /// One request on a connection of its own. An error is a connection that was cut.
    pub fn http(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        )?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let cut = || std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "no whole answer");
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .expect("a status");
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")
                    .map(|n| n.trim().parse::<usize>().expect("a number"))
            })
            // An answer without content has no length either.
            .or((status == 204).then_some(0))
            .ok_or_else(cut)?;
        if body.len() < length {
            return Err(cut());
        }
        Ok(Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }

    /// A SOAP request with the usual account; the raw outcome.
    pub fn try_soap(&self, header: &str, body: &str) -> std::io::Result<Answer> {
        // svc:secret
        let headers =
            "Authorization: Basic c3ZjOnNlY3JldA==\r\nContent-Type: text/xml; charset=utf-8\r\n";
        self.http(
            "POST",
            "/EWS/Exchange.asmx",
            headers,
            &envelope(header, body),
        )
    }

    /// A SOAP request that is answered with status 200.
    pub fn soap(&self, body: &str) -> String {
        let answer = self.try_soap("", body).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// A SOAP request that is refused with a fault; its code.
    pub fn fault(&self, header: &str, body: &str) -> String {
        let answer = self.try_soap(header, body).expect("an answer");
        assert_eq!(answer.status, 500, "{}", answer.body);
        between(
            &answer.body,
            "<e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">",
            "<",
        )
    }

    /// The side door.
    pub fn door(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self
            .http(method, &format!("/_sim/{path}"), "", &body)
            .expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Plants a fault.
    pub fn plant(&self, fault: &Value) {
        self.door("POST", "faults", fault);
    }

    /// Makes a contact the way Outlook does; its id and change key.
    pub fn outlook_contact(&self, fields: &Value) -> (String, String) {
        let made = self.door("POST", "items", &json!({ "fields": fields }));
        (
            made["id"].as_str().expect("an id").to_owned(),
            made["changeKey"].as_str().expect("a key").to_owned(),
        )
    }
}

pub fn envelope(header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
         xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>\
         <t:RequestServerVersion Version=\"Exchange2013_SP1\"/>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// The text between two marks, empty where they are missing.
pub fn between(text: &str, start: &str, end: &str) -> String {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or(String::new(), |(found, _)| found.to_owned())
}

/// All texts between two marks.
pub fn all_between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split_once(end))
        .map(|(found, _)| found.to_owned())
        .collect()
}

/// Response codes of an answer in order.
pub fn codes(answer: &str) -> Vec<String> {
    all_between(answer, "<m:ResponseCode>", "<")
}

pub fn get_item(ids: &[&str]) -> String {
    let ids: String = ids
        .iter()
        .map(|id| format!("<t:ItemId Id=\"{id}\"/>"))
        .collect();
    format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Text</t:BodyType>\
         <t:AdditionalProperties><t:FieldURI FieldURI=\"item:Categories\"/><t:FieldURI FieldURI=\"contacts:Birthday\"/>\
         <t:ExtendedFieldURI PropertySetId=\"7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77\" PropertyName=\"Uid\" \
         PropertyType=\"String\"/><t:ExtendedFieldURI PropertyTag=\"0x3A45\" PropertyType=\"String\"/>\
         </t:AdditionalProperties></m:ItemShape><m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
    )
}

pub fn sync(state: &str, limit: u32) -> String {
    sync_folder("<t:DistinguishedFolderId Id=\"contacts\"/>", state, limit)
}

pub fn sync_folder(folder: &str, state: &str, limit: u32) -> String {
    let state = if state.is_empty() {
        String::new()
    } else {
        format!("<m:SyncState>{state}</m:SyncState>")
    };
    format!(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>\
         <m:SyncFolderId>{folder}</m:SyncFolderId>{state}<m:MaxChangesReturned>{limit}</m:MaxChangesReturned>\
         </m:SyncFolderItems>"
    )
}

pub fn create(contact: &str) -> String {
    format!(
        "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:SavedItemFolderId><t:DistinguishedFolderId Id=\"contacts\"/>\
         </m:SavedItemFolderId><m:Items><t:Contact>{contact}</t:Contact></m:Items></m:CreateItem>"
    )
}

pub fn update(resolution: &str, id: &str, key: &str, changes: &str) -> String {
    let key = if key.is_empty() {
        String::new()
    } else {
        format!(" ChangeKey=\"{key}\"")
    };
    format!(
        "<m:UpdateItem ConflictResolution=\"{resolution}\" MessageDisposition=\"SaveOnly\"><m:ItemChanges><t:ItemChange>\
         <t:ItemId Id=\"{id}\"{key}/><t:Updates>{changes}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
}

pub fn set(path: &str, content: &str) -> String {
    format!("<t:SetItemField>{path}<t:Contact>{content}</t:Contact></t:SetItemField>")
}

pub fn set_given_name(name: &str) -> String {
    set(
        "<t:FieldURI FieldURI=\"contacts:GivenName\"/>",
        &format!("<t:GivenName>{name}</t:GivenName>"),
    )
}

/// The schema beside the checkout and xmllint, or None with a word about why the check is skipped.
pub fn schema() -> Option<PathBuf> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ews-schema/ews.xsd");
    let linter = Command::new("xmllint").arg("--version").output();
    if !schema.exists() || linter.is_err() {
        eprintln!("skipped: ../shared/ews-schema or xmllint is missing");
        return None;
    }
    Some(schema)
}

/// Validates files; the complaints.
pub fn complaints(schema: &Path, files: &[PathBuf]) -> String {
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .args(files)
        .output()
        .expect("xmllint runs");
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .filter(|line| !line.ends_with(" validates"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A simulator whose traffic is kept, to be checked against the schema at the end.
pub fn recorded(name: &str) -> (Simulator, PathBuf) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    let sim = Simulator::start(&["--record", directory.to_str().expect("a path")]);
    (sim, directory)
}

/// Checks all recorded traffic against the schema, `least` files at least. A request that was
/// refused with ErrorSchemaValidation must be invalid there too.
pub fn assert_valid(directory: &Path, least: usize) {
    let Some(schema) = schema() else { return };
    let mut valid = Vec::new();
    for entry in std::fs::read_dir(directory).expect("recorded") {
        let response = entry.expect("a file").path();
        let name = response.to_string_lossy().into_owned();
        if !name.ends_with("-response.xml") {
            continue;
        }
        let request = PathBuf::from(name.replace("-response", "-request"));
        let text = std::fs::read_to_string(&response).expect("text");
        valid.push(response);
        if text.contains("ErrorSchemaValidation") {
            let complaints = complaints(&schema, std::slice::from_ref(&request));
            assert_ne!(complaints, "", "the schema allows {}", request.display());
        } else {
            valid.push(request);
        }
    }
    assert!(valid.len() >= least, "only {} files", valid.len());
    assert_eq!(complaints(&schema, &valid), "");
}

/// GetItem of one item with nothing but these paths.
pub fn get_paths(id: &str, paths: &str) -> String {
    format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{paths}\
         </t:AdditionalProperties></m:ItemShape><m:ItemIds><t:ItemId Id=\"{id}\"/></m:ItemIds></m:GetItem>"
    )
}

/// A path to a property.
pub fn field(name: &str) -> String {
    format!("<t:FieldURI FieldURI=\"{name}\"/>")
}

/// A DeleteItemField of a path.
pub fn clear(path: &str) -> String {
    format!("<t:DeleteItemField>{path}</t:DeleteItemField>")
}

/// Percent-encodes an id for the side door.
pub fn encoded(id: &str) -> String {
    id.replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

/// The value that an answer of GetItem shows for the only extended property that was asked for.
pub fn value_of(sim: &Simulator, id: &str, path: &str) -> Option<String> {
    let answer = sim.soap(&get_paths(id, path));
    assert_eq!(codes(&answer), ["NoError"], "{answer}");
    if answer.contains("<t:Value/>") {
        return Some(String::new());
    }
    answer
        .contains("<t:Value>")
        .then(|| between(&answer, "<t:Value>", "</t:Value>"))
}

/// A SetItemField of an extended property.
pub fn set_value(path: &str, value: &str) -> String {
    set(
        path,
        &format!("<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>"),
    )
}

/// The codes of an UpdateItem that overwrites whatever is there.
pub fn changed(sim: &Simulator, id: &str, changes: &str) -> String {
    codes(&sim.soap(&update("AlwaysOverwrite", id, "", changes))).concat()
}
