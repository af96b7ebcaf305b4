//! Exchange over Exchange Web Services.

pub mod wire;
