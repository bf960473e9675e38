//! The lake's suite against an S3 server on loopback, and what is told of one that refuses.

use super::lake::suite;
use super::s3_server::{options, serve};
use pulse_engine::lake::{Lake, Options};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_holds_on_s3() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = serve(dir.path(), "lake", "key", "secret").await;
    let store = options(&endpoint, "key", "secret");
    suite(|options| Lake::open("s3://lake/some/prefix", Options { store: store.clone(), ..options }).unwrap()).await;
    assert!(dir.path().join("lake/some/prefix/tenant=acme/core/repositories/_delta_log").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_store_gives_no_list_is_told_in_words_of_ours() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = serve(dir.path(), "lake", "key", "secret").await;
    let open = |url: &str, endpoint: &str, secret: &str| {
        Lake::open(url, Options { store: options(endpoint, "key", secret), ..Options::default() }).unwrap()
    };
    let lake = open("s3://lake/some/prefix", &endpoint, "secret");
    lake.ping().await.unwrap();
    assert_eq!((lake.costs().lists, lake.costs().reads), (1, 0));
    // This one takes connections, and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silence = format!("http://{}", mute.local_addr().unwrap());
    for (lake, why) in [
        (open("s3://lake/some/prefix", &endpoint, "another"), "it refuses the credentials"),
        (open("s3://pond/some/prefix", &endpoint, "secret"), "it has no such bucket"),
        (open("s3://lake/some/prefix", &silence, "secret"), "it gave no list within 1.5 seconds"),
    ] {
        let begin = Instant::now();
        let told = lake.ping().await.unwrap_err().to_string();
        assert!(told.starts_with(&format!("the lake's object store: {why}")), "{told}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{told}: {:?}", begin.elapsed());
        assert!(!told.contains("127.0.0.1"), "{told}");
    }
}
