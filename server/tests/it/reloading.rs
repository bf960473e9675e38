//! Settings that change while a server runs.

use crate::commands::{err, pulse};
use crate::golden::Golden;
use crate::leaving::until_held;
use crate::rest::run;
use crate::serving::Serving;
use serde_json::json;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Asks a server to read its settings anew, and waits for the line of its log that says what came of it.
fn reloaded(serving: &Serving, log: &Path) -> String {
    let read = || std::fs::read_to_string(log).unwrap();
    let told = |text: &str| text.lines().filter(|line| line.contains("the settings were read anew")).count();
    let (before, begun) = (told(&read()), Instant::now());
    serving.signal("-HUP");
    loop {
        let text = read();
        if told(&text) > before {
            // What it tells of holds by then.
            let line = text.lines().rfind(|line| line.contains("the settings were read anew")).unwrap();
            return line.to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_may_change_while_it_runs_does_and_the_rest_waits_and_a_bad_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("pulse.toml"), folder.path().join("log"));
    std::fs::write(&file, "slow_query = 20\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0"]);
    command.args(["--log-format", "json"]).stderr(std::fs::File::create(&log).unwrap());
    let mut serving = Serving::of(&mut command, folder.path());
    let answers = || {
        let sql = json!({"sql": "SELECT value FROM generate_series(1, 100)"});
        serving.ask("POST", "/api/v1/sql", &sql.to_string()).0
    };
    let lines = || std::fs::read_to_string(&log).unwrap().matches("\"answered\"").count();
    assert_eq!((answers(), lines()), (200, 0));

    std::fs::write(&file, "slow_query = 20\nquery_rows = 99\nlog = \"info\"\njobs = 7\nminimum_n = 3\n").unwrap();
    let told = reloaded(&serving, &log);
    assert!(told.contains("\"taken\":\"log, query_rows\""), "{told}");
    assert!(told.contains("\"waiting_for_a_start\":\"jobs, minimum_n\""), "{told}");
    // An answer is told of once it is out.
    let told_of = |n: usize| {
        let begun = Instant::now();
        while lines() < n {
            assert!(begun.elapsed() < Duration::from_secs(20), "the log tells of requests now: {n}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    assert_ne!(answers(), 200, "100 rows are too many now");
    told_of(1);

    // What is wrong is told, with what was right in it.
    std::fs::write(&file, "query_rows = 1000\nslow_query = \"soon\"\nroles = [\"boss\"]\n").unwrap();
    let told = reloaded(&serving, &log);
    for part in ["cannot be used", "line 2: invalid value 'soon'", "line 3: invalid value 'boss'"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_ne!(answers(), 200, "nothing changed");
    told_of(2);

    // Without a line of its own each has its default again; what waited is as it was at the start.
    std::fs::write(&file, "slow_query = 20\n").unwrap();
    let told = reloaded(&serving, &log);
    assert!(told.contains("\"taken\":\"log, query_rows\"") && told.contains("\"waiting_for_a_start\":\"\""), "{told}");
    let before = lines();
    assert_eq!((answers(), lines()), (200, before));
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(15)));
}

/// A process that ends with the test.
struct Starting(Child);

impl Drop for Starting {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether the process hears SIGHUP, by what the kernel tells of it: `SigCgt` in `proc_pid_status(5)`.
fn hears(process: &Starting) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 1 == 1
}

#[test]
fn a_process_that_is_asked_while_it_starts_does_not_end_by_that_and_reads_them_once_it_has_begun() {
    let folder = tempfile::tempdir().unwrap();
    let made = pulse(folder.path(), &["--tenant", "acme", "admin", "link"]);
    assert!(made.status.success(), "{}", err(&made));
    run(async move {
        // Somebody else writes to the database: there it waits, before it has all its parts.
        sqlx::any::install_default_drivers();
        let database = format!("sqlite://{}", folder.path().join(".pulse/control.db").display());
        let pool = sqlx::AnyPool::connect(&database).await.unwrap();
        let ours = until_held(&pool).await;
        let log = folder.path().join("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0"]);
        command.current_dir(folder.path()).env_remove("PULSE_LAKE");
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        let mut process = Starting(command.spawn().unwrap());
        let begun = Instant::now();
        while !hears(&process) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not hear the signal while it starts");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(Command::new("kill").args(["-HUP", &process.0.id().to_string()]).status().unwrap().success());
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(process.0.try_wait().unwrap(), None, "it goes on to start");
        ours.rollback().await.unwrap();
        let told = || std::fs::read_to_string(&log).unwrap();
        while !told().contains("the settings were read anew") {
            assert!(process.0.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60), "{}", told());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}
