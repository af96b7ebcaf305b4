//! An application with a token that talks to Graph.

use serde_json::{Value, json};

use crate::support::{Answer, Simulator};

pub const MAILBOX: &str = "a@example.com";
pub const IMMUTABLE: &str = "Prefer: IdType=\"ImmutableId\"\r\n";
pub const UID: &str = "String {7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77} Name SyncUid";
/// A photo that is text, so that it can be compared as such.
pub const PICTURE: &str = "no picture, but bytes";

/// A simulator with two mailboxes, and the application's token.
pub struct Graph {
    pub sim: Simulator,
    token: String,
}

/// An answer with its JSON; null where the body is none.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
    pub json: Value,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        let json = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        Self {
            status: answer.status,
            head: answer.head,
            body: answer.body,
            json,
        }
    }
}

impl Reply {
    /// The code of an error.
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_default().to_owned()
    }

    /// The value of each entry under a name.
    pub fn each(&self, name: &str) -> Vec<Value> {
        let entries = self.json["value"].as_array().expect("a list");
        entries.iter().map(|entry| entry[name].clone()).collect()
    }
}

impl Graph {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A simulator with more arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let usual = [
            "--oauth-client",
            "app:s3cret",
            "--mailbox",
            MAILBOX,
            "--mailbox",
            "b@example.com",
        ];
        let sim = Simulator::start(&[&usual, arguments].concat());
        let token = token(&sim, "https://graph.microsoft.com/.default");
        Self { sim, token }
    }

    pub fn authorization(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    /// A request to an address below /v1.0; an error is a connection that was cut.
    pub fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> std::io::Result<Reply> {
        let headers = format!("{}{headers}", self.authorization());
        let path = format!("/v1.0{path}");
        let answer = self.sim.http(method, &path, &headers, body)?;
        Ok(answer.into())
    }

    pub fn send(&self, method: &str, path: &str, headers: &str, body: &Value) -> Reply {
        let headers = format!("{headers}Content-Type: application/json\r\n");
        let answer = self.attempt(method, path, &headers, &body.to_string());
        answer.expect("an answer")
    }

    pub fn get_with(&self, path: &str, headers: &str) -> Reply {
        self.attempt("GET", path, headers, "").expect("an answer")
    }

    pub fn get(&self, path: &str) -> Reply {
        self.get_with(path, "")
    }

    pub fn delete(&self, path: &str, headers: &str) -> Reply {
        let answer = self.attempt("DELETE", path, headers, "");
        answer.expect("an answer")
    }

    /// Follows a link as it is.
    pub fn follow(&self, link: &Value, headers: &str) -> Reply {
        let link = link.as_str().expect("a link");
        let path = link
            .strip_prefix("http://sim/v1.0")
            .expect("a link to the host of the request");
        self.get_with(path, headers)
    }

    /// A new contact in the default folder.
    pub fn create(&self, contact: &Value) -> Reply {
        let made = self.send("POST", &contacts(""), "", contact);
        assert_eq!(made.status, 201, "{}", made.body);
        made
    }

    /// Parts of a batch, in the order of their ids.
    pub fn batch(&self, requests: &Value) -> Vec<Value> {
        let answer = self.send("POST", "/$batch", "", &json!({ "requests": requests }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut parts = answer.json["responses"].as_array().expect("parts").clone();
        parts.sort_by_key(|part| part["id"].as_str().map(str::to_owned));
        parts
    }

    pub fn modes(&self, modes: &Value) {
        self.sim.door("POST", "modes", modes);
    }

    pub fn stats(&self) -> Value {
        self.sim.door("GET", "stats", &Value::Null)
    }
}

/// A token for a scope.
pub fn token(sim: &Simulator, scope: &str) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id=app&client_secret=s3cret&scope={}",
        scope.replace(':', "%3A").replace('/', "%2F")
    );
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = sim.http("POST", "/tenant/oauth2/v2.0/token", kind, &form);
    let answer = Reply::from(answer.expect("an answer"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.text("access_token")
}

/// Addresses of the first mailbox.
pub fn user(path: &str) -> String {
    format!("/users/a%40example.com{path}")
}

/// Addresses below the contacts of the default folder.
pub fn contacts(path: &str) -> String {
    user(&format!("/contactFolders/contacts/contacts{path}"))
}

/// The address of a contact by its id, in no particular folder.
pub fn contact(id: &str) -> String {
    user(&format!("/contacts/{}", id.replace('=', "%3D")))
}

/// Percent-encodes an option.
pub fn encoded(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~()/$,;".contains(c);
    text.chars()
        .map(|c| match c {
            c if plain(c) => c.to_string(),
            c => {
                let mut bytes = [0; 4];
                let text = c.encode_utf8(&mut bytes);
                text.bytes().map(|byte| format!("%{byte:02X}")).collect()
            }
        })
        .collect()
}
