//! Counts as sentences.

use super::Count;
use pulse_engine::metrics::{Dimension, Filter, Mark, Standing};
use pulse_engine::percent;

/// What a filter leaves, `None` when that is everything.
pub(crate) fn filter(filter: &Filter) -> Option<String> {
    let named = Dimension::ALL.map(|of| (of, filter.of(of)));
    let named = named.iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<_> =
        named.map(|(of, names)| format!("{} {}", of.name().replace('_', " "), names.join(" or "))).collect();
    (!parts.is_empty()).then(|| format!("only {}", parts.join(", and of that only ")))
}

/// What the figures rest on and leave out.
pub(super) fn coverage(counts: &[Count]) -> Vec<String> {
    let mut said = Vec::new();
    for (subject, counted) in [
        ("changes", "have a lead time"),
        ("deployments", "count as successful production deployments"),
        ("incidents", "are linked to the deployment that caused them"),
    ] {
        let of: Vec<&Count> = counts.iter().filter(|c| c.subject == subject).collect();
        let all: i64 = of.iter().map(|c| c.n).sum();
        if all == 0 {
            continue;
        }
        let n: i64 = of.iter().filter(|c| c.what == "counted").map(|c| c.n).sum();
        let rest: Vec<String> =
            of.iter().filter(|c| c.what != "counted").map(|c| format!("{}: {}", c.what, c.n)).collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join(", ")) };
        said.push(format!("{n} of {all} {subject} ({}) {counted}{rest}", share(n, all)));
    }
    let rejects: i64 = counts.iter().filter(|c| c.subject == "rejects").map(|c| c.n).sum();
    if rejects > 0 {
        said.push(format!("payloads of the whole lake that could not be mapped, core.rejects says why: {rejects}"));
    }
    said
}

/// What nobody recorded.
pub(super) fn inferred(counts: &[Count]) -> Vec<String> {
    counts
        .iter()
        .map(|Count { subject, what, n }| match (subject.as_str(), what.as_str()) {
            ("deployments", "tag") => format!("deployments that stand for tags: {n}"),
            ("deployments", "merge") => format!("deployments that stand for merges: {n}"),
            ("deployments", "release") => format!("deployments that stand for releases: {n}"),
            ("deployments", "workflow_run") => format!("deployments that stand for workflow runs: {n}"),
            ("failures", rule) => format!("failed deployments known by a {rule} alone, without an incident: {n}"),
            ("rework", rule) => format!("deployments counted as rework for a {rule}, without an incident: {n}"),
            ("lineage", _) => format!("changes found in their deployment by time, for want of a SHA: {n}"),
            ("incidents", _) => format!("incidents linked to the latest deployment before them: {n}"),
            (subject, rule) => format!("{subject} by the rule `{rule}`: {n}"),
        })
        .collect()
}

/// Where a value stands among a year's published answers.
pub(super) fn standing(standing: &Standing) -> String {
    let mut said = format!("{}: ", standing.year);
    if let Some(tier) = &standing.tier {
        said.push_str(&format!("{tier} for this metric, "));
    }
    said.push_str(&standing.bucket);
    if let Some(percent) = standing.percent {
        said.push_str(&format!(", as {percent} % of respondents"));
    }
    if let (Some(better), Some(worse)) = (standing.better_percent, standing.worse_percent) {
        // A sum of nothing is minus zero.
        said.push_str(&format!(" ({} % answered better, {} % worse)", better + 0.0, worse + 0.0));
    }
    said.push_str(match standing.mark {
        Mark::Verified => "",
        Mark::Secondary => "; from a secondary source",
        Mark::Recalled => "; not checked against the source",
    });
    said
}

/// A share in percent that says 0 and 100 only when it is none and all.
fn share(n: i64, all: i64) -> String {
    let share = n as f64 / all as f64;
    percent(if n == 0 || n == all { share } else { share.clamp(0.001, 0.99) })
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
            coverage(&counts),
            [
                "998 of 1000 changes (99 %) have a lead time (baseline: 2)",
                "payloads of the whole lake that could not be mapped, core.rejects says why: 1"
            ]
        );
    }

    #[test]
    fn a_share_is_none_or_all_only_where_it_is() {
        for (n, all, told) in
            [(0, 9, "0 %"), (9, 9, "100 %"), (1, 9_000, "0.1 %"), (8_999, 9_000, "99 %"), (1, 3, "33 %")]
        {
            assert_eq!(share(n, all), told);
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_not_there() {
        assert!(coverage(&[]).is_empty() && inferred(&[]).is_empty());
    }
}
