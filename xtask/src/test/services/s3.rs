//! The S3 endpoint: one for the whole run; each test makes buckets of its own.

use anyhow::{Result, bail};
use opencode_testkit::s3::{S3, URL_VARIABLE};

use super::availability::Found;

/// Takes the endpoint that the environment names, or else starts one, which may be fetched first.
pub(super) fn prepare() -> Result<Found<S3>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(S3::start()) {
        Ok(s3) => Ok(Found {
            variable: URL_VARIABLE,
            value: s3.url().into(),
            shown: s3.url().to_owned(),
            keeper: Some(s3),
        }),
        // The end of what was printed says which of many things went wrong.
        Err(error) => match error.output().and_then(|output| output.lines().last()) {
            Some(last) => bail!("{error} ({last})"),
            None => Err(error.into()),
        },
    }
}
