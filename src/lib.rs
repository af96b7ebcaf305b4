//! Keeps a MySQL contacts table and an Exchange contacts folder one and the same address book.
//!
//! The layers and what each may import are described in `ARCHITECTURE.md`. `contact` and `sync` are
//! pure: values in, values out. `ews` and `mysql` are adapters behind the ports of `sync`, and `php`
//! is the composition root.

pub mod contact;
pub mod sync;

#[cfg(feature = "web")]
pub mod web;

#[cfg(feature = "ews")]
pub mod ews;

#[cfg(feature = "graph")]
pub mod graph;

#[cfg(feature = "mysql")]
pub mod mysql;

#[cfg(any(feature = "ews", feature = "mysql"))]
mod html;

#[cfg(any(feature = "web", feature = "mysql"))]
pub mod runtime;

#[cfg(feature = "php")]
mod php;
