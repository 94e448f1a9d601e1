//! Whatever a turn leaves, and however often it is collected.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::exchange::tests::{answered, edit, write};

#[derive(Debug, Clone)]
enum Did {
    Wrote(&'static str, String),
    Edited(&'static str),
    Said(&'static str, String),
}

fn did() -> impl Strategy<Value = Did> {
    let file = || prop::sample::select(vec!["a", "b", "deep/a", "data.txt", "page.txt", "Page.txt", ".c"]);
    prop_oneof![
        (file(), "[a-z]{0,4}").prop_map(|(file, content)| Did::Wrote(file, content)),
        file().prop_map(Did::Edited),
        (file(), "[a-z]{0,4}").prop_map(|(file, content)| Did::Said(file, content)),
    ]
}

fn is_owned(file: &str) -> bool {
    file.to_lowercase() == "page.txt"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn g21_what_is_stored_is_what_is_there_and_no_agents_bytes_have_a_trusted_name(
        first in prop::collection::vec(did(), 0..8),
        then in prop::collection::vec(did(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let scene = Scene::new().await;
            let files = scene.files().with_transforms(transforms(false));
            let (mut folder, mut said) = (BTreeMap::new(), BTreeMap::new());
            let mut calls = Vec::new();
            for (at, did) in (1..).zip(first.into_iter().chain(then)) {
                match did {
                    Did::Wrote(file, content) => {
                        scene.write(file, &content);
                        calls.push(write(at, file, "older"));
                        folder.insert(file, content);
                    }
                    Did::Edited(file) => calls.push(edit(at, file)),
                    Did::Said(file, content) => {
                        calls.push(write(at, file, &content));
                        said.insert(file, content);
                    }
                }
                if at % 4 == 0 {
                    let exchange = answered(calls.clone());
                    files.collect(scene.from().exchange(&exchange)).await;
                }
            }
            let exchange = answered(calls);
            let collected = files.collect(scene.from().exchange(&exchange)).await;
            prop_assert!(collected.trouble.is_none());
            let stored: BTreeMap<String, String> = scene.stored().await.into_iter().collect();
            for (file, content) in &folder {
                let expected = match *file {
                    "data.txt" => {
                        prop_assert_eq!(stored.get("page.txt"), Some(&content.to_uppercase()));
                        None
                    }
                    file if is_owned(file) || file.starts_with('.') => None,
                    _ => Some(content),
                };
                if !is_owned(file) {
                    prop_assert_eq!(stored.get(*file), expected, "{}", file);
                }
            }
            for artifact in scene.artifacts.artifacts(scene.turn).await.unwrap() {
                let is_trusted = transforms(false).trusted(&artifact).is_some();
                prop_assert_eq!(is_trusted, is_owned(artifact.name.as_str()));
            }
            let again = files.collect(scene.from().exchange(&exchange)).await;
            prop_assert!(again.stored.is_empty(), "collecting twice is nothing: {:?}", again.stored);
            Ok(())
        })?;
    }
}
