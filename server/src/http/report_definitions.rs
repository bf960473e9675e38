//! `/api/v1/report-definitions`: what reports there are, and the tenant's own.

use super::jobs::who;
use super::json::{self, Versioned};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{Refusal, ReportDefinition, Sees};
use crate::reports::{self, BUILT_IN, Definition, Plan};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A report that can be asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedReport)]
pub(super) struct Listed {
    /// Its name.
    name: String,
    /// Whether every tenant has it, and nobody changes it.
    built_in: bool,
    /// What is in it.
    definition: Definition,
    /// What the tenant keeps of its own.
    own: Option<ReportDefinition>,
}

impl Listed {
    fn own(own: ReportDefinition) -> Result<Self, Problem> {
        Ok(Self { name: own.name.clone(), built_in: false, definition: own.plan.whole()?, own: Some(own) })
    }
}

/// The reports that there are
///
/// Those that every tenant has, and the tenant's own.
#[utoipa::path(get, path = "/api/v1/report-definitions", tag = "reports",
    responses((status = 200, body = Vec<Listed>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Listed>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let built_in = BUILT_IN.iter().map(|of| Ok(listed(of.name, of.definition())));
    let own = app.access.control.report_definitions(&asker.tenant).await?.into_iter();
    let own = own.filter_map(|own| shown(&asker, own)).map(Listed::own);
    Ok(Json(built_in.chain(own).collect::<Result<_, Problem>>()?))
}

/// One of the tenant's own as somebody may know of it: whom it goes to is for those who say so; what it is on may name teams and projects
/// that others do not see.
fn shown(asker: &Asker, own: ReportDefinition) -> Option<ReportDefinition> {
    if asker.needs(Permission::ReportsManage).is_ok() {
        return Some(own);
    }
    let plan = Plan { recipients: Vec::new(), places: Vec::new(), ..own.plan };
    Some(ReportDefinition { plan, ..own }).filter(|_| asker.authority.sees == Sees::Everything)
}

fn listed(name: &str, definition: Definition) -> Listed {
    Listed { name: name.to_owned(), built_in: true, definition, own: None }
}

/// One of them
#[utoipa::path(get, path = "/api/v1/report-definitions/{name}", tag = "reports", params(("name" = String, Path)),
    responses((status = 200, body = Listed, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<Listed>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    if let Some(definition) = reports::built_in(&name) {
        return Ok(Versioned(0, listed(&name, definition)));
    }
    let own = app.access.control.report_definition(&asker.tenant, &name).await?;
    let own = own.and_then(|own| shown(&asker, own)).ok_or_else(|| Refusal::unknown("report", &name))?;
    Ok(Versioned(own.version, Listed::own(own)?))
}

/// Define a report of the tenant's own
///
/// A new one without `If-Match`, one that is there with its ETag. Whoever sets it is whose authority it is made under; each recipient
/// gets what they may see themselves. `PUT /api/v1/schedules/report?subject=NAME` says when it is made by itself.
#[utoipa::path(put, path = "/api/v1/report-definitions/{name}", tag = "reports", request_body = Plan,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = ReportDefinition, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<ReportDefinition>, Problem> {
    asker.needs(Permission::ReportsManage)?;
    asker.needs(Permission::MetricsRead)?;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let plan: Plan = json::read(body).await?;
    if !reports::is_name(&name) || reports::built_in(&name).is_some() {
        let said = "should be lower-case letters, digits and hyphens, and no built-in report's";
        return Err(Refusal::invalid("name", said).into());
    }
    plan.check(&asker.own)?;
    runs(&app, &asker, &plan.whole()?).await?;
    let set = app.access.control.set_report_definition(&asker.tenant, &name, &plan, who(&asker), version).await?;
    Ok(Versioned(set.version, set))
}

/// Refuses a report that shows a saved query which the asker may not run, or does not see, or with values that it does not take.
pub(super) async fn runs(app: &App, asker: &Asker, definition: &Definition) -> Result<(), Problem> {
    let all: Vec<(String, Value)> = definition.queries().map(|(id, given)| (id.to_owned(), given.clone())).collect();
    for (id, given) in all {
        asker.needs(Permission::SqlRun)?;
        let saved = app.access.control.saved_query(&asker.tenant, asker.key(), &id).await?;
        reports::run_with(&saved, &given)?;
    }
    Ok(())
}

/// Take a report of the tenant's own away, with its schedule
#[utoipa::path(delete, path = "/api/v1/report-definitions/{name}", tag = "reports", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::ReportsManage)?;
    app.access.control.remove_report_definition(&asker.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
