//! The history of an issue, as changes of its fields.
//!
//! | field | what changes it | values |
//! |---|---|---|
//! | `status` | closing and reopening, and labels that say that work has begun | `open`, `closed`, or such a label |
//! | `resolution` | closing and reopening | how it was closed, as REST writes it; none while it is open |
//! | `labels` | labelling | one that came has no `from_value`, one that went no `to_value` |
//! | `assignee` | assigning | identities, likewise |
//! | `fix version` | planning for a milestone | what it was called then, likewise |

use super::Work;
use super::values::{present, required_time};
use crate::github::WorkItems;
use crate::github::payload::Event;
use pulse_engine::map::Reject;

/// One change of one field.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    /// The part of its key below the issue's.
    pub(super) native: String,
    pub(super) field: &'static str,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) at: i64,
    pub(super) author: Option<String>,
}

/// How an issue stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    is_closed: bool,
    /// The labels on it that say that work has begun, the newest last.
    doing: Vec<String>,
}

impl Standing {
    /// Its status: `open`, `closed`, or the newest label that says that work has begun.
    pub(super) fn status(&self) -> &str {
        if self.is_closed { "closed" } else { self.doing.last().map_or("open", String::as_str) }
    }

    /// The same as the issue itself tells it. Its history may lack what happened before labels were renamed, or what one
    /// may not see.
    pub(super) fn told(mut self, is_closed: bool, labels: &[String], items: &WorkItems) -> Self {
        self.is_closed = is_closed;
        self.doing.retain(|label| labels.contains(label));
        if self.doing.is_empty() {
            self.doing.extend(labels.iter().find(|label| items.is_doing(label)).cloned());
        }
        self
    }

    /// Its status category.
    pub(super) fn category(&self) -> &'static str {
        Self::means(self.status())
    }

    /// The category of a status. Labels that are called `open` or `closed` do not say that work has begun.
    pub(super) fn means(status: &str) -> &'static str {
        match status {
            "closed" => "done",
            "open" => "todo",
            _ => "doing",
        }
    }
}

/// What the events of an issue changed, in the order of time; and how they leave it.
pub(super) fn changes(
    work: &mut Work<'_>,
    events: &[Event],
    items: &WorkItems,
) -> Result<(Vec<Change>, Standing), Reject> {
    let mut timed = Vec::with_capacity(events.len());
    for event in events {
        if is_known(&event.kind) {
            timed.push((required_time("timelineItems.createdAt", event.created_at.as_deref())?, event));
        }
    }
    // Events of one instant stay in the order in which GitHub tells them.
    timed.sort_by_key(|(at, _)| *at);
    let (mut changes, mut standing, mut resolution) = (Vec::new(), Standing::default(), None);
    for (at, event) in timed {
        let native = format!("events/{}", present("timelineItems.id", event.id.as_deref())?);
        let author = work.account(event.actor.as_ref());
        let label = event.label.as_ref().map(|label| label.name.clone());
        let assignee = work.account(event.assignee.as_ref());
        let before = standing.status().to_owned();
        let own = match event.kind.as_str() {
            "LabeledEvent" => {
                standing.doing.extend(label.clone().filter(|label| items.is_doing(label)));
                Some(("labels", None, label))
            }
            "UnlabeledEvent" => {
                standing.doing.retain(|doing| Some(doing) != label.as_ref());
                Some(("labels", label, None))
            }
            "AssignedEvent" => Some(("assignee", None, assignee)),
            "UnassignedEvent" => Some(("assignee", assignee, None)),
            "MilestonedEvent" => Some(("fix version", None, event.milestone_title.clone())),
            "DemilestonedEvent" => Some(("fix version", event.milestone_title.clone(), None)),
            closing => {
                standing.is_closed = closing == "ClosedEvent";
                let now = event.state_reason.as_deref().filter(|_| standing.is_closed).map(str::to_ascii_lowercase);
                let before = std::mem::replace(&mut resolution, now.clone());
                Some(("resolution", before, now))
            }
        };
        let is_closing = own.as_ref().is_some_and(|(field, ..)| *field == "resolution");
        // Who or what it was may be gone; then nothing is known to have changed.
        if let Some((field, from, to)) = own.filter(|(_, from, to)| from != to) {
            let native = if is_closing { format!("{native}/resolution") } else { native.clone() };
            changes.push(Change { native, field, from, to, at, author: author.clone() });
        }
        let after = standing.status();
        if after != before {
            let native = if is_closing { native } else { format!("{native}/status") };
            changes.push(Change {
                native,
                field: "status",
                from: Some(before),
                to: Some(after.to_owned()),
                at,
                author,
            });
        }
    }
    Ok((changes, standing))
}

fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "ClosedEvent"
            | "ReopenedEvent"
            | "LabeledEvent"
            | "UnlabeledEvent"
            | "AssignedEvent"
            | "UnassignedEvent"
            | "MilestonedEvent"
            | "DemilestonedEvent"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::mapper::People;
    use pulse_engine::map::{Connection, Mapped, RawPayload};
    use serde_json::{Value, json};

    fn told(events: Value) -> (Vec<Change>, Standing) {
        let connection = Connection::new("github:acme", Value::Null);
        let payload = RawPayload { stream: "issues", key: "7/1", observed_at: 0, body: "" };
        let mut out = Mapped::default();
        let mut work = Work { connection: &connection, payload, people: People::default(), out: &mut out };
        let events: Vec<Event> = serde_json::from_value(events).unwrap();
        changes(&mut work, &events, &WorkItems::default()).unwrap()
    }

    fn event(kind: &str, id: &str, minute: i64, label: Option<&str>) -> Value {
        let label = label.map(|name| json!({"name": name}));
        json!({"__typename": kind, "id": id, "createdAt": format!("2026-01-01T00:{minute:02}:00Z"), "label": label})
    }

    /// Field, from and to of each change.
    fn steps(changes: &[Change]) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        changes.iter().map(|c| format!("{} {}: {} → {}", c.native, c.field, text(&c.from), text(&c.to))).collect()
    }

    #[test]
    fn a_status_follows_labels_and_closing_in_the_order_of_time() {
        let (changes, standing) = told(json!([
            event("ReopenedEvent", "g", 7, None),
            event("LabeledEvent", "a", 1, Some("In Progress")),
            event("LabeledEvent", "b", 2, Some("in review")),
            event("UnlabeledEvent", "c", 3, Some("In Progress")),
            event("ClosedEvent", "d", 4, None),
            event("UnlabeledEvent", "e", 5, Some("in review")),
            event("ClosedEvent", "f", 6, None),
            event("LabeledEvent", "h", 8, Some("doing")),
            event("UnlabeledEvent", "i", 9, Some("doing")),
        ]));
        assert_eq!(
            steps(&changes),
            [
                "events/a labels: - → In Progress",
                "events/a/status status: open → In Progress",
                "events/b labels: - → in review",
                "events/b/status status: In Progress → in review",
                "events/c labels: In Progress → -",
                "events/d status: in review → closed",
                "events/e labels: in review → -",
                "events/g status: closed → open",
                "events/h labels: - → doing",
                "events/h/status status: open → doing",
                "events/i labels: doing → -",
                "events/i/status status: doing → open",
            ]
        );
        assert_eq!((standing.status(), standing.category()), ("open", "todo"));
    }

    #[test]
    fn how_an_issue_was_closed_each_time_is_told_as_rest_writes_it() {
        let closed = |id: &str, minute: i64, reason: Value| {
            let mut event = event("ClosedEvent", id, minute, None);
            event["stateReason"] = reason;
            event
        };
        // GitHub says of one that is opened again that it was, which is no way to be closed; what it does not say is not known.
        let mut reopened = event("ReopenedEvent", "b", 2, None);
        reopened["stateReason"] = json!("REOPENED");
        let (changes, _) = told(json!([
            closed("a", 1, json!("NOT_PLANNED")),
            reopened,
            closed("c", 3, json!("COMPLETED")),
            closed("d", 4, json!("NOT_PLANNED")),
            event("ReopenedEvent", "e", 5, None),
            closed("f", 6, Value::Null),
        ]));
        assert_eq!(
            steps(&changes),
            [
                "events/a/resolution resolution: - → not_planned",
                "events/a status: open → closed",
                "events/b/resolution resolution: not_planned → -",
                "events/b status: closed → open",
                "events/c/resolution resolution: - → completed",
                "events/c status: open → closed",
                "events/d/resolution resolution: completed → not_planned",
                "events/e/resolution resolution: not_planned → -",
                "events/e status: closed → open",
                "events/f status: open → closed",
            ]
        );
    }

    #[test]
    fn what_the_issue_tells_of_itself_counts_more_than_its_history() {
        let labels = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let told = |is_closed, on: &[&str]| {
            let (_, standing) = told(json!([
                event("LabeledEvent", "a", 1, Some("in review")),
                event("LabeledEvent", "b", 2, Some("doing")),
            ]));
            let standing = standing.told(is_closed, &labels(on), &WorkItems::default());
            (standing.status().to_owned(), standing.category())
        };
        assert_eq!(told(false, &["doing", "in review"]), ("doing".to_owned(), "doing"));
        assert_eq!(told(false, &["in review"]), ("in review".to_owned(), "doing"));
        assert_eq!(told(false, &["x", "In Progress"]), ("In Progress".to_owned(), "doing"));
        assert_eq!(told(false, &["x"]), ("open".to_owned(), "todo"));
        assert_eq!(told(true, &["doing"]), ("closed".to_owned(), "done"));
    }

    #[test]
    fn events_that_are_not_known_or_name_nothing_are_passed_over() {
        assert!(told(json!([{}, {"__typename": "PinnedEvent"}])).0.is_empty());
        let (changes, _) = told(json!([event("LabeledEvent", "a", 1, None), event("AssignedEvent", "b", 1, None)]));
        assert!(changes.is_empty(), "{changes:?}");
    }
}
