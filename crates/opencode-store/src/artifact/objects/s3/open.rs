//! From options to an object store.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use secrecy::ExposeSecret as _;

use super::S3Options;
use super::connect::Connector;
use crate::error::{Error, ErrorKind, Result};

/// How often a request is repeated that nothing came of.
const RETRIES: usize = 4;

/// How long requests are repeated.
const RETRY_FOR: Duration = Duration::from_secs(60);

/// Opens a bucket. Nothing is asked of it yet.
pub(super) fn open(options: &S3Options) -> Result<Arc<dyn ObjectStore>> {
    let invalid = |message: &str| Error::new(ErrorKind::InvalidConfig, message);
    let Some(credentials) = &options.credentials else {
        // Without them the client would go and ask the machines of a cloud that this need not be.
        return Err(invalid("S3 needs an access key and its secret"));
    };
    let retry =
        RetryConfig { backoff: BackoffConfig::default(), max_retries: RETRIES, retry_timeout: RETRY_FOR };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&options.bucket)
        .with_region(options.region.as_deref().unwrap_or("us-east-1"))
        .with_access_key_id(&credentials.access_key)
        .with_secret_access_key(credentials.secret.expose_secret())
        .with_allow_http(options.allow_http)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retry)
        .with_http_connector(Connector::new(&options.roots)?);
    if let Some(token) = &options.session_token {
        builder = builder.with_token(token.expose_secret());
    }
    if let Some(endpoint) = &options.endpoint {
        let scheme = endpoint.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("https") => {}
            Some("http") if options.allow_http => {}
            Some("http") => return Err(invalid("the endpoint of S3 has no TLS, and that is not allowed")),
            _ => return Err(invalid("the endpoint of S3 does not begin with https://")),
        }
        builder = builder.with_endpoint(endpoint);
    }
    let bucket = builder.build().map_err(|source| invalid("S3 cannot be used so").with_source(source))?;
    Ok(if options.prefix.as_ref().is_empty() {
        Arc::new(bucket)
    } else {
        Arc::new(PrefixStore::new(bucket, options.prefix.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, change: impl FnOnce(S3Options) -> S3Options) -> String {
        let options = S3Options::new(url).map(|options| change(options.with_credentials("me", "geheim")));
        let error = options.and_then(|options| open(&options)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(!format!("{error:?}").contains("geheim"));
        error.to_string()
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        insta::assert_snapshot!(refused("bucket", |options| options), @"the address of the bucket does not begin with s3://");
        insta::assert_snapshot!(refused("s3://", |options| options), @"not the name of a bucket: it takes 3 to 63 small letters, digits, dots and dashes");
        insta::assert_snapshot!(refused("s3://bucket/a//b", |options| options), @"the prefix in the bucket cannot be one");
        insta::assert_snapshot!(refused("s3://bucket", |options| options.with_endpoint("localhost:9000")), @"the endpoint of S3 does not begin with https://");
        insta::assert_snapshot!(refused("s3://bucket", |options| options.with_endpoint("http://localhost:9000")), @"the endpoint of S3 has no TLS, and that is not allowed");
        insta::assert_snapshot!(refused("s3://bucket", |options| options.with_root_certificate("nothing")), @"the root certificate is empty: no PEM block");
        let options = S3Options::new("s3://bucket").unwrap();
        insta::assert_snapshot!(open(&options).unwrap_err(), @"S3 needs an access key and its secret");
    }

    #[test]
    fn a_bucket_and_a_prefix_can_be_used() {
        for url in ["s3://bucket", "s3://bucket/", "s3://bucket/one/two/"] {
            open(&S3Options::new(url).unwrap().with_credentials("me", "geheim")).unwrap();
        }
    }
}
