//! Restarts behind a balancer: whoever hears `/readyz` loses no request.

use crate::commands::pulse;
use crate::golden::Golden;
use crate::rest::run;
use crate::tasks::free_port;
use reqwest::{Client, StatusCode};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// A process that answers, which goes on for a while once it is asked to end.
struct Node {
    child: Child,
    port: u16,
}

impl Node {
    fn start(folder: &Path, port: u16) -> Self {
        let lake = Golden::lake().url();
        let args = ["--lake", &lake, "--tenant", "acme", "serve", "--roles", "api", "--leave-seconds", "4", "--port"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        let command = command.args(args).arg(port.to_string()).current_dir(folder);
        Self { child: command.stdout(Stdio::null()).spawn().unwrap(), port }
    }

    /// Asks it to end, and waits until it did.
    async fn ends(&mut self) {
        let (id, start) = (self.child.id().to_string(), Instant::now());
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
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

/// A balancer as simple as one can be: it knows of each node whether it said lately that it is ready.
struct Balancer {
    ports: [u16; 2],
    ready: [AtomicBool; 2],
    answered: [AtomicUsize; 2],
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

    /// Until each of them answered once more.
    async fn both_answer(&self) {
        let answered = || self.answered.each_ref().map(|answered| answered.load(Ordering::Relaxed));
        let (before, start) = (answered(), Instant::now());
        while answered().iter().zip(&before).any(|(now, before)| now == before) {
            assert!(start.elapsed() < PATIENCE, "one of them is asked for nothing: {before:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks again and again, each time over a connection of its own; what failed.
    async fn asks(self: Arc<Self>, token: String) -> Vec<String> {
        let mut failed = Vec::new();
        for turn in 0_usize.. {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            let Some(node) = [turn % 2, (turn + 1) % 2].into_iter().find(|n| self.ready[*n].load(Ordering::Relaxed))
            else {
                failed.push("no node is ready".to_owned());
                break;
            };
            let url = format!("http://127.0.0.1:{}/api/v1/metrics", self.ports[node]);
            match self.client.get(url).bearer_auth(&token).send().await {
                Ok(answer) if answer.status() == StatusCode::OK => match answer.bytes().await {
                    Ok(_) => drop(self.answered[node].fetch_add(1, Ordering::Relaxed)),
                    Err(error) => failed.push(format!("{error:?}")),
                },
                Ok(answer) => failed.push(answer.status().to_string()),
                Err(error) => failed.push(format!("{error:?}")),
            }
        }
        failed
    }
}

#[test]
fn no_request_fails_while_each_of_two_nodes_is_restarted() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let ports = [free_port(), free_port()];
        // One after the other: the first makes the database.
        let first = Node::start(folder.path(), ports[0]);
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
        let mut nodes = [first, Node::start(folder.path(), ports[1])];
        balancer.are_ready([true, true]).await;
        let made = pulse(folder.path(), &["--tenant", "acme", "admin", "token", "test", "--role", "analyst"]);
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let clients: Vec<_> = (0..4).map(|_| tokio::spawn(Arc::clone(&balancer).asks(token.clone()))).collect();
        for node in [0, 1] {
            balancer.both_answer().await;
            nodes[node].ends().await;
            nodes[node] = Node::start(folder.path(), nodes[node].port);
            balancer.are_ready([true, true]).await;
        }
        balancer.both_answer().await;
        balancer.over.store(true, Ordering::Relaxed);
        for client in clients {
            assert_eq!(client.await.unwrap(), Vec::<String>::new());
        }
        looks.await.unwrap();
    });
}
