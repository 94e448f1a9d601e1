//! Where the server works: project, paths, version control.

use http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::model::Timestamp;
use crate::model::object::object;

impl Client {
    /// The project that the client's directory belongs to.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn current_project(&self) -> Result<Project> {
        self.request(Method::GET, "/project/current", &[]).send_json().await
    }

    /// The paths that the server uses for the client's directory.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// println!("works in {}", client.paths().await?.directory);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn paths(&self) -> Result<Paths> {
        self.request(Method::GET, "/path", &[]).send_json().await
    }

    /// The state of version control in the client's directory.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn vcs(&self) -> Result<Vcs> {
        self.request(Method::GET, "/vcs", &[]).send_json().await
    }

    /// Ends what the server does in the client's directory: its turns are aborted and its event streams close.
    ///
    /// The next request about the directory starts afresh.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have happened.
    pub async fn dispose_instance(&self) -> Result<()> {
        self.request(Method::POST, "/instance/dispose", &[]).send_empty().await
    }
}

object! {
    /// A project: a repository, or a directory without one.
    pub struct Project {
        /// Its id; `global` for a directory without a repository.
        id: Option<ProjectId> = "id",
        /// Its root in the server's file system.
        worktree: String = "worktree",
        /// Its version control: `git`.
        vcs: Option<String> = "vcs",
        /// What people call it.
        name: Option<String> = "name",
        /// When it was first seen and changed.
        time: Option<ProjectTime> = "time",
        /// Other directories that belong to it.
        sandboxes: Vec<String> = "sandboxes",
    }
}

object! {
    /// When a project was first seen and changed.
    pub struct ProjectTime {
        /// When it was first seen.
        created: Timestamp = "created",
        /// When it was last changed.
        updated: Option<Timestamp> = "updated",
        /// When `AGENTS.md` was written.
        initialized: Option<Timestamp> = "initialized",
    }
}

object! {
    /// The paths that a server uses.
    pub struct Paths {
        /// The home directory.
        home: Option<String> = "home",
        /// Where it keeps state.
        state: String = "state",
        /// Where its configuration is.
        config: String = "config",
        /// The root of the project.
        worktree: String = "worktree",
        /// The directory that it works in, as it understood it: links and `..` resolved.
        directory: String = "directory",
    }
}

object! {
    /// The state of version control.
    pub struct Vcs {
        /// The branch.
        branch: Option<String> = "branch",
        /// The branch that others are compared with.
        default_branch: Option<String> = "default_branch",
    }
}
