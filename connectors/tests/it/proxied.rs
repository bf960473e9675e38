//! A proxy that the operator's environment names, which a process of its own is to ask by.

use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::net::Manner;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use url::Url;

/// The way into the process that asks. Run without being told to, it does nothing: the test below begins it.
#[tokio::test]
async fn a_process_that_asks() {
    if std::env::var("PULSE_TEST_ASKS").is_err() {
        return;
    }
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
    let place = Url::parse("https://api.github.com").unwrap();
    let source = GithubSource::new("acme", &place, "ghp_made_up", settings, Manner::default()).unwrap();
    source.check().await.unwrap_err();
}

#[tokio::test]
async fn a_vendor_is_asked_by_the_proxy_that_the_environment_names() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut asks = Command::new(std::env::current_exe().unwrap());
    asks.args(["proxied::a_process_that_asks", "--exact"]).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        asks.env_remove(name);
    }
    asks.env("HTTPS_PROXY", format!("http://{}", proxy.local_addr().unwrap())).env("PULSE_TEST_ASKS", "1");
    let mut asks = asks.spawn().unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(60), async {
        let (socket, _) = proxy.accept().await.unwrap();
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).await.unwrap();
        line
    });
    let heard = heard.await;
    asks.kill().unwrap();
    asks.wait().unwrap();
    let line = heard.unwrap();
    assert!(line.starts_with("CONNECT api.github.com:443 "), "{line}");
}
