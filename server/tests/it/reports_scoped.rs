//! Reports on a part of an organization: each figure is the one that the API answers with under the same filter, and the pages say which.

use crate::golden::SPAN;
use crate::reports::{held_against_the_api, text_of, tiles};
use crate::reports_kept::Kept;
use crate::rest::run;
use crate::world::{SECOND, acme};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, entities};
use pulse_server::control::Outcome;
use reqwest::Method;
use serde_json::{Value, json};

/// The project belongs to a team, and what is deployed from another repository, on 5 and 6 March at noon, to nobody.
async fn apart(kept: &Kept) {
    let tenant = kept.server.engine.tenant(&acme());
    let of = |entity: &str, id: &str| {
        let row = Row::new(entities::core(entity).unwrap()).set("id", id).set("connection", "push:acme");
        row.set("observed_at", Cell::Time(2)).set("raw", "push/1/1")
    };
    let deployed = |id: &str, at: i64| {
        let row = of("deployments", id).set("repository_id", "push:acme:cellar").set("environment", "production");
        row.set("is_production", true).set("status", "succeeded").set("finished_at", Cell::Time(at * SECOND))
    };
    for row in [
        of("teams", "t").set("name", "Checkout"),
        of("projects", "p").set("name", "Storefront").set("team_id", "t"),
        of("repositories", "push:acme:cellar").set("name", "cellar"),
        deployed("push:acme:c1", 1_772_712_000),
        deployed("push:acme:c2", 1_772_798_400),
    ] {
        let (table, batch) = (tenant.lake().table(row.entity()), row::batch(row.entity(), &[row]).unwrap());
        table.upsert(&batch, &[], When::Changed).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
}

/// The board's report on March of a part, as a file.
async fn file(kept: &Kept, scope: &Value, format: &str) -> Vec<u8> {
    let days = json!({"days": {"from": SPAN[0], "until": SPAN[1]}});
    let changes = json!({"period": days, "scope": scope});
    let body = json!({"definition": "board-quarterly", "format": format, "changes": changes});
    let asked = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await;
    let asked: Value = asked.json().await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    let path = format!("/api/v1/reports/{}/file", asked["id"].as_str().unwrap());
    kept.get(&kept.ada, &path).await.bytes().await.unwrap().to_vec()
}

#[test]
fn every_figure_of_a_report_on_a_part_is_the_apis_under_that_filter_and_its_pages_say_which() {
    run(async {
        let kept = Kept::start().await;
        apart(&kept).await;
        let all = format!("/api/v1/metrics/deployment_frequency?from={}&until={}&grain=month", SPAN[0], SPAN[1]);
        let all: Value = kept.get(&kept.ada, &all).await.json().await.unwrap();
        assert_eq!(all["groups"][0]["total"]["n"], 6, "{all}");
        let folder = tempfile::tempdir().unwrap();
        for (field, by, name) in [
            ("projects", "project", "Storefront"),
            ("teams", "team", "Checkout"),
            ("owning_teams", "owning_team", "Checkout"),
        ] {
            let scope = json!({field: [name]});
            let report: Value = serde_json::from_slice(&file(&kept, &scope, "json").await).unwrap();
            let shown = tiles(&report);
            let frequency = shown.iter().find(|tile| tile["metric"] == "deployment_frequency").unwrap();
            assert_eq!(frequency["n"], 4, "{by}: {frequency}");
            let more = format!("&{by}={name}");
            let compared = held_against_the_api(&report, &kept.server, &kept.server.address, &more).await;
            assert!(compared > 50, "only {compared} figures were held against the API's by {by}");
            let words = format!("only {} {name}", by.replace('_', " "));
            assert_eq!(report["cover"]["filter_words"], words);
            let pdf = folder.path().join(format!("{by}.pdf"));
            std::fs::write(&pdf, file(&kept, &scope, "pdf").await).unwrap();
            let Some(text) = text_of(&pdf) else { return };
            assert!(text.contains(&words), "`{words}` is missing in\n{text}");
        }
    });
}
