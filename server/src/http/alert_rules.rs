//! `/api/v1/alert-rules`: what the tenant wants to be told of.

use super::jobs::who;
use super::json::{self, Versioned};
use super::trail::Slot;
use super::{App, Asker, Problem, body};
use crate::alerts::{self, Condition, Preview, Rule};
use crate::auth::Permission;
use crate::control::{AlertRule, Refusal};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// The tenant's alert rules
///
/// With why a rule looks at nothing, where it does not. Whoever does not see everything sees their own.
#[utoipa::path(get, path = "/api/v1/alert-rules", tag = "alerts",
    responses((status = 200, body = Vec<AlertRule>), Problem))]
pub(super) async fn list(State(app): State<App>, asker: Asker) -> Result<Json<Vec<AlertRule>>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let all = app.access.control.alert_rules(&asker.tenant).await?;
    Ok(Json(all.into_iter().filter(|rule| asker.sees_of(&rule.owner)).collect()))
}

/// An alert rule
#[utoipa::path(get, path = "/api/v1/alert-rules/{name}", tag = "alerts", params(("name" = String, Path)),
    responses((status = 200, body = AlertRule, headers(("ETag" = String))), Problem))]
pub(super) async fn show(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<Versioned<AlertRule>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let found = known(&app, &asker, &name).await?;
    Ok(Versioned(found.version, found))
}

/// The rule of that name, as far as the asker may know of it.
async fn known(app: &App, asker: &Asker, name: &str) -> Result<AlertRule, Problem> {
    let found = app.access.control.alert_rule(&asker.tenant, name).await?;
    let found = found.filter(|rule| asker.sees_of(&rule.owner));
    Ok(found.ok_or_else(|| Refusal::unknown("alert rule", name))?)
}

/// Set an alert rule, or change one
///
/// A new one without `If-Match`, one that is there with its ETag. Whoever sets it owns it: it looks as they see. It needs, besides
/// `alerts:manage`, what looking needs: `metrics:read`, for jobs and connections `jobs:read`, for a statement `sql:run`.
#[utoipa::path(put, path = "/api/v1/alert-rules/{name}", tag = "alerts", request_body = Rule,
    params(("name" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = AlertRule, headers(("ETag" = String))), Problem))]
pub(super) async fn set(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    headers: HeaderMap,
    slot: Slot,
    body: Body,
) -> Result<Versioned<AlertRule>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    // A rule looks as somebody who may be asked, and who may leave; by a token of theirs, as that may.
    asker.user()?;
    let owner = who(&asker).to_owned();
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let rule: Rule = json::read(body).await?;
    asker.needs(rule.needs())?;
    if version > 0 {
        known(&app, &asker, &name).await?;
    }
    app.access.control.check_alert_names(&asker.tenant, &rule).await?;
    match &rule.condition {
        Condition::Sql(of) => {
            let tenant = asker.sql()?;
            app.step(&asker, &slot, async { Ok::<_, Problem>(alerts::askable(&tenant, of).await?) }).await?;
        }
        Condition::Forecast(of) => alerts::projects_known(&asker.data(rule.needs())?, of).await?,
        _ => {}
    }
    let set = app.access.control.set_alert_rule(&asker.tenant, &name, (&rule, &asker.own), &owner, version).await?;
    Ok(Versioned(set.version, set))
}

/// Remove an alert rule
///
/// Its alerts are over; what they were can still be read.
#[utoipa::path(delete, path = "/api/v1/alert-rules/{name}", tag = "alerts", params(("name" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::AlertsManage)?;
    known(&app, &asker, &name).await?;
    app.access.control.remove_alert_rule(&asker.tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a rule would have told of in the last quarter
///
/// The rule of that name, or one that is sent and not set. Of a metric it is computed from figures and observations as they are known now; of
/// risks and forecasts from what was said on each day; of jobs and connections by what is kept of jobs; of a statement by its rows at the
/// beginning of each day, as far back as the lake keeps how its tables were, for whoever sees everything. It needs what looking needs. Where
/// nobody can tell what was, the answer is 422 and says why.
#[utoipa::path(post, path = "/api/v1/alert-rules/{name}/preview", tag = "alerts", request_body = Option<Rule>,
    params(("name" = String, Path)), responses((status = 200, body = Preview), Problem))]
pub(super) async fn preview(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    slot: Slot,
    body: Body,
) -> Result<Json<Preview>, Problem> {
    asker.needs(Permission::MetricsRead)?;
    let bytes = body::read(body).await?;
    let rule = if bytes.is_empty() {
        known(&app, &asker, &name).await?.rule
    } else {
        let read = serde_json::from_slice(&bytes);
        read.map_err(|error| Problem::invalid(format!("the body should be a rule, or nothing: {error}")))?
    };
    rule.check(&asker.own)?;
    let tenant = match rule.needs() {
        Permission::SqlRun => asker.sql()?,
        needs => asker.data(needs)?,
    };
    let preview = alerts::preview(&app.access.control, &tenant, &rule, &asker.settings, app.clock);
    Ok(Json(app.figures(&asker, &slot, json!({"alert_rule": name}), preview).await?))
}

/// For how long nobody is told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mute {
    /// Until when, in microseconds since 1970; `null`: people are told from now on.
    until: Option<i64>,
}

/// Mute an alert rule, or let it be heard again
///
/// It is looked at all the same; what fires still when that is over is told then.
#[utoipa::path(post, path = "/api/v1/alert-rules/{name}/mute", tag = "alerts", request_body = Mute,
    params(("name" = String, Path)), responses((status = 200, body = AlertRule), Problem))]
pub(super) async fn mute(
    State(app): State<App>,
    asker: Asker,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<AlertRule>, Problem> {
    asker.needs(Permission::AlertsManage)?;
    known(&app, &asker, &name).await?;
    let Mute { until } = json::read(body).await?;
    Ok(Json(app.access.control.mute_alert_rule(&asker.tenant, &name, until, asker.key()).await?))
}
