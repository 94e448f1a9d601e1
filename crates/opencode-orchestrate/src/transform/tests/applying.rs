//! Rendering and storing, when everything works.

use opencode_store::artifact::Show;

use super::*;

/// What comes of it: the effect, whether it is trusted, how often it was replaced.
fn told(transforms: &Transforms, applied: &Applied) -> (Effect, bool, u64) {
    (applied.effect, transforms.trusted(&applied.artifact).is_some(), applied.artifact.revision)
}

#[tokio::test]
async fn what_is_rendered_is_stored_with_a_stamp_and_may_be_shown() {
    let (place, chart) = (Place::new().await, Chart::new());
    let transforms = only(&chart);
    let applied = place.apply(&transforms, "[1]").await.unwrap();
    assert_eq!(told(&transforms, &applied), (Effect::Stored, true, 1));

    let (there, text) = place.there().await.unwrap();
    assert_eq!((&there, text.as_str()), (&applied.artifact, "<h1>[1]"));
    assert_eq!((there.name.as_str(), there.content_type.as_str()), ("chart.html", "text/html"));
    let trusted = transforms.trusted(&there).unwrap();
    assert_eq!(
        (trusted.transform(), trusted.version(), trusted.source(), trusted.artifact()),
        ("chart", 2, source("[1]").digest(), &there)
    );
    let shown = |show| trusted.headers(show).get("content-disposition").unwrap().to_owned();
    assert_eq!(shown(Show::Inline), r#"inline; filename="chart.html""#);
    assert_eq!(shown(Show::Download), r#"attachment; filename="chart.html""#);
    assert_eq!(trusted.headers(Show::Inline), there.rendered_headers());
    assert_eq!(trusted.headers(Show::Download), there.headers(Show::Download));
    assert!(Impostor::of(&there, &transforms).is_none());

    let trust = there.trust.unwrap().to_value();
    let stamp = trust["stamp"].as_str().unwrap();
    assert_eq!((stamp.len(), stamp == source("[1]").digest().to_string()), (64, false));
    insta::assert_json_snapshot!(trust, { ".stamp" => "[stamp]" }, @r#"
    {
      "source": "44730cbaaac49851b5b5dd8f1cda6e700c73191748b0f60904074029795a3023",
      "stamp": "[stamp]",
      "transform": "chart",
      "version": 2
    }
    "#);
}

/// N-13: applying it again changes nothing; what an agent has written there is purged, once.
#[tokio::test]
async fn n13_purging_and_rendering_happen_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let on_disk = Store::open(&url).await.unwrap();
    on_disk.migrate().await.unwrap();
    for store in [Store::memory(), on_disk] {
        let (place, chart) = (Place::of(&store).await, Chart { purges: true, ..Chart::new() });
        let transforms = only(&chart);
        let posing = place.pose("<script>").await;
        assert!(transforms.trusted(&posing).is_none());
        let impostor = Impostor::of(&posing, &transforms).unwrap();
        assert_eq!((impostor.name(), impostor.artifact()), (&name("chart.html"), &posing));

        let replaced = place.apply(&transforms, "[1]").await.unwrap();
        assert_eq!(told(&transforms, &replaced), (Effect::ImpostorReplaced, true, 2));
        for _ in 0..3 {
            let again = place.apply(&transforms, "[1]").await.unwrap();
            assert_eq!(again, Applied { effect: Effect::Unchanged, ..replaced.clone() });
        }
        assert_eq!(chart.calls(), 1);
        assert_eq!(place.there().await.unwrap(), (replaced.artifact, "<h1>[1]".to_owned()));
        assert_eq!(place.artifacts.artifacts(place.turn).await.unwrap().len(), 1);
    }
}

/// Not even when the agent knew what would be rendered.
#[tokio::test]
async fn the_right_bytes_without_a_stamp_are_an_impostor() {
    let (place, chart) = (Place::new().await, Chart { purges: true, ..Chart::new() });
    let transforms = only(&chart);
    let posing = place.pose("<h1>[1]").await;
    assert!(Impostor::of(&posing, &transforms).is_some());
    let replaced = place.apply(&transforms, "[1]").await.unwrap();
    assert_eq!(told(&transforms, &replaced), (Effect::ImpostorReplaced, true, 2));
    assert_eq!(replaced.artifact.digest, posing.digest);
}

#[tokio::test]
async fn an_impostor_stays_where_a_transform_does_not_purge_and_nothing_is_rendered() {
    let (place, chart) = (Place::new().await, Chart::new());
    let posing = place.pose("<script>").await;
    let error = place.apply(&only(&chart), "[1]").await.unwrap_err();
    insta::assert_snapshot!(error, @r#""chart.html" was not rendered by the host, and the transform `chart` does not replace it"#);
    assert!(matches!(error, ApplyError::Taken { .. }), "{error:?}");
    assert_eq!((chart.calls(), place.there().await.unwrap().0), (0, posing));
}

#[tokio::test]
async fn another_source_is_rendered_and_replaces_what_was_there() {
    let (place, chart) = (Place::new().await, Chart::new());
    let transforms = only(&chart);
    place.apply(&transforms, "[1]").await.unwrap();
    let other = place.apply(&transforms, "[2]").await.unwrap();
    assert_eq!(told(&transforms, &other), (Effect::Stored, true, 2));
    assert_eq!(place.there().await.unwrap().1, "<h1>[2]");
}

#[tokio::test]
async fn another_version_does_not_trust_what_was_rendered_and_renders_it_again() {
    let (place, old) = (Place::new().await, Chart::new());
    for (version, revision) in [(2, 1), (3, 2), (1, 3)] {
        let chart = Chart { version, ..old.clone() };
        let transforms = only(&chart);
        if let Some((there, _)) = place.there().await {
            assert!(transforms.trusted(&there).is_none());
            // These are the host's own bytes, so nothing has to be purged.
            assert!(Impostor::of(&there, &transforms).is_none());
        }
        let applied = place.apply(&transforms, "[1]").await.unwrap();
        assert_eq!(told(&transforms, &applied), (Effect::Stored, true, revision));
        assert_eq!(transforms.trusted(&applied.artifact).unwrap().version(), version);
    }
    assert_eq!(old.calls(), 3);
}

#[tokio::test]
async fn what_a_transform_of_another_name_has_rendered_is_replaced_without_purging() {
    let place = Place::new().await;
    place.apply(&only(&Chart::new()), "[1]").await.unwrap();
    let renamed = only(&Chart { name: "diagram", ..Chart::new() });
    let (there, _) = place.there().await.unwrap();
    assert!(renamed.trusted(&there).is_none() && Impostor::of(&there, &renamed).is_none());
    let applied = place.apply(&renamed, "[1]").await.unwrap();
    assert_eq!(told(&renamed, &applied), (Effect::Stored, true, 2));
}

#[tokio::test]
async fn older_keys_still_count_and_lost_ones_do_not() {
    let (place, chart) = (Place::new().await, Chart::new());
    let with = |keys| Transforms::new(keys, vec![Arc::new(chart.clone())]).unwrap();
    let (old, new) = (StampKey::new(KEY), StampKey::new(OTHER_KEY));
    place.apply(&with(StampKeys::new(old.clone())), "[1]").await.unwrap();

    let rotated = with(StampKeys::new(new.clone()).with_older(old.clone()));
    let unchanged = place.apply(&rotated, "[1]").await.unwrap();
    assert_eq!(told(&rotated, &unchanged), (Effect::Unchanged, true, 1));

    let lost = with(StampKeys::new(new.clone()));
    let (there, _) = place.there().await.unwrap();
    assert!(lost.trusted(&there).is_none() && Impostor::of(&there, &lost).is_some());

    // What is rendered anew is stamped with the key that is current.
    place.apply(&rotated, "[2]").await.unwrap();
    let (there, _) = place.there().await.unwrap();
    assert!(lost.trusted(&there).is_some());
    assert!(with(StampKeys::new(old)).trusted(&there).is_none());
}

#[tokio::test]
async fn what_a_transform_says_it_has_rendered_counts_where_nothing_else_tells() {
    let (place, chart) = (Place::new().await, Chart { content_type: Some("text/x-chart"), ..Chart::new() });
    let chart = Chart { destination: name("chart.bars"), ..chart };
    let applied = place.apply(&only(&chart), "[1]").await.unwrap();
    // `<h1>` tells.
    assert_eq!(applied.artifact.content_type, "text/html");
    let plain = Chart { source: name("chart.html"), ..chart };
    let source = Source::new(name("chart.html"), "\0");
    let applied = only(&plain).apply(place.artifacts.as_ref(), place.turn, source).await.unwrap();
    assert_eq!(applied.artifact.content_type, "text/x-chart");
}

#[tokio::test]
async fn a_file_to_which_nothing_applies_is_not_rendered() {
    let (place, chart) = (Place::new().await, Chart::new());
    let other = Source::new(name("Chart.json\u{202e}"), "[1]");
    let error = only(&chart).apply(place.artifacts.as_ref(), place.turn, other).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"no transform applies to "Chart.json\u{202e}""#);
    assert!(matches!(error, ApplyError::NotASource { .. }));
    assert_eq!((chart.calls(), place.there().await), (0, None));
}
