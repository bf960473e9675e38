//! Projects that got another key: the settings may name them by one that they had.

use super::JiraSettings;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the former keys of projects lead to, as these are called now: of keys that none of them has by now.
pub(super) fn rekeyed<'a>(projects: impl Iterator<Item = &'a Value> + Clone) -> BTreeMap<String, String> {
    let now = |project: &'a Value| project["key"].as_str();
    let keys: BTreeSet<&str> = projects.clone().filter_map(now).collect();
    let former = projects.filter_map(|project| Some((now(project)?, project["projectKeys"].as_array()?)));
    let former = former.flat_map(|(now, all)| all.iter().filter_map(Value::as_str).map(move |former| (former, now)));
    let free = former.filter(|(former, _)| !keys.contains(former));
    free.map(|(former, now)| (former.to_owned(), now.to_owned())).collect()
}

impl JiraSettings {
    /// The same, knowing what former keys of projects lead to, as far as it names these projects by any.
    pub(super) fn knowing(&self, rekeyed: &BTreeMap<String, String>) -> Self {
        let named: BTreeSet<&str> =
            self.projects.iter().map(|key| rekeyed.get(key).map_or(key.as_str(), String::as_str)).collect();
        let of_named = rekeyed.iter().filter(|(_, now)| named.contains(now.as_str()));
        Self { rekeyed: of_named.map(|(former, now)| (former.clone(), now.clone())).collect(), ..self.clone() }
    }

    /// The key that a project has now which goes by this one.
    pub(super) fn key_now<'a>(&'a self, key: &'a str) -> &'a str {
        self.rekeyed.get(key).map_or(key, String::as_str)
    }

    /// Whether a project of that key is to be read, or one that had it.
    pub fn wants(&self, key: &str) -> bool {
        let key = self.key_now(key);
        (self.projects.is_empty() || self.projects.iter().any(|wanted| self.key_now(wanted) == key))
            && !self.exclude.iter().any(|pattern| pattern.matches_any_case(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn knowing(projects: &Value, settings: &Value) -> JiraSettings {
        let projects = projects.as_array().unwrap();
        JiraSettings::from_json(settings).unwrap().knowing(&rekeyed(projects.iter()))
    }

    #[test]
    fn a_project_is_wanted_by_each_key_that_it_had_and_has() {
        let projects = json!([
            {"key": "FRESH", "projectKeys": ["PAY", "CASH", "FRESH"]},
            {"key": "OPS", "projectKeys": ["RUN", "OPS"]},
            {"key": "DOCS"},
        ]);
        for named in ["PAY", "CASH", "FRESH"] {
            let settings = knowing(&projects, &json!({"projects": [named]}));
            let wanted = ["PAY", "CASH", "FRESH", "OPS", "RUN", "DOCS"].map(|key| settings.wants(key));
            assert_eq!(wanted, [true, true, true, false, false, false], "{named}");
            assert!(!settings.rekeyed.contains_key("RUN"), "what it does not name is no news to it");
        }
        // Nothing need be known where all are read, nor is what it is called in what leaves some out.
        let all = knowing(&projects, &json!({"exclude": ["OPS"]}));
        assert!(all.rekeyed.is_empty() && all.wants("FRESH") && !all.wants("OPS"));
    }

    #[test]
    fn a_key_that_another_project_has_by_now_is_that_ones() {
        let projects =
            json!([{"key": "FRESH", "projectKeys": ["PAY", "FRESH"]}, {"key": "PAY", "projectKeys": ["PAY"]}]);
        let settings = knowing(&projects, &json!({"projects": ["PAY"]}));
        assert_eq!(["PAY", "FRESH"].map(|key| settings.wants(key)), [true, false]);
    }
}
