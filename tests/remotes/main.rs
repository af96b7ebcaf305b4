//! What every `Remote` has to do, over each of them, against the simulator: the adapters differ in their wire and in nothing else.
#![cfg(all(feature = "ews", feature = "graph"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../exchange/adapter.rs"]
mod adapter;
mod changes;
mod contacts;
mod doors;
mod failures;
mod hostile;
mod kinds;
mod lists;
mod photos;
#[path = "../exchange/scripted.rs"]
mod scripted;
#[path = "../exchange/simulator.rs"]
mod simulator;
#[path = "../exchange/whole.rs"]
mod whole;
