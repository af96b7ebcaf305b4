//! The adapter to MySQL and MariaDB: the app's contacts table and our own tables beside it.

mod answer;
mod apply;
mod asked;
mod back_off;
mod begin;
mod cache;
mod candidates;
mod categories;
mod check;
mod children;
mod column;
mod compare;
mod computed;
mod config;
mod connection;
mod document;
mod failure;
mod guess;
mod install;
mod introspect;
mod journal;
mod json_text;
mod key;
mod lease;
mod links;
mod literal;
mod look;
mod mapping;
mod moving;
mod outbox;
mod pair;
mod parked;
mod parts;
mod passes;
mod path;
mod photo_file;
mod picture;
mod ready;
mod repertoire;
mod rows;
mod schema;
mod store;
mod surroundings;
mod table;
mod timezone;
mod trial;
mod triggers;
mod turn;
mod url;

pub use cache::MySqlCache;
pub use computed::{Computed, Raw, Unanswered};
pub use config::{
    ChildConfig, ChildRows, ComputedConfig, MarkValue, MySqlConfig, ScopeValue, SlotConfig,
};
pub use path::Path;
pub use store::MySqlStore;
