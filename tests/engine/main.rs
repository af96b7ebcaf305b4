//! The engine against an Exchange folder and a database in memory: named scenarios and random histories with faults.
//! Needs no PHP, no MySQL and no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests fail loudly"
)]

mod clock;
mod conformance;
mod histories;
mod memory_remote;
mod memory_store;
mod oracle;
mod orders;
mod random;
mod scenarios;
mod script;
mod world;
