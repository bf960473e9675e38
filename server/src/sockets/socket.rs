//! One connection: it breaks off when its client takes nothing, or says nothing, for too long.

use super::{Watch, Watched};
use std::fmt;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// A connection, which has room for as long as it is there.
pub struct Socket {
    stream: TcpStream,
    _room: OwnedSemaphorePermit,
    takes: Wait,
    /// What is told of what its client takes.
    told: Option<Arc<Watch>>,
    heard: Option<Heard>,
}

/// What is known of a client who has to be heard of.
struct Heard {
    says: Wait,
    watched: Watched,
}

/// Whom a call comes from, and over which connection.
#[derive(Clone)]
pub struct Met {
    pub(super) from: TcpConnectInfo,
    pub(super) watch: Option<Arc<Watch>>,
}

impl fmt::Debug for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Met").field("from", &self.from).finish_non_exhaustive()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// How long something of the client's is waited for.
struct Wait {
    time: Duration,
    /// What tells that it is over; none while nothing is waited for.
    over: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    fn new(time: Duration) -> Self {
        Self { time, over: None }
    }

    /// What came of it, unless that took too long.
    fn bounds<T>(&mut self, context: &mut Context<'_>, done: Poll<Result<T>>, why: &'static str) -> Poll<Result<T>> {
        if done.is_ready() {
            self.over = None;
            return done;
        }
        let time = self.time;
        let over = self.over.get_or_insert_with(|| Box::pin(sleep(time)));
        over.as_mut().poll(context).map(|()| Err(Error::new(ErrorKind::TimedOut, why)))
    }
}

impl Socket {
    pub(super) fn new(stream: TcpStream, room: OwnedSemaphorePermit, stuck: Duration) -> Self {
        Self { stream, _room: room, takes: Wait::new(stuck), told: None, heard: None }
    }

    /// One that tells what its client takes.
    pub(super) fn tells(self, watch: Arc<Watch>) -> Self {
        Self { told: Some(watch), ..self }
    }

    /// One whose client has to say something in that time, again and again, as those do that are asked whether they are there; and which is
    /// watched over by whoever reads it.
    pub(super) fn heard(self, watched: Watched, time: Duration) -> Self {
        let told = Some(Arc::clone(&watched.watch));
        Self { told, heard: Some(Heard { says: Wait::new(time), watched }), ..self }
    }

    /// What came of sending something, unless the client takes nothing for too long, or the connection has to go: of one that can send no
    /// more nothing is read, either.
    fn sends(&mut self, context: &mut Context<'_>, done: Poll<Result<usize>>) -> Poll<Result<usize>> {
        let (was_full, told) = (self.takes.over.is_some(), self.told.as_deref());
        match (&done, told) {
            (Poll::Ready(Ok(sent)), Some(watch)) if was_full || *sent > SMALL => watch.takes(),
            (Poll::Pending, Some(watch)) if self.heard.is_some() && watch.is_to_go(context) => return gone(),
            _ => {}
        }
        self.takes.bounds(context, done, TAKES)
    }
}

/// How many bytes say nothing of an answer: so many are sent over HTTP/2 without one.
const SMALL: usize = 1 << 10;

/// What comes of a connection that has to go.
fn gone<T>() -> Poll<Result<T>> {
    Poll::Ready(Err(Error::new(ErrorKind::ConnectionAborted, "another has its place")))
}

/// Why a connection whose client reads nothing breaks off.
const TAKES: &str = "the client takes nothing of what it is sent";

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let Self { stream, takes, heard, .. } = &mut *self;
        let done = Pin::new(stream).poll_read(context, buffer);
        let Some(Heard { says, watched }) = heard else { return done };
        if done.is_pending() && watched.watch.is_to_go(context) {
            return gone();
        }
        // They say again and again that they are there, and are looked after then.
        if done.is_pending() && watched.watch.is_stuck(takes.time) {
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, TAKES)));
        }
        says.bounds(context, done, "nothing is heard of the client")
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sends(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.sends(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected for Socket {
    type ConnectInfo = Met;

    fn connect_info(&self) -> Met {
        let watch = self.told.as_ref().map(Arc::clone);
        Met { from: self.stream.connect_info(), watch }
    }
}
