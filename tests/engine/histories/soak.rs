//! Histories for as long as one likes: `ECS_SOAK_SECONDS`, from seed `ECS_FIRST_SEED` on, by `ECS_SOAK_THREADS` threads.
//!
//! All that fail are collected; the totals go to the file `ECS_SOAK_REPORT` as one line of JSON.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::generator::{Mood, history};
use super::{check, number, report};

/// So many failures are told in full.
const SHOWN: usize = 12;

/// P1, P2, P3, P4, P10: as the histories of every test run, with seeds that nobody has seen.
#[test]
fn histories_without_end() {
    let Some(seconds) = number("ECS_SOAK_SECONDS") else {
        return;
    };
    let until = Instant::now() + Duration::from_secs(seconds);
    let next = AtomicU64::new(number("ECS_FIRST_SEED").unwrap_or(1_000_000));
    let played = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..number("ECS_SOAK_THREADS").unwrap_or(1) {
            scope.spawn(|| {
                while Instant::now() < until {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    for mood in [Mood::Calm, Mood::Busy, Mood::Rough] {
                        let history = history(seed, mood);
                        played.fetch_add(1, Ordering::Relaxed);
                        if let Err(error) = check(&history) {
                            failures.lock().unwrap().push((history, error));
                        }
                    }
                }
            });
        }
    });
    let (played, failures) = (played.into_inner(), failures.into_inner().unwrap());
    if let Ok(path) = std::env::var("ECS_SOAK_REPORT") {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        writeln!(
            file,
            "{{\"histories\": {played}, \"violations\": {}}}",
            failures.len()
        )
        .unwrap();
    }
    for (history, error) in failures.iter().take(SHOWN) {
        eprintln!("{}\n", report(history, error));
    }
    assert!(
        failures.is_empty(),
        "{} of {played} histories failed",
        failures.len()
    );
    eprintln!("{played} histories");
}
