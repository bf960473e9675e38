//! `pulse doctor`: what is told of an installation, and what is not.

use crate::alerting::hub;
use crate::backup::{does, repository};
use crate::commands::{err, pulse};
use crate::jobs::claim_any;
use crate::observed::watched;
use crate::rest::{Server, run};
use crate::world::acme;
use pulse_server::control::{Outcome, Trigger};
use std::path::Path;
use std::process::Command;

/// What the command writes, which never fails for what it finds.
fn told(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    let variables = variables.iter().copied().chain([("HOME", folder.to_str().unwrap())]);
    let output = command.arg("doctor").args(args).current_dir(folder).env_clear().envs(variables).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn where_nothing_is_it_says_so_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = told(folder.path(), &[], &[]);
    assert!(text.starts_with("# What is wrong\n\nNothing that could be seen.\n\n# Machine\n"), "{text}");
    assert!(text.contains("cannot be looked at: there is none yet"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_process_that_does_not_answer_is_told_with_why() {
    let folder = tempfile::tempdir().unwrap();
    let text = told(folder.path(), &[], &["--process", "http://127.0.0.1:1"]);
    let wrong = text.split("# Machine").next().unwrap();
    assert!(wrong.contains("- the process at http://127.0.0.1:1/ cannot be asked: it does not answer: "), "{text}");
    assert!(wrong.to_lowercase().contains("connection refused"), "{text}");
    let refused = pulse(folder.path(), &["doctor", "--process", "ftp://127.0.0.1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("it should be like http://127.0.0.1:9464"), "{}", err(&refused));
}

#[test]
fn a_database_that_is_away_is_told_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let away = [("DATABASE_URL", "postgres://pulse:hunter2@127.0.0.1:1/pulse"), ("AWS_SECRET_ACCESS_KEY", "hunter3")];
    let path = folder.path().join("bundle.txt");
    let said = told(folder.path(), &away, &["--output", path.to_str().unwrap()]);
    assert!(said.contains("read it before you send it"), "{said}");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("- the control database cannot be used: "), "{text}");
    assert!(text.contains("(secret)"), "{text}");
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn what_is_wrong_stands_first_and_a_process_is_asked_for_what_it_tells() {
    run(async {
        let server = Server::start().await;
        let (control, vault) = (server.world.control(), server.world.access.signer.vault());
        control.set_connection(&acme(), &hub(), Some("ghp_verysecret"), vault).await.unwrap();
        control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
        let job = claim_any(control, &["model"]).await.unwrap();
        let why = "http://ada:verysecret@proxy does not answer".to_owned();
        control.finish(&job, &Outcome::Hopeless(why)).await.unwrap();
        // By this machine's clock it was due long ago.
        control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
        let (database, process) = (server.world.address().to_owned(), watched(&server).await);
        let folder = tempfile::tempdir().unwrap();
        let look = move || told(folder.path(), &[("DATABASE_URL", &database)], &["--process", &process]);
        let text = tokio::task::spawn_blocking(look).await.unwrap();
        let wrong: Vec<&str> = text.lines().skip(2).take_while(|line| line.starts_with("- ")).collect();
        let expected = [
            "- a job of the kind map was due ",
            "- the connection acme/github:hub was never read to its end: its page, or GET /api/v1/connections/hub/health",
            "- dead jobs of the tenant acme: 1; mend what they say, then `pulse jobs resume ID`",
        ];
        assert!(text.starts_with("# What is wrong\n\n- ") && wrong.len() == expected.len(), "{text}");
        assert!(wrong.iter().zip(expected).all(|(is, begin)| is.starts_with(begin)), "{text}");
        for part in [
            "/readyz: 200",
            "pulse_build",
            "acme: 0 tables",
            "schema ",
            "alerts that fire: 0",
            "http://ada:(secret)@proxy does not answer",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("verysecret"));
    });
}

#[test]
fn how_old_the_newest_backup_is_is_told_where_it_is_known_where_backups_are() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..2);
    does(here, &["sync", "code"]);
    let place = here.join("backups");
    let url = format!("file://{}", place.display());
    let look = || told(here, &[("PULSE_BACKUPS", &url)], &[]);
    let text = look();
    assert!(text.contains(&format!("- there is no backup at {url}: `pulse backup make` makes one")), "{text}");
    does(here, &["backup", "make", &url]);
    let text = look();
    let part = text.split("# Backups").nth(1).unwrap();
    assert!(part.contains(&format!("the newest at {url} was begun ")), "{text}");
    assert!(!text.contains("- the newest backup"), "{text}");
    // One of years ago, by its name.
    let manifest = std::fs::read_dir(place.join("backups")).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(manifest, place.join("backups/20201127T161500Z.json")).unwrap();
    let text = look();
    assert!(text.contains(&format!("- the newest backup at {url} was begun ")), "{text}");
    assert!(!told(here, &[], &[]).contains("# Backups"), "nobody said where they are");
}

#[test]
fn a_lake_that_is_damaged_is_told_and_the_rest_of_it_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..3);
    does(here, &["sync", "code"]);
    let log = |table: &str| here.join(".pulse/lake/tenant=local").join(table).join("_delta_log");
    std::fs::remove_dir_all(log("core/commits")).unwrap();
    for table in ["core/repositories", "facts/changes"] {
        for entry in std::fs::read_dir(log(table)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::write(path, "{ no log").unwrap();
            }
        }
    }
    let text = told(here, &[("RUST_BACKTRACE", "1")], &["--tenant", "local"]);
    let (wrong, lake) = (text.split("# Machine").next().unwrap(), text.split("# Lake").nth(1).unwrap());
    assert!(wrong.contains("- the table core/commits of the tenant local has files and no log"), "{text}");
    for table in ["core/repositories", "facts/changes"] {
        assert!(wrong.contains(&format!("- the table {table} of the tenant local cannot be read: ")), "{text}");
    }
    assert!(lake.contains("raw/git"), "the others are looked at: {text}");
    assert!(!text.contains("\n   0: "), "{text}");
}
