//! The MySQL store against a real server.
//!
//! `ECS_TEST_MYSQL` names it: `mysql://root@localhost/?socket=/path`. The account must be allowed to make databases; each test has its
//! own. Without the variable the tests say so and pass.
#![cfg(feature = "mysql")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests fail loudly"
)]

mod apply;
mod bench;
mod cache;
mod children;
#[path = "../engine/clock.rs"]
#[allow(dead_code)]
mod clock;
mod computed;
mod definer;
mod documents;
mod emails;
mod install;
mod journal;
mod keys;
mod locks;
mod matching;
#[path = "../engine/memory_remote/mod.rs"]
#[allow(dead_code, unused_imports)]
mod memory_remote;
mod neighbours;
mod outbox;
#[path = "../engine/outlook.rs"]
#[allow(dead_code)]
mod outlook;
mod pair;
mod pictures;
mod pushes;
mod rounds;
#[path = "../engine/script.rs"]
#[allow(dead_code)]
mod script;
mod support;
mod tables;
mod turns;
