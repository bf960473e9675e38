//! An S3 server in process, on loopback. The tests of `server/` include this file by its path.

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// What a lake in a server at `endpoint` is opened with.
pub(crate) fn options(endpoint: &str, key: &str, secret: &str) -> Vec<(String, String)> {
    let options = [
        ("aws_endpoint", endpoint),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", key),
        ("aws_secret_access_key", secret),
        ("aws_allow_http", "true"),
    ];
    options.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// An S3 server over a folder, with one bucket and one key; its address. It looks before it writes, in two steps, so puts take
/// turns: a conditional put must be one.
pub(crate) async fn serve(folder: &Path, bucket: &str, key: &str, secret: &str) -> String {
    std::fs::create_dir_all(folder.join(bucket)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(key, secret));
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
