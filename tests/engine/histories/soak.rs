//! Histories for as long as one likes, in memory and over the adapters: `ECS_SOAK_SECONDS` for each, from seed `ECS_FIRST_SEED` on, by `ECS_SOAK_THREADS` threads.
//!
//! All that fail are collected; the totals go to the file `ECS_SOAK_REPORT` as one line of JSON.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::generator::{Mood, history};
use super::{Stage, check, number, report};
use crate::outlook::Outlook;
use crate::world::World;

/// So many failures are told in full.
const SHOWN: usize = 12;

/// P1, P2, P3, P4, P10: as the histories of every test run, with seeds that nobody has seen.
#[test]
fn histories_without_end() {
    let threads = number("ECS_SOAK_THREADS").unwrap_or(1);
    play_without_end("histories", threads, &World::with);
}

/// Plays histories for as long as somebody wants; `what` is what they are called in the report.
pub(super) fn play_without_end<R: Outlook>(what: &str, threads: u64, stage: &Stage<'_, R>) {
    let Some(seconds) = number("ECS_SOAK_SECONDS") else {
        return;
    };
    let until = Instant::now() + Duration::from_secs(seconds);
    let next = AtomicU64::new(number("ECS_FIRST_SEED").unwrap_or(1_000_000));
    let played = AtomicU64::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while Instant::now() < until {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    for mood in [Mood::Calm, Mood::Busy, Mood::Rough] {
                        let history = history(seed, mood);
                        played.fetch_add(1, Ordering::Relaxed);
                        if let Err(error) = check(stage, &history) {
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
            "{{\"{what}\": {played}, \"violations\": {}}}",
            failures.len()
        )
        .unwrap();
    }
    for (history, error) in failures.iter().take(SHOWN) {
        eprintln!("{}\n", report(stage, history, error));
    }
    assert!(
        failures.is_empty(),
        "{} of {played} {what} failed",
        failures.len()
    );
    eprintln!("{played} {what}");
}
