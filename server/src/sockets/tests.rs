use super::*;
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::StreamExt as _;
use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::transport::server::Connected as _;

const LONG: Duration = Duration::from_secs(3_600);
const SHORT: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_secs(30);
const PATIENT: Patience = Patience { idle: LONG, stuck: LONG, unread: LONG, fresh: Duration::from_millis(50) };
const ASKS: &str = "GET / HTTP/1.1\r\nhost: pulse\r\n\r\n";

/// What is being answered and never comes to its end, counted.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many bytes `/whole` is answered with, in one piece: more than a connection holds that nobody reads.
const WHOLE: usize = 48 << 20;

/// A port with room for so many, where `/` is answered, `/whole` at length, `/never` is not, and `/endless` has ever more; how many of the
/// last two are held.
async fn opens(most: usize, patience: Patience) -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let (of_never, of_endless) = (Arc::clone(&count), Arc::clone(&count));
    let never = move || {
        let held = Held::of(&of_never);
        async move {
            pending::<()>().await;
            drop(held);
        }
    };
    let endless = move || {
        let held = Held::of(&of_endless);
        async move {
            Body::from_stream(stream::repeat_with(move || {
                let Held(_) = &held;
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 65_536]))
            }))
        }
    };
    let router = Router::new().route("/", get(async || "answered")).route("/never", get(never));
    let router = router.route("/endless", get(endless)).route("/said", post(|said: String| async { said }));
    let router = router.route("/whole", get(async || vec![b'x'; WHOLE]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, Sockets::new(most, patience), router, pending()));
    (address, count)
}

/// A client that says this.
async fn says(address: SocketAddr, text: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(text.as_bytes()).await.unwrap();
    client
}

async fn asks(address: SocketAddr, path: &str) -> TcpStream {
    says(address, &format!("GET {path} HTTP/1.1\r\nhost: pulse\r\n\r\n")).await
}

/// What a client hears next; nothing when the connection is over.
async fn hears(client: &mut TcpStream) -> String {
    let mut heard = [0; 4_096];
    let read = timeout(SOON, client.read(&mut heard)).await.unwrap().unwrap_or_default();
    String::from_utf8_lossy(&heard[..read]).into_owned()
}

async fn until(is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, so).await.unwrap();
}

#[tokio::test]
async fn where_there_is_no_room_the_one_goes_on_which_nothing_is_answered_for_the_longest() {
    let (address, _) = opens(2, PATIENT).await;
    let mut silent = says(address, "").await;
    sleep(SHORT).await;
    let mut slow = says(address, "GET / HTTP/1.1\r\nhost: pulse\r\n").await;
    sleep(SHORT).await;
    let mut third = says(address, ASKS).await;
    assert!(hears(&mut third).await.starts_with("HTTP/1.1 200"));
    assert_eq!(hears(&mut silent).await, "");
    slow.write_all(b"\r\n").await.unwrap();
    assert!(hears(&mut slow).await.starts_with("HTTP/1.1 200"), "who is slow has time while there is room");
    // Both have asked. Of those that come and ask nothing only the first takes a place of theirs.
    let mut next = says(address, "").await;
    assert_eq!(hears(&mut third).await, "", "it rests for longer than the other");
    sleep(SHORT).await;
    let _last = says(address, "").await;
    assert_eq!(hears(&mut next).await, "");
    slow.write_all(ASKS.as_bytes()).await.unwrap();
    assert!(hears(&mut slow).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_only_just_came_has_time_to_ask_though_others_come() {
    let (address, _) = opens(2, Patience { fresh: LONG, ..PATIENT }).await;
    let mut rest = [says(address, ASKS).await, says(address, ASKS).await];
    for asked in &mut rest {
        assert!(hears(asked).await.starts_with("HTTP/1.1 200"));
    }
    let mut came = says(address, "").await;
    sleep(SHORT).await;
    let mut next = says(address, ASKS).await;
    assert!(hears(&mut next).await.starts_with("HTTP/1.1 200"));
    for asked in &mut rest {
        assert_eq!(hears(asked).await, "", "both rested for longer");
    }
    came.write_all(ASKS.as_bytes()).await.unwrap();
    assert!(hears(&mut came).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_takes_an_answer_slowly_that_was_made_at_once_has_all_of_it() {
    let (address, _) = opens(2, PATIENT).await;
    let mut slow = says(address, "GET /whole HTTP/1.1\r\nhost: pulse\r\nconnection: close\r\n\r\n").await;
    let mut read = vec![0; WHOLE / 2];
    slow.read_exact(&mut read[..4_096]).await.unwrap();
    sleep(SHORT).await;
    let mut other = says(address, ASKS).await;
    assert!(hears(&mut other).await.starts_with("HTTP/1.1 200"));
    sleep(SHORT).await;
    slow.read_exact(&mut read).await.unwrap();
    let mut third = says(address, ASKS).await;
    assert!(hears(&mut third).await.starts_with("HTTP/1.1 200"));
    assert_eq!(hears(&mut other).await, "", "nothing is sent over it");
    let mut last = Vec::new();
    slow.read_to_end(&mut last).await.unwrap();
    assert!(4_096 + read.len() + last.len() > WHOLE);
}

#[tokio::test]
async fn who_does_not_send_all_of_what_they_ask_holds_no_place() {
    let (address, count) = opens(2, PATIENT).await;
    let begin = "POST /said HTTP/1.1\r\nhost: pulse\r\ncontent-length: 4\r\n\r\n";
    let mut begun = says(address, &format!("{begin}so")).await;
    let _answered = asks(address, "/never").await;
    until(|| count.load(Ordering::Relaxed) == 1).await;
    let mut whole = says(address, &format!("{begin}said")).await;
    assert!(hears(&mut whole).await.ends_with("said"));
    assert_eq!(hears(&mut begun).await, "");
    assert_eq!(count.load(Ordering::Relaxed), 1, "what is being answered goes on");
}

#[tokio::test]
async fn where_all_are_being_answered_whoever_comes_is_told_to_come_again() {
    let (address, count) = opens(2, PATIENT).await;
    let answered = [asks(address, "/never").await, asks(address, "/never").await];
    until(|| count.load(Ordering::Relaxed) == 2).await;
    let told = hears(&mut says(address, ASKS).await).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("retry-after: 5"), "{told}");
    let (_, body) = told.split_once("\r\n\r\n").unwrap();
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&"busy".into(), &503.into()), "{problem}");
    // Who leaves makes room.
    drop(answered);
    until(|| count.load(Ordering::Relaxed) == 0).await;
    assert!(hears(&mut says(address, ASKS).await).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_asks_nothing_for_long_or_asks_bit_by_bit_is_let_go_and_who_is_being_answered_is_not() {
    let (address, count) = opens(9, Patience { idle: SHORT, ..PATIENT }).await;
    let _answered = asks(address, "/never").await;
    let mut silent = says(address, "").await;
    let mut kept = says(address, ASKS).await;
    assert!(hears(&mut kept).await.starts_with("HTTP/1.1 200"));
    assert_eq!(hears(&mut silent).await, "");
    assert_eq!(hears(&mut kept).await, "");
    let mut bits = says(address, "GET / HTTP/1.1\r\nx-slow: ").await;
    let goes_on = async {
        while bits.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(50)).await
        }
    };
    timeout(SOON, goes_on).await.unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_head_of_a_request_has_an_end() {
    let (address, _) = opens(9, PATIENT).await;
    let head = |bytes| format!("GET / HTTP/1.1\r\nhost: pulse\r\nx-long: {}\r\n\r\n", "a".repeat(bytes));
    assert!(hears(&mut says(address, &head(60_000)).await).await.starts_with("HTTP/1.1 200"));
    let mut client = says(address, "").await;
    // It may be refused before all of it is sent.
    client.write_all(head(300_000).as_bytes()).await.ok();
    assert!(!hears(&mut client).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_takes_nothing_of_a_long_answer_is_let_go() {
    let (address, count) = opens(9, Patience { stuck: SHORT, ..PATIENT }).await;
    let mut unread = asks(address, "/endless").await;
    assert!(hears(&mut unread).await.starts_with("HTTP/1.1 200"));
    until(|| count.load(Ordering::Relaxed) == 0).await;
}

/// A client of HTTP/2 that asks for this, and gives no room for any of the answer.
async fn asks_without_room(address: SocketAddr, path: &str) -> TcpStream {
    let mut client = comes_without_room(address).await;
    asks_over_http_2(&mut client, path).await;
    client
}

async fn comes_without_room(address: SocketAddr) -> TcpStream {
    let mut client = says(address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    // The room that each answer has at first (RFC 9113, 6.5.2) is none.
    client.write_all(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await.unwrap();
    client
}

async fn asks_over_http_2(client: &mut TcpStream, path: &str) {
    // GET, http, and a path and an authority that are written out (RFC 7541, 6.2.2).
    let mut head = vec![0x82, 0x86];
    for (name, value) in [(4, path), (1, "pulse")] {
        head.extend([name, u8::try_from(value.len()).unwrap()]);
        head.extend(value.as_bytes());
    }
    client.write_all(&[0, 0, u8::try_from(head.len()).unwrap(), 1, 5, 0, 0, 0, 1]).await.unwrap();
    client.write_all(&head).await.unwrap();
}

#[tokio::test]
async fn who_asks_at_the_last_moment_and_gives_no_room_is_let_go_as_well() {
    let (address, count) = opens(9, Patience { idle: SHORT, stuck: SHORT * 5, ..PATIENT }).await;
    let mut late = comes_without_room(address).await;
    // By now they are told that nothing more is to be asked.
    sleep(SHORT * 2).await;
    asks_over_http_2(&mut late, "/endless").await;
    until(|| count.load(Ordering::Relaxed) == 1).await;
    until(|| count.load(Ordering::Relaxed) == 0).await;
}

#[tokio::test]
async fn who_gives_no_room_for_an_answer_is_let_go() {
    let (address, count) = opens(9, Patience { stuck: SHORT, ..PATIENT }).await;
    let _answered = asks(address, "/never").await;
    let _unread = asks_without_room(address, "/endless").await;
    until(|| count.load(Ordering::Relaxed) == 2).await;
    until(|| count.load(Ordering::Relaxed) == 1).await;
    sleep(SHORT * 2).await;
    assert_eq!(count.load(Ordering::Relaxed), 1, "whom nothing is there for yet is waited for");
}

#[tokio::test]
async fn where_there_is_no_room_whoever_takes_nothing_of_an_answer_goes() {
    let (address, count) = opens(2, Patience { unread: SHORT, ..PATIENT }).await;
    let _answered = asks(address, "/never").await;
    for over_http_2 in [false, true] {
        let path = "/endless";
        let _unread = if over_http_2 { asks_without_room(address, path).await } else { asks(address, path).await };
        until(|| count.load(Ordering::Relaxed) == 2).await;
        let told = async {
            while !hears(&mut says(address, ASKS).await).await.starts_with("HTTP/1.1 200") {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, told).await.unwrap();
        until(|| count.load(Ordering::Relaxed) == 1).await;
    }
}

#[tokio::test]
async fn who_reads_on_has_as_much_of_an_answer_as_they_like_however_long_that_takes() {
    // Between what is read and what is read next a busy machine may rest, too.
    let stuck = SHORT * 5;
    let (address, count) = opens(9, Patience { stuck, ..PATIENT }).await;
    let mut client = asks(address, "/endless").await;
    let (end, mut some) = (Instant::now() + stuck * 2, vec![0_u8; 1 << 20]);
    while Instant::now() < end {
        assert_ne!(timeout(SOON, client.read(&mut some)).await.unwrap().unwrap(), 0);
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_reads_slowly_is_known_to_read_on_where_there_is_no_room() {
    let unread = SHORT * 10;
    let (address, count) = opens(1, Patience { unread, ..PATIENT }).await;
    let mut slow = asks(address, "/endless").await;
    // So they need more than four seconds for what would wait to be sent.
    let (end, mut some) = (Instant::now() + unread * 3, vec![0_u8; 16 << 10]);
    while Instant::now() < end {
        timeout(SOON, slow.read_exact(&mut some)).await.unwrap().unwrap();
        let told = hears(&mut says(address, ASKS).await).await;
        assert!(told.starts_with("HTTP/1.1 503"), "{told}");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn who_says_nothing_to_another_server_breaks_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sockets = Sockets::new(1, Patience { idle: SHORT, ..PATIENT });
    let mut incoming = pin!(sockets.incoming(listener));
    let _silent = says(address, "").await;
    let mut socket = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    let why = timeout(SOON, socket.read(&mut [0; 8])).await.unwrap().unwrap_err();
    assert_eq!(why.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn who_says_that_they_are_there_to_another_server_and_takes_nothing_breaks_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sockets = Sockets::new(1, Patience { stuck: SHORT, ..PATIENT });
    let mut incoming = pin!(sockets.incoming(listener));
    let _client = says(address, "").await;
    let mut socket = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    let answering = answer::Answering::of(&socket.connect_info().watch.unwrap());
    answering.is_there();
    sleep(SHORT * 2).await;
    assert!(timeout(SHORT, socket.read(&mut [0; 8])).await.is_err(), "nothing is there yet that they could take");
    let _unread = answer::Answer::new(Body::from("some"), answering);
    sleep(SHORT * 2).await;
    let why = timeout(SOON, socket.read(&mut [0; 8])).await.unwrap().unwrap_err();
    assert_eq!(why.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn of_what_comes_to_another_server_what_is_not_being_answered_makes_room() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sockets = Sockets::new(1, PATIENT);
    let mut incoming = pin!(sockets.incoming(listener));
    let _first = says(address, "").await;
    let mut idle = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    let ended = tokio::spawn(async move { idle.read(&mut [0; 8]).await.map_err(|why| why.kind()) });
    let _second = says(address, "").await;
    let answered = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(ended.await.unwrap(), Err(io::ErrorKind::ConnectionAborted));
    let answering = answer::Answering::of(&answered.connect_info().watch.unwrap());
    answering.is_there();
    let mut third = says(address, "").await;
    assert!(timeout(SHORT, incoming.next()).await.is_err(), "the one that there is has no room");
    assert_eq!(hears(&mut third).await, "");
    drop((answering, answered));
    let _fourth = says(address, "").await;
    assert!(timeout(SOON, incoming.next()).await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn one_that_had_to_go_and_was_asked_something_meanwhile_stays_and_may_have_to_go_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sockets = Sockets::new(1, PATIENT);
    let mut incoming = pin!(sockets.incoming(listener));
    let _client = says(address, "").await;
    let mut socket = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    let watch = socket.connect_info().watch.unwrap();
    assert!(watch.go(&PATIENT) && sockets.longest_idle().is_none(), "it is told once");
    let answering = answer::Answering::of(&watch);
    answering.is_there();
    assert!(!watch.go(&PATIENT));
    drop(answering);
    assert!(timeout(SHORT, socket.read(&mut [0; 8])).await.is_err(), "it is read on, and its answer leaves");
    assert!(sockets.longest_idle().is_some());
}

#[tokio::test]
async fn one_whose_client_takes_nothing_goes_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sockets = Sockets::new(1, PATIENT);
    let mut incoming = pin!(sockets.incoming(listener));
    let _unread = says(address, "").await;
    let mut full = timeout(SOON, incoming.next()).await.unwrap().unwrap().unwrap();
    let sends = async move { full.write_all(&vec![0_u8; WHOLE]).await.map_err(|why| why.kind()) };
    let ended = tokio::spawn(sends);
    sleep(SHORT).await;
    let _second = says(address, "").await;
    assert!(timeout(SOON, incoming.next()).await.unwrap().unwrap().is_ok());
    assert_eq!(ended.await.unwrap(), Err(io::ErrorKind::ConnectionAborted));
}
