//! The ten-line embedded program of the docs does what it says.

use super::support::*;
use pulse_engine::lake::When;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Engine, TenantId};

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_program_answers_from_a_lake_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(dir.path()).unwrap();
    let tenant = Engine::open(url.as_str()).await.unwrap().tenant(&TenantId::new("acme").unwrap());
    let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
    tenant.land("test", "test:a", Page { payloads: vec![payload], ..Page::default() }).await.unwrap();
    repositories(tenant.lake()).append(&[batch(&[repository("a", "shop", 1)])], &[], When::New).await.unwrap();

    // Cargo builds the examples beside the tests.
    let built = std::env::current_exe().unwrap();
    let program = built.parent().unwrap().parent().unwrap().join("examples/embedded");
    let run = |tenant: &str, sql: &str| {
        std::process::Command::new(&program).args([url.as_str(), tenant, sql]).output().unwrap()
    };
    let answer = run("acme", "SELECT name FROM core.repositories");
    assert!(String::from_utf8_lossy(&answer.stdout).contains("| shop |"), "{answer:?}");
    let stranger = run("nobody", "SELECT 1");
    assert!(
        !stranger.status.success() && String::from_utf8_lossy(&stranger.stderr).contains("UnknownTenant"),
        "{stranger:?}"
    );
}
