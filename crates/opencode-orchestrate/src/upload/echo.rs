//! What was uploaded, as it travels with the prompt: so that whoever carries the turn knows it, in whichever process.

use opencode_store::artifact::{ArtifactName, Digest};
use opencode_wire::api::{Prompt, PromptPart};
use opencode_wire::model::{Json, TextPart};
use serde::{Deserialize, Serialize};

use super::{UploadedFile, UploadedFiles};

/// What is put beside the text of the prompt.
#[derive(Serialize, Deserialize)]
struct Beside {
    uploads: Vec<Told>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    original: String,
    name: String,
    size: u64,
    content_type: String,
    digest: String,
}

impl UploadedFiles {
    /// A prompt with [`prompt_text`](Self::prompt_text) as its text, and beside it what was uploaded.
    ///
    /// A [`TurnRunner`](crate::turn::TurnRunner) that collects files knows by it which of them are the person's own. The
    /// model does not see it.
    #[must_use]
    pub fn prompt(&self, text: &str) -> Prompt {
        if self.is_empty() {
            return Prompt::from(text);
        }
        let told = self.files().iter().map(Told::of).collect();
        let metadata = Json::from_value(&Beside { uploads: told }).ok();
        let part = TextPart { text: self.prompt_text(text), metadata, ..TextPart::default() };
        Prompt::from(PromptPart::Text(part))
    }

    /// What was uploaded for a prompt, as it was admitted. Nothing for one that says nothing about it.
    pub(crate) fn of_prompt(prompt: &Json) -> Self {
        #[derive(Deserialize)]
        struct Asked {
            parts: Vec<Json>,
        }
        #[derive(Deserialize)]
        struct Part {
            metadata: Beside,
        }
        let parts = prompt.parse().map(|asked: Asked| asked.parts).unwrap_or_default();
        let beside = parts.iter().filter_map(|part| part.parse().ok()).map(|part: Part| part.metadata);
        beside.flat_map(|beside| beside.uploads).filter_map(Told::read).collect()
    }
}

impl Told {
    fn of(file: &UploadedFile) -> Self {
        Self {
            original: file.original.clone(),
            name: file.name.to_string(),
            size: file.size,
            content_type: file.content_type.clone(),
            digest: file.digest.to_string(),
        }
    }

    fn read(self) -> Option<UploadedFile> {
        let name: ArtifactName = self.name.parse().ok()?;
        let digest: Digest = self.digest.parse().ok()?;
        Some(UploadedFile::new(self.original, name, self.size, self.content_type, digest))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_uploaded_is_read_back_from_the_prompt() {
        let name = "a.txt".parse().unwrap();
        let file = UploadedFile::new("../A.txt", name, 1, "text/plain", Digest::of(b"a"));
        let files: UploadedFiles = [file].into_iter().collect();
        let prompt = files.prompt("Look.").with_system("Be brief.");
        assert_eq!(UploadedFiles::of_prompt(&Json::from_value(&prompt).unwrap()), files);
    }

    #[test]
    fn a_prompt_without_uploads_says_nothing_of_them() {
        let prompt = UploadedFiles::default().prompt(" as it is ");
        assert_eq!(
            serde_json::to_value(&prompt).unwrap(),
            serde_json::to_value(Prompt::from(" as it is ")).unwrap()
        );
        assert!(UploadedFiles::of_prompt(&Json::from_value(&prompt).unwrap()).is_empty());
    }

    #[test]
    fn a_prompt_of_an_odd_shape_costs_nothing_but_what_is_odd() {
        let good = json!({ "original": "a", "name": "a", "size": 1, "content_type": "x/y", "digest": Digest::of(b"a").to_string() });
        let bad = json!({ "original": "a", "name": "../a", "size": 1, "content_type": "x/y", "digest": "0" });
        for prompt in [
            json!("Go."),
            json!({ "parts": 1 }),
            json!({ "parts": [1, { "metadata": 1 }, { "metadata": { "uploads": [1] } }] }),
        ] {
            assert!(UploadedFiles::of_prompt(&prompt.into()).is_empty());
        }
        let prompt = json!({ "parts": [{ "type": "text" }, { "metadata": { "uploads": [good, bad] } }] });
        assert_eq!(UploadedFiles::of_prompt(&prompt.into()).files().len(), 1);
    }
}
