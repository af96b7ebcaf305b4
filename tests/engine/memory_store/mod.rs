//! An in-memory database behind the `Store` port, with the web app on its other side.

mod app;
mod batch;
mod port;
mod tables;

pub(crate) use app::Database;
pub(crate) use port::MemoryStore;
pub(crate) use tables::Schema;
