//! What is in files by the time somebody looks.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::exchange::artifacts::{Looked, collect_in};
use crate::sandbox::Refusal;

/// What is found at each path. Nothing is at any other.
fn looked(calls: Vec<Value>, place: &[(&str, Looked)]) -> ToolArtifacts {
    let place: BTreeMap<_, _> = place.iter().cloned().collect();
    let options = ToolArtifactsOptions::default().with_max_file_bytes(10).with_excluded(["mine.txt"]);
    collect_in(answered(calls).reply(), &options, |path| place.get(path).cloned().unwrap_or(Ok(None)))
}

fn found(content: &'static str) -> Looked {
    Ok(Some(Bytes::from_static(content.as_bytes())))
}

fn patched(ended: u32, path: &str) -> Value {
    patch(ended, json!([{ "filePath": path, "relativePath": path, "type": "update" }]))
}

/// W-51: what formatters and commands of a shell did after a write was not in what was stored.
#[test]
fn w51_what_is_there_counts_whatever_calls_have_said() {
    let calls =
        vec![write(1, "a", "said"), edit(2, "b"), patched(3, "c"), write(4, "d", "said"), edit(5, "d")];
    let place =
        [("a", found("formatted")), ("b", found("edited")), ("c", found("patched")), ("d", found(""))];
    let artifacts = looked(calls, &place);
    assert_eq!(files(&artifacts), [("a", "formatted"), ("b", "edited"), ("c", "patched"), ("d", "")]);
    let origins: Vec<_> = artifacts.files.iter().map(|file| file.origin).collect();
    assert_eq!(origins, [FileOrigin::Written, FileOrigin::Edited, FileOrigin::Patched, FileOrigin::Edited]);
    assert_eq!(artifacts.dropped, []);
}

#[test]
fn g22_what_is_not_there_is_as_its_call_says_it_or_said_to_be_left_out() {
    let link = DropReason::Unsafe { why: Refusal::Link };
    for (looked_at, reason) in [
        (Ok(None), DropReason::Gone),
        (Err(DropReason::Gone), DropReason::Gone),
        (Err(DropReason::Outside), DropReason::Outside),
        (Err(link.clone()), link),
    ] {
        let place = ["a", "b", "c"].map(|path| (path, looked_at.clone()));
        let artifacts = looked(vec![write(1, "a", "said"), edit(2, "b"), patched(3, "c")], &place);
        assert_eq!(files(&artifacts), [("a", "said")], "{reason}");
        assert_eq!(left_out(&artifacts), [(reason, "b c".to_owned())]);
    }
    let said = looked(vec![edit(1, "a")], &[("a", Err(DropReason::Unsafe { why: Refusal::Link }))]);
    assert_eq!(
        said.dropped[0].to_string(),
        "1 left out (not safe to read: it is a link, or in a folder that is one): a"
    );
}

#[test]
fn g22_a_file_that_has_grown_too_large_is_said_to_be_left_out() {
    let too_large = DropReason::TooLarge { limit: 10 };
    for place in [("a", found("01234567890")), ("a", Err(too_large.clone()))] {
        let artifacts = looked(vec![write(1, "a", "said")], &[place]);
        assert_eq!(artifacts.files, []);
        assert_eq!(left_out(&artifacts), [(too_large.clone(), "a".to_owned())]);
    }
}

#[test]
fn nobody_looks_for_what_is_not_wanted_or_not_there_any_more() {
    let gone = json!([{ "filePath": "b", "relativePath": "b", "type": "delete" }]);
    let calls = vec![write(1, "sub/mine.txt", "x"), write(2, "b", "x"), patch(3, gone), write(4, "c", "x")];
    let mut seen = Vec::new();
    let options = ToolArtifactsOptions::default().with_excluded(["mine.txt"]);
    collect_in(answered(calls).reply(), &options, |path| {
        seen.push(path.to_owned());
        Ok(None)
    });
    assert_eq!(seen, ["c"]);
}
