//! `as_of`: what is answered is of the rows that the lake held at an instant of the past.

use super::json::once;
use super::trail::Slot;
use super::{App, Asker, Problem, metrics};
use crate::report::Scope;
use crate::reports::named_as_of;
use axum::http::StatusCode;
use pulse_engine::{Clock, Settings, Tenant};
use std::collections::BTreeMap;

/// Of when a request is answered.
pub(super) struct Then {
    /// The instant; `None`: now.
    at: Option<i64>,
    /// What else was asked.
    query: String,
}

impl Then {
    /// Takes `as_of` out of a query string.
    pub(super) fn of(app: &App, query: Option<&str>) -> Result<Self, Problem> {
        let (mut at, mut rest) = (None, url::form_urlencoded::Serializer::new(String::new()));
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                // A form sends what was left empty, too.
                "as_of" if value.is_empty() => {}
                "as_of" => once(&mut at, &name, named_as_of(&value, app.clock.now())?)?,
                _ => {
                    rest.append_pair(&name, &value);
                }
            }
        }
        Ok(Self { at, query: rest.finish() })
    }

    /// What else was asked, one parameter after the other.
    pub(super) fn rest(&self) -> url::form_urlencoded::Parse<'_> {
        url::form_urlencoded::parse(self.query.as_bytes())
    }

    /// The clock that goes with it.
    pub(super) fn clock(&self, app: &App) -> Clock {
        self.at.map_or(app.clock, Clock::Fixed)
    }

    /// What else was asked, of then.
    pub(super) fn scope(&self, app: &App, settings: &Settings) -> Result<Scope, Problem> {
        Ok(Scope { as_of: self.at, ..metrics::scope_at(self.clock(app), settings, &self.query)? })
    }

    /// What the tenant aimed at then, by metric.
    pub(super) async fn targets(&self, app: &App, asker: &Asker) -> Result<BTreeMap<String, f64>, Problem> {
        let control = &app.access.control;
        Ok(match self.at {
            Some(at) => control.target_values_at(&asker.tenant, at).await?,
            None => control.target_values(&asker.tenant).await?,
        })
    }

    /// A tenant as it was then. Unlike a report, which says so and is of now, this refuses where nobody can tell: who asked for figures
    /// of then takes no others. To look it up takes a turn in the tenant's line, since the logs of all tables are read for it.
    pub(super) async fn tenant(
        &self,
        (app, asker, slot): (&App, &Asker, &Slot),
        tenant: Tenant,
    ) -> Result<Tenant, Problem> {
        let Some(at) = self.at else { return Ok(tenant) };
        if !tenant.policy().shows_all_rows() {
            let why = "`as_of` is for whoever sees everything: what others may see is told by what is owned now, and nobody knows what was owned then";
            return Err(Problem::forbidden(why));
        }
        let was = async { Ok::<_, Problem>(tenant.at(at).await?) };
        app.step(asker, slot, was).await?.ok_or_else(|| {
            let why = "the lake cannot tell what it held then: nothing was modelled by then, or files of then are gone, which are kept for a week unless a vacuum is told otherwise";
            Problem::new(StatusCode::GONE, "not-kept", "What was then is not kept", why)
        })
    }
}
