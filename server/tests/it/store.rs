//! A lake in object storage, by the environment's credentials, through the binary.

use crate::commands::{err, out};
use crate::s3_server;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn pulse(folder: &Path, endpoint: &str, credentials: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    let environment = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("PULSE_LAKE", "s3://bucket/some/prefix"),
        ("PULSE_LOG", "trace"),
    ];
    command
        .args(args)
        .envs(environment)
        .envs(credentials.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_in_object_storage_is_opened_with_the_environments_credentials_and_none_of_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = s3_server::serve(folder.path(), "bucket", "key-of-the-test", "secret-of-the-test").await;
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("rows.ndjson"), "{\"id\":\"push:x:1\",\"name\":\"one\"}\n").unwrap();
    tokio::task::spawn_blocking(move || {
        let with = |credentials: &[(&str, &str)], args: &[&str]| pulse(work.path(), &endpoint, credentials, args);
        let run = |secret: &str, args: &[&str]| {
            with(&[("AWS_ACCESS_KEY_ID", "key-of-the-test"), ("AWS_SECRET_ACCESS_KEY", secret)], args)
        };
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
        // Where the credentials stand in files, or a command prints them, no variable has any.
        std::fs::write(work.path().join("key"), "key-of-the-test\n").unwrap();
        let by_file = [("AWS_ACCESS_KEY_ID_FILE", "key"), ("AWS_SECRET_ACCESS_KEY_COMMAND", "echo secret-of-the-test")];
        let kept = with(&by_file, &query);
        assert_eq!(out(&kept), "name\none\n", "{}", err(&kept));
        let nowhere = [by_file[1], ("AWS_ACCESS_KEY_ID_FILE", "nowhere")];
        for args in [&query[..], &["config", "check"]] {
            let told = with(&nowhere, args);
            assert_eq!(told.status.code(), Some(2), "{args:?}");
            assert!(err(&told).contains("AWS_ACCESS_KEY_ID_FILE: the file that should hold it, nowhere"), "{args:?}");
        }
        for output in [&pushed, &read, &refused, &kept] {
            assert!(!format!("{}{}", out(output), err(output)).contains("secret"), "{}", err(output));
        }
    })
    .await
    .unwrap();
    assert!(folder.path().join("bucket/some/prefix/tenant=local/core/repositories/_delta_log").is_dir());
}
