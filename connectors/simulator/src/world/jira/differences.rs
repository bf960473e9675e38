//! What a history says about an edit.

use super::{Field, Fields, IssueType, Item, Site};
use std::collections::BTreeSet;

/// A side of an item: an id and words, which either of may be missing.
type Side = (Option<String>, Option<String>);

impl Site {
    /// What changed from some fields to others.
    pub(super) fn differences(&self, before: &Fields, after: &Fields) -> Vec<Item> {
        if before == after {
            return Vec::new();
        }
        let mut items = Vec::new();
        for field in FIELDS {
            let side = |fields| self.side(field, fields, after.kind);
            let (from, to) = (side(before), side(after));
            if from != to {
                items.push(item(field, from, to));
            }
        }
        if before.rank != after.rank {
            let word = if after.rank < before.rank { "Ranked higher" } else { "Ranked lower" };
            let empty = || Some(String::new());
            items.push(item(Field::Rank, (empty(), empty()), (empty(), Some(word.to_owned()))));
        }
        let component = |id: &i64| self.projects.values().find_map(|p| p.components.get(id)).map(|c| c.name.clone());
        items.extend(each(Field::Component, &before.components, &after.components, component));
        let version = |id: &i64| self.projects.values().find_map(|p| p.versions.get(id)).map(|v| v.name.clone());
        items.extend(each(Field::FixVersion, &before.fix_versions, &after.fix_versions, version));
        items.extend(each(Field::AffectsVersion, &before.affects_versions, &after.affects_versions, version));
        items
    }

    /// What a field of one value says.
    fn side(&self, field: Field, of: &Fields, kind: IssueType) -> Side {
        let named = |names: (i64, &str)| (Some(names.0.to_string()), Some(names.1.to_owned()));
        let text = |text: Option<String>| (None, text);
        match field {
            Field::Summary => text(Some(of.summary.clone())),
            Field::Description => text((!of.description.is_empty()).then(|| of.description.clone())),
            Field::Status => named(of.status.names()),
            Field::Resolution => of.resolution.map_or((None, None), |r| named(r.names())),
            Field::Priority => named(of.priority.names()),
            Field::IssueType => named(of.kind.names()),
            Field::Severity => of.severity.map_or((None, None), |s| named(s.names())),
            Field::Assignee => {
                let name = of.assignee.as_ref().map(|a| self.users.get(a).map_or(a, |u| &u.display_name).clone());
                (of.assignee.clone(), name)
            }
            Field::Labels => text(Some(of.labels.iter().map(String::as_str).collect::<Vec<_>>().join(" "))),
            Field::Project => (Some(of.project.to_string()), self.projects.get(&of.project).map(|p| p.name.clone())),
            Field::Key => text(Some(self.key_of(of))),
            Field::Parent | Field::Epic if (field == Field::Parent) == (kind == IssueType::Subtask) => {
                (of.parent.map(|p| p.to_string()), of.parent.and_then(|p| self.key(p)))
            }
            Field::Sprint => {
                let ids: Vec<String> = of.sprints.iter().map(i64::to_string).collect();
                let names: Vec<&str> =
                    of.sprints.iter().filter_map(|s| self.sprints.get(s)).map(|s| s.name.as_str()).collect();
                (Some(ids.join(", ")), Some(names.join(", ")))
            }
            Field::StoryPoints => text(of.story_points.map(|p| p.to_string())),
            Field::Service => {
                (of.service.map(|s| s.to_string()), of.service.and_then(|s| self.services.get(&s).cloned()))
            }
            Field::Team => (of.team.map(|t| t.to_string()), of.team.and_then(|t| self.team_name(t))),
            Field::DueDate => (of.due.map(|d| d.to_string()), of.due.map(|d| format!("{d} 00:00:00.0"))),
            _ => (None, None),
        }
    }

    fn team_name(&self, team: i64) -> Option<String> {
        self.projects.values().find(|p| p.team == Some(team)).map(|p| p.name.clone())
    }
}

/// The fields of one value, in the order in which a history tells them.
const FIELDS: [Field; 18] = [
    Field::Project,
    Field::Key,
    Field::IssueType,
    Field::Summary,
    Field::Description,
    Field::Priority,
    Field::Labels,
    Field::Parent,
    Field::Epic,
    Field::Sprint,
    Field::StoryPoints,
    Field::Severity,
    Field::Service,
    Field::Team,
    Field::DueDate,
    Field::Assignee,
    Field::Resolution,
    Field::Status,
];

fn item(field: Field, (from, from_string): Side, (to, to_string): Side) -> Item {
    Item { field, from, from_string, to, to_string }
}

/// One item for each that went, and one for each that came.
fn each(
    field: Field,
    before: &BTreeSet<i64>,
    after: &BTreeSet<i64>,
    name: impl Fn(&i64) -> Option<String>,
) -> Vec<Item> {
    let side = |id: &i64| (Some(id.to_string()), name(id));
    let gone = before.difference(after).map(|id| item(field, side(id), (None, None)));
    let come = after.difference(before).map(|id| item(field, (None, None), side(id)));
    gone.chain(come).collect()
}
