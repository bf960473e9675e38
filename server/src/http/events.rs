//! `/api/v1/events`: what happens, as it happens, to programs and pages that look on.

use super::json::Query;
use super::{App, Asker, Problem, asker};
use crate::auth::Principal;
use crate::control::{Authority, Event};
use crate::events::{Following, Over};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, Method, header};
use axum::response::sse::{self, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use utoipa::IntoParams;

/// How often it is asked whether whoever looks on still may.
const CHECKS: Duration = Duration::from_secs(2);
/// For how long a message may not get through until its client is let go.
const STUCK: Duration = Duration::from_secs(10);
/// How much a client may send at once: it has nothing to say.
const MOST_HEARD: usize = 4096;
/// How much of a client's messages is gathered, either way.
const BUFFERS: usize = 4096;
/// How much may wait to be sent: more than the longest message has.
const MOST_WAITING: usize = 256 << 10;
/// How many messages wait for a client's connection.
const WAIT: usize = 16;

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    /// The id of the last event that was seen; left out: from now on.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// Follow what happens
///
/// As server-sent events, or over a WebSocket to whoever asks for one. The first message is `hello`, with the id after which
/// events follow; `missed` says that some of those that were asked for are kept no longer. Each event is told once, in order, to whoever
/// may know of it. The stream ends when whoever follows is signed out, or does not keep up: come back with the last id.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(From, ("Last-Event-ID" = Option<i64>, Header, description = "As `after`, before which it goes; browsers send it by themselves")),
    responses((status = 200, body = Event, content_type = "text/event-stream"), (status = 101), Problem))]
pub(super) async fn follow(
    State(app): State<App>,
    asker: Asker,
    Query(from): Query<From>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // A browser that comes back asks with the same address, and knows more by then.
    let after = match headers.get("last-event-id") {
        Some(id) => id.to_str().ok().and_then(|id| id.parse().ok()).map(Some),
        None => Some(from.after),
    };
    let after = after.filter(|after| after.is_none_or(|id| id >= 0));
    let after =
        after.ok_or_else(|| Problem::invalid("the id of the last event seen should be one that an event had"))?;
    let upgrade = match upgrade {
        Ok(upgrade) => Some(upgrade),
        Err(rejection) if headers.contains_key(header::UPGRADE) => return Err(Problem::invalid(rejection.body_text())),
        Err(_) => None,
    };
    let following = app.events.follow(&asker.tenant, asker.who.id(), after).await?;
    let onlooker = Onlooker::new(app, asker, headers, following);
    Ok(match upgrade {
        Some(upgrade) => upgrade
            .max_message_size(MOST_HEARD)
            .max_frame_size(MOST_HEARD)
            .read_buffer_size(BUFFERS)
            .write_buffer_size(0)
            .max_write_buffer_size(MOST_WAITING)
            .on_upgrade(|socket| onlooker.over_socket(socket)),
        None => {
            let (tells, mut hears) = mpsc::channel(WAIT);
            tokio::spawn(onlooker.over_channel(tells));
            Sse::new(stream::poll_fn(move |context| hears.poll_recv(context))).into_response()
        }
    })
}

/// Somebody who follows events.
struct Onlooker {
    app: App,
    /// What they are known by.
    headers: HeaderMap,
    user: Option<String>,
    authority: Authority,
    following: Following,
    beats: Interval,
    checks: Interval,
}

/// What an onlooker is told.
enum Told {
    Event(Arc<Event>),
    /// Nothing happens, and all is well.
    Alive,
    Over(Why),
}

/// Why they are told no more.
#[derive(Clone, Copy)]
enum Why {
    SignedOut,
    Slow,
    Ending,
}

impl Why {
    /// As a WebSocket is closed, and as text.
    fn said(self) -> (u16, &'static str) {
        match self {
            Why::SignedOut => (4401, "what you came with is not good any more: renew it, or sign in"),
            Why::Slow => (1013, "you did not keep up: come back with the last id"),
            Why::Ending => (1001, "the server ends: come back with the last id"),
        }
    }
}

impl Onlooker {
    fn new(app: App, asker: Asker, mut headers: HeaderMap, following: Following) -> Self {
        let every = |period: Duration| {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        // What they came with is of no more use, but for what they are known by.
        let kept = [header::AUTHORIZATION, header::COOKIE];
        let gone: Vec<_> = headers.keys().filter(|name| !kept.contains(name)).cloned().collect();
        for name in gone {
            headers.remove(name);
        }
        // What is a person's own is not for their programs.
        let user = asker.person().ok().map(|(user, _)| user.to_owned());
        let beats = every(app.events.bounds().beats);
        Self { app, headers, user, authority: asker.authority, following, beats, checks: every(CHECKS) }
    }

    fn hello(&self) -> (i64, String) {
        let id = self.following.seen();
        (id, json!({ "kind": "hello", "id": id, "missed": self.following.missed() }).to_string())
    }

    /// What comes next.
    async fn next(&mut self) -> Told {
        loop {
            tokio::select! {
                next = self.following.next() => match next {
                    Ok(Ok(event)) if event.is_for(self.user.as_deref(), &self.authority) => {
                        return Told::Event(event.told_to(&self.authority));
                    }
                    Ok(Ok(_)) => {}
                    Ok(Err(Over::Slow)) => return Told::Over(Why::Slow),
                    Ok(Err(Over::Ending)) => return Told::Over(Why::Ending),
                    Err(error) => {
                        tracing::debug!(%error, "events cannot be read now");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                },
                _ = self.checks.tick() => {
                    // A database that is away says nothing about who they are, and nothing happens without it.
                    match asker::known(&Method::GET, &self.headers, &self.app).await.ok() {
                        Some(Some(known)) => match &*known {
                            Principal::Member { authority, .. } => self.authority.clone_from(authority),
                            Principal::Operator { .. } => return Told::Over(Why::SignedOut),
                        },
                        Some(None) => return Told::Over(Why::SignedOut),
                        None => {}
                    }
                }
                _ = self.beats.tick() => return Told::Alive,
            }
        }
    }

    async fn over_socket(mut self, mut socket: WebSocket) {
        let mut heard = Instant::now();
        let mut message = Message::text(self.hello().1);
        loop {
            // Whoever takes nothing holds nobody up.
            if !matches!(timeout(STUCK, socket.send(message)).await, Ok(Ok(()))) {
                return;
            }
            let told = {
                // However much a client says, what comes next, such as that it is signed out, goes on being found.
                let mut next = pin!(self.next());
                loop {
                    tokio::select! {
                        said = socket.recv() => match said {
                            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                            Some(Ok(_)) => heard = Instant::now(),
                        },
                        told = &mut next => break told,
                    }
                }
            };
            message = match told {
                Told::Event(event) => Message::text(json!(event).to_string()),
                Told::Alive if heard.elapsed() > self.app.events.bounds().silent => return,
                Told::Alive => Message::Ping(Vec::new().into()),
                Told::Over(why) => {
                    let (code, reason) = why.said();
                    let close = CloseFrame { code, reason: reason.into() };
                    // It is over, whether they hear it or not.
                    timeout(STUCK, socket.send(Message::Close(Some(close)))).await.ok();
                    return;
                }
            };
        }
    }

    async fn over_channel(mut self, tells: mpsc::Sender<Result<sse::Event, Infallible>>) {
        let (id, hello) = self.hello();
        let mut message = sse::Event::default().event("hello").id(id.to_string()).data(hello);
        loop {
            if !matches!(timeout(STUCK, tells.send(Ok(message))).await, Ok(Ok(()))) {
                return;
            }
            let told = tokio::select! {
                told = self.next() => told,
                () = tells.closed() => return,
            };
            message = match told {
                Told::Event(event) => {
                    let named = sse::Event::default().event(&event.kind).id(event.id.to_string());
                    named.data(json!(event).to_string())
                }
                Told::Alive => sse::Event::default().comment("alive"),
                Told::Over(why) => {
                    let over = sse::Event::default().event("over").data(json!({ "reason": why.said().1 }).to_string());
                    timeout(STUCK, tells.send(Ok(over))).await.ok();
                    return;
                }
            };
        }
    }
}
