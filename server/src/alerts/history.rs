//! The history of alerts in the lake, so that it can be asked in SQL: `facts.alerts`, put anew when something happened.

use crate::control::{AlertRecord, Control};
use crate::{Error, Result};
use pulse_engine::entities::{self, Entity};
use pulse_engine::lake::{Progress, Snapshot, When};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Error as Failed, Tenant};

/// How far the table has come: how many steps there are, and when the last change was.
const MARKS: [&str; 2] = ["alerts:steps", "alerts:changed"];

/// How often it is tried while others write it at the same time.
const TRIES: usize = 5;

/// Brings the tenant's `facts.alerts` to where the control database stands: with what happened, and without what is forgotten by now.
///
/// # Errors
/// When database or storage fails; done again, it goes on.
pub(super) async fn land(control: &Control, tenant: &Tenant) -> Result<()> {
    let mut tries = 0..TRIES;
    loop {
        tries.next();
        match landed(control, tenant).await {
            Err(Error::Engine(Failed::Overtaken { .. })) if !tries.is_empty() => {}
            done => return done,
        }
    }
}

async fn landed(control: &Control, tenant: &Tenant) -> Result<()> {
    let entity = entities::fact("alerts")?;
    let table = tenant.lake().table(entity);
    // Looked up before the database is asked: what somebody writes after that is newer than what is written here, and stays.
    let base = table.latest().await?;
    let reached = control.alert_marks(tenant.id()).await?;
    let marks: Vec<Progress> =
        MARKS.iter().zip(reached).map(|(app, version)| Progress { app: (*app).to_owned(), version }).collect();
    if is_there(base.as_deref(), &marks).await? {
        return Ok(());
    }
    let rows: Vec<Row> = control.alert_history(tenant.id()).await?.iter().map(|record| line(entity, record)).collect();
    // What is forgotten takes the marks back.
    let when = When::ChangedOn(base.map(|base| base.version()));
    table.replace(&[row::batch(entity, &rows)?], None, &marks, when).await?;
    Ok(())
}

async fn is_there(newest: Option<&Snapshot>, marks: &[Progress]) -> Result<bool> {
    let Some(newest) = newest else { return Ok(marks.iter().all(|mark| mark.version == 0)) };
    for mark in marks {
        if newest.progress(&mark.app).await? != Some(mark.version) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn line(entity: &'static Entity, record: &AlertRecord) -> Row {
    let AlertRecord { alert, number, step } = record;
    Row::new(entity)
        .set("id", format!("{}/{number}", alert.id))
        .set("alert", alert.id.as_str())
        .set("number", *number)
        .set("at", Value::Time(step.at))
        .set("state", step.state.name())
        .set("value", step.value)
        .set("reason", step.reason.as_str())
        .set("rule", alert.rule.as_str())
        .set("key", alert.key.as_str())
        .set("title", alert.title.as_str())
        .set("severity", alert.severity.name())
        .set("since", Value::Time(alert.since))
        .set("fired_at", alert.fired_at.map(Value::Time))
        .set("told_at", alert.told_at.map(Value::Time))
        .set("escalated_at", alert.escalated_at.map(Value::Time))
        .set("acknowledged_at", alert.acknowledged_at.map(Value::Time))
        .set("acknowledged_by", alert.acknowledged_by.clone())
        .set("assigned_to", alert.assigned_to.clone())
        .set("assigned_at", alert.assigned_at.map(Value::Time))
        .set("assigned_by", alert.assigned_by.clone())
        .set("cleared_at", alert.cleared_at.map(Value::Time))
        .set("evidence", alert.evidence.clone())
}
