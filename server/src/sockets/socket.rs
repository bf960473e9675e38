//! One connection: it breaks off when its client takes nothing, or says nothing, for too long.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// A connection, which has room for as long as it is there.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    _room: OwnedSemaphorePermit,
    takes: Wait,
    says: Option<Wait>,
}

/// How long something of the client's is waited for.
#[derive(Debug)]
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
        Self { stream, _room: room, takes: Wait::new(stuck), says: None }
    }

    /// One whose client has to say something in that time, again and again, as those do that are asked whether they are there.
    pub(super) fn heard(self, time: Duration) -> Self {
        Self { says: Some(Wait::new(time)), ..self }
    }
}

/// Why a connection whose client reads nothing breaks off.
const TAKES: &str = "the client takes nothing of what it is sent";

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let Self { stream, says, .. } = &mut *self;
        let done = Pin::new(stream).poll_read(context, buffer);
        match says {
            Some(says) => says.bounds(context, done, "nothing is heard of the client"),
            None => done,
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.takes.bounds(context, done, TAKES)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.takes.bounds(context, done, TAKES)
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
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
