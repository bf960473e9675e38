//! Tries to learn of what is not one's own by what stands beside the rows: marks of kept answers, tags of pages, addresses of figures and of
//! the rows behind them, values that have names, and handles of what others asked for. The world is that of `escapes`.

use crate::escapes::{HIDDEN, SEEN, THEIRS, names, world};
use crate::own_metrics::ROLLBACKS;
use crate::queries::{LONG, header, state};
use crate::rest::{Server, problem, run};
use crate::world::{acme, permissions};
use pulse_engine::TenantId;
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Sees};
use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is answered to somebody, and with which status.
async fn answered(server: &Server, token: &str, method: &Method, path: &str) -> (u16, String) {
    let answer = server.call(method.clone(), token, path).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// What is asked of something that is not there for whoever asks is answered as it is of what is nowhere; the status of that.
async fn is_nowhere(server: &Server, asker: (&str, &str), method: Method, path: &str, id: &str) -> u16 {
    let (who, token) = asker;
    let nowhere = format!("{id}x");
    let (status, told) = answered(server, token, &method, path).await;
    let (expected, text) = answered(server, token, &method, &path.replace(id, &nowhere)).await;
    assert_eq!((status, &told), (expected, &text.replace(&nowhere, id)), "{who}: {method} {path}");
    status
}

#[test]
fn no_mark_of_a_kept_answer_tells_that_somebody_else_asked() {
    run(async {
        let (server, _, _folder, askers) = world().await;
        let same = [
            json!({"sql": "SELECT name FROM core.projects ORDER BY name"}),
            json!({"sql": "SELECT count(*) AS n FROM core.deployments"}),
            json!({"sql": "SELECT count(*) AS n FROM core.projects WHERE id = $id", "params": {"id": HIDDEN.0}}),
            json!({"sql": "SELECT 1 AS one"}),
        ];
        let asks = async |token: &str, body: &Value| {
            let answer = server.sql(token, "/api/v1/sql", body.clone()).await;
            let mark = answer.headers().get("pulse-cache").map(|mark| mark.to_str().unwrap().to_owned());
            (mark.unwrap_or_default(), answer.text().await.unwrap())
        };
        // All but the first come after somebody who asked the same, in the same words.
        // Who does not see every row has no mark: it would tell them of changes to the others.
        let marks = |who: &str| if who == "somebody limited" { ["", ""] } else { ["miss", "hit"] };
        for asker in &askers {
            let [made, kept] = marks(asker.who);
            for body in &same {
                let (mark, first) = asks(&asker.token, body).await;
                assert_eq!(mark, made, "{}: {body}", asker.who);
                asker.is_told(&body.to_string(), &first);
                assert_eq!(asks(&asker.token, body).await, (kept.to_owned(), first), "{}: {body}", asker.who);
            }
        }
        // So does the list: each has what they asked, half of it answered by what they had asked before.
        for asker in &askers {
            let over = |queries: &[Value]| queries.iter().all(|query| state(query) == "finished");
            let listed = server.until(&asker.token, over).await;
            let kept = listed.iter().filter(|query| query["cached"] == true).count();
            let told = listed.iter().filter(|query| !query["cached"].is_null()).count();
            let expected = if marks(asker.who) == ["", ""] { (0, 0) } else { (same.len(), 2 * same.len()) };
            assert_eq!((listed.len(), (kept, told)), (2 * same.len(), expected), "{}: {listed:?}", asker.who);
        }
    });
}

/// The addresses of rows behind the figures of a page that count deployments.
fn addresses(of: &Value, all: &mut BTreeSet<String>) {
    match of {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(at) if name == "evidence" || name == "href" => {
                        all.extend(at.contains("/deployment_frequency/").then(|| at.clone()));
                    }
                    value => addresses(value, all),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| addresses(value, all)),
        _ => {}
    }
}

const SPAN: &str = "from=1970-01-01&until=1970-02-01&grain=day";

#[test]
fn no_page_no_tag_and_no_row_behind_a_figure_tells_of_somebody_elses() {
    run(async {
        let (server, _, _folder, askers) = world().await;
        let (mut tags, mut rows) = (Vec::new(), BTreeSet::new());
        for asker in &askers {
            for page in ["overview?", "dora?", "projects?", "teams?", "project/project-a?"] {
                let path = format!("/api/v1/dashboards/{page}{SPAN}");
                let answer = server.call(Method::GET, &asker.token, &path).await;
                assert_eq!(answer.status(), 200, "{}: {path}", asker.who);
                let tag = header(&answer, ETAG.as_str()).to_owned();
                let text = answer.text().await.unwrap();
                asker.is_told(&path, &text);
                addresses(&serde_json::from_str(&text).unwrap(), &mut rows);
                tags.push((asker.who, path, tag));
            }
            for by in ["project", "repository"] {
                let path = format!("/api/v1/metrics/deployment_frequency?{SPAN}&by={by}");
                let (status, text) = answered(&server, &asker.token, &Method::GET, &path).await;
                assert_eq!(status, 200, "{}: {path}", asker.who);
                asker.is_told(&path, &text);
            }
        }
        // Nothing has changed for whoever has the page, and for nobody else.
        for (whose, path, tag) in &tags {
            for asker in &askers {
                let request = server.client.get(format!("{}{path}", server.address)).bearer_auth(&asker.token);
                let answer = request.header(IF_NONE_MATCH, tag).send().await.unwrap();
                let expected = if asker.who == *whose { 304 } else { 200 };
                assert_eq!(answer.status(), expected, "{}: {path} of {whose}", asker.who);
                asker.is_told(path, &answer.text().await.unwrap());
            }
        }
        // An address that one was given opens the rows of whoever opens it.
        assert!(rows.iter().any(|at| at.contains(HIDDEN.0)), "no address of the hidden one's rows: {rows:?}");
        for at in &rows {
            for asker in &askers {
                let (status, text) = answered(&server, &asker.token, &Method::GET, at).await;
                assert!([200, 400].contains(&status), "{}: {at}: {status}", asker.who);
                asker.is_told(at, &text);
            }
        }
        let whole = format!("/api/v1/metrics/deployment_frequency/evidence?{SPAN}");
        for (asker, expected) in askers.iter().zip([HIDDEN.2 + SEEN.2, THEIRS.2, SEEN.2]) {
            let rows: Vec<Value> = server.call(Method::GET, &asker.token, &whole).await.json().await.unwrap();
            assert_eq!(i64::try_from(rows.len()).unwrap(), expected, "{}", asker.who);
        }
        // What somebody does not see is no other than what there is not.
        for asker in askers.iter().skip(1) {
            for path in [
                format!("/api/v1/dashboards/project/{}?{SPAN}", HIDDEN.0),
                format!("/api/v1/metrics/deployment_frequency?project={}&{SPAN}", HIDDEN.0),
                format!("/api/v1/metrics/deployment_frequency/evidence?project={}&{SPAN}", HIDDEN.0),
                format!("/api/v1/summary?page=dora&project={}&{SPAN}", HIDDEN.0),
                format!("/api/v1/risks?project={}", HIDDEN.0),
                format!("/api/v1/risks/history?project={}", HIDDEN.0),
                format!("/api/v1/risks/evidence?rule=silent_project&subject={0}&project={0}", HIDDEN.0),
                format!("/api/v1/forecasts?project={}", HIDDEN.0),
                format!("/api/v1/forecasts/evidence?kind=project&id={}&made_on=2026-03-01", HIDDEN.0),
                format!("/api/v1/milestones/evidence?id={}-milestone", HIDDEN.0),
            ] {
                is_nowhere(&server, (asker.who, asker.token.as_str()), Method::GET, &path, HIDDEN.0).await;
            }
        }
    });
}

#[test]
fn no_value_that_has_a_name_tells_it_either() {
    run(async {
        let (server, _, _folder, askers) = world().await;
        let asks = async |token: &str, body: Value| {
            let answer = server.sql(token, "/api/v1/sql", body).await;
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let count = "SELECT count(*) AS n FROM core.deployments";
        for asker in &askers {
            for (sql, params) in [
                ("SELECT name FROM core.projects WHERE id = $id", json!({"id": HIDDEN.0})),
                ("SELECT name FROM core.projects WHERE id = $id", json!({"id": "x' OR '1' = '1"})),
                ("SELECT name FROM core.projects WHERE array_has($ids, id)", json!({"ids": [SEEN.0, HIDDEN.0]})),
                ("SELECT CAST(name AS INT) AS n FROM core.projects WHERE id = $id", json!({"id": HIDDEN.0})),
                ("SELECT 1 / length(nullif(name, $x)) AS n FROM core.projects", json!({"x": HIDDEN.1})),
                (
                    "SELECT id FROM core.deployments ORDER BY id LIMIT $most OFFSET $after",
                    json!({"most": 9, "after": 190}),
                ),
                ("SELECT * FROM $relation", json!({"relation": "umbrella.core.projects"})),
                ("SELECT * FROM core.projects ORDER BY $by", json!({"by": "umbrella.core.projects"})),
                ("SELECT * FROM information_schema.tables WHERE table_catalog = $of", json!({"of": "umbrella"})),
                (count, json!({"id) UNION SELECT name FROM umbrella.core.projects --": 1})),
                (count, json!({"tenant": "umbrella"})),
            ] {
                let (status, text) = asks(&asker.token, json!({"sql": sql, "params": params})).await;
                assert!(status == 200 || status == 400, "{}: {sql} with {params}: {status}", asker.who);
                asker.is_told(&format!("{sql} with {params}"), &text);
            }
        }
        // A query of somebody who sees everything, with a value of theirs, run by the others.
        let [all, theirs, limited] = &askers;
        let draft = json!({
            "title": "of a project", "shared": true,
            "sql": "SELECT name, (SELECT count(*) FROM core.deployments) AS n FROM core.projects WHERE id = $id",
            "parameters": [{"name": "id", "type": "text", "default": HIDDEN.0}],
        });
        let request = server.client.post(format!("{}/api/v1/saved-queries", server.address)).bearer_auth(&all.token);
        let saved: Value = request.json(&draft).send().await.unwrap().json().await.unwrap();
        let id = saved["id"].as_str().unwrap();
        let (whole, none) = (json!({"saved": id}), json!({"saved": format!("{id}x")}));
        let rows = |name: &str, n: i64| format!("[{{\"name\":\"{name}\",\"n\":{n}}}]\n");
        assert_eq!(asks(&all.token, whole.clone()).await, (200, rows(HIDDEN.1, HIDDEN.2 + SEEN.2)));
        assert_eq!(asks(&limited.token, whole.clone()).await, (200, "[]\n".to_owned()));
        let own = json!({"saved": id, "version": 1, "params": {"id": SEEN.0}});
        assert_eq!(asks(&limited.token, own).await, (200, rows(SEEN.1, SEEN.2)));
        for hostile in ["' OR '1' = '1", "project-a' UNION SELECT name, 1 FROM core.projects --"] {
            let body = json!({"saved": id, "params": {"id": hostile}});
            assert_eq!(asks(&limited.token, body).await, (200, "[]\n".to_owned()), "{hostile}");
        }
        let ((status, told), (_, nowhere)) = (asks(&theirs.token, whole).await, asks(&theirs.token, none).await);
        assert_eq!((status, told), (404, nowhere.replace(&format!("{id}x"), id)));
        // Nor does anybody change or remove it.
        let at = format!("/api/v1/saved-queries/{id}");
        for asker in [theirs, limited] {
            let put = server.client.put(format!("{}{at}", server.address)).bearer_auth(&asker.token);
            let put = put.header(IF_MATCH, "\"1\"").json(&draft).send().await.unwrap();
            assert!(put.status().is_client_error(), "{}: {}", asker.who, put.status());
            asker.is_told("a change of another's query", &put.text().await.unwrap());
            let (status, text) = answered(&server, &asker.token, &Method::DELETE, &at).await;
            assert!((400..500).contains(&status), "{}: {status}", asker.who);
            asker.is_told("the removal of another's query", &text);
        }
        assert_eq!(server.call(Method::GET, &all.token, &at).await.json::<Value>().await.unwrap(), saved);
    });
}

#[test]
fn no_statement_that_is_kept_to_be_asked_later_reads_what_is_somebody_elses() {
    run(async {
        let (server, lake, _folder, askers) = world().await;
        let (acme, umbrella) = (acme(), TenantId::new("umbrella").unwrap());
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let only = Sees::Only { teams: BTreeSet::new(), projects: BTreeSet::from([SEEN.0.to_owned()]) };
        for (asker, tenant, sees, other) in
            [(&askers[1], &umbrella, Sees::Everything, "acme"), (&askers[2], &acme, only, "umbrella")]
        {
            let may = permissions(&[Permission::SqlRun, Permission::MetricsRead, Permission::TenantManage]);
            let new = NewToken { name: "manager".into(), permissions: may, sees: Some(sees), days: 1, service: true };
            let manager = server.world.control().create_token(tenant, &by, "shell", new).await.unwrap().1;
            let token = manager.tell();
            let mut refused = 0;
            for (n, name) in names(&lake, other).iter().enumerate() {
                // As a metric, and as what an alert rule looks at.
                let text = ROLLBACKS.replace("-- name: rollbacks", &format!("-- name: m{n}"));
                let text = text.split("FROM facts.deployments").next().unwrap().to_owned() + &format!("FROM {name}\n");
                let put = server.client.put(format!("{}/api/v1/metrics/own/m{n}", server.address)).bearer_auth(token);
                let set = put.json(&json!({"text": text})).send().await.unwrap();
                let status = set.status().as_u16();
                assert!(status == 200 || (400..500).contains(&status), "{}: {text}: {status}", asker.who);
                asker.is_told(&text, &set.text().await.unwrap());
                refused += usize::from(status != 200);
                let sql = format!("SELECT id AS key FROM {name}\n");
                let rule = json!({"title": "rule", "condition": {"sql": {"sql": sql}}});
                let preview = server.sql(token, "/api/v1/alert-rules/rule/preview", rule).await;
                let status = preview.status().as_u16();
                assert!(status == 200 || (400..500).contains(&status), "{}: {sql}: {status}", asker.who);
                asker.is_told(&sql, &preview.text().await.unwrap());
            }
            assert!(refused > 30, "{}: {refused} are refused", asker.who);
        }
    });
}

#[test]
fn nobody_follows_fetches_or_stops_what_another_asked_for() {
    run(async {
        let (server, _, _folder, askers) = world().await;
        let owner = server.owner().await;
        let runs = server.asks_aside(&owner, LONG);
        let is_running = |queries: &[Value]| queries.iter().any(|query| state(query) == "running");
        let listed = server.until(&owner, is_running).await;
        let query = listed[0]["id"].as_str().unwrap().to_owned();
        let aside = server.begins(&owner, LONG).await.replace("/api/v1/queries/", "");
        let request = server.client.post(format!("{}/api/v1/jobs", server.address)).bearer_auth(&owner);
        let job: Value = request.json(&json!({"kind": "model"})).send().await.unwrap().json().await.unwrap();
        let (job, chain) = (job["id"].as_str().unwrap(), job["run"].as_str().unwrap());
        let before = answered(&server, &owner, &Method::GET, &format!("/api/v1/jobs/{job}")).await;
        assert_eq!(before.0, 200, "{}", before.1);

        // Somebody who may do all of this where they belong.
        let umbrella = TenantId::new("umbrella").unwrap();
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let may = [
            Permission::SqlRun,
            Permission::AuditRead,
            Permission::JobsRead,
            Permission::JobsManage,
            Permission::TenantManage,
        ];
        let new =
            NewToken { name: "manager".into(), permissions: permissions(&may), sees: None, days: 1, service: true };
        let manager = server.world.control().create_token(&umbrella, &by, "shell", new).await.unwrap().1;
        let mut others: Vec<(&str, &str)> = askers.iter().map(|asker| (asker.who, asker.token.as_str())).collect();
        others.push(("the other's manager", manager.tell()));
        for asker in others {
            for id in [&query, &aside] {
                let at = format!("/api/v1/queries/{id}");
                for (method, path) in [
                    (Method::GET, at.clone()),
                    (Method::GET, format!("{at}/result")),
                    (Method::GET, format!("{at}/result?page=1")),
                    (Method::DELETE, at.clone()),
                ] {
                    assert_eq!(is_nowhere(&server, asker, method, &path, id).await, 404, "{}: {path}", asker.0);
                }
            }
            let is_manager = asker.1 == manager.tell();
            for (method, step) in
                [(Method::GET, ""), (Method::POST, "/cancel"), (Method::POST, "/pause"), (Method::POST, "/resume")]
            {
                let path = format!("/api/v1/jobs/{job}{step}");
                let expected = if is_manager { 404 } else { 403 };
                assert_eq!(is_nowhere(&server, asker, method, &path, job).await, expected, "{}: {path}", asker.0);
            }
            if is_manager {
                let path = format!("/api/v1/jobs?run={chain}");
                let listed: Value = server.call(Method::GET, asker.1, &path).await.json().await.unwrap();
                assert_eq!(listed["items"], json!([]));
            }
        }
        // All of it goes on, until its owner says otherwise.
        assert_eq!(answered(&server, &owner, &Method::GET, &format!("/api/v1/jobs/{job}")).await, before);
        for id in [&query, &aside] {
            let path = format!("/api/v1/queries/{id}");
            let now: Value = server.call(Method::GET, &owner, &path).await.json().await.unwrap();
            assert!(now["ended_at"].is_null(), "{now}");
            assert_eq!(server.call(Method::DELETE, &owner, &path).await.status(), 204);
        }
        problem(runs.await.unwrap(), 409, "stopped").await;
    });
}
