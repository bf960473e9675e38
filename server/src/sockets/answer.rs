//! When a request is being answered: from when all of it is there until what it is answered with is gone. Until it is there it is its client's
//! turn, who may never send the rest; and so it is when some of an answer is there, until the next of it is asked for, which waits until
//! there is room for it on the way to the client.

use super::socket::Met;
use super::{Answered, Watch};
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as Parts, Frame, SizeHint};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::transport::server::TlsConnectInfo;

/// Answers a call of a server that watches over its own connections, which are told of it.
pub(crate) async fn told(mut request: Request, next: Next) -> Response {
    let Some(Met { from, watch }) = met(&request) else { return next.run(request).await };
    request.extensions_mut().insert(from);
    let Some(watch) = watch else { return next.run(request).await };
    let answering = Answering::of(&watch);
    let request = request.map(|body| Body::new(Asked::new(body, Arc::clone(&answering))));
    next.run(request).await.map(|body| Body::new(Answer::new(body, answering)))
}

/// Whom a call comes from.
fn met(request: &Request) -> Option<Met> {
    let known = request.extensions();
    known.get::<Met>().or_else(|| known.get::<TlsConnectInfo<Met>>().map(TlsConnectInfo::get_ref)).cloned()
}

/// A request of a connection.
pub(super) struct Answering {
    watch: Arc<Watch>,
    turn: Mutex<Turn>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Default)]
struct Turn {
    /// All of what is asked is there, or nobody reads on in it.
    is_whole: bool,
    /// What it is answered with waits for its client.
    is_unread: bool,
}

impl Answering {
    /// The beginning of one comes.
    pub(super) fn of(watch: &Arc<Watch>) -> Arc<Self> {
        watch.hears();
        Arc::new(Self { watch: Arc::clone(watch), turn: Mutex::default() })
    }

    /// All of it is there, or nobody reads on in it.
    pub(super) fn is_there(&self) {
        let mut turn = self.turn.lock();
        if !turn.is_whole {
            turn.is_whole = true;
            let unread = usize::from(turn.is_unread);
            self.watch.changes(|answered| Answered { all: answered.all + 1, unread: answered.unread + unread });
        }
    }

    /// What it is answered with waits for its client from now on, or does no more.
    fn is_unread(&self, unread: bool) {
        let mut turn = self.turn.lock();
        if turn.is_unread == unread {
            return;
        }
        turn.is_unread = unread;
        if turn.is_whole {
            let becomes = |now: usize| if unread { now + 1 } else { now.saturating_sub(1) };
            self.watch.changes(|answered| Answered { unread: becomes(answered.unread), ..answered });
        }
    }

    /// It is being answered for as long as the connection is open: what goes over it from now on is no answer, as of a WebSocket of HTTP/2.
    pub(super) fn stays(&self) {
        self.watch.changes(|answered| Answered { all: answered.all + 1, ..answered });
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let Turn { is_whole, is_unread } = *self.turn.get_mut();
        if is_whole {
            let unread = usize::from(is_unread);
            self.watch.changes(|answered| Answered {
                all: answered.all.saturating_sub(1),
                unread: answered.unread.saturating_sub(unread),
            });
        }
    }
}

/// What a request brings.
pub(super) struct Asked<B> {
    body: B,
    answering: Arc<Answering>,
}

impl<B: Parts> Asked<B> {
    pub(super) fn new(body: B, answering: Arc<Answering>) -> Self {
        if body.is_end_stream() {
            answering.is_there();
        }
        Self { body, answering }
    }
}

impl<B> Drop for Asked<B> {
    fn drop(&mut self) {
        self.answering.is_there();
    }
}

impl<B: Parts<Data = Bytes> + Unpin> Parts for Asked<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let is_over = matches!(frame, Poll::Ready(None | Some(Err(_))));
        if is_over || self.body.is_end_stream() {
            self.answering.is_there();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a request is answered with.
pub(super) struct Answer {
    body: Body,
    answering: Arc<Answering>,
}

impl Answer {
    pub(super) fn new(body: Body, answering: Arc<Answering>) -> Self {
        answering.is_unread(true);
        Self { body, answering }
    }
}

impl Parts for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.answering.is_unread(false);
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.answering.is_unread(frame.is_ready());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
