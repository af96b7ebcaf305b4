//! The adapter to Exchange Web Services: against the simulator, against scripted servers that are not well-behaved, and over recordings of
//! real ones.
#![cfg(feature = "ews")]

mod against_simulator;
mod autodiscover;
mod emails;
mod hostile;
mod ntlm;
mod oauth;
mod photo;
mod proxy;
mod reading;
mod recordings;
mod requests;
mod tls;
mod transport;

#[path = "../exchange/scripted.rs"]
mod scripted;
#[path = "../exchange/simulator.rs"]
mod simulator;
#[path = "../exchange/whole.rs"]
mod whole;
