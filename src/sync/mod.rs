//! The engine: vocabulary, three-way merge, plans, first-run matching, ports and the driver.
//!
//! Everything here but the driver is pure: state in, decision out. The driver calls the ports in an order in which a killed
//! process at any line loses and doubles nothing.

pub mod back_off;
pub mod base;
pub mod clock;
pub mod email_overflow;
pub mod engine;
pub mod error;
pub mod finding;
pub mod ids;
pub mod link;
pub mod matching;
pub mod merge;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod report;
