//! Programs that are not ours, at the door for Flight SQL: ADBC, pyarrow and Polars, also over TLS.

use crate::flight::Door;
use crate::golden::Golden;
use crate::readers::python;
use crate::rest::run;
use crate::world::PASSWORD;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/flight.py");

async fn read(python: std::path::PathBuf, args: Vec<String>) -> Value {
    let read = tokio::task::spawn_blocking(move || Command::new(python).arg(SCRIPT).args(args).output().unwrap());
    told(&read.await.unwrap())
}

fn told(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn adbc_pyarrow_and_polars_ask_and_find_their_way() {
    let Some(python) = python() else { return };
    run(async move {
        let door = Door::open().await;
        let address = door.address.replace("http", "grpc");
        let args = ["all", &address, &door.server.acme, "ada@example.com/acme", PASSWORD].map(str::to_owned).to_vec();
        let read = read(python, args).await;
        assert_eq!(read["count"], 4);
        assert_eq!(read["by_password"], 4);
        assert_eq!(read["after_hours"], serde_json::json!([24.0, 24.0, 48.0]));
        assert_eq!(read["prepared_types"], serde_json::json!(["double", "string"]));
        assert_eq!(read["two_runs"], serde_json::json!([3, 4]));
        assert_eq!(read["hostile"], 0);
        let objects = read["objects"].as_array().unwrap();
        for known in ["facts.changes", "dora.change_lead_time", "core.teams", "risk.projects"] {
            assert!(objects.iter().any(|name| name == known), "{known}");
        }
        assert_eq!(read["types"], serde_json::json!(["TABLE", "VIEW"]));
        let columns = read["columns"].as_array().unwrap();
        assert!(columns.iter().any(|name| name == "lead_seconds") && columns.len() > 20, "{columns:?}");
        assert_eq!(read["vendor"], "Pulse");
        assert_eq!(read["packed"], read["count"], "rows that were packed");
        for refused in ["error", "wrote", "no_token", "wrong_password"] {
            let (status, text) = (read[refused]["status"].as_str().unwrap(), read[refused]["text"].as_str().unwrap());
            let (expected, says) = match refused {
                "error" => ("INVALID_ARGUMENT", "DESCRIBE facts.changes tells the columns of a table"),
                "wrote" => ("INVALID_ARGUMENT", "a session only reads"),
                "no_token" => ("UNAUTHENTICATED", "authorization: Bearer TOKEN"),
                _ => ("UNAUTHENTICATED", "do not match"),
            };
            assert!(status == expected && text.contains(says), "{refused}: {status} {text}");
        }
        assert_eq!(read["pyarrow"], serde_json::json!({"rows": 4, "same_schema": true}));
        assert_eq!(read["polars"]["rows"], 4);
        assert_eq!(
            read["nested"],
            serde_json::json!({"list": [1, null], "decimal": "12.345", "at": "2026-03-29T01:59:59.999999+00:00"})
        );
    });
}

/// A certificate for `localhost` that vouches for itself, and its key.
pub(crate) fn certificate(folder: &Path) {
    certificate_of(folder, &[]);
}

/// The same, with more that it says.
pub(crate) fn certificate_of(folder: &Path, more: &[&str]) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .args(more)
        .current_dir(folder)
        .output();
    let made = made.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn the_command_opens_the_door_with_tls_and_shuts_it_when_asked() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let mut serve = Command::new(env!("CARGO_BIN_EXE_pulse"));
    serve.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0", "--roles", "api"]);
    serve.args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    let mut child = serve.current_dir(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    let address = lines[2].strip_prefix("Flight SQL: ").unwrap();
    assert!(address.starts_with("grpc+tls://127.0.0.1:"), "{address}");
    let token =
        crate::commands::pulse(folder.path(), &["--tenant", "acme", "admin", "token", "t", "--role", "analyst"]);
    let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
    let address = address.replace("127.0.0.1", "localhost");
    let cert = folder.path().join("cert.pem");
    let read = Command::new(python).args([SCRIPT, "tls", &address, &token]).arg(cert).output().unwrap();
    assert_eq!(told(&read), serde_json::json!({"count": 4}));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    // Nothing of a key that is none is taken for a door.
    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let refused = serve.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("--tls-cert and --tls-key cannot be used"), "{said}");
}
