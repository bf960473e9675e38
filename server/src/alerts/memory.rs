//! What rules saw, for as long as nothing that it rests on is otherwise: then they see the same, and the lake is not asked again.
//!
//! A process remembers it by itself. What it forgets is looked at anew.

use super::look::Looked;
use super::rule::{Condition, MetricCondition, Rule, Test};
use crate::Result;
use chrono::NaiveDate;
use parking_lot::Mutex;
use pulse_engine::lake::Versions;
use pulse_engine::metrics::Definition;
use pulse_engine::{Policy, Settings, Tenant};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// For how many owners of rules it is remembered, and how many things that the rules of each are about: each takes half a kilobyte or so.
const MOST_OWNERS: usize = 2_000;
const MOST_TRACKS: usize = 200;

/// What a process remembers of the rules that it looked at.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    owners: Mutex<HashMap<Whose, Entry>>,
    tick: AtomicU64,
    recalled: AtomicU64,
}

/// A tenant, and the first of those who see the same, and whose rules they are.
pub(super) type Whose = (String, String);

#[derive(Debug)]
struct Entry {
    used: u64,
    owners: usize,
    of: Grounds,
    rounds: Vec<Round>,
}

/// What rules of those who see the same rest on, besides the tables that they read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grounds {
    /// What their owners see.
    pub(super) policy: Policy,
    pub(super) settings: Settings,
    pub(super) own: Vec<Definition>,
    /// The tenant's day: periods, and what is frozen, are told by days.
    pub(super) today: NaiveDate,
    /// That of the newest model: what ends on an earlier one was over by then.
    pub(super) modelled_on: NaiveDate,
}

/// What rules saw that read the same tables.
#[derive(Debug)]
pub(super) struct Round {
    /// When they were looked at.
    pub(super) at: i64,
    /// The tables that were read for all of it.
    pub(super) versions: Versions,
    /// By the rule's name.
    pub(super) looks: BTreeMap<String, Look>,
}

/// What one rule saw.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) condition: Condition,
    pub(super) clear_at: Option<f64>,
    pub(super) looked: Looked,
}

impl Condition {
    /// Whether what a rule sees rests on its grounds and the tables alone. A statement says itself whether it does.
    pub(super) fn lasts(&self) -> bool {
        match self {
            Condition::Metric(MetricCondition { running, test, .. }) => {
                !running && !matches!(test, Test::MissingHours(_))
            }
            Condition::Risk(_) | Condition::Forecast(_) | Condition::Calibration(_) | Condition::Sql(_) => true,
            Condition::Job(_) | Condition::Connection(_) => false,
        }
    }
}

impl Memory {
    /// How often a rule saw what was remembered.
    pub fn recalled(&self) -> u64 {
        self.0.recalled.load(Ordering::Relaxed)
    }

    /// What is remembered of somebody's rules and holds still. It is theirs who ask until they bring it back.
    ///
    /// # Errors
    /// When storage fails.
    pub(super) async fn recall(&self, whose: &Whose, tenant: &Tenant, of: &Grounds) -> Result<Vec<Round>> {
        let known = self.0.owners.lock().remove(whose);
        let mut rounds = known.filter(|known| known.of == *of).map(|known| known.rounds).unwrap_or_default();
        // Each table is looked up once, however many rules read it.
        let all = rounds.iter().fold(Versions::default(), |all, round| all.and(&round.versions));
        let now = tenant.versions_now(&all).await?;
        rounds.retain(|round| round.versions.stand_in(&now));
        Ok(rounds)
    }

    /// Remembers what the rules of so many owners saw, unless that is too much.
    pub(super) fn keep(&self, (whose, owners): (Whose, usize), of: Grounds, rounds: Vec<Round>) {
        let tracks = |round: &Round| round.looks.values().map(|look| look.looked.tracks.len()).sum::<usize>();
        let is_too_much = rounds.iter().map(tracks).sum::<usize>() > MOST_TRACKS.saturating_mul(owners);
        if rounds.is_empty() || is_too_much {
            return;
        }
        let used = self.0.tick.fetch_add(1, Ordering::Relaxed);
        let mut all = self.0.owners.lock();
        all.insert(whose, Entry { used, owners, of, rounds });
        while all.len() > 1 && all.values().map(|entry| entry.owners).sum::<usize>() > MOST_OWNERS {
            let longest_ago = all.iter().min_by_key(|(_, entry)| entry.used).map(|(whose, _)| whose.clone());
            longest_ago.and_then(|whose| all.remove(&whose));
        }
    }

    /// What a rule saw in one of these rounds, as it is seen now.
    pub(super) fn of(&self, rounds: &[Round], rule: (&str, &Rule), now: i64) -> Option<Looked> {
        let looked = rounds.iter().find_map(|round| round.of(rule, now))?;
        self.0.recalled.fetch_add(1, Ordering::Relaxed);
        Some(looked)
    }
}

impl Round {
    /// Whether it has what a rule saw, by what that says now.
    pub(super) fn has(&self, name: &str, rule: &Rule) -> bool {
        self.look(name, rule).is_some()
    }

    fn look(&self, name: &str, rule: &Rule) -> Option<&Look> {
        let is_it = |look: &&Look| look.condition == rule.condition && look.clear_at == rule.clear.at;
        self.looks.get(name).filter(is_it)
    }

    fn of(&self, (name, rule): (&str, &Rule), now: i64) -> Option<Looked> {
        let mut looked = self.look(name, rule)?.looked.clone();
        looked.none.at = now;
        // Figures are known since their periods ended, the rest as it is when somebody looks.
        if !matches!(rule.condition, Condition::Metric(_)) {
            let seen = looked.tracks.iter_mut().flat_map(|track| &mut track.seen);
            seen.filter(|seen| seen.at == self.at).for_each(|seen| seen.at = now);
        }
        Some(looked)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, Seen, Track, Verdict};
    use super::*;
    use pulse_engine::{Engine, TenantId};
    use serde_json::json;

    fn rule(condition: serde_json::Value) -> Rule {
        serde_json::from_value(json!({"title": "t", "condition": condition})).unwrap()
    }

    fn seen(at: i64) -> Seen {
        Seen { at, value: None, verdict: Verdict::Fires }
    }

    fn look((name, rule): (&str, &Rule), at: i64) -> (String, Look) {
        let tracks = vec![Track { seen: vec![seen(3), seen(at)], ..Track::of("k".into(), "k".into()) }];
        let looked = Looked { tracks, none: seen(at) };
        (name.to_owned(), Look { condition: rule.condition.clone(), clear_at: None, looked })
    }

    #[test]
    fn what_is_told_by_the_time_of_the_clock_does_not_last() {
        let lasts = |condition| rule(condition).condition.lasts();
        let metric = |more: serde_json::Value| {
            let mut of = json!({"metric": "cycle_time", "test": {"above": 1}});
            of.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"metric": of})
        };
        assert!(lasts(metric(json!({}))) && lasts(json!({"forecast": {"below": 0.5}})));
        assert!(!lasts(metric(json!({"running": true}))) && !lasts(metric(json!({"test": {"missing_hours": 2}}))));
        assert!(!lasts(json!({"job": {}})) && !lasts(json!({"connection": {}})));
    }

    #[tokio::test]
    async fn what_was_seen_is_seen_again_while_its_grounds_are_the_same() {
        let engine = Engine::open("memory://").await.unwrap();
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        let (figure, risk) =
            (rule(json!({"metric": {"metric": "cycle_time", "test": {"above": 1}}})), rule(json!({"risk": {}})));
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let grounds = Grounds {
            policy: tenant.policy().clone(),
            settings: Settings::default(),
            own: Vec::new(),
            today: day("2026-04-02"),
            modelled_on: day("2026-04-01"),
        };
        let (memory, whose) = (Memory::default(), ("acme".to_owned(), "ada".to_owned()));
        let keep = || {
            let looks = [look(("a", &figure), 10), look(("b", &risk), 10)].into_iter().collect();
            let rounds = vec![Round { at: 10, versions: Versions::default(), looks }];
            memory.keep((whose.clone(), 1), grounds.clone(), rounds);
        };
        keep();
        let rounds = memory.recall(&whose, &tenant, &grounds).await.unwrap();
        let at = |name: &str, rule: &Rule| {
            let looked = memory.of(&rounds, (name, rule), 20).unwrap();
            (looked.tracks[0].seen.iter().map(|seen| seen.at).collect::<Vec<_>>(), looked.none.at)
        };
        assert_eq!([at("a", &figure), at("b", &risk)], [(vec![3, 10], 20), (vec![3, 20], 20)]);
        assert_eq!(memory.recalled(), 2);
        let mut other = figure.clone();
        other.clear.at = Some(0.5);
        for unseen in [("a", &other), ("a", &risk), ("c", &risk)] {
            assert!(memory.of(&rounds, unseen, 20).is_none(), "{unseen:?}");
        }
        // There is as much room as for each of them.
        for (owners, looks, kept) in [(1, 200, 1), (1, 201, 0), (2, 201, 1)] {
            let looks = (0..looks).map(|n| look((&format!("{n}"), &figure), 10)).collect();
            let rounds = vec![Round { at: 10, versions: Versions::default(), looks }];
            let many = ("many".to_owned(), "ada".to_owned());
            memory.keep((many.clone(), owners), grounds.clone(), rounds);
            assert_eq!(memory.recall(&many, &tenant, &grounds).await.unwrap().len(), kept, "{owners}");
        }
        // Whoever has it has to bring it back.
        assert!(memory.recall(&whose, &tenant, &grounds).await.unwrap().is_empty());
        for otherwise in [
            Grounds { today: day("2026-04-03"), ..grounds.clone() },
            Grounds { modelled_on: day("2026-04-02"), ..grounds.clone() },
            Grounds { settings: Settings { minimum_n: 7, ..Settings::default() }, ..grounds.clone() },
        ] {
            keep();
            assert!(memory.recall(&whose, &tenant, &otherwise).await.unwrap().is_empty(), "{otherwise:?}");
        }
    }
}
