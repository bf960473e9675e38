//! The network connections of clients: how many there may be, and which of them go.
//!
//! A client may open any number, send nothing over them, send it slowly, or never read what it is answered with. So there is room for so many
//! ([`Sockets`]). One on which nothing is answered for long is closed, and so is one that takes nothing of what it is sent. Where there is no room
//! for one more, the one goes on which nothing is answered for the longest, or whose client takes nothing of its answers. Only where all others are
//! being answered is whoever comes told to come again.

mod answer;
mod serve;
mod socket;

pub(crate) use answer::told;
pub use serve::serve;
pub use socket::{Met, Socket};

use axum::serve::Listener;
use futures::task::AtomicWaker;
use futures::{Stream, stream};
use parking_lot::Mutex;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;
use std::{fmt, fs, io};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

/// For how many there is room at least, and at most, unless it is said.
const FEW: usize = 256;
const MANY: usize = 8_192;
/// How long whoever comes waits for the room of one that goes, and for that of all that are told to go in its place.
const GOING: Duration = Duration::from_millis(250);
const ALL_GOING: Duration = Duration::from_secs(1);
/// How many bytes wait at most to be sent over a connection. Without that they may be four million, of which a third has to be gone before
/// more is taken: of a client that reads 100 KB a second nothing would be known for 13 seconds.
#[cfg(target_os = "linux")]
const WAIT: u32 = 256 << 10;
/// How often the log is told that there is no room.
const TELLS: Duration = Duration::from_secs(10);

/// How long connections are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For how long nothing may be answered on one, whether or not its client sends a beginning of something.
    pub idle: Duration,
    /// For how long its client may take nothing of what it is sent.
    pub stuck: Duration,
    /// For how long they may take nothing while there is no room for somebody else.
    pub unread: Duration,
    /// How long whoever came has to ask something, before they go sooner than those who have asked.
    pub fresh: Duration,
}

impl Default for Patience {
    /// Longer than proxies keep a connection that they may use again, so that they close it first.
    fn default() -> Self {
        let [fresh, unread, idle, stuck] = [2, 10, 75, 120].map(Duration::from_secs);
        Self { idle, stuck, unread, fresh }
    }
}

/// The connections of one port.
#[derive(Clone)]
pub struct Sockets(Arc<Inner>);

struct Inner {
    patience: Patience,
    room: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// Counts those that come.
    came: u64,
    /// Those that may have to go, by number.
    watched: HashMap<u64, Arc<Watch>>,
    /// When the log was last told that there is no room.
    told: Option<Instant>,
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sockets").field("patience", &self.0.patience).finish_non_exhaustive()
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Self::new(usual(), Patience::default())
    }
}

impl Sockets {
    /// Room for so many.
    pub fn new(most: usize, patience: Patience) -> Self {
        let room = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { patience, room, open: Mutex::default() }))
    }

    /// What comes to a listener, for a server of another's, which tells of its calls by [`told`]: what is heard nothing of for long breaks off.
    pub(crate) fn incoming(&self, listener: TcpListener) -> impl Stream<Item = io::Result<Socket>> + use<> {
        stream::unfold((self.clone(), listener), |(sockets, mut listener)| async move {
            loop {
                let (stream, _) = accepted(&mut listener).await;
                if let Some(room) = sockets.enters().await {
                    let socket = sockets.socket(stream, room).heard(sockets.watch(), sockets.0.patience.idle);
                    return Some((Ok(socket), (sockets, listener)));
                }
            }
        })
    }

    /// A connection that has room. What is sent over it is sent at once: the end of an answer does not wait until its beginning is confirmed,
    /// which takes some clients 40 ms. Little waits to be sent, so that it is known what its client takes.
    fn socket(&self, stream: TcpStream, room: OwnedSemaphorePermit) -> Socket {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "what is sent over a connection waits for more");
        }
        #[cfg(target_os = "linux")]
        if let Err(error) = SockRef::from(&stream).set_tcp_notsent_lowat(WAIT) {
            tracing::debug!(%error, "what a client takes is known late");
        }
        Socket::new(stream, room, self.0.patience.stuck)
    }

    /// Room for one more; none where all are being answered, or those that are to go take too long.
    async fn enters(&self) -> Option<OwnedSemaphorePermit> {
        let room = || Arc::clone(&self.0.room);
        let until = Instant::now() + ALL_GOING;
        loop {
            if let Ok(free) = room().try_acquire_owned() {
                return Some(free);
            }
            let Some(idle) = self.longest_idle() else {
                self.tell();
                return None;
            };
            // One that is asked something meanwhile stays, and so may one that does not hear: another one goes.
            if idle.go(&self.0.patience)
                && let Ok(free) = timeout(GOING, room().acquire_owned()).await
            {
                return free.ok();
            }
            if Instant::now() >= until {
                return None;
            }
        }
    }

    /// The one on which nothing is answered for the longest: first of those on which nothing was asked though they had time for it. Whoever
    /// only just came is as good as others, lest the next to come take a place in the instant before something is asked there.
    fn longest_idle(&self) -> Option<Arc<Watch>> {
        let open = self.0.open.lock();
        let patience = &self.0.patience;
        let spare = open.watched.iter().filter_map(|(number, watch)| Some((watch.spare(patience)?, *number)));
        let (_, number) = spare.max()?;
        open.watched.get(&number).map(Arc::clone)
    }

    fn tell(&self) {
        let mut open = self.0.open.lock();
        if open.told.is_none_or(|told| told.elapsed() >= TELLS) {
            open.told = Some(Instant::now());
            tracing::warn!("as many connections are being answered as may be open (`--clients`): more are turned away");
        }
    }

    /// Watches over one until this is dropped.
    fn watch(&self) -> Watched {
        let state = State { answered: Answered::default(), since: Instant::now(), asked: false, has_to_go: false };
        let watch = Arc::new(Watch { state: Mutex::new(state), goes: Notify::new(), task: AtomicWaker::new() });
        let mut open = self.0.open.lock();
        open.came += 1;
        let number = open.came;
        open.watched.insert(number, Arc::clone(&watch));
        Watched { watch, number, of: Arc::clone(&self.0) }
    }
}

/// Whoever comes next, however often that fails.
async fn accepted(listener: &mut TcpListener) -> (TcpStream, SocketAddr) {
    // A listener has a method of that name, which gives up.
    Listener::accept(listener).await
}

/// How many have room unless it is said: a third of the files that this process may have open, where that is known. There are two ports.
pub fn usual() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = files.and_then(|files| files.split_whitespace().next()?.parse::<usize>().ok());
    most.map_or(FEW, |most| (most / 3).clamp(FEW, MANY))
}

/// What is known of a connection.
struct Watch {
    state: Mutex<State>,
    /// Whoever serves it is told that it has to go.
    goes: Notify,
    /// And so is whoever waits for its client.
    task: AtomicWaker,
}

struct State {
    /// The requests that are being answered, and since when these, or the beginning of the last one came, or its client took some of what it
    /// is sent.
    answered: Answered,
    since: Instant,
    /// Whether there ever was one.
    asked: bool,
    /// Whether it has to go, which is over as soon as something is asked.
    has_to_go: bool,
}

/// How many requests are being answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Answered {
    all: usize,
    /// Those of which some of the answer is there that waits for the client.
    unread: usize,
}

impl State {
    /// For how long nothing is being answered, where nothing is.
    fn idle(&self) -> Option<Duration> {
        (self.answered.all == 0).then(|| self.since.elapsed())
    }

    /// For how long its client takes nothing of any answer, where nothing else is waited for.
    fn unread(&self) -> Option<Duration> {
        let Answered { all, unread } = self.answered;
        (all > 0 && all == unread).then(|| self.since.elapsed())
    }

    /// For how long it is of no use, where another may have its place.
    fn spare(&self, patience: &Patience) -> Option<Duration> {
        self.idle().or_else(|| self.unread().filter(|unread| *unread >= patience.unread))
    }
}

impl Watch {
    /// The beginning of a request comes.
    fn hears(&self) {
        let mut state = self.state.lock();
        (state.since, state.has_to_go) = (Instant::now(), false);
    }

    /// Its client takes some of what it is sent: an answer is made long before the last of it has left.
    fn takes(&self) {
        self.state.lock().since = Instant::now();
    }

    /// It has to go, unless something is being answered by now; whether it has.
    fn go(&self, patience: &Patience) -> bool {
        {
            let mut state = self.state.lock();
            state.has_to_go = state.spare(patience).is_some();
            if !state.has_to_go {
                return false;
            }
        }
        self.goes.notify_one();
        self.task.wake();
        true
    }

    fn has_to_go(&self) -> bool {
        self.state.lock().has_to_go
    }

    /// Whether it has to go; whoever waits for its client is woken when it has.
    fn is_to_go(&self, context: &Context<'_>) -> bool {
        self.task.register(context.waker());
        self.has_to_go()
    }

    fn changes(&self, becomes: impl FnOnce(Answered) -> Answered) {
        let mut state = self.state.lock();
        let answered = becomes(state.answered);
        *state = State { answered, since: Instant::now(), asked: true, has_to_go: false };
    }

    /// Whether nothing was asked on it though there was time for that, and for how long it is of no use; nothing where it is of some, or
    /// where it is told to go already.
    fn spare(&self, patience: &Patience) -> Option<(bool, Duration)> {
        let state = self.state.lock();
        let spare = state.spare(patience).filter(|_| !state.has_to_go)?;
        Some((!state.asked && spare >= patience.fresh, spare))
    }

    /// For how long nothing is being answered, where nothing is.
    fn idle(&self) -> Option<Duration> {
        self.state.lock().idle()
    }

    /// Until nothing was being answered for so long.
    async fn rests(&self, time: Duration) {
        until(time, || self.idle()).await;
    }

    /// Whether its client took nothing of any answer for so long.
    fn is_stuck(&self, time: Duration) -> bool {
        self.state.lock().unread().is_some_and(|unread| unread >= time)
    }

    /// Until its client took nothing of any answer for so long. Over HTTP/2 they may do so and say that they are there.
    async fn sticks(&self, time: Duration) {
        until(time, || self.state.lock().unread()).await;
    }
}

/// Until something is so for so long.
async fn until(time: Duration, is_so_for: impl Fn() -> Option<Duration>) {
    loop {
        let rest = time.saturating_sub(is_so_for().unwrap_or_default());
        if rest.is_zero() {
            return;
        }
        sleep(rest).await;
    }
}

/// One that is watched over.
struct Watched {
    watch: Arc<Watch>,
    number: u64,
    of: Arc<Inner>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.of.open.lock().watched.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
