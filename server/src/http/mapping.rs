//! `/api/v1/mapping`: what the tenant's tools call things, what people decide about it, and what that would change.

use super::jobs::{asked, who};
use super::json;
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Job, JobState, Refusal, Trigger};
use crate::mapping::{Decision, Landed, Proposal, TRIAL, told};
use crate::secret::id;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pulse_engine::{Effects, Mapping, Policy, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// How much a proposal may be, in bytes: a job keeps it.
const MOST_BYTES: usize = 200_000;

/// All of the tenant's data: what is mapped to what is no part's alone.
pub(super) fn whole(asker: &Asker) -> Result<Tenant, Problem> {
    // Whose a name is, is a part of it.
    asker.needs(Permission::PeopleRead)?;
    let tenant = asker.data(Permission::TenantManage)?;
    if *tenant.policy() == Policy::everything() {
        return Ok(tenant);
    }
    Err(Problem::forbidden("this is about all of the tenant, and you see some teams or projects of it"))
}

/// What is mapped to what, and what could be
///
/// Statuses and the stages they are and could be, types and their classes, people who may be one, repositories and boards and
/// their projects, environments. For whoever sees all of the tenant.
#[utoipa::path(get, path = "/api/v1/mapping", tag = "mapping", responses((status = 200, body = Object), Problem))]
pub(super) async fn show(State(app): State<App>, asker: Asker, slot: Slot) -> Result<Json<Mapping>, Problem> {
    let tenant = whole(&asker)?;
    let told = async {
        let mut asked = slot.asks(&app, json!({}));
        let mapping = pulse_engine::mapping(&tenant).await?;
        asked.is_known().await?;
        asked.ends();
        Ok::<_, Problem>(mapping)
    };
    Ok(Json(app.step(&asker, &slot, told).await?))
}

/// What people decide.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decisions {
    /// All of them, or none.
    decisions: Vec<Decision>,
}

/// Decide whose an identity is, what belongs to what, what caused an incident
///
/// A decision is a row of `core` that outlives every reading; the newest about a thing counts. Facts are made anew by the job that is
/// answered and those after it, and no vendor is asked.
#[utoipa::path(post, path = "/api/v1/mapping/decisions", tag = "mapping", request_body = Decisions,
    responses((status = 202, body = Job), Problem))]
pub(super) async fn decide(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    body: Body,
) -> Result<(StatusCode, Json<Job>), Problem> {
    let (seen, control) = (whole(&asker)?, &app.access.control);
    let Decisions { decisions } = json::read(body).await?;
    if decisions.is_empty() {
        return Err(Refusal::invalid("decisions", "should hold at least one").into());
    }
    slot.does(json!({"decisions": decisions}));
    let landed = Landed::of(&decisions, &seen, who(&asker), control.now()).await?;
    landed.land(&app.engine.tenant(&asker.tenant)).await?;
    let job = asked(&app, &asker, Trigger::new("map", "")).await?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Try what would change
///
/// The tenant's own steps are run on the side with what is proposed. Nothing is changed by it.
#[utoipa::path(post, path = "/api/v1/mapping/trials", tag = "mapping", request_body = Proposal,
    responses((status = 202, body = TrialTold), Problem))]
pub(super) async fn propose(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    body: Body,
) -> Result<(StatusCode, Json<TrialTold>), Problem> {
    let (seen, control) = (whole(&asker)?, &app.access.control);
    let proposal: Proposal = json::read(body).await?;
    if proposal == Proposal::default() {
        return Err(Problem::invalid("nothing is proposed: give `rules`, `decisions` or a `connection`"));
    }
    if let Some(rules) = &proposal.rules {
        rules.check()?;
    }
    Landed::of(&proposal.decisions, &seen, who(&asker), control.now()).await?;
    let input = serde_json::to_value(&proposal).map_err(crate::Error::from)?;
    if input.to_string().len() > MOST_BYTES {
        return Err(Problem::invalid(format!("a proposal has at most {MOST_BYTES} bytes")));
    }
    slot.does(json!({"proposal": proposal}));
    let job = asked(&app, &asker, Trigger { input, ..Trigger::new(TRIAL, &id("trial")?) }).await?;
    Ok((StatusCode::ACCEPTED, Json(TrialTold::of(job, None))))
}

/// A trial, and what came out of it.
#[derive(Serialize, ToSchema)]
pub(super) struct TrialTold {
    /// The trial, by its job.
    id: String,
    /// Where the job stands.
    state: JobState,
    /// Why it waits or failed.
    reason: String,
    /// What would change, once it is known; it is kept for a day.
    #[schema(value_type = Option<Object>)]
    effects: Option<Effects>,
}

impl TrialTold {
    fn of(job: Job, effects: Option<Effects>) -> Self {
        Self { id: job.id, state: job.state, reason: job.reason, effects }
    }
}

/// What a trial told
#[utoipa::path(get, path = "/api/v1/mapping/trials/{id}", tag = "mapping", params(("id" = String, Path)),
    responses((status = 200, body = TrialTold), Problem))]
pub(super) async fn trial(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<TrialTold>, Problem> {
    let tenant = whole(&asker)?;
    let found = app.access.control.job(&asker.tenant, &id).await?.filter(|job| job.kind == TRIAL);
    let job = found.ok_or_else(|| Refusal::unknown("trial", &id))?;
    let effects = told(&tenant, &job.id).await?;
    Ok(Json(TrialTold::of(job, effects)))
}
