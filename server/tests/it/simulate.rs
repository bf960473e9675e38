//! `pulse simulate`, and who may read from it: what stands on this machine stands at a private address.

use crate::commands::{out, pulse};
use crate::golden::Golden;
use crate::serving::Serving;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SCENARIO: &str = "organization = \"acme\"
months = 1

[[team]]
name = \"Shop\"
people = 2
repositories = [\"shop\"]
";

/// A simulator on a port of its own, with what it said of itself, until this is dropped.
struct Simulating {
    child: Child,
    said: Vec<String>,
}

impl Simulating {
    fn start(folder: &Path) -> Self {
        std::fs::write(folder.join("ours.toml"), SCENARIO).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        command.args(["simulate", "--port", "0", "--scenario", "ours.toml"]).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
        Self { child, said }
    }

    fn address(&self) -> &str {
        self.said[0].split_once(" on ").unwrap().1
    }

    /// The credential that a line says is good.
    fn credential(&self, line: usize) -> &str {
        self.said[line].split('`').nth(3).unwrap()
    }
}

impl Drop for Simulating {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A server with a token that sets connections up.
fn serve(folder: &Path, more: &[&str]) -> Serving {
    let lake = Golden::lake().url();
    let args = ["--lake", &lake, "--tenant", "acme", "serve", "--port", "0"];
    let mut serving = Serving::of(Command::new(env!("CARGO_BIN_EXE_pulse")).args(args).args(more), folder);
    let token = pulse(folder, &["--tenant", "acme", "admin", "token", "ops", "--role", "operator"]);
    serving.token = out(&token).trim().to_owned();
    serving
}

#[test]
fn what_is_simulated_on_this_machine_is_connected_to_only_where_the_operator_allows_private_addresses() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let simulating = Simulating::start(one.path());
    let place = simulating.address();
    let github = json!({
        "connector": "github", "place": place, "credential": simulating.credential(1), "settings": {"owners": ["acme"]},
    });
    let jira = json!({"connector": "jira", "place": place, "credential": simulating.credential(2)});
    let put = |serving: &Serving, name: &str, body: &Value| {
        serving.ask("PUT", &format!("/api/v1/connections/{name}"), &body.to_string())
    };
    let strict = serve(one.path(), &[]);
    let lenient = serve(other.path(), &["--private-addresses"]);
    for (name, body) in [("hub", &github), ("tickets", &jira)] {
        let (status, refused) = put(&strict, name, body);
        assert_eq!((status, refused["code"].as_str()), (422, Some("invalid-value")), "{refused}");
        let mut over_tls = body.clone();
        over_tls["place"] = json!("https://127.0.0.1:1");
        let (status, refused) = put(&strict, name, &over_tls);
        assert_eq!((status, refused["code"].as_str()), (422, Some("invalid-value")), "{refused}");
        let (status, made) = put(&lenient, name, body);
        assert_eq!(status, 200, "{made}");
    }
}
