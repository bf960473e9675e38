//! Jira from end to end: a connection is set up over REST, a call of Jira's hurries its reading, and its issues can be asked for.

use crate::github::land;
use crate::landing::{done, idle, owner, works};
use crate::rest::{Server, run};
use pulse_server::control::JobState;
use pulse_simulator::jira::{API_TOKEN, email};
use pulse_simulator::{Options, Server as Vendors, Size, World};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn issues_of_jira_can_be_asked_for_and_a_call_of_jiras_is_landed_before_it_is_answered() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let mut world = World::at_start(3, Size::tiny());
        world.advance(20);
        let project = *world.jira.projects.keys().next().unwrap();
        world.jira_component(project, "Till").unwrap();
        world.listening = true;
        world.advance(2);
        let vendors = Vendors::start(world.shared(), Options::default()).await.unwrap();
        let credential = format!("{}:{API_TOKEN}", email("acme"));
        let connection = json!({"connector": "jira", "place": vendors.url, "credential": credential});
        let (status, made) = owner.put("tickets", &connection).await;
        assert_eq!((status, &made["has_credential"]), (200, &json!(true)), "{made}");
        let wrong =
            json!({"connector": "jira", "place": vendors.url, "credential": format!("{}:wrong", email("acme"))});
        let (status, problem) = owner.put("others", &wrong).await;
        assert_eq!((status, &problem["code"]), (422, &json!("unreadable")), "{problem}");
        let hook = json!({"name": "jira", "kind": "land", "subject": "tickets"});
        let hook: Value = owner.send(Method::POST, "hooks", hook, None).await.json().await.unwrap();
        let deliveries = vendors.jira.world.lock().jira.deliveries.clone();
        assert!(deliveries.len() > 2);
        let call = async |secret: &str, delivery: &pulse_simulator::webhooks::JiraDelivery| {
            let (headers, body) = delivery.request(secret);
            let request = server.client.post(format!("{}{}", server.address, hook["path"].as_str().unwrap()));
            let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
            request.body(body).send().await.unwrap()
        };
        assert_eq!(call("guessed", &deliveries[0]).await.status(), 401);
        let mut run = String::new();
        for delivery in &deliveries {
            let called = call(hook["secret"].as_str().unwrap(), delivery).await;
            assert_eq!(called.status(), 202);
            run = called.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned();
        }
        // What Jira sends again is known: no other payload lands, and nothing is asked for.
        for delivery in &deliveries {
            let again = call(hook["secret"].as_str().unwrap(), delivery).await;
            assert_eq!(again.status(), 200);
            assert_eq!(again.json::<Value>().await.unwrap(), json!({"job": null, "known": true}));
        }
        let landed = "SELECT count(*) AS n FROM raw.jira WHERE stream = 'webhooks'";
        assert_eq!(owner.count(landed).await, i64::try_from(deliveries.len()).unwrap());
        let (end, working) = works(&server);
        server.world.pass(6 * crate::world::SECOND);
        done(control, &run).await;
        let there = i64::try_from(vendors.jira.world.lock().jira.issues.len()).unwrap();
        assert_eq!(owner.count("SELECT count(*) AS n FROM core.work_items WHERE deleted_at IS NULL").await, there);
        assert_eq!(owner.count("SELECT count(*) AS n FROM core.rejects WHERE deleted_at IS NULL").await, 0);
        let health = owner.send(Method::GET, "connections/tickets/health", json!(null), None).await;
        let health: Value = health.json().await.unwrap();
        let parts = {
            let world = vendors.jira.world.lock();
            let projects = world.jira.projects.values();
            projects.fold((0, 0), |(v, c), project| (v + project.versions.len(), c + project.components.len()))
        };
        let covered = health["coverage"].as_array().unwrap();
        for (entity, there) in
            [("versions", json!(parts.0)), ("components", json!(parts.1)), ("work_items", json!(there))]
        {
            let told = covered.iter().find(|covered| covered["entity"] == entity).unwrap();
            assert_eq!((&told["vendor"], &told["held"], &told["share"]), (&there, &there, &json!(1.0)), "{entity}");
        }
        let asked = owner.send(Method::GET, "connections/tickets/fields", json!(null), None).await;
        assert_eq!(asked.status(), 200);
        let told: Value = asked.json().await.unwrap();
        let field =
            |id: &str| told["fields"].as_array().unwrap().iter().find(|field| field["id"] == id).unwrap().clone();
        let points = json!({
            "id": "customfield_10016", "name": "Story Points", "type": "number", "custom": true, "mapped_as": ["points"],
        });
        assert_eq!(field("customfield_10016"), points, "as it was found");
        assert_eq!((&field("labels")["type"], &field("labels")["mapped_as"]), (&json!("array of string"), &json!([])));
        let none = owner.send(Method::GET, "connections/others/fields", json!(null), None).await;
        assert_eq!(none.status(), 404);
        let days = json!({"from": "2024-01-01", "until": "2028-01-01"});
        let issues = "SELECT count(*) AS n FROM raw.jira WHERE stream = 'issues'";
        let before = owner.count(issues).await;
        let again = land(&owner, control, "tickets", days).await;
        assert_eq!(again.state, JobState::Succeeded, "{}", again.reason);
        assert!(owner.count(issues).await > before, "what changed in those days is landed again");
        assert_eq!(owner.count("SELECT count(*) AS n FROM core.work_items WHERE deleted_at IS NULL").await, there);
        // An issue goes, and no call tells of it. After all was read anew, the reading that another call asks for looks for it.
        let (fresh, there) = {
            let mut world = vendors.jira.world.lock();
            let some = *world.jira.issues.keys().next().unwrap();
            world.delete_jira_issue(some, "nobody");
            world.jira.deliveries.clear();
            world.advance(1);
            let other = world.jira.deliveries.iter().find(|one| one.payload["webhookEvent"] == "jira:issue_updated");
            (other.unwrap().clone(), i64::try_from(world.jira.issues.len()).unwrap())
        };
        let whole = land(&owner, control, "tickets", json!({"whole": true})).await;
        assert_eq!(whole.state, JobState::Succeeded, "{}", whole.reason);
        let live = "SELECT count(*) AS n FROM core.work_items WHERE deleted_at IS NULL";
        for _ in 0..3_000 {
            if owner.count(live).await == there + 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(owner.count(live).await, there + 1, "no reading of what changed misses it");
        idle(control).await;
        let called = call(hook["secret"].as_str().unwrap(), &fresh).await;
        let run = called.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned();
        server.world.pass(6 * crate::world::SECOND);
        done(control, &run).await;
        assert_eq!(owner.count(live).await, there);
        end.send(true).unwrap();
        working.await.unwrap();
    });
}
