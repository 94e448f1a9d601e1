//! A small index with a clock that tests move.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use opencode_store::artifact::{
    Artifact, ArtifactIndex, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd,
};
use opencode_store::turn::TurnId;
use opencode_store::{Error, ErrorKind, Result};

#[derive(Debug, Default)]
pub(super) struct TestIndex {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    names: BTreeMap<(TurnId, ArtifactName), (Artifact, String)>,
    blobs: HashMap<String, Row>,
    fail: Option<ErrorKind>,
}

#[derive(Debug)]
struct Row {
    blob: Blob,
    used_at: Duration,
    retired: bool,
}

impl TestIndex {
    pub(super) fn advance(&self, by: Duration) {
        self.state.lock().unwrap().now += by;
    }

    /// Lets the next naming fail after it is done.
    pub(super) fn fail_next(&self, kind: ErrorKind) {
        self.state.lock().unwrap().fail = Some(kind);
    }
}

fn check(there: Option<&Artifact>, expect: Expect) -> Result<()> {
    match (expect, there) {
        (Expect::Absent, Some(_)) => Err(Error::new(ErrorKind::Conflict, "something is there")),
        (Expect::Digest(digest), there) if there.map(|there| there.digest) != Some(digest) => {
            Err(Error::new(ErrorKind::Conflict, "something else is there"))
        }
        _ => Ok(()),
    }
}

impl State {
    fn object_for(&mut self, new: &NewArtifact) -> Result<String> {
        let now = self.now;
        if let Some(row) = self.blobs.values_mut().find(|row| row.blob.digest == new.digest && !row.retired) {
            row.used_at = now;
            return Ok(row.blob.object_key.clone());
        }
        if self.blobs.contains_key(&new.object_key) {
            return Err(Error::new(ErrorKind::Conflict, "the object is being swept"));
        }
        let blob = Blob::new(new.digest, &*new.object_key, new.size);
        self.blobs.insert(new.object_key.clone(), Row { blob, used_at: now, retired: false });
        Ok(new.object_key.clone())
    }
}

#[async_trait]
impl ArtifactIndex for TestIndex {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        let mut state = self.state.lock().unwrap();
        let now = state.now;
        let row = state.blobs.values_mut().find(|row| row.blob.digest == digest && !row.retired);
        Ok(row.map(|row| {
            row.used_at = now;
            row.blob.clone()
        }))
    }

    async fn put_artifact(&self, new: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        let mut state = self.state.lock().unwrap();
        let id = (new.turn, new.name.clone());
        let there = state.names.get(&id).map(|(artifact, _)| artifact.clone());
        check(there.as_ref(), expect)?;
        let object_key = state.object_for(new)?;
        let same = there.as_ref().filter(|there| there.digest == new.digest && there.trust == new.trust);
        let end = match same {
            Some(same) => PutEnd::new(same.clone(), false, &*object_key),
            None => {
                let revision = there.as_ref().map_or(0, |there| there.revision) + 1;
                let artifact = Artifact::new(new, revision, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
                state.names.insert(id, (artifact.clone(), object_key.clone()));
                PutEnd::new(artifact, true, object_key)
            }
        };
        match state.fail.take() {
            Some(kind) => Err(Error::new(kind, "the answer was lost")),
            None => Ok(end),
        }
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        let state = self.state.lock().unwrap();
        let found = state.names.get(&(turn, name.clone()));
        Ok(found.map(|(artifact, key)| (artifact.clone(), state.blobs[key].blob.clone())))
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        let state = self.state.lock().unwrap();
        let names = state.names.values().map(|(artifact, _)| artifact);
        Ok(names.filter(|artifact| artifact.turn == turn).cloned().collect())
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        let mut state = self.state.lock().unwrap();
        let id = (turn, name.clone());
        check(state.names.get(&id).map(|(artifact, _)| artifact), expect)?;
        Ok(state.names.remove(&id).is_some())
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        let mut state = self.state.lock().unwrap();
        let named: Vec<String> = state.names.values().map(|(_, key)| key.clone()).collect();
        let now = state.now;
        let mut retired = Vec::new();
        for (key, row) in &mut state.blobs {
            row.retired |= !named.contains(key) && row.used_at + unused_for <= now;
            if row.retired && retired.len() < limit {
                retired.push(row.blob.clone());
            }
        }
        Ok(retired)
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        self.state.lock().unwrap().blobs.remove(object_key);
        Ok(())
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        let state = self.state.lock().unwrap();
        Ok(object_keys.iter().filter(|key| state.blobs.contains_key(*key)).cloned().collect())
    }
}
