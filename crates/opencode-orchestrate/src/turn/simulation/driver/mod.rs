//! How a worker carries a turn, over the simulated network and store.
//!
//! The rules are the product's own: [`Course`](super::super::course::Course), the follower of `opencode-wire`,
//! [`ending`](super::super::ending), the [`Recorder`](super::super::recorder::Recorder). What stands here is the order of IO that the
//! product has in files of the same names, which need a runtime and sockets. A change there is a change here:
//!
//! | here | the product's |
//! |---|---|
//! | `carrier` | `turn::carrier` |
//! | `following` | `turn::following` |
//! | `runner` | `turn::runner`, `turn::keeper`, `turn::steering` |
//! | `worker` | `worker::shift` |
//! | `sessions` | `opencode_store::session::Sessions` |
//! | `wire` | `opencode_wire::drive`: builder, driver, answer |
//! | `fetching` | `opencode_wire::drive`: fetch |

mod carrier;
mod fetching;
mod following;
mod runner;
mod sessions;
mod wire;
mod worker;

pub(super) use self::worker::work;
