//! Alert rules, as the control database keeps them, and when they are to be looked at.

use super::alert::end_all;
use super::database::{Whole, failed, json, number, text};
use super::delivery::is_at_work;
use super::destination::named;
use super::event::News;
use super::job::{enqueue, hold};
use super::schedule::PARTS;
use super::{Control, DELIVER, ERASE, Job, JobState, Refusal, Trigger, tenant};
use crate::Result;
use crate::alerts::Rule;
use crate::auth::Permission;
use pulse_engine::TenantId;
use pulse_engine::metrics::Definition;
use serde::Serialize;
use serde_json::json as object;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// The kind of job that looks at a tenant's alert rules: without a subject at those over data, and then at the others.
pub const ALERT: &str = "alert";
/// The subject of the one that looks at the rules over jobs and connections alone. They ask nothing of the lake.
pub const OF_JOBS: &str = "jobs";
/// The most rules of a tenant.
const MOST: i64 = 200;
/// How many tenants' clocks are looked at in one go: in many tenants something is due when a week begins, or a night ends.
const AT_ONCE: u32 = 100;
/// How many tenants' looks are asked for in one commit, which takes a write to the disk: few enough that nobody waits long for it.
const IN_ONE_COMMIT: usize = 25;
/// When a look is asked for that says itself when the next is due, should it come to nothing.
const HOUR: i64 = 3600 * 1_000_000;

/// A rule of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AlertRule {
    /// What it is called.
    pub name: String,
    /// What it says.
    #[serde(flatten)]
    pub rule: Rule,
    /// The user as whom it looks: what they may not see, it does not see.
    pub owner: String,
    /// Before when nobody is told, in microseconds since 1970; `null`: it is not muted.
    pub muted_until: Option<i64>,
    /// Why it looks at nothing; `null`: it does.
    pub fault: Option<String>,
    /// When it was last looked at; `null`: never.
    pub looked_at: Option<i64>,
    /// Who set it, a user's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
    #[serde(skip)]
    pub(super) seen_until: i64,
}

impl AlertRule {
    /// The fields that stand beside those of what it says.
    pub(super) const BESIDE: [&str; 8] =
        ["name", "owner", "muted_until", "fault", "looked_at", "set_by", "set_at", "version"];
}

impl Control {
    /// The tenant's rules, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_rules(&self, tenant: &TenantId) -> Result<Vec<AlertRule>> {
        let query = sqlx::query("SELECT * FROM alert_rules WHERE tenant_id = $1 ORDER BY name").bind(tenant.as_str());
        query.fetch_all(self.database.pool()).await.map_err(failed)?.iter().map(rule).collect()
    }

    /// The rule of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_rule(&self, tenant: &TenantId, name: &str) -> Result<Option<AlertRule>> {
        let query = sqlx::query("SELECT * FROM alert_rules WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)?;
        row.as_ref().map(rule).transpose()
    }

    /// Sets a rule, which looks as `owner` from then on: a new one with version 0, or one that is still what it was at its version. It
    /// is looked at at once.
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`], [`Refusal::Invalid`].
    pub async fn set_alert_rule(
        &self,
        tenant: &TenantId,
        name: &str,
        (set, own): (&Rule, &[Definition]),
        owner: &str,
        version: i64,
    ) -> Result<AlertRule> {
        named(name)?;
        set.check(own)?;
        let query = if version == 0 {
            sqlx::query(
                "INSERT INTO alert_rules (rule, owner, watches_jobs, set_by, set_at, tenant_id, name, version, muted_until, fault,
                     looked_at, seen_until)
                 VALUES ($1, $2, $3, $2, $4, $5, $6, $7 + 1, 0, '', 0, 0) ON CONFLICT DO NOTHING",
            )
        } else {
            sqlx::query(
                "UPDATE alert_rules SET rule = $1, owner = $2, watches_jobs = $3, set_by = $2, set_at = $4, version = version + 1,
                     fault = '' WHERE tenant_id = $5 AND name = $6 AND version = $7",
            )
        };
        let now = self.now();
        let query = query.bind(serde_json::to_string(set)?).bind(owner).bind(i64::from(set.watches_jobs()));
        let query = query.bind(now).bind(tenant.as_str()).bind(name).bind(version);
        let mut whole = self.database.begin().await?;
        // Jobs first, as whoever changes both does.
        hold(&mut whole, tenant).await?;
        tenant::hold_open(&mut whole, tenant).await?;
        if version == 0 {
            let count = sqlx::query("SELECT COUNT(*) AS n FROM alert_rules WHERE tenant_id = $1");
            let row = count.bind(tenant.as_str()).fetch_one(&mut **whole).await.map_err(failed)?;
            if number(&row, "n")? >= MOST {
                return Err(Refusal::OverQuota { what: "alert rules", most: MOST }.into());
            }
        }
        let before = rule_of(&mut whole, tenant, name).await?;
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        // What its alerts were about it may never see again.
        let other = |before: &Rule| (&before.condition, before.together) != (&set.condition, set.together);
        if before.as_ref().is_some_and(other) {
            end_all(&mut whole, tenant, name, "its rule looks at something else now", now).await?;
        }
        // What happened before it was set, and nobody looked at yet, goes into the history: but for what it would have seen otherwise.
        let held = |before: &Rule| (before.for_seconds, before.clear) != (set.for_seconds, set.clear);
        if before.as_ref().is_some_and(|before| other(before) || held(before)) {
            let query = sqlx::query("UPDATE alert_rules SET seen_until = 0 WHERE tenant_id = $1 AND name = $2");
            query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        }
        enqueue(&mut whole, tenant, &Trigger::new(ALERT, ""), None, owner, now).await?;
        whole.commit().await.map_err(failed)?;
        self.alert_rule(tenant, name).await?.ok_or_else(|| Refusal::unknown("alert rule", name).into())
    }

    /// Tells nobody of a rule's alerts before an instant, or with `None` from now on again. What fires still is told then.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn mute_alert_rule(
        &self,
        tenant: &TenantId,
        name: &str,
        until: Option<i64>,
        by: &str,
    ) -> Result<AlertRule> {
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query("UPDATE alert_rules SET muted_until = $1 WHERE tenant_id = $2 AND name = $3");
        let query = query.bind(until.unwrap_or_default()).bind(tenant.as_str()).bind(name);
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::unknown("alert rule", name).into());
        }
        enqueue(&mut whole, tenant, &Trigger::new(ALERT, ""), None, by, self.now()).await?;
        whole.commit().await.map_err(failed)?;
        self.alert_rule(tenant, name).await?.ok_or_else(|| Refusal::unknown("alert rule", name).into())
    }

    /// Removes a rule. Its alerts are over; what they were stays.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_alert_rule(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        let query = sqlx::query("DELETE FROM alert_rules WHERE tenant_id = $1 AND name = $2");
        let query = query.bind(tenant.as_str()).bind(name);
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
            return Err(Refusal::unknown("alert rule", name).into());
        }
        end_all(&mut whole, tenant, name, "its rule was removed", self.now()).await?;
        whole.commit().await.map_err(failed)
    }

    /// Notes why a rule looks at nothing, and tells whoever manages alerts when that is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fault_alert_rule(&self, job: &Job, rule: &AlertRule, why: &str) -> Result<()> {
        let (now, why, tenant) = (self.now(), super::queue::short(why), &job.tenant_id()?);
        let mut whole = self.database.begin().await?;
        hold(&mut whole, tenant).await?;
        if !is_at_work(&mut whole, job).await? {
            return Ok(());
        }
        let query = sqlx::query(
            "UPDATE alert_rules SET fault = $1, looked_at = $2 WHERE tenant_id = $3 AND name = $4 AND version = $5 AND fault <> $1",
        );
        let query = query.bind(&why).bind(now).bind(tenant.as_str()).bind(&rule.name).bind(rule.version);
        if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1 {
            whole.tell(
                tenant,
                News {
                    at: now,
                    kind: "alert.stopped".to_owned(),
                    subject: rule.name.clone(),
                    user: None,
                    permission: Some(Permission::AlertsManage),
                    of_all: true,
                    notifies: true,
                    detail: object!({ "rule": rule.name, "reason": why }),
                },
            );
        }
        whole.commit().await.map_err(failed)
    }

    /// Says when a tenant's rules over data are to be looked at though nothing is modelled; `None`: never. A worker that lost the job that
    /// looks says nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_alert_clock(&self, job: &Job, next: Option<i64>) -> Result<()> {
        let tenant = job.tenant_id()?;
        let query = sqlx::query("SELECT next_at FROM alert_clocks WHERE tenant_id = $1").bind(tenant.as_str());
        let set = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        // Mostly it is so already, and a commit takes a write to the disk.
        if set.map(|row| number(&row, "next_at")).transpose()? == next {
            return Ok(());
        }
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &tenant).await?;
        if !is_at_work(&mut whole, job).await? {
            return Ok(());
        }
        set_clock(&mut whole, &tenant, next).await?;
        whole.commit().await.map_err(failed)
    }

    /// Asks for a look at the rules of every tenant whose clock is due; how many. Several may do this at once: each look is asked
    /// for by one of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tick_alerts(&self) -> Result<usize> {
        let mut asked = 0;
        for _ in 0..PARTS {
            let (first, more) = self.tick_some_alerts().await?;
            asked += first;
            if !more {
                break;
            }
        }
        Ok(asked)
    }

    /// The same of some of them; whether there may be more.
    async fn tick_some_alerts(&self) -> Result<(usize, bool)> {
        let now = self.now();
        let query = sqlx::query(
            "SELECT c.tenant_id, c.next_at FROM alert_clocks c JOIN tenants t ON t.id = c.tenant_id
             WHERE c.next_at <= $1 AND t.state = 'active' ORDER BY c.next_at LIMIT $2",
        );
        let query = query.bind(now).bind(i64::from(AT_ONCE));
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            due.push((TenantId::new(&text(row, "tenant_id")?)?, number(row, "next_at")?));
        }
        // Two that hold several tenants take them in the same order.
        due.sort();
        let mut asked = 0;
        for some in due.chunks(IN_ONE_COMMIT) {
            let mut first = 0;
            let mut whole = self.database.begin().await?;
            for (tenant, next_at) in some {
                hold(&mut whole, tenant).await?;
                // The look says when the next is due; one that does not come to its end is asked for again.
                let query = sqlx::query("UPDATE alert_clocks SET next_at = $1 WHERE tenant_id = $2 AND next_at = $3");
                let query = query.bind(now + HOUR).bind(tenant.as_str()).bind(*next_at);
                if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1 {
                    enqueue(&mut whole, tenant, &Trigger::new(ALERT, ""), None, "clock", now).await?;
                    first += 1;
                }
            }
            whole.commit().await.map_err(failed)?;
            asked += first;
        }
        Ok((asked, due.len() >= AT_ONCE as usize))
    }
}

/// Sets a tenant's clock within something larger, where it says something else.
pub(super) async fn set_clock(whole: &mut Whole, tenant: &TenantId, next: Option<i64>) -> Result<()> {
    let query = match next {
        Some(_) => sqlx::query(
            "INSERT INTO alert_clocks (tenant_id, next_at) VALUES ($1, $2)
             ON CONFLICT (tenant_id) DO UPDATE SET next_at = $2 WHERE alert_clocks.next_at <> $2",
        ),
        None => sqlx::query("DELETE FROM alert_clocks WHERE tenant_id = $1 AND $2 = 0"),
    };
    let query = query.bind(tenant.as_str()).bind(next.unwrap_or_default());
    query.execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Has the rules over jobs, schedules and connections looked at, where there are any.
pub(super) async fn look_at_jobs(whole: &mut Whole, tenant: &TenantId, why: &str, now: i64) -> Result<()> {
    let query = sqlx::query("SELECT COUNT(*) AS n FROM alert_rules WHERE tenant_id = $1 AND watches_jobs = 1");
    let row = query.bind(tenant.as_str()).fetch_one(&mut ***whole).await.map_err(failed)?;
    if number(&row, "n")? > 0 {
        enqueue(whole, tenant, &Trigger::new(ALERT, OF_JOBS), None, why, now).await?;
    }
    Ok(())
}

/// Has the rules over jobs and connections looked at, after a job came to an end that concerns any of them.
pub(super) async fn after_job(whole: &mut Whole, tenant: &TenantId, of: &Job, state: JobState, now: i64) -> Result<()> {
    let told = matches!(state, JobState::Succeeded | JobState::Failed | JobState::Dead);
    if !told || [ALERT, DELIVER, ERASE].contains(&of.kind.as_str()) {
        return Ok(());
    }
    let query = sqlx::query("SELECT rule FROM alert_rules WHERE tenant_id = $1 AND watches_jobs = 1");
    let rules = query.bind(tenant.as_str()).fetch_all(&mut ***whole).await.map_err(failed)?;
    // A rule that cannot be read is no reason for a job not to end: whoever looks says so.
    if rules.iter().any(|row| json::<Rule>(row, "rule").map_or(true, |rule| rule.concerns(of, state))) {
        enqueue(whole, tenant, &Trigger::new(ALERT, OF_JOBS), None, &format!("{} {}", of.kind, of.id), now).await?;
    }
    Ok(())
}

/// What the rule of that name says.
pub(super) async fn rule_of(whole: &mut Whole, tenant: &TenantId, name: &str) -> Result<Option<Rule>> {
    let query = sqlx::query("SELECT rule FROM alert_rules WHERE tenant_id = $1 AND name = $2");
    let row = query.bind(tenant.as_str()).bind(name).fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.map(|row| json(&row, "rule")).transpose()
}

fn rule(row: &AnyRow) -> Result<AlertRule> {
    let instant = |column| Ok::<_, crate::Error>(Some(number(row, column)?).filter(|at| *at > 0));
    Ok(AlertRule {
        name: text(row, "name")?,
        rule: json(row, "rule")?,
        owner: text(row, "owner")?,
        muted_until: instant("muted_until")?,
        fault: Some(text(row, "fault")?).filter(|why| !why.is_empty()),
        looked_at: instant("looked_at")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
        seen_until: number(row, "seen_until")?,
    })
}
