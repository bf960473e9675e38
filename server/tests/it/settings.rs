//! Settings, as a person has them: in a file, in the environment, on the command line.

use crate::commands::{err, out, pulse};
use crate::flight_adbc::certificate;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn in_environment(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(args).current_dir(folder).env_remove("PULSE_LAKE").envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn all_that_is_wrong_is_told_before_anything_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pulse.toml");
    std::fs::write(&file, "port = \"http\"\nlimit = [\"nap=1\"]\n\n[calendar]\ndays = []\n").unwrap();
    for args in [&["serve"][..], &["config", "check"]] {
        let refused = in_environment(folder.path(), &[("PULSE_ROLES", "boss")], args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        let text = err(&refused);
        for part in [
            "pulse.toml, line 1: invalid value 'http'",
            "line 2: invalid value 'nap=1'",
            "PULSE_ROLES",
            "a calendar has at least one working day",
        ] {
            assert!(text.contains(part), "{args:?}: {part}\n{text}");
        }
    }
    let boss = [("PULSE_ROLES", "boss")];
    let text = err(&in_environment(folder.path(), &boss, &["admin", "link"]));
    assert!(text.contains("working day") && !text.contains("http") && !text.contains("boss"), "it has no port: {text}");
    assert!(!folder.path().join(".pulse").exists(), "nothing was begun");
    // What a command does not have keeps it from nothing.
    std::fs::write(&file, "port = \"http\"\nlimit = [\"nap=1\"]\n").unwrap();
    assert!(in_environment(folder.path(), &boss, &["admin", "link"]).status.success());
    assert_eq!(in_environment(folder.path(), &boss, &["serve"]).status.code(), Some(2));
    // Help helps all the same, and so does what explains a setting.
    assert_eq!(pulse(folder.path(), &["serve", "--help"]).status.code(), Some(0));
    assert!(out(&pulse(folder.path(), &["config", "explain", "roles"])).contains("PULSE_ROLES"));
    std::fs::write(&file, "prot = 1\nlake = 7\n").unwrap();
    let text = err(&in_environment(folder.path(), &boss, &["serve"]));
    for part in
        ["line 1: there is no setting `prot`; is `port` meant?", "line 2: `lake`", "PULSE_ROLES: invalid value 'boss'"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    // What does not count is not shown as if it did.
    let shown = out(&pulse(folder.path(), &["config", "show"]));
    assert!(
        shown.contains("not counted") && shown.contains("pulse.toml, line 1: there is no setting `prot`"),
        "{shown}"
    );
}

#[test]
fn a_key_that_is_none_is_told_by_the_check_already() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let check = |variables: &[(&str, &str)]| in_environment(folder.path(), variables, &["config", "check"]);
    let by_file = [("PULSE_KEY_FILE", "key")];
    assert!(check(&by_file).status.success(), "one that is not there yet is made");
    std::fs::write(&key, "none\n").unwrap();
    let wrong = check(&by_file);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("  key: line 1 of the vault's key is none"), "{}", err(&wrong));
    let good = ("PULSE_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE");
    assert!(check(&[by_file[0], good]).status.success(), "the file is not looked at then");
    let wrong = check(&[("PULSE_KEY", "none")]);
    assert!(err(&wrong).contains("  PULSE_KEY: line 1 of the vault's key is none"), "{}", err(&wrong));
}

#[test]
fn what_a_process_would_refuse_is_told_with_the_rest_and_no_password_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pulse.toml"), "time_zone = \"Mars\"\n").unwrap();
    let variables = [
        ("PULSE_LAKE", "ftp://ada:hunter2@host/lake"),
        ("PULSE_TENANT", "../acme"),
        ("DATABASE_URL", "mysql://ada:hunter2@host/db"),
        ("PULSE_PUBLIC_URL", "host"),
        ("PULSE_SMTP_URL", "smtps://ada:hunter2@host"),
        ("PULSE_MAIL_FROM", "nobody"),
    ];
    for args in [&["serve"][..], &["config", "check"]] {
        let refused = in_environment(folder.path(), &variables, args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        let text = err(&refused);
        assert!(text.contains("pulse.toml, line 1: `Mars` is not a time zone"), "{args:?}: {text}");
        for (name, _) in variables {
            assert!(text.contains(&format!("{name}: ")), "{args:?} says nothing of {name}: {text}");
        }
        assert!(!text.contains("hunter2"), "{args:?}: {text}");
    }
    std::fs::remove_file(folder.path().join("pulse.toml")).unwrap();
    let variables = [("PULSE_SMTP_URL", "smtps://ada:hunter2@host"), ("PULSE_PUBLIC_URL", "https://ada:hunter2@host")];
    for args in [&["config", "show"][..], &["doctor"]] {
        let shown = out(&in_environment(folder.path(), &variables, args));
        assert!(shown.contains("smtps://ada:(secret)@host  (PULSE_SMTP_URL)"), "{args:?}: {shown}");
        assert!(!shown.contains("hunter2"), "{args:?}: {shown}");
    }
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pulse.toml"), "control = \"sqlite:file.db\"\nslow_query = 5\n").unwrap();
    let there = |name: &str| folder.path().join(name).exists();
    assert!(pulse(folder.path(), &["admin", "link"]).status.success());
    assert!(there("file.db"));
    let by_variable = [("DATABASE_URL", "sqlite:variable.db")];
    assert!(in_environment(folder.path(), &by_variable, &["admin", "link"]).status.success());
    assert!(there("variable.db") && !there("option.db"));
    let option = ["admin", "--control", "sqlite:option.db", "link"];
    assert!(in_environment(folder.path(), &by_variable, &option).status.success());
    assert!(there("option.db"));
    // A variable that is set to nothing says nothing.
    std::fs::remove_file(folder.path().join("file.db")).unwrap();
    let blank = [("DATABASE_URL", ""), ("PULSE_KEY_FILE", ""), ("PULSE_JOBS", ""), ("PULSE_LAKE", "")];
    assert!(in_environment(folder.path(), &blank, &["admin", "link"]).status.success());
    assert!(there("file.db"));
    let shown = out(&in_environment(folder.path(), &by_variable, &["config", "show"]));
    let line = |key: &str| shown.lines().find(|line| line.trim().starts_with(key)).unwrap().to_owned();
    assert!(line("slow_query").contains("5  (pulse.toml, line 2)"), "{shown}");
    assert!(line("control ").contains("(secret)  (DATABASE_URL)") && !shown.contains("variable.db"), "{shown}");
}

#[test]
fn a_secret_is_read_where_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "sqlite:kept.db\n").unwrap();
    std::fs::write(folder.path().join("pulse.toml"), "control = { file = \"secret\" }\n").unwrap();
    assert!(pulse(folder.path(), &["admin", "link"]).status.success());
    assert!(folder.path().join("kept.db").exists());
    let by_command = [("DATABASE_URL_COMMAND", "echo sqlite:printed.db")];
    assert!(in_environment(folder.path(), &by_command, &["admin", "link"]).status.success());
    assert!(folder.path().join("printed.db").exists());
    std::fs::write(folder.path().join("pulse.toml"), "control = { command = \"exit 3\" }\n").unwrap();
    let failed = pulse(folder.path(), &["admin", "link"]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(
        err(&failed).contains("pulse.toml, line 1: the command that should print `control` ended with exit status: 3")
    );
    // What needs no database does not ask for its address.
    assert!(pulse(folder.path(), &["completions", "bash"]).status.success());
}

#[test]
fn keys_are_changed_by_commands_and_the_old_one_opens_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join(".pulse/key");
    let rotates = || pulse(folder.path(), &["admin", "rotate-keys"]);
    assert!(rotates().status.success());
    let old = std::fs::read_to_string(&key).unwrap();
    // The first line seals, each opens.
    let new = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n";
    std::fs::write(&key, format!("{new}{old}")).unwrap();
    assert!(rotates().status.success());
    let sealed = out(&pulse(folder.path(), &["admin", "reseal"]));
    assert!(sealed.contains("are sealed with the first key"), "{sealed}");
    std::fs::write(&key, new).unwrap();
    assert!(rotates().status.success());
    std::fs::write(&key, old).unwrap();
    let refused = rotates();
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("put the key back that sealed it"), "{}", err(&refused));
    // Where it is lost for good, what it sealed is forgotten, and all goes on.
    assert_eq!(pulse(folder.path(), &["admin", "reseal"]).status.code(), Some(1));
    let forgotten = pulse(folder.path(), &["admin", "reseal", "--forget-lost"]);
    assert!(forgotten.status.success(), "{}", err(&forgotten));
    assert!(out(&forgotten).contains("Forgotten: a key that signs access tokens"), "{}", out(&forgotten));
    assert!(rotates().status.success());
}

#[test]
fn a_certificate_that_is_over_or_of_another_key_is_told_by_the_check_already() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    std::fs::write(folder.path().join("over.pem"), include_str!("expired.pem")).unwrap();
    let check = |certificate: &str| {
        let variables = [("PULSE_TLS_CERT", certificate), ("PULSE_TLS_KEY", "key.pem")];
        in_environment(folder.path(), &variables, &["config", "check"])
    };
    let fine = check("cert.pem");
    assert!(fine.status.success(), "{}", err(&fine));
    let wrong = check("over.pem");
    assert_eq!(wrong.status.code(), Some(2));
    for part in
        ["they are no pair, the key is of another certificate", "--tls-cert was good until 2020-02-01 12:00 UTC"]
    {
        assert!(err(&wrong).contains(part), "{part}: {}", err(&wrong));
    }
    let serve = ["serve", "--port", "0", "--tls-cert", "over.pem", "--tls-key", "key.pem"];
    let refused = pulse(folder.path(), &serve);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("they are no pair"), "{}", err(&refused));
}

#[test]
fn a_secret_that_everybody_may_read_is_told_of_and_keeps_nothing_from_being_done() {
    // Where everybody comes.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let key = folder.path().join("key");
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    std::fs::write(&key, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n").unwrap();
    let check = || {
        let checked = in_environment(folder.path(), &[("PULSE_KEY_FILE", "key")], &["config", "check"]);
        assert!(checked.status.success(), "{}", err(&checked));
        out(&checked)
    };
    let told = "everybody on this machine may read key, which has the secret of `key_file` in it";
    for (of_folder, of_key, is_told) in [(0o755, 0o644, true), (0o755, 0o640, false), (0o700, 0o644, false)] {
        mode(folder.path(), of_folder);
        mode(&key, of_key);
        assert_eq!(check().contains(told), is_told, "{of_folder:o} {of_key:o}: {}", check());
    }
    mode(folder.path(), 0o755);
    let mut serve = Command::new(env!("CARGO_BIN_EXE_pulse"));
    serve.args(["serve", "--port", "0", "--key-file", "key"]).current_dir(folder.path()).env_remove("PULSE_LAKE");
    let mut serve = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told_first = BufReader::new(serve.stdout.take().unwrap());
    told_first.read_line(&mut String::new()).unwrap();
    assert!(Command::new("kill").args(["-TERM", &serve.id().to_string()]).status().unwrap().success());
    let said = err(&serve.wait_with_output().unwrap());
    assert!(said.contains(told), "{said}");
    // What stands in the file of the settings, and one that this names.
    mode(&key, 0o600);
    let file = folder.path().join("pulse.toml");
    std::fs::write(&file, "control = \"postgres://pulse:hunter2@host/pulse\"\n").unwrap();
    mode(&file, 0o644);
    let said = check();
    assert!(said.contains("pulse.toml, which has the secret of `control`") && !said.contains("hunter2"), "{said}");
    std::fs::write(folder.path().join("address"), "postgres://pulse:hunter2@host/pulse\n").unwrap();
    mode(&folder.path().join("address"), 0o644);
    std::fs::write(&file, "control = { file = \"address\" }\n").unwrap();
    let said = check();
    assert!(said.contains("may read address, which has the secret of `control`"), "{said}");
    // Of the object store, and of the mail server where no command tells it.
    mode(&key, 0o644);
    let told = |variables: &[(&str, &str)]| out(&in_environment(folder.path(), variables, &["config", "check"]));
    let store = [("PULSE_LAKE", "s3://bucket/lake"), ("AWS_SECRET_ACCESS_KEY_FILE", "key")];
    assert!(told(&store).contains("may read key, which has the secret of `AWS_SECRET_ACCESS_KEY`"), "{}", told(&store));
    let mail = [("PULSE_SMTP_PASSWORD_FILE", "key"), ("PULSE_SMTP_PASSWORD_COMMAND", "echo hunter2")];
    assert!(told(&mail[..1]).contains("the secret of `smtp_password_file`"), "{}", told(&mail[..1]));
    assert!(!told(&mail).contains("smtp_password_file"), "{}", told(&mail));
}
