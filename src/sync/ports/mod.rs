//! The ports: what the driver needs from Exchange, from the database and from its caller.
//!
//! All of them are synchronous; adapters hide whatever they need to be so.

mod observer;
mod remote;
mod store;

pub use observer::{Level, Observer, Question, Stage};
pub use remote::{
    Capabilities, Change, ChangePage, Fetched, Folder, Item, NewItem, Remote, Update, Written,
};
pub use store::{
    Applied, Batch, Candidate, Conflict, ConflictRecord, Counts, CursorMove, Effect, GoneCounts,
    HeldRecord, Hold, HoldKind, Identity, Lease, LinkWrite, Look, Missed, PairState, Parked,
    Pending, Row, RowSeen, RowWrite, Seen, Side, Step, Store, Target,
};
