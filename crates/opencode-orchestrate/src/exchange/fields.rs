//! The fields of an object whose shape is somebody else's business, each read by itself.

use std::collections::HashMap;

use opencode_wire::model::Json;

/// The fields of an object; none of anything else. A field of an odd shape is not there, and spoils no other.
pub(super) struct Fields(HashMap<String, Json>);

impl Fields {
    pub(super) fn of(json: Option<&Json>) -> Self {
        Self(json.and_then(|json| json.parse().ok()).unwrap_or_default())
    }

    /// Takes the fields of another object that are not here.
    pub(super) fn or(mut self, other: Self) -> Self {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
        self
    }

    pub(super) fn string(&self, name: &str) -> Option<String> {
        self.0.get(name)?.parse().ok()
    }

    /// The first of these fields that says anything.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.string(name).filter(|text| !text.trim().is_empty()))
    }

    pub(super) fn object(&self, name: &str) -> Self {
        Self::of(self.0.get(name))
    }

    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        self.0.get(name).map(Self::list_of).unwrap_or_default()
    }

    /// The objects of a list. What else is in it has no fields.
    pub(super) fn list_of(json: &Json) -> Vec<Self> {
        let items: Vec<Json> = json.parse().unwrap_or_default();
        items.iter().map(|item| Self::of(Some(item))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_an_odd_shape_spoils_no_other() {
        let fields = Fields::of(Some(&json!({ "path": 3, "name": " ", "files": [1, {}], "a": "b" }).into()));
        assert_eq!(fields.text(&["path", "name", "none", "a"]).as_deref(), Some("b"));
        assert_eq!((fields.string("path"), fields.string("name").as_deref()), (None, Some(" ")));
        assert_eq!((fields.list("files").len(), fields.list("a").len()), (2, 0));
        assert!(fields.object("a").0.is_empty());
        assert!(Fields::of(Some(&json!([1]).into())).or(Fields::of(None)).0.is_empty());
    }
}
