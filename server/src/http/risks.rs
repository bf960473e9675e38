//! `GET /api/v1/risks`: the rules, the risks that stand, and what was said before.

use super::json::{once, unknown};
use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Error;
use crate::auth::Permission;
use axum::Json;
use axum::extract::{RawQuery, State};
use pulse_engine::risk::{self, PastRisk, RiskFilter, Rule, Shown, StandingRisk, Status, TeamRisk};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// What the rules answer.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleCatalogue {
    #[schema(value_type = Vec<Object>)]
    rules: &'static [Rule],
}

/// Every risk rule with its definition
#[utoipa::path(get, path = "/api/v1/risks/rules", tag = "risks", responses((status = 200, body = RuleCatalogue), Problem))]
pub(super) async fn catalogue(asker: Asker) -> Result<Json<RuleCatalogue>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    Ok(Json(RuleCatalogue { rules: risk::rules()? }))
}

/// The risks that stand.
#[derive(Serialize, ToSchema)]
pub(super) struct Standing {
    #[schema(value_type = Vec<Object>)]
    risks: Vec<StandingRisk>,
    #[schema(value_type = Vec<Object>)]
    teams: Vec<TeamRisk>,
}

/// The risk of every project, the highest first
///
/// Each with its status, the reason, and what the rules found. Beside them `teams`: what the rules found of teams themselves, which
/// have no status and are in no project, and so are not there when `project` or `status` is.
#[utoipa::path(get, path = "/api/v1/risks", tag = "risks",
    params(("project" = Option<Vec<String>>, Query, description = "only these projects, by id or name; may be given again"),
        ("team" = Option<Vec<String>>, Query, description = "only those of these teams"),
        ("status" = Option<String>, Query, description = "only `on_track`, `at_risk` or `off_track`")),
    responses((status = 200, body = Standing), Problem))]
pub(super) async fn standing(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<Standing>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let filter = filter(query.as_deref().unwrap_or_default())?;
    let standing = async {
        let session = tenant.session().await?;
        let risks = risk::standing(&session, &filter).await?;
        Ok::<_, Error>(Standing { risks, teams: risk::of_teams(&session, &filter).await? })
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), standing).await?))
}

/// What was said of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct History {
    #[schema(value_type = Vec<Object>)]
    days: Vec<PastRisk>,
}

/// The risk of a project, day by day
#[utoipa::path(get, path = "/api/v1/risks/history", tag = "risks",
    params(("project" = String, Query, description = "the project, by id or name")),
    responses((status = 200, body = History), Problem))]
pub(super) async fn history(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<History>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let filter = filter(query.as_deref().unwrap_or_default())?;
    let [project] = filter.projects.as_slice() else {
        return Err(Problem::invalid("`project` should be there once: the project whose history is asked for"));
    };
    if !filter.teams.is_empty() || filter.status.is_some() {
        return Err(Problem::invalid("a history takes `project` alone"));
    }
    let days = async { Ok::<_, Error>(risk::history(&tenant.session().await?, project).await?) };
    Ok(Json(History { days: app.figures(&asker, &slot, json!({"query": query}), days).await? }))
}

/// The rows that show what a rule found.
#[derive(Serialize, ToSchema)]
pub(super) struct RiskEvidence {
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Shown>,
}

/// The rows that show what a rule found of a subject that stands
///
/// Each with its id, what people call it, and where they open it; at most 50.
#[utoipa::path(get, path = "/api/v1/risks/evidence", tag = "risks",
    params(("rule" = String, Query, description = "the rule, by its name"),
        ("subject" = String, Query, description = "what it is about, by its id"),
        ("project" = Option<String>, Query, description = "the project to which that counts, by its id; left out where it counts to none")),
    responses((status = 200, body = RiskEvidence), Problem))]
pub(super) async fn evidence(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<RiskEvidence>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let (mut rule, mut subject, mut project) = (None, None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()) {
        let place = match name.as_ref() {
            "rule" => &mut rule,
            "subject" => &mut subject,
            "project" => &mut project,
            _ => return Err(unknown(&name, "rule, subject, project")),
        };
        if !value.is_empty() {
            once(place, &name, value.into_owned())?;
        }
    }
    let (Some(rule), Some(subject)) = (rule, subject) else {
        return Err(Problem::invalid(
            "`rule` and `subject` should be there: which rule, and what it found something of",
        ));
    };
    let rows =
        async { Ok::<_, Error>(risk::evidence(&tenant.session().await?, &rule, &subject, project.as_deref()).await?) };
    Ok(Json(RiskEvidence { rows: app.figures(&asker, &slot, json!({"query": query}), rows).await? }))
}

/// What a query string asks for. A parameter that is not known is refused, as everywhere.
fn filter(query: &str) -> Result<RiskFilter, Problem> {
    let mut filter = RiskFilter::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            // A form sends what was left empty, too.
            _ if value.is_empty() => {}
            "project" => filter.projects.push(value.into_owned()),
            "team" => filter.teams.push(value.into_owned()),
            "status" => {
                let status = value.parse::<Status>().map_err(|error| Problem::invalid(error.to_string()))?;
                once(&mut filter.status, &name, status)?;
            }
            _ => return Err(unknown(&name, "project, team, status")),
        }
    }
    Ok(filter)
}
