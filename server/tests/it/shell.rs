//! `pulse sql` against a server, and statement after statement.

use crate::commands::{err, out};
use crate::golden::Golden;
use crate::queries::{LONG, golden, state};
use crate::rest::{Server, run};
use pulse_server::queries::Manner;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

fn command(args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(args).env_remove("PULSE_LAKE").env_remove("PULSE_TOKEN").env("NO_PROXY", "127.0.0.1");
    command.current_dir(std::env::temp_dir()).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `pulse` with something to read.
pub(crate) fn asks(args: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child: Child = command(args, variables).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // It may end before it has read all.
    let writes = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writes.join().unwrap();
    output
}

/// The same beside a server.
async fn remote(server: &Server, args: &[&str], input: &str) -> Output {
    let args: Vec<String> =
        ["sql", "--server", &server.address].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let (token, input) = (server.acme.clone(), input.to_owned());
    tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        asks(&args, &[("PULSE_TOKEN", &token)], &input)
    })
    .await
    .unwrap()
}

#[test]
fn a_server_answers_as_the_lake_does_in_each_format() {
    run(async {
        let server = Server::start().await;
        let sql = "SELECT id, finished_at, incident_id FROM core.deployments ORDER BY id";
        for format in ["table", "csv", "ndjson", "json", "json-columns", "arrow"] {
            let there = remote(&server, &["--format", format, sql], "").await;
            assert!(there.status.success(), "{format}: {}", err(&there));
            let here = tokio::task::spawn_blocking(move || Golden::lake().pulse(&["sql", "--format", format, sql]))
                .await
                .unwrap();
            assert_eq!(there.stdout, here.stdout, "{format}: {}", out(&there));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.parquet");
        let written = remote(&server, &["--format", "parquet", "--output", file.to_str().unwrap(), sql], "").await;
        assert!(written.status.success() && written.stdout.is_empty());
        assert_eq!(&std::fs::read(&file).unwrap()[..4], b"PAR1");
        // More rows than a table shows are not waited for.
        let many = remote(&server, &["SELECT x FROM generate_series(1, 900000) AS s(x)"], "").await;
        assert!(out(&many).contains("more than 1000 rows"), "{}", err(&many));
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "left")).await;
    });
}

#[test]
fn what_a_server_refuses_is_told_with_its_line_and_a_code_to_go_by() {
    run(async {
        let server = Server::start().await;
        let wrong = remote(&server, &["SELECT id,\n       nonsens\nFROM facts.changes"], "").await;
        assert_eq!(wrong.status.code(), Some(2));
        let told = err(&wrong);
        assert!(told.starts_with("error: ") && told.contains("   2 |        nonsens\n     |        ^"), "{told}");
        let here = tokio::task::spawn_blocking(|| {
            Golden::lake().pulse(&["sql", "SELECT id,\n       nonsens\nFROM facts.changes"])
        });
        let here = err(&here.await.unwrap());
        assert!(here.contains("   2 |        nonsens\n     |        ^"), "{here}");

        let address = server.address.clone();
        tokio::task::spawn_blocking(move || {
            let none = asks(&["sql", "--server", &address, "SELECT 1"], &[], "");
            assert!(none.status.code() == Some(2) && err(&none).contains("PULSE_TOKEN"), "{}", err(&none));
            let bad = asks(&["sql", "--server", &address, "SELECT 1"], &[("PULSE_TOKEN", "pulse_secret")], "");
            assert!(
                bad.status.code() == Some(2) && err(&bad).contains("token") && !err(&bad).contains("pulse_secret"),
                "{}",
                err(&bad)
            );
            let nobody = asks(&["sql", "--server", "http://127.0.0.1:1", "SELECT 1"], &[("PULSE_TOKEN", "t")], "");
            assert!(nobody.status.code() == Some(1) && err(&nobody).contains("cannot be reached"), "{}", err(&nobody));
            let odd = asks(&["sql", "--server", "ftp://x", "SELECT 1"], &[("PULSE_TOKEN", "t")], "");
            assert_eq!(odd.status.code(), Some(2));
            let both = asks(&["sql", "--server", &address, "--timeout", "3", "SELECT 1"], &[("PULSE_TOKEN", "t")], "");
            assert_eq!(both.status.code(), Some(2));
        })
        .await
        .unwrap();
    });
}

#[test]
fn statement_after_statement_is_answered_and_commands_are_done() {
    run(async {
        let server = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, format!("{}\n", server.acme)).unwrap();
        let input = "\\format csv\nSELECT 1\n  AS n; SELECT ';' AS t;\n\\d facts.deployments\n\\d\n\\timing\n\\?\nSELECT 2 AS last";
        let (address, file) = (server.address.clone(), token.to_str().unwrap().to_owned());
        let done = tokio::task::spawn_blocking(move || {
            asks(&["sql", "--server", &address, "--token-file", &file], &[], input)
        });
        let done = done.await.unwrap();
        let told = out(&done);
        assert!(done.status.success(), "{}", err(&done));
        assert!(told.starts_with("n\n1\nt\n;\n"), "{told}");
        for part in ["| finished_at", "Timestamp(", "| commits ", "Timing is on", "Ctrl-C stops", "last\n2\nTime: "] {
            assert!(told.contains(part), "{part} is missing in\n{told}");
        }
        let local = tokio::task::spawn_blocking(|| {
            let url = Golden::lake().url();
            asks(
                &["--lake", &url, "--tenant", "acme", "sql", "-f", "csv"],
                &[],
                "SELECT count(*) AS n FROM facts.deployments;\n\\q\nSELECT 1;",
            )
        });
        assert_eq!(out(&local.await.unwrap()), "n\n4\n");
        // Where nobody looks on, the first mistake ends it.
        let wrong = remote(&server, &["-f", "csv"], "SELECT 1 AS n;\nSELECT x;\nSELECT 2 AS n;").await;
        assert_eq!((wrong.status.code(), out(&wrong).as_str()), (Some(2), "n\n1\n"));
        for (input, told) in [
            ("\\x", "there is no `\\x`"),
            ("\\d nothing", "there is no table or view `nothing`"),
            ("\\format parquet", "no format for this"),
        ] {
            let wrong = remote(&server, &[], input).await;
            assert!(wrong.status.code() == Some(2) && err(&wrong).contains(told), "{}", err(&wrong));
        }
    });
}

#[cfg(unix)]
#[test]
fn a_query_ends_when_whoever_asked_for_it_is_stopped() {
    run(async {
        let server = golden(Manner::default()).await;
        let mut child =
            command(&["sql", "--server", &server.address, LONG], &[("PULSE_TOKEN", &server.acme)]).spawn().unwrap();
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "left")).await;
        assert!(!child.wait().unwrap().success());
    });
}
