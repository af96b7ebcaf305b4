//! The asynchronous runtime behind the synchronous ports, and what belongs to one process; both safe after a fork.
//!
//! A runtime starts no thread of its own and runs only while a call waits in it. MySQL has one for each thread that needs one, and each HTTP
//! client has its own, since it may be used on another thread than the one that made it.

#[cfg(feature = "web")]
mod framed;
mod interrupt;
mod kept;
#[cfg(any(feature = "web", feature = "mysql"))]
mod waiting;

#[cfg(feature = "web")]
pub use framed::exchange_framed;
pub use interrupt::Interrupt;
pub use kept::Kept;
#[cfg(any(feature = "web", feature = "mysql"))]
pub use waiting::{Interrupted, Runtime, at_hand};
