//! Something tried on a tenant before it is done: what would change, with nothing changed.
//!
//! The tenant's own steps run over a lake that reads what there is and keeps what it writes to itself, so that what is told is what
//! will be, by the same code. Then the facts of both are held against each other row by row, and so are the figures of metrics.

use crate::entities::{FACTS, Layer};
use crate::lake::{FROZEN, Seen, TenantTable};
use crate::metrics::{Figure, Question};
use crate::session::{Limits, Session};
use crate::{Clock, Policy, Result, Settings, Tenant};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The schema in which a session has what is there now.
const NOW: &str = "now";

/// A tenant, and the same with something tried on it.
#[derive(Debug)]
pub struct Trial {
    now: Tenant,
    tried: Tenant,
}

/// What would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// In each facts table in which something would.
    pub tables: Vec<TableEffect>,
    /// Of each figure that was asked for, whether or not it would.
    pub figures: Vec<FigureEffect>,
}

/// What would change in a facts table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEffect {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: i64,
    /// How many would come.
    pub come: i64,
    /// How many would go.
    pub go: i64,
    /// How many that stay would say something else.
    pub change: i64,
    /// In how many of those each column would, but for those in which none would.
    pub columns: BTreeMap<String, i64>,
}

/// What a figure is, and would be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureEffect {
    /// The metric.
    pub metric: String,
    /// What it is called.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// What it is; `None` where there is none.
    pub value: Option<f64>,
    /// How many observations that rests on.
    pub n: i64,
    /// What it would be.
    pub tried_value: Option<f64>,
    /// How many observations that would rest on.
    pub tried_n: i64,
}

impl Trial {
    /// Begins with a tenant as it is.
    ///
    /// # Errors
    /// When this machine's disk takes no folder.
    pub fn of(now: &Tenant) -> Result<Self> {
        Ok(Self { now: now.clone(), tried: now.tried()? })
    }

    /// The tenant to try something on.
    pub fn tenant(&self) -> &Tenant {
        &self.tried
    }

    /// What of its facts and of the figures of these questions is another now that something was tried. The facts as they are were made
    /// under `settings`, those that were tried under `tried`.
    ///
    /// # Errors
    /// When a question cannot be asked, or storage fails.
    pub async fn effects(
        &self,
        questions: &[Question],
        settings: &Settings,
        tried: &Settings,
        clock: Clock,
    ) -> Result<Effects> {
        let session = self.both()?;
        let mut effects = Effects::default();
        for entity in FACTS.iter().filter(|entity| !FROZEN.contains(&entity.name)) {
            let columns: Vec<&str> = entity.columns().map(|column| column.name).collect();
            let effect = held(&session, entity.name, entity.key, &columns).await?;
            effects.tables.extend(effect);
        }
        for question in questions {
            let is = self.now.ask(question, settings, clock).await?;
            let would = self.tried.ask(question, tried, clock).await?;
            let total = |answer: &crate::metrics::Answer| {
                answer.groups.first().map_or_else(Figure::default, |group| group.total.clone())
            };
            let (figure, other) = (total(&is), total(&would));
            effects.figures.push(FigureEffect {
                metric: question.metric.clone(),
                title: is.definition.title.to_string(),
                unit: is.definition.unit.to_string(),
                value: figure.value,
                n: figure.n,
                tried_value: other.value,
                tried_n: other.n,
            });
        }
        Ok(effects)
    }

    /// A session over both: what was tried as `facts`, what is there as `now`. Files of either are read through the store of what was
    /// tried, which has both.
    fn both(&self) -> Result<Session> {
        let mut tables = TenantTable::all(self.tried.lake(), &Seen::default());
        let now = TenantTable::all(self.now.lake(), &Seen::default()).into_iter();
        let facts = now.filter(|(schema, ..)| *schema == Layer::Facts.name());
        tables.extend(facts.map(|(_, name, table)| (NOW, name, table)));
        Session::build(tables, self.tried.lake().runtime(), Limits::default(), &Policy::everything())
    }
}

/// What would change in a table; `None` where nothing would.
async fn held(session: &Session, table: &str, key: &[&str], columns: &[&str]) -> Result<Option<TableEffect>> {
    let on = key.iter().map(|column| format!("a.\"{column}\" = b.\"{column}\"")).collect::<Vec<_>>().join(" AND ");
    let first = key.first().copied().unwrap_or("id");
    let stays = format!("a.\"{first}\" IS NOT NULL AND b.\"{first}\" IS NOT NULL");
    let differ = |column: &&&str| format!("a.\"{column}\" IS DISTINCT FROM b.\"{column}\"");
    let others: Vec<&&str> = columns.iter().filter(|column| !key.contains(*column)).collect();
    let any = others.iter().map(differ).collect::<Vec<_>>().join(", ");
    let each = others.iter().map(|column| format!(", count(*) FILTER (WHERE {stays} AND {})", differ(column)));
    let statement = format!(
        "SELECT count(a.\"{first}\"), count(*) FILTER (WHERE a.\"{first}\" IS NULL), \
         count(*) FILTER (WHERE b.\"{first}\" IS NULL), count(*) FILTER (WHERE {stays} AND true IN ({any})){} \
         FROM {NOW}.\"{table}\" AS a FULL JOIN facts.\"{table}\" AS b ON {on}",
        each.collect::<String>()
    );
    let batches = session.collect(&statement).await?;
    let counts: Vec<i64> = batches.first().map(counts).unwrap_or_default();
    let [rows, come, go, change, by_column @ ..] = counts.as_slice() else { return Ok(None) };
    if come + go + change == 0 {
        return Ok(None);
    }
    let by_column = others.iter().zip(by_column).filter(|(_, n)| **n > 0);
    Ok(Some(TableEffect {
        table: table.to_owned(),
        rows: *rows,
        come: *come,
        go: *go,
        change: *change,
        columns: by_column.map(|(column, n)| ((**column).to_owned(), *n)).collect(),
    }))
}

/// The one row of counts.
fn counts(batch: &RecordBatch) -> Vec<i64> {
    let count = |column: &Arc<dyn arrow::array::Array>| column.as_primitive_opt::<Int64Type>().map(|n| n.value(0));
    batch.columns().iter().filter_map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::{Entity, core};
    use crate::lake::When;
    use crate::metrics::{Compare, Filter, Grain};
    use crate::model::ModelReport;
    use crate::row::{self, Row, Value};
    use crate::{Engine, Flow, Pattern, People, Stage, TenantId};

    const DAY: i64 = 86_400_000_000;
    /// 2 March 2026, a Monday.
    const BEGIN: i64 = 1_772_409_600_000_000;

    fn of(name: &'static str, id: &str) -> Row {
        let row = Row::new(core(name).unwrap()).set("id", id).set("connection", "push:a");
        row.set("observed_at", Value::Time(BEGIN)).set("raw", "push/1/1")
    }

    async fn keep(tenant: &Tenant, rows: &[Row]) {
        let entity: &'static Entity = rows[0].entity();
        let batch = row::batch(entity, rows).unwrap();
        tenant.lake().table(entity).upsert(&batch, &[], When::Changed).await.unwrap();
    }

    /// Ada closes an item in Jira, and is in a team at GitHub: the same address in both tools.
    async fn tenant(folder: &std::path::Path) -> Tenant {
        let engine = Engine::open(&format!("file://{}", folder.display())).await.unwrap();
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        tenant.lake().raw("push").unwrap().append(&[], &[], When::On(None)).await.unwrap();
        let ada = |id: &str| of("identities", id).set("name", "Ada").set("email", "ada@acme.com").set("is_bot", false);
        keep(&tenant, &[ada("git:g:ada"), ada("jira:j:ada")]).await;
        let member = of("team_members", "push:a:m").set("team_id", "push:a:payments").set("member_id", "git:g:ada");
        keep(&tenant, &[member]).await;
        keep(&tenant, &[of("teams", "push:a:payments").set("name", "Payments")]).await;
        let time = |days: i64| Value::Time(BEGIN + days * DAY);
        let item = of("work_items", "push:a:1")
            .set("key", "A-1")
            .set("assignee_id", "jira:j:ada")
            .set("project_id", "push:a:p");
        let item = item.set("status", "Done").set("status_category", "done").set("created_at", time(0));
        keep(&tenant, &[item]).await;
        let moved = |id: &str, from: &str, to: &str, days| {
            let row = of("work_item_transitions", id).set("work_item_id", "push:a:1").set("field", "status");
            row.set("from_value", from).set("to_value", to).set("changed_at", time(days)).set("position", 0)
        };
        keep(&tenant, &[moved("push:a:t1", "Open", "Doing", 1), moved("push:a:t2", "Doing", "Done", 3)]).await;
        let status = |id: &str, name: &str, category: &str| {
            of("statuses", id).set("name", name).set("status_category", category)
        };
        let statuses = [("push:a:s1", "Open", "todo"), ("push:a:s2", "Doing", "doing"), ("push:a:s3", "Done", "done")];
        keep(&tenant, &statuses.map(|(id, name, category)| status(id, name, category))).await;
        tenant
    }

    fn cycle_time() -> Question {
        Question {
            metric: "cycle_time".to_owned(),
            from: "2026-03-01".parse().unwrap(),
            until: "2026-04-01".parse().unwrap(),
            grain: Grain::Month,
            by: None,
            filter: Filter { teams: vec!["push:a:payments".to_owned()], ..Filter::default() },
            compare: None::<Compare>,
        }
    }

    fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { all.extend(files(&entry)) } else { all.push(entry) }
        }
        all.sort();
        all
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_would_change_is_told_row_by_row_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let tenant = tenant(folder.path()).await;
        let apart = Settings { people: People { by_email: false, ..People::default() }, ..Settings::default() };
        tenant.model(&apart).await.unwrap();
        let before = files(folder.path());
        let stage = Stage { name: "Doing".to_owned(), statuses: vec![Pattern::new("doing").unwrap()], active: true };
        let one = Settings { flow: Flow { stages: vec![stage], ..Flow::default() }, ..Settings::default() };
        let trial = Trial::of(&tenant).unwrap();
        trial.tenant().model(&one).await.unwrap();
        let clock = Clock::Fixed(BEGIN + 40 * DAY);
        let effects = trial.effects(&[cycle_time()], &apart, &one, clock).await.unwrap();
        let effect = |table: &str| effects.tables.iter().find(|effect| effect.table == table).cloned();
        let people = effect("people").unwrap();
        assert_eq!((people.rows, people.come, people.go, people.change), (2, 0, 1, 1), "{people:?}");
        let items = effect("work_items").unwrap();
        assert_eq!((items.rows, items.come, items.go, items.change), (1, 0, 0, 1));
        assert_eq!(
            items.columns.iter().map(|(name, n)| (name.as_str(), *n)).collect::<Vec<_>>(),
            [("active_seconds", 1), ("assignee_id", 1), ("returned", 1), ("team_id", 1), ("waiting_seconds", 1)]
        );
        assert_eq!(effect("work_item_stays").unwrap().columns.get("stage"), Some(&1));
        assert_eq!(effect("deployments"), None);
        let figure = &effects.figures[0];
        assert_eq!((figure.value, figure.n), (None, 0), "nobody of the team did anything");
        assert_eq!((figure.tried_value, figure.tried_n), (Some(2.0 * 86_400.0), 1));
        assert_eq!(files(folder.path()), before, "the lake stays as it was");
        let again = trial.effects(&[], &apart, &one, clock).await.unwrap();
        assert_eq!(again.tables, effects.tables);
        // Done for good, nothing is left to change.
        tenant.model(&one).await.unwrap();
        let nothing = Trial::of(&tenant).unwrap();
        nothing.tenant().model(&one).await.unwrap();
        assert_eq!(nothing.effects(&[], &one, &one, Clock::System).await.unwrap(), Effects::default());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_one_person_is_decided_by_people_and_read_in_sql() {
        let folder = tempfile::tempdir().unwrap();
        let tenant = tenant(folder.path()).await;
        tenant.model(&Settings::default()).await.unwrap();
        let people = async || {
            let rows = tenant.sql("SELECT id, name, identities, merged_by FROM people ORDER BY id").await.unwrap();
            arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string()
        };
        let one = people().await;
        assert!(one.contains("[git:g:ada, jira:j:ada] | [email]"), "{one}");
        let decided = of("identity_overrides", "push:a:d").set("identity_id", "jira:j:ada").set("made_by", "eve");
        keep(&tenant, &[decided.set("made_at", Value::Time(BEGIN)).set("reason", "they share an address")]).await;
        tenant.model(&Settings::default()).await.unwrap();
        let two = people().await;
        assert!(two.contains("[git:g:ada]") && two.contains("[jira:j:ada]"), "{two}");
        // A person of whom a source tells as such.
        keep(&tenant, &[of("people", "push:a:eve").set("name", "Eve").set("is_bot", false)]).await;
        tenant.model(&Settings::default()).await.unwrap();
        assert!(people().await.contains("push:a:eve"));
        assert_eq!(tenant.model(&Settings::default()).await.unwrap(), ModelReport::default(), "nothing is new");
        let mapping = crate::mapping(&tenant).await.unwrap();
        let statuses: Vec<_> = mapping.statuses.iter().map(|s| (s.status.as_str(), s.likely, s.items)).collect();
        assert_eq!(statuses.len(), 3);
        assert!(statuses.contains(&("Doing", "In progress", 1)), "{statuses:?}");
        assert_eq!(mapping.people, [], "a first name alone tells nothing");
        let full = |id: &str| of("identities", id).set("name", "Grace Hopper").set("is_bot", false);
        keep(&tenant, &[full("git:g:grace"), full("jira:j:grace")]).await;
        tenant.model(&Settings::default()).await.unwrap();
        let likely = crate::mapping(&tenant).await.unwrap().people;
        let people: Vec<&str> = likely[0].people.iter().map(|person| person.id.as_str()).collect();
        assert_eq!((likely.len(), likely[0].why.as_str(), people), (1, "name", vec!["git:g:grace", "jira:j:grace"]));
        let apart = |id: &str, identity: &str| {
            let row = of("identity_overrides", id).set("identity_id", identity).set("made_by", "eve");
            row.set("made_at", Value::Time(BEGIN))
        };
        keep(&tenant, &[apart("push:a:g1", "git:g:grace"), apart("push:a:g2", "jira:j:grace")]).await;
        tenant.model(&Settings::default()).await.unwrap();
        assert_eq!(crate::mapping(&tenant).await.unwrap().people, [], "somebody decided");
        let limited = tenant.under(&Policy::only(["push:a:payments"], []));
        assert!(crate::mapping(&limited).await.unwrap_err().to_string().contains("see all of the tenant"));
    }
}
