//! The model step on the lake: a history as it arrives, and what its facts say.

use super::support::*;
use arrow::array::AsArray as _;
use object_store::memory::InMemory;
use pulse_engine::entities::{self, FACTS};
use pulse_engine::lake::{Lake, Options, TenantLake, When};
use pulse_engine::land::{self, Page};
use pulse_engine::row::{Row, Value};
use pulse_engine::{Clock, Engine, Flow, Settings, Tenant, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;

const HOUR: i64 = 3_600_000_000;

pub(crate) fn lake_over(store: Arc<dyn object_store::ObjectStore>) -> Tenant {
    // Small files have deletion vectors here as large ones have elsewhere.
    let options = Options { clock: Clock::Fixed(99), checkpoint_interval: 3, masked_rows: 4, ..Options::default() };
    Engine::over(Lake::over(store, options).unwrap()).tenant(&TenantId::new("acme").unwrap())
}

pub(crate) fn memory() -> Tenant {
    lake_over(Arc::new(InMemory::new()))
}

pub(crate) fn row(entity: &str, id: &str) -> Row {
    Row::new(entities::core(entity).unwrap())
        .set("id", id)
        .set("connection", "test:a")
        .set("observed_at", Value::Time(1))
        .set("raw", format!("test/1/{id}"))
}

pub(crate) fn at(hour: i64) -> Value {
    Value::Time(hour * HOUR)
}

pub(crate) fn sha(name: &str) -> String {
    format!("{:0<40}", name.bytes().map(|b| format!("{b:02x}")).collect::<String>())
}

pub(crate) fn commit(repository: &str, name: &str, parents: &[&str], hour: i64) -> Row {
    row("commits", &format!("{repository}/{name}"))
        .set("repository_id", repository)
        .set("sha", sha(name))
        .set("parents", parents.iter().map(|p| sha(p)).collect::<Vec<_>>())
        .set("author_id", "ada")
        .set("authored_at", at(hour))
        .set("committed_at", at(hour))
}

pub(crate) fn deployment(repository: &str, id: &str, name: &str, hour: i64) -> Row {
    row("deployments", id)
        .set("repository_id", repository)
        .set("environment", "production")
        .set("is_production", true)
        .set("status", "succeeded")
        .set("sha", sha(name))
        .set("finished_at", at(hour))
}

pub(crate) fn incident(id: &str, repository: &str, hour: i64) -> Row {
    row("incidents", id).set("repository_id", repository).set("began_at", at(hour)).set("resolved_at", at(hour + 2))
}

/// A history in the parts in which it arrives: two repositories, then reviews, incidents, people, a decision, work items and
/// what they were in.
pub(crate) fn arrivals() -> Vec<Vec<Row>> {
    vec![
        vec![
            commit("r", "a", &[], 0),
            commit("r", "b", &["a"], 1),
            deployment("r", "d1", "a", 2),
            commit("s", "z", &[], 1),
        ],
        vec![
            deployment("r", "d2", "b", 4),
            deployment("s", "e1", "z", 3),
            row("repositories", "r").set("name", "r").set("default_branch", "main"),
        ],
        vec![incident("i1", "r", 5), commit("r", "m", &["b"], 8)],
        vec![
            row("pull_requests", "pr")
                .set("repository_id", "r")
                .set("author_id", "ada")
                .set("state", "merged")
                .set("created_at", at(6))
                .set("merged_at", at(8))
                .set("merge_commit_sha", sha("m")),
            deployment("r", "d3", "m", 9),
        ],
        vec![
            row("pull_request_commits", "pr/x")
                .set("pull_request_id", "pr")
                .set("sha", sha("x"))
                .set("authored_at", at(5)),
            row("reviews", "review")
                .set("pull_request_id", "pr")
                .set("reviewer_id", "grace")
                .set("submitted_at", at(7)),
        ],
        vec![
            row("projects", "shop").set("name", "Shop").set("team_id", "team"),
            row("project_scopes", "scope")
                .set("project_id", "shop")
                .set("scope_kind", "repository")
                .set("scope_id", "r"),
            incident("i2", "s", 3).set("caused_by_sha", sha("z")),
        ],
        vec![
            row("incident_overrides", "o")
                .set("incident_id", "i1")
                .set("made_by", "Grace")
                .set("made_at", at(20))
                .set("deployment_id", "d1"),
            row("identities", "grace").set("is_bot", true),
        ],
        vec![
            item("i", "Done", "done").set("assignee_id", "ada"),
            transition("i/1", "i", "Backlog", "Dev", 2),
            transition("i/2", "i", "Dev", "Done", 6),
            row("work_items", "g").set("key", "r#1").set("repository_id", "r").set("created_at", at(1)),
        ],
        vec![
            row("sprints", "sprint").set("name", "Sprint 1").set("state", "closed").set("starts_at", at(1)),
            row("sprint_items", "i/s").set("sprint_id", "sprint").set("work_item_id", "i"),
            row("comments", "hello").set("subject_id", "pr").set("author_id", "linus").set("created_at", at(7)),
        ],
        vec![
            row("statuses", "dev").set("name", "Dev").set("status_category", "doing"),
            row("sprints", "sprint")
                .set("name", "Sprint 1")
                .set("state", "closed")
                .set("starts_at", at(1))
                .set("completed_at", at(9))
                .set("observed_at", Value::Time(2)),
        ],
    ]
}

pub(crate) fn item(id: &str, status: &str, category: &str) -> Row {
    row("work_items", id)
        .set("key", id)
        .set("project_id", "shop")
        .set("kind", "Story")
        .set("status", status)
        .set("status_category", category)
        .set("created_at", at(0))
}

pub(crate) fn transition(id: &str, item: &str, from: &str, to: &str, hour: i64) -> Row {
    row("work_item_transitions", id)
        .set("work_item_id", item)
        .set("field", "status")
        .set("from_value", from)
        .set("to_value", to)
        .set("changed_at", at(hour))
        .set("position", 0)
}

pub(crate) async fn arrive(lake: &TenantLake, rows: Vec<Row>) -> pulse_engine::Result<()> {
    let mut tables: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for row in rows {
        tables.entry(row.entity().name).or_default().push(row);
    }
    for rows in tables.values() {
        lake.table(rows[0].entity()).upsert(&batch(rows), &[], When::Changed).await?;
    }
    Ok(())
}

/// All facts as a reader sees them.
pub(crate) async fn facts(lake: &TenantLake) -> String {
    let mut all = String::new();
    let whole = lake.facts();
    for name in FACTS.iter().map(|entity| entity.name) {
        let Some(snapshot) = whole.table(name).await.unwrap() else { continue };
        let mut lines = Vec::new();
        for batch in read(&snapshot, &snapshot.entity().columns().map(|c| c.name).collect::<Vec<_>>()).await {
            let text = arrow::util::pretty::pretty_format_batches(&[batch]).unwrap().to_string();
            let rows = text.lines().filter(|l| l.starts_with('|')).skip(1);
            lines.extend(rows.map(|l| l.split('|').map(str::trim).collect::<Vec<_>>().join("|")));
        }
        lines.sort();
        // A table that was emptied says no more than one that was never made.
        if !lines.is_empty() {
            all += &format!("{name}\n{}\n", lines.join("\n"));
        }
    }
    all
}

pub(crate) async fn column(lake: &TenantLake, table: &str, columns: [&str; 3]) -> Vec<String> {
    let Some(snapshot) = lake.facts().table(table).await.unwrap() else { return Vec::new() };
    let mut found = Vec::new();
    for batch in read(&snapshot, &columns).await {
        for row in 0..batch.num_rows() {
            let cell = |i: usize| {
                let cells = batch.column(i).as_string::<i32>();
                if arrow::array::Array::is_valid(cells, row) { cells.value(row) } else { "-" }
            };
            found.push(format!("{} {} {}", cell(0), cell(1), cell(2)));
        }
    }
    found.sort();
    found
}

pub(crate) async fn whole() -> (Tenant, String) {
    let tenant = memory();
    for rows in arrivals() {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    let all = facts(tenant.lake()).await;
    (tenant, all)
}

#[tokio::test]
async fn the_model_says_what_was_computed_by_hand() {
    let (tenant, _) = whole().await;
    let lake = tenant.lake();
    assert_eq!(
        column(lake, "changes", ["id", "deployment_id", "excluded"]).await,
        ["pr d3 -", "r/a d1 baseline", "r/b d2 -", "s/z e1 baseline"]
    );
    assert_eq!(column(lake, "incidents", ["id", "deployment_id", "link_rule"]).await, ["i1 d1 override", "i2 e1 sha"]);
    assert_eq!(
        column(lake, "deployments", ["id", "failure_rule", "team_id"]).await,
        ["d1 incident team", "d2 - team", "d3 - team", "e1 incident -"]
    );
    assert_eq!(column(lake, "deployment_commits", ["deployment_id", "sha", "lineage"]).await.len(), 4);
    assert_eq!(column(lake, "pull_requests", ["id", "project_id", "team_id"]).await, ["pr shop team"]);
    // Grace is a program after all.
    assert_eq!(column(lake, "reviews", ["id", "author_id", "excluded"]).await, ["review ada bot"]);
    assert_eq!(
        column(lake, "work_items", ["id", "home_id", "project_id"]).await,
        ["g r shop", "i shop shop"],
        "the item of a repository is of the project that this belongs to"
    );
    assert_eq!(
        column(lake, "work_item_stays", ["work_item_id", "status", "status_category"]).await,
        ["g - -", "i Backlog -", "i Dev doing", "i Done done"]
    );
    let items = lake.facts().table("work_items").await.unwrap().unwrap();
    let times = read(&items, &["cycle_seconds", "lead_seconds"]).await.remove(0);
    let seconds = |column: usize| times.column(column).as_primitive::<arrow::datatypes::Float64Type>().iter().collect();
    // By home: the item of the repository first.
    let (cycle, lead): (Vec<_>, Vec<_>) = (seconds(0), seconds(1));
    assert_eq!((cycle, lead), (vec![None, Some(4.0 * 3600.0)], vec![None, Some(5.0 * 3600.0)]));
    let kept = lake.facts().table("sprint_items").await.unwrap().unwrap();
    let kept = read(&kept, &["is_committed", "is_completed", "is_carried_over"]).await.remove(0);
    let flags: Vec<_> = kept.columns().iter().map(|flag| flag.as_boolean().value(0)).collect();
    assert_eq!(flags, [true, true, false]);
}

#[tokio::test]
async fn an_item_stays_an_epic_where_its_type_is_told_no_more() {
    let tenant = memory();
    let lake = tenant.lake();
    let kind = || row("work_item_types", "large").set("name", "Large").set("hierarchy_level", Value::Int(1));
    let levels = async || {
        tenant.model(&Settings::default()).await.unwrap();
        column(lake, "work_items", ["id", "level", "home_id"]).await
    };
    arrive(lake, vec![kind(), item("i", "Done", "done").set("kind", "Large").set("type_id", "large")]).await.unwrap();
    assert_eq!(levels().await, ["i epic shop"]);
    // It went out of sight with the project that it is of, or that project did.
    arrive(lake, vec![kind().set("observed_at", Value::Time(2)).set("deleted_at", Value::Time(2))]).await.unwrap();
    assert_eq!(levels().await, ["i epic shop"]);
    // What changes is modelled anew by it, too.
    arrive(lake, vec![item("j", "Done", "done").set("kind", "Large").set("type_id", "large")]).await.unwrap();
    assert_eq!(levels().await, ["i epic shop", "j epic shop"]);
}

#[tokio::test]
async fn the_team_of_whoever_made_it_stands_beside_the_team_that_owns_its_project() {
    let tenant = memory();
    let lake = tenant.lake();
    let member = |who: &str, team: &str| {
        row("team_members", &format!("{team}/{who}")).set("team_id", team).set("member_id", who)
    };
    // Ada is of Blue and Bob of Red, Linus of none; all of it is in a project of Green's.
    let rows = vec![
        member("ada", "blue"),
        member("bob", "red"),
        row("projects", "shop").set("name", "Shop").set("team_id", "green"),
        row("project_scopes", "scope").set("project_id", "shop").set("scope_kind", "repository").set("scope_id", "r"),
        row("repositories", "r").set("name", "r").set("default_branch", "main"),
        commit("r", "a", &[], 0),
        commit("r", "b", &["a"], 1).set("author_id", "linus"),
        deployment("r", "d", "b", 2),
        row("pull_requests", "pr")
            .set("repository_id", "r")
            .set("author_id", "ada")
            .set("state", "open")
            .set("created_at", at(6)),
        row("reviews", "review").set("pull_request_id", "pr").set("reviewer_id", "bob").set("submitted_at", at(7)),
        item("i", "Done", "done").set("assignee_id", "ada"),
        item("j", "Done", "done").set("assignee_id", "linus"),
        row("sprints", "sprint").set("name", "Sprint 1").set("state", "closed").set("starts_at", at(1)),
        row("sprint_items", "i/s").set("sprint_id", "sprint").set("work_item_id", "i"),
    ];
    arrive(lake, rows).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    for (table, id, told) in [
        ("changes", "id", &["r/a blue green", "r/b green green"][..]),
        ("pull_requests", "id", &["pr blue green"]),
        ("pull_request_idles", "pull_request_id", &["pr blue green"]),
        ("reviews", "id", &["review red green"]),
        ("work_items", "id", &["i blue green", "j green green"]),
        ("work_item_stays", "work_item_id", &["i blue green", "j green green"]),
        ("sprint_items", "work_item_id", &["i blue green"]),
    ] {
        assert_eq!(column(lake, table, [id, "team_id", "owning_team_id"]).await, told, "{table}");
    }
    // The project is another team's: so is what is in it, and whoever made it stays who they were.
    arrive(
        lake,
        vec![row("projects", "shop").set("name", "Shop").set("team_id", "gold").set("observed_at", Value::Time(2))],
    )
    .await
    .unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    let changes = column(lake, "changes", ["id", "team_id", "owning_team_id"]).await;
    assert_eq!(changes, ["r/a blue gold", "r/b gold gold"]);
}

#[tokio::test]
async fn the_sprints_of_a_board_are_of_the_project_that_somebody_decided_until_it_is_taken_back() {
    let tenant = memory();
    let lake = tenant.lake();
    let scope = |id: &str, project: &str| {
        row("project_scopes", id).set("project_id", project).set("scope_kind", "board").set("scope_id", "test:a:board")
    };
    let decided = || scope("push:decisions:board", "bank").set("connection", "push:decisions");
    let rows = vec![
        item("i", "Dev", "doing"),
        row("sprints", "s")
            .set("name", "S")
            .set("state", "active")
            .set("starts_at", at(1))
            .set("board_id", "test:a:board"),
        row("sprint_items", "i/s").set("sprint_id", "s").set("work_item_id", "i"),
        // What the board's own source says stands with its sprints, of which this one says nothing.
        scope("test:a:board", "web"),
    ];
    for (rows, told) in [
        (rows, "s shop -"),
        (vec![decided()], "s shop bank"),
        (vec![decided().set("deleted_at", at(9)).set("observed_at", Value::Time(9))], "s shop -"),
    ] {
        arrive(lake, rows).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        assert_eq!(column(lake, "sprint_items", ["sprint_id", "project_id", "sprint_project_id"]).await, [told]);
    }
}

#[tokio::test]
async fn facts_have_the_labels_of_what_they_are_of_and_the_class_and_type_of_their_items() {
    let tenant = memory();
    let labels = || vec!["api".to_owned(), "ui".to_owned()];
    let rows = vec![
        commit("r", "a", &[], 0),
        deployment("r", "d1", "a", 1),
        commit("r", "m", &["a"], 3),
        row("pull_requests", "pr")
            .set("repository_id", "r")
            .set("author_id", "ada")
            .set("state", "merged")
            .set("created_at", at(2))
            .set("merged_at", at(3))
            .set("merge_commit_sha", sha("m"))
            .set("labels", labels()),
        deployment("r", "d2", "m", 4),
        item("i", "Done", "done").set("kind", "Bug").set("labels", labels()),
        row("sprints", "sprint").set("name", "Sprint 1").set("state", "closed").set("starts_at", at(1)),
        row("sprint_items", "i/s").set("sprint_id", "sprint").set("work_item_id", "i"),
    ];
    arrive(tenant.lake(), rows).await.unwrap();
    // Questions are asked of a tenant for which something landed.
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("one", "one:a", page).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    for (statement, told) in [
        ("SELECT labels FROM facts.pull_requests", "[api, ui]"),
        ("SELECT labels FROM facts.changes WHERE id = 'pr' AND deployment_id = 'd2'", "[api, ui]"),
        // A commit has none, which is known: it is no NULL.
        ("SELECT labels FROM facts.changes WHERE kind = 'commit'", "[] "),
        ("SELECT labels FROM facts.work_items", "[api, ui]"),
        ("SELECT kind || ' ' || class FROM facts.work_item_stays", "Bug defect"),
        ("SELECT kind || ' ' || class FROM facts.sprint_items", "Bug defect"),
    ] {
        let rows = tenant.sql(statement).await.unwrap();
        let rows = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
        assert!(rows.contains(told), "{statement}\n{rows}");
    }
}

#[tokio::test]
async fn what_its_source_says_was_not_done_is_abandoned_until_it_is_taken_up_again() {
    let tenant = memory();
    let rows = vec![
        row("statuses", "dev").set("name", "Dev").set("status_category", "doing"),
        row("statuses", "done").set("name", "Done").set("status_category", "done"),
        item("i", "Done", "done").set("resolution", "Won't Do"),
        transition("i/1", "i", "Backlog", "Dev", 2),
        transition("i/2", "i", "Dev", "Done", 6),
    ];
    arrive(tenant.lake(), rows).await.unwrap();
    // Questions are asked of a tenant for which something landed.
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("one", "one:a", page).await.unwrap();
    let holds = async |table: &str, condition: &str, n: usize| {
        let statement = format!("SELECT count(*) AS n FROM facts.{table} WHERE {condition}");
        let rows = tenant.sql(&statement).await.unwrap();
        let rows = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
        assert!(rows.contains(&format!("| {n} |")), "{statement}\n{rows}");
    };
    tenant.model(&Settings::default()).await.unwrap();
    holds("work_items", "NOT is_done AND done_at IS NULL AND date_part('hour', abandoned_at) = 6", 1).await;
    holds("work_item_stays", "excluded = 'abandoned' AND date_part('hour', entered_at) = 6", 1).await;
    holds("work_item_stays", "excluded IS NULL", 2).await;
    let again = item("i", "Dev", "doing").set("observed_at", Value::Time(2));
    arrive(tenant.lake(), vec![again, transition("i/3", "i", "Done", "Dev", 8)]).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    holds("work_items", "NOT is_done AND abandoned_at IS NULL AND reopened = 1", 1).await;
    holds("work_item_stays", "excluded IS NULL", 4).await;
    // Whoever counts all that is closed as done says so.
    let shut = item("i", "Done", "done").set("resolution", "Won't Do").set("observed_at", Value::Time(3));
    arrive(tenant.lake(), vec![shut, transition("i/4", "i", "Dev", "Done", 9)]).await.unwrap();
    let flow = Flow { abandoned: Vec::new(), ..Flow::default() };
    tenant.model(&Settings { flow, ..Settings::default() }).await.unwrap();
    holds("work_items", "is_done AND date_part('hour', done_at) = 9 AND abandoned_at IS NULL", 1).await;
    // Who takes that back has all of them made anew, and where its source says otherwise, and nothing else, so does the item.
    tenant.model(&Settings::default()).await.unwrap();
    holds("work_items", "NOT is_done AND done_at IS NULL AND date_part('hour', abandoned_at) = 9", 1).await;
    holds("work_item_stays", "excluded = 'abandoned'", 1).await;
    let done = item("i", "Done", "done").set("resolution", "Done").set("observed_at", Value::Time(4));
    arrive(tenant.lake(), vec![done]).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    holds("work_items", "is_done AND date_part('hour', done_at) = 9 AND abandoned_at IS NULL", 1).await;
    holds("work_item_stays", "excluded IS NULL", 5).await;
}

#[tokio::test]
async fn what_its_source_says_was_no_incident_is_left_out_until_it_says_otherwise() {
    let tenant = memory();
    // Nothing but the incident says why the second deployment was made; the third calls itself a hotfix.
    let made = deployment("r", "d2", "b", 7).set("incident_id", "i");
    let hotfix = deployment("r", "d3", "c", 9).set("incident_id", "i").set("kind", "hotfix");
    let commits = vec![commit("r", "a", &[], 0), commit("r", "b", &["a"], 6), commit("r", "c", &["b"], 8)];
    let rows = [commits, vec![deployment("r", "d1", "a", 2), made, hotfix]].concat();
    arrive(tenant.lake(), rows).await.unwrap();
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("one", "one:a", page).await.unwrap();
    let holds = async |resolution: Option<&str>, seen: i64, condition: &str| {
        let incident = incident("i", "r", 3).set("resolution", resolution).set("observed_at", Value::Time(seen));
        arrive(tenant.lake(), vec![incident]).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        let statement = format!(
            "SELECT count(*) AS n FROM facts.incidents AS i \
             JOIN facts.deployments AS blamed ON blamed.repository_id = i.repository_id AND blamed.id = 'd1' \
             JOIN facts.deployments AS made ON made.repository_id = i.repository_id AND made.id = 'd2' \
             JOIN facts.deployments AS hotfix ON hotfix.repository_id = i.repository_id AND hotfix.id = 'd3' WHERE {condition}"
        );
        let rows = tenant.sql(&statement).await.unwrap();
        let rows = arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string();
        assert!(rows.contains("| 1 |"), "{statement}\n{rows}");
    };
    let one = "i.deployment_id = 'd1' AND i.excluded IS NULL AND blamed.failed AND made.rework_rule = 'incident' \
               AND hotfix.rework_rule = 'incident'";
    holds(None, 1, one).await;
    let none = "i.deployment_id IS NULL AND i.excluded = 'abandoned' AND NOT blamed.failed AND NOT made.is_rework \
                AND hotfix.rework_rule = 'hotfix'";
    holds(Some("Duplicate"), 2, none).await;
    holds(Some("Fixed"), 3, one).await;
}
