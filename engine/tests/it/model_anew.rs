//! The model step on the lake again: incremental or from nothing, killed anywhere, it ends alike.

use super::model::{
    arrivals, arrive, at, column, commit, deployment, facts, incident, item, lake_over, memory, row, sha, transition,
    whole,
};
use super::support::{Mortal, read};
use arrow::util::display::array_value_to_string;
use object_store::memory::InMemory;
use pulse_engine::lake::{Scope, TenantLake, When};
use pulse_engine::model::ModelReport;
use pulse_engine::row::{Row, Value};
use pulse_engine::{Settings, entities};
use std::sync::Arc;

#[tokio::test]
async fn only_work_items_of_homes_in_which_something_changed_are_modelled_anew() {
    let tenant = memory();
    let lake = tenant.lake();
    let rows = vec![
        item("a", "Dev", "doing"),
        item("b", "Dev", "doing").set("project_id", "other"),
        item("c", "Dev", "doing").set("project_id", Value::Null),
        row("sprints", "s").set("name", "S").set("state", "active").set("starts_at", at(1)),
        row("sprint_items", "b/s").set("sprint_id", "s").set("work_item_id", "b"),
    ];
    arrive(lake, rows).await.unwrap();
    let model = || async { tenant.model(&Settings::default()).await.unwrap() };
    let report = model().await;
    assert_eq!((report.homes, report.rows["work_items"], report.rows["sprint_items"]), (3, 3, 1));
    for (rows, homes) in [
        (vec![transition("a/1", "a", "Backlog", "Dev", 1)], 1),
        // It was read again, and says the same.
        (vec![item("a", "Dev", "doing").set("observed_at", Value::Time(5)).set("raw", "test/2/a")], 0),
        // What moves changes the home that it leaves, too.
        (vec![item("a", "Dev", "doing").set("project_id", "other").set("observed_at", Value::Time(6))], 2),
        (vec![row("sprints", "s").set("name", "S").set("state", "closed").set("observed_at", Value::Time(6))], 1),
        (vec![item("c", "Done", "done").set("project_id", Value::Null).set("observed_at", Value::Time(6))], 1),
        (vec![row("statuses", "dev").set("name", "Backlog").set("status_category", "todo")], 2),
        (vec![commit("r", "a", &[], 0)], 0),
    ] {
        let told = format!("{rows:?}");
        arrive(lake, rows).await.unwrap();
        assert_eq!(model().await.homes, homes, "{told}");
    }
    assert_eq!(
        column(lake, "work_items", ["id", "home_id", "status"]).await,
        ["a other Dev", "b other Dev", "c test:a Done"]
    );
    let gone = item("a", "Dev", "doing").set("project_id", "other").set("deleted_at", at(9));
    arrive(lake, vec![gone.set("observed_at", Value::Time(9))]).await.unwrap();
    model().await;
    assert_eq!(column(lake, "work_items", ["id", "home_id", "status"]).await, ["b other Dev", "c test:a Done"]);
    assert_eq!(column(lake, "work_item_stays", ["work_item_id", "home_id", "status"]).await.len(), 2);
}

#[tokio::test]
async fn a_second_run_over_the_same_core_commits_nothing() {
    let (tenant, _) = whole().await;
    let versions = || async {
        let mut all = Vec::new();
        for entity in entities::FACTS {
            all.push(tenant.lake().table(entity).latest().await.unwrap().map(|s| s.version()));
        }
        all
    };
    let before = versions().await;
    assert_eq!(tenant.model(&Settings::default()).await.unwrap(), ModelReport::default());
    assert_eq!(versions().await, before);
    assert_eq!(memory().model(&Settings::default()).await.unwrap(), ModelReport::default(), "nothing from nothing");
}

#[tokio::test]
async fn facts_made_step_by_step_are_those_made_at_once() {
    let (_, expected) = whole().await;
    let tenant = memory();
    for rows in arrivals() {
        arrive(tenant.lake(), rows).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
    }
    assert_eq!(facts(tenant.lake()).await, expected);
    // In another order, and with compaction in between.
    let tenant = memory();
    for rows in arrivals().into_iter().rev() {
        arrive(tenant.lake(), rows).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        for entity in entities::CORE.iter().chain(entities::FACTS) {
            if tenant.lake().table(entity).exists().await.unwrap() {
                tenant.lake().table(entity).compact().await.unwrap();
            }
        }
    }
    assert_eq!(facts(tenant.lake()).await, expected);
}

#[tokio::test]
async fn only_repositories_whose_rows_changed_are_modelled_anew() {
    let (tenant, _) = whole().await;
    arrive(tenant.lake(), vec![row("reviews", "late").set("pull_request_id", "pr").set("submitted_at", at(8))])
        .await
        .unwrap();
    assert_eq!(tenant.model(&Settings::default()).await.unwrap().repositories, 1);
    arrive(tenant.lake(), vec![incident("i3", "r", 10)]).await.unwrap();
    assert_eq!(
        tenant.model(&Settings::default()).await.unwrap().repositories,
        0,
        "incidents are linked over what stands"
    );
    assert_eq!(column(tenant.lake(), "incidents", ["id", "deployment_id", "link_rule"]).await[2], "i3 d3 window");
}

#[tokio::test]
async fn who_is_new_and_nobody_else_is_no_reason_to_model_anew_what_is_there() {
    let (tenant, _) = whole().await;
    let model = || async { tenant.model(&Settings::default()).await.unwrap() };
    let somebody = |id: &str| row("identities", id).set("is_bot", false).set("email", "linus@acme.com");
    arrive(tenant.lake(), vec![somebody("linus")]).await.unwrap();
    let report = model().await;
    assert_eq!((report.repositories, report.homes, report.rows.get("people")), (0, 0, Some(&2)));
    // Under another name they are one person, of whom everything may be.
    arrive(tenant.lake(), vec![somebody("linus-mail")]).await.unwrap();
    assert!(model().await.repositories > 0);
    let at_once = memory();
    for rows in arrivals().into_iter().chain([vec![somebody("linus"), somebody("linus-mail")]]) {
        arrive(at_once.lake(), rows).await.unwrap();
    }
    at_once.model(&Settings::default()).await.unwrap();
    assert_eq!(facts(tenant.lake()).await, facts(at_once.lake()).await);
}

#[tokio::test]
async fn what_people_and_teams_are_called_is_no_reason_to_model_anew_what_is_there() {
    let (tenant, _) = whole().await;
    let lake = tenant.lake();
    let model = async || tenant.model(&Settings::default()).await.unwrap();
    let called = |ada: &str, team: &str, read: i64| {
        let ada = row("identities", "ada").set("is_bot", false).set("name", ada);
        let team = row("teams", "team").set("name", team);
        Vec::from([ada, team].map(|row| row.set("observed_at", Value::Time(read))))
    };
    arrive(lake, called("Ada", "Gold", 1)).await.unwrap();
    model().await;
    arrive(lake, called("Ada Lovelace", "Blue", 2)).await.unwrap();
    let report = model().await;
    assert_eq!((report.repositories, report.homes), (0, 0));
    assert!(column(lake, "people", ["id", "name", "email"]).await.contains(&"ada Ada Lovelace -".to_owned()));
}

/// Each pull request with the keys of the items that it belongs to.
async fn keys_of_requests(lake: &TenantLake) -> Vec<String> {
    lists(lake, "pull_requests", "work_item_keys").await
}

/// Each row of a table of facts with a list that it has.
async fn lists(lake: &TenantLake, table: &str, column: &str) -> Vec<String> {
    let snapshot = lake.facts().table(table).await.unwrap().unwrap();
    let mut told = Vec::new();
    for rows in read(&snapshot, &["id", column]).await {
        for row in 0..rows.num_rows() {
            told.push([0, 1].map(|place| array_value_to_string(rows.column(place), row).unwrap()).join(" "));
        }
    }
    told.sort();
    told
}

#[tokio::test]
async fn a_key_leads_elsewhere_once_an_item_comes_after_its_history_or_comes_and_goes_by_it() {
    let tenant = memory();
    let lake = tenant.lake();
    let request = row("pull_requests", "one").set("repository_id", "r").set("state", "open").set("created_at", at(1));
    let request = request.set("work_item_keys", vec!["PAY-12".to_owned()]);
    let called =
        |id: &str, key: &str, read: i64| item(id, "Dev", "doing").set("key", key).set("observed_at", Value::Time(read));
    let model = async || tenant.model(&Settings::default()).await.unwrap().repositories;
    arrive(lake, vec![request, transition("i/1", "i", "PAY-12", "OPS-9", 1).set("field", "key")]).await.unwrap();
    model().await;
    assert_eq!(keys_of_requests(lake).await, ["one [PAY-12]"], "nothing is known of the item");
    for (arrives, repositories, keys) in [
        (called("i", "OPS-9", 1), 1, "one [OPS-9]"),
        // Another item goes by that key, and is deleted.
        (called("j", "PAY-12", 1), 1, "one [PAY-12]"),
        (called("j", "PAY-12", 2).set("deleted_at", at(9)), 1, "one [OPS-9]"),
        // It has another key, of which no history tells, and then anything else of it changes.
        (called("i", "WEB-1", 3), 1, "one [WEB-1]"),
        (called("i", "WEB-1", 4).set("title", "Pay"), 0, "one [WEB-1]"),
        (called("k", "PAY-13", 1), 0, "one [WEB-1]"),
    ] {
        let told = format!("{arrives:?}");
        arrive(lake, vec![arrives]).await.unwrap();
        assert_eq!(model().await, repositories, "{told}");
        assert_eq!(keys_of_requests(lake).await, [keys], "{told}");
    }
    tenant.model_anew(&Settings::default()).await.unwrap();
    assert_eq!(keys_of_requests(lake).await, ["one [WEB-1]"]);
}

#[tokio::test]
async fn what_names_an_item_by_a_key_that_it_had_before_it_moved_belongs_to_it() {
    let request = |repository: &str, id: &str, keys: &[&str]| {
        row("pull_requests", id)
            .set("repository_id", repository)
            .set("state", "open")
            .set("created_at", at(1))
            .set("work_item_keys", keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
    };
    let moves = |id: &str, from: &str, to: &str, hour: i64| transition(id, "i", from, to, hour).set("field", "key");
    let called = |key: &str, read: i64| item("i", "Dev", "doing").set("key", key).set("observed_at", Value::Time(read));
    let tenant = memory();
    let lake = tenant.lake();
    let rows = vec![
        request("r", "one", &["PAY-12", "PAY-1"]),
        request("s", "two", &["SHOP-3", "PAY-2"]),
        request("t", "three", &["PAY-2"]).set("url", "https://git.example/acme/t/pull/3"),
        request("u", "four", &["PAY-4"]),
        // Its source said so while the item went by this key.
        row("work_item_pull_requests", "i/three")
            .set("work_item_id", "i")
            .set("work_item_key", "PAY-12")
            .set("url", "https://git.example/acme/t/pull/3"),
        called("PAY-12", 1),
        // Another item goes by PAY-2, and once went by PAY-4, as the one below did, too.
        item("j", "Dev", "doing").set("key", "PAY-2"),
        transition("j/1", "j", "PAY-4", "PAY-2", 1).set("field", "key"),
        item("k", "Dev", "doing").set("key", "OPS-4"),
        transition("k/1", "k", "PAY-4", "OPS-4", 1).set("field", "key"),
        transition("k/2", "k", "PAY-2", "OPS-4", 1).set("field", "key"),
    ];
    arrive(lake, rows).await.unwrap();
    let model = async || tenant.model(&Settings::default()).await.unwrap().repositories;
    let keys = async || keys_of_requests(lake).await;
    model().await;
    let before = ["four [PAY-4]", "one [PAY-12, PAY-1]", "three [PAY-2, PAY-12]", "two [SHOP-3, PAY-2]"];
    assert_eq!(keys().await, before, "keys that another goes by, or two went by, lead nowhere else");

    arrive(lake, vec![called("SHOP-3", 2), moves("i/1", "PAY-12", "SHOP-3", 2)]).await.unwrap();
    assert_eq!(model().await, 2, "those that name it by that key, or that it is known of by that");
    let moved = ["four [PAY-4]", "one [SHOP-3, PAY-1]", "three [PAY-2, SHOP-3]", "two [SHOP-3, PAY-2]"];
    assert_eq!(keys().await, moved);

    arrive(lake, vec![called("OPS-9", 3), moves("i/2", "SHOP-3", "OPS-9", 3)]).await.unwrap();
    assert_eq!(model().await, 3, "those that name it by the first key, too");
    let again = ["four [PAY-4]", "one [OPS-9, PAY-1]", "three [PAY-2, OPS-9]", "two [OPS-9, PAY-2]"];
    assert_eq!(keys().await, again);
    tenant.model_anew(&Settings::default()).await.unwrap();
    assert_eq!(keys().await, again);
}

#[tokio::test]
async fn a_work_item_has_the_keys_that_it_went_by_and_those_of_its_project_and_repository_before() {
    let tenant = memory();
    let lake = tenant.lake();
    let model = async || tenant.model(&Settings::default()).await.unwrap();
    // What each is called when they are read for the n-th time, and what they go and went by.
    let called = |project: &str, item_key: &str, repository: &str, read: i64| {
        let rows = [
            row("projects", "shop").set("name", "Shop").set("key", project),
            row("project_keys", project).set("project_id", "shop").set("key", project),
            item("i", "Dev", "doing").set("key", item_key),
            row("repositories", "r").set("name", repository),
            row("repository_names", repository).set("repository_id", "r").set("name", repository),
            row("work_items", "g").set("key", "acme/store#1").set("repository_id", "r").set("created_at", at(1)),
        ];
        Vec::from(rows.map(|row| row.set("observed_at", Value::Time(read))))
    };
    let former = async || lists(lake, "work_items", "former_keys").await;
    arrive(lake, called("PAY", "PAY-3", "acme/Shop", 1)).await.unwrap();
    model().await;
    assert_eq!(former().await, ["g []", "i []"]);
    arrive(lake, called("MONEY", "MONEY-3", "acme/store", 2)).await.unwrap();
    model().await;
    assert_eq!(former().await, ["g [acme/shop#1]", "i [PAY-3]"]);
    // It moves out of the project.
    let moves = transition("i/1", "i", "MONEY-3", "OPS-9", 2).set("field", "key");
    arrive(lake, vec![item("i", "Dev", "doing").set("key", "OPS-9").set("observed_at", Value::Time(3)), moves])
        .await
        .unwrap();
    assert_eq!(model().await.homes, 1);
    assert_eq!(former().await, ["g [acme/shop#1]", "i [MONEY-3, PAY-3]"]);
    let step_by_step = facts(lake).await;
    tenant.model_anew(&Settings::default()).await.unwrap();
    assert_eq!(facts(lake).await, step_by_step);
}

#[tokio::test]
async fn two_repositories_that_share_commits_are_modelled_apart() {
    // r deploys b at 2 and c at 4; its fork deploys a at 5 and b at 7, and knows no c.
    let tenant = memory();
    let rows = vec![
        commit("r", "a", &[], 0),
        commit("r", "b", &["a"], 1),
        commit("r", "c", &["b"], 3),
        deployment("r", "d1", "b", 2),
        deployment("r", "d2", "c", 4),
        commit("fork", "a", &[], 0),
        commit("fork", "b", &["a"], 1),
        deployment("fork", "f1", "a", 5),
        deployment("fork", "f2", "b", 7),
        deployment("fork", "f3", "c", 8),
    ];
    arrive(tenant.lake(), rows).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    assert_eq!(
        column(tenant.lake(), "changes", ["id", "deployment_id", "excluded"]).await,
        ["fork/a f1 baseline", "fork/b f2 -", "r/a d1 baseline", "r/b d1 baseline", "r/c d2 -"]
    );
    let carried = [("d1", "a"), ("d1", "b"), ("d2", "c"), ("f1", "a"), ("f2", "b")];
    assert_eq!(
        column(tenant.lake(), "deployment_commits", ["deployment_id", "sha", "lineage"]).await,
        carried.map(|(deployment, name)| format!("{deployment} {} sha", sha(name)))
    );
}

fn lineage_override(id: &str, name: &str, deployment: Option<&str>, hour: i64) -> Row {
    let made = row("lineage_overrides", id).set("repository_id", "r").set("sha", sha(name));
    made.set("deployment_id", deployment.map(str::to_owned)).set("made_by", "Grace").set("made_at", at(hour))
}

#[tokio::test]
async fn a_decision_about_lineage_holds_for_its_repository_and_outlives_a_rebuild() {
    let (tenant, before) = whole().await;
    let lake = tenant.lake();
    let changes = || column(lake, "changes", ["id", "deployment_id", "lineage"]);
    assert_eq!(changes().await, ["pr d3 sha", "r/a d1 sha", "r/b d2 sha", "s/z e1 sha"]);
    for (decisions, expected) in [
        (vec![lineage_override("o1", "b", Some("d3"), 20)], "r/b d3 manual"),
        (vec![lineage_override("o2", "b", None, 21)], "r/b - -"),
        // An older one that comes late, and one for a deployment that is not known, change nothing.
        (vec![lineage_override("o3", "b", Some("d2"), 19), lineage_override("o4", "b", Some("e9"), 30)], "r/b - -"),
        (vec![lineage_override("o5", "b", Some("d1"), 22)], "r/b d1 manual"),
    ] {
        arrive(lake, decisions).await.unwrap();
        assert_eq!(tenant.model(&Settings::default()).await.unwrap().repositories, 1);
        assert_eq!(changes().await, ["pr d3 sha", "r/a d1 sha", expected, "s/z e1 sha"]);
    }
    // Everything is made anew under other settings, and then under the first again.
    let decided = facts(lake).await;
    let other = Settings { repair_window_seconds: 1, ..Settings::default() };
    assert_eq!(tenant.model(&other).await.unwrap().repositories, 2);
    assert_eq!(changes().await[2], "r/b d1 manual");
    tenant.model(&Settings::default()).await.unwrap();
    assert_eq!(facts(lake).await, decided);
    // What is taken back holds no more.
    let taken_back = |id: &str| lineage_override(id, "b", None, 1).set("deleted_at", Value::Time(50));
    arrive(lake, ["o1", "o2", "o3", "o4", "o5"].into_iter().map(taken_back).collect()).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    assert_eq!(facts(lake).await, before);
}

#[tokio::test]
async fn a_default_branch_that_stands_elsewhere_is_a_reason_to_model_its_repository_anew() {
    // d2 does not tell its SHA; x was never merged until the branch moves to it.
    let tenant = memory();
    let repository = |name: &str, seen: i64| {
        row("repositories", "r").set("name", "r").set("default_sha", sha(name)).set("observed_at", at(seen))
    };
    let rows = vec![
        repository("a", 1),
        commit("r", "a", &[], 0),
        commit("r", "x", &["a"], 2),
        deployment("r", "d1", "a", 1),
        deployment("r", "d2", "elsewhere", 3),
        commit("s", "z", &[], 0),
    ];
    arrive(tenant.lake(), rows).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    let changes = || column(tenant.lake(), "changes", ["id", "deployment_id", "lineage"]);
    assert_eq!(changes().await, ["r/a d1 sha", "r/x - -", "s/z - -"]);
    arrive(tenant.lake(), vec![repository("x", 2)]).await.unwrap();
    assert_eq!(tenant.model(&Settings::default()).await.unwrap().repositories, 1);
    assert_eq!(changes().await, ["r/a d1 sha", "r/x d2 time", "s/z - -"]);
}

#[tokio::test]
async fn what_leaves_core_leaves_the_facts() {
    let (tenant, _) = whole().await;
    let scope = Scope { column: "repository_id", values: vec!["s".into()] };
    for name in ["commits", "deployments"] {
        let table = tenant.lake().table(entities::core(name).unwrap());
        table.replace(&[], Some(&scope), &[], When::Changed).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    assert!(!facts(tenant.lake()).await.contains("e1"));
    assert_eq!(column(tenant.lake(), "incidents", ["id", "deployment_id", "link_rule"]).await[1], "i2 - -");
}

#[tokio::test]
async fn a_changed_window_is_a_reason_to_model_again() {
    let tenant = memory();
    for rows in arrivals().into_iter().take(4) {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    assert_eq!(column(tenant.lake(), "incidents", ["id", "deployment_id", "link_rule"]).await, ["i1 d2 window"]);
    let narrow = Settings { incident_window_seconds: 60, ..Settings::default() };
    assert_eq!(tenant.model(&narrow).await.unwrap().repositories, 2);
    assert_eq!(column(tenant.lake(), "incidents", ["id", "deployment_id", "link_rule"]).await, ["i1 - -"]);
}

#[tokio::test]
async fn killed_at_any_write_the_model_shows_the_old_facts_or_the_new_and_ends_alike() {
    killed_at_any_write(3).await;
}

#[tokio::test]
async fn killed_at_any_write_of_its_first_run_the_model_shows_no_facts_or_all_and_ends_alike() {
    killed_at_any_write(0).await;
}

/// Kills the step over the arrivals after those that were modelled before.
async fn killed_at_any_write(modelled: usize) {
    let store = Arc::new(InMemory::new());
    let tenant = lake_over(store.clone());
    let mut arrivals = arrivals().into_iter();
    for rows in arrivals.by_ref().take(modelled) {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    for rows in arrivals {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    let old = facts(tenant.lake()).await;
    let (_, new) = whole().await;
    assert_ne!(old, new);
    let mut kills = 0;
    loop {
        let copy = Arc::new(store.fork());
        let mortal = Mortal::new(copy.clone(), kills);
        let outcome = lake_over(mortal.clone()).model(&Settings::default()).await;
        let seen = facts(lake_over(copy.clone()).lake()).await;
        assert!(seen == old || seen == new, "killed at write {kills}, a reader sees neither:\n{seen}");
        lake_over(copy.clone()).model(&Settings::default()).await.unwrap();
        assert_eq!(facts(lake_over(copy).lake()).await, new, "killed at write {kills}");
        if !mortal.dead() {
            outcome.unwrap();
            break;
        }
        kills += 1;
    }
    assert!(kills >= 8, "it was killed at {kills} writes");
}
