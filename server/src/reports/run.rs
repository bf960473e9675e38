//! Making reports, as a job: one that somebody asked for, or all that a definition asks for when it is due.
//!
//! A report is made under the authority of whoever asked for it, as it is when it is made; a recipient gets what both of them may see.
//! Those who see the same share one file. What a job makes is noted once, with its as-of: begun again, it makes the same.

use super::decided::Decided;
use super::fonts::fonts;
use super::keep::{self, MOST_BYTES};
use super::look::Look;
use super::make::{self, Made};
use super::paper::Paper;
use super::plan::Asked;
use super::queried::Saved;
use super::written::Written;
use crate::auth::{Permission, Vault};
use crate::control::{
    Authority, BY_SCHEDULE, Control, Cursor, Job, Member, NewReport, Outcome, REPORT, Refusal, Report,
    ReportDefinition, ReportState, Sees, email_key, is_report,
};
use crate::delivery::Channel;
use crate::jobs::{AtWork, Work};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_engine::{Engine, Settings, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;

const DAY: i64 = 24 * 3600 * 1_000_000;

/// Makes reports.
pub struct Makes {
    /// Where they are known, and who may see what.
    pub control: Control,
    /// What they are made of, and where their files go.
    pub engine: Engine,
    /// The settings of the process.
    pub settings: Settings,
    /// What seals the links in what is delivered.
    pub vault: Vault,
    /// Where people reach Pulse.
    pub base: Url,
    /// Whether the workers can send e-mail.
    pub sends_mail: bool,
}

#[async_trait]
impl Work for Makes {
    fn kind(&self) -> &'static str {
        REPORT
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        if job.input != serde_json::Value::Null {
            return Outcome::Hopeless("a report takes no input: its definition says what is in it".to_owned());
        }
        match self.make_all(job, at).await {
            Ok(()) => Outcome::Done(Vec::new()),
            // No other try would find another definition, or another authority.
            Err(error) if is_hopeless(&error) => Outcome::Hopeless(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

/// Whether the same would fail again.
fn is_hopeless(error: &Error) -> bool {
    use pulse_engine::Error as Engine;
    matches!(
        error,
        Error::Refused(_)
            | Error::Usage(_)
            | Error::Unset(_)
            | Error::Engine(Engine::Question(_) | Engine::Mistake(_) | Engine::Setting(_))
    )
}

impl Makes {
    async fn make_all(&self, job: &Job, at: &AtWork) -> Result<()> {
        let tenant = job.tenant_id()?;
        let mut reports = if is_report(&job.subject) {
            let found = self.control.report(&tenant, &job.subject).await?;
            vec![found.ok_or_else(|| Refusal::unknown("report", &job.subject))?]
        } else {
            self.noted(&tenant, job).await?
        };
        // All files of those who see the same one after the other: they are of one paper.
        reports.sort_by(|a, b| (&a.recipients, &a.places).cmp(&(&b.recipients, &b.places)));
        let of = reports.len() as u64;
        let mut failed = None;
        let mut last = None;
        for (n, report) in (0..).zip(&reports) {
            // Whoever sees jobs may not see the reports, nor know their titles.
            at.is(n, Some(of), "reports");
            if report.state != ReportState::Making {
                continue;
            }
            if let Err(error) = self.make((&tenant, job), report, &mut last).await {
                let hopeless = is_hopeless(&error);
                if hopeless || job.attempt >= job.most_attempts {
                    self.control.report_failed(job, &report.id, &error.to_string()).await?;
                }
                // The others are made all the same; while another try may bring one, there is one.
                if failed.is_none() || !hopeless {
                    failed = Some(error);
                }
            }
        }
        self.hand_over(&tenant, job).await?;
        failed.map_or(Ok(()), Err)
    }

    /// The reports that a definition asks for, noted when its job is first begun.
    async fn noted(&self, tenant: &TenantId, job: &Job) -> Result<Vec<Report>> {
        let noted = self.control.reports_of(tenant, &job.id).await?;
        if !noted.is_empty() {
            return Ok(noted);
        }
        let found = self.control.report_definition(tenant, &job.subject).await?;
        let found = found.ok_or_else(|| Refusal::unknown("report of your own", &job.subject))?;
        match self.to_note((tenant, job), &found).await {
            Ok(all) => self.control.note_reports(job, &all).await,
            Err(error) => {
                if is_hopeless(&error) || job.attempt >= job.most_attempts {
                    let title = found.plan.whole().map_or_else(|_| found.name.clone(), |whole| whole.title);
                    self.control.tell_no_reports(job, (&title, &found.set_by), &error.to_string()).await?;
                }
                Err(error)
            }
        }
    }

    async fn to_note(&self, (tenant, job): (&TenantId, &Job), found: &ReportDefinition) -> Result<Vec<NewReport>> {
        let authority = self.authority(tenant, &found.set_by).await?;
        let as_of = self.as_of(job).await?;
        let audiences = self.audiences(tenant, found, &authority).await?;
        let definition = found.plan.whole()?;
        let decided =
            Some(Decided::now(&self.control, &self.engine.tenant(tenant), (&definition, as_of), &found.set_by).await?);
        let mut all = Vec::new();
        for Audience { sees, people, recipients, places, refused } in audiences {
            let formats =
                if refused.is_some() { found.plan.formats.get(..1) } else { Some(found.plan.formats.as_slice()) };
            for format in formats.into_iter().flatten() {
                let (definition, decided) = (definition.clone(), decided.clone());
                all.push(NewReport {
                    name: found.name.clone(),
                    asked: Asked { definition, format: *format, table: None, as_of, people, decided },
                    asked_by: found.set_by.clone(),
                    sees: sees.clone(),
                    recipients: recipients.clone(),
                    places: places.clone(),
                    refused: refused.clone(),
                    expires_at: self.control.now() + found.plan.keep_days * DAY,
                });
            }
        }
        Ok(all)
    }

    /// Of when the reports of a definition are that a job makes: where its schedule asked for it, of when that was due last, however late
    /// somebody comes to it; else of now.
    async fn as_of(&self, job: &Job) -> Result<i64> {
        let now = self.control.now();
        let asked_at = match self.control.was_due(job).await? {
            Some(due) => due,
            // An earlier version asked for it, which does not say when that was.
            None if job.created_by == BY_SCHEDULE => job.created_at,
            None => now,
        };
        Ok(asked_at.min(now))
    }

    /// The saved queries that a report shows, as they were: whoever asked for it may run them, and still sees them.
    async fn saved(
        &self,
        tenant: &TenantId,
        (report, decided): (&Report, &Decided),
        authority: &Authority,
    ) -> Result<Saved> {
        let mut all = Saved::new();
        let keeper = self.control.keeper_of(tenant, &report.asked_by).await?;
        for id in report.asked.definition.saved().map(str::to_owned).collect::<Vec<_>>() {
            authority.needs(Permission::SqlRun)?;
            let query = self.control.saved_query(tenant, &keeper, &id).await?;
            all.insert(id, decided.saved(&self.control, tenant, &keeper, query).await?);
        }
        Ok(all)
    }

    /// What somebody may do now, if that is to have reports made.
    async fn authority(&self, tenant: &TenantId, key: &str) -> Result<Authority> {
        let found = self.control.authority_of(tenant, key).await?;
        let gone = || {
            Refusal::invalid("asked_by", format!("is `{key}`, who may do nothing here any more: set the report anew"))
        };
        let authority = found.ok_or_else(gone)?;
        authority.needs(Permission::MetricsRead)?;
        Ok(authority)
    }

    /// Who gets a report, by what they see of it, and whether they may know who did what, where that is told; those who may have none,
    /// and why. Without recipients it is its owner's. Who reads what comes to a place is not known.
    async fn audiences(&self, tenant: &TenantId, of: &ReportDefinition, owner: &Authority) -> Result<Vec<Audience>> {
        let (mut all, mut refused): (Vec<Audience>, Vec<Audience>) = (Vec::new(), Vec::new());
        let places = of.plan.places.clone();
        let tells_none = of.plan.whole()?.saved().next().is_none();
        let knows = |authority: &Authority| tells_none || authority.permissions.contains(&Permission::PeopleRead);
        if of.plan.recipients.is_empty() || !places.is_empty() {
            let people = if places.is_empty() { knows(owner) } else { tells_none };
            let sees = owner.sees.clone();
            all.push(Audience { sees, people, recipients: Vec::new(), places, refused: None });
        }
        let members = self.members(tenant).await?;
        for address in &of.plan.recipients {
            let recipients = vec![address.clone()];
            let member = members.get(&email_key(address)?);
            let why = match member {
                None => Some("is no member: nobody knows what they may see"),
                Some(member) if !member.active => Some("may not come in"),
                Some(member) if !member.permissions.contains(&Permission::MetricsRead) => Some("may not read figures"),
                Some(_) => None,
            };
            let (Some(member), None) = (member, why) else {
                let refusal = Some(format!("{address} {}", why.unwrap_or_default()));
                // Of what nobody gets nothing is in it.
                let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
                let places = Vec::new();
                refused.push(Audience { sees: nothing, people: false, recipients, places, refused: refusal });
                continue;
            };
            let both = owner.and(&member.authority());
            let (people, sees) = (knows(&both), both.sees);
            match all.iter_mut().find(|audience| (&audience.sees, audience.people) == (&sees, people)) {
                Some(audience) => audience.recipients.extend(recipients),
                None => all.push(Audience { sees, people, recipients, places: Vec::new(), refused: None }),
            }
        }
        all.extend(refused);
        Ok(all)
    }

    pub(super) async fn members(&self, tenant: &TenantId) -> Result<BTreeMap<String, Member>> {
        let (mut all, mut cursor) = (BTreeMap::new(), Cursor::new(None, Some(200))?);
        loop {
            let page = self.control.members(tenant, &cursor).await?;
            for member in page.items {
                all.insert(email_key(&member.email)?, member);
            }
            let Some(next) = page.next else { return Ok(all) };
            cursor = Cursor::new(Some(&next), Some(200))?;
        }
    }

    /// Makes one report: asked, written, put, and then noted. What was asked for the last one is not asked again where it is the same.
    async fn make<'r>(
        &self,
        (tenant, job): (&TenantId, &Job),
        report: &'r Report,
        last: &mut Option<(&'r Report, Arc<Paper>)>,
    ) -> Result<()> {
        self.control.room_for_report(tenant).await?;
        let paper = match last {
            Some((of, paper)) if of.has_paper_of(report) => Arc::clone(paper),
            _ => Arc::new(self.paper(tenant, report).await?),
        };
        *last = Some((report, Arc::clone(&paper)));
        let of = self.engine.tenant(tenant);
        let look = match &report.asked.decided {
            Some(then) => then.look(&self.control, &of).await?,
            None => Look { fonts: fonts(&of).await?, ..Look::of(&self.control.branding(tenant).await?.0) },
        };
        let (format, table) = (report.format, report.table.clone());
        let write = move || Written::of(format, &paper, &look, table.as_deref());
        let written = tokio::task::spawn_blocking(write).await??;
        let (size, sum) = (written.bytes(), written.sum().to_owned());
        if size > MOST_BYTES {
            let said = format!("would have {size} bytes, more than {MOST_BYTES}: ask for fewer days, or for less");
            return Err(Refusal::invalid("report", said).into());
        }
        let ending = format.ending(report.table.as_deref());
        let file = keep::put(&self.engine.tenant(tenant), &report.id, ending, written).await?;
        self.control.report_ready(job, &report.id, (&file, size, &sum)).await?;
        Ok(())
    }

    /// A report as it is for those who see what it is made for, and no more than whoever asked for it sees now.
    async fn paper(&self, tenant: &TenantId, report: &Report) -> Result<Paper> {
        let authority = self.authority(tenant, &report.asked_by).await?;
        let known = self.control.tenant(tenant).await?.ok_or_else(|| Refusal::unknown("tenant", tenant.as_str()))?;
        let decided = match &report.asked.decided {
            Some(then) => then.clone(),
            None => {
                let of = (&report.asked.definition, report.as_of);
                Decided::now(&self.control, &self.engine.tenant(tenant), of, &report.asked_by).await?
            }
        };
        let settings = decided.over(known.habits()?.over(&self.settings))?;
        let own = decided.own(&self.control, tenant).await?;
        let theirs = report.sees.policy();
        let theirs = if report.asked.people { theirs } else { theirs.without_people() };
        let seen = self.engine.tenant(tenant).under(&theirs).under(&authority.policy());
        let saved = self.saved(tenant, (report, &decided), &authority).await?;
        let made = Made {
            name: &report.name,
            definition: &report.asked.definition,
            organization: &decided.organization,
            as_of: report.as_of,
            saved: &saved,
        };
        make::make(&seen.measuring(own), &settings, made).await
    }
}

/// Those who see the same.
struct Audience {
    sees: Sees,
    /// Whether they may know who did what.
    people: bool,
    recipients: Vec<String>,
    places: Vec<Channel>,
    refused: Option<String>,
}
