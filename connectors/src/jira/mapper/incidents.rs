//! Issues that are incidents.

use super::issues::Ticket;
use super::values::{known, micros, required_time};
use super::{Work, custom, document};
use crate::cause::root_cause;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// The native part of its key.
pub(super) fn native(number: &str) -> String {
    format!("incidents/{number}")
}

pub(super) fn map(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    let native = native(ticket.number);
    let (fields, settings) = (&ticket.issue.fields, ticket.settings);
    let own = &fields.own;
    let kind = own.issuetype.as_ref().and_then(|kind| kind.name.as_deref());
    let is_found = ticket.issue.incident && settings.incidents.jql.is_some();
    if !is_found && !settings.incidents.is_incident(kind, &own.labels.0) {
        // Where nobody knows whether the query finds it, it stays what it was.
        if ticket.issue.unasked && settings.incidents.jql.is_some() {
            return Ok(());
        }
        // It may have been one until it was given another type, or a label was taken off. Its history cannot say that it never was: it
        // does not tell when the type itself gets another name.
        return work.gone("incidents", &native);
    }
    let told = |field: &Option<String>| fields.get(field.as_deref()).and_then(custom::text);
    let began_at = match told(&settings.fields.began_at).and_then(|text| micros(&text)) {
        Some(at) => at,
        None => required_time("fields.created", own.created.as_deref())?,
    };
    let priority = || own.priority.as_ref().and_then(|priority| priority.name.clone());
    let project = own.project.as_ref().and_then(|project| project.id.as_ref());
    // A workflow that opens an issue again may leave how it was closed, and when.
    let is_open = matches!(ticket.category, Some("todo" | "doing"));
    let closed = own.resolution.as_ref().filter(|_| ticket.category == Some("done"));
    let description = fields.get(Some("description")).and_then(document::plain);
    let row = work
        .row("incidents", &native)?
        .set("project_id", project.map(|project| work.id(&format!("projects/{}", project.0))))
        .set("title", own.summary.clone())
        .set("severity", told(&settings.fields.severity).or_else(priority))
        .set("began_at", Value::Time(began_at))
        .set("resolved_at", known(ticket.resolved_at.filter(|_| !is_open)))
        .set("caused_by_sha", description.and_then(|text| root_cause(&text)))
        .set("url", ticket.url.clone())
        .set("status", own.status.as_ref().and_then(|status| status.name.clone()))
        .set("resolution", closed.and_then(|resolution| resolution.name.clone()));
    work.push(row)
}
