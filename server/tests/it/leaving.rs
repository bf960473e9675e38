//! Restarts behind a balancer: whoever hears `/readyz` loses no request, whatever it asks for.

use crate::commands::pulse;
use crate::flight::Client as FlightClient;
use crate::golden::Golden;
use crate::rest::run;
use crate::tasks::free_port;
use crate::world::acme;
use arrow_flight::flight_service_client::FlightServiceClient;
use pulse_engine::Clock;
use pulse_server::control::{Control, Cursor};
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tonic::transport::Endpoint;

const PATIENCE: Duration = Duration::from_secs(120);

/// A process that serves.
struct Node {
    child: Child,
    port: u16,
}

impl Node {
    /// One that answers, and goes on for a while once it is asked to end.
    fn start(folder: &Path, lake: &str, port: u16) -> Self {
        let args = ["--lake", lake, "--tenant", "acme", "serve", "--roles", "api", "--leave-seconds", "4", "--port"];
        Self::of(folder, &[&args[..], &[&port.to_string()]].concat(), port)
    }

    fn of(folder: &Path, args: &[&str], port: u16) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        let command = command.args(args).current_dir(folder).env_remove("PULSE_LAKE");
        Self { child: command.stdout(Stdio::null()).spawn().unwrap(), port }
    }

    /// Asks it to end.
    fn is_to_end(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Asks it to end, and waits until it did.
    async fn ends(&mut self) {
        self.is_to_end();
        self.ended().await;
    }

    async fn ended(&mut self) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return assert!(status.success(), "{status}");
            }
            assert!(start.elapsed() < PATIENCE, "it never ends");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Figures,
    Sql,
    /// Something that is written: a hook, of a name that there is none of.
    Hook,
    Flight,
}

const KINDS: [Kind; 4] = [Kind::Figures, Kind::Sql, Kind::Hook, Kind::Flight];

/// A balancer as simple as one can be: it knows of each node whether it said lately that it is ready.
struct Balancer {
    ports: [u16; 2],
    ready: [AtomicBool; 2],
    /// By node, and by what was asked for.
    answered: [[AtomicUsize; KINDS.len()]; 2],
    client: Client,
    over: AtomicBool,
}

impl Balancer {
    async fn looks(self: Arc<Self>) {
        while !self.over.load(Ordering::Relaxed) {
            for (port, ready) in self.ports.iter().zip(&self.ready) {
                let said = self.client.get(format!("http://127.0.0.1:{port}/readyz")).send().await;
                ready.store(said.is_ok_and(|said| said.status().is_success()), Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn are_ready(&self, wanted: [bool; 2]) {
        let start = Instant::now();
        while self.ready.each_ref().map(|ready| ready.load(Ordering::Relaxed)) != wanted {
            assert!(start.elapsed() < PATIENCE, "they are never as ready as that: {wanted:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Until each of them answered once more, to each kind.
    async fn both_answer(&self) {
        let answered = || {
            let all = self.answered.iter().flatten().map(|answered| answered.load(Ordering::Relaxed));
            all.collect::<Vec<_>>()
        };
        let (before, start) = (answered(), Instant::now());
        while answered().iter().zip(&before).any(|(now, before)| now == before) {
            assert!(start.elapsed() < PATIENCE, "one of them is not asked for something: {before:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks again and again, each time over a connection of its own: what was done, by number, and what failed.
    async fn asks(self: Arc<Self>, kind: Kind, token: String) -> (Vec<usize>, Vec<String>) {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for turn in 0_usize.. {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            let Some(node) = [turn % 2, (turn + 1) % 2].into_iter().find(|n| self.ready[*n].load(Ordering::Relaxed))
            else {
                failed.push("no node is ready".to_owned());
                break;
            };
            match self.ask(kind, self.ports[node], turn, &token).await {
                Ok(()) => {
                    done.push(turn);
                    self.answered[node][kind as usize].fetch_add(1, Ordering::Relaxed);
                }
                Err(why) => failed.push(format!("{kind:?}: {why}")),
            }
        }
        (done, failed)
    }

    async fn ask(&self, kind: Kind, port: u16, turn: usize, token: &str) -> Result<(), String> {
        let at = |path: &str| format!("http://127.0.0.1:{port}/api/v1/{path}");
        let sql = "SELECT count(*) AS n FROM facts.deployments";
        let (request, status, holds) = match kind {
            Kind::Figures => (self.client.get(at("metrics")), StatusCode::OK, "change_lead_time".to_owned()),
            Kind::Sql => (self.client.post(at("sql")).json(&json!({ "sql": sql })), StatusCode::OK, "4".to_owned()),
            Kind::Hook => {
                let hook = json!({"name": format!("hook {turn}"), "kind": "map"});
                (self.client.post(at("hooks")).json(&hook), StatusCode::CREATED, format!("hook {turn}"))
            }
            Kind::Flight => {
                let wrong = |why: &dyn std::fmt::Debug| format!("{why:?}");
                let address = format!("http://127.0.0.1:{}", port + 1);
                let channel = Endpoint::from_shared(address).map_err(|why| wrong(&why))?;
                let inner = FlightServiceClient::new(channel.connect().await.map_err(|why| wrong(&why))?);
                let mut client = FlightClient { inner, token: token.to_owned() };
                let rows = client.sql("SELECT id FROM facts.deployments").await.map_err(|why| wrong(&why))?;
                return if rows.num_rows() == 4 { Ok(()) } else { Err(wrong(&rows)) };
            }
        };
        let answer = request.bearer_auth(token).send().await.map_err(|error| format!("{error:?}"))?;
        let told = answer.status();
        let text = answer.text().await.map_err(|error| format!("{error:?}"))?;
        if told == status && text.contains(&holds) { Ok(()) } else { Err(format!("{told}: {text}")) }
    }
}

#[test]
fn no_request_fails_while_each_of_two_nodes_is_restarted() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let golden = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let lake = format!("file://{}", golden.path().display());
        let ports = [free_port(), free_port()];
        // One after the other: the first makes the database.
        let first = Node::start(folder.path(), &lake, ports[0]);
        let client = Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap();
        let balancer = Arc::new(Balancer {
            ports,
            ready: Default::default(),
            answered: Default::default(),
            client,
            over: AtomicBool::new(false),
        });
        let looks = tokio::spawn(Arc::clone(&balancer).looks());
        balancer.are_ready([true, false]).await;
        let mut nodes = [first, Node::start(folder.path(), &lake, ports[1])];
        balancer.are_ready([true, true]).await;
        let made = pulse(folder.path(), &["--tenant", "acme", "admin", "token", "test", "--role", "admin"]);
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let asks = |kind| tokio::spawn(Arc::clone(&balancer).asks(kind, token.clone()));
        let clients = KINDS.map(asks);
        for node in [0, 1] {
            balancer.both_answer().await;
            nodes[node].ends().await;
            nodes[node] = Node::start(folder.path(), &lake, nodes[node].port);
            balancer.are_ready([true, true]).await;
        }
        balancer.both_answer().await;
        balancer.over.store(true, Ordering::Relaxed);
        let mut hooks = BTreeSet::new();
        for (kind, client) in KINDS.into_iter().zip(clients) {
            let (done, failed) = client.await.unwrap();
            assert_eq!(failed, Vec::<String>::new());
            if matches!(kind, Kind::Hook) {
                hooks.extend(done.into_iter().map(|turn| format!("hook {turn}")));
            }
        }
        looks.await.unwrap();
        // All that was said to be written is there, and nothing else.
        let control = format!("sqlite:{}", folder.path().join(".pulse/control.db").display());
        let control = Control::open(&control, Clock::System).await.unwrap();
        let (mut there, mut next) = (BTreeSet::new(), None::<String>);
        loop {
            let page = control.hooks(&acme(), &Cursor::new(next.as_deref(), Some(200)).unwrap()).await.unwrap();
            there.extend(page.items.into_iter().map(|hook| hook.name));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(there, hooks);
    });
}

#[test]
fn a_process_that_does_jobs_alone_says_that_it_is_to_end() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let metrics = format!("127.0.0.1:{port}");
        let mut node = Node::of(folder.path(), &["serve", "--roles", "worker", "--metrics", &metrics], port);
        let client = Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap();
        let until = async |wanted: StatusCode| {
            let start = Instant::now();
            loop {
                let said = client.get(format!("http://{metrics}/readyz")).send().await;
                let (status, text) = match said {
                    Ok(said) => (Some(said.status()), said.text().await.unwrap_or_default()),
                    Err(error) => (None, format!("{error:?}")),
                };
                if status == Some(wanted) {
                    return text;
                }
                assert!(start.elapsed() < PATIENCE, "it never says {wanted}, but {status:?}: {text}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert_eq!(until(StatusCode::OK).await, "ok\n");
        // The last thing that it does is to say in the database that it left: there it waits for us.
        sqlx::any::install_default_drivers();
        let database = format!("sqlite://{}", folder.path().join(".pulse/control.db").display());
        let pool = sqlx::AnyPool::connect(&database).await.unwrap();
        let ours = until_held(&pool).await;
        node.is_to_end();
        let said = until(StatusCode::SERVICE_UNAVAILABLE).await;
        assert_eq!(said, "this process is to end: ask another\n");
        ours.rollback().await.unwrap();
        node.ended().await;
    });
}

/// A transaction that nobody else writes beside.
pub(crate) async fn until_held(pool: &sqlx::AnyPool) -> sqlx::Transaction<'static, sqlx::Any> {
    let start = Instant::now();
    loop {
        match pool.begin_with("BEGIN IMMEDIATE").await {
            Ok(ours) => return ours,
            Err(error) => assert!(start.elapsed() < PATIENCE, "the process writes all the time: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
