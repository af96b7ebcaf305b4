//! Recording requests and answers into files, so that other programs can check them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes numbered files into a directory.
pub struct Recorder {
    directory: PathBuf,
    next: AtomicU64,
}

impl Recorder {
    /// Makes the directory if it is missing.
    pub fn new(directory: PathBuf) -> std::io::Result<Self> {
        fs::create_dir_all(&directory)?;
        Ok(Self {
            directory,
            next: AtomicU64::new(1),
        })
    }

    /// Writes a request; the number its answer gets too.
    pub fn request(&self, operation: &str, body: &[u8]) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.write(number, operation, "request.xml", body);
        number
    }

    /// Writes a request to Graph: what it asks and its body, without its other headers.
    pub fn graph_request(&self, operation: &str, line: &str, body: &[u8]) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let whole = [line.as_bytes(), b"\n\n", body].concat();
        self.write(number, operation, "request.txt", &whole);
        number
    }

    /// Writes an answer of Graph.
    pub fn graph_response(&self, number: u64, operation: &str, status: u16, body: &[u8]) {
        let whole = [format!("{status}\n\n").as_bytes(), body].concat();
        self.write(number, operation, "response.txt", &whole);
    }

    /// Writes an answer as it was made, before anything spoils it.
    pub fn response(&self, number: u64, operation: &str, body: &str) {
        self.write(number, operation, "response.xml", body.as_bytes());
    }

    fn write(&self, number: u64, operation: &str, kind: &str, body: &[u8]) {
        // A full disk must not change what the server answers.
        let _ = fs::write(
            self.directory
                .join(format!("{number:06}-{operation}-{kind}")),
            body,
        );
    }
}
