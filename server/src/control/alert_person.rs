//! What people do with an alert: they look after it, take that back, and say whose it is.

use super::alert::{alert, keep, note};
use super::alert_rule::rule_of;
use super::database::{Whole, failed};
use super::delivery::post;
use super::job::{enqueue, hold};
use super::{ALERT, Alert, Control, Member, Refusal, Sees, Trigger};
use crate::Result;
use crate::alerts::{AlertState, Said, Telling, own_parcel};
use crate::auth::Permission;
use crate::delivery::Channel;
use pulse_engine::TenantId;

impl Control {
    /// Notes that somebody looks after an alert: nobody else is told of it until it is over.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::AlertState`] unless it fires.
    pub async fn acknowledge_alert(&self, tenant: &TenantId, owner: Option<&str>, id: &str, by: &str) -> Result<Alert> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        let before = known(&mut whole, tenant, owner, id).await?;
        if before.state != AlertState::Firing {
            return Err(Refusal::AlertState(before.state).into());
        }
        let after = Alert {
            state: AlertState::Acknowledged,
            acknowledged_at: Some(now),
            acknowledged_by: Some(by.to_owned()),
            changed_at: now,
            ..before
        };
        keep(&mut whole, tenant, &after).await?;
        note(&mut whole, tenant, &after, "acknowledged", now).await?;
        whole.commit().await.map_err(failed)?;
        Ok(after)
    }

    /// Takes back that somebody looks after an alert: it fires as if nobody ever had, and others are told once that has been so for
    /// long enough.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::AlertState`] unless somebody looks after it.
    pub async fn unacknowledge_alert(
        &self,
        tenant: &TenantId,
        owner: Option<&str>,
        id: &str,
        by: &str,
    ) -> Result<Alert> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        let before = known(&mut whole, tenant, owner, id).await?;
        if before.state != AlertState::Acknowledged {
            return Err(Refusal::AlertState(before.state).into());
        }
        let state = AlertState::Firing;
        let after = Alert { state, acknowledged_at: None, acknowledged_by: None, changed_at: now, ..before };
        keep(&mut whole, tenant, &after).await?;
        note(&mut whole, tenant, &after, "not looked after any more", now).await?;
        // Since somebody looked after it, no look says when others are to be told.
        enqueue(&mut whole, tenant, &Trigger::new(ALERT, ""), None, by, now).await?;
        whole.commit().await.map_err(failed)?;
        Ok(after)
    }

    /// Says whose an alert is that is not over, and tells them, unless it is they who say so: at once, or when the rule's quiet hours
    /// end. Whose it is already, it stays.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::AlertState`] when it is over; [`Refusal::Invalid`] when they are no member, or may not look
    /// after it.
    pub async fn assign_alert(
        &self,
        tenant: &TenantId,
        owner: Option<&str>,
        id: &str,
        (to, by): (&str, &str),
        telling: Telling<'_>,
    ) -> Result<Alert> {
        let member = self.member(tenant, to).await?.filter(|member| member.active);
        let now = self.now();
        let mut whole = self.database.begin().await?;
        let before = open(&mut whole, tenant, owner, id).await?;
        let Some(member) = member else {
            let why = format!("names the member `{}`, who is not there", to.escape_default());
            return Err(Refusal::invalid("user", why).into());
        };
        if !may_look_after(&member, &before) {
            let why = format!(
                "names {}, who may not look after this alert: that takes `{}` and `{}`, and to see everything or to have set its rule",
                member.name,
                Permission::MetricsRead,
                Permission::AlertsManage
            );
            return Err(Refusal::invalid("user", why).into());
        }
        if before.assigned_to.as_deref() == Some(to) {
            return Ok(before);
        }
        let after = Alert {
            assigned_to: Some(to.to_owned()),
            assigned_at: Some(now),
            assigned_by: Some(by.to_owned()),
            changed_at: now,
            ..before
        };
        keep(&mut whole, tenant, &after).await?;
        note(&mut whole, tenant, &after, "assigned", now).await?;
        let rule = rule_of(&mut whole, tenant, &after.rule).await?.filter(|_| to != by);
        let told = rule.as_ref().and_then(|rule| Some((rule, own_parcel(Said::Assigned, rule, &after, telling)?)));
        if let Some((rule, parcel)) = told {
            let quiet_until = rule.quiet.as_ref().and_then(|quiet| quiet.ends(telling.settings, now));
            let asked = (by, now, quiet_until.unwrap_or(0));
            post(&mut whole, tenant, &parcel, &[Channel::Notification(to.to_owned())], asked, None).await?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(after)
    }

    /// Says that an alert that is not over is nobody's in particular.
    ///
    /// # Errors
    /// [`Refusal::Unknown`]; [`Refusal::AlertState`] when it is over.
    pub async fn unassign_alert(&self, tenant: &TenantId, owner: Option<&str>, id: &str) -> Result<Alert> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        let before = open(&mut whole, tenant, owner, id).await?;
        if before.assigned_to.is_none() {
            return Ok(before);
        }
        let after = Alert { assigned_to: None, assigned_at: None, assigned_by: None, changed_at: now, ..before };
        keep(&mut whole, tenant, &after).await?;
        note(&mut whole, tenant, &after, "assigned to nobody", now).await?;
        whole.commit().await.map_err(failed)?;
        Ok(after)
    }

    /// Whether a member may come in, and look after an alert.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_look_after(&self, tenant: &TenantId, alert: &str, user: &str) -> Result<bool> {
        let Some((alert, _)) = self.alert(tenant, None, alert).await? else { return Ok(false) };
        let member = self.member(tenant, user).await?.filter(|member| member.active);
        Ok(member.is_some_and(|member| may_look_after(&member, &alert)))
    }
}

/// An alert, of rules of one owner or of all, which nobody else changes meanwhile.
async fn known(whole: &mut Whole, tenant: &TenantId, owner: Option<&str>, id: &str) -> Result<Alert> {
    hold(whole, tenant).await?;
    let query = sqlx::query("SELECT * FROM alerts WHERE tenant_id = $1 AND id = $2 AND ($3 = '' OR owner = $3)");
    let query = query.bind(tenant.as_str()).bind(id).bind(owner.unwrap_or_default());
    let row = query.fetch_optional(&mut ***whole).await.map_err(failed)?;
    alert(&row.ok_or_else(|| Refusal::unknown("alert", id))?)
}

/// The same, unless it is over.
async fn open(whole: &mut Whole, tenant: &TenantId, owner: Option<&str>, id: &str) -> Result<Alert> {
    let known = known(whole, tenant, owner, id).await?;
    if known.state == AlertState::Cleared { Err(Refusal::AlertState(known.state).into()) } else { Ok(known) }
}

/// Whether a member finds an alert on its page, and may say there that they look after it.
pub(super) fn may_look_after(member: &Member, alert: &Alert) -> bool {
    let sees = member.sees == Sees::Everything || member.id == alert.owner;
    sees && [Permission::MetricsRead, Permission::AlertsManage].iter().all(|need| member.permissions.contains(need))
}
