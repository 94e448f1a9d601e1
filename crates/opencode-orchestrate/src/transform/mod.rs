//! Files that the host renders from what an agent wrote, and that it can vouch for.
//!
//! What an agent wrote is hostile, and is downloaded and not shown. Where a host wants to show more, such as a chart or
//! a report in HTML, the agent writes data, and a [`Transform`] of the host makes the page of it. What comes out is an
//! artifact with a stamp, which says with a secret of the host which turn, which name, which bytes and which source it
//! is for. Whoever serves it asks [`Transforms::trusted`], and gets the headers with which it may be shown.
//!
//! An agent must not get its own bytes to where rendered ones are expected, so each name that a transform renders to
//! [belongs](Transforms::owns) to it, however it is written. What is there nevertheless, because it was stored before
//! the transform came, is an [`Impostor`]: it is never trusted, and is replaced only by what takes its place.
//!
//! ```text
//! there                                 apply
//! nothing                               renders, stores
//! ours, from this source and version    nothing
//! ours, from another one                renders, replaces
//! an impostor                           refuses; or renders, then replaces, if the transform says so
//! ```

mod apply;
mod error;
mod fold;
mod impostor;
mod key;
mod render;
mod rendered;
mod set;
mod source;
mod stamp;
#[cfg(test)]
mod tests;
mod trusted;

use async_trait::async_trait;
use opencode_store::artifact::ArtifactName;

pub use self::apply::{Applied, Effect};
pub use self::error::{ApplyError, TransformError, TransformsError};
pub use self::impostor::Impostor;
pub use self::key::{StampKey, StampKeys};
pub use self::rendered::{RenderLimits, Rendered};
pub use self::set::Transforms;
pub use self::source::Source;
pub use self::trusted::Trusted;

/// Code of the host that renders a file of an agent.
///
/// Everything but [`render`](Self::render) and [`applies_to`](Self::applies_to) is asked once, when [`Transforms`] are
/// made.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use opencode_orchestrate::transform::{Rendered, Source, Transform, TransformError};
/// use opencode_store::artifact::ArtifactName;
///
/// struct Chart {
///     data: ArtifactName,
///     page: ArtifactName,
/// }
///
/// #[async_trait]
/// impl Transform for Chart {
///     fn name(&self) -> &str {
///         "chart"
///     }
///
///     fn version(&self) -> u32 {
///         1
///     }
///
///     fn source(&self) -> &ArtifactName {
///         &self.data
///     }
///
///     fn destination(&self) -> &ArtifactName {
///         &self.page
///     }
///
///     async fn render(&self, source: Source) -> Result<Rendered, TransformError> {
///         // Numbers only: no text of the agent gets into the page.
///         let bars: Vec<u8> = serde_json::from_slice(source.bytes())
///             .map_err(|error| TransformError::new("the data is not a list of numbers").with_source(error))?;
///         let bars: String = bars.iter().map(|bar| format!("<meter max=255 value={bar}></meter>")).collect();
///         Ok(Rendered::new(format!("<!doctype html><title>Chart</title>{bars}")))
///     }
/// }
/// #
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use opencode_orchestrate::transform::{Effect, StampKey, StampKeys, Transforms};
/// # use opencode_store::{Store, artifact::Show, session::Subject, turn::Admission};
/// # let store = Store::memory();
/// # let prompt = serde_json::json!("Draw a chart.").into();
/// # let admission = Admission::new(Subject::new("acme", "1")?, "msg_1".parse()?, prompt);
/// # let turn = store.turns().admit(&admission).await?.turn.id;
/// # let secret = [7; 32];
///
/// let chart = Chart { data: "chart.json".parse()?, page: "chart.html".parse()? };
/// let transforms = Transforms::new(StampKeys::new(StampKey::new(secret)), vec![Arc::new(chart)])?;
///
/// let source = Source::new("chart.json".parse()?, "[1, 2, 3]");
/// let applied = transforms.apply(store.artifacts()?.as_ref(), turn, source).await?;
/// assert_eq!(applied.effect, Effect::Stored);
///
/// let trusted = transforms.trusted(&applied.artifact).ok_or("it was rendered by the host")?;
/// for (name, value) in trusted.headers(Show::Inline) {
///     println!("{name}: {value}");
/// }
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Transform: Send + Sync + 'static {
    /// What stamps call it: 1 to 64 small letters, digits and dashes. What was rendered under another name is not
    /// trusted any more.
    fn name(&self) -> &str;

    /// Which version of the code it is. What was rendered by another one is not trusted any more, and is rendered again
    /// when it is applied the next time: change it when something was wrong with the output.
    fn version(&self) -> u32;

    /// The file of the agent that is rendered.
    fn source(&self) -> &ArtifactName;

    /// What the result is called. No file of an agent gets this name or one that looks like it, in any folder.
    fn destination(&self) -> &ArtifactName;

    /// Whether a file of the agent is rendered; by default the [`source`](Self::source) alone, by its exact name.
    ///
    /// All files to which it applies have one destination, so that the one that is rendered last is what is there. Of
    /// transforms that apply to one file the first one is taken. A transform whose answer is a panic does not apply.
    fn applies_to(&self, name: &ArtifactName) -> bool {
        name == self.source()
    }

    /// Renders a file. What it says is hostile, and what comes out is trusted: check it, and escape everything.
    ///
    /// It must not block the thread, and may be called more than once, also at the same time, for one file.
    ///
    /// # Errors
    ///
    /// When the file cannot be rendered. What is stored then stays as it is. So it does after a panic, or when one of
    /// the [`limits`](Self::limits) is exceeded.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when it takes too long, and when whoever has asked for it goes away.
    async fn render(&self, source: Source) -> Result<Rendered, TransformError>;

    /// How long it may take and how large the result may be: 30 seconds and 10 MiB by default.
    fn limits(&self) -> RenderLimits {
        RenderLimits::default()
    }

    /// Whether an [`Impostor`] under the destination is replaced by what is rendered. By default it stays, and applying
    /// the transform is refused.
    fn purges_impostors(&self) -> bool {
        false
    }
}
