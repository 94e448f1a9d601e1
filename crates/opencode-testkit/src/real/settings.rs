//! The configuration file of a server that talks to a scripted model.

use serde_json::{Value, json};

/// The model every prompt goes to unless it names another: provider id, then model id.
pub const SCRIPTED_MODEL: (&str, &str) = ("scripted", "scripted-1");

/// Where a model is looked for when the test names none: nothing listens there, so that a prompt
/// ends with a provider error and never leaves the machine.
const NOWHERE: &str = "http://127.0.0.1:9/v1";

/// The choices of a test about the configuration file.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) model_url: Option<String>,
    pub(super) permission: Value,
    pub(super) snapshot: bool,
    /// Laid over the file one after the other.
    pub(super) overlays: Vec<Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model_url: None,
            permission: json!({ "edit": "allow", "bash": "ask", "webfetch": "deny" }),
            snapshot: false,
            overlays: Vec::new(),
        }
    }
}

impl Settings {
    /// The whole file.
    pub(super) fn to_json(&self) -> Value {
        let (provider, model) = SCRIPTED_MODEL;
        let name = format!("{provider}/{model}");
        let mut file = json!({
            "$schema": "https://opencode.ai/config.json",
            "model": name,
            "small_model": name,
            "enabled_providers": [provider],
            "share": "disabled",
            "autoupdate": false,
            "snapshot": self.snapshot,
            "lsp": false,
            "formatter": false,
            "permission": self.permission,
            "provider": {
                provider: {
                    // This adapter is bundled with the server: nothing is fetched for it.
                    "npm": "@ai-sdk/openai-compatible",
                    "name": "Scripted",
                    "options": {
                        "baseURL": self.model_url.as_deref().unwrap_or(NOWHERE),
                        "apiKey": "none",
                    },
                    "models": {
                        model: {
                            "name": "Scripted One",
                            "tool_call": true,
                            "reasoning": true,
                            "attachment": true,
                            "limit": { "context": 100_000, "output": 8_000 },
                            "cost": { "input": 1, "output": 2 },
                        },
                    },
                },
            },
        });
        for overlay in &self.overlays {
            merge(&mut file, overlay);
        }
        file
    }
}

/// Lays `overlay` over `target` as a JSON merge patch: objects are merged, `null` inside an object
/// removes, everything else replaces.
fn merge(target: &mut Value, overlay: &Value) {
    let (Some(target), Some(overlay)) = (target.as_object_mut(), overlay.as_object()) else {
        return;
    };
    for (key, value) in overlay {
        if value.is_null() {
            target.remove(key);
        } else if value.is_object() {
            let slot = target.entry(key.clone()).or_insert_with(|| json!({}));
            if !slot.is_object() {
                *slot = json!({});
            }
            merge(slot, value);
        } else {
            target.insert(key.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_changes_what_it_names_and_nothing_else() {
        let settings = Settings {
            overlays: vec![
                json!({ "snapshot": true, "permission": { "bash": "allow" } }),
                json!({ "permission": { "bash": "deny", "webfetch": null } }),
            ],
            ..Settings::default()
        };
        let file = settings.to_json();
        assert_eq!(file["snapshot"], json!(true));
        assert_eq!(file["permission"], json!({ "edit": "allow", "bash": "deny" }));
        assert_eq!(file["model"], json!("scripted/scripted-1"));
    }
}
