//! A worker is killed at every point, and so is the server: no prompt is sent twice, no turn is lost, no end is wrong.
//!
//! Every await of a worker is a call of the store, a request, or an event. Each of them is handed on by something
//! that knows its name, so that a process can be told at which one to die; the code under test knows nothing of it.
//! Which points there are is found out by a worker that dies nowhere.

mod backend;
mod check;
pub(crate) mod child;
mod column;
mod layer;
mod matrix;
mod places;
mod points;
mod postgres;
pub(crate) mod program;
mod real;
mod said;
mod scene;
mod script;
mod sqlite;
mod stream;
