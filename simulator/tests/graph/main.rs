//! The simulator's Microsoft Graph over the wire: the checklist of the Graph reference's section 14.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod batch;
mod client;
mod contacts;
mod delta;
mod folders;
mod ids;
mod lists;
mod photos;
mod throttling;
