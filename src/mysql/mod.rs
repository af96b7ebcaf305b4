//! The adapter to MySQL and MariaDB: the app's contacts table and our own tables beside it.

mod answer;
mod apply;
mod candidates;
mod categories;
mod check;
mod column;
mod compare;
mod config;
mod connection;
mod failure;
mod guess;
mod install;
mod introspect;
mod journal;
mod key;
mod lease;
mod links;
mod literal;
mod look;
mod nearest;
mod outbox;
mod pair;
mod parked;
mod passes;
mod ready;
mod repertoire;
mod rows;
mod schema;
mod store;
mod table;
mod timezone;
mod triggers;
mod url;

pub use check::CheckStep;
pub use config::{MarkValue, MySqlConfig, ScopeValue};
pub use store::MySqlStore;
