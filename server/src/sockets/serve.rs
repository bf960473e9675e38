//! Answers over HTTP on the connections of a port.

use super::answer::{Answer, Answering, Asked};
use super::{Socket, Sockets, accepted};
use crate::http::Problem;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::transport::server::TcpConnectInfo;

/// The most bytes that the head of a request may have, which is held until all of it is there: an address has up to 64 KiB.
const HEAD: usize = 128 << 10;
/// How often a client of HTTP/2 is asked whether it is still there, and how long that may take.
const ALIVE: Duration = Duration::from_secs(20);
/// How long one that is to go may take for its last words.
const LEAVES: Duration = Duration::from_secs(5);
/// How many are told at once that there is no room, how long that may take, and how much is read of what they ask meanwhile.
const TURNED_AWAY: usize = 64;
const TURNING_AWAY: Duration = Duration::from_secs(1);
const READ_AWAY: u64 = 64 << 10;
/// After how many seconds they are to come again.
const AGAIN: i64 = 5;

/// Answers on `listener` until `stop`, and then lets what is being answered come to its end.
pub async fn serve(mut listener: TcpListener, sockets: Sockets, router: Router, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let (ends, ending) = watch::channel(());
    let away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut open = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            came = accepted(&mut listener) => came,
            Some(_) = open.join_next() => continue,
            () = &mut stop => break,
        };
        match sockets.enters().await {
            Some(room) => {
                let socket = sockets.socket(stream, room);
                open.spawn(answers(socket, peer, router.clone(), sockets.clone(), ending.clone()));
            }
            None => {
                if let Ok(place) = Arc::clone(&away).try_acquire_owned() {
                    open.spawn(async move {
                        timeout(TURNING_AWAY, turns_away(stream)).await.ok();
                        drop(place);
                    });
                }
            }
        }
    }
    drop((listener, ends));
    while open.join_next().await.is_some() {}
}

/// Tells somebody that there is no room. What they ask is read, lest the answer be lost with the connection.
async fn turns_away(mut stream: TcpStream) {
    let why = "as many connections are being answered as may be: come again in a moment, and use one for many requests";
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "There is no room for one more client", why);
    let body = serde_json::to_string(&problem.after(AGAIN)).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: {AGAIN}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    if stream.write_all(format!("{head}{body}").as_bytes()).await.is_ok() && stream.shutdown().await.is_ok() {
        let mut asked = stream.take(READ_AWAY);
        drop(tokio::io::copy(&mut asked, &mut tokio::io::sink()).await);
    }
}

/// Answers what comes over a connection, until either end closes it, it has to go, or nothing comes.
async fn answers(socket: Socket, peer: SocketAddr, router: Router, sockets: Sockets, mut ending: watch::Receiver<()>) {
    let watched = sockets.watch();
    let watch = &watched.watch;
    let (seen, socket) = (Arc::clone(watch), socket.tells(Arc::clone(watch)));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // The same for calls of Flight.
        request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr: Some(peer) });
        let becomes_another = request.method() == Method::CONNECT;
        let answering = Answering::of(&seen);
        let answer = router.call(request.map(|body| Asked::new(body, Arc::clone(&answering))));
        async move {
            let answer = answer.await?;
            if becomes_another && answer.status().is_success() {
                answering.stays();
            }
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, answering)))
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(HEAD);
    // What is `CONNECT` there is a WebSocket.
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .enable_connect_protocol();
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(socket), service));
    let (mut is_ending, mut is_leaving) = (false, false);
    loop {
        tokio::select! {
            // What came is read before it is asked whether nothing did.
            biased;
            done = connection.as_mut() => {
                if let Err(error) = done {
                    tracing::trace!(%error, "a connection broke off");
                }
                return;
            }
            // It fails once the other end is gone, which is when nothing new is to be begun.
            _ = ending.changed(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = watch.rests(sockets.0.patience.idle), if !is_leaving => {
                is_leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            // What they asked before they heard of that is answered.
            () = sleep(LEAVES), if is_leaving => {
                if watch.idle().is_some() {
                    return;
                }
            }
            () = watch.sticks(sockets.0.patience.stuck) => return,
            () = watch.goes.notified() => {
                // One that was asked something meanwhile stays.
                if watch.has_to_go() {
                    return;
                }
            }
        }
    }
}
