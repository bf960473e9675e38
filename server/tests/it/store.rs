//! A lake in object storage, by the environment's credentials, through the binary.

use crate::commands::{err, out};
use crate::s3_server;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn pulse(folder: &Path, endpoint: &str, secret: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    let environment = [
        ("AWS_ACCESS_KEY_ID", "key-of-the-test"),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("PULSE_LAKE", "s3://bucket/some/prefix"),
        ("PULSE_LOG", "trace"),
    ];
    command.args(args).envs(environment).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_in_object_storage_is_opened_with_the_environments_credentials_and_none_of_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = s3_server::serve(folder.path(), "bucket", "key-of-the-test", "secret-of-the-test").await;
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("rows.ndjson"), "{\"id\":\"push:x:1\",\"name\":\"one\"}\n").unwrap();
    tokio::task::spawn_blocking(move || {
        let run = |secret: &str, args: &[&str]| pulse(work.path(), &endpoint, secret, args);
        let pushed = run("secret-of-the-test", &["push", "--name", "x", "repositories", "rows.ndjson"]);
        assert_eq!(pushed.status.code(), Some(0), "{}", err(&pushed));
        let query = ["sql", "--format", "csv", "SELECT name FROM core.repositories"];
        let read = run("secret-of-the-test", &query);
        assert_eq!(out(&read), "name\none\n", "{}", err(&read));
        let refused = run("another-secret", &query);
        assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
        let doctor = run("another-secret", &["doctor"]);
        assert_eq!(doctor.status.code(), Some(0), "{}", err(&doctor));
        let found = "- the lake's object store: it refuses the credentials: mend them, or what they may do\n";
        assert!(out(&doctor).contains(found) && !out(&doctor).contains("another-secret"), "{}", out(&doctor));
        for output in [&pushed, &read, &refused] {
            assert!(!format!("{}{}", out(output), err(output)).contains("secret"), "{}", err(output));
        }
    })
    .await
    .unwrap();
    assert!(folder.path().join("bucket/some/prefix/tenant=local/core/repositories/_delta_log").is_dir());
}
