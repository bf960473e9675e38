//! Saved queries, over a socket and in both databases.

use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, World, acme, from, on_both, refusal};
use pulse_engine::TenantId;
use pulse_server::control::{Cursor, Draft, MemberChange, Refusal, Sees};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! { World;
    each_change_is_a_version_and_an_old_one_is_not_written_over
    nobody_saves_more_than_they_may
}

impl Server {
    async fn sends(&self, token: &str, method: Method, path: &str, tag: Option<&str>, body: &Value) -> Response {
        let url = format!("{}/api/v1/saved-queries{path}", self.address);
        let request = self.client.request(method.clone(), url).bearer_auth(token);
        let request = if method == Method::PUT || method == Method::POST { request.json(body) } else { request };
        tag.iter().fold(request, |request, tag| request.header(IF_MATCH, *tag)).send().await.unwrap()
    }

    async fn saves(&self, token: &str, body: Value) -> Value {
        let made = self.sends(token, Method::POST, "", None, &body).await;
        assert_eq!((made.status().as_u16(), made.headers()[ETAG].to_str().unwrap()), (201, "\"1\""));
        made.json().await.unwrap()
    }

    async fn saved(&self, token: &str) -> Vec<Value> {
        let list: Value = self.sends(token, Method::GET, "", None, &json!(null)).await.json().await.unwrap();
        assert_eq!(list["next"], json!(null));
        list["items"].as_array().unwrap().clone()
    }

    /// The access token of somebody who joined with that role.
    async fn member(&self, email: &str, role: &str, sees: Sees) -> String {
        self.world.join(email, &[role], sees).await;
        self.world.access.sign_in(email, PASSWORD, Some("acme"), &from()).await.unwrap().token
    }
}

fn draft(title: &str, sql: &str, shared: bool) -> Draft {
    Draft { title: title.into(), description: String::new(), sql: sql.into(), parameters: Vec::new(), shared }
}

fn path(saved: &Value) -> String {
    format!("/{}", saved["id"].as_str().unwrap())
}

#[test]
fn a_query_is_saved_changed_read_in_each_version_run_and_removed() {
    run(async {
        let server = Server::start().await;
        let bob = server.member("bob@example.com", "analyst", Sees::Everything).await;
        let body = json!({
            "title": " Deployments ", "description": "How many", "shared": false,
            "sql": "SELECT count(*) AS n FROM facts.deployments WHERE finished_at >= $from",
            "parameters": [{"name": "from", "type": "timestamp", "default": "2026-03-01T00:00:00Z"}],
        });
        let saved = server.saves(&bob, body.clone()).await;
        assert_eq!(
            (&saved["title"], &saved["version"], &saved["mine"]),
            (&json!("Deployments"), &json!(1), &json!(true))
        );
        assert_eq!((&saved["owner"]["name"], &saved["shared"]), (&json!("Somebody"), &json!(false)));
        assert_eq!(saved["parameters"], body["parameters"]);
        let runs = async |body: Value| server.sql(&bob, "/api/v1/sql", body).await;
        let id = &saved["id"];
        // Four deployments in all, two of them on 10 March.
        assert_eq!(runs(json!({"saved": id})).await.json::<Value>().await.unwrap(), json!([{"n": 4}]));
        let late = json!({"saved": id, "params": {"from": "2026-03-10T00:00:00Z"}});
        assert_eq!(runs(late).await.json::<Value>().await.unwrap(), json!([{"n": 2}]));
        problem(runs(json!({"saved": id, "params": {"until": 1}})).await, 400, "invalid-request").await;
        problem(runs(json!({"saved": id, "sql": "SELECT 1"})).await, 400, "invalid-request").await;
        problem(runs(json!({"sql": "SELECT 1", "version": 1})).await, 400, "invalid-request").await;
        problem(runs(json!({})).await, 400, "invalid-request").await;

        // Changed, it has a version more, and the first stays.
        let at = path(&saved);
        let mut changed = body.clone();
        (changed["sql"], changed["parameters"]) =
            (json!("SELECT $n + 1 AS n"), json!([{"name": "n", "type": "integer"}]));
        let put = async |tag: Option<&str>, body: &Value| server.sends(&bob, Method::PUT, &at, tag, body).await;
        problem(put(None, &changed).await, 428, "version-needed").await;
        problem(put(Some("\"7\""), &changed).await, 412, "stale").await;
        let done = put(Some("\"1\""), &changed).await;
        assert_eq!((done.status().as_u16(), done.headers()[ETAG].to_str().unwrap()), (200, "\"2\""));
        problem(put(Some("\"1\""), &changed).await, 412, "stale").await;
        let same = put(Some("\"2\""), &changed).await;
        assert_eq!(same.headers()[ETAG].to_str().unwrap(), "\"2\"", "nothing changed");
        let ran = runs(json!({"saved": id, "params": {"n": 1}})).await.json::<Value>().await.unwrap();
        assert_eq!(ran, json!([{"n": 2}]));
        let first = runs(json!({"saved": id, "version": 1})).await.json::<Value>().await.unwrap();
        assert_eq!(first, json!([{"n": 4}]));
        problem(runs(json!({"saved": id, "version": 3})).await, 404, "not-found").await;
        problem(runs(json!({"saved": id})).await, 400, "invalid-request").await;
        let versions = server.sends(&bob, Method::GET, &format!("{at}/versions?limit=1"), None, &json!(null)).await;
        let versions: Value = versions.json().await.unwrap();
        assert_eq!((&versions["items"][0]["version"], &versions["items"][0]["sql"]), (&json!(2), &changed["sql"]));
        let next = format!("{at}/versions?limit=1&cursor={}", versions["next"].as_str().unwrap());
        let versions: Value = server.sends(&bob, Method::GET, &next, None, &json!(null)).await.json().await.unwrap();
        assert_eq!((&versions["items"][0]["version"], &versions["items"][0]["sql"]), (&json!(1), &body["sql"]));
        assert_eq!((&versions["next"], &versions["items"][0]["set_by"]["name"]), (&json!(null), &json!("Somebody")));

        // A draft need not be SQL; what it declares has to be well-formed.
        let draft = server.saves(&bob, json!({"title": "draft", "sql": "SELEC"})).await;
        problem(runs(json!({"saved": draft["id"]})).await, 400, "invalid-question").await;
        for (wrong, field) in [
            (json!({"title": "", "sql": ""}), "title"),
            (json!({"title": "a\nb", "sql": ""}), "title"),
            (json!({"title": "t", "sql": "x".repeat(65_537)}), "sql"),
            (json!({"title": "t", "sql": "a\u{0}"}), "sql"),
            (json!({"title": "t", "sql": "", "description": "d".repeat(4_001)}), "description"),
            (json!({"title": "t", "sql": "", "parameters": [{"name": "1", "type": "text"}]}), "parameters"),
            (
                json!({"title": "t", "sql": "", "parameters": [{"name": "a", "type": "date", "default": "x"}]}),
                "parameters",
            ),
            (
                json!({"title": "t", "sql": "", "parameters": [{"name": "a", "type": "text", "default": "x".repeat(20_000)}]}),
                "parameters",
            ),
        ] {
            let told = problem(server.sends(&bob, Method::POST, "", None, &wrong).await, 422, "invalid-value").await;
            assert!(told["detail"].as_str().unwrap().starts_with(&format!("`{field}`")), "{told}");
        }
        let odd = json!({"title": "t", "sql": "", "owner": "me"});
        problem(server.sends(&bob, Method::POST, "", None, &odd).await, 400, "invalid-request").await;
        assert_eq!(server.saved(&bob).await.len(), 2);
        assert_eq!(server.sends(&bob, Method::DELETE, &at, None, &json!(null)).await.status(), 204);
        problem(server.sends(&bob, Method::GET, &at, None, &json!(null)).await, 404, "not-found").await;
        problem(runs(json!({"saved": id})).await, 404, "not-found").await;
        assert_eq!(server.saved(&bob).await.len(), 1);
    });
}

#[test]
fn what_is_private_is_its_owners_and_what_is_shared_runs_as_whoever_asks() {
    run(async {
        let server = Server::start().await;
        let owner = server.owner().await;
        let bob = server.member("bob@example.com", "analyst", Sees::Everything).await;
        let eve = server
            .member("eve@example.com", "analyst", Sees::Only { teams: ["t".into()].into(), projects: [].into() })
            .await;
        let sql = "SELECT count(*) AS n FROM facts.deployments";
        let saved = server.saves(&bob, json!({"title": "Count", "sql": "SELECT 'tried out'"})).await;
        let (at, none) = (path(&saved), json!(null));
        for other in [&owner, &eve, &server.acme, &server.umbrella] {
            for (method, path) in
                [(Method::GET, at.clone()), (Method::DELETE, at.clone()), (Method::GET, format!("{at}/versions"))]
            {
                problem(server.sends(other, method, &path, None, &none).await, 404, "not-found").await;
            }
            let put = server.sends(other, Method::PUT, &at, Some("\"1\""), &json!({"title": "x", "sql": ""})).await;
            problem(put, 404, "not-found").await;
            problem(server.sql(other, "/api/v1/sql", json!({"saved": saved["id"]})).await, 404, "not-found").await;
            assert!(server.saved(other).await.is_empty());
        }

        // Shared, others of the tenant see it, and each runs it over what they see themselves.
        let shared = json!({"title": "Count", "sql": sql, "shared": true});
        assert_eq!(server.sends(&bob, Method::PUT, &at, Some("\"1\""), &shared).await.status(), 200);
        let runs = async |token: &str| server.sql(token, "/api/v1/sql", json!({"saved": saved["id"]})).await;
        assert_eq!(runs(&server.acme).await.json::<Value>().await.unwrap(), json!([{"n": 4}]));
        assert_eq!(runs(&eve).await.json::<Value>().await.unwrap(), json!([{"n": 0}]), "not as Bob");
        problem(runs(&server.umbrella).await, 404, "not-found").await;
        let seen = server.saved(&eve).await;
        assert_eq!((seen.len(), &seen[0]["mine"], &seen[0]["owner"]["name"]), (1, &json!(false), &json!("Somebody")));
        // What was tried out in private did not come to light.
        let versions = async |token: &str| -> Vec<i64> {
            let all = server.sends(token, Method::GET, &format!("{at}/versions"), None, &none).await;
            let all: Value = all.json().await.unwrap();
            all["items"].as_array().unwrap().iter().map(|version| version["version"].as_i64().unwrap()).collect()
        };
        assert_eq!((versions(&bob).await, versions(&eve).await), (vec![2, 1], vec![2]));
        let early = json!({"saved": saved["id"], "version": 1});
        problem(server.sql(&eve, "/api/v1/sql", early).await, 404, "not-found").await;

        // Others change nothing; whoever manages the tenant takes back that it is shared, or removes it.
        let put = async |token: &str, body: &Value| server.sends(token, Method::PUT, &at, Some("\"2\""), body).await;
        let private = json!({"title": "Count", "sql": sql, "shared": false});
        problem(put(&eve, &private).await, 403, "not-allowed").await;
        problem(server.sends(&eve, Method::DELETE, &at, None, &none).await, 403, "not-allowed").await;
        let other = json!({"title": "Count", "sql": "SELECT 2", "shared": false});
        problem(put(&owner, &other).await, 403, "not-allowed").await;
        let unshared: Value = put(&owner, &private).await.json().await.unwrap();
        assert_eq!((&unshared["shared"], &unshared["version"]), (&json!(false), &json!(3)));
        problem(server.sends(&owner, Method::GET, &at, None, &none).await, 404, "not-found").await;
        assert_eq!(server.saved(&bob).await[0]["version"], 3, "Bob has it still");
        let again = server.sends(&bob, Method::PUT, &at, Some("\"3\""), &shared).await;
        assert_eq!(again.status(), 200);
        assert_eq!(server.sends(&owner, Method::DELETE, &at, None, &none).await.status(), 204);
        assert!(server.saved(&bob).await.is_empty());

        // A viewer asks nothing in SQL.
        let vic = server.member("vic@example.com", "viewer", Sees::Everything).await;
        problem(server.sends(&vic, Method::GET, "", None, &none).await, 403, "not-allowed").await;
    });
}

#[test]
fn what_somebody_shared_stays_when_they_may_come_in_no_more_and_is_theirs_when_they_come_back() {
    run(async {
        let server = Server::start().await;
        let owner = server.owner().await;
        let bob = server.member("bob@example.com", "analyst", Sees::Everything).await;
        server.saves(&bob, json!({"title": "private", "sql": ""})).await;
        server.saves(&bob, json!({"title": "shared", "sql": "", "shared": true})).await;
        let user = server.world.control().user_by_email("bob@example.com").await.unwrap().unwrap();
        let by = server.world.owner().await;
        let change = async |version, active| {
            let change = MemberChange { active: Some(active), ..MemberChange::default() };
            server.world.control().change_member(&acme(), &by, &user.id, version, change).await.unwrap();
            server.world.access.changed();
        };
        change(1, false).await;
        // They were saved at one instant.
        let titles = |saved: Vec<Value>| {
            saved.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(titles(server.saved(&owner).await), BTreeSet::from(["shared".to_owned()]));
        change(2, true).await;
        let back = server.world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
        assert_eq!(titles(server.saved(&back).await), ["private", "shared"].map(str::to_owned).into());
    });
}

#[test]
fn the_trail_says_which_saved_query_was_run_in_which_version() {
    run(async {
        let server = Server::start().await;
        let saved = server.saves(&server.acme, json!({"title": "one", "sql": "SELECT 1 AS n"})).await;
        server.sql(&server.acme, "/api/v1/sql", json!({"saved": saved["id"]})).await.bytes().await.unwrap();
        let expected = json!({"sql": "SELECT 1 AS n", "saved": saved["id"], "version": 1});
        for _ in 0..500 {
            pulse_server::audit::land(server.world.control(), &server.engine).await.unwrap();
            let sql = "SELECT action, detail FROM audit.events WHERE outcome = 'done'";
            let tenant = server.engine.tenant(&acme()).with_audit();
            let rows = tenant.session().await.unwrap().collect(sql).await.unwrap();
            let told = rows.iter().map(|rows| {
                arrow::util::pretty::pretty_format_batches(std::slice::from_ref(rows)).unwrap().to_string()
            });
            let told = told.collect::<String>();
            if told.contains("POST /api/v1/saved-queries") && told.contains(&expected.to_string()) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the trail does not tell of it");
    });
}

async fn each_change_is_a_version_and_an_old_one_is_not_written_over(world: World) {
    let (control, ada) = (world.control(), world.ada.id.as_str());
    let first = control.save_query(&acme(), ada, draft("a", "SELECT 0", true)).await.unwrap();
    let change = async |version: i64, sql: &str| {
        control.change_saved_query(&acme(), (ada, false), (&first.id, version), draft("a", sql, true)).await
    };
    for n in 1..=501 {
        assert_eq!(change(n, &format!("SELECT {n}")).await.unwrap().version, n + 1);
    }
    assert_eq!(refusal(change(501, "SELECT 'lost'").await), Refusal::Stale);
    let read = async |number| control.saved_version(&acme(), "somebody", &first.id, number).await;
    assert_eq!(read(502).await.unwrap().sql, "SELECT 501");
    assert_eq!(read(3).await.unwrap().sql, "SELECT 2");
    assert!(matches!(refusal(read(2).await), Refusal::Unknown { .. }), "500 are kept");
    let cursor = Cursor::new(None, Some(3)).unwrap();
    let page = control.saved_versions(&acme(), "somebody", &first.id, &cursor).await.unwrap();
    assert_eq!(page.items.iter().map(|version| version.version).collect::<Vec<_>>(), [502, 501, 500]);
    let umbrella = TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    assert!(matches!(refusal(control.saved_query(&umbrella, ada, &first.id).await), Refusal::Unknown { .. }));
}

async fn nobody_saves_more_than_they_may(world: World) {
    let control = world.control();
    let save = async |n: usize, who: &str| control.save_query(&acme(), who, draft(&format!("{n}"), "", false)).await;
    for n in 0..200 {
        save(n, "user_1").await.unwrap();
    }
    assert!(matches!(refusal(save(200, "user_1").await), Refusal::OverQuota { most: 200, .. }));
    save(200, "user_2").await.unwrap();
    let mut seen = Vec::new();
    let mut next = None;
    loop {
        let page =
            control.saved_queries(&acme(), "user_1", &Cursor::new(next.as_deref(), Some(90)).unwrap()).await.unwrap();
        seen.extend(page.items.into_iter().map(|saved| saved.title.parse::<usize>().unwrap()));
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..200).collect::<Vec<_>>());
}
