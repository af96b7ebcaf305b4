//! The simulator as a process of its own, and its side door, through which a test acts as the person in Outlook.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic and speak, and needs not all of it"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running simulator; it ends with the value.
pub struct Simulator {
    child: Child,
    /// The address of its service.
    pub url: String,
    /// The same by TLS, where it was given a certificate.
    pub secure_url: Option<String>,
}

/// The program: where the variable `SIMULATOR` says, else beside the tests that cargo built.
fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("SIMULATOR") {
        return Some(PathBuf::from(path));
    }
    let test = std::env::current_exe().ok()?;
    let profile = test.parent()?.parent()?;
    let folders = [
        profile.to_owned(),
        profile.parent()?.join("release"),
        profile.parent()?.join("debug"),
    ];
    let mut programs = folders
        .iter()
        .map(|folder| folder.join("exchange-simulator"));
    programs.find(|program| program.exists())
}

impl Simulator {
    /// Starts one; says so and gives `None` where it is not built.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!("skipped: exchange-simulator is not built, and SIMULATOR does not name it");
            return None;
        };
        let mut child = Command::new(program)
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut announced = || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line.trim()
                .strip_prefix("listening on ")
                .unwrap()
                .to_owned()
        };
        let url = announced();
        let secure = arguments.contains(&"--tls-certificate");
        let secure_url = secure.then(announced);
        Some(Self {
            child,
            url,
            secure_url,
        })
    }

    /// Sends JSON to the side door and gives its answer.
    pub fn post(&self, path: &str, json: &str) -> String {
        self.side_door("POST", path, json)
    }

    /// Asks the side door.
    pub fn get(&self, path: &str) -> String {
        self.side_door("GET", path, "")
    }

    /// Removes all planted faults.
    pub fn clear_faults(&self) {
        self.side_door("DELETE", "faults", "");
    }

    fn side_door(&self, method: &str, path: &str, json: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let host = host.split('/').next().unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let length = json.len();
        write!(
            stream,
            "{method} /_sim/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The number of a key in a JSON text.
pub fn number(json: &str, key: &str) -> u64 {
    let (_, rest) = json.split_once(&format!("\"{key}\":")).unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// The text value of a key in a JSON text.
pub fn value(json: &str, key: &str) -> String {
    let (_, rest) = json.split_once(&format!("\"{key}\":\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}
