//! The risks that stand, as views of the schema `risk`.

use super::catalogue::rules;
use super::run::COMBINED;
use crate::Result;
use std::collections::BTreeMap;

const STATEMENT: &str = include_str!("../../../sql/current_risks.sql");
/// The view of the combined risks.
const PROJECTS: &str = "projects";
const OF_A_RULE: &str = "subject_kind, subject_id, project_id, team_id, repository_id, found_at, score, contribution, sentence, \
    evidence, evidence_count, rule_version";
const OF_A_PROJECT: &str = "project_id, team_id, found_at, score, status, sentence AS reason, evidence, rule_version";

/// A statement for each rule, by its name, and one for the combined risks of the projects.
pub(crate) fn views() -> Result<BTreeMap<String, String>> {
    let view = |rule: &str, columns: &str| STATEMENT.replace("{rule}", rule).replace("{columns}", columns);
    let mut views: BTreeMap<_, _> =
        rules()?.iter().map(|rule| (rule.name.clone(), view(&rule.name, OF_A_RULE))).collect();
    views.insert(PROJECTS.to_owned(), view(COMBINED, OF_A_PROJECT));
    Ok(views)
}
