//! Which transforms fit together, and which names are theirs.

use super::*;

#[test]
fn a_transform_applies_to_its_source_by_its_exact_name_and_to_nothing_else() {
    let transforms = only(&Chart::new());
    assert_eq!(transforms.destination_of(&name("chart.json")), Some(&name("chart.html")));
    for other in ["Chart.json", "chart.json ", "sub/chart.json", "xchart.json", "chart.jsonx", "chart.html"] {
        assert_eq!(transforms.destination_of(&name(other)), None, "{other}");
    }
}

#[test]
fn a_transform_does_not_purge_and_has_limits_unless_it_says_so() {
    struct Plain(ArtifactName, ArtifactName);

    #[async_trait]
    impl Transform for Plain {
        fn name(&self) -> &str {
            "plain"
        }

        fn version(&self) -> u32 {
            1
        }

        fn source(&self) -> &ArtifactName {
            &self.0
        }

        fn destination(&self) -> &ArtifactName {
            &self.1
        }

        async fn render(&self, source: Source) -> Result<Rendered, TransformError> {
            Ok(Rendered::new(source.bytes().clone()))
        }
    }

    let plain = Plain(name("a.json"), name("a.html"));
    assert!(!plain.purges_impostors() && plain.applies_to(&name("a.json")) && !plain.applies_to(&name("b")));
    assert_eq!(plain.limits(), RenderLimits::default());
    insta::assert_snapshot!(format!("{:?}", plain.limits()), @"RenderLimits { time: 30s, bytes: 10485760 }");
}

#[test]
fn a_destination_is_owned_however_it_is_written_and_nothing_else_is() {
    let transforms = set(&[
        &Chart::new(),
        &Chart { purges: true, ..Chart::called("report", "data/report.json", "out/Report.pdf") },
    ])
    .unwrap();
    for owned in [
        "chart.html",
        "sub/Chart.HTML",
        "chart.html ",
        "chart.html.",
        "\u{ff43}hart.html",
        "ch\u{200b}art.html",
        "report.PDF",
        "out/report.pdf",
    ] {
        assert!(transforms.owns(&name(owned)), "{owned:?}");
    }
    for free in ["chart.json", "chart.html.txt", "chart.htm", "report.json", "out", "a"] {
        assert!(!transforms.owns(&name(free)), "{free:?}");
    }
    assert!(!Transforms::new(keys(), Vec::new()).unwrap().owns(&name("chart.html")));
}

#[test]
fn the_first_transform_that_applies_is_taken() {
    let all = |name: &ArtifactName| name.as_str().ends_with(".json");
    let first = Chart { applies_to: Some(all), ..Chart::called("all", "all.json", "all.html") };
    let transforms = set(&[&first, &Chart::new()]).unwrap();
    assert_eq!(transforms.destination_of(&name("chart.json")), Some(&name("all.html")));
    let transforms = set(&[&Chart::new(), &first]).unwrap();
    assert_eq!(transforms.destination_of(&name("chart.json")), Some(&name("chart.html")));
    assert_eq!(transforms.destination_of(&name("x.json")), Some(&name("all.html")));
}

/// A file that looks like a destination and is a source is rendered, and so is never stored itself.
#[test]
fn what_is_a_source_and_looks_like_a_destination_is_a_source() {
    let odd = |name: &ArtifactName| name.as_str() == "x/CHART.HTML";
    let odd = Chart { applies_to: Some(odd), ..Chart::called("odd", "odd.json", "odd.html") };
    let transforms = set(&[&Chart::new(), &odd]).unwrap();
    assert_eq!(transforms.destination_of(&name("x/CHART.HTML")), Some(&name("odd.html")));
    assert!(transforms.owns(&name("x/CHART.HTML")));
}

#[test]
fn a_transform_that_panics_when_it_is_asked_does_not_apply() {
    let panics = |_: &ArtifactName| panic!("a test shall see that this is contained");
    let broken = Chart { applies_to: Some(panics), ..Chart::called("broken", "b.json", "b.html") };
    let transforms = set(&[&broken, &Chart::new()]).unwrap();
    assert_eq!(transforms.destination_of(&name("chart.json")), Some(&name("chart.html")));
    assert_eq!(transforms.destination_of(&name("b.json")), None);
}

#[test]
fn transforms_that_would_get_in_each_others_way_are_refused() {
    let chart = Chart::new();
    let takes_pages = |name: &ArtifactName| name.as_str() == "chart.html";
    let mut said = Vec::new();
    for charts in [
        vec![Chart { name: "", ..Chart::new() }],
        vec![Chart { name: "Chart 1", ..Chart::new() }],
        vec![Chart {
            name: "a123456789b123456789c123456789d123456789e123456789f123456789g1234",
            ..Chart::new()
        }],
        vec![chart.clone(), Chart::called("chart", "b.json", "b.html")],
        vec![chart.clone(), Chart::called("other", "b.json", "chart.html")],
        vec![chart.clone(), Chart::called("other", "b.json", "sub/CHART.html")],
        vec![Chart::called("self", "a.html", "a.html")],
        vec![Chart::called("self", "in/a.html", "out/A.html")],
        vec![chart.clone(), Chart::called("next", "chart.html", "b.html")],
        vec![Chart::called("next", "Chart.html", "b.html"), chart.clone()],
        vec![
            chart.clone(),
            Chart { applies_to: Some(takes_pages), ..Chart::called("next", "b.json", "b.html") },
        ],
    ] {
        said.push(set(&charts.iter().collect::<Vec<_>>()).unwrap_err().to_string());
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    no transform can be called "": use 1 to 64 of `a` to `z`, `0` to `9` and `-`
    no transform can be called "Chart 1": use 1 to 64 of `a` to `z`, `0` to `9` and `-`
    no transform can be called "a123456789b123456789c123456789d123456789e123456789f123456789g1234": use 1 to 64 of `a` to `z`, `0` to `9` and `-`
    there are two transforms called `chart`
    the transforms `chart` and `other` both render to `chart.html`
    the transforms `chart` and `other` both render to `sub/CHART.html`
    the transform `self` renders to `a.html`, which `self` renders from
    the transform `self` renders to `out/A.html`, which `self` renders from
    the transform `chart` renders to `chart.html`, which `next` renders from
    the transform `chart` renders to `chart.html`, which `next` renders from
    the transform `chart` renders to `chart.html`, which `next` renders from
    "#);
    assert!(set(&[&Chart { name: "a-1", ..chart }, &Chart::called("b", "chart.json", "b.html")]).is_ok());
}

#[test]
fn neither_keys_nor_code_are_printed() {
    insta::assert_snapshot!(format!("{:?}", only(&Chart::new())), @r#"Transforms { known: ["chart"], .. }"#);
}
