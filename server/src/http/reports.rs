//! `/api/v1/reports`: reports that were made, and asking for one.

use super::jobs::who;
use super::json::{self, List, Part, Query};
use super::trail::Slot;
use super::{App, Asker, Problem, report_definitions, report_file};
use crate::auth::Permission;
use crate::control::{Authority, NewReport, Refusal, Report, ReportState};
use crate::reports::{self, Asked, Changes, Decided, Definition, FileFormat, HOUR, KEPT_DAYS, MOST_HOURS, Shared};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// For how long a link is good unless said, in hours.
const LINK_HOURS: i64 = 24;

/// The tenant's reports
///
/// Those of whose rows the asker may see all. Their state says whether there is a file.
#[utoipa::path(get, path = "/api/v1/reports", tag = "reports", params(Part),
    responses((status = 200, body = List<Report>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<Report>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let mut page = app.access.control.reports(&asker.tenant, &part.cursor()?).await?;
    page.items.retain(|report| may_see(&app, &asker.authority, report));
    page.items = page.items.into_iter().filter_map(|report| shown(&asker, report)).collect();
    Ok(Json(page.into()))
}

/// A report as somebody may know of it: whom it goes to, and who of them may not have it, is for those who say so.
fn shown(asker: &Asker, report: Report) -> Option<Report> {
    if asker.needs(Permission::ReportsManage).is_ok() {
        return Some(report);
    }
    let report = Report { recipients: Vec::new(), places: Vec::new(), ..report };
    Some(report).filter(|report| report.state != ReportState::Refused)
}

/// Whether somebody may have a report: its time is not over, and it has nothing in it that they do not see.
fn may_see(app: &App, authority: &Authority, report: &Report) -> bool {
    report.expires_at > app.access.control.now() && report.is_within(authority)
}

/// A report that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedReport {
    /// The definition, by its name.
    definition: String,
    /// What it is to be written as.
    format: FileFormat,
    /// Of CSV and Parquet, the one table that is wanted; left out: all of them, in one archive.
    #[serde(default)]
    table: Option<String>,
    /// What is to be otherwise than in the definition.
    #[serde(default)]
    changes: Changes,
    /// Of when it is to be, an instant such as `2026-03-31T22:00:00Z`; left out: of now.
    #[serde(default)]
    as_of: Option<String>,
}

/// Ask for a report
///
/// A job makes it, of what the asker may see. It is listed at once, and has its file when its state is `ready`.
#[utoipa::path(post, path = "/api/v1/reports", tag = "reports", request_body = AskedReport,
    responses((status = 202, body = Report), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Result<(StatusCode, Json<Report>), Problem> {
    asker.needs(Permission::MetricsRead)?;
    let new: AskedReport = json::read(body).await?;
    let control = &app.access.control;
    let as_of = match &new.as_of {
        Some(text) => reports::named_as_of(text, app.access.control.now())?,
        None => app.access.control.now(),
    };
    let (definition, keep_days) = definition(&app, &asker.tenant, &new.definition).await?;
    let definition = new.changes.over(definition);
    definition.check(&asker.own)?;
    new.changes.check(&definition)?;
    report_definitions::runs(&app, &asker, &definition).await?;
    if new.table.is_some() && !matches!(new.format, FileFormat::Csv | FileFormat::Parquet) {
        return Err(Problem::invalid("`table` is for csv and parquet: leave it out"));
    }
    let people = asker.authority.permissions.contains(&Permission::PeopleRead);
    let of = app.engine.tenant(&asker.tenant);
    let decided = Some(Decided::now(control, &of, (&definition, as_of), who(&asker)).await?);
    let report = NewReport {
        name: new.definition,
        asked: Asked { definition, format: new.format, table: new.table, as_of, people, decided },
        asked_by: who(&asker).to_owned(),
        sees: asker.authority.sees.clone(),
        recipients: Vec::new(),
        places: Vec::new(),
        refused: None,
        expires_at: control.now() + keep_days * 24 * HOUR,
    };
    Ok((StatusCode::ACCEPTED, Json(control.ask_report(&asker.tenant, &report).await?)))
}

/// What is in a report of that name, built in or the tenant's own, and for how many days its files are kept.
async fn definition(app: &App, tenant: &TenantId, name: &str) -> Result<(Definition, i64), Problem> {
    if let Some(definition) = reports::built_in(name) {
        return Ok((definition, KEPT_DAYS));
    }
    let found = app.access.control.report_definition(tenant, name).await?;
    let found = found.ok_or_else(|| Refusal::unknown("report", name))?;
    Ok((found.plan.whole()?, found.plan.keep_days))
}

/// A report
#[utoipa::path(get, path = "/api/v1/reports/{id}", tag = "reports", params(("id" = String, Path)),
    responses((status = 200, body = Report), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<Report>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let found = found(&app, &asker.tenant, &asker.authority, &id).await?;
    Ok(Json(shown(&asker, found).ok_or_else(|| Refusal::unknown("report", &id))?))
}

/// Remove a report
///
/// Its file goes, so that no link opens it, and what was not handed over yet is not. Whoever asked for it may, and who manages reports.
#[utoipa::path(delete, path = "/api/v1/reports/{id}", tag = "reports", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let report = found(&app, &asker.tenant, &asker.authority, &id).await?;
    if report.asked_by != who(&asker) {
        asker.needs(Permission::ReportsManage)?;
    }
    if report.state == ReportState::Making {
        return Err(Problem::invalid("it is being made: cancel its job first, or wait until it is there"));
    }
    reports::remove(&app.access.control, &app.engine.tenant(&asker.tenant), &report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A report that somebody may have; what they may not is not there.
async fn found(app: &App, tenant: &TenantId, authority: &Authority, id: &str) -> Result<Report, Problem> {
    let found = app.access.control.report(tenant, id).await?.filter(|report| may_see(app, authority, report));
    Ok(found.ok_or_else(|| Refusal::unknown("report", id))?)
}

/// A report's file
///
/// Who took it away is in the audit trail. Where the storage does not have it any more, or something else, the report is made again.
#[utoipa::path(get, path = "/api/v1/reports/{id}/file", tag = "reports", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem))]
pub(super) async fn file(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    slot: Slot,
) -> Result<Response, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let report = found(&app, &asker.tenant, &asker.authority, &id).await?;
    let asked = slot.asks(&app, json!({"report": report.name, "format": report.format, "as_of": report.as_of}));
    report_file::handed_over(&app, &asker.tenant, &report, Some(asked)).await
}

/// For how long a link is to be good.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReportLink)]
pub(super) struct NewLink {
    /// For how many hours, 1 to 168; 24 unless said.
    #[serde(default = "link_hours")]
    #[schema(minimum = 1, maximum = 168)]
    hours: i64,
}

fn link_hours() -> i64 {
    LINK_HOURS
}

/// A link to a report's file.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportLink)]
pub(super) struct Link {
    /// Where the file is for whoever has this, without signing in.
    path: String,
    /// Until when, in microseconds since 1970.
    expires_at: i64,
}

/// Make a link to a report's file
///
/// It opens that file and nothing else, until its time is over, or the report's, and for as long as whoever made it may see the report. Who opened it
/// is in the audit trail.
#[utoipa::path(post, path = "/api/v1/reports/{id}/link", tag = "reports", params(("id" = String, Path)), request_body = NewLink,
    responses((status = 201, body = Link), Problem))]
pub(super) async fn link(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Link>), Problem> {
    asker.needs(Permission::MetricsRead)?;
    let NewLink { hours } = json::read(body).await?;
    if !(1..=MOST_HOURS).contains(&hours) {
        return Err(Problem::invalid(format!("`hours` should be 1 to {MOST_HOURS}")));
    }
    let report = found(&app, &asker.tenant, &asker.authority, &id).await?;
    let expires_at = (app.access.control.now() + hours * HOUR).min(report.expires_at);
    let path = Shared::new(&asker.tenant, &report, who(&asker), expires_at).path(app.access.signer.vault())?;
    Ok((StatusCode::CREATED, Json(Link { path, expires_at })))
}

/// What a link is opened with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// What the link has after `key=`.
    key: String,
}

/// A report's file, by a link
#[utoipa::path(get, path = "/api/v1/reports/{id}/shared", tag = "reports", params(("id" = String, Path), Key), security(()),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem))]
pub(super) async fn shared(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(Key { key }): Query<Key>,
    slot: Slot,
) -> Result<Response, Problem> {
    // What is wrong with it is nobody's business but its owner's.
    let no_good = || Problem::from(Refusal::BadLink);
    let shared = Shared::open(app.access.signer.vault(), &key).ok_or_else(no_good)?;
    let control = &app.access.control;
    if shared.report != id || shared.expires_at <= control.now() {
        return Err(no_good());
    }
    let tenant = TenantId::new(&shared.tenant).map_err(|_| no_good())?;
    // The trail has it as done by whoever made the link.
    slot.calls(&app, &tenant, &shared.by).await?;
    let open = control.tenant(&tenant).await?.is_some_and(|tenant| tenant.state == crate::control::TenantState::Active);
    let authority = control.authority_of(&tenant, &shared.by).await?.filter(|_| open).ok_or_else(no_good)?;
    authority.needs(Permission::MetricsRead).map_err(|_| no_good())?;
    let report = found(&app, &tenant, &authority, &id).await.map_err(|_| no_good())?;
    report_file::handed_over(&app, &tenant, &report, None).await
}
