//! A lake in object storage, by the environment's credentials, through the binary.

use crate::commands::{err, out};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// An S3 server over a folder, for one key. It looks before it writes, in two steps, so puts take turns: a conditional put must be one.
async fn serve(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("bucket")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("key-of-the-test", "secret-of-the-test"));
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

fn pulse(folder: &Path, endpoint: &str, secret: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    let environment = [
        ("AWS_ACCESS_KEY_ID", "key-of-the-test"),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("PULSE_LAKE", "s3://bucket/some/prefix"),
        ("PULSE_LOG", "trace"),
    ];
    command.args(args).envs(environment).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_in_object_storage_is_opened_with_the_environments_credentials_and_none_of_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = serve(folder.path()).await;
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("rows.ndjson"), "{\"id\":\"push:x:1\",\"name\":\"one\"}\n").unwrap();
    tokio::task::spawn_blocking(move || {
        let run = |secret: &str, args: &[&str]| pulse(work.path(), &endpoint, secret, args);
        let pushed = run("secret-of-the-test", &["push", "--name", "x", "repositories", "rows.ndjson"]);
        assert_eq!(pushed.status.code(), Some(0), "{}", err(&pushed));
        let query = ["sql", "--format", "csv", "SELECT name FROM core.repositories"];
        let read = run("secret-of-the-test", &query);
        assert_eq!(out(&read), "name\none\n", "{}", err(&read));
        let refused = run("another-secret", &query);
        assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
        for output in [&pushed, &read, &refused] {
            assert!(!format!("{}{}", out(output), err(output)).contains("secret"), "{}", err(output));
        }
    })
    .await
    .unwrap();
    assert!(folder.path().join("bucket/some/prefix/tenant=local/core/repositories/_delta_log").is_dir());
}
