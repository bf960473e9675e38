//! The lake's suite against an S3 server on loopback.

use super::lake::suite;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use pulse_engine::lake::{Lake, Options};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// An S3 server over a folder. It looks before it writes, in two steps, so puts take turns: a conditional put must be one.
async fn serve(folder: &std::path::Path) -> String {
    std::fs::create_dir_all(folder.join("lake")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("key", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let turns = Arc::new(Mutex::new(()));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (service, turns) = (service.clone(), turns.clone());
            let answer = service_fn(move |request: Request<Incoming>| {
                let (service, turns) = (service.clone(), turns.clone());
                async move {
                    let _turn = if request.method() == Method::PUT { Some(turns.lock().await) } else { None };
                    service.call(request.map(s3s::Body::from)).await
                }
            });
            tokio::spawn(async move {
                Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), answer).await
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_holds_on_s3() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = serve(dir.path()).await;
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
