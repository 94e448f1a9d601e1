//! What holds in whatever order things are.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Doing {
    Write(u8, u8),
    Edit(u8),
    Patch(Vec<(u8, bool)>),
}

fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let one = prop_oneof![
        (0..4u8, any::<u8>()).prop_map(|(path, content)| Doing::Write(path, content)),
        (0..4u8).prop_map(Doing::Edit),
        prop::collection::vec((0..4u8, any::<bool>()), 0..4).prop_map(Doing::Patch),
    ];
    prop::collection::vec(one, 0..10)
}

proptest! {
    /// Where a message stands in a list says nothing.
    #[test]
    fn the_order_of_messages_changes_nothing(order in Just(compacted()).prop_shuffle()) {
        let (told, expected) = (exchange(order), exchange(compacted()));
        prop_assert_eq!(told.text(), expected.text());
        prop_assert_eq!(told.usage(), expected.usage());
        prop_assert_eq!(told.tool_artifacts(&[]), expected.tool_artifacts(&[]));
    }

    /// Every file is there with what is in it, or is said to be left out, or is gone: as a file system would have it.
    #[test]
    fn no_file_is_left_out_unsaid(doings in doings()) {
        let mut disk = std::collections::BTreeMap::new();
        let mut calls = Vec::new();
        for (at, doing) in (1u32..).zip(&doings) {
            match doing {
                Doing::Write(path, content) => {
                    disk.insert(*path, Some(content.to_string()));
                    calls.push(write(at, &path.to_string(), &content.to_string()));
                }
                Doing::Edit(path) => {
                    disk.insert(*path, None);
                    calls.push(edit(at, &path.to_string()));
                }
                Doing::Patch(all) => {
                    let mut told = Vec::new();
                    for (path, is_deleted) in all {
                        if *is_deleted { disk.remove(path); } else { disk.insert(*path, None); }
                        let kind = if *is_deleted { "delete" } else { "update" };
                        told.push(json!({ "filePath": path.to_string(), "relativePath": path.to_string(), "type": kind }));
                    }
                    calls.push(patch(at, json!(told)));
                }
            }
        }
        let artifacts = artifacts(calls);
        let mut told: Vec<_> =
            files(&artifacts).into_iter().map(|(path, content)| (path.to_owned(), Some(content.to_owned()))).collect();
        for dropped in &artifacts.dropped {
            prop_assert_eq!(dropped.count, dropped.paths.len());
            told.extend(dropped.paths.iter().map(|path| (path.clone(), None)));
        }
        told.sort();
        let expected: Vec<_> = disk.into_iter().map(|(path, content)| (path.to_string(), content)).collect();
        prop_assert_eq!(told, expected);
    }
}
