//! What holds in whatever order things are.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::exchange::artifacts::collect_in;
use crate::exchange::attached::attachments;

#[derive(Debug, Clone)]
enum Doing {
    Write(u8, u8),
    Edit(u8),
    Patch(Vec<(u8, Patching)>),
}

#[derive(Debug, Clone, Copy)]
enum Patching {
    Update,
    Delete,
    MoveTo(u8),
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Said(String),
    Edited,
    Patched,
}

fn patching() -> impl Strategy<Value = Patching> {
    prop_oneof![Just(Patching::Update), Just(Patching::Delete), (0..4u8).prop_map(Patching::MoveTo)]
}

fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let one = prop_oneof![
        (0..4u8, any::<u8>()).prop_map(|(path, content)| Doing::Write(path, content)),
        (0..4u8).prop_map(Doing::Edit),
        prop::collection::vec((0..4u8, patching()), 0..4).prop_map(Doing::Patch),
    ];
    prop::collection::vec(one, 0..10)
}

/// Each way to write a path is as good as any other.
fn path(number: u8, way: usize) -> String {
    ["/p/{}", "/p/./{}", "/p/x/../{}", "//p/{}"][way % 4].replace("{}", &number.to_string())
}

/// Calls, and what a file system would have after them.
fn calls(doings: &[Doing]) -> (Vec<Value>, BTreeMap<u8, Fate>) {
    let mut disk = BTreeMap::new();
    let mut calls = Vec::new();
    for (at, doing) in (1u32..).zip(doings) {
        let path = |number: u8| path(number, calls.len());
        let call = match doing {
            Doing::Write(number, content) => {
                disk.insert(*number, Fate::Said(content.to_string()));
                write(at, &path(*number), &content.to_string())
            }
            Doing::Edit(number) => {
                disk.insert(*number, Fate::Edited);
                edit(at, &path(*number))
            }
            Doing::Patch(all) => {
                let told = all.iter().map(|(number, patching)| {
                    let (kind, target) = match patching {
                        Patching::Update => ("update", None),
                        Patching::Delete => ("delete", None),
                        Patching::MoveTo(target) => ("move", Some(*target)),
                    };
                    if kind != "update" {
                        disk.remove(number);
                    }
                    if kind != "delete" {
                        disk.insert(target.unwrap_or(*number), Fate::Patched);
                    }
                    json!({ "filePath": path(*number), "type": kind, "movePath": target.map(path) })
                });
                let told: Vec<_> = told.collect();
                patch(at, json!(told))
            }
        };
        calls.push(call);
    }
    (calls, disk)
}

fn number(path: &str) -> u8 {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// Each file of these artifacts, and each that they say was left out.
fn fates(artifacts: &ToolArtifacts) -> Vec<(u8, Fate)> {
    let mut fates: Vec<_> = files(artifacts)
        .into_iter()
        .map(|(path, content)| (number(path), Fate::Said(content.to_owned())))
        .collect();
    for dropped in &artifacts.dropped {
        assert_eq!(dropped.count, dropped.paths.len());
        let fate = if dropped.reason == DropReason::Patched { Fate::Patched } else { Fate::Edited };
        fates.extend(dropped.paths.iter().map(|path| (number(path), fate.clone())));
    }
    fates.sort();
    fates
}

/// JSON of any shape, with the names in it that are looked for.
fn any_json() -> impl Strategy<Value = Value> {
    let names = "filePath|path|content|filepath|target|resource|files|applied|filediff|file|relativePath|movePath\
                 |type|status|uri|mime|name";
    let text = prop_oneof![
        Just("delete".to_owned()),
        Just("file".to_owned()),
        "data:[a-z;,]{0,6}",
        "[/.a \\\\]{0,5}"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..5).prop_map(Value::from_iter),
        ]
    })
}

fn odd_call() -> impl Strategy<Value = Value> {
    let tool =
        prop::sample::select(vec!["write", "edit", "multiedit", "apply_patch", "patch", "read", "shot"]);
    (tool, any_json(), any_json(), any_json(), any_json()).prop_map(
        |(tool, input, metadata, structured, content)| {
            let mut call = call(tool, 1, &input, &metadata);
            call["state"]["structured"] = structured;
            call["state"]["content"] = content;
            call
        },
    )
}

proptest! {
    /// Where a message stands in a list says nothing.
    #[test]
    fn the_order_of_messages_changes_nothing(order in Just(compacted()).prop_shuffle()) {
        let (told, expected) = (exchange(order), exchange(compacted()));
        prop_assert_eq!(told.text(), expected.text());
        prop_assert_eq!(told.usage(), expected.usage());
        prop_assert_eq!(all_of(&told), all_of(&expected));
    }

    /// Every file is there with what is in it, or is said to be left out, or is gone: as a file system would have it.
    #[test]
    fn no_file_is_left_out_unsaid(doings in doings()) {
        let (calls, disk) = calls(&doings);
        let expected: Vec<_> = disk.into_iter().collect();
        prop_assert_eq!(fates(&artifacts(calls)), expected);
    }

    /// The same when somebody looks: what is there counts, then what was written, and the rest is said to be left out.
    #[test]
    fn the_last_that_is_known_of_each_file_counts(doings in doings(), there in prop::collection::btree_set(0..4u8, 0..4)) {
        let (calls, disk) = calls(&doings);
        let look = |path: &str| Ok(there.contains(&number(path)).then(|| Bytes::from_static(b"found")));
        let artifacts = collect_in(answered(calls).reply(), &ToolArtifactsOptions::default(), look);
        let mut told: Vec<_> =
            files(&artifacts).into_iter().map(|(path, content)| (number(path), Some(content.to_owned()))).collect();
        for dropped in &artifacts.dropped {
            prop_assert_eq!((&dropped.reason, dropped.count), (&DropReason::Gone, dropped.paths.len()));
            told.extend(dropped.paths.iter().map(|path| (number(path), None)));
        }
        told.sort();
        let expected: Vec<_> = disk
            .into_iter()
            .map(|(number, fate)| match fate {
                _ if there.contains(&number) => (number, Some("found".to_owned())),
                Fate::Said(content) => (number, Some(content)),
                Fate::Edited | Fate::Patched => (number, None),
            })
            .collect();
        prop_assert_eq!(told, expected);
    }

    /// Whatever a call says: each path is there once, and nothing without a name.
    #[test]
    fn no_call_is_too_odd(calls in prop::collection::vec(odd_call(), 0..5)) {
        let exchange = answered(calls);
        let changed = changes::changed_files(exchange.reply());
        let artifacts = all_of(&exchange);
        let paths: std::collections::BTreeSet<_> = changed.iter().map(|file| &file.path).collect();
        prop_assert_eq!(paths.len(), changed.len());
        prop_assert!(changed.iter().all(|file| !file.path.trim().is_empty()));
        let attached = attachments(exchange.reply()).len();
        let left_out: usize = artifacts.dropped.iter().map(|dropped| dropped.count).sum();
        prop_assert_eq!(artifacts.files.len() + left_out, changed.len() + attached);
    }
}
