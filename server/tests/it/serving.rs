//! `pulse serve`, from its start to its end.

use crate::commands::{err, pulse};
use crate::golden::Golden;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server on a port of its own, with what it printed.
struct Serving {
    child: Child,
    address: String,
    token: String,
    /// What makes an owner of whoever opens it.
    link: String,
    folder: PathBuf,
}

impl Serving {
    fn start(folder: &Path, bind: &str) -> Self {
        let lake = Golden::lake().url();
        let args = ["--lake", &lake, "--tenant", "acme", "serve", "--port", "0", "--bind", bind];
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        let mut child = command.args(args).current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut after = |text: &str| {
            let line = lines.next().unwrap().unwrap();
            line.split_once(text).ok_or(format!("`{text}` is missing in: {line}")).unwrap().1.to_owned()
        };
        let (address, link) = (after("Serving on http://"), after(": http://"));
        let token = pulse(folder, &["--tenant", "acme", "admin", "token", "test", "--role", "analyst"]);
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        Self { child, address, token, link, folder: folder.to_owned() }
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// A connection with a request that never ends, which the server is at.
    fn waiting(&self) -> TcpStream {
        let mut open = self.connect();
        let head = format!("Host: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 9", self.token);
        write!(open, "POST /api/v1/sql HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        open
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(format!("127.0.0.1:{}", self.port())).unwrap()
    }

    /// The whole of an answer.
    fn get(&self, path: &str) -> String {
        let mut socket = self.connect();
        let token = &self.token;
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_server_prints_what_opens_it_answers_and_stops_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), "0.0.0.0");
    assert!(serving.address.starts_with("0.0.0.0:"), "{}", serving.address);
    assert!(serving.link.starts_with(&format!("localhost:{}/join?link=", serving.port())), "{}", serving.link);
    let answer = serving.get("/api/v1/metrics/deployment_frequency");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Deployment frequency"), "{answer}");
    assert!(serving.get("/readyz").contains("200 OK"));
    let path = serving.link.split_once('/').unwrap().1;
    let form = serving.get(&format!("/{path}"));
    assert!(form.contains("a place in `acme`") && form.contains("new-password"), "{form}");
    for secret in ["control.db", "key"] {
        let mode = std::fs::metadata(serving.folder.join(".pulse").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret} is its owner's alone");
    }
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(5)));
}

#[test]
fn a_second_interrupt_ends_a_server_that_waits_for_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), "127.0.0.1");
    let _open = serving.waiting();
    serving.interrupt();
    assert!(!serving.ends_within(Duration::from_secs(1)), "it did not wait for what runs");
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(5)));
}

#[test]
fn a_server_that_was_told_once_ends_after_ten_seconds_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), "127.0.0.1");
    let _open = serving.waiting();
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(20)));
}

#[test]
fn a_port_that_is_taken_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let lake = Golden::lake().url();
    let wrong = pulse(folder.path(), &["--lake", &lake, "--tenant", "acme", "serve", "--port", &port]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("--port"), "{}", err(&wrong));
    assert!(!folder.path().join(".pulse").exists());
}
