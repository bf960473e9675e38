//! Backups: what is restored answers as what was backed up, byte by byte.

use crate::commands::{err, out, pulse};
use crate::rest::run;
use crate::world::{World, acme};
use pulse_engine::{Clock, TenantId};
use pulse_server::control::{Control, Sees, Since, Trigger};
use std::ops::Range;
use std::path::Path;

/// Does as a person would, in a folder.
pub(crate) fn does(folder: &Path, args: &[&str]) -> String {
    let done = pulse(folder, args);
    assert!(done.status.success(), "{args:?}: {}{}", out(&done), err(&done));
    out(&done)
}

/// What is asked before and after.
fn answers(folder: &Path) -> Vec<String> {
    let questions = [
        &["sql", "SELECT * FROM facts.deployments ORDER BY id", "--format", "json"][..],
        &["sql", "SELECT * FROM core.commits ORDER BY id", "--format", "csv"],
        &["sql", "SELECT * FROM facts.changes ORDER BY id", "--format", "ndjson"],
        &["lake", "inspect", "--json"],
        &["jobs", "schedules"],
    ];
    questions.iter().map(|args| does(folder, args)).collect()
}

/// A repository with a tag a commit.
pub(crate) fn repository(at: &Path, commits: Range<u32>) {
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(args).current_dir(at).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
        }
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    if !at.exists() {
        std::fs::create_dir(at).unwrap();
        git(&["init", "--quiet", "--initial-branch", "main"]);
    }
    for commit in commits {
        git(&["commit", "--quiet", "--allow-empty", "--message", "work"]);
        git(&["tag", &format!("v{commit}")]);
    }
}

#[test]
fn what_is_restored_answers_byte_by_byte_as_what_was_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let (here, code) = (folder.path(), folder.path().join("code"));
    repository(&code, 1..4);
    does(here, &["sync", "code"]);
    does(here, &["model"]);
    does(here, &["admin", "token", "kept", "--role", "viewer"]);
    does(here, &["jobs", "schedule", "compact", "--every", "3600"]);
    let backups = format!("file://{}/backups", here.display());
    let first = does(here, &["backup", "make", &backups]);
    let before = answers(here);
    // What is new alone is copied by the next.
    repository(&code, 4..5);
    does(here, &["sync", "code"]);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let second = does(here, &["backup", "make", &backups]);
    let numbers = |text: &str| -> Vec<u64> { text.split(' ').filter_map(|word| word.parse().ok()).collect() };
    let (first, second) = (numbers(&first), numbers(&second));
    assert_eq!(first[0], first[2], "the first has all: {first:?}");
    assert!(0 < second[2] && second[2] < second[0] && second[0] > first[0], "{second:?}");
    let later = answers(here);
    assert_ne!(before, later);
    let names = does(here, &["backup", "list", &backups]);
    let names: Vec<&str> = names.lines().collect();
    assert_eq!(names.len(), 2);
    does(here, &["backup", "verify", &backups, names[0]]);
    // Into what is not empty nothing is restored.
    let refused = pulse(here, &["backup", "restore", &backups]);
    assert!(!refused.status.success() && err(&refused).contains("restore into one that is empty"), "{}", err(&refused));
    assert_eq!(answers(here), later);
    // All is lost, but for the key.
    for (name, expected) in names.iter().zip([&before, &later]) {
        std::fs::remove_dir_all(here.join(".pulse/lake")).unwrap();
        for file in ["control.db", "control.db-wal", "control.db-shm"] {
            drop(std::fs::remove_file(here.join(".pulse").join(file)));
        }
        does(here, &["backup", "restore", &backups, name]);
        assert_eq!(&answers(here), expected);
        does(here, &["lake", "verify"]);
    }
    // Only the newest is kept, and is whole without the other.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    does(here, &["backup", "make", &backups, "--keep", "1"]);
    assert_eq!(does(here, &["backup", "list", &backups]).lines().count(), 1);
    does(here, &["backup", "verify", &backups]);
}

#[test]
fn a_backup_that_is_damaged_says_so_and_restores_nothing_that_is() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..3);
    does(here, &["sync", "code"]);
    let backups = format!("file://{}/backups", here.display());
    does(here, &["backup", "make", &backups]);
    let mut objects = Vec::new();
    for part in std::fs::read_dir(here.join("backups/objects")).unwrap() {
        objects.extend(std::fs::read_dir(part.unwrap().path()).unwrap().map(|file| file.unwrap().path()));
    }
    let largest = objects.iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let turn_a_bit = || {
        let mut bytes = std::fs::read(largest).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(largest, bytes).unwrap();
    };
    turn_a_bit();
    let read = pulse(here, &["backup", "verify", &backups]);
    assert_eq!(read.status.code(), Some(3));
    assert!(err(&read).contains("is not what was copied"), "{}", err(&read));
    let other = ["--lake", &format!("file://{}/other", here.display()), "backup", "--control", "sqlite:other.db"];
    let restored = pulse(here, &[&other[..], &["restore", &backups]].concat());
    assert!(!restored.status.success() && err(&restored).contains("damaged"), "{}", err(&restored));
    assert_eq!(files(&here.join("other")), 0, "what was put back is taken away again");
    turn_a_bit();
    does(here, &[&other[..], &["restore", &backups]].concat());
    assert_eq!(files(&here.join("other")), files(&here.join(".pulse/lake")));
}

#[test]
fn a_place_without_a_backup_is_told_by_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let nowhere = format!("file://{}/nowhere", here.display());
    for (what, code) in [("list", 3), ("verify", 2), ("restore", 2)] {
        let told = pulse(here, &["backup", what, &nowhere]);
        assert_eq!(told.status.code(), Some(code), "{what}: {}", err(&told));
        assert!(err(&told).contains(&format!("there is no backup at {nowhere}")), "{what}: {}", err(&told));
    }
    let told = pulse(here, &["backup", "make", "/mnt/backups"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(err(&told).contains("there can be no backups at /mnt/backups: "), "{}", err(&told));
    // What is there is not written over.
    repository(&here.join("code"), 1..2);
    does(here, &["sync", "code"]);
    let told = pulse(here, &["--tenant", "nobody", "admin", "export", "nobody.tar"]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    assert!(!here.join(".pulse/control.db").exists() && !here.join("nobody.tar").exists(), "nothing was made");
    std::fs::write(here.join("kept.tar"), "kept").unwrap();
    let told = pulse(here, &["admin", "export", "kept.tar"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(err(&told).contains("kept.tar is there already"), "{}", err(&told));
    assert_eq!(std::fs::read_to_string(here.join("kept.tar")).unwrap(), "kept");
}

/// How many files there are below a folder, but for hints that no backup has.
fn files(folder: &Path) -> usize {
    let Ok(inside) = std::fs::read_dir(folder) else { return 0 };
    let of = |path: std::path::PathBuf| match path.is_dir() {
        true => files(&path),
        false => usize::from(!path.ends_with("_last_checkpoint")),
    };
    inside.map(|entry| of(entry.unwrap().path())).sum()
}

#[test]
fn backups_are_in_the_platforms_trail_before_they_are_made_and_restored() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        repository(&here.join("code"), 1..2);
        does(here, &["sync", "code"]);
        let backups = format!("file://{}/backups", here.display());
        does(here, &["backup", "make", &backups]);
        let other = ["--lake", &format!("file://{}/other", here.display()), "backup", "--control", "sqlite:other.db"];
        does(here, &[&other[..], &["restore", &backups]].concat());
        let name = does(here, &["backup", "list", &backups]);
        let told = async |database: &str| -> Vec<(String, String, String)> {
            let address = format!("sqlite:{}", here.join(database).display());
            let control = Control::open(&address, Clock::System).await.unwrap();
            let links = control.number_events(&TenantId::new("platform").unwrap()).await.unwrap();
            let events = links.into_iter().map(|link| link.event);
            events.map(|event| (event.action, event.actor.unwrap(), event.target.unwrap())).collect()
        };
        let line = |what: &str, target: &str| (format!("pulse backup {what}"), "shell".to_owned(), target.to_owned());
        // As the address is read: each place has one name.
        let place = url::Url::parse(&backups).unwrap().to_string();
        assert_eq!(told(".pulse/control.db").await, [line("make", &place)]);
        let restored = line("restore", &format!("{} of {place}", name.trim()));
        assert_eq!(told("other.db").await, [line("make", &place), restored]);
    });
}

/// All rows, as they are dumped.
async fn dumped(control: &Control) -> String {
    let mut text = Vec::new();
    let count = control.dump(&mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count() as u64, count);
    text
}

/// The same in an order of their own.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_rows_go_from_sqlite_to_postgres_and_back_as_they_are() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let world = World::on(&address, Some(folder)).await;
        let control = world.control();
        world.join("bob@example.com", &["analyst"], Sees::Everything).await;
        world.token(&acme()).await;
        control.trigger(&acme(), &Trigger::new("model", ""), "test").await.unwrap();
        let before = dumped(control).await;
        assert!(before.lines().count() > 8, "{before}");
        let postgres = Control::open(&crate::postgres::database(), Clock::System).await.unwrap();
        postgres.load(&mut before.as_bytes(), &Since::default()).await.unwrap();
        let there = dumped(&postgres).await;
        assert_eq!(sorted(&there), sorted(&before));
        let again = postgres.load(&mut before.as_bytes(), &Since::default()).await.unwrap_err().to_string();
        assert!(again.contains("there are users"), "{again}");
        let folder = tempfile::tempdir().unwrap();
        let back = format!("sqlite:{}", folder.path().join("back.db").display());
        let back = Control::open(&back, Clock::System).await.unwrap();
        back.load(&mut there.as_bytes(), &Since::default()).await.unwrap();
        assert_eq!(sorted(&dumped(&back).await), sorted(&before));
    });
}
