//! What a turn has said so far, as rows: parts that grow without being rewritten, and usage that is counted once.

mod part;
mod policy;
mod snapshot;
mod snapshotter;
mod store;
mod usage;
mod written;

pub use self::part::{Growing, PartBody, PartWrite, StoredPart};
pub use self::policy::SnapshotPolicy;
pub use self::snapshot::Snapshot;
pub use self::snapshotter::Snapshotter;
pub use self::store::ReplyStore;
pub use self::usage::{StepUsage, UsageOf};
pub(crate) use self::usage::{dollars, nanos};
