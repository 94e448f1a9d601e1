//! Rendering that fails, in every way there is.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::*;

fn failing() -> [Chart; 4] {
    let small = RenderLimits::default().with_bytes(6);
    [
        Chart { doing: Doing::Fail, ..Chart::new() },
        Chart { doing: Doing::Panic, ..Chart::new() },
        Chart { doing: Doing::Hang, ..Chart::new() },
        Chart { limits: small, ..Chart::new() },
    ]
}

#[tokio::test(start_paused = true)]
async fn what_a_transform_does_wrong_is_told() {
    let mut said = Vec::new();
    for chart in failing() {
        let place = Place::new().await;
        let error = place.apply(&only(&chart), "[1]").await.unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        said.push(format!("{error}{}", source.unwrap_or_default()));
        assert_eq!((chart.calls(), place.there().await), (1, None));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    the transform `chart` cannot render the file: not a list of numbers
    the transform `chart` panicked
    the transform `chart` did not end within 30s
    the transform `chart` rendered 7 bytes, and no more than 6 are allowed
    ");
}

/// W-53: impostors were purged before it was known whether anything takes their place.
#[tokio::test(start_paused = true)]
async fn w53_an_impostor_stays_when_rendering_fails() {
    for chart in failing() {
        let place = Place::new().await;
        let posing = place.pose("<script>").await;
        place.apply(&only(&Chart { purges: true, ..chart }), "[1]").await.unwrap_err();
        assert_eq!(place.there().await.unwrap(), (posing, "<script>".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_rendered_earlier_stays_when_rendering_fails() {
    for chart in failing() {
        let place = Place::new().await;
        let earlier = place.apply(&only(&Chart::new()), "[0]").await.unwrap().artifact;
        place.apply(&only(&chart), "[1]").await.unwrap_err();
        assert_eq!(place.there().await.unwrap(), (earlier, "<h1>[0]".to_owned()));
        // And it works once the transform does.
        place.apply(&only(&Chart::new()), "[1]").await.unwrap();
        assert_eq!(place.there().await.unwrap().1, "<h1>[1]");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_are_those_that_the_transform_sets() {
    let place = Place::new().await;
    let exact = RenderLimits::default().with_bytes(7).with_time(Duration::from_secs(90));
    place.apply(&only(&Chart { limits: exact, ..Chart::new() }), "[1]").await.unwrap();
    let began = tokio::time::Instant::now();
    let hangs = Chart { limits: exact, doing: Doing::Hang, ..Chart::new() };
    let error = place.apply(&only(&hangs), "[2]").await.unwrap_err();
    assert!(matches!(error, ApplyError::TimedOut { after, .. } if after == exact.time), "{error:?}");
    assert_eq!(began.elapsed().as_secs(), 90);
}

#[tokio::test]
async fn a_content_type_that_is_none_is_refused() {
    let place = Place::new().await;
    let chart = Chart { content_type: Some("chart\r\nx: y"), ..Chart::new() };
    let error = place.apply(&only(&chart), "[1]").await.unwrap_err();
    assert!(matches!(error, ApplyError::Store(_)), "{error:?}");
    assert_eq!(place.there().await, None);
}

#[tokio::test]
async fn a_turn_that_is_not_there_is_an_error_of_the_store() {
    let place = Place::new().await;
    let place = Place { turn: TurnId::new(place.turn.get() + 1), ..place };
    let error = place.apply(&only(&Chart::new()), "[1]").await.unwrap_err();
    let ApplyError::Store(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), opencode_store::ErrorKind::NotFound);
}

/// A future that was written by hand may not even be made.
struct PanicsAtOnce(Chart);

impl Transform for PanicsAtOnce {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn source(&self) -> &ArtifactName {
        self.0.source()
    }

    fn destination(&self) -> &ArtifactName {
        self.0.destination()
    }

    fn render<'a, 'b>(
        &'a self,
        _: Source,
    ) -> Pin<Box<dyn Future<Output = Result<Rendered, TransformError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        panic!("a test shall see that this is contained");
    }
}

#[tokio::test]
async fn a_call_that_panics_before_it_gives_a_future_is_contained() {
    let place = Place::new().await;
    let transforms = Transforms::new(keys(), vec![Arc::new(PanicsAtOnce(Chart::new()))]).unwrap();
    let error = place.apply(&transforms, "[1]").await.unwrap_err();
    assert!(matches!(error, ApplyError::Panicked { .. }), "{error:?}");
}
