//! Two of everything, one of `a` and one of `b`; whoever is limited to `a` never learns of `b`.

use super::random_tests::{in_lake, stored};
use super::*;
use crate::Error;
use crate::entities::{CORE, Entity, FACTS, Kind, Thing};
use crate::metrics;
use crate::row::{self, Row, Value};
use crate::session::{Limits, Session};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use datafusion::catalog::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tables of which nothing says what their rows belong to.
const WITHHELD: [&str; 8] = [
    "facts.alerts",
    "facts.people",
    "core.identities",
    "core.identity_overrides",
    "core.people",
    "core.rejects",
    "core.statuses",
    "core.work_item_types",
];

pub(super) fn name_of(entity: &Entity) -> String {
    format!("{}.{}", entity.layer.name(), entity.name)
}

/// The id of the only thing of its kind on one side.
fn id(of: Thing, side: &str) -> String {
    format!("{}-{side}", of.label())
}

/// A row of `side`, and nowhere a word that does not say so.
fn row(entity: &'static Entity, side: &str) -> Row {
    let mut row = Row::new(entity);
    for column in entity.columns() {
        match column.kind {
            Kind::Text => row.put(column.name, format!("{}-{side}", column.name).into()),
            // Numbers that give the side away.
            Kind::Int => row.put(column.name, Value::Int(if side == "a" { 7 } else { 4_711 })),
            Kind::Time if column.name != "deleted_at" => row.put(column.name, Value::Time(1)),
            _ => {}
        }
    }
    for belonging in entity.belongs {
        row.put(belonging.by, id(belonging.to, side).into());
    }
    match name_of(entity).as_str() {
        "core.projects" => row.set("team_id", id(Thing::Team, side)),
        "core.project_scopes" => row.set("scope_kind", "repository").set("scope_id", id(Thing::Repository, side)),
        "core.pull_requests" => row.set("id", id(Thing::PullRequest, side)),
        "core.work_items" => row.set("id", id(Thing::WorkItem, side)),
        "core.incidents" => row.set("id", id(Thing::Incident, side)),
        _ => row,
    }
}

/// These rows as tables, each row in a partition of its own.
pub(super) fn tables(rows: &[Row]) -> Vec<Named> {
    let mut tables: Vec<Named> = Vec::new();
    for entity in CORE.iter().chain(FACTS).copied() {
        let own = rows.iter().filter(|r| std::ptr::eq(r.entity(), entity));
        let mut partitions: Vec<_> = own.map(|r| vec![row::batch(entity, std::slice::from_ref(r)).unwrap()]).collect();
        partitions.push(Vec::new());
        let table = MemTable::try_new(entity.schema(), partitions).unwrap();
        tables.push((entity.layer.name(), entity.name.to_owned(), Arc::new(table)));
    }
    let payloads = row::batch(&entities::RAW, &[Row::new(&entities::RAW).set("body", "payload-b")]).unwrap();
    let payloads = MemTable::try_new(payloads.schema(), vec![vec![payloads]]).unwrap();
    tables.push(("raw", "umbrella".to_owned(), Arc::new(payloads)));
    tables
}

fn session_with(tables: Vec<Named>, policy: &Policy, limits: Limits) -> Session {
    Session::build(tables, Arc::new(RuntimeEnvBuilder::new().build().unwrap()), limits, policy).unwrap()
}

fn session_over(rows: &[Row], policy: &Policy) -> Session {
    session_with(tables(rows), policy, Limits::default())
}

fn both_sides() -> Vec<Row> {
    let all = CORE.iter().chain(FACTS).copied();
    all.flat_map(|entity| ["a", "b"].map(|side| row(entity, side))).collect()
}

fn session(policy: &Policy) -> Session {
    session_over(&both_sides(), policy)
}

fn team_a() -> Session {
    session(&Policy::only(["team-a"], []))
}

async fn shown(session: &Session, text: &str) -> String {
    let batches = session.collect(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    pretty_format_batches(&batches).unwrap().to_string()
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

async fn refusal(session: &Session, text: &str) -> String {
    match session.collect(text).await.map(|batches| rows(&batches)) {
        Err(Error::Question(why)) => why,
        Err(Error::Mistake(mistake)) => mistake.why,
        other => panic!("`{text}`: {other:?}"),
    }
}

#[tokio::test]
async fn of_every_table_only_the_rows_of_what_is_allowed_are_shown() {
    let policies =
        [Policy::only(["team-a"], []), Policy::only([], ["project-a"]), Policy::only(["team-a"], ["project-a"])];
    for policy in policies {
        let session = session(&policy);
        for entity in CORE.iter().chain(FACTS) {
            let name = name_of(entity);
            if WITHHELD.contains(&name.as_str()) {
                continue;
            }
            assert!(!entity.belongs.is_empty(), "{name} does not say what its rows belong to, and would not be shown");
            let by_team_alone = entity.belongs.iter().all(|b| b.to == Thing::Team);
            let expected = usize::from(!by_team_alone || policy != Policy::only([], ["project-a"]));
            let all = session.collect(&format!("SELECT * FROM {name}")).await.unwrap();
            let text = pretty_format_batches(&all).unwrap().to_string();
            assert_eq!(rows(&all), expected, "{name} under {policy:?}:\n{text}");
            assert!(!text.contains("-b") && !text.contains("4711"), "{name} under {policy:?}:\n{text}");
            let counted = shown(&session, &format!("SELECT count(*) FROM {name}")).await;
            assert!(counted.contains(&format!("| {expected} ")), "{name}: {counted}");
        }
    }
}

#[tokio::test]
async fn without_a_policy_everything_is_shown() {
    let session = session(&Policy::everything());
    for entity in CORE.iter().chain(FACTS) {
        assert_eq!(rows(&session.collect(&format!("SELECT * FROM {}", name_of(entity))).await.unwrap()), 2);
    }
    assert_eq!(rows(&session.collect("SELECT * FROM raw.umbrella").await.unwrap()), 1);
}

#[tokio::test]
async fn a_policy_that_names_nothing_shows_nothing_in_any_table_or_view() {
    for policy in [Policy::only::<&str>([], []), Policy::only(["team-c"], ["project-c"])] {
        let session = session(&policy);
        let views = metrics::catalogue().unwrap().iter().map(|d| d.view());
        let tables = CORE.iter().chain(FACTS).map(|e| name_of(e));
        for name in tables.chain(views).filter(|name| !WITHHELD.contains(&name.as_str())) {
            assert_eq!(rows(&session.collect(&format!("SELECT * FROM {name}")).await.unwrap()), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_confined_is_in_no_list_and_says_why() {
    let session = team_a();
    for name in WITHHELD {
        let (schema, table) = name.split_once('.').unwrap();
        assert!(!session.has_table(schema, table));
        for text in [format!("SELECT * FROM {name}"), format!("SELECT 1 WHERE EXISTS (SELECT 1 FROM {name})")] {
            let why = refusal(&session, &text).await;
            assert!(why.contains(&format!("the table `{table}` is not shown")), "{why}");
        }
    }
    let told = refusal(&session, "SELECT * FROM raw.umbrella").await;
    assert_eq!(told.replace("umbrella", "nothing"), refusal(&session, "SELECT * FROM raw.nothing").await);
    let listed = shown(&session, "SELECT * FROM information_schema.tables").await
        + &shown(&session, "SELECT DISTINCT table_schema, table_name FROM information_schema.columns").await
        + &shown(&session, "SELECT * FROM information_schema.schemata").await
        + &shown(&session, "SHOW TABLES").await;
    for hidden in ["umbrella", "raw", "people", "identities", "rejects"] {
        assert!(!listed.contains(hidden), "{hidden}");
    }
    assert!(listed.contains("pull_requests "));
}

#[tokio::test]
async fn no_statement_reaches_a_row_that_is_not_shown() {
    let session = team_a();
    for text in [
        "SELECT * FROM facts.changes AS c JOIN core.commits AS k ON c.repository_id = k.repository_id",
        "SELECT * FROM core.commits AS k FULL JOIN facts.changes AS c ON c.sha = k.sha",
        "SELECT * FROM (SELECT * FROM core.teams LIMIT 10) AS t CROSS JOIN core.projects AS p",
        "WITH all_changes AS (SELECT * FROM facts.changes) SELECT * FROM all_changes UNION ALL SELECT * FROM all_changes",
        "SELECT count(*), min(title), max(title), min(commits), max(commits), sum(commits) FROM facts.changes",
        "SELECT max(title) FROM (SELECT title FROM facts.changes ORDER BY title DESC LIMIT 1) AS newest",
        "SELECT approx_distinct(id), array_agg(id), string_agg(title, ',') FROM facts.changes",
        "SELECT t.id FROM core.teams AS t WHERE EXISTS (SELECT 1 FROM facts.changes AS c WHERE c.team_id = t.id)",
        "SELECT c.id, (SELECT max(d.id) FROM facts.deployments AS d WHERE d.repository_id = c.repository_id) AS d FROM facts.changes AS c",
        "SELECT id FROM core.projects WHERE id NOT IN (SELECT project_id FROM core.project_scopes WHERE project_id = 'x')",
        "SELECT id, row_number() OVER (ORDER BY id), lag(title) OVER (ORDER BY id DESC) FROM facts.changes",
        "SELECT id FROM core.commits INTERSECT SELECT id FROM core.commits",
        "SELECT * FROM facts.changes ORDER BY commits DESC LIMIT 1",
        "SELECT * FROM facts.changes WHERE repository_id = 'repository-b' OR TRUE",
        "SELECT * FROM facts.changes LIMIT 5 OFFSET 0",
        "SELECT * FROM pulse.core.reviews NATURAL JOIN core.comments",
        "SELECT repository_id, count(*) FROM facts.deployments GROUP BY ROLLUP (repository_id)",
    ] {
        let told = shown(&session, text).await;
        assert!(!told.contains("-b") && !told.contains("4711"), "{text}\n{told}");
    }
    for text in [
        "SELECT 1 FROM facts.changes WHERE repository_id = 'repository-b'",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM core.commits WHERE sha = 'sha-b')",
        "SELECT id FROM facts.changes EXCEPT SELECT 'id-a'",
        "SELECT 1 FROM core.projects WHERE id NOT IN (SELECT project_id FROM core.project_scopes)",
    ] {
        assert_eq!(rows(&session.collect(text).await.unwrap()), 0, "{text}");
    }
    for definition in metrics::catalogue().unwrap() {
        let told = shown(&session, &format!("SELECT * FROM {}", definition.view())).await;
        assert!(!told.contains("-b"), "{told}");
    }
}

#[tokio::test]
async fn a_condition_is_never_computed_for_a_row_that_is_not_shown() {
    // Of such conditions the failing tells of the row: here of the title of `b`, and of its 4711 commits.
    for text in [
        "SELECT id FROM facts.changes WHERE 1 / (commits - 4711) <= 0",
        "SELECT id FROM facts.changes WHERE id > 'a' AND 1 / (commits - 4711) <= 0",
        "SELECT id FROM facts.changes WHERE CASE WHEN title = 'title-b' THEN 1 / (commits - commits) ELSE 1 END = 1",
        "SELECT id FROM facts.changes WHERE arrow_cast(replace(title, 'title-a', '1'), 'Int64') = 1",
        "SELECT CAST(replace(title, 'title-a', '1') AS INT) FROM facts.changes",
        "SELECT count(*) FROM facts.changes GROUP BY 1 / (commits - 4711)",
        "SELECT c.id FROM facts.changes AS c JOIN core.teams AS t ON c.team_id = t.id AND 1 / (c.commits - 4711) <= 0",
    ] {
        let found = team_a().collect(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(rows(&found), 1, "{text}");
        session(&Policy::everything()).collect(text).await.expect_err(text);
    }
}

#[tokio::test]
async fn every_plan_has_the_filter_and_nothing_of_what_is_below_it() {
    let session = team_a();
    for entity in CORE.iter().chain(FACTS).filter(|e| !e.belongs.is_empty()) {
        let name = name_of(entity);
        let filter = format!("PolicyFilter: table={name}");
        for text in [
            format!("SELECT * FROM {name}"),
            format!("SELECT count(*) FROM {name}"),
            format!("SELECT min(x.{by}), max(x.{by}) FROM {name} AS x", by = entity.belongs[0].by),
            format!("SELECT * FROM {name} WHERE {} = 'x' LIMIT 1", entity.belongs[0].by),
        ] {
            let plan = shown(&session, &format!("EXPLAIN {text}")).await;
            assert!(plan.contains(&filter) && !plan.contains("DataSourceExec"), "{text}\n{plan}");
            let all = shown(&session, &format!("EXPLAIN VERBOSE {text}")).await;
            assert!(!all.contains("DataSourceExec") && !all.contains("Rows=Exact(2)"), "{text}\n{all}");
            assert!(!all.contains("-b"), "{text}\n{all}");
        }
    }
    let view = shown(&session, "EXPLAIN SELECT count(*) FROM dora.change_lead_time").await;
    assert!(view.contains("PolicyFilter: table=facts.changes"), "{view}");
    let tree = shown(&session, "EXPLAIN FORMAT TREE SELECT * FROM facts.changes").await;
    assert!(tree.contains("PolicyFilter") && !tree.contains("DataSourceExec"), "{tree}");
}

#[tokio::test]
async fn a_repository_of_two_projects_is_seen_by_whoever_may_see_either() {
    let scope = |id: &str, project: &str, repository: &str| {
        Row::new(entities::core("project_scopes").unwrap())
            .set("id", id)
            .set("project_id", project)
            .set("scope_kind", "repository")
            .set("scope_id", repository)
    };
    let commit = |id: &str, repository: &str| {
        Row::new(entities::core("commits").unwrap()).set("id", id).set("repository_id", repository)
    };
    let project =
        |id: &str, team: &str| Row::new(entities::core("projects").unwrap()).set("id", id).set("team_id", team);
    let rows = [
        scope("1", "p", "shared"),
        scope("2", "q", "shared"),
        scope("3", "q", "own"),
        // What is no longer in scope, and what is no repository.
        scope("4", "p", "left").set("deleted_at", Value::Time(1)),
        scope("5", "p", "board").set("scope_kind", "board"),
        project("p", "t"),
        project("q", "u"),
        project("gone", "t").set("deleted_at", Value::Time(1)),
        scope("6", "gone", "orphan"),
        commit("c1", "shared"),
        commit("c2", "own"),
        commit("c3", "left"),
        commit("c4", "board"),
        commit("c5", "orphan"),
        Row::new(entities::core("commits").unwrap()).set("id", "c6"),
    ];
    let sees = async |policy: Policy| {
        let session = session_over(&rows, &policy);
        let mut ids: Vec<String> = Vec::new();
        for batch in session.collect("SELECT id FROM core.commits").await.unwrap() {
            ids.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        ids.sort();
        ids.join(" ")
    };
    assert_eq!(sees(Policy::only([], ["p"])).await, "c1");
    assert_eq!(sees(Policy::only([], ["q"])).await, "c1 c2");
    assert_eq!(sees(Policy::only(["t"], [])).await, "c1");
    assert_eq!(sees(Policy::only(["t"], ["q"])).await, "c1 c2");
    assert_eq!(
        sees(Policy::only([], ["gone"])).await,
        "c5",
        "a project that is named is allowed, whether it is there or not"
    );
}

#[tokio::test]
async fn a_link_tells_the_key_of_an_item_that_is_shown_and_of_no_other() {
    let item = |id: &str, project: &str| {
        Row::new(entities::core("work_items").unwrap()).set("id", id).set("project_id", project)
    };
    let link = |id: &str, to: &str, key: &str| {
        let link = Row::new(entities::core("work_item_links").unwrap()).set("id", id).set("kind", "blocks");
        link.set("from_id", "1").set("from_key", "A-1").set("to_id", to).set("to_key", key)
    };
    // The last leads to an item that is not read, of which nobody knows whose it is.
    let rows = [
        item("1", "p"),
        item("2", "p"),
        item("3", "q"),
        link("a", "2", "A-2"),
        link("b", "3", "B-3"),
        link("c", "4", "C-4"),
    ];
    let links = "SELECT id, from_key, to_id, to_key FROM core.work_item_links ORDER BY id";
    let theirs = session_over(&rows, &Policy::only([], ["p"]));
    let told = shown(&theirs, links).await;
    assert!(
        told.contains("| a  | A-1      | 2     | A-2    |") && told.contains("| b  | A-1      | 3     |        |"),
        "{told}"
    );
    assert!(told.contains("| c  | A-1      | 4     |        |"), "{told}");
    // Neither alone, nor by what is asked of it.
    for (text, expected) in [
        ("SELECT to_key FROM core.work_item_links WHERE to_key IS NOT NULL", 1),
        ("SELECT to_key FROM core.work_item_links WHERE to_key IS NULL", 2),
        ("SELECT id FROM core.work_item_links WHERE to_key = 'B-3'", 0),
        ("SELECT id FROM core.work_item_links WHERE to_key > 'B' OR to_key < 'B'", 1),
        ("SELECT id FROM core.work_item_links WHERE to_key IN ('B-3', 'C-4', 'A-2')", 1),
        ("SELECT max(to_key) FROM core.work_item_links HAVING max(to_key) = 'A-2'", 1),
        ("SELECT DISTINCT to_key FROM core.work_item_links", 2),
    ] {
        assert_eq!(self::rows(&theirs.collect(text).await.unwrap()), expected, "{text}");
    }
    // In files of two, of which none is skipped by the names that stand in it.
    let lake = stored(&rows).await;
    let stored = in_lake(&lake, tables(&rows)).await;
    let kept = Session::build(stored, lake.runtime(), Limits::default(), &Policy::only([], ["p"])).unwrap();
    let unknown = kept.collect("SELECT id FROM core.work_item_links WHERE to_key IS NULL").await.unwrap();
    assert_eq!(self::rows(&unknown), 2);
    let all = session_over(&rows, &Policy::everything());
    assert!(shown(&all, links).await.contains("| c  | A-1      | 4     | C-4    |"));
}

#[tokio::test]
async fn what_a_policy_looks_up_counts_as_memory_of_the_question() {
    let request = |n: usize| {
        Row::new(entities::core("pull_requests").unwrap())
            .set("id", format!("{n:01000}"))
            .set("repository_id", "repository-a")
    };
    let mut all = both_sides();
    all.extend((0..200).map(request));
    let limits = Limits { memory_bytes: 100_000, ..Limits::default() };
    let session = session_with(tables(&all), &Policy::only(["team-a"], []), limits);
    assert!(refusal(&session, "SELECT id FROM core.reviews").await.contains("more memory than its share"));
    assert_eq!(rows(&session.collect("SELECT id FROM core.commits").await.unwrap()), 1);
}

/// A table that counts how often it is read.
#[derive(Debug)]
struct Counted(Arc<dyn TableProvider>, Arc<AtomicUsize>);

#[async_trait]
impl TableProvider for Counted {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
    fn table_type(&self) -> TableType {
        self.0.table_type()
    }
    async fn scan(
        &self,
        state: &dyn datafusion::catalog::Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> datafusion::common::Result<Arc<dyn ExecutionPlan>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.scan(state, projection, filters, limit).await
    }
}

#[tokio::test]
async fn what_is_allowed_is_looked_up_once_in_a_session_and_not_before_it_is_asked_for() {
    let read = Arc::new(AtomicUsize::new(0));
    let mut tables = tables(&both_sides());
    let scopes = tables.iter_mut().find(|(.., name, _)| name == "project_scopes").unwrap();
    scopes.2 = Arc::new(Counted(Arc::clone(&scopes.2), Arc::clone(&read)));
    let session = session_with(tables, &Policy::only(["team-a"], []), Limits::default());
    session.collect("SELECT * FROM core.projects").await.unwrap();
    assert_eq!(read.load(Ordering::SeqCst), 0);
    for text in [
        "SELECT * FROM facts.changes AS c JOIN core.commits AS k ON c.repository_id = k.repository_id",
        "SELECT * FROM core.reviews WHERE pull_request_id IN (SELECT id FROM core.pull_requests)",
    ] {
        session.collect(text).await.unwrap();
        assert_eq!(read.load(Ordering::SeqCst), 1, "{text}");
    }
}

#[test]
fn two_policies_allow_no_more_than_either() {
    let (everything, a) = (Policy::everything(), Policy::only(["t", "u"], ["p"]));
    let b = Policy::only(["u", "v"], ["q"]);
    assert_eq!(a.and(&everything), a);
    assert_eq!(everything.and(&a), a);
    assert_eq!(a.and(&b), Policy::only(["u"], []));
    assert_eq!(everything.and(&everything), everything);
    assert_eq!(Policy::default(), everything);
}

#[tokio::test]
async fn who_sees_no_people_finds_none_of_them_and_the_same_figures() {
    let whole = session(&Policy::everything());
    for policy in [Policy::everything().without_people(), Policy::only(["team-a"], []).without_people()] {
        let nameless = session(&policy);
        for entity in CORE.iter().chain(FACTS) {
            let name = name_of(entity);
            if entity.is_of_people() {
                let why = refusal(&nameless, &format!("SELECT count(*) FROM {name}")).await;
                assert!(why.contains("is not shown") || why.contains("takes the permission `people:read`"), "{why}");
                assert!(!nameless.has_table(entity.layer.name(), entity.name));
                continue;
            }
            if !policy.shows_all_rows() && WITHHELD.contains(&name.as_str()) {
                continue;
            }
            let all = nameless.collect(&format!("SELECT * FROM {name}")).await.unwrap();
            let told: Vec<_> = all[0].schema().fields().iter().map(|field| field.name().clone()).collect();
            let expected = entity.columns().filter(|c| !c.names_a_person()).map(|c| c.name);
            assert_eq!(told, expected.collect::<Vec<_>>(), "{name}");
            // Every column holds what it is called for.
            let narrow =
                format!("SELECT {} FROM {name} ORDER BY 1", told.iter().rev().cloned().collect::<Vec<_>>().join(", "));
            let session = if policy.shows_all_rows() { &whole } else { &team_a() };
            assert_eq!(shown(&nameless, &narrow).await, shown(session, &narrow).await, "{name}");
            for column in entity.columns().filter(|c| c.names_a_person()) {
                for text in [
                    format!("SELECT {} FROM {name}", column.name),
                    format!("SELECT count(*) FROM {name} GROUP BY {}", column.name),
                    format!("SELECT 1 FROM {name} WHERE {} = 'x'", column.name),
                ] {
                    refusal(&nameless, &text).await;
                }
            }
        }
        assert!(refusal(&nameless, "SELECT * FROM raw.umbrella").await.contains("umbrella"));
        let columns = shown(&nameless, "SELECT DISTINCT column_name FROM information_schema.columns").await;
        assert!(columns.contains("repository_id") && !columns.contains("author_id") && !columns.contains("email"));
        for metric in metrics::catalogue().unwrap() {
            let view = format!("SELECT * FROM {} ORDER BY subject_id", metric.view());
            let session = if policy.shows_all_rows() { &whole } else { &team_a() };
            assert_eq!(shown(&nameless, &view).await, shown(session, &view).await, "{}", metric.name);
        }
    }
    let both = Policy::everything().without_people().and(&Policy::only(["team-a"], []));
    assert_eq!(both, Policy::only(["team-a"], []).without_people());
}

#[tokio::test]
async fn a_metric_of_the_tenants_own_shows_nobody_what_its_maker_may_not_name() {
    let whole = session(&Policy::everything());
    for policy in [Policy::everything().without_people(), Policy::only(["team-a"], []).without_people()] {
        let nameless = session(&policy);
        for text in [
            "SELECT * FROM core.pull_requests",
            "SELECT p.* FROM core.pull_requests AS p",
            "SELECT x.repository_id FROM (SELECT * FROM core.pull_requests) AS x",
            // The name of a column that is there for others, and the inner one then.
            "WITH w(author_id) AS (VALUES ('x')) SELECT (SELECT count(*) FROM core.pull_requests WHERE author_id = 'x') AS n FROM w",
        ] {
            assert!(whole.columns_of_own(text).await.is_ok(), "{text}");
            match nameless.columns_of_own(text).await {
                Err(Error::Question(why)) => assert!(why.contains("`people:read`"), "{text}: {why}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        let written = "WITH p AS (SELECT id, repository_id FROM core.pull_requests) SELECT *, (SELECT count(*) FROM p AS q WHERE q.id = p.id) AS n FROM p";
        assert!(nameless.columns_of_own(written).await.is_ok());
    }
}
