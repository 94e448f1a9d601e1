//! Rendering, with what code of the host may do wrong kept from everybody else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt as _;
use opencode_store::artifact::ArtifactName;
use tokio::time::timeout;

use super::{ApplyError, RenderLimits, Rendered, Source, Transform, fold};

/// A transform with what it says of itself, which was checked and must not change afterwards.
pub(super) struct Known {
    pub(super) transform: Arc<dyn Transform>,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) destination: ArtifactName,
    /// All names that look like the destination.
    pub(super) owned: String,
    pub(super) purges_impostors: bool,
    limits: RenderLimits,
}

impl Known {
    pub(super) fn new(transform: Arc<dyn Transform>) -> Self {
        Self {
            name: transform.name().to_owned(),
            version: transform.version(),
            destination: transform.destination().clone(),
            owned: fold::fold(transform.destination().as_str()),
            purges_impostors: transform.purges_impostors(),
            limits: transform.limits(),
            transform,
        }
    }

    /// Whether it renders a file. The name is the agent's choice, so no panic may come of it.
    pub(super) fn applies_to(&self, name: &ArtifactName) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.transform.applies_to(name))).unwrap_or_else(|_| {
            tracing::error!(
                transform = self.name,
                "a transform panicked when it was asked what it applies to"
            );
            false
        })
    }

    /// Renders within the limits.
    pub(super) async fn render(&self, source: Source) -> Result<Rendered, ApplyError> {
        let transform = self.name.clone();
        // The call itself may panic too, if the future was written by hand.
        let rendering = AssertUnwindSafe(async { self.transform.render(source).await }).catch_unwind();
        let rendered = match timeout(self.limits.time, rendering).await {
            Ok(Ok(Ok(rendered))) => rendered,
            Ok(Ok(Err(source))) => return Err(ApplyError::Failed { transform, source }),
            Ok(Err(_)) => return Err(ApplyError::Panicked { transform }),
            Err(_) => return Err(ApplyError::TimedOut { transform, after: self.limits.time }),
        };
        let (bytes, limit) = (rendered.bytes.len() as u64, self.limits.bytes);
        if bytes > limit { Err(ApplyError::TooLarge { transform, bytes, limit }) } else { Ok(rendered) }
    }
}
