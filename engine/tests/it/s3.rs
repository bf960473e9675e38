//! The lake's suite against an S3 server on loopback.

use super::lake::suite;
use super::s3_server::serve;
use pulse_engine::lake::{Lake, Options};

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_holds_on_s3() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = serve(dir.path(), "lake", "key", "secret").await;
    let store = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "key"),
        ("aws_secret_access_key", "secret"),
        ("aws_allow_http", "true"),
    ];
    let store: Vec<_> = store.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    suite(|options| Lake::open("s3://lake/some/prefix", Options { store: store.clone(), ..options }).unwrap()).await;
    assert!(dir.path().join("lake/some/prefix/tenant=acme/core/repositories/_delta_log").is_dir());
}
