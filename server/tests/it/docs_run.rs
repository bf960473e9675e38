//! The commands of the pages of `docs/`, run one after the other over the sample: what stands in a block comes to its end without an error, and
//! so does what stands within a sentence, where all of it stands there.
//! What a page leaves to its reader, such as the address of a bucket, is put in, and a server is told to end once it answers.

use crate::backup::repository;
use crate::commands::{err, out, pulse};
use crate::docs::{Page, commands, is_placeholder, refused};
use crate::docs_blocks::{SETTINGS, shown};
use crate::rest::run;
use crate::tasks::free_port;
use pulse_engine::{Clock, TenantId};
use pulse_server::auth::Vault;
use pulse_server::control::{Connection, Control};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

/// What a page says, and what is said in its place: the folder of it all is `HERE`, beside which repositories are.
const STANDS_FOR: [(&str, &str); 15] = [
    ("s3://backups/pulse", "file://HERE/backups"),
    ("s3://new/lake", "file://HERE/restored"),
    ("file:///mnt/aside/lake", "file://HERE/aside"),
    ("postgres://…", "sqlite:restored.db"),
    ("s3://bucket/prefix", "file://HERE/.pulse/lake"),
    ("/srv/repositories", "HERE/.."),
    ("/src/api", "../api"),
    ("../shop", "../api"),
    ("/etc/pulse/pulse.toml", "settings.toml"),
    ("127.0.0.1:9464", "127.0.0.1:0"),
    ("FILE", "tenant.tar"),
    ("NAME", "demo-copy"),
    ("jira:acme:issues/10042", "EPIC"),
    ("Checkout", "Shop"),
    ("acme", "demo-bank"),
];

/// What goes on until somebody ends it, and does not say when it has begun.
const NO_END: &str = "simulate";

const INCIDENTS: &str = "id,title,began_at\npush:file:1,It is down,2026-11-01T09:00:00Z\n";
const DEPLOYMENTS: &str = r#"{"id": "push:file:2", "repository_id": "push:file:api", "environment": "production", "is_production": true, "status": "succeeded", "finished_at": "2026-11-01T09:00:00Z"}"#;

/// What `pulse` is given by a command of a page; nothing where it is another program's.
fn given(words: &[String]) -> Option<Vec<String>> {
    let begin = match words.first()?.as_str() {
        "pulse" => 0,
        // In a container the service's name stands before what it is told to do.
        "docker" => words.iter().rposition(|word| word == "pulse")?,
        _ => return None,
    };
    let bare = |word: &String| word.trim_matches(['[', ']']).to_owned();
    let may_lack = |word: &String| word.starts_with('[') && is_placeholder(&bare(word));
    let given: Vec<String> = words[begin + 1..].iter().filter(|&word| !may_lack(word)).map(bare).collect();
    (!given.is_empty()).then_some(given)
}

/// A folder with the sample, and all that commands of pages speak of.
struct Place {
    folder: tempfile::TempDir,
    epic: String,
}

impl Place {
    fn make() -> Self {
        let mut place = Self { folder: tempfile::tempdir().unwrap(), epic: String::new() };
        std::fs::create_dir(place.here()).unwrap();
        for name in ["api", "web"] {
            repository(&place.folder.path().join(name), 1..4);
        }
        for (name, text) in
            [("incidents.csv", INCIDENTS), ("deployments.ndjson", DEPLOYMENTS), ("settings.toml", "port = 8080\n")]
        {
            std::fs::write(place.here().join(name), text).unwrap();
        }
        place.does(&["demo", "--port", &free_port().to_string()]);
        place.does(&["admin", "export", "tenant.tar"]);
        place.connects();
        let epic = "SELECT min(subject_id) AS id FROM facts.forecasts WHERE subject_kind = 'epic'";
        place.epic = place.does(&["sql", "--format", "csv", epic]).lines().nth(1).unwrap().to_owned();
        place
    }

    /// Makes the connection that pages speak of, which is done over REST. Nobody listens at the port 9.
    fn connects(&self) {
        let folder = self.here().join(".pulse");
        run(async move {
            let control = format!("sqlite:{}", folder.join("control.db").display());
            let control = Control::open(&control, Clock::System).await.unwrap();
            let hub = Connection {
                name: "hub".into(),
                connector: "github".into(),
                place: "http://127.0.0.1:9".into(),
                settings: serde_json::json!({}),
                has_credential: false,
                created_by: "ada".into(),
                created_at: 0,
                version: 0,
            };
            let vault = Vault::open(&folder.join("key")).unwrap();
            control.set_connection(&TenantId::new("demo").unwrap(), &hub, None, &vault).await.unwrap();
        });
    }

    fn here(&self) -> std::path::PathBuf {
        self.folder.path().join("here")
    }

    fn command(&self, given: &[impl AsRef<std::ffi::OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
        command.args(given).current_dir(self.here()).stdin(Stdio::null()).env_remove("PULSE_LAKE");
        command.env("PULSE_TENANT", "demo").env("PULSE_SMTP_PASSWORD", "a password");
        command
    }

    fn does(&self, given: &[&str]) -> String {
        let done = self.command(given).output().unwrap();
        assert!(done.status.success(), "{given:?}: {}", err(&done));
        out(&done)
    }

    /// A word of a page as it is said here.
    fn said(&self, word: &str) -> String {
        let said = STANDS_FOR.iter().fold(word.to_owned(), |word, (stands, stood_for)| {
            let is_whole = is_placeholder(stands);
            if is_whole && word != *stands { word } else { word.replace(stands, stood_for) }
        });
        said.replace("HERE", &self.here().display().to_string()).replace("EPIC", &self.epic)
    }

    /// Runs a command to its end.
    fn runs(&self, given: &[String]) -> Output {
        let mut command = self.command(given);
        if !given.iter().any(|word| word == "serve") {
            return command.output().unwrap();
        }
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let (mut told, mut first) = (BufReader::new(server.stdout.take().unwrap()), String::new());
        told.read_line(&mut first).unwrap();
        // One that did not begin is over by now.
        Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
        let ended = server.wait_with_output().unwrap();
        let has_begun = first.starts_with("Serving on http://") || first == "Doing jobs.\n";
        assert!(has_begun, "{given:?}: {first}{}", err(&ended));
        ended
    }
}

/// Whether all of a command stands within a sentence, with nothing left to its reader.
fn is_whole(words: &[String]) -> bool {
    let left = |word: &String| is_placeholder(word) || word.starts_with('[') || word.contains('…');
    !words.iter().any(left) && words.iter().all(|word| word != NO_END) && refused(words, false).is_none()
}

#[test]
fn every_command_does_what_it_is_for() {
    let place = Place::make();
    let (mut ran, mut within, mut wrong) = (BTreeSet::from([vec!["demo".to_owned()]]), 0, Vec::new());
    for page in Page::all() {
        let blocks = page.blocks().into_iter().filter(|block| block.language != "sql").map(|block| (block.text, false));
        let spans = page.spans().into_iter().filter(|span| span.starts_with("pulse ")).map(|span| (span, true));
        for (text, within_a_sentence) in blocks.chain(spans) {
            let all = commands(&text);
            let whole = all.iter().filter(|words| !within_a_sentence || is_whole(words));
            for given in whole.filter_map(|words| given(words)) {
                let said: Vec<String> = given.iter().map(|word| place.said(word)).collect();
                if !ran.insert(said.clone()) {
                    continue;
                }
                within += usize::from(within_a_sentence);
                let done = place.runs(&said);
                if !done.status.success() {
                    wrong.push(format!("{}: pulse {}: {}", page.path, said.join(" "), err(&done)));
                }
            }
        }
    }
    let counts = format!("{} commands ran, {within} of them within a sentence", ran.len());
    assert!(wrong.is_empty() && ran.len() > 50 && within > 15, "{counts}; of which failed: {wrong:#?}");
}

#[test]
fn every_block_of_settings_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "sqlite:control.db\n").unwrap();
    let mut checked = 0;
    for page in Page::all() {
        let blocks = page.blocks().into_iter();
        for block in blocks.filter(|block| shown(&page, block).is_some_and(|(.., what)| what == SETTINGS)) {
            // A secret that a file holds is read.
            let held = ["/run/secrets/database", "/etc/pulse/database-url"];
            let text = held.iter().fold(block.text, |text, file| text.replace(file, "secret"));
            std::fs::write(folder.path().join("pulse.toml"), text).unwrap();
            let done = pulse(folder.path(), &["config", "check"]);
            assert!(done.status.success(), "{}: {}", page.path, err(&done));
            checked += 1;
        }
    }
    assert_eq!(checked, 2);
}
