//! The files that a patch names.

/// What stands in front of a path in a patch of `apply_patch`.
const MARKS: [&str; 3] = ["*** Add File: ", "*** Update File: ", "*** Delete File: "];

/// The files of a patch in words: the first, and how many more there are.
pub(super) fn target(patch: &str) -> Option<String> {
    let mut paths = patch.lines().filter_map(|line| {
        let path = MARKS.iter().find_map(|mark| line.strip_prefix(mark))?.trim();
        (!path.is_empty()).then_some(path)
    });
    let first = paths.next()?;
    Some(match paths.count() {
        0 => first.to_owned(),
        more => format!("{first} and {more} more"),
    })
}
