//! The ports: what the driver needs from Exchange, from the database and from its caller.
//!
//! All of them are synchronous; adapters hide whatever they need to be so.

mod cache;
mod journal;
mod moving;
mod observer;
mod pair;
mod remote;
mod row;
mod step;
mod store;

pub use cache::{Cache, Cached, NoCache};
pub use journal::{
    Asked, Candidate, Conflict, ConflictRecord, Counts, GoneCounts, HeldRecord, Hold, HoldKind,
    Parked, Side, Unnoted,
};
pub use moving::{FoundBy, MoveCounts, MoveStore, Staged};
pub use observer::{Level, Observer, Question, Stage};
pub use pair::{Begun, CursorMove, Errand, Identity, Lease, PairState, Standing};
pub use remote::{
    Capabilities, Change, ChangePage, Fetched, Folder, Item, NewItem, Remote, TRANSLATED, Update,
    Written, distinct,
};
pub use row::{Look, Pending, Row, RowSeen, Unread};
pub use step::{Applied, Batch, Effect, LinkWrite, Missed, Planned, RowWrite, Seen, Step, Target};
pub use store::Store;
