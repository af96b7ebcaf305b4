//! What a contact holds: its properties, their values, and what the server computes.

pub mod computed;
pub mod extended;
pub mod extended_value;
pub mod fields;
pub mod slot;
pub mod value;
