//! `GET /api/v1/summary`: what a page shows, in a paragraph.

use super::json::once;
use super::trail::Slot;
use super::{App, Asker, Problem, metrics};
use crate::Error;
use crate::auth::Permission;
use crate::report::outlook;
use crate::report::story::{self, Paragraph};
use crate::texts::Language;
use axum::Json;
use axum::extract::{RawQuery, State};
use pulse_engine::forecast;
use pulse_engine::metrics::{Asking, Dimension};
use pulse_engine::risk::RiskFilter;
use serde_json::json;
use std::sync::Arc;

/// What a page shows, in plain language
///
/// Each sentence comes with its metric, the version of its definition and the request for the rows behind it. `page=dora` tells which figures moved beyond what the
/// periods before let expect, where, and what moved with them; it takes `grain`, `time_zone`, `project`, `repository`, `team` and `owning_team` as the metrics do. `flow`, `change`,
/// `reliability`, `projects`, `project` (of those that are named, by the teams that worked on them) and `teams` do the same with figures of theirs. `page=risk` tells of the projects that are at risk or off track, and
/// `page=forecast` of due days that are unlikely to be made and days that moved within a week; both take `project`, `team` and `owning_team`.
#[utoipa::path(get, path = "/api/v1/summary", tag = "metrics",
    params(("page" = String, Query, description = "`dora`, `flow`, `change`, `reliability`, `projects`, `project`, `teams`, `risk` or `forecast`"),
        ("grain" = Option<String>, Query, description = "`day`, `week` or `month`; `week` unless said"),
        ("time_zone" = Option<String>, Query, description = "the time zone whose days, weeks and months are meant; the tenant's unless said"),
        ("repository" = Option<Vec<String>>, Query, description = "only these repositories, by id or name"),
        ("project" = Option<Vec<String>>, Query, description = "only these projects"),
        ("team" = Option<Vec<String>>, Query, description = "only these teams"),
        ("owning_team" = Option<Vec<String>>, Query, description = "only what is of projects that these teams own")),
    responses((status = 200, body = Object), Problem))]
pub(super) async fn tell(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    RawQuery(query): RawQuery,
) -> Result<Json<Paragraph>, Problem> {
    let tenant = asker.data(Permission::MetricsRead)?;
    let (page, rest) = page(query.as_deref().unwrap_or_default())?;
    let scope = metrics::scope(&app, &asker.settings, Some(&rest))?;
    if scope.by.is_some() {
        return Err(Problem::invalid("a summary takes no `by`: it says itself where something moved"));
    }
    let taken = [Dimension::Project, Dimension::Team, Dimension::OwningTeam];
    if !matches!(page, Page::Of(_))
        && let Some(other) = scope.filter.dimensions().find(|dimension| !taken.contains(dimension))
    {
        return Err(Problem::invalid(format!(
            "a summary of risks or forecasts takes no `{}`: leave it out",
            other.name()
        )));
    }
    let told = async {
        let session = tenant.session().await?;
        Ok::<_, Error>(match page {
            Page::Of(page) => {
                let asking = Asking::new(Arc::new(session), scope.settings(&asker.settings), app.clock);
                story::figures(page, &asking, &scope, Language::English).await?
            }
            Page::Risk => story::risks(&session, &RiskFilter::from(&scope.filter)).await?,
            Page::Forecast => {
                let day = asker.settings.day(app.clock.now());
                outlook::of_forecasts(&forecast::frozen(&session, &scope.filter, day).await?, Language::English)
            }
        })
    };
    Ok(Json(app.figures(&asker, &slot, json!({"query": query}), told).await?))
}

#[derive(Clone, Copy, Debug)]
enum Page {
    Of(&'static story::Page),
    Risk,
    Forecast,
}

impl Page {
    fn named(name: &str) -> Option<Self> {
        match name {
            story::RISK => Some(Page::Risk),
            outlook::FORECAST => Some(Page::Forecast),
            name => story::page(name).map(Page::Of),
        }
    }
}

/// Takes `page` out of a query string.
fn page(query: &str) -> Result<(Page, String), Problem> {
    let (mut page, mut rest) = (None, url::form_urlencoded::Serializer::new(String::new()));
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name == "page" {
            let known = || {
                let pages = story::PAGES.iter().map(|page| page.name).chain([story::RISK, outlook::FORECAST]);
                format!(
                    "there is no page `{}`; there are: {}",
                    value.escape_default(),
                    pages.collect::<Vec<_>>().join(", ")
                )
            };
            once(&mut page, &name, Page::named(&value).ok_or_else(|| Problem::invalid(known()))?)?;
        } else {
            rest.append_pair(&name, &value);
        }
    }
    let page = page.ok_or_else(|| Problem::invalid("`page` should be there, such as page=dora"))?;
    Ok((page, rest.finish()))
}
