//! Metrics of a tenant's own, over a socket.

use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, from};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};

pub(crate) const ROLLBACKS: &str = "-- name: rollbacks
-- title: Rollbacks
-- unit: rollbacks per week
-- direction: lower
-- kind: count
-- description: Deployments that put an older state back.
-- formula: rollbacks ÷ weeks
-- grain: week, month
-- dimensions: repository, team
-- minimum_n: 1
-- version: 1
-- source: ours
SELECT
  finished_at AS at, repository_id, project_id, team_id,
  id AS subject_id, FALSE AS open, excluded
FROM facts.deployments
WHERE is_rollback OR NOT is_rollback
";
const SPAN: &str = "from=2026-03-01&until=2026-04-01&grain=month";

#[test]
fn a_metric_of_the_tenants_own_is_defined_asked_opened_and_taken_away() {
    run(async {
        let server = Server::start().await;
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let own = |method: Method, name: &str, text: Option<&str>, tag: Option<&str>| {
            let url = format!("{}/api/v1/metrics/own/{name}", server.address);
            let request = server.client.request(method, url).bearer_auth(&owner.token);
            let request = text.iter().fold(request, |request, text| request.json(&json!({ "text": text })));
            tag.iter().fold(request, |request, tag| request.header(IF_MATCH, *tag)).send()
        };
        let put = async |text: &str, tag: Option<&str>| -> Response {
            own(Method::PUT, "rollbacks", Some(text), tag).await.unwrap()
        };
        let set = put(ROLLBACKS, None).await;
        assert_eq!((set.status().as_u16(), set.headers()[ETAG].to_str().unwrap()), (200, "\"1\""));
        problem(put(ROLLBACKS, None).await, 412, "stale").await;
        let kept = own(Method::GET, "rollbacks", None, None).await.unwrap().json::<Value>().await.unwrap();
        assert_eq!((&kept["text"], &kept["version"]), (&json!(ROLLBACKS), &json!(1)));

        // At once it is one of all.
        let all: Value = server.get("/api/v1/metrics").await.json().await.unwrap();
        let last = all["metrics"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["name"], &last["schema"]), (&json!("rollbacks"), &json!("own")));
        let answer: Value = server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await.json().await.unwrap();
        let n = answer["groups"][0]["total"]["n"].as_i64().unwrap();
        assert!(n > 0, "{answer}");
        let rows: Value = server.get(answer["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count() as i64, n);
        let view = json!({"sql": "SELECT count(*) AS n FROM own.rollbacks WHERE excluded IS NULL"});
        let sql = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme).json(&view);
        let counted: Value = sql.send().await.unwrap().json().await.unwrap();
        assert!(counted[0]["n"].as_i64().unwrap() >= n, "{counted}");

        // What is no metric is not kept, and says where.
        let wrong = put(&ROLLBACKS.replace("is_rollback OR", "is_rolled OR"), Some("\"1\"")).await;
        let told = problem(wrong, 400, "invalid-question").await;
        assert!(told["detail"].as_str().unwrap().contains("line 17"), "{told}");
        let wrong =
            problem(put(&ROLLBACKS.replace("kind: count", "kind: sum"), Some("\"1\"")).await, 400, "invalid-setting");
        assert!(wrong.await["detail"].as_str().unwrap().contains("line 5"));
        let named = own(Method::PUT, "cycle_time", Some(&ROLLBACKS.replace("rollbacks", "cycle_time")), None).await;
        problem(named.unwrap(), 400, "invalid-setting").await;
        let changed = put(&ROLLBACKS.replace("OR NOT is_rollback", ""), Some("\"1\"")).await;
        assert_eq!(changed.status(), 200);
        let answer: Value = server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await.json().await.unwrap();
        assert!(answer["groups"][0]["total"]["n"].as_i64().unwrap() < n, "{answer}");

        // It is this tenant's, and not for everybody to change.
        let theirs = format!("{}/api/v1/metrics/rollbacks?{SPAN}", server.address);
        problem(server.client.get(theirs).bearer_auth(&server.umbrella).send().await.unwrap(), 404, "not-found").await;
        let by_reader = format!("{}/api/v1/metrics/own/rollbacks", server.address);
        let by_reader = server.client.delete(by_reader).bearer_auth(&server.acme).send().await.unwrap();
        problem(by_reader, 403, "not-allowed").await;

        assert_eq!(own(Method::DELETE, "rollbacks", None, None).await.unwrap().status(), 204);
        problem(own(Method::DELETE, "rollbacks", None, None).await.unwrap(), 404, "not-found").await;
        problem(server.get(&format!("/api/v1/metrics/rollbacks?{SPAN}")).await, 404, "not-found").await;
        let listed: Value = server.get("/api/v1/metrics/own").await.json().await.unwrap();
        assert_eq!(listed, json!([]));
    });
}
