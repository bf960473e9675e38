//! Counts as sentences.

use super::Count;
use crate::texts::Language;
use pulse_engine::metrics::{Dimension, Filter, Mark, Standing};
use pulse_engine::percent;

/// What a filter leaves, `None` when that is everything.
pub(crate) fn filter(filter: &Filter, language: Language) -> Option<String> {
    let named = Dimension::ALL.map(|of| (of, filter.of(of)));
    let named = named.iter().filter(|(_, names)| !names.is_empty());
    let part = |(of, names): &(Dimension, &[String])| {
        format!("{} {}", language.dimension(*of), names.join(language.say(" or ")))
    };
    let parts: Vec<String> = named.map(part).collect();
    let names = parts.join(language.say(", and of that only "));
    (!parts.is_empty()).then(|| language.fill("only {names}", &[("names", &names)]))
}

/// What the figures rest on and leave out.
pub(super) fn coverage(counts: &[Count], language: Language) -> Vec<String> {
    let mut said = Vec::new();
    for (subject, text) in [
        ("changes", "{n} of {all} changes ({share}) have a lead time{rest}"),
        ("deployments", "{n} of {all} deployments ({share}) count as successful production deployments{rest}"),
        ("incidents", "{n} of {all} incidents ({share}) are linked to the deployment that caused them{rest}"),
        ("work_items", "{n} of {all} work items that are closed, or may be, ({share}) count as done{rest}"),
    ] {
        let of: Vec<&Count> = counts.iter().filter(|c| c.subject == subject).collect();
        let all: i64 = of.iter().map(|c| c.n).sum();
        if all == 0 {
            continue;
        }
        let n: i64 = of.iter().filter(|c| c.what == "counted").map(|c| c.n).sum();
        let left = of.iter().filter(|c| c.what != "counted");
        let rest: Vec<String> = left.map(|c| format!("{}: {}", language.say(&c.what), c.n)).collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join(", ")) };
        let share = language.number(&share(n, all));
        let values = [("n", n.to_string()), ("all", all.to_string()), ("share", share), ("rest", rest)];
        said.push(language.fill(text, &values.each_ref().map(|(name, value)| (*name, value.as_str()))));
    }
    let rejects: i64 = counts.iter().filter(|c| c.subject == "rejects").map(|c| c.n).sum();
    if rejects > 0 {
        let text = "payloads of the whole lake that could not be mapped, with their reasons in Connections: {n}";
        said.push(language.fill(text, &[("n", &rejects.to_string())]));
    }
    said
}

/// What nobody recorded.
pub(super) fn inferred(counts: &[Count], language: Language) -> Vec<String> {
    let told = |Count { subject, what: rule, n }: &Count| {
        let text = match (subject.as_str(), rule.as_str()) {
            ("deployments", "tag") => "deployments that stand for tags: {n}",
            ("deployments", "merge") => "deployments that stand for merges: {n}",
            ("deployments", "release") => "deployments that stand for releases: {n}",
            ("deployments", "workflow_run") => "deployments that stand for workflow runs: {n}",
            ("failures", _) => "failed deployments known by a {rule} alone, without an incident: {n}",
            ("rework", _) => "deployments counted as rework for a {rule}, without an incident: {n}",
            ("lineage", _) => "changes found in their deployment by time, for want of a SHA: {n}",
            ("incidents", _) => "incidents linked to the latest deployment before them: {n}",
            _ => "{subject} by the rule `{rule}`: {n}",
        };
        language.fill(text, &[("subject", subject), ("rule", rule), ("n", &n.to_string())])
    };
    counts.iter().map(told).collect()
}

/// Where a value stands among a year's published answers.
pub(super) fn standing(standing: &Standing, language: Language) -> String {
    let mut said = format!("{}: ", standing.year);
    if let Some(tier) = &standing.tier {
        said.push_str(&language.fill("{tier} for this metric, ", &[("tier", language.say(tier))]));
    }
    said.push_str(language.say(&standing.bucket));
    // A sum of nothing is minus zero.
    let percent = |share: f64| language.number(&(share + 0.0).to_string());
    if let Some(share) = standing.percent {
        said.push_str(&language.fill(", as {percent} % of respondents", &[("percent", &percent(share))]));
    }
    if let (Some(better), Some(worse)) = (standing.better_percent, standing.worse_percent) {
        let (better, worse) = (percent(better), percent(worse));
        let values = [("better", better.as_str()), ("worse", worse.as_str())];
        said.push_str(&language.fill(" ({better} % answered better, {worse} % worse)", &values));
    }
    said.push_str(match standing.mark {
        Mark::Verified => "",
        Mark::Secondary => language.say("; from a secondary source"),
        Mark::Recalled => language.say("; not checked against the source"),
    });
    said
}

/// A share in percent that says 0 only when it is none.
fn share(n: i64, all: i64) -> String {
    let share = n as f64 / all as f64;
    percent(if n == 0 { share } else { share.max(0.001) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(subject: &str, what: &str, n: i64) -> Count {
        Count { subject: subject.into(), what: what.into(), n }
    }

    #[test]
    fn what_is_left_out_is_named_with_its_reason() {
        let counts =
            [count("changes", "counted", 998), count("changes", "baseline", 2), count("rejects", "commits", 1)];
        assert_eq!(
            coverage(&counts, Language::English),
            [
                "998 of 1000 changes (99.8 %) have a lead time (baseline: 2)",
                "payloads of the whole lake that could not be mapped, with their reasons in Connections: 1"
            ]
        );
        assert_eq!(
            coverage(&counts, Language::German),
            [
                "998 von 1000 Änderungen (99,8 %) haben eine Durchlaufzeit (Ausgangsbestand: 2)",
                "Payloads des ganzen Lakes, die nicht abgebildet werden konnten, mit ihren Gründen unter Verbindungen: 1"
            ]
        );
    }

    #[test]
    fn of_incidents_it_is_told_which_are_not_linked_and_which_were_none() {
        let of = |what: &str, n| count("incidents", what, n);
        let counts = [of("counted", 6), of("not linked", 2), of("abandoned", 2)];
        assert_eq!(
            [Language::English, Language::German].map(|language| coverage(&counts, language).join("")),
            [
                "6 of 10 incidents (60 %) are linked to the deployment that caused them (not linked: 2, abandoned: 2)",
                "6 von 10 Störungen (60 %) sind mit dem Deployment verknüpft, das sie verursacht hat (nicht verknüpft: 2, aufgegeben: 2)"
            ]
        );
    }

    #[test]
    fn of_work_items_it_is_told_how_many_count_as_done_and_why_the_others_do_not() {
        let of = |what: &str, n| count("work_items", what, n);
        let counts = [of("counted", 6), of("subtask", 3), of("abandoned", 1), of("epic", 1), of("unmapped status", 1)];
        assert_eq!(
            coverage(&counts, Language::English),
            [
                "6 of 12 work items that are closed, or may be, (50 %) count as done (subtask: 3, abandoned: 1, epic: 1, unmapped status: 1)"
            ]
        );
        assert_eq!(
            coverage(&counts, Language::German),
            [
                "6 von 12 Vorgängen, die geschlossen sind oder sein könnten, (50 %) zählen als fertig (Unteraufgabe: 3, aufgegeben: 1, Epic: 1, Status nicht abgebildet: 1)"
            ]
        );
    }

    #[test]
    fn where_a_value_stands_is_told_in_each_language() {
        let mut of = Standing {
            year: 2025,
            tier: None,
            bucket: "one day to one week".into(),
            percent: Some(31.9),
            better_percent: Some(24.4),
            worse_percent: Some(43.5),
            n: 20,
            mark: Mark::Recalled,
            source: String::new(),
            limits: Vec::new(),
        };
        let told = |of: &Standing| [Language::English, Language::German].map(|language| standing(of, language));
        assert_eq!(
            told(&of),
            [
                "2025: one day to one week, as 31.9 % of respondents (24.4 % answered better, 43.5 % worse); not checked against the source",
                "2025: ein Tag bis eine Woche, wie 31,9 % der Befragten (24,4 % antworteten besser, 43,5 % schlechter); nicht an der Quelle geprüft",
            ]
        );
        of = Standing { year: 2021, tier: Some("high".into()), worse_percent: None, mark: Mark::Verified, ..of };
        assert_eq!(
            told(&of),
            [
                "2021: high for this metric, one day to one week, as 31.9 % of respondents",
                "2021: hoch bei dieser Metrik, ein Tag bis eine Woche, wie 31,9 % der Befragten",
            ]
        );
    }

    #[test]
    fn a_filter_is_told_with_its_names_as_they_are() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let both = Filter { projects: names(&["Shop"]), teams: names(&["Pay", "A {n}"]), ..Filter::default() };
        let told = filter(&both, Language::English).unwrap();
        assert_eq!(told, "only project Shop, and of that only team Pay or A {n}");
        let told = filter(&both, Language::German).unwrap();
        assert_eq!(told, "nur Projekt Shop, und davon nur Team Pay oder A {n}");
        assert_eq!(filter(&Filter::default(), Language::German), None);
    }

    #[test]
    fn what_was_inferred_is_told_by_its_rule() {
        let counts = [count("deployments", "tag", 3), count("failures", "rollback", 1), count("x", "y", 2)];
        assert_eq!(
            inferred(&counts, Language::English),
            [
                "deployments that stand for tags: 3",
                "failed deployments known by a rollback alone, without an incident: 1",
                "x by the rule `y`: 2"
            ]
        );
        assert_eq!(inferred(&counts[..1], Language::German), ["Deployments, die für Tags stehen: 3"]);
    }

    #[test]
    fn a_share_is_none_or_all_only_where_it_is() {
        for (n, all, told) in
            [(0, 9, "0 %"), (9, 9, "100 %"), (1, 9_000, "0.1 %"), (8_999, 9_000, "99.9 %"), (1, 3, "33 %")]
        {
            assert_eq!(share(n, all), told);
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_not_there() {
        let language = Language::English;
        assert!(coverage(&[], language).is_empty() && inferred(&[], language).is_empty());
    }
}
