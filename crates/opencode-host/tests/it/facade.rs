//! The public paths of the facade: whoever adds, renames or removes one has to say so here.

use std::collections::BTreeSet;

/// Imports each name of the module called `exported`, so that it is known to exist, and gives the names.
macro_rules! names {
    ($($name:ident)*) => {{
        #[expect(unused_imports, reason = "that they can be imported is the test")]
        {
            $(use exported::$name;)*
        }
        [$(stringify!($name)),*]
    }};
}

#[test]
fn the_root_exports_these_and_no_others() {
    use opencode_host as exported;
    let names = names!(
        AgentBackend AgentEvent Answer ArtifactPlace Blocker BlockerPolicy Change ChangeKind Client ClientBuilder CreateSession Deadlines
        Decision Ending Error ErrorKind FollowPolicy MessageArtifacts OpenCodeBackend Outcome Prompt PromptBuilder Reply Result Rules
        Sandbox ServerPool SessionHandle Store StoreOptions Subject Turn TurnHandle TurnOutcome TurnRunner UiFeed UploadedFiles Usage Worker orchestrate policy store wire
    );
    let names = names.into_iter().chain(behind_features());
    assert_eq!(names.collect::<BTreeSet<_>>(), exported(include_str!("../../src/lib.rs")));
}

/// Those that are there with a feature that is not on by default.
#[cfg(feature = "supervisor")]
fn behind_features() -> [&'static str; 2] {
    use opencode_host as exported;
    names!(Supervisor SupervisorOptions)
}

/// The same, where they cannot be imported.
#[cfg(not(feature = "supervisor"))]
const fn behind_features() -> [&'static str; 2] {
    ["Supervisor", "SupervisorOptions"]
}

#[test]
fn the_prelude_exports_these_and_no_others() {
    use opencode_host::prelude as exported;
    let names = names!(
        Blocker Change ChangeKind Client CreateSession Deadlines Decision Ending Outcome Prompt Reply SessionHandle
        Turn policy
    );
    assert_eq!(BTreeSet::from(names), exported(include_str!("../../src/prelude.rs")));
}

#[test]
fn the_prelude_leaves_the_names_of_programs_alone() {
    use opencode_host::prelude::*;

    // A program's own `Error` and `Result` must not be hidden by ours.
    type Error = Box<dyn std::error::Error>;
    fn ending() -> Result<Ending, Error> {
        Ok(Ending::Completed)
    }
    assert!(ending().unwrap().is_completed());
}

/// The last names of all `pub use` of a source file.
fn exported(source: &str) -> BTreeSet<&str> {
    let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // Leaked, because the names are borrowed from it and a test ends soon.
    let code: &'static str = code.join("\n").leak();
    code.split("pub use ")
        .skip(1)
        .filter_map(|statement| statement.split(';').next())
        .flat_map(|statement| statement.split(['{', '}', ',']))
        .map(|path| path.rsplit(" as ").next().unwrap_or(path))
        .map(|path| path.rsplit("::").next().unwrap_or(path).trim())
        .filter(|name| !name.is_empty())
        .collect()
}
