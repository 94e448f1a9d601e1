//! What is told of a turn arrives at OpenTelemetry, by the bridge of the example `telemetry`.

use std::collections::BTreeSet;

use opencode_host::orchestrate::turn::Turn;
use opencode_host::{Client, Store, Subject};
use opencode_testkit::server::{Script, Server};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

#[tokio::test]
async fn a_turn_is_a_span_and_is_counted() {
    let (spans, metrics) = (InMemorySpanExporter::default(), InMemoryMetricExporter::default());
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(metrics.clone()).build();
    let ours = || Targets::new().with_target("opencode", LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracers.tracer("opencode")).with_filter(ours()))
        .with(MetricsLayer::new(meters.clone()).with_filter(ours()));
    // With a single subscriber, a place in the code that a thread without one comes to first is taken to be of interest to
    // nobody.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start().await;
    server.script(Script::new().text("Hello."));
    let client = Client::new(server.url()).unwrap();
    let subject = Subject::new("example", "telemetry").unwrap();
    let turn = Turn::new(&Store::memory(), &client, &subject, "Say hello.");
    assert!(turn.run(Default::default()).await.unwrap().is_completed());
    drop(guard);

    meters.force_flush().unwrap();
    let spans = spans.get_finished_spans().unwrap();
    let turn = spans.iter().find(|span| span.name == "turn").expect("the turn is a span");
    let events: BTreeSet<_> = turn.events.iter().map(|event| event.name.to_string()).collect();
    assert!(!events.is_empty(), "what happens is told within it");
    let metrics = metrics.get_finished_metrics().unwrap();
    let names: BTreeSet<_> = metrics
        .iter()
        .flat_map(|resource| resource.scope_metrics())
        .flat_map(|scope| scope.metrics())
        .map(|metric| metric.name().to_owned())
        .collect();
    for name in ["opencode.turns", "opencode.turn.duration", "opencode.tokens.input", "opencode.cost"] {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
}
