//! A metric's figures with the way to the rows behind them.

use super::Scope;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use chrono_tz::Tz;
use pulse_engine::metrics::{Answer, Definition, Dimension, Figure, Filter, Group, NONE, Spread};
use serde::Serialize;

/// A metric's figures, and where the rows behind them are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opened {
    /// What was measured, and how.
    pub definition: Definition,
    /// The time zone whose days, weeks and months were meant.
    pub time_zone: String,
    /// When it was asked, in microseconds since 1970 (UTC).
    pub as_of: i64,
    /// When the newest of these observations happened.
    pub newest_at: Option<i64>,
    /// One group, or one for each value of the dimension, by name.
    pub groups: Vec<OpenedGroup>,
    /// The figure of all groups together; `None` when nothing was grouped by.
    pub overall: Option<Figure>,
    /// How the groups' values are spread.
    pub spread: Option<Spread>,
    /// The address of the rows behind all of it.
    pub evidence: String,
}

/// A group, and where the rows behind its total are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenedGroup {
    /// Its figures.
    #[serde(flatten)]
    pub group: Group,
    /// The address of the rows behind its total.
    pub evidence: String,
}

impl Opened {
    /// An answer within its scope.
    pub fn new(answer: Answer, scope: &Scope) -> Self {
        let Answer { definition, time_zone, as_of, newest_at, groups, overall, spread } = answer;
        let evidence = evidence_address(&definition.name, &Scope { by: None, ..scope.clone() }, None);
        let opened = |group: Group| {
            let evidence = evidence_address(&definition.name, scope, group.key.as_deref());
            OpenedGroup { group, evidence }
        };
        let groups = groups.into_iter().map(opened).collect();
        Self { definition, time_zone, as_of, newest_at, groups, overall, spread, evidence }
    }
}

/// Where the rows behind a figure are: those of one group, when figures are grouped, or of all.
pub(crate) fn evidence_address(metric: &str, scope: &Scope, key: Option<&str>) -> String {
    let group = scope.by.map(|by| (by, key.unwrap_or(NONE)));
    rows_address(metric, (scope.from, scope.until), (scope.time_zone, scope.as_of), &scope.filter, group)
}

/// The same, of some days, which are the tenant's own unless another time zone is said, and perhaps of a group; of the rows of now unless
/// an instant of the past is said.
pub(super) fn rows_address(
    metric: &str,
    (from, until): (NaiveDate, NaiveDate),
    (time_zone, as_of): (Option<Tz>, Option<i64>),
    filter: &Filter,
    group: Option<(Dimension, &str)>,
) -> String {
    let mut filter = filter.clone();
    if let Some((by, key)) = group {
        // The group is one of those that the filter left, so it alone says as much as both.
        *filter.of_mut(by) = vec![key.to_owned()];
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("from", &from.to_string()).append_pair("until", &until.to_string());
    query.extend_pairs(time_zone.map(|zone| ("time_zone", zone.name())));
    query.extend_pairs(filter_parameters(&filter));
    if let Some(at) = as_of.and_then(DateTime::from_timestamp_micros) {
        query.append_pair("as_of", &at.to_rfc3339_opts(SecondsFormat::Micros, true));
    }
    format!("/api/v1/metrics/{metric}/evidence?{}", query.finish())
}

/// A filter as the parameters that ask for it.
pub(crate) fn filter_parameters(filter: &Filter) -> Vec<(&'static str, &str)> {
    let named = |of: Dimension| filter.of(of).iter().map(move |value| (of.name(), value.as_str()));
    Dimension::ALL.into_iter().flat_map(named).collect()
}
