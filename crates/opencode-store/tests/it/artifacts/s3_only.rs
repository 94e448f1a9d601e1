//! What only a bucket does.

mod s3 {
    use std::net::TcpListener;

    use futures_util::TryStreamExt as _;
    use opencode_store::ErrorKind;
    use opencode_store::artifact::{
        ArtifactStore as _, ArtifactStoreExt as _, ObjectArtifacts, PutOptions, S3Options,
    };
    use opencode_store::turn::TurnId;

    use crate::artifacts::bench::bucket;
    use crate::artifacts::index::index;
    use crate::artifacts::support::{name, s3_endpoint};

    async fn artifacts(options: &S3Options) -> (ObjectArtifacts, TurnId) {
        let (index, _, [turn, _]) = index().await;
        (ObjectArtifacts::s3(index, options).unwrap(), turn)
    }

    #[tokio::test]
    async fn the_prefix_is_kept() {
        let Some(endpoint) = s3_endpoint() else { return };
        let options = bucket(&endpoint);
        let (artifacts, turn) = artifacts(&options).await;
        artifacts.put_bytes(turn, &name("a"), PutOptions::default(), "one".into()).await.unwrap();
        let debug = format!("{options:?}");
        assert!(!debug.contains("labsecret"), "{debug}");
        let bucket = debug.split('"').nth(1).unwrap();
        let whole = S3Options::new(&format!("s3://{bucket}")).unwrap();
        let whole =
            whole.with_endpoint(endpoint).with_allow_http(true).with_credentials("AKIALAB", "labsecret");
        let objects: Vec<_> = whole.object_store().unwrap().list(None).try_collect().await.unwrap();
        assert_eq!(objects.len(), 1);
        assert!(objects[0].location.as_ref().starts_with("some/prefix/blobs/"));
    }

    #[tokio::test]
    async fn a_bucket_that_is_not_there_is_an_error() {
        let Some(endpoint) = s3_endpoint() else { return };
        let options = S3Options::new("s3://no-such-bucket").unwrap();
        let options =
            options.with_endpoint(endpoint).with_allow_http(true).with_credentials("AKIALAB", "labsecret");
        let (artifacts, turn) = artifacts(&options).await;
        let file = name("a");
        let put = artifacts.put_bytes(turn, &file, PutOptions::default(), "one".into());
        let error = put.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        insta::assert_snapshot!(error, @"the place of the artifacts' bytes is missing or closed");
        assert_eq!(
            artifacts.sweep(std::time::Duration::ZERO).await.unwrap_err().kind(),
            ErrorKind::InvalidConfig
        );
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error() {
        // Nobody listens where somebody just did.
        let endpoint = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let options = S3Options::new("s3://bucket").unwrap();
        let options =
            options.with_endpoint(endpoint).with_allow_http(true).with_credentials("AKIALAB", "labsecret");
        let (artifacts, turn) = artifacts(&options).await;
        let file = name("a");
        let put = artifacts.put_bytes(turn, &file, PutOptions::default(), "one".into());
        let error = put.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.is_transient());
        insta::assert_snapshot!(error, @"the bytes of artifacts cannot be stored");
        assert!(!format!("{error:?}").contains("labsecret"));
    }
}
