//! The asynchronous runtime behind the synchronous ports, and what belongs to one process; both safe after a fork.
//!
//! There is one single-threaded runtime for each thread that needs one; it starts no thread of its own and runs only while a call
//! waits in `Runtime::block_on`.

#[cfg(feature = "web")]
mod beside;
#[cfg(feature = "web")]
mod framed;
mod interrupt;
mod kept;
#[cfg(feature = "mysql")]
mod waiting;

#[cfg(feature = "web")]
pub use beside::{Beside, NoResult};
#[cfg(feature = "web")]
pub use framed::exchange_framed;
pub use interrupt::Interrupt;
pub use kept::Kept;
#[cfg(feature = "mysql")]
pub use waiting::Runtime;
