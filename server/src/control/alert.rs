//! Alerts, as the control database keeps them: where each stands, and how it came there.

use super::Control;
use super::database::{Whole, failed, json, maybe_number, maybe_text, number, text};
use super::event::News;
use super::page::{Cursor, Page};
use super::queue::short;
use crate::alerts::{AlertState, Member, Severity, Standing};
use crate::auth::Permission;
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::Serialize;
use serde_json::{Value, json as object};
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Something that people should know of, or knew of. Times are in microseconds since 1970; `null` is what has not been.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What of the rule it is about; empty: all of it.
    pub key: String,
    /// What the rule is called.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: AlertState,
    /// What is so, or what became of it.
    pub reason: String,
    /// The value, where there is one.
    pub value: Option<f64>,
    /// Where the rows behind it are.
    pub evidence: Option<String>,
    /// What it is about.
    pub members: Vec<Member>,
    /// Since when the condition holds.
    pub since: i64,
    /// When it had held for long enough; `null`: it has not.
    pub fired_at: Option<i64>,
    /// Since when it does not hold any more, while that is not long enough.
    pub clearing_since: Option<i64>,
    /// When people were told.
    pub told_at: Option<i64>,
    /// When others were told, since nobody had acknowledged it.
    pub escalated_at: Option<i64>,
    /// When somebody said that they look after it.
    pub acknowledged_at: Option<i64>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// Whose it is, a user's key; `null`: nobody's in particular.
    pub assigned_to: Option<String>,
    /// Since when it is theirs.
    pub assigned_at: Option<i64>,
    /// Who said so.
    pub assigned_by: Option<String>,
    /// When it was over.
    pub cleared_at: Option<i64>,
    /// When it came to be known of.
    pub created_at: i64,
    /// When it last changed.
    pub changed_at: i64,
    #[serde(skip)]
    pub(super) owner: String,
    /// The keys of the members that people were told of, those that left it again among them.
    #[serde(skip)]
    pub(crate) told: BTreeSet<String>,
}

/// A change of an alert's state, or something that happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AlertStep {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The state that it was in then.
    pub state: AlertState,
    /// The value, where there was one.
    pub value: Option<f64>,
    /// Why.
    pub reason: String,
}

/// A step with the alert that it belongs to, as that stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRecord {
    /// The alert.
    pub alert: Alert,
    /// The number of the step in it, from 1.
    pub number: i64,
    /// The step.
    pub step: AlertStep,
}

impl Alert {
    /// Where it stands, with the instants that decide where it goes.
    pub fn standing(&self) -> Standing {
        let Self { state, since, fired_at, clearing_since, .. } = *self;
        Standing { state, since, fired_at, clearing_since }
    }

    /// Whether the history of its steps says the same of it as of another that came through the same: where it does not, it has changed,
    /// and the history is written anew.
    pub(super) fn has_history_of(&self, other: &Self) -> bool {
        let said = |of: &Self| (of.severity, of.told_at, of.escalated_at);
        (&self.title, &self.evidence) == (&other.title, &other.evidence) && said(self) == said(other)
    }
}

/// What is open of a tenant, in the order of the index of that: what was over long ago is not gone through.
const ALL_OPEN: &str =
    "SELECT * FROM alerts WHERE tenant_id = $1 AND state IN ('pending', 'firing', 'acknowledged') ORDER BY rule, key";
/// How far the history of a tenant is. A step comes with a change of its alert: an index tells how many there are.
const MARKS: &str = "SELECT COUNT(*) AS steps, COALESCE(MAX(a.changed_at), 0) AS changed
     FROM alerts a JOIN alert_steps s ON s.alert_id = a.id WHERE a.tenant_id = $1";

impl Control {
    /// The alerts of a tenant, the newest first, a page at a time: those in a state, or all; those of rules of one owner, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alerts(
        &self,
        tenant: &TenantId,
        owner: Option<&str>,
        state: Option<AlertState>,
        cursor: &Cursor,
    ) -> Result<Page<Alert>> {
        let statement =
            "SELECT * FROM alerts WHERE tenant_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR owner = $3)
             AND (-created_at > $4 OR (-created_at = $4 AND id > $5)) ORDER BY created_at DESC, id LIMIT $6";
        let query = || {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(state.map_or("", AlertState::name));
            query.bind(owner.unwrap_or_default())
        };
        self.page(query, cursor, alert, |one: &Alert| (-one.created_at, &one.id)).await
    }

    /// An alert with how it came to where it stands, the first step first; of rules of one owner, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert(
        &self,
        tenant: &TenantId,
        owner: Option<&str>,
        id: &str,
    ) -> Result<Option<(Alert, Vec<AlertStep>)>> {
        let query = sqlx::query("SELECT * FROM alerts WHERE tenant_id = $1 AND id = $2 AND ($3 = '' OR owner = $3)");
        let query = query.bind(tenant.as_str()).bind(id).bind(owner.unwrap_or_default());
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let query = sqlx::query("SELECT * FROM alert_steps WHERE alert_id = $1 ORDER BY number").bind(id);
        let steps = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        Ok(Some((alert(&row)?, steps.iter().map(step).collect::<Result<_>>()?)))
    }

    /// How many steps a tenant's alerts have, and when the last change was; zeros where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_marks(&self, tenant: &TenantId) -> Result<[i64; 2]> {
        let row = sqlx::query(MARKS).bind(tenant.as_str()).fetch_one(self.database.pool()).await.map_err(failed)?;
        Ok([number(&row, "steps")?, number(&row, "changed")?])
    }

    /// All steps of all alerts of a tenant that are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_history(&self, tenant: &TenantId) -> Result<Vec<AlertRecord>> {
        let query = sqlx::query("SELECT * FROM alerts WHERE tenant_id = $1").bind(tenant.as_str());
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let alerts = rows.iter().map(|row| alert(row).map(|alert| (alert.id.clone(), alert)));
        let alerts = alerts.collect::<Result<BTreeMap<_, _>>>()?;
        let query = sqlx::query(
            "SELECT s.* FROM alert_steps s JOIN alerts a ON a.id = s.alert_id WHERE a.tenant_id = $1
             ORDER BY s.at, s.alert_id, s.number",
        );
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            // One that came in between is in the next history.
            let Some(alert) = alerts.get(&text(row, "alert_id")?) else { continue };
            all.push(AlertRecord { alert: alert.clone(), number: number(row, "number")?, step: step(row)? });
        }
        Ok(all)
    }
}

/// The open alerts of a rule.
pub(super) async fn open(whole: &mut Whole, tenant: &TenantId, rule: &str) -> Result<Vec<Alert>> {
    let query = sqlx::query(
        "SELECT * FROM alerts WHERE tenant_id = $1 AND rule = $2 AND state IN ('pending', 'firing', 'acknowledged') ORDER BY key",
    );
    let rows = query.bind(tenant.as_str()).bind(rule).fetch_all(&mut ***whole).await.map_err(failed)?;
    rows.iter().map(alert).collect()
}

/// The open alerts of all rules of a tenant, by rule, as they are kept: one that cannot be read is no matter of another rule's.
pub(super) async fn all_open(whole: &mut Whole, tenant: &TenantId) -> Result<BTreeMap<String, Vec<AnyRow>>> {
    let rows = sqlx::query(ALL_OPEN).bind(tenant.as_str()).fetch_all(&mut ***whole).await.map_err(failed)?;
    let mut all: BTreeMap<String, Vec<AnyRow>> = BTreeMap::new();
    for row in rows {
        all.entry(text(&row, "rule")?).or_default().push(row);
    }
    Ok(all)
}

/// Ends all alerts of a rule, without a message.
pub(super) async fn end_all(whole: &mut Whole, tenant: &TenantId, rule: &str, why: &str, now: i64) -> Result<()> {
    for before in open(whole, tenant, rule).await? {
        let after = Alert { state: AlertState::Cleared, cleared_at: Some(now), changed_at: now, ..before };
        keep(whole, tenant, &after).await?;
        note(whole, tenant, &after, why, now).await?;
    }
    Ok(())
}

/// Keeps an alert as it is: a new one, or one that is there already.
pub(super) async fn keep(whole: &mut Whole, tenant: &TenantId, alert: &Alert) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO alerts (id, tenant_id, rule, key, owner, title, severity, state, reason, value, evidence, members, since, fired_at,
             clearing_since, told_at, escalated_at, acknowledged_at, acknowledged_by, cleared_at, created_at, changed_at,
             told_keys, assigned_to, assigned_at, assigned_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
             $26)
         ON CONFLICT (id) DO UPDATE SET owner = $5, title = $6, severity = $7, state = $8, reason = $9, value = $10,
             evidence = $11, members = $12, since = $13, fired_at = $14, clearing_since = $15, told_at = $16, escalated_at = $17,
             acknowledged_at = $18, acknowledged_by = $19, cleared_at = $20, changed_at = $22, told_keys = $23,
             assigned_to = $24, assigned_at = $25, assigned_by = $26",
    );
    let query = query.bind(&alert.id).bind(tenant.as_str()).bind(&alert.rule).bind(&alert.key).bind(&alert.owner);
    let query =
        query.bind(&alert.title).bind(alert.severity.name()).bind(alert.state.name()).bind(short(&alert.reason));
    let query = query.bind(serde_json::to_string(&alert.value)?).bind(alert.evidence.clone().unwrap_or_default());
    let query = query.bind(serde_json::to_string(&alert.members)?).bind(alert.since).bind(alert.fired_at);
    let query =
        query.bind(alert.clearing_since).bind(alert.told_at).bind(alert.escalated_at).bind(alert.acknowledged_at);
    let query = query.bind(alert.acknowledged_by.clone()).bind(alert.cleared_at).bind(alert.created_at);
    let query = query.bind(alert.changed_at).bind(serde_json::to_string(&alert.told)?);
    let query = query.bind(alert.assigned_to.clone()).bind(alert.assigned_at).bind(alert.assigned_by.clone());
    query.execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Notes a step of an alert, and tells those who look on of it, as far as they see everything: who does not knows of no rules and alerts
/// but their own.
pub(super) async fn note(whole: &mut Whole, tenant: &TenantId, alert: &Alert, why: &str, at: i64) -> Result<()> {
    note_only(whole, alert, alert.state, why, at).await?;
    whole.tell(
        tenant,
        News {
            at: alert.changed_at,
            kind: format!("alert.{}", alert.state.name()),
            subject: alert.id.clone(),
            user: None,
            permission: Some(Permission::MetricsRead),
            of_all: true,
            notifies: false,
            detail: object!({ "rule": alert.rule, "severity": alert.severity, "assigned_to": alert.assigned_to }),
        },
    );
    Ok(())
}

/// Notes something that happened to an alert, and tells nobody.
pub(super) async fn note_only(whole: &mut Whole, alert: &Alert, state: AlertState, why: &str, at: i64) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO alert_steps (alert_id, number, at, state, value, reason)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM alert_steps WHERE alert_id = $1",
    );
    let query = query.bind(&alert.id).bind(at).bind(state.name()).bind(serde_json::to_string(&alert.value)?);
    query.bind(short(why)).execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// An alert, as it is kept.
pub(super) fn alert(row: &AnyRow) -> Result<Alert> {
    let severity = text(row, "severity")?;
    let severity = serde_json::from_value(Value::String(severity.clone()))
        .map_err(|_| Error::Database(format!("an alert is of the unknown severity `{severity}`")))?;
    let (members, told_at): (Vec<Member>, _) = (json(row, "members")?, maybe_number(row, "told_at")?);
    let told = if text(row, "told_keys")?.is_empty() {
        // An earlier version told people of all that were there.
        let all = members.iter().filter(|_| told_at.is_some());
        all.map(|member| member.key.clone()).collect()
    } else {
        json(row, "told_keys")?
    };
    Ok(Alert {
        id: text(row, "id")?,
        rule: text(row, "rule")?,
        key: text(row, "key")?,
        title: text(row, "title")?,
        severity,
        state: AlertState::of(&text(row, "state")?)?,
        reason: text(row, "reason")?,
        value: json(row, "value")?,
        evidence: Some(text(row, "evidence")?).filter(|path| !path.is_empty()),
        members,
        since: number(row, "since")?,
        fired_at: maybe_number(row, "fired_at")?,
        clearing_since: maybe_number(row, "clearing_since")?,
        told_at,
        escalated_at: maybe_number(row, "escalated_at")?,
        acknowledged_at: maybe_number(row, "acknowledged_at")?,
        acknowledged_by: maybe_text(row, "acknowledged_by")?,
        assigned_to: maybe_text(row, "assigned_to")?,
        assigned_at: maybe_number(row, "assigned_at")?,
        assigned_by: maybe_text(row, "assigned_by")?,
        cleared_at: maybe_number(row, "cleared_at")?,
        created_at: number(row, "created_at")?,
        changed_at: number(row, "changed_at")?,
        owner: text(row, "owner")?,
        told,
    })
}

fn step(row: &AnyRow) -> Result<AlertStep> {
    Ok(AlertStep {
        at: number(row, "at")?,
        state: AlertState::of(&text(row, "state")?)?,
        value: json(row, "value")?,
        reason: text(row, "reason")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Clock;
    use sqlx::AssertSqlSafe;

    #[tokio::test]
    async fn a_look_does_not_go_through_all_that_ever_was() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::Fixed(1)).await.unwrap();
        for (statement, index) in [(ALL_OPEN, "INDEX alerts_open (tenant_id=?)"), (MARKS, "s USING COVERING INDEX")] {
            let query = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"))).bind("acme");
            let rows = query.fetch_all(control.database.pool()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| text(row, "detail").unwrap()).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
        }
    }
}
