//! What an export tells of a tenant's settings and people, put into a control database under another name.
//!
//! The name is taken first, by a row of version 0, which no other has: nobody comes in by it. What follows is done whole, and ends that.

use super::database::{Run as _, Whole, failed, number, text, unless_taken};
use super::member::checked;
use super::role::checked_name;
use super::{
    AlertRule, BrandingVersion, Connection, Control, KeptReport, Member, OwnMetric, Provider, Refusal,
    ReportDefinition, Role, SaidBefore, SavedQuery, Schedule, Target, TargetVersion, Tenant, TenantState, email_key,
    import_versions, provider, tenant, user,
};
use crate::alerts::Rule;
use crate::audit::PLATFORM;
use crate::auth::{BUILT_IN, Permissions};
use crate::delivery::Channel;
use crate::reports::Plan;
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an export tells of a tenant, besides its part of the lake.
#[derive(Debug)]
pub struct Exported {
    tenant: Tenant,
    branding: Option<BrandingVersion>,
    branding_versions: Vec<BrandingVersion>,
    members: Vec<Member>,
    roles: Vec<Role>,
    targets: Vec<Target>,
    target_versions: Vec<TargetVersion>,
    own_metrics: Vec<OwnMetric>,
    own_metric_versions: Vec<OwnMetric>,
    saved_queries: Vec<SavedQuery>,
    said_before: Vec<SaidBefore>,
    report_definitions: Vec<ReportDefinition>,
    alert_rules: Vec<RuleLine>,
    connections: Vec<Connection>,
    schedules: Vec<Schedule>,
    reports: Vec<KeptReport>,
    providers: Vec<Provider>,
    tokens: usize,
    destinations: usize,
}

/// What was made of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many members the tenant has.
    pub members: usize,
    /// How many of them nobody knew here before: they have no password yet.
    pub new_people: usize,
    /// How many connections it has.
    pub connections: usize,
    /// Those that had a credential, which nobody knows here: it is to be given again, and their schedules are paused.
    pub wanting: Vec<String>,
    /// How many schedules it has.
    pub schedules: usize,
    /// How many reports came with their files.
    pub reports: usize,
    /// How many API tokens it had, whose secrets nobody knows.
    pub tokens: usize,
    /// How many destinations it had, whose addresses nobody knows.
    pub destinations: usize,
    /// How many identity providers are switched off, as nobody knows their secrets.
    pub providers: usize,
}

/// An alert rule, as its line in an export.
#[derive(Debug)]
struct RuleLine {
    beside: Beside,
    rule: Rule,
}

/// What stands beside the rule.
#[derive(Debug, Deserialize)]
struct Beside {
    name: String,
    owner: String,
    muted_until: Option<i64>,
    set_by: String,
    set_at: i64,
}

impl RuleLine {
    fn of(line: &str) -> serde_json::Result<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(line)?;
        let beside = Beside::deserialize(Value::Object(fields.clone()))?;
        // A rule takes no field that it does not know.
        for name in AlertRule::BESIDE {
            fields.remove(name);
        }
        Ok(Self { beside, rule: Rule::deserialize(Value::Object(fields))? })
    }
}

/// The texts of an export's files, by their names.
struct Files<F>(F);

impl<F: Fn(&str) -> Result<String>> Files<F> {
    fn each<T>(&self, name: &str, read: impl Fn(&str) -> serde_json::Result<T>) -> Result<Vec<T>> {
        let wrong = |at: usize, error: serde_json::Error| Error::Data(format!("{name}, line {}: {error}", at + 1));
        let text = (self.0)(name)?;
        text.lines().enumerate().map(|(at, line)| read(line).map_err(|error| wrong(at, error))).collect()
    }

    fn all<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>> {
        self.each(name, |line| serde_json::from_str(line))
    }
}

impl Exported {
    /// Reads it; `text` gives that of a file by its name.
    ///
    /// # Errors
    /// [`Error::Data`] when it is none that this version knows; what `text` fails with.
    pub fn read(text: impl Fn(&str) -> Result<String>) -> Result<Self> {
        let files = Files(text);
        let own: Option<Tenant> = files.all("tenant")?.pop();
        let own = own.ok_or_else(|| Error::Data("it says nothing of the tenant itself".to_owned()))?;
        if !matches!(own.state, TenantState::Active | TenantState::Suspended) {
            return Err(Error::Data("the tenant was being erased when it was exported".to_owned()));
        }
        let reports: Vec<KeptReport> = files.all("reports")?;
        reports.iter().try_for_each(KeptReport::check)?;
        Ok(Self {
            tenant: own,
            branding: files.all("branding")?.pop(),
            branding_versions: files.all("branding_versions")?,
            members: files.all("members")?,
            roles: files.all("roles")?,
            targets: files.all("targets")?,
            target_versions: files.all("target_versions")?,
            own_metrics: files.all("own_metrics")?,
            own_metric_versions: files.all("own_metric_versions")?,
            saved_queries: files.all("saved_queries")?,
            said_before: files.all("saved_query_versions")?,
            report_definitions: files.all("report_definitions")?,
            alert_rules: files.each("alert_rules", RuleLine::of)?,
            connections: files.all("connections")?,
            schedules: files.all("schedules")?,
            reports,
            providers: files.all("identity_providers")?,
            tokens: files.all::<Value>("tokens")?.len(),
            destinations: files.all::<Value>("destinations")?.len(),
        })
    }

    /// The reports whose files it names.
    pub(crate) fn reports(&self) -> &[KeptReport] {
        &self.reports
    }

    /// Leaves out the reports whose files are not there: their time was over while the rest was exported.
    pub(crate) fn keep_reports(&mut self, is_there: impl Fn(&KeptReport) -> bool) {
        self.reports.retain(is_there);
    }
}

impl Control {
    /// Takes a name for a tenant that is about to be imported.
    ///
    /// # Errors
    /// [`Refusal::Taken`] when there is a tenant of that name, or was; [`Refusal::Invalid`].
    pub async fn reserve_tenant(&self, id: &TenantId) -> Result<()> {
        if id.as_str() == PLATFORM {
            return Err(Refusal::invalid("id", "may not be `platform`, which stands for Pulse itself").into());
        }
        let query = sqlx::query(
            "INSERT INTO tenants (id, name, state, time_zone, locale, working_days, created_at, version)
             VALUES ($1, $1, 'suspended', 'UTC', 'en', '[\"mon\"]', $2, 0)",
        );
        let taken = Refusal::Taken { what: "tenant", name: id.to_string() };
        query.bind(id.as_str()).bind(self.now()).run(&self.database).await.map_err(|e| unless_taken(e, taken))?;
        Ok(())
    }

    /// Whether a name is taken for an import that did not come to its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_reserved(&self, id: &TenantId) -> Result<bool> {
        let query = sqlx::query("SELECT version FROM tenants WHERE id = $1").bind(id.as_str());
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        Ok(row.map(|row| number(&row, "version")).transpose()? == Some(0))
    }

    /// Gives a name back that was taken for an import.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_tenant(&self, id: &TenantId) -> Result<()> {
        let query = sqlx::query("DELETE FROM tenants WHERE id = $1 AND version = 0").bind(id.as_str());
        query.run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    /// Makes a tenant of a name that was taken for it: all rows of an export, or none. People go by their addresses; who is not known
    /// here yet gets no password.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when the name is not taken any more; [`Refusal::Unknown`] for a role, [`Refusal::Invalid`] when a value makes
    /// no sense.
    pub async fn import_tenant(&self, id: &TenantId, from: &Exported) -> Result<Imported> {
        let mut whole = self.database.begin().await?;
        self.put_tenant(&mut whole, id, &from.tenant).await?;
        let mut known: BTreeMap<String, Permissions> =
            BUILT_IN.iter().map(|role| (role.name.to_owned(), role.permissions.iter().copied().collect())).collect();
        for role in &from.roles {
            self.put_role(&mut whole, id, role).await?;
            known.insert(role.name.clone(), role.permissions.clone());
        }
        let mut done = Imported {
            connections: from.connections.len(),
            schedules: from.schedules.len(),
            reports: from.reports.len(),
            tokens: from.tokens,
            destinations: from.destinations,
            ..Imported::default()
        };
        // The keys of people, as they were and as they are.
        let mut people = BTreeMap::new();
        for member in &from.members {
            let (user, is_new) = self.put_member(&mut whole, id, member, &known).await?;
            people.insert(member.id.as_str(), user);
            done.members += 1;
            done.new_people += usize::from(is_new);
        }
        let key = |was: &str| people.get(was).map_or_else(|| was.to_owned(), Clone::clone);
        self.put_settings(&mut whole, id, from, &key).await?;
        import_versions::put_queries(&mut whole, id, (&from.saved_queries, &from.said_before), &key).await?;
        done.wanting = self.put_sources(&mut whole, id, (&from.connections, &from.schedules), &key).await?;
        self.put_reports(&mut whole, id, &from.reports, &key).await?;
        for of in &from.providers {
            let terms = provider::Terms { active: of.terms.active && !of.has_secret, ..of.terms.clone() };
            checked(terms.roles.iter().chain(terms.group_roles.values().flatten()).cloned().collect(), &known)?;
            done.providers += usize::from(of.terms.active && !terms.active);
            let query = sqlx::query(
                "INSERT INTO identity_providers (issuer, client_id, client_secret, scopes, groups_claim, roles, group_roles, sees,
                     takes_unverified, active, tenant_id, name, created_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
            );
            let query = provider::bound(query, &terms, None)?;
            let query = query.bind(id.as_str()).bind(checked_name(&of.name)?).bind(of.created_at);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(done)
    }

    async fn put_tenant(&self, whole: &mut Whole, id: &TenantId, of: &Tenant) -> Result<()> {
        of.rules.check()?;
        let name = if of.name == of.id { id.as_str() } else { of.name.as_str() };
        let days = tenant::working_days(of.working_days.clone())?;
        let query = sqlx::query(
            "UPDATE tenants SET name = $1, state = $2, time_zone = $3, locale = $4, working_days = $5, rules = $6, quotas = $7,
                 created_at = $8, version = 1 WHERE id = $9 AND version = 0",
        );
        let query = query.bind(tenant::named(name)?).bind(of.state.name()).bind(tenant::zone(&of.time_zone)?);
        let query = query.bind(tenant::locale(of.locale.clone())?).bind(serde_json::to_string(&days)?);
        let query = query.bind(serde_json::to_string(&of.rules)?).bind(serde_json::to_string(&of.quotas)?);
        let done = query.bind(of.created_at).bind(id.as_str()).execute(&mut ***whole).await.map_err(failed)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Refusal::Stale.into()) }
    }

    async fn put_role(&self, whole: &mut Whole, id: &TenantId, role: &Role) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO roles (tenant_id, name, description, permissions, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)",
        );
        let query = query.bind(id.as_str()).bind(checked_name(&role.name)?).bind(&role.description);
        let query = query.bind(serde_json::to_string(&role.permissions)?).bind(self.now());
        query.execute(&mut ***whole).await.map_err(failed)?;
        Ok(())
    }

    /// The key of a member's user here, and whether the user is new.
    async fn put_member(
        &self,
        whole: &mut Whole,
        id: &TenantId,
        member: &Member,
        known: &BTreeMap<String, Permissions>,
    ) -> Result<(String, bool)> {
        let address = email_key(&member.email)?;
        let query = sqlx::query("SELECT id FROM users WHERE email_key = $1").bind(&address);
        let (user, is_new) = match query.fetch_optional(&mut ***whole).await.map_err(failed)? {
            Some(row) => (text(&row, "id")?, false),
            None => {
                let named = (member.email.as_str(), address.as_str());
                (user::create(whole, named, &member.name, None, false, self.now()).await?, true)
            }
        };
        let query = sqlx::query(
            "INSERT INTO members (tenant_id, user_id, state, roles, granted, denied, sees, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
        );
        let query = query.bind(id.as_str()).bind(&user).bind(if member.active { "active" } else { "deactivated" });
        let query = query.bind(serde_json::to_string(&checked(member.roles.clone(), known)?)?);
        let query = query.bind(serde_json::to_string(&member.granted)?).bind(serde_json::to_string(&member.denied)?);
        let query = query.bind(serde_json::to_string(&member.sees)?).bind(member.created_at);
        query.execute(&mut ***whole).await.map_err(failed)?;
        Ok((user, is_new))
    }

    /// Its look, targets and own metrics, with what those were before, reports and alert rules.
    async fn put_settings(
        &self,
        whole: &mut Whole,
        id: &TenantId,
        from: &Exported,
        key: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<()> {
        let looks = (from.branding.as_ref(), from.branding_versions.as_slice());
        import_versions::put_brandings(whole, id, looks, self.now()).await?;
        import_versions::put_targets(whole, id, (&from.targets, &from.target_versions), key).await?;
        import_versions::put_own_metrics(whole, id, (&from.own_metrics, &from.own_metric_versions), key).await?;
        for of in &from.report_definitions {
            let query = sqlx::query(
                "INSERT INTO report_definitions (plan, set_by, set_at, tenant_id, name, version) VALUES ($1, $2, $3, $4, $5, 1)",
            );
            let plan = Plan { places: here(&of.plan.places, key), ..of.plan.clone() };
            let query = query.bind(serde_json::to_string(&plan)?).bind(key(&of.set_by)).bind(of.set_at);
            query.bind(id.as_str()).bind(&of.name).execute(&mut ***whole).await.map_err(failed)?;
        }
        for RuleLine { beside: of, rule } in &from.alert_rules {
            let query = sqlx::query(
                "INSERT INTO alert_rules (rule, owner, watches_jobs, set_by, set_at, tenant_id, name, version, muted_until, fault,
                     looked_at, seen_until)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, '', 0, 0)",
            );
            let mut rule = Rule { to: here(&rule.to, key), ..rule.clone() };
            if let Some(escalation) = &mut rule.escalation {
                escalation.to = here(&escalation.to, key);
            }
            let query = query.bind(serde_json::to_string(&rule)?).bind(key(&of.owner));
            let query = query.bind(i64::from(rule.watches_jobs())).bind(key(&of.set_by)).bind(of.set_at);
            let query = query.bind(id.as_str()).bind(&of.name).bind(of.muted_until.unwrap_or_default());
            query.execute(&mut ***whole).await.map_err(failed)?;
        }
        if !from.alert_rules.is_empty() {
            // They are looked at at once, as one that is set.
            let query = sqlx::query("INSERT INTO alert_clocks (tenant_id, next_at) VALUES ($1, $2)");
            query.bind(id.as_str()).bind(self.now()).execute(&mut ***whole).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// The number of a version, which stays: reports that were made name it, and the next one is another. Nobody counted further than this.
pub(super) fn counted(version: i64) -> i64 {
    version.clamp(1, i64::from(i32::MAX))
}

/// The same ways, to people by the keys that they have here.
pub(super) fn here(ways: &[Channel], key: &(dyn Fn(&str) -> String + Sync)) -> Vec<Channel> {
    let here = |way: &Channel| match way {
        Channel::Notification(user) => Channel::Notification(key(user)),
        other => other.clone(),
    };
    ways.iter().map(here).collect()
}
