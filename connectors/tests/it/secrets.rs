//! What is told while vendors are read, at every level and whatever goes wrong: nothing of what is shown to them, nor of what a proxy is shown.

use crate::jira_sync::credentials;
use crate::{github_sync, jira_sync, lake};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::net::{Manner, Patience, Reach};
use pulse_connectors::{Result, sync};
use pulse_engine::Clock;
use pulse_simulator::faults::Faults;
use pulse_simulator::jira::{API_TOKEN, Grant, PAT};
use pulse_simulator::{App, Fault, Installation, Server, TOKEN};
use serde_json::json;
use std::fmt::{Debug, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use url::Url;

/// What the test's process is told that is to be read by.
const TELLS: &str = "PULSE_TEST_TELLS";
/// What a proxy is shown, by the address that the environment gives.
const PROXY: &str = "ada:fennel-word";

/// All that is told: every event and span of every level, with all of their fields.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Heard {
    /// Takes in what a span or an event says.
    fn take(&self, fields: impl FnOnce(&mut Fields)) {
        // Written first: a field that says something itself would wait for itself.
        let mut told = Fields::default();
        fields(&mut told);
        self.0.lock().push_str(&told.0);
    }

    /// Takes in what became of something, as it is told to people and in a log.
    fn outcome<T>(&self, outcome: Result<T>) -> bool {
        if let Err(error) = &outcome {
            self.0.lock().push_str(&format!("{error}\n"));
            self.shown(error);
        }
        outcome.is_ok()
    }

    fn shown(&self, thing: &impl Debug) {
        self.0.lock().push_str(&format!("{thing:?}\n{thing:#?}\n"));
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.take(|fields| {
            fields.0.push_str(span.metadata().name());
            span.record(fields);
        });
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.take(|fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.take(|fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Fields, a line each.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

/// All that goes wrong: 401, 403 of each kind, 500, a redirect, and answers that are no good.
fn faults() -> Vec<Fault> {
    vec![
        Fault::BadCredentials,
        Fault::MissingScope { accepted: "admin:org".to_owned() },
        Fault::Saml,
        Fault::IpAllowList,
        Fault::SecondaryLimit { status: 403, retry_after: None },
        Fault::ServerError(500),
        Fault::ServerError(502),
        Fault::LoginPage,
        Fault::InvalidJson,
        Fault::WebPage,
        Fault::HalfBody,
        Fault::Disconnect,
        Fault::Anonymous,
    ]
}

/// How a vendor on this machine is asked: twice.
fn manner() -> Manner {
    let patience = Patience { tries: 2, first: Duration::from_millis(1), waits: Duration::from_secs(3) };
    Manner { reach: Reach::Anywhere, patience, clock: Clock::System }
}

/// Has whatever is asked fail from now on.
fn fail(faults: &Faults, fault: &Fault) {
    (0..200).for_each(|_| faults.next(fault.clone()));
}

/// GitHub, read with a credential while each of them goes wrong, and once while nothing does.
async fn github(heard: &Heard, server: &Server, credential: &str) {
    let place = Url::parse(&server.url).unwrap();
    let source = || {
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        GithubSource::new("acme", &place, credential, settings, manner()).unwrap()
    };
    let (tenant, mut failed) = (lake::tenant().await, 0);
    for fault in faults() {
        let checked = source();
        fail(&server.github.faults, &fault);
        failed += usize::from(!heard.outcome(checked.check().await));
        heard.shown(&checked);
        fail(&server.github.faults, &fault);
        heard.outcome(sync(&tenant, Box::new(source()), Clock::System, &|_| ()).await);
        server.github.faults.clear();
    }
    assert!(failed > 9, "{failed}");
    let tenant = lake::tenant().await;
    assert!(heard.outcome(sync(&tenant, Box::new(source()), Clock::System, &|_| ()).await));
}

/// The same of Jira. Where a credential is renewed, that goes wrong, too.
async fn jira(heard: &Heard, server: &Server, credential: &str) {
    let [place, renews] = ["", "/oauth/token"].map(|path| Url::parse(&format!("{}{path}", server.url)).unwrap());
    let source = || {
        let source = JiraSource::new("acme", &place, credential, JiraSettings::default(), manner()).unwrap();
        source.renewed_at(renews.clone())
    };
    let (tenant, mut failed) = (lake::tenant().await, 0);
    for fault in faults() {
        let checked = source();
        fail(&server.jira.faults, &fault);
        failed += usize::from(!heard.outcome(checked.check().await));
        heard.shown(&checked);
        server.jira.faults.clear();
        // It begins while nothing goes wrong.
        assert!(heard.outcome(checked.check().await));
        fail(&server.jira.faults, &fault);
        heard.outcome(sync(&tenant, Box::new(checked), Clock::System, &|_| ()).await);
        server.jira.faults.clear();
    }
    assert!(failed > 9, "{failed}");
    let (tenant, good) = (lake::tenant().await, source());
    assert!(heard.outcome(good.check().await));
    assert!(heard.outcome(sync(&tenant, Box::new(good), Clock::System, &|_| ()).await));
}

/// The way into the process that reads. Run without being told to, it does nothing: the test below begins it, as all that a process tells is heard
/// by one.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_tells_all() {
    if std::env::var(TELLS).is_err() {
        return;
    }
    let heard = Heard::default();
    tracing::subscriber::set_global_default(heard.clone()).unwrap();
    let mut secrets = vec![TOKEN.to_owned(), API_TOKEN.to_owned(), PAT.to_owned()];
    let hub = github_sync::serve(github_sync::world(5)).await;
    let mut app = App::new(12).unwrap();
    app.installations.insert(9, Installation::default());
    let app_credential = json!({"app": "12", "installation": 9, "private_key": app.private_key}).to_string();
    // Its last line may be short enough to stand anywhere.
    secrets.extend(app.private_key.lines().filter(|line| line.len() > 20).map(str::to_owned));
    // What it signs begins so, and the tokens that it is given for that.
    secrets.extend(["eyJ", "ghs_"].map(str::to_owned));
    hub.github.apps.lock().insert(12, app);
    for credential in [TOKEN, app_credential.as_str()] {
        github(&heard, &hub, credential).await;
    }
    let tracker = jira_sync::serve(jira_sync::world(5)).await;
    let refresh_tokens = vec![("plover-word".to_owned(), None)];
    let grant = Grant { client_secret: "thistle-word".to_owned(), refresh_tokens, expires_after: None };
    tracker.jira.grants.lock().insert("quince".to_owned(), grant);
    let granted =
        json!({"client_id": "quince", "client_secret": "thistle-word", "refresh_token": "plover-word"}).to_string();
    // The refresh tokens that come after the first, and the access tokens, are named after the client.
    secrets.extend(["thistle-word", "plover-word", "quince-"].map(str::to_owned));
    let [basic, bearer] = credentials();
    secrets.push(STANDARD.encode(&basic));
    for credential in [&basic, &bearer, &granted] {
        jira(&heard, &tracker, credential).await;
    }
    // A proxy that is not there.
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
    let place = Url::parse("https://api.github.com").unwrap();
    let source = GithubSource::new("acme", &place, TOKEN, settings, manner()).unwrap();
    assert!(!heard.outcome(source.check().await));
    let (_, word) = PROXY.split_once(':').unwrap();
    secrets.extend([word.to_owned(), STANDARD.encode(PROXY)]);
    let told = heard.0.lock().clone();
    for words in
        ["asked once more", "does not take this connection's credential", "the scope admin:org", "cannot be reached"]
    {
        assert!(told.contains(words), "{words}");
    }
    for secret in secrets {
        let at = told.find(&secret);
        let around = at.map(|at| told[..at].lines().last().unwrap_or_default().to_owned());
        assert_eq!(around, None, "{secret}");
    }
}

#[test]
fn nothing_of_a_secret_is_told_whatever_goes_wrong() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut tells = Command::new(std::env::current_exe().unwrap());
    tells.args(["secrets::a_process_that_tells_all", "--exact", "--nocapture"]);
    for name in
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        tells.env_remove(name);
    }
    let done = tells.env("HTTPS_PROXY", format!("http://{PROXY}@{nobody}")).env(TELLS, "1").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"));
}
