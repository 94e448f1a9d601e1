//! One measured number and what it is compared with.

use serde::{Deserialize, Serialize};

/// What a measuring program prints as one line of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// The group that the figure belongs to, for instance `wire`.
    pub(crate) bench: String,
    /// What was measured.
    pub(crate) name: String,
    /// The measured number, in `unit`.
    pub(crate) value: f64,
    /// The unit of `value`, for instance `MB/s`.
    pub(crate) unit: String,
    /// What else was measured in the same run on the same input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compared_with: Option<String>,
    /// `value` divided by what it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    /// The target in words, for instance `at least 0.7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// Whether the target was reached in this run; absent without a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) met: Option<bool>,
}

impl Figure {
    /// Reads one line of output; `None` for a line that is not meant to be a figure.
    ///
    /// # Errors
    ///
    /// When a line starts like a figure and is none: dropping it silently would lose a measurement.
    pub(crate) fn parse(line: &str) -> Option<Result<Self, serde_json::Error>> {
        line.starts_with('{').then(|| serde_json::from_str(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_figure_is_read() {
        let line = r#"{"bench":"wire","name":"parse","value":1.5,"unit":"MB/s","compared_with":"memchr2 walk","ratio":0.93,"target":"at least 0.7","met":true}"#;
        let figure = Figure::parse(line).unwrap().unwrap();
        assert_eq!(figure.name, "parse");
        assert_eq!(figure.ratio, Some(0.93));
        assert_eq!(figure.met, Some(true));
    }

    #[test]
    fn a_figure_needs_no_comparison() {
        let line = r#"{"bench":"wire","name":"size","value":8,"unit":"bytes"}"#;
        let figure = Figure::parse(line).unwrap().unwrap();
        assert_eq!(figure.compared_with, None);
        assert!(!serde_json::to_string(&figure).unwrap().contains("ratio"));
    }

    #[test]
    fn chatter_is_skipped_and_a_broken_figure_is_not() {
        assert!(Figure::parse("running 1 benchmark").is_none());
        assert!(Figure::parse(r#"{"bench":"wire"}"#).unwrap().is_err());
    }
}
