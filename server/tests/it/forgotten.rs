//! All that came through a connection that was taken away goes by a job, and a model takes what was made of it.

use crate::alerting::hub;
use crate::rest::run;
use crate::upkeep::Place;
use crate::world::acme;
use arrow::util::pretty::pretty_format_batches;
use pulse_engine::land::{self, Page, Payload};
use pulse_engine::{Settings, Tenant};
use pulse_server::control::{Outcome, Trigger};
use serde_json::json;

/// A repository and its deployment, pushed under a name.
async fn pushes(tenant: &Tenant, name: &str) {
    let connection = format!("push:{name}");
    let payload = |stream: &str, row: serde_json::Value| Payload {
        stream: stream.to_owned(),
        key: row["id"].as_str().unwrap().to_owned(),
        observed_at: 1,
        body: json!({"line": 1, "row": row}).to_string(),
    };
    let repository = format!("{connection}:r");
    let deployment = json!({
        "id": format!("{connection}:d"), "repository_id": repository, "environment": "production", "is_production": true,
        "status": "succeeded", "finished_at": "2026-03-02T12:00:00Z",
    });
    let payloads =
        vec![payload("repositories", json!({"id": repository, "name": name})), payload("deployments", deployment)];
    let page = Page { payloads, cursors: land::only(Some("1".to_owned())) };
    tenant.land("push", &connection, page).await.unwrap();
}

/// Which deployments there are, of core and of facts.
async fn deployments(tenant: &Tenant) -> [String; 2] {
    let mut told = [String::new(), String::new()];
    for (told, table) in told.iter_mut().zip(["core", "facts"]) {
        let rows = tenant.sql(&format!("SELECT id FROM {table}.deployments ORDER BY id")).await.unwrap();
        let text = pretty_format_batches(&rows).unwrap().to_string();
        let ids = text.lines().filter_map(|line| line.strip_prefix("| push:"));
        *told = ids.map(|id| id.trim_end_matches(['|', ' '])).collect::<Vec<_>>().join(" ");
    }
    told
}

#[test]
fn all_that_came_through_a_connection_goes_once_it_was_taken_away() {
    run(async {
        let place = Place::new().await;
        let tenant = place.engine.tenant(&acme());
        for name in ["x", "y"] {
            pushes(&tenant, name).await;
        }
        assert_eq!(place.follows("map").await, ["model"]);
        assert_eq!(place.follows("model").await, ["forecast", "alert"], "a metric's rules wait for no forecast");
        assert_eq!(deployments(&tenant).await, ["x:d y:d", "x:d y:d"]);

        let forgets = |connection: &str| Trigger { input: json!({"forget": connection}), ..Trigger::new("map", "") };
        let vault = place.world.access.signer.vault();
        place.control().set_connection(&acme(), &hub(), None, vault).await.unwrap();
        for (wrong, words) in [
            ("github:hub", "take it away first"),
            ("nobody:x", "is of no connector"),
            ("push", "is of no connector"),
            ("push:decisions", "which stays"),
        ] {
            let Outcome::Hopeless(why) = place.does(&forgets(wrong)).await else { panic!("{wrong} was forgotten") };
            assert!(why.contains(words), "{why}");
        }
        let of_no_model = Trigger { input: json!({"forget": "push:y"}), ..Trigger::new("model", "") };
        assert!(matches!(place.does(&of_no_model).await, Outcome::Hopeless(_)));
        assert_eq!(deployments(&tenant).await, ["x:d y:d", "x:d y:d"]);

        assert_eq!(place.does(&forgets("push:y")).await, Outcome::Done(vec![Trigger::new("model", "")]));
        assert_eq!(deployments(&tenant).await, ["x:d", "x:d y:d"], "facts are those of the last model");
        // Two payloads, and how far they were read.
        let event = place.only_event().await;
        assert_eq!((event.action.as_str(), event.outcome.as_str()), ("job map", "done"));
        let told = json!({"asked": {"forget": "push:y"}, "gone": {"raw.push": 3}});
        assert_eq!(event.detail, Some(told.to_string()));
        place.follows("model").await;
        assert_eq!(deployments(&tenant).await, ["x:d", "x:d"]);
        tenant.model_anew(&Settings::default()).await.unwrap();
        assert_eq!(deployments(&tenant).await, ["x:d", "x:d"]);
        // What comes by that name afterwards is there.
        pushes(&tenant, "y").await;
        place.follows("map").await;
        place.follows("model").await;
        assert_eq!(deployments(&tenant).await, ["x:d y:d", "x:d y:d"]);
    });
}
