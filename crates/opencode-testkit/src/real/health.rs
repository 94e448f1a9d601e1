//! One question to the health route.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Empty;
use serde::Deserialize;

use super::environment::USERNAME;

/// What a healthy server says.
#[derive(Deserialize)]
pub(super) struct Health {
    #[serde(default)]
    pub(super) version: String,
}

/// Asks once; `None` is anything but a 200 with a JSON object.
///
/// The server answers unknown routes with 200 and a web page, so the status alone proves nothing.
pub(super) async fn ask(port: u16, password: Option<&str>) -> Option<Health> {
    let mut request = http::Request::get("/global/health");
    if let Some(password) = password {
        let encoded = STANDARD.encode(format!("{USERNAME}:{password}"));
        request = request.header(http::header::AUTHORIZATION, format!("Basic {encoded}"));
    }
    let request = request.body(Empty::new()).ok()?;
    let (status, body) = crate::machine::http::send(&format!("127.0.0.1:{port}"), request).await?;
    if status != http::StatusCode::OK {
        return None;
    }
    serde_json::from_slice(&body).ok()
}
