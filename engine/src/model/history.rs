//! Failures and repairs that the history itself tells of, without an incident. All of them are inferred, and marked so.
//!
//! A successful production deployment needed immediate intervention when, within the repair window,
//! - the next one to its environment put an older state back (`rollback`),
//! - the next one calls itself a hotfix (`hotfix`),
//! - a later one carries a commit that reverts a commit which it was the first to carry (`revert`).
//!
//! The earliest of these is the evidence, and its finish is the recovery.

use super::facts::Failure;
use super::timeline::Timeline;
use crate::Settings;
use crate::lineage::Node;
use std::collections::HashMap;
use std::ops::Range;

/// What the history tells of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    /// Whether it put an older state back.
    pub(super) is_rollback: bool,
    /// How it failed.
    pub(super) failure: Option<Failure>,
    /// The run that it repaired, and why that is known.
    pub(super) repair: Option<(usize, &'static str)>,
}

/// The story of each run, in the order of the timeline.
pub(super) fn stories(timeline: &Timeline<'_, '_>, settings: &Settings) -> Vec<Story> {
    let mut stories = vec![Story::default(); timeline.runs.len()];
    let mut carriers = vec![u32::MAX; timeline.graph.len()];
    for environment in &timeline.environments {
        for place in environment.clone() {
            for node in timeline.found(place) {
                carriers[node.index()] = place as u32;
            }
        }
        let mut tips = HashMap::new();
        for place in environment.clone() {
            if let Some(tip) = timeline.runs[place].tip {
                tips.entry(tip).or_insert(place);
            }
        }
        let telling = Environment { timeline, settings, carriers: &carriers, tips, range: environment.clone() };
        environment.clone().for_each(|place| telling.tell(place, &mut stories));
        for place in environment.clone() {
            for node in timeline.found(place) {
                carriers[node.index()] = u32::MAX;
            }
        }
    }
    stories
}

struct Environment<'t, 'i, 'a> {
    timeline: &'t Timeline<'i, 'a>,
    settings: &'t Settings,
    /// The run of this environment that first carried each node, whatever people decided.
    carriers: &'t [u32],
    /// The first run of this environment that deployed each tip.
    tips: HashMap<Node, usize>,
    range: Range<usize>,
}

impl Environment<'_, '_, '_> {
    fn tell(&self, place: usize, stories: &mut [Story]) {
        let run = &self.timeline.runs[place];
        let kind = run.deployment.kind;
        stories[place].is_rollback = kind == Some("rollback") || self.puts_back(place);
        if !run.deployment.is_production {
            return;
        }
        let before = run.previous.filter(|before| self.within(*before, place));
        if let Some(before) = before {
            let rule = if stories[place].is_rollback {
                Some("rollback")
            } else {
                (kind == Some("hotfix")).then_some("hotfix")
            };
            if let Some(rule) = rule {
                fail(&mut stories[before], rule, run.deployment.id, run.finished_at);
                stories[place].repair = Some((before, rule));
            }
        }
        for (culprit, evidence) in self.reverted(place) {
            fail(&mut stories[culprit], "revert", evidence, run.finished_at);
            let repair = &mut stories[place].repair;
            if repair.is_none_or(|(other, rule)| rule == "revert" && other < culprit) {
                *repair = Some((culprit, "revert"));
            }
        }
    }

    fn within(&self, earlier: usize, later: usize) -> bool {
        let runs = &self.timeline.runs;
        let gap = runs[later].finished_at.saturating_sub(runs[earlier].finished_at);
        gap <= self.settings.repair_window_seconds.saturating_mul(1_000_000)
    }

    /// Whether a run deploys an older state than the one before it did: a commit that was delivered already, by an
    /// earlier run than the state before it, or by the same run and is older. Going forward again after a rollback so is
    /// none, and neither is the same commit once more. A parent is always older than its child, even where both were
    /// committed within one second, or by clocks that disagree.
    ///
    /// A deployment that nobody recorded must also name a commit that was itself deployed before: a maintenance release,
    /// tagged on an older line that was merged into a newer release already, looks like an older state and puts nothing
    /// back. And nobody reacts to what is not there yet: one that started before the other had finished merely took
    /// longer. Where no start is known, the finish alone tells.
    fn puts_back(&self, place: usize) -> bool {
        let run = &self.timeline.runs[place];
        let before = run.previous.and_then(|before| self.timeline.runs[before].tip);
        let (Some(tip), Some(before)) = (run.tip, before) else { return false };
        let reacts = run.previous.is_some_and(|before| {
            run.deployment.started_at.is_none_or(|started| started >= self.timeline.runs[before].finished_at)
        });
        let is_recorded = run.deployment.inferred_from.is_none();
        let deployed_before = self.tips.get(&tip).is_some_and(|first| *first < place);
        reacts && tip != before && self.is_older(tip, before) && (is_recorded || deployed_before)
    }

    fn is_older(&self, one: Node, other: Node) -> bool {
        let carrier = |node: Node| self.carriers[node.index()];
        let age = |node| self.timeline.ages().of(node);
        carrier(one) < carrier(other) || (carrier(one) == carrier(other) && age(one) < age(other))
    }

    /// The run that first carried a node, if it is one of this environment.
    fn carrier(&self, node: Node) -> Option<usize> {
        let environment = self.timeline.runs[self.range.start].environment;
        let found = Some(self.carriers[node.index()] as usize).filter(|run| self.range.contains(run));
        self.timeline.verdict(environment, node).unwrap_or(found)
    }

    /// The runs that first carried what this one reverts, each with the commit that reverts it.
    ///
    /// A baseline is not among them, since it carried commits that may have been delivered long before. A commit that
    /// reverts a revert puts something back in, and says nothing against the deployment of the revert; one that reverts that
    /// in turn says something against the deployment of it.
    fn reverted(&self, place: usize) -> Vec<(usize, &str)> {
        let timeline = self.timeline;
        let run = &timeline.runs[place];
        if run.is_baseline {
            return Vec::new();
        }
        let mut found = Vec::new();
        for commit in timeline.carried(place).filter_map(|(node, _)| timeline.commit(node)) {
            for target in commit.reverts.iter().filter_map(|sha| timeline.graph.find_text(sha)) {
                let Some(culprit) = self.carrier(target).filter(|culprit| *culprit < place) else { continue };
                if !timeline.runs[culprit].is_baseline
                    && self.within(culprit, place)
                    && timeline.commit(target).is_some()
                    && !timeline.reverts().has(target)
                {
                    found.push((culprit, commit));
                }
            }
        }
        found.sort_by_key(|(culprit, commit)| (*culprit, commit.committed_at, commit.id));
        found.dedup_by_key(|(culprit, _)| *culprit);
        found.into_iter().map(|(culprit, commit)| (culprit, commit.id)).collect()
    }
}

/// Marks a run as failed, unless an earlier repair did so before.
fn fail(story: &mut Story, rule: &'static str, evidence: &str, recovered_at: i64) {
    story.failure.get_or_insert_with(|| Failure {
        rule,
        evidence: evidence.to_owned(),
        recovered_at: Some(recovered_at),
        is_open: false,
    });
}
