//! Where an event happened, and where it stands in a log.

use serde::Deserialize;

use crate::ids::{ProjectId, SessionId, WorkspaceId};
use crate::model::Count;

/// Where an event happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct Location {
    /// The directory, as the server has normalised it.
    #[serde(default)]
    pub directory: Option<Box<str>>,
    /// The project that the directory belongs to; V2 routes do not tell it.
    #[serde(skip)]
    pub project_id: Option<ProjectId>,
    /// The workspace.
    #[serde(default, rename = "workspaceID")]
    pub workspace_id: Option<WorkspaceId>,
}

/// Where an event stands in the log of its session, as V2 routes tell it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Durable {
    /// Whose log it is: the session.
    #[serde(rename = "aggregateID")]
    pub aggregate_id: SessionId,
    /// Its place in the log, from 0.
    pub seq: Count,
    /// The version of its shape.
    #[serde(default)]
    pub version: Count,
}

impl Location {
    /// Boxed, or nothing if nothing is known.
    pub(super) fn into_boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}
