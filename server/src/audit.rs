//! The audit trail: who did what, in each tenant's own `audit` table, chained so that a row that was changed or taken out is
//! found.
//!
//! An event is written to the control database first, where a crash loses none. From there it goes to the lake: numbered and
//! summed once, and appended in one commit with the number that the trail has reached, so that it stands there once however
//! often that is tried.

mod asked;
mod forget;
mod resume;

pub use asked::{Asked, SqlText};
pub(crate) use asked::{Begun, UNFINISHED, begin, write};
pub(crate) use forget::forget;
pub(crate) use resume::beyond;

use crate::control::Control;
use crate::secret::sum;
use crate::{Error, Result};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::prelude::{Expr, col, lit};
use futures::TryStreamExt as _;
use pulse_engine::entities::AUDIT;
use pulse_engine::lake::{KEPT_HOURS, Progress, Table, TenantLake, When};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Engine, TenantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sum before the first event.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The trail of what belongs to no tenant.
pub const PLATFORM: &str = "platform";

/// Something that was done, tried or refused. The columns of `audit.events` say what each field is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the entity documents them")]
pub struct Event {
    pub at: i64,
    pub action: String,
    pub outcome: String,
    pub actor: Option<String>,
    pub session: Option<String>,
    pub target: Option<String>,
    pub address: Option<String>,
    pub agent: Option<String>,
    pub detail: Option<String>,
    pub rows: Option<i64>,
    pub bytes: Option<i64>,
    // What came later is left out of the sum where it is not there: sums that were made before stay right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The trail that it belongs to: one for each control database that the lake ever had.
    pub trail: String,
    /// Its number.
    pub sequence: i64,
    /// The sum before it.
    pub previous: String,
    /// Its sum.
    pub sum: String,
    /// What happened.
    pub event: Event,
}

impl Link {
    /// The event after the one of this sum, in its trail.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn after(trail: &str, previous: &str, sequence: i64, event: Event) -> Result<Self> {
        // JSON of the fields in their order: no two events are written alike.
        let sum = sum(&serde_json::to_string(&(trail, previous, sequence, &event))?);
        Ok(Self { trail: trail.to_owned(), sequence, previous: previous.to_owned(), sum, event })
    }

    fn row(&self) -> Row {
        let event = &self.event;
        Row::new(&AUDIT)
            .set("trail", self.trail.as_str())
            .set("sequence", self.sequence)
            .set("at", Value::Time(event.at))
            .set("action", event.action.as_str())
            .set("outcome", event.outcome.as_str())
            .set("actor", event.actor.clone())
            .set("session", event.session.clone())
            .set("target", event.target.clone())
            .set("address", event.address.clone())
            .set("agent", event.agent.clone())
            .set("detail", event.detail.clone())
            .set("rows", event.rows)
            .set("bytes", event.bytes)
            .set("previous", self.previous.as_str())
            .set("sum", self.sum.as_str())
            .set("query", event.query.clone())
            .set("milliseconds", event.milliseconds)
            .set("memory_bytes", event.memory_bytes)
            .set("cached", event.cached)
            .set("plan", event.plan.clone())
    }
}

/// Brings what waits in the control database to the lake. It may be stopped anywhere, and run by several at once. Where one
/// tenant's cannot be brought, the others' is all the same.
///
/// # Errors
/// When database or storage fails; what waits then waits on.
pub async fn land(control: &Control, engine: &Engine) -> Result<()> {
    let mut failed = None;
    for tenant in control.waiting_trails().await? {
        if let Err(error) = land_one(control, engine, &tenant).await {
            tracing::warn!(%error, %tenant, "an audit trail waits in the control database");
            failed = Some(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// How many commits bring a trail at once: one that is written to all the time would go on for ever.
const COMMITS: usize = 10;

/// In how many files too many a trail stands at most, since each of those commits leaves one.
const SCATTERED: usize = 250;

/// Brings what waits of one trail.
///
/// # Errors
/// As [`land`].
pub async fn land_one(control: &Control, engine: &Engine, tenant: &TenantId) -> Result<()> {
    let lake = engine.tenant(tenant).lake().clone();
    for _ in 0..COMMITS {
        let links = control.number_events(tenant).await?;
        let Some(last) = links.last().map(|link| link.sequence) else { break };
        append(&lake, &links).await?;
        control.forget_events(tenant, last).await?;
        let trail = lake.audit();
        if trail.scattered_files().await? >= SCATTERED
            && let Err(error) = tidy(&trail).await
        {
            tracing::warn!(%error, %tenant, "an audit trail was not compacted, which makes it slow to read: the next landing tries again");
        }
    }
    Ok(())
}

/// Puts the files of a trail together, and deletes what left it long ago: no job does so with the platform's.
async fn tidy(trail: &Table) -> Result<()> {
    trail.compact().await?;
    trail.vacuum(KEPT_HOURS, false).await?;
    Ok(())
}

async fn append(lake: &TenantLake, links: &[Link]) -> Result<()> {
    let table = lake.audit();
    // What the number that a trail has reached is noted under.
    let Some(app) = links.first().map(|link| format!("audit:{}", link.trail)) else { return Ok(()) };
    loop {
        let base = table.latest().await?;
        let reached = match &base {
            Some(base) => base.progress(&app).await?.unwrap_or_default(),
            None => 0,
        };
        let there = links.partition_point(|link| link.sequence <= reached);
        let (there, new) = links.split_at(there);
        hold(lake, there).await?;
        let Some(last) = new.last() else { return Ok(()) };
        let rows: Vec<Row> = new.iter().map(Link::row).collect();
        let progress = Progress::new(&app, last.sequence.unsigned_abs());
        let on = When::On(base.map(|base| base.version()));
        match table.append(&[row::batch(&AUDIT, &rows)?], &[progress], on).await {
            // Another process was at the same work: what it has landed is left out.
            Err(pulse_engine::Error::Overtaken { .. }) => {}
            done => return Ok(done.map(|_| ())?),
        }
    }
}

/// Looks whether events that a trail has reached are the very ones that stand there: others that have their numbers would be lost.
async fn hold(lake: &TenantLake, links: &[Link]) -> Result<()> {
    let [first, ..] = links else { return Ok(()) };
    let there = resume::links_after(lake, &first.trail, first.sequence - 1).await?;
    let sums: BTreeMap<i64, &str> = there.iter().map(|link| (link.sequence, link.sum.as_str())).collect();
    // One that is not there was let go since because of its age.
    match links.iter().find(|link| sums.get(&link.sequence).is_some_and(|sum| *sum != link.sum)) {
        None => Ok(()),
        Some(link) => Err(Error::Data(format!(
            "event {} of the audit trail is another in the lake than in the control database, which waits with its own: they are not of one \
             state, as after the restore of one of them alone",
            link.sequence
        ))),
    }
}

/// Tells of each event of a tenant's trails, in any order: of all, or but for some of those that have smaller numbers than one, since two
/// processes that land a trail side by side look at its end all the time.
async fn each(lake: &TenantLake, from: Option<i64>, mut tell: impl FnMut(Link)) -> Result<()> {
    let Some(snapshot) = lake.audit().latest().await? else { return Ok(()) };
    let wanted: Vec<Expr> = from.map(|from| col("sequence").gt_eq(lit(from))).into_iter().collect();
    let mut rows = snapshot.read(None, None, &wanted).await?;
    while let Some(batch) = rows.try_next().await.map_err(pulse_engine::Error::from)? {
        read(&batch)?.into_iter().for_each(&mut tell);
    }
    Ok(())
}

/// What a look at a trail found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How many events stand in the lake.
    pub events: i64,
    /// What is wrong with it, the first first; nothing when it is whole.
    pub problems: Vec<String>,
}

/// How many problems are told.
const TOLD: usize = 20;

/// Recomputes a tenant's trails: whether each row is as it was written, and none is missing, twice there, or too many. Where
/// the trail of this control database should end is known; those of earlier ones may end anywhere. Each begins with its first event, or
/// after the last that was let go.
///
/// # Errors
/// When database or storage fails.
pub async fn verify(control: &Control, engine: &Engine, tenant: &TenantId) -> Result<Verdict> {
    let head = control.landed_head(tenant).await?;
    let mut links: BTreeMap<(String, i64), Link> = BTreeMap::new();
    let (mut problems, mut events) = (Vec::new(), 0);
    each(engine.tenant(tenant).lake(), None, |link| {
        events += 1;
        if let Some(first) = links.insert((link.trail.clone(), link.sequence), link) {
            problems.push(format!("event {} stands there twice", first.sequence));
        }
    })
    .await?;
    // What was let go meanwhile is told beyond where the trail ended before. And what came meanwhile was numbered before it came.
    let (end, numbered) = (control.landed_head(tenant).await?, control.numbered_head(tenant).await?);
    let gone = forget::told(links.values(), &end);
    let begin = |trail: &str| gone.get(trail).cloned().unwrap_or_else(|| (0, START.to_owned()));
    let mut ends: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for link in links.into_values() {
        // What was let go may be there still, until the next time.
        if gone.get(&link.trail).is_some_and(|(until, _)| link.sequence <= *until) {
            continue;
        }
        let (last, sum) = ends.entry(link.trail.clone()).or_insert_with(|| begin(&link.trail));
        if link.sequence != *last + 1 {
            problems.push(format!("events {} to {} are missing", *last + 1, link.sequence - 1));
        } else if link.previous != *sum {
            problems.push(format!("event {} does not follow the one before it", link.sequence));
        }
        if Link::after(&link.trail, &link.previous, link.sequence, link.event)?.sum != link.sum {
            problems.push(format!("event {} is not as it was written", link.sequence));
        }
        (*last, *sum) = (link.sequence, link.sum);
    }
    let (last, sum) = head.trail.and_then(|trail| ends.remove(&trail)).unwrap_or_else(|| (0, START.to_owned()));
    if last < head.sequence {
        problems.push(format!("events {} to {} are missing", last + 1, head.sequence));
    } else if last == head.sequence && sum != head.sum {
        problems.push(format!("the trail does not end as it was written: event {last} is another"));
    } else if last > numbered.sequence {
        let (from, end) = (numbered.sequence + 1, numbered.sequence);
        let which =
            if from == last { format!("event {last} stands") } else { format!("events {from} to {last} stand") };
        problems
            .push(format!("{which} beyond the end of the trail, event {end}: this control database did not write it"));
    } else if last == numbered.sequence && sum != numbered.sum {
        problems.push(format!("the trail does not end as it was written: event {last} is another"));
    }
    problems.truncate(TOLD);
    Ok(Verdict { events, problems })
}

fn read(batch: &RecordBatch) -> Result<Vec<Link>> {
    let lacks =
        |name: &str| Error::Data(format!("the audit table has no column `{name}` of the kind that it should have"));
    let text =
        |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()).ok_or_else(|| lacks(name));
    let number = |name: &str| {
        batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(|| lacks(name))
    };
    let at = batch.column_by_name("at").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    let (at, sequence) = (at.ok_or_else(|| lacks("at"))?, number("sequence")?);
    let (action, outcome, actor, session) = (text("action")?, text("outcome")?, text("actor")?, text("session")?);
    let (target, address, agent, detail) = (text("target")?, text("address")?, text("agent")?, text("detail")?);
    let (trail, rows, bytes) = (text("trail")?, number("rows")?, number("bytes")?);
    let (previous, sum) = (text("previous")?, text("sum")?);
    let (query, plan) = (text("query")?, text("plan")?);
    let (milliseconds, memory_bytes) = (number("milliseconds")?, number("memory_bytes")?);
    let cached = batch.column_by_name("cached").and_then(|c| c.as_boolean_opt()).ok_or_else(|| lacks("cached"))?;
    let maybe = |column: &arrow::array::StringArray, i: usize| column.is_valid(i).then(|| column.value(i).to_owned());
    let count = |column: &arrow::array::Int64Array, i: usize| column.is_valid(i).then(|| column.value(i));
    let link = |i: usize| Link {
        trail: trail.value(i).to_owned(),
        sequence: sequence.value(i),
        previous: previous.value(i).to_owned(),
        sum: sum.value(i).to_owned(),
        event: Event {
            at: at.value(i),
            action: action.value(i).to_owned(),
            outcome: outcome.value(i).to_owned(),
            actor: maybe(actor, i),
            session: maybe(session, i),
            target: maybe(target, i),
            address: maybe(address, i),
            agent: maybe(agent, i),
            detail: maybe(detail, i),
            rows: count(rows, i),
            bytes: count(bytes, i),
            query: maybe(query, i),
            milliseconds: count(milliseconds, i),
            memory_bytes: count(memory_bytes, i),
            cached: cached.is_valid(i).then(|| cached.value(i)),
            plan: maybe(plan, i),
        },
    };
    Ok((0..batch.num_rows()).map(link).collect())
}
