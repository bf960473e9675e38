//! `pulse serve`, from its start to its end.

use crate::commands::{by, err, pulse};
use crate::flight_adbc::certificate;
use crate::golden::Golden;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server on a port of its own, with what it printed.
pub(crate) struct Serving {
    child: Child,
    address: String,
    pub(crate) token: String,
    /// What makes an owner of whoever opens it.
    link: String,
    folder: PathBuf,
}

impl Serving {
    fn start(folder: &Path, bind: &str) -> Self {
        let lake = Golden::lake().url();
        let args = ["--lake", &lake, "--tenant", "acme", "serve", "--port", "0", "--bind", bind];
        Self::of(Command::new(env!("CARGO_BIN_EXE_pulse")).args(args), folder)
    }

    pub(crate) fn of(command: &mut Command, folder: &Path) -> Self {
        let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut after = |text: &str| {
            let line = lines.next().unwrap().unwrap();
            line.split_once(text).ok_or(format!("`{text}` is missing in: {line}")).unwrap().1.to_owned()
        };
        let (address, link) = (after("Serving on http://"), after(": http://"));
        let token =
            by(command.get_program(), folder, &["--tenant", "acme", "admin", "token", "test", "--role", "analyst"]);
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        Self { child, address, token, link, folder: folder.to_owned() }
    }

    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// A connection with a request that never ends, which the server is at.
    fn waiting(&self) -> TcpStream {
        let mut open = self.connect();
        let head = format!("Host: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 9", self.token);
        write!(open, "POST /api/v1/sql HTTP/1.1\r\n{head}\r\nExpect: 100-continue\r\n\r\n").unwrap();
        // That it waits for the rest it says once it is at it.
        let mut told = [0; 25];
        open.read_exact(&mut told).unwrap();
        assert_eq!(str::from_utf8(&told), Ok("HTTP/1.1 100 Continue\r\n\r\n"));
        open
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(format!("127.0.0.1:{}", self.port())).unwrap()
    }

    /// The whole of an answer.
    pub(crate) fn get(&self, path: &str) -> String {
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

    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    pub(crate) fn signal(&self, which: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([which, &id]).status().unwrap().success());
    }

    pub(crate) fn ends_within(&mut self, limit: Duration) -> bool {
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
    assert!(form.contains("a place in <code>acme</code>") && form.contains("new-password"), "{form}");
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
fn a_port_has_room_for_as_many_connections_as_is_said() {
    for by_file in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0"]);
        command.env_remove("PULSE_CLIENTS");
        if by_file {
            std::fs::write(folder.path().join("pulse.toml"), "clients = 2\n").unwrap();
        } else {
            command.args(["--clients", "2"]);
        }
        let serving = Serving::of(&mut command, folder.path());
        // What happens is told for as long as somebody listens: they are being answered.
        let follows = || {
            let (mut socket, token) = (serving.connect(), &serving.token);
            let head = format!("Host: localhost\r\nAuthorization: Bearer {token}");
            write!(socket, "GET /api/v1/events HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
            let mut told = [0; 12];
            socket.read_exact(&mut told).unwrap();
            assert_eq!(str::from_utf8(&told), Ok("HTTP/1.1 200"));
            socket
        };
        let followers = [follows(), follows()];
        let refused = serving.get("/livez");
        assert!(refused.starts_with("HTTP/1.1 503") && refused.contains(r#""code":"busy""#), "{refused}");
        drop(followers);
        let begin = Instant::now();
        while !serving.get("/livez").starts_with("HTTP/1.1 200") {
            assert!(begin.elapsed() < Duration::from_secs(30), "there is no room though both have left");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
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

#[test]
fn queries_may_take_so_much_of_the_machine_as_is_said_and_the_certificate_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = format!("127.0.0.1:{}", crate::tasks::free_port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0", "--metrics", &metrics]);
    command.args(["--memory", "256", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]).env("PULSE_SPILL", "100");
    certificate(folder.path());
    let _serving = Serving::of(&mut command, folder.path());
    let (mut socket, mut told) = (TcpStream::connect(&metrics).unwrap(), String::new());
    write!(socket, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    socket.read_to_string(&mut told).unwrap();
    for line in ["pulse_memory_limit_bytes 268435456.0", "pulse_spill_limit_bytes 104857600.0"] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    // It was made for two days.
    let ends = told.lines().find_map(|line| line.strip_prefix("pulse_certificate_ends_seconds ")).unwrap();
    assert!((170_000.0..=172_800.0).contains(&ends.parse::<f64>().unwrap()), "{ends}");
}

/// Everything that somebody could come in with, and a line a request that says whose it is.
#[test]
fn the_log_tells_tenants_apart_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0", "--log-format", "json"]);
    command.env("PULSE_LOG", "trace").stderr(std::fs::File::create(&log).unwrap());
    let serving = Serving::of(&mut command, folder.path());
    let link = serving.link.split_once("link=").unwrap().1.to_owned();
    let link = link.as_str();
    let password = "plinth-otter-sundial";
    let post = |path: &str, token: &str, body: &str| {
        let head = format!(
            "Host: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {}",
            body.len()
        );
        let (mut socket, mut answer) = (serving.connect(), String::new());
        write!(socket, "POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}").unwrap();
        socket.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str::<serde_json::Value>(body).unwrap_or_default()
    };
    let accept = serde_json::json!({"link": link, "email": "ada@example.com", "name": "Ada", "password": password});
    let granted = post("/api/v1/auth/accept", "none", &accept.to_string());
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| granted[name].as_str().unwrap().to_owned());
    let made = post("/api/v1/tokens", &access, r#"{"name": "x", "permissions": ["metrics:read"], "days": 1}"#);
    let secret = made["secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    post("/api/v1/sql", &serving.token, r#"{"sql": "SELECT 1"}"#);
    post("/api/v1/auth/refresh", "none", &serde_json::json!({"refresh_token": refresh}).to_string());
    post("/api/v1/auth/sign-in", "none", r#"{"email": "ada@example.com", "password": "wrong-otter-sundial"}"#);
    drop(serving);
    let log = std::fs::read_to_string(log).unwrap();
    let key = std::fs::read_to_string(folder.path().join(".pulse/key")).unwrap();
    for hidden in [password, "wrong-otter-sundial", link, &access, &refresh, &secret, key.trim()] {
        let at = log.find(hidden).map(|at| &log[at.saturating_sub(300)..(at + 60).min(log.len())]);
        assert_eq!(at, None, "a secret is in the log");
    }
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let answered: Vec<_> = lines.filter(|line| line["message"] == "answered").collect();
    assert_eq!(answered.len(), 5, "{answered:?}");
    let of = |route: &str| answered.iter().find(|line| line["route"] == route).unwrap();
    assert_eq!(of("/api/v1/sql")["tenant"], "acme");
    assert!(of("/api/v1/tokens")["actor"].as_str().unwrap().starts_with("user_"));
    assert_eq!(of("/api/v1/auth/sign-in")["tenant"], serde_json::Value::Null);
}

/// The lines of the log that tell of slow queries, after these statements were asked of a server that takes as slow what takes so many
/// seconds.
fn slow(seconds: &str, statements: &[&str]) -> Vec<serde_json::Value> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0", "--log-format", "json"]);
    command.args(["--slow-query", seconds]).env_remove("PULSE_LOG").stderr(std::fs::File::create(&log).unwrap());
    let mut serving = Serving::of(&mut command, folder.path());
    for statement in statements {
        serving.ask("POST", "/api/v1/sql", &serde_json::json!({"sql": statement}).to_string());
    }
    // All that it has to tell is told by its end.
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(30)));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.contains("repository_id"), "the text of a statement is in the log: {log}");
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter(|line| line["message"] == "a query was slow").collect()
}

#[test]
fn a_query_that_takes_longer_than_is_said_is_told_to_the_log_with_what_it_took_and_not_with_its_text() {
    let statements = [
        "SELECT id, repository_id FROM core.deployments ORDER BY id LIMIT 3",
        "SELECT CAST(repository_id AS INT) FROM core.deployments",
    ];
    assert_eq!(slow("600", &statements), Vec::<serde_json::Value>::new());
    let told = slow("0", &statements);
    let [done, failed] = told.as_slice() else { panic!("{told:?}") };
    for line in [done, failed] {
        assert_eq!((&line["level"], &line["tenant"]), (&"WARN".into(), &"acme".into()), "{line}");
        assert!(line["query"].as_str().unwrap().starts_with("query_"), "{line}");
        assert!(line["ms"].as_i64().unwrap() >= 0 && line["memory_bytes"].as_i64().unwrap() >= 0, "{line}");
        let plan = line["plan"].as_str().unwrap();
        assert!(plan.len() == 16 && plan.chars().all(|c| c.is_ascii_hexdigit()), "{line}");
    }
    assert_eq!((&done["outcome"], &done["rows"]), (&"done".into(), &3.into()), "{done}");
    assert!(done["bytes"].as_i64().unwrap() > 0, "{done}");
    assert_eq!((&failed["outcome"], &failed["rows"]), (&"failed".into(), &0.into()), "{failed}");
    assert_ne!((&done["query"], &done["plan"]), (&failed["query"], &failed["plan"]));
}

impl Serving {
    /// An answer's status and body, asked with a method and a body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let head = format!(
            "Host: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Length: {}",
            self.token,
            body.len()
        );
        let (mut socket, mut answer) = (self.connect(), String::new());
        write!(socket, "{method} {path} HTTP/1.1\r\n{head}\r\n\r\n{body}").unwrap();
        socket.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_default())
    }

    /// Until a run has come to its end: its jobs, the first first.
    pub(crate) fn run(&self, run: &str, jobs: usize) -> Vec<serde_json::Value> {
        let begin = Instant::now();
        loop {
            let (_, list) = self.ask("GET", &format!("/api/v1/jobs?run={run}"), "");
            let (looks, items): (Vec<_>, Vec<_>) =
                list["items"].as_array().unwrap().iter().rev().cloned().partition(|job| job["kind"] == "alert");
            // Alert rules are looked at after the model and at the end, by one job or two.
            let done = |jobs: &[serde_json::Value]| jobs.iter().all(|job| job["state"] == "succeeded");
            if items.len() == jobs && !looks.is_empty() && done(&items) && done(&looks) {
                return items;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{list}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_server_does_jobs_and_what_follows_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), "127.0.0.1");
    let (status, refused) = serving.ask("POST", "/api/v1/jobs", r#"{"kind": "map"}"#);
    assert_eq!((status, refused["code"].as_str()), (403, Some("not-allowed")), "an analyst asks questions alone");
    let token = pulse(folder.path(), &["--tenant", "acme", "admin", "token", "ops", "--role", "operator"]);
    serving.token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
    let (status, job) = serving.ask("POST", "/api/v1/jobs", r#"{"kind": "map"}"#);
    assert_eq!((status, job["kind"].as_str()), (202, Some("map")), "{job}");
    let run = serving.run(job["id"].as_str().unwrap(), 4);
    let kinds: Vec<_> = run.iter().filter_map(|job| job["kind"].as_str()).collect();
    assert_eq!(kinds, ["map", "model", "forecast", "risk"]);
    let (_, told) = serving.ask("GET", &format!("/api/v1/jobs/{}", run[1]["id"].as_str().unwrap()), "");
    let states: Vec<_> = told["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["queued", "running", "succeeded"]);
    // What makes no sense is told at once, or dies at once.
    assert_eq!(serving.ask("POST", "/api/v1/jobs", r#"{"kind": "dance"}"#).0, 422);
    let (_, job) = serving.ask("POST", "/api/v1/jobs", r#"{"kind": "model", "input": {"replya": true}}"#);
    let begin = Instant::now();
    while serving.ask("GET", &format!("/api/v1/jobs/{}", job["id"].as_str().unwrap()), "").1["job"]["state"] != "dead" {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(100));
    }
    // On hold nothing is begun, and a schedule is kept.
    assert_eq!(serving.ask("POST", "/api/v1/jobs/hold", "{}").0, 204);
    let (_, held) = serving.ask("POST", "/api/v1/jobs", r#"{"kind": "map"}"#);
    std::thread::sleep(Duration::from_millis(1200));
    let path = format!("/api/v1/jobs/{}", held["id"].as_str().unwrap());
    assert_eq!(serving.ask("GET", &path, "").1["job"]["state"], "queued");
    assert_eq!(serving.ask("POST", &format!("{path}/cancel"), "").1["state"], "cancelled");
    assert_eq!(serving.ask("POST", &format!("{path}/resume"), "").0, 409);
    assert_eq!(serving.ask("POST", "/api/v1/jobs/release", "{}").0, 204);
    let cron = r#"{"when": {"cron": {"pattern": "30 3 * * sun", "time_zone": "Europe/Berlin"}}}"#;
    let (status, schedule) = serving.ask("PUT", "/api/v1/schedules/compact", cron);
    assert_eq!((status, schedule["version"].as_i64()), (200, Some(1)), "{schedule}");
    assert_eq!(serving.ask("PUT", "/api/v1/schedules/compact", cron).0, 412, "it is there already");
    assert_eq!(serving.ask("PUT", "/api/v1/schedules/map", &cron.replace("30 3", "61 3")).0, 422);
    assert_eq!(serving.ask("GET", "/api/v1/schedules", "").1.as_array().unwrap().len(), 1);
    assert_eq!(serving.ask("DELETE", "/api/v1/schedules/compact", "").0, 204);
    // The shell does the same, beside the server.
    let jobs = |args: &[&str]| pulse(folder.path(), &[&["--tenant", "acme", "jobs"], args].concat());
    let asked = crate::commands::out(&jobs(&["run", "map"])).trim().to_owned();
    serving.run(&asked, 4);
    let shown = crate::commands::out(&jobs(&["show", &asked]));
    assert!(shown.contains("asked for by shell") && shown.contains("succeeded"), "{shown}");
    assert!(crate::commands::out(&jobs(&["list", "--state", "dead"])).contains("model"));
    assert!(crate::commands::out(&jobs(&["schedule", "compact", "30 3 * * sun"])).contains("03:30:00 UTC"));
    let refused = jobs(&["run", "dance"]);
    assert!(refused.status.code() == Some(2) && err(&refused).contains("map, model"), "{}", err(&refused));
    assert_eq!(jobs(&["cancel", &asked]).status.code(), Some(2));
    let refused = jobs(&["schedule", "land", "--subject", "nowhere", "--every", "900"]);
    assert!(refused.status.code() == Some(2) && err(&refused).contains("name of a connection"), "{}", err(&refused));
    let made = crate::commands::out(&jobs(&["hook", "nightly", "map"]));
    let [hook, secret] = made.lines().collect::<Vec<_>>()[..] else { panic!("{made}") };
    let (id, path) = hook.split_once("  ").unwrap();
    let ops = std::mem::replace(&mut serving.token, secret.to_owned());
    assert_eq!(serving.ask("POST", path, "").0, 202);
    let listed = crate::commands::out(&jobs(&["hooks"]));
    assert!(listed.contains(id) && listed.contains("nightly  asks for map  called 2"), "{listed}");
    assert!(jobs(&["unhook", id]).status.success());
    assert_eq!(serving.ask("POST", path, "").0, 401);
    serving.token = ops;
    // A process of workers alone ends when it is told to.
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--roles", "worker"]);
    let mut worker = command.current_dir(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(worker.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "Doing jobs.\n");
    assert!(Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap().success());
    assert!(worker.wait().unwrap().success());
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(15)));
}
