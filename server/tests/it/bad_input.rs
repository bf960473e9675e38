//! What cannot work: the exit code, the way out that is told, and the lake as it was before.

use crate::commands::{err, pulse};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Capabilities by which root reads what its mode forbids.
const OVERRIDES: &str = "-dac_override,-dac_read_search";

/// A folder with the repository `good`, in a lake of its own.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--initial-branch", "main", "good"]);
    for title in ["Begin", "Go on"] {
        git(folder.path(), &["-C", "good", "commit", "--allow-empty", "--message", title]);
    }
    git(folder.path(), &["-C", "good", "tag", "v1"]);
    let synced = pulse(folder.path(), &["sync", "good"]);
    assert_eq!(synced.status.code(), Some(0), "{}", err(&synced));
    folder
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args);
    assert!(command.output().unwrap().status.success(), "{args:?}");
}

/// Every file below a folder, with its length.
fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(listing(&entry.path())),
            false => files.push((entry.path(), entry.metadata().unwrap().len())),
        }
    }
    files.sort();
    files
}

/// Runs a command that has to fail with that code, say that much, and leave the lake as it was.
fn refused(folder: &Path, code: i32, told: &[&str], run: impl Fn() -> Output) {
    let lake = folder.join(".pulse/lake");
    let before = listing(&lake);
    let output = run();
    let said = err(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains("error: "), "{said}");
    told.iter().for_each(|text| assert!(said.contains(text), "`{text}` is missing in: {said}"));
    assert_eq!(listing(&lake), before);
}

#[test]
fn a_folder_that_is_no_repository() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("plain")).unwrap();
    refused(folder.path(), 3, &["plain", "git"], || pulse(folder.path(), &["sync", "good", "plain"]));
}

#[test]
fn a_repository_without_commits() {
    let folder = folder();
    git(folder.path(), &["init", "empty"]);
    refused(folder.path(), 3, &["empty", "commit"], || pulse(folder.path(), &["sync", "empty"]));
}

#[test]
fn a_shallow_clone_names_the_option_that_accepts_it() {
    let folder = folder();
    let url = format!("file://{}", folder.path().join("good").display());
    git(folder.path(), &["clone", "--depth", "1", &url, "shallow"]);
    let told = ["git -C", "fetch --unshallow", "--allow-shallow"];
    refused(folder.path(), 3, &told, || pulse(folder.path(), &["sync", "shallow"]));
    assert_eq!(pulse(folder.path(), &["sync", "shallow", "--allow-shallow"]).status.code(), Some(0));
}

#[test]
fn an_object_that_is_damaged() {
    let folder = folder();
    git(folder.path(), &["clone", "--no-local", "good", "damaged"]);
    git(folder.path(), &["-C", "damaged", "commit", "--allow-empty", "--message", "More"]);
    let loose = listing(&folder.path().join("damaged/.git/objects"));
    let (object, _) = loose.iter().find(|(path, _)| !path.components().any(|c| c.as_os_str() == "pack")).unwrap();
    std::fs::remove_file(object).unwrap();
    std::fs::write(object, "not an object").unwrap();
    refused(folder.path(), 3, &["damaged", "git"], || pulse(folder.path(), &["sync", "damaged"]));
}

#[test]
fn a_repository_without_matching_tags() {
    let folder = folder();
    let told = ["`nothing-*`", "--deployments PATTERN", "--merges BRANCH"];
    refused(folder.path(), 3, &told, || pulse(folder.path(), &["dora", "good", "--deployments", "nothing-*"]));
}

#[test]
fn a_column_that_does_not_exist() {
    let folder = folder();
    let told = ["speed", "DESCRIBE"];
    refused(folder.path(), 2, &told, || pulse(folder.path(), &["sql", "SELECT speed FROM facts.changes"]));
}

#[test]
fn a_tenant_that_does_not_exist() {
    let folder = folder();
    let commands: [&[&str]; 8] = [
        &["lake", "verify"],
        &["lake", "inspect"],
        &["lake", "compact"],
        &["lake", "vacuum"],
        &["model"],
        &["map"],
        &["sql", "SELECT 1"],
        &["dora"],
    ];
    for command in commands {
        let args = [&["--tenant", "acmee"], command].concat();
        refused(folder.path(), 3, &["`acmee`", "pulse sync"], || pulse(folder.path(), &args));
    }
}

#[test]
fn a_lake_that_does_not_exist_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 5] = [&["lake", "verify"], &["model"], &["map"], &["sql", "SELECT 1"], &["dora"]];
    for command in commands {
        let wrong = pulse(folder.path(), &[&["--lake", "file://./laek"], command].concat());
        assert_eq!(wrong.status.code(), Some(3), "{}", err(&wrong));
        assert!(err(&wrong).contains("no lake at") && err(&wrong).contains("laek"), "{}", err(&wrong));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{command:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    git(folder.path(), &["clone", "good", "closed"]);
    let closed = folder.path().join("closed/.git");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    refused(folder.path(), 3, &["closed"], || {
        // Root reads it all the same, unless it gives that up.
        let root = std::fs::read_dir(&closed).is_ok();
        let mut command = Command::new(if root { "setpriv" } else { env!("CARGO_BIN_EXE_pulse") });
        if root {
            command.args(["--bounding-set", OVERRIDES, "--inh-caps", OVERRIDES, env!("CARGO_BIN_EXE_pulse")]);
        }
        command.args(["sync", "closed"]).current_dir(folder.path()).env_remove("PULSE_LAKE").output().unwrap()
    });
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The lake stands on a file system of 1 MB, in a mount namespace of the test's own. Payloads that landed before it was full stay
/// landed, as landing is resumed; what readers see stays as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_told_and_what_was_there_can_be_read() {
    let may = |args: &[&str]| Command::new("unshare").args(args).arg("true").output().is_ok_and(|o| o.status.success());
    let ways: [&[&str]; 2] = [&["--mount"], &["--map-root-user", "--mount"]];
    // Where nobody may mount, the engine's own test of a full disk stands alone.
    let Some(way) = ways.into_iter().find(|way| may(way)) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("disk")).unwrap();
    let rows = |name: &str, n: usize| {
        let row = |i: usize| {
            format!(
                "{{\"id\":\"push:x:{name}{i}\",\"name\":\"{:x}\"}}\n",
                (i as u128).wrapping_pow(9).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            )
        };
        std::fs::write(folder.path().join(format!("{name}.ndjson")), (1..=n).map(row).collect::<String>()).unwrap();
    };
    rows("few", 3);
    rows("many", 60_000);
    let script = "
        mount -t tmpfs -o size=1m tmpfs disk
        set -e
        $PULSE push --name x repositories few.ndjson
        find disk/lake/*/core disk/lake/*/facts -type f | sort > before
        code=0; $PULSE push --name x repositories many.ndjson 2> said || code=$?
        find disk/lake/*/core disk/lake/*/facts -type f | sort > after
        echo $code > code
        $PULSE lake verify
        $PULSE sql --format csv 'SELECT count(*) AS n FROM core.repositories' > count
    ";
    let pulse = format!("{} --lake file://./disk/lake", env!("CARGO_BIN_EXE_pulse"));
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", script]).current_dir(folder.path()).env("PULSE", pulse).stdin(Stdio::null());
    let done = command.env_remove("PULSE_LAKE").output().unwrap();
    assert!(done.status.success(), "{}", err(&done));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("code"), "1\n", "{}", read("said"));
    assert!(read("said").contains("is full") && read("said").contains("Free some room"), "{}", read("said"));
    assert_eq!(read("count"), "n\n3\n");
    assert_eq!(read("after"), read("before"));
}
