//! What names people takes a permission of its own.

use crate::rest::{Server, problem, run};
use crate::world::{acme, permissions};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Sees};
use reqwest::Method;
use serde_json::{Value, json};

/// A program's token of `acme` with these permissions.
async fn token(server: &Server, may: &[Permission]) -> String {
    let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let new = NewToken { name: "t".into(), permissions: permissions(may), sees: None, days: 1, service: true };
    let made = server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap();
    made.1.tell().to_owned()
}

#[test]
fn an_analyst_asks_everything_but_who() {
    run(async {
        let server = Server::start().await;
        let analyst = token(&server, &[Permission::MetricsRead, Permission::SqlRun]).await;
        let ask = async |token: &str, sql: &str| server.sql(token, "/api/v1/sql", json!({ "sql": sql })).await;
        let told = async |token: &str, sql: &str| ask(token, sql).await.json::<Value>().await.unwrap();
        for people in ["core.people", "core.identities", "facts.people", "core.team_members", "raw.push"] {
            let refused =
                problem(ask(&analyst, &format!("SELECT * FROM {people}")).await, 400, "invalid-question").await;
            assert!(refused["detail"].as_str().unwrap().contains("takes the permission `people:read`"), "{refused}");
        }
        for text in ["SELECT author_id FROM facts.changes", "SELECT count(*) FROM core.commits GROUP BY author_id"] {
            problem(ask(&analyst, text).await, 400, "invalid-question").await;
            assert!(!told(&server.acme, text).await.as_array().unwrap().is_empty(), "{text}");
        }
        let count = "SELECT count(*) AS n, count(DISTINCT repository_id) AS repositories FROM facts.changes";
        assert_eq!(told(&analyst, count).await, told(&server.acme, count).await);
        // The kept answer to the same text is that of whoever sees the same.
        let everything = "SELECT * FROM facts.changes";
        for (token, names) in [(&server.acme, true), (&analyst, false), (&server.acme, true)] {
            assert_eq!(told(token, everything).await[0].get("author_id").is_some(), names);
        }
        let path = "/api/v1/metrics/change_lead_time?from=2026-03-01&until=2026-04-01&grain=month";
        let figures = async |token: &str| {
            let answer =
                server.client.get(format!("{}{path}", server.address)).bearer_auth(token).send().await.unwrap();
            answer.json::<Value>().await.unwrap()["groups"].clone()
        };
        assert_eq!(figures(&analyst).await, figures(&server.acme).await);
        let catalogue = async |token: &str| {
            let request = server.client.get(format!("{}/api/v1/catalog", server.address)).bearer_auth(token);
            request.send().await.unwrap().text().await.unwrap()
        };
        let listed = catalogue(&analyst).await;
        assert!(!listed.contains("author_id") && !listed.contains("\"people\"") && listed.contains("lead_seconds"));
        assert!(catalogue(&server.acme).await.contains("author_id"));
    });
}

#[test]
fn whose_a_name_is_is_mapped_by_whoever_may_see_people() {
    run(async {
        let server = Server::start().await;
        let mapping = async |may: &[Permission]| {
            let token = token(&server, may).await;
            let request = server.client.request(Method::GET, format!("{}/api/v1/mapping", server.address));
            request.bearer_auth(token).send().await.unwrap()
        };
        let refused = problem(mapping(&[Permission::TenantManage]).await, 403, "not-allowed").await;
        assert!(refused["detail"].as_str().unwrap().contains("people:read"), "{refused}");
        assert_eq!(mapping(&[Permission::TenantManage, Permission::PeopleRead]).await.status(), 200);
    });
}
