//! What a turn may have is never exceeded, in whichever order things end.

use std::collections::HashMap;

use opencode_store::artifact::{Artifact, Digest, NewArtifact};
use proptest::prelude::*;

use super::*;
use crate::collect::budget::Budget;

fn artifact(file: &str, size: u64) -> Artifact {
    let new = NewArtifact::new(TurnId::new(1), name(file), "text/plain", size, Digest::of(b""), "key");
    Artifact::new(&new, 1, jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH)
}

proptest! {
    #[test]
    fn g22_limits_hold_and_no_place_is_lost(
        there in prop::collection::hash_map("[a-f]", 0_u64..5, 0..4),
        steps in prop::collection::vec(("[a-l]", 0_u64..5, any::<bool>()), 0..30),
        at_once in 1_usize..5,
    ) {
        let (max_files, max_bytes) = (6, 12);
        let there: Vec<_> = there.iter().map(|(file, size)| artifact(file, *size)).collect();
        let mut budget = Budget::new(&there, max_files, max_bytes);
        let mut stored: HashMap<String, u64> =
            there.iter().map(|artifact| (artifact.name.to_string(), artifact.size)).collect();
        let mut waiting = steps.into_iter().peekable();
        while waiting.peek().is_some() {
            let mut group: Vec<(String, u64, bool)> = Vec::new();
            while group.len() < at_once {
                let Some((file, size, _)) = waiting.peek() else { break };
                match budget.reserve(&name(file), *size) {
                    Ok(true) => group.extend(waiting.next()),
                    Ok(false) => break,
                    Err(why) => {
                        let others: u64 =
                            stored.iter().filter(|(other, _)| *other != file).map(|(_, size)| size).sum();
                        let is_new = !stored.contains_key(file);
                        let is_full = is_new && stored.len() >= max_files;
                        prop_assert!(is_full || others + size > max_bytes, "{}", why);
                        waiting.next();
                    }
                }
            }
            prop_assert!(!group.is_empty() || waiting.peek().is_none(), "it goes on");
            for (file, size, is_stored) in group {
                let artifact = artifact(&file, size);
                budget.settle(&artifact.name, is_stored.then_some(&artifact));
                if is_stored {
                    stored.insert(file, size);
                }
            }
            let had: u64 = there.iter().map(|artifact| artifact.size).sum();
            prop_assert!(stored.len() <= max_files && stored.values().sum::<u64>() <= max_bytes.max(had));
        }
    }
}
