//! The engine against an Exchange folder and a database in memory: named scenarios and random histories with faults.
//! Needs no PHP, no MySQL and no network; where the adapters are built, the histories are also played over them, at a simulator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests fail loudly"
)]

#[cfg(all(feature = "ews", feature = "graph"))]
#[path = "../exchange/adapter.rs"]
mod adapter;
mod clock;
mod conformance;
#[cfg(all(feature = "ews", feature = "graph"))]
mod exchange;
mod histories;
mod ledger;
mod memory_remote;
mod memory_store;
mod oracle;
mod orders;
mod outlook;
mod random;
mod scenarios;
mod script;
#[cfg(all(feature = "ews", feature = "graph"))]
#[path = "../exchange/simulator.rs"]
mod simulator;
mod world;
