//! Random rows under random policies: what is shown is what a plain reading of the rules says.

use super::tests::{name_of, tables};
use super::{Named, Policy};
use crate::TenantId;
use crate::entities::{self, CORE, Entity, FACTS};
use crate::lake::{Lake, Options, TenantLake, When};
use crate::row::{self, Row, Value};
use crate::session::{Limits, Session};
use arrow::array::AsArray as _;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A kind of row, and numbers that say what it names.
type Told = (u8, [u8; 3], bool);

fn entity(path: &str) -> &'static Entity {
    let (layer, name) = path.split_once('.').unwrap();
    entities::declared(layer, name).unwrap()
}

/// The n-th thing of a kind, or none.
fn thing(kind: &str, number: u8) -> Value {
    if number % 5 == 4 { Value::Null } else { format!("{kind}{}", number % 5).into() }
}

fn row_of((kind, [x, y, z], gone): Told, n: usize) -> Row {
    let new = |path: &str| Row::new(entity(path)).set("id", format!("{n}"));
    let row = match kind % 14 {
        0 => Row::new(entity("core.projects")).set("id", thing("p", x)).set("team_id", thing("t", y)),
        1..=3 => new("core.project_scopes")
            .set("project_id", thing("p", x))
            .set("scope_kind", if z % 4 == 0 { "board" } else { "repository" })
            .set("scope_id", thing("r", y)),
        4 => Row::new(entity("core.pull_requests")).set("id", thing("pr", x)).set("repository_id", thing("r", y)),
        5 => Row::new(entity("core.work_items")).set("id", thing("w", x)).set("project_id", thing("p", y)),
        6 => Row::new(entity("core.incidents"))
            .set("id", thing("i", x))
            .set("project_id", thing("p", y))
            .set("repository_id", thing("r", z)),
        7 => new("core.commits").set("repository_id", thing("r", x)),
        8 => new("core.reviews").set("pull_request_id", thing("pr", x)),
        9 => new("core.work_item_transitions").set("work_item_id", thing("w", x)),
        10 => new("core.comments").set("subject_id", thing(["pr", "w", "i"][usize::from(y % 3)], x)),
        11 => new("core.incident_overrides").set("incident_id", thing("i", x)),
        12 => return new("facts.changes").set("team_id", thing("t", x)).set("repository_id", thing("r", y)),
        _ => return new("facts.forecasts").set("team_id", thing("t", x)).set("project_id", thing("p", y)),
    };
    if gone { row.set("deleted_at", Value::Time(1)) } else { row }
}

/// The rules, read off the page. Each is asked of a row.
struct Rules<'a> {
    rows: &'a [Row],
    teams: BTreeSet<String>,
    projects: BTreeSet<String>,
}

impl Rules<'_> {
    fn of(&self, path: &str) -> impl Iterator<Item = &Row> {
        let entity = entity(path);
        self.rows.iter().filter(move |row| std::ptr::eq(row.entity(), entity))
    }
    fn team(&self, id: Option<&str>) -> bool {
        id.is_some_and(|id| self.teams.contains(id))
    }
    fn project(&self, id: Option<&str>) -> bool {
        let there = |row: &Row| *row.get("deleted_at") == Value::Null;
        let owned = |id: &str| {
            self.of("core.projects").any(|p| p.text("id") == Some(id) && there(p) && self.team(p.text("team_id")))
        };
        id.is_some_and(|id| self.projects.contains(id) || owned(id))
    }
    fn repository(&self, id: Option<&str>) -> bool {
        id.is_some()
            && self.of("core.project_scopes").any(|scope| {
                let there = *scope.get("deleted_at") == Value::Null && scope.text("scope_kind") == Some("repository");
                there && scope.text("scope_id") == id && self.project(scope.text("project_id"))
            })
    }
    fn any(&self, path: &str, id: Option<&str>) -> bool {
        id.is_some() && self.of(path).any(|row| row.text("id") == id && self.shows(row))
    }
    fn shows(&self, row: &Row) -> bool {
        let (subject, repository) = (row.text("subject_id"), row.text("repository_id"));
        match name_of(row.entity()).as_str() {
            "core.projects" => self.project(row.text("id")),
            "core.project_scopes" | "core.work_items" => self.project(row.text("project_id")),
            "core.pull_requests" | "core.commits" => self.repository(repository),
            "core.incidents" => self.project(row.text("project_id")) || self.repository(repository),
            "core.reviews" => self.any("core.pull_requests", row.text("pull_request_id")),
            "core.work_item_transitions" => self.any("core.work_items", row.text("work_item_id")),
            "core.comments" => {
                ["core.pull_requests", "core.work_items", "core.incidents"].iter().any(|path| self.any(path, subject))
            }
            "core.incident_overrides" => self.any("core.incidents", row.text("incident_id")),
            "facts.changes" => self.team(row.text("team_id")) || self.repository(repository),
            "facts.forecasts" => self.team(row.text("team_id")) || self.project(row.text("project_id")),
            other => panic!("{other} is not made here"),
        }
    }
}

/// The ids of the rows that a statement finds, in order.
async fn ids(session: &Session, statement: &str) -> Vec<String> {
    let mut found = Vec::new();
    for batch in session.collect(statement).await.unwrap() {
        let ids = batch.column(0).as_string::<i32>();
        found.extend(ids.iter().map(|id| id.unwrap_or("none").to_owned()));
    }
    found.sort();
    found
}

/// A lake of these rows in files of two each, so that most files hold nothing that a policy or a condition asks for.
pub(super) async fn stored(rows: &[Row]) -> TenantLake {
    let options = Options { file_rows: 2, ..Options::default() };
    let lake = Lake::open("memory:///", options).unwrap().tenant(&TenantId::new("acme").unwrap());
    for entity in CORE.iter().chain(FACTS).copied() {
        let own: Vec<Row> = rows.iter().filter(|r| std::ptr::eq(r.entity(), entity)).cloned().collect();
        if !own.is_empty() {
            let batch = row::batch(entity, &own).unwrap();
            lake.table(entity).append(&[batch], &[], When::New).await.unwrap();
        }
    }
    lake
}

/// The tables of a lake as they are now, whether or not they belong to a whole model.
pub(super) async fn in_lake(lake: &TenantLake, mut tables: Vec<Named>) -> Vec<Named> {
    for (schema, name, table) in &mut tables {
        if let Some(entity) = entities::declared(schema, name)
            && let Some(snapshot) = lake.table(entity).latest().await.unwrap()
        {
            *table = snapshot.provider();
        }
    }
    tables
}

async fn holds(rows: &[Row], teams: BTreeSet<String>, projects: BTreeSet<String>, named: u8, in_memory: bool) {
    let (mut tables, mut env) = (tables(rows), Arc::new(RuntimeEnvBuilder::new().build().unwrap()));
    if !in_memory {
        let lake = stored(rows).await;
        (tables, env) = (in_lake(&lake, tables).await, lake.runtime());
    }
    let session = |policy: &Policy, env: &Arc<RuntimeEnv>| {
        Session::build(tables.clone(), Arc::clone(env), Limits::default(), policy).unwrap()
    };
    let policy = Policy::only(teams.clone(), projects.clone());
    let (whole, session) = (session(&Policy::everything(), &env), session(&policy, &env));
    let rules = Rules { rows, teams, projects };
    let paths: BTreeSet<String> = rows.iter().map(|row| name_of(row.entity())).collect();
    for path in paths {
        let all = ids(&whole, &format!("SELECT id FROM {path}")).await;
        let seen = ids(&session, &format!("SELECT id FROM {path}")).await;
        let id = |row: &Row| row.text("id").unwrap_or("none").to_owned();
        let mut expected: Vec<_> = rules.of(&path).filter(|row| rules.shows(row)).map(id).collect();
        expected.sort();
        assert_eq!(seen, expected, "{path} under {policy:?}");
        assert!(seen.iter().all(|id| all.contains(id)));
        // However it is asked for.
        let column = entity(&path).belongs[0].by;
        let condition = format!("{column} = '{}{}'", ["t", "p", "r", "pr", "w"][usize::from(named % 5)], named % 3);
        let of_one = format!("SELECT id FROM {path} WHERE {condition}");
        let kept = format!("SELECT id FROM (SELECT *, {condition} AS wanted FROM {path}) AS rows WHERE wanted");
        assert_eq!(ids(&session, &of_one).await, ids(&session, &kept).await, "{of_one}");
        let some = ids(&session, &format!("SELECT id FROM {path} LIMIT 2")).await;
        assert_eq!(some.len(), expected.len().min(2), "{path}");
        let count = session.collect(&format!("SELECT count(*) FROM {path}")).await.unwrap();
        let count = count[0].column(0).as_primitive::<arrow::datatypes::Int64Type>().value(0);
        assert_eq!(count as usize, expected.len(), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_shown_is_what_belongs_to_what_is_allowed(
        told in prop::collection::vec((any::<u8>(), any::<[u8; 3]>(), prop::bool::weighted(0.15)), 0..80),
        teams in prop::collection::btree_set(0_u8..4, 0..3),
        projects in prop::collection::btree_set(0_u8..4, 0..3),
        named in any::<u8>(),
        in_memory in any::<bool>(),
    ) {
        let rows: Vec<Row> = told.into_iter().enumerate().map(|(n, told)| row_of(told, n)).collect();
        let ids = |kind: &str, numbers: BTreeSet<u8>| numbers.into_iter().map(|n| format!("{kind}{n}")).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(holds(&rows, ids("t", teams), ids("p", projects), named, in_memory));
    }
}
