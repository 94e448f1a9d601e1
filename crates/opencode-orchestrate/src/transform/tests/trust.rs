//! What is trusted, and that nothing else is.

use opencode_store::artifact::{Digest, NewArtifact};
use opencode_wire::model::Json;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::stamp::{Claim, Stamp};
use super::*;

fn claim(page: &ArtifactName) -> Claim<'_> {
    Claim {
        turn: TurnId::new(1),
        name: page,
        transform: "chart",
        version: 2,
        source: Digest::of(b"[1]"),
        rendered: Digest::of(b"<h1>[1]"),
    }
}

/// An artifact as it would be stored, with whatever stands beside it.
fn artifact(trust: Option<Json>) -> Artifact {
    let digest = Digest::of(b"<h1>[1]");
    let new =
        NewArtifact::new(TurnId::new(1), name("chart.html"), "text/html", 7, digest, "key").with_trust(trust);
    Artifact::new(&new, 1, jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH)
}

fn stamped() -> Artifact {
    artifact(Some(Stamp::write(&claim(&name("chart.html")), &keys()).unwrap()))
}

fn changed(mut artifact: Artifact, change: impl FnOnce(&mut Artifact)) -> Artifact {
    change(&mut artifact);
    artifact
}

fn transforms() -> Transforms {
    set(&[&Chart::new(), &Chart::called("report", "report.json", "report.html")]).unwrap()
}

/// Neither trusted nor taken for something that the host has rendered once.
fn is_foreign(artifact: &Artifact) -> bool {
    transforms().trusted(artifact).is_none() && transforms().stamp(artifact).is_none()
}

#[test]
fn a_name_alone_is_not_trusted() {
    assert!(transforms().trusted(&stamped()).is_some());
    assert!(is_foreign(&artifact(None)));
    assert!(Impostor::of(&artifact(None), &transforms()).is_some());
}

#[test]
fn what_is_under_another_name_is_no_impostor() {
    for other in ["chart.json", "a.html", "sub/chart.html", "Chart.html"] {
        let artifact = changed(artifact(None), |artifact| artifact.name = name(other));
        assert!(Impostor::of(&artifact, &transforms()).is_none(), "{other}");
    }
}

#[test]
fn a_stamp_is_for_one_turn_one_name_and_these_bytes() {
    let stamped = stamped();
    assert!(is_foreign(&changed(stamped.clone(), |artifact| artifact.turn = TurnId::new(2))));
    for other in ["report.html", "sub/chart.html", "Chart.html", "chart.html "] {
        let renamed = changed(stamped.clone(), |artifact| artifact.name = name(other));
        assert!(is_foreign(&renamed), "{other}");
    }
    assert!(is_foreign(&changed(stamped, |artifact| artifact.digest = Digest::of(b"<script>"))));
}

#[test]
fn a_stamp_of_another_transform_version_or_key_is_not_trusted() {
    let page = name("chart.html");
    let write = |claim: &Claim<'_>, keys: &StampKeys| artifact(Some(Stamp::write(claim, keys).unwrap()));
    for other in [
        Claim { transform: "report", ..claim(&page) },
        Claim { transform: "unknown", ..claim(&page) },
        Claim { version: 1, ..claim(&page) },
        Claim { version: 3, ..claim(&page) },
    ] {
        assert!(transforms().trusted(&write(&other, &keys())).is_none(), "{other:?}");
    }
    assert!(is_foreign(&write(&claim(&page), &StampKeys::new(StampKey::new(OTHER_KEY)))));
}

#[test]
fn every_other_shape_is_not_trusted() {
    let valid = stamped().trust.unwrap().to_value();
    let with = |change: fn(&mut serde_json::Map<String, Value>)| {
        let mut changed = valid.clone();
        change(changed.as_object_mut().unwrap());
        changed
    };
    let as_list: Vec<Value> =
        ["transform", "version", "source", "stamp"].map(|field| valid[field].clone()).to_vec();
    for other in [
        json!(null),
        json!({}),
        json!([]),
        json!(true),
        json!("chart"),
        json!(as_list),
        json!([valid]),
        with(|trust| drop(trust.remove("version"))),
        with(|trust| drop(trust.remove("stamp"))),
        with(|trust| drop(trust.insert("more".into(), json!(1)))),
        with(|trust| drop(trust.insert("version".into(), json!(2.0)))),
        with(|trust| drop(trust.insert("version".into(), json!("2")))),
        with(|trust| drop(trust.insert("version".into(), json!(4_294_967_298_u64)))),
        with(|trust| drop(trust.insert("stamp".into(), json!("")))),
        with(|trust| {
            let upper = trust["stamp"].as_str().unwrap().to_uppercase();
            trust.insert("stamp".into(), json!(upper));
        }),
        with(|trust| {
            let upper = trust["source"].as_str().unwrap().to_uppercase();
            trust.insert("source".into(), json!(upper));
        }),
    ] {
        assert!(is_foreign(&artifact(Some(Json::from(other.clone())))), "{other}");
    }
    let text = valid.to_string();
    let padded = text.replacen(':', &format!(":{}", " ".repeat(1024)), 1);
    let twice = text.replacen('{', r#"{"version":2,"#, 1);
    for other in [padded, twice] {
        let other: Json = serde_json::from_str(&other).unwrap();
        assert!(is_foreign(&artifact(Some(other.clone()))), "{other}");
    }
    // What a database does to JSON that keeps its meaning is fine.
    assert!(transforms().trusted(&artifact(Some(Json::from(valid)))).is_some());
}

#[test]
fn no_bit_of_a_stamp_can_be_changed() {
    let text = stamped().trust.unwrap().as_str().to_owned();
    let mut looked_at = 0;
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            // What is no JSON cannot stand beside an artifact.
            if let Ok(trust) = serde_json::from_slice::<Json>(&bytes) {
                looked_at += 1;
                assert!(transforms().trusted(&artifact(Some(trust.clone()))).is_none(), "{trust}");
            }
        }
    }
    assert!(looked_at > 800, "{looked_at}");
}

/// JSON of any shape, and often of nearly the right one.
fn shapes() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_u32).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9a-f]{64}".prop_map(Value::from),
        prop::sample::select(vec!["chart", "report", ""]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        4 => prop::sample::select(vec!["transform", "version", "source", "stamp"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let tree = leaf.prop_recursive(3, 16, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..5)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    });
    let near = (0..4_u32, "[0-9a-f]{64}", "[0-9a-f]{64}").prop_map(|(version, source, stamp)| {
        json!({ "transform": "chart", "version": version, "source": source, "stamp": stamp })
    });
    prop_oneof![1 => tree, 1 => near]
}

fn claims() -> impl Strategy<Value = (i64, String, String, u32, u8, u8)> {
    (0..3_i64, "[ab]{1,3}", "[ab]{0,3}", 0..3_u32, 0..2_u8, 0..2_u8)
}

fn encoded(
    (turn, page, transform, version, source, rendered): &(i64, String, String, u32, u8, u8),
) -> Vec<u8> {
    let digest = |seed: u8| Digest::of(&[seed]);
    let (turn, page) = (TurnId::new(*turn), name(page));
    let (source, rendered) = (digest(*source), digest(*rendered));
    Claim { turn, name: &page, transform, version: *version, source, rendered }.encoded()
}

#[test]
fn what_is_moved_from_one_part_of_a_claim_to_the_next_makes_another_claim() {
    let of = |page: &str, transform: &str| encoded(&(1, page.into(), transform.into(), 2, 0, 0));
    assert_ne!(of("a", "bc"), of("ab", "c"));
    assert_ne!(of("a", ""), of("aa", "a"));
}

proptest! {
    #[test]
    fn g21_nothing_that_the_host_has_not_stamped_is_trusted(trust in shapes()) {
        prop_assert!(is_foreign(&artifact(Some(Json::from(trust)))));
    }

    #[test]
    fn no_two_claims_are_written_alike(one in claims(), other in claims()) {
        prop_assert_eq!(encoded(&one) == encoded(&other), one == other);
    }

    #[test]
    fn no_two_keys_make_the_same_stamp(key in any::<[u8; 32]>()) {
        prop_assume!(key != KEY);
        let page = name("chart.html");
        let trust = Stamp::write(&claim(&page), &StampKeys::new(StampKey::new(key))).unwrap();
        prop_assert!(is_foreign(&artifact(Some(trust))));
    }
}
