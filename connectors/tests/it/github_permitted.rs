//! A fine-grained token, which has permissions in the place of scopes: what it lacks is told by name, and read once it has it.

use crate::alike::told;
use crate::github_sync::{map, open, serve, world};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::sync;
use pulse_engine::Clock;
use pulse_simulator::Token;
use serde_json::json;

const FINE: &str = "github_pat_simulator";

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_a_token_lacks_is_told_and_keeps_nothing_else() {
    let (server, tenant) = (serve(world(20)).await, tenant().await);
    let read = async |permissions: Vec<&str>| {
        let permissions = Some(permissions.into_iter().map(str::to_owned).collect());
        let token = Token { secret: FINE.to_owned(), permissions, ..Token::default() };
        server.github.tokens.lock().insert(FINE.to_owned(), token);
        server.github.world.lock().now += TimeDelta::minutes(10);
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        let source = open(&server, FINE, settings).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
    };
    read(vec!["contents"]).await;
    let rejects = told(&tenant).await.remove("rejects").unwrap();
    let words = "Resource not accessible by personal access token: the token needs the permission actions=read";
    assert!(!rejects.is_empty() && rejects.values().all(|reject| reject.contains(words)), "{rejects:?}");
    assert_eq!(ids(&tenant, "builds").await, [""; 0]);
    assert!(!ids(&tenant, "pull_requests").await.is_empty() && !ids(&tenant, "commits").await.is_empty());

    read(vec!["contents", "actions"]).await;
    assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
    let world = server.github.world.lock().clone();
    let runs: usize = world.repositories.values().flat_map(|r| r.runs.values()).map(|run| 1 + run.earlier.len()).sum();
    assert!(runs > 0);
    assert_eq!(ids(&tenant, "builds").await.len(), runs);
}
