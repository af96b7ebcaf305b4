//! An in-memory database behind the `Store` port, with the web app on its other side.

mod app;
mod batch;
mod links;
mod matching;
mod moving;
mod planning;
mod port;
mod session;
mod tables;

pub(crate) use app::Database;
pub(crate) use session::MemoryStore;
pub(crate) use tables::{Schema, StoredLink};
