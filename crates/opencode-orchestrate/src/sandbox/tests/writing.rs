//! What is written into a sandbox, and what not.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::super::point::Point;
use super::super::{Refusal, SandboxError};
use super::attack::Attack;
use super::meddle::{at, has_happened};
use super::stage::{LIMIT, Stage, WORK, name, names_in, work};

#[test]
fn a_file_is_written_as_a_whole_and_folders_are_made() {
    let stage = Stage::new();
    stage.sandbox.write(&name("a/b/c.md"), b"new").unwrap();
    stage.sandbox.write(&work(), b"newer").unwrap();
    assert_eq!(std::fs::read(stage.inside.join("a/b/c.md")).unwrap(), b"new");
    assert_eq!(stage.read().unwrap(), b"newer");
    assert_eq!(names_in(&stage.inside.join("a/b")), ["c.md"], "and nothing is left over");
}

#[test]
fn a_file_that_is_not_finished_is_nowhere() {
    let stage = Stage::new();
    let mut file = stage.sandbox.create_file(&work()).unwrap();
    file.write_all(b"half").unwrap();
    assert_eq!((file.written(), stage.read().unwrap()), (4, WORK.to_vec()));
    drop(file);
    assert_eq!(names_in(&stage.inside.join("deep")), ["work.txt"]);
}

#[test]
fn more_bytes_than_allowed_are_refused_and_nothing_is_left() {
    let stage = Stage::new();
    let bytes = vec![b'x'; usize::try_from(LIMIT).unwrap() + 1];
    let error = stage.sandbox.write(&work(), &bytes).unwrap_err();
    assert_eq!(error.to_string(), r#""deep/work.txt" is left out: it has more than 64 bytes"#);
    assert_eq!(stage.read().unwrap(), WORK);
    assert_eq!(names_in(&stage.inside.join("deep")), ["work.txt"]);
}

#[test]
fn g20_a_link_is_replaced_and_what_it_leads_to_is_not() {
    let stage = Stage::new();
    symlink(stage.outside.join("work.txt"), stage.inside.join("link")).unwrap();
    std::fs::hard_link(stage.outside.join("work.txt"), stage.inside.join("hard")).unwrap();
    for file in ["link", "hard"] {
        stage.sandbox.write(&name(file), b"new").unwrap();
        assert_eq!(stage.sandbox.file(&name(file)).unwrap().read().unwrap(), "new");
    }
    stage.assert_untouched();
}

#[test]
fn g20_nothing_is_written_through_a_folder_that_is_a_link() {
    let stage = Stage::new();
    symlink(&stage.outside, stage.inside.join("link")).unwrap();
    let error = stage.sandbox.write(&name("link/work.txt"), b"new").unwrap_err();
    assert!(matches!(error, SandboxError::Refused(refused) if refused.why == Refusal::Link));
    let error = stage.sandbox.write(&name("link/new/deeper.txt"), b"new").unwrap_err();
    assert!(matches!(error, SandboxError::Refused(refused) if refused.why == Refusal::Link));
    stage.assert_untouched();
}

#[test]
fn a_folder_is_not_replaced() {
    let stage = Stage::new();
    let error = stage.sandbox.write(&name("deep"), b"new").unwrap_err();
    assert_eq!(error.to_string(), r#""deep" is left out: it is a folder"#);
    assert_eq!(names_in(&stage.inside), ["deep"]);
}

#[test]
fn rights_are_kept_and_never_widened() {
    let stage = Stage::new();
    let rights =
        |file: &str| std::fs::metadata(stage.inside.join(file)).unwrap().permissions().mode() & 0o7777;
    let set = |mode| {
        let file = stage.inside.join("deep/work.txt");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o640);
    stage.sandbox.write(&work(), b"new").unwrap();
    assert_eq!(rights("deep/work.txt"), 0o640);
    // What makes programs run as somebody else is not taken over.
    set(0o4755);
    stage.sandbox.write(&work(), b"new").unwrap();
    assert_eq!(rights("deep/work.txt"), 0o755);
    // What a plain new file gets here, too.
    stage.sandbox.write(&name("new"), b"new").unwrap();
    std::fs::write(stage.inside.join("plain"), "").unwrap();
    assert_eq!(rights("new"), rights("plain"));
}

#[test]
fn files_and_links_are_removed_and_folders_are_not() {
    let stage = Stage::new();
    symlink(stage.outside.join("work.txt"), stage.inside.join("link")).unwrap();
    symlink(&stage.outside, stage.inside.join("folder")).unwrap();
    assert!(stage.sandbox.remove(&name("link")).unwrap());
    assert!(!stage.sandbox.remove(&name("link")).unwrap());
    assert!(stage.sandbox.remove(&work()).unwrap());
    assert_eq!(stage.sandbox.remove(&name("deep")).unwrap_err().why, Refusal::Folder);
    assert_eq!(stage.sandbox.remove(&name("folder/work.txt")).unwrap_err().why, Refusal::Link);
    stage.assert_untouched();
}

/// The temporary file, which the agent sees, too.
fn temporary(folder: &Path) -> String {
    let names = names_in(folder);
    names.into_iter().find(|name| name.starts_with(".opencode-write-")).expect("a temporary file")
}

fn outcome(point: Point, attack: Attack, is_temporary: bool) -> String {
    let stage = Stage::new();
    let folder = stage.inside.join("deep");
    let (inside, outside) = (stage.inside.clone(), stage.outside.clone());
    at(point, move || {
        let file = if is_temporary { temporary(&folder) } else { "work.txt".to_owned() };
        attack.carry_out(&inside, &outside, &folder.join(file));
    });
    let written = stage.sandbox.write(&work(), b"new");
    assert!(has_happened(), "{point:?} was not reached");
    stage.assert_untouched();
    for root in [stage.inside.clone(), stage.inside.with_extension("was")] {
        for folder in ["deep", "was deep"] {
            let left = root.join(folder);
            let is_ours = left.is_dir() && !left.is_symlink();
            // What the agent has made of the temporary file is the agent's.
            let is_clean = || !names_in(&left).iter().any(|name| name.starts_with(".opencode-write-"));
            assert!(!is_ours || is_temporary || is_clean(), "{attack:?} at {point:?}");
        }
    }
    match written {
        Ok(()) => "written".to_owned(),
        Err(SandboxError::Replaced { .. }) => {
            let was = stage.inside.with_extension("was").join("deep/work.txt");
            assert!(std::fs::read(&was).is_err(), "the file is nowhere");
            "the folder is another by now".to_owned()
        }
        Err(SandboxError::Refused(refused)) => refused.why.to_string(),
        Err(error) => panic!("{attack:?} at {point:?}: {error}"),
    }
}

#[test]
fn g20_whatever_is_done_between_two_calls_nothing_outside_is_written() {
    let mut table = String::new();
    for attack in Attack::ALL {
        for (target, is_temporary) in [("file", false), ("temporary file", true)] {
            writeln!(table, "{attack:?} of the {target}").unwrap();
            for point in [Point::Made, Point::Written, Point::Renamed] {
                if is_temporary && matches!(point, Point::Renamed) {
                    continue;
                }
                let outcome = outcome(point, attack, is_temporary);
                writeln!(table, "  {:<8} {outcome}", format!("{point:?}")).unwrap();
            }
        }
    }
    if cfg!(target_os = "linux") {
        insta::assert_snapshot!(table);
    }
}
