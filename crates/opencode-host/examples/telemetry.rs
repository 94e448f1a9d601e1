//! Sends what is told of a turn to OpenTelemetry: spans, and the figures of `opencode.metrics` as metrics.
//!
//! ```sh
//! OPENCODE_BASE_URL=http://127.0.0.1:4096 cargo run -p opencode-host --example telemetry
//! ```
//!
//! The exporters write to standard output; a program puts those of its collector in their place.

use std::error::Error;

use opencode_host::orchestrate::turn::Turn;
use opencode_host::{Client, Store, Subject};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let spans =
        SdkTracerProvider::builder().with_simple_exporter(opentelemetry_stdout::SpanExporter::default());
    let spans = spans.build();
    let metrics = SdkMeterProvider::builder()
        .with_periodic_exporter(opentelemetry_stdout::MetricExporter::default())
        .build();
    // What hyper and others tell is theirs.
    let ours = || Targets::new().with_target("opencode", LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(spans.tracer("opencode")).with_filter(ours()))
        .with(MetricsLayer::new(metrics.clone()).with_filter(ours()))
        .init();

    let store = Store::memory();
    let subject = Subject::new("example", "telemetry")?;
    let turn = Turn::new(&store, &Client::from_env()?, &subject, "Say hello in one sentence.");
    turn.run(Default::default()).await?;

    metrics.shutdown()?;
    spans.shutdown()?;
    Ok(())
}
