//! The model step on the lake: incremental or from nothing, killed anywhere, it ends alike.

use super::support::*;
use arrow::array::AsArray as _;
use object_store::memory::InMemory;
use pulse_engine::entities::{self, FACTS};
use pulse_engine::lake::{Lake, Options, Scope, TenantLake, When};
use pulse_engine::land::{self, Page};
use pulse_engine::model::ModelReport;
use pulse_engine::row::{Row, Value};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
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
fn arrivals() -> Vec<Vec<Row>> {
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

async fn column(lake: &TenantLake, table: &str, columns: [&str; 3]) -> Vec<String> {
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

async fn whole() -> (Tenant, String) {
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
