//! What a tenant may decide about its own figures.

use crate::pattern::{any_of, patterns};
use crate::risk::RiskSettings;
use crate::{Calendar, Error, Pattern, Result};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tenant's settings for model and metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where its days, weeks and months begin.
    pub time_zone: Tz,
    /// When its people work.
    pub calendar: Calendar,
    /// How its work items flow.
    pub flow: Flow,
    /// Which of the names that sources know people by are one person's, and which are programs'.
    pub people: People,
    /// How long before an incident its deployment may have finished, when nothing else links them, in seconds.
    pub incident_window_seconds: i64,
    /// Within how long a hotfix, rollback or revert counts as the repair of the deployment before it, in seconds.
    pub repair_window_seconds: i64,
    /// Below how many observations no tier is named.
    pub minimum_n: u64,
    /// What it aims at, by metric, in the metric's unit.
    pub targets: BTreeMap<String, f64>,
    /// Its risks' weights, thresholds and limits.
    pub risk: RiskSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_zone: Tz::UTC,
            calendar: Calendar::default(),
            flow: Flow::default(),
            people: People::default(),
            incident_window_seconds: 24 * 3600,
            repair_window_seconds: 7 * 24 * 3600,
            minimum_n: 10,
            targets: BTreeMap::new(),
            risk: RiskSettings::default(),
        }
    }
}

impl Settings {
    /// The day of the tenant's time zone that an instant is on, in microseconds since 1970.
    pub fn day(&self, at: i64) -> NaiveDate {
        DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&self.time_zone).date_naive()
    }

    /// A zone by its name in the tz database.
    ///
    /// # Errors
    /// [`Error::Setting`] when there is none of that name.
    pub fn parse_time_zone(name: &str) -> Result<Tz> {
        name.parse().map_err(|_| {
            Error::Setting(format!(
                "`{name}` is not a time zone: use a name of the tz database, such as `Europe/Berlin`"
            ))
        })
    }
}

/// By what the names of one person are known to be one's, and programs to be programs. What somebody decided about a name
/// (`core.identity_overrides`) goes before all of it. All patterns are matched upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// Whether names with one address are one person's, over all sources.
    pub by_email: bool,
    /// Whether names with one login are one person's, over all sources; within one connection they always are.
    pub by_login: bool,
    /// Names, logins and addresses of programs, beside those that their sources tell.
    pub bots: Vec<Pattern>,
    /// Names, logins and addresses of people, whatever sources and `bots` say.
    pub humans: Vec<Pattern>,
}

impl Default for People {
    fn default() -> Self {
        Self { by_email: true, by_login: false, bots: Vec::new(), humans: Vec::new() }
    }
}

/// How work items flow: which statuses are which stage, and what an item's type and labels say about it. All patterns are
/// matched upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flow {
    /// The stages in their order; none, unless somebody maps them. What rests on stages is NULL then.
    pub stages: Vec<Stage>,
    /// The stage from which on an item is committed to.
    pub commitment: Option<String>,
    /// Types of items that hold others, which are not work of their own. Of a type that neither this nor `subtasks` names, where
    /// it stands in the hierarchy of its source counts.
    pub epics: Vec<Pattern>,
    /// Types of items that are parts of others, which are counted with those.
    pub subtasks: Vec<Pattern>,
    /// Types and labels of work that repairs; the first of these four lists that holds one decides, in the order unplanned,
    /// defects, debt, features.
    pub defects: Vec<Pattern>,
    /// Types and labels of work that keeps what there is in shape.
    pub debt: Vec<Pattern>,
    /// Types and labels of work that nobody planned.
    pub unplanned: Vec<Pattern>,
    /// Types and labels of work that adds something.
    pub features: Vec<Pattern>,
    /// Statuses and labels that say that an item is blocked; a flag that is set says so, too.
    pub blocked: Vec<Pattern>,
    /// Resolutions and statuses that say of an item whose status means done that it was abandoned, closed without being done; and likewise of
    /// an incident that is closed that it was none.
    pub abandoned: Vec<Pattern>,
    /// Branches, titles and labels of pull requests that are unplanned fixes.
    pub hotfixes: Vec<Pattern>,
    /// For how many whole working days nobody has to have acted on an open pull request for it to be idle.
    pub idle_days: u32,
}

/// A stage of the flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// The statuses that it is made of.
    pub statuses: Vec<Pattern>,
    /// Whether items are worked on in it; in all others they wait.
    pub active: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            stages: Vec::new(),
            commitment: None,
            epics: patterns(&["epic", "initiative", "theme", "capability", "milestone"]),
            subtasks: patterns(&["sub-task", "subtask", "sub task"]),
            defects: patterns(&["bug", "bugs", "defect", "type: bug", "kind/bug", "fault", "regression"]),
            debt: patterns(&["*debt*", "refactor*", "chore", "maintenance", "*cleanup*", "dependencies", "tech*task"]),
            unplanned: patterns(&[
                "incident",
                "outage",
                "hotfix",
                "*support*",
                "service request*",
                "unplanned",
                "problem",
            ]),
            features: patterns(&[
                "story",
                "user story",
                "feature*",
                "new feature",
                "improvement",
                "enhancement",
                "type: feature",
                "kind/feature",
            ]),
            blocked: patterns(&["blocked", "*on hold*", "impeded", "impediment"]),
            abandoned: patterns(&[
                "won't*",
                "wont*",
                "won’t*",
                "will not *",
                "not planned",
                "not_planned",
                "duplicate*",
                "declined",
                "rejected",
                "cancel*",
                "abandoned",
                "obsolete",
                "invalid",
                "incomplete",
                "cannot reproduce",
                "can't reproduce",
                "can’t reproduce",
                "not a bug",
                "not an issue",
                "not a problem",
                "not an incident",
                "false alarm*",
                "false positive*",
                "works as designed",
                "works for me",
                "withdrawn",
            ]),
            hotfixes: patterns(&["hotfix*", "*hotfix", "* hotfix *", "*/hotfix*"]),
            idle_days: 5,
        }
    }
}

impl Flow {
    /// Refuses a mapping that contradicts itself.
    ///
    /// # Errors
    /// [`Error::Setting`], with what is wrong.
    pub fn check(&self) -> Result<()> {
        if !(1..=100).contains(&self.idle_days) {
            return Err(Error::Setting(format!("`idle_days` is from 1 to 100, not {}", self.idle_days)));
        }
        for (place, stage) in self.stages.iter().enumerate() {
            if stage.name.trim().is_empty() || stage.statuses.is_empty() {
                return Err(Error::Setting(format!("stage {} has a name and at least one status", place + 1)));
            }
            if self.stages.iter().take(place).any(|other| other.name == stage.name) {
                return Err(Error::Setting(format!("there are two stages `{}`: give each its own name", stage.name)));
            }
        }
        match &self.commitment {
            Some(name) if !self.stages.iter().any(|stage| stage.name == *name) => {
                let known: Vec<_> = self.stages.iter().map(|stage| stage.name.as_str()).collect();
                Err(Error::Setting(format!(
                    "the commitment `{name}` is not a stage; there are: {}",
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                )))
            }
            _ => Ok(()),
        }
    }

    /// The place of the stage that a status belongs to; of several, the first.
    pub(crate) fn stage(&self, status: &str) -> Option<usize> {
        self.stages.iter().position(|stage| any_of(&stage.statuses, status))
    }

    /// The name of the stage at a place.
    pub(crate) fn stage_name(&self, place: Option<usize>) -> Option<&str> {
        self.stages.get(place?).map(|stage| stage.name.as_str())
    }

    /// The place of the stage from which on an item is committed to.
    pub(crate) fn committed_from(&self) -> Option<usize> {
        let name = self.commitment.as_ref()?;
        self.stages.iter().position(|stage| stage.name == *name)
    }

    /// `epic`, `item` or `subtask`: what the patterns say of a type, or else where it stands in the hierarchy of its source.
    pub(crate) fn level(&self, kind: Option<&str>, told: Option<i64>) -> &'static str {
        match (kind, told) {
            (Some(kind), _) if any_of(&self.epics, kind) => "epic",
            (Some(kind), _) if any_of(&self.subtasks, kind) => "subtask",
            (_, Some(1..)) => "epic",
            (_, Some(..=-1)) => "subtask",
            _ => "item",
        }
    }

    /// `feature`, `defect`, `debt`, `unplanned` or `unclassified`: what the type says, or else what the labels say.
    pub(crate) fn class(&self, kind: Option<&str>, labels: &[&str]) -> &'static str {
        let classes = [
            ("unplanned", &self.unplanned),
            ("defect", &self.defects),
            ("debt", &self.debt),
            ("feature", &self.features),
        ];
        let of = |texts: &[&str]| {
            let holds = |patterns: &[Pattern]| texts.iter().any(|text| any_of(patterns, text));
            classes.iter().find(|(_, patterns)| holds(patterns)).map(|(class, _)| *class)
        };
        of(kind.as_slice()).or_else(|| of(labels)).unwrap_or("unclassified")
    }

    /// Whether a status or label says that an item is blocked.
    pub(crate) fn is_blocked(&self, text: &str) -> bool {
        any_of(&self.blocked, text)
    }

    /// Whether a resolution or status of what is closed says that an item was not done, or that an incident was none.
    pub(crate) fn is_abandoned(&self, text: &str) -> bool {
        any_of(&self.abandoned, text)
    }

    /// Whether a pull request's branch, title or label says that it is an unplanned fix.
    pub(crate) fn is_hotfix(&self, text: &str) -> bool {
        any_of(&self.hotfixes, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str, statuses: &[&str]) -> Stage {
        Stage { name: name.to_owned(), statuses: patterns(statuses), active: true }
    }

    #[test]
    fn every_item_has_one_class_by_its_type_or_else_its_labels() {
        let flow = Flow::default();
        assert_eq!(flow.class(Some("Bug"), &["feature"]), "defect");
        assert_eq!(flow.class(Some("Task"), &["tech-debt", "hotfix"]), "unplanned");
        assert_eq!(flow.class(None, &["enhancement"]), "feature");
        assert_eq!(flow.class(Some("Task"), &["ui"]), "unclassified");
        assert_eq!(flow.class(None, &[]), "unclassified");
    }

    #[test]
    fn an_items_level_is_told_by_its_type() {
        let level = |kind| Flow::default().level(kind, None);
        assert_eq!((level(Some("Epic")), level(Some("Sub-task")), level(Some("Story"))), ("epic", "subtask", "item"));
        assert_eq!(level(None), "item");
    }

    #[test]
    fn what_a_source_says_of_a_type_counts_where_no_pattern_does() {
        let level = |kind, told| Flow::default().level(Some(kind), told);
        let told = [2, 1, 0, -1, -2].map(|told| level("Vorhaben", Some(told)));
        assert_eq!(told, ["epic", "epic", "item", "subtask", "subtask"]);
        assert_eq!((level("Epic", Some(0)), level("Sub-task", Some(1))), ("epic", "subtask"));
    }

    #[test]
    fn what_sources_call_closed_without_being_done_is_abandoned_and_what_was_done_is_not() {
        let flow = Flow::default();
        let says = |texts: &[&'static str]| -> Vec<&'static str> {
            texts.iter().copied().filter(|text| flow.is_abandoned(text)).collect()
        };
        let all = [
            "Won't Do",
            "Won't Fix",
            "Won’t Do",
            "Wont Fix",
            "WONTFIX",
            "Won't-Fix",
            "Will Not Do",
            "Duplicate",
            "Duplicated",
            "Cancelled",
            "Canceled",
            "Declined",
            "Rejected",
            "Incomplete",
            "Cannot Reproduce",
            "Can't Reproduce",
            "Not a Bug",
            "False Alarm",
            "not_planned",
            "duplicate",
        ];
        assert_eq!(says(&all), all);
        let none: [&str; 0] = [];
        assert_eq!(
            says(&["Done", "Fixed", "Resolved", "Closed", "completed", "Workaround", "Wonder", "Released"]),
            none
        );
    }

    #[test]
    fn a_status_belongs_to_the_first_stage_that_names_it() {
        let flow = Flow {
            stages: vec![stage("doing", &["in *"]), stage("review", &["in review", "testing"])],
            commitment: Some("doing".to_owned()),
            ..Flow::default()
        };
        assert_eq!((flow.stage("In Review"), flow.stage("TESTING"), flow.stage("Open")), (Some(0), Some(1), None));
        assert_eq!(flow.committed_from(), Some(0));
        assert!(flow.check().is_ok());
    }

    #[test]
    fn a_mapping_that_contradicts_itself_is_refused() {
        let refused = |flow: Flow| flow.check().unwrap_err().to_string();
        let twice = Flow { stages: vec![stage("a", &["x"]), stage("a", &["y"])], ..Flow::default() };
        assert!(refused(twice).contains("two stages `a`"));
        let nowhere = Flow { stages: vec![stage("a", &["x"])], commitment: Some("b".to_owned()), ..Flow::default() };
        assert!(refused(nowhere).contains("there are: a"));
        assert!(refused(Flow { stages: vec![stage("a", &[])], ..Flow::default() }).contains("stage 1"));
    }
}
