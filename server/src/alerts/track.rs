//! What a rule sees: each thing that it is about, with what was seen of it by time.

use super::machine::Verdict;
use crate::delivery::one_line;
use crate::secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// How many members' sentences stand in that of all together.
const TOLD: usize = 10;
/// The longest key, which stands in an index, and the longest name, in characters.
const LONGEST: usize = 200;
/// The longest sentence of a member, in characters.
const LONGEST_SENTENCE: usize = 2_000;

/// What was seen at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When it was known: of a figure the end of its period.
    pub at: i64,
    /// The value, where there is one.
    pub value: Option<f64>,
    /// What it says.
    pub verdict: Verdict,
}

/// Something that a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// What tells it from the others of its rule; empty where there is but one.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What was seen, oldest first. The last is what is so now.
    pub seen: Vec<Seen>,
    /// What is so now, in a sentence.
    pub sentence: String,
    /// Where the rows behind it are, as a path of the API; empty where there are none.
    pub evidence: String,
    /// When it will be otherwise though nothing changes.
    pub next_at: Option<i64>,
    /// What it is made of, where that is several things.
    pub members: Vec<Member>,
}

/// One of the things that an alert is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlertMember)]
pub struct Member {
    /// What tells it from the others.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Its value, where it has one.
    pub value: Option<f64>,
    /// What is so, in a sentence.
    pub sentence: String,
    /// Since when, in microseconds since 1970; 0 where an earlier version noted it.
    #[serde(default)]
    pub since: i64,
}

/// What is so now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// What it says.
    pub verdict: Verdict,
    /// Since when.
    pub since: i64,
    /// The value.
    pub value: Option<f64>,
}

impl Track {
    /// Something of which nothing was seen yet.
    pub(super) fn of(key: String, name: String) -> Self {
        Self {
            key: bounded(key),
            name: one_line(&name, LONGEST),
            seen: Vec::new(),
            sentence: String::new(),
            evidence: String::new(),
            next_at: None,
            members: Vec::new(),
        }
    }

    /// What is so now, and since when that was seen without anything else between. What is missing interrupts nothing, also where it is
    /// the last: what was known before it is so still.
    pub fn present(&self) -> Option<Sight> {
        let last = self.known_by(i64::MAX)?;
        let known = self.seen.iter().rev().filter(|seen| seen.verdict != Verdict::Unknown);
        let since = known.take_while(|seen| seen.verdict == last.verdict).map(|seen| seen.at).min();
        Some(Sight { verdict: last.verdict, since: since.unwrap_or(last.at), value: last.value })
    }

    /// What an alert about it is about: itself, or its members.
    pub fn about(&self) -> Vec<Member> {
        if !self.members.is_empty() || self.key.is_empty() {
            return self.members.clone();
        }
        vec![self.member()]
    }

    /// What was last seen by an instant, if that was anything: what is missing takes nothing back.
    fn known_by(&self, at: i64) -> Option<&Seen> {
        let seen = || self.seen.iter().rev().filter(|seen| seen.at <= at);
        seen().find(|seen| seen.verdict != Verdict::Unknown).or_else(|| seen().next())
    }

    fn member(&self) -> Member {
        let sight = self.present();
        Member {
            key: self.key.clone(),
            name: self.name.clone(),
            value: sight.and_then(|sight| sight.value),
            sentence: one_line(&self.sentence, LONGEST_SENTENCE),
            since: sight.map_or(0, |sight| sight.since),
        }
    }
}

/// A key as it can be kept: of one that is too long, or no line, its beginning and its sum.
fn bounded(key: String) -> String {
    if key.chars().count() <= LONGEST && !key.chars().any(char::is_control) {
        return key;
    }
    format!("{}… {}", one_line(&key, LONGEST / 2), secret::sum(&key))
}

/// All that a rule is about as one: it fires while any of it does.
pub fn together(tracks: &[Track], none: Seen) -> Track {
    let fires = |track: &&Track| track.known_by(i64::MAX).is_some_and(|seen| seen.verdict == Verdict::Fires);
    let firing: Vec<&Track> = tracks.iter().filter(fires).collect();
    let mut sentence: String =
        firing.iter().take(TOLD).map(|track| track.sentence.as_str()).collect::<Vec<_>>().join("\n");
    if firing.len() > TOLD {
        sentence.push_str(&format!("\nAnd {} more.", firing.len() - TOLD));
    }
    if firing.is_empty() {
        sentence = match tracks {
            [only] => only.sentence.clone(),
            _ => "None of what it looks at is so any more.".to_owned(),
        };
    }
    let shown = firing.first().copied().or(tracks.first().filter(|_| tracks.len() == 1));
    Track {
        key: String::new(),
        name: String::new(),
        seen: if tracks.is_empty() { vec![none] } else { merged(tracks) },
        sentence,
        evidence: shown.map(|track| track.evidence.clone()).unwrap_or_default(),
        next_at: tracks.iter().filter_map(|track| track.next_at).min(),
        members: firing.iter().filter(|track| !track.key.is_empty()).map(|track| track.member()).collect(),
    }
}

/// At each instant the worst of what was seen by then, of each the last that was seen.
fn merged(tracks: &[Track]) -> Vec<Seen> {
    let instants: BTreeSet<i64> = tracks.iter().flat_map(|track| track.seen.iter().map(|seen| seen.at)).collect();
    let worst = |at: i64| {
        let known = tracks.iter().filter_map(|track| track.known_by(at));
        let worst = known.reduce(|worst, seen| if rank(seen.verdict) > rank(worst.verdict) { seen } else { worst });
        worst.map(|worst| Seen { at, ..worst.clone() })
    };
    instants.into_iter().filter_map(worst).collect()
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unknown => 0,
        Verdict::Clear => 1,
        Verdict::Between => 2,
        Verdict::Fires => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;
    use super::*;

    fn track(key: &str, seen: &[(i64, Verdict)]) -> Track {
        let of = |(at, verdict): &(i64, Verdict)| Seen { at: *at, value: Some(*at as f64), verdict: *verdict };
        Track {
            key: key.into(),
            name: key.to_uppercase(),
            seen: seen.iter().map(of).collect(),
            sentence: format!("{key} is high."),
            evidence: format!("/{key}"),
            next_at: None,
            members: Vec::new(),
        }
    }

    fn now(track: &Track) -> (Verdict, i64) {
        track.present().map(|now| (now.verdict, now.since)).unwrap()
    }

    #[test]
    fn what_is_so_holds_since_it_was_last_otherwise_and_what_is_missing_interrupts_nothing() {
        assert_eq!(now(&track("a", &[(1, Fires), (2, Clear), (3, Fires), (4, Unknown), (5, Fires)])), (Fires, 3));
        assert_eq!(now(&track("a", &[(1, Clear), (2, Fires), (3, Fires), (4, Unknown), (5, Unknown)])), (Fires, 2));
        assert_eq!(now(&track("a", &[(1, Unknown), (2, Unknown)])), (Unknown, 2));
        assert_eq!(now(&track("a", &[(1, Between), (2, Fires)])), (Fires, 2));
        assert_eq!(track("a", &[]).present(), None);
    }

    #[test]
    fn two_hundred_things_are_one_alert_with_members() {
        let mut all: Vec<Track> = (0..200).map(|n| track(&format!("k{n}"), &[(1, Clear), (2, Fires)])).collect();
        all.push(track("well", &[(1, Clear), (2, Clear)]));
        let none = Seen { at: 9, value: None, verdict: Clear };
        let one = together(&all, none.clone());
        assert_eq!((now(&one), one.members.len(), one.key.as_str()), ((Fires, 2), 200, ""));
        assert!(one.sentence.ends_with("k9 is high.\nAnd 190 more.") && one.evidence == "/k0", "{}", one.sentence);
        assert_eq!(one.about().len(), 200);
        let well = together(&all[200..], none.clone());
        assert_eq!((now(&well), well.members.len(), well.sentence.as_str()), ((Clear, 1), 0, "well is high."));
        assert_eq!(now(&together(&[], none)), (Clear, 9));
    }

    #[test]
    fn a_key_that_cannot_be_kept_stands_for_itself_by_its_sum() {
        let of = |key: String| Track::of(key.clone(), key);
        let (long, other) = ("x".repeat(300), format!("{}y", "x".repeat(299)));
        assert!(of(long.clone()).key.chars().count() < LONGEST && of(long.clone()).name == "x".repeat(200));
        assert_ne!(of(long).key, of(other).key);
        assert!(!of("a\0b\n".into()).key.contains(char::is_control));
        assert_eq!(of("jira:acme:1".into()).key, "jira:acme:1");
    }

    #[test]
    fn one_of_which_nothing_is_known_now_still_fires_beside_one_that_is_well() {
        let both = [track("a", &[(1, Fires), (2, Unknown)]), track("b", &[(1, Clear), (2, Clear)])];
        let one = together(&both, Seen { at: 9, value: None, verdict: Clear });
        assert_eq!((now(&one), one.members.len(), one.sentence.as_str()), ((Fires, 1), 1, "a is high."));
    }

    #[test]
    fn one_takes_over_from_another_without_a_gap() {
        let both = [track("a", &[(1, Fires), (2, Clear)]), track("b", &[(1, Clear), (2, Fires)])];
        let none = Seen { at: 9, value: None, verdict: Clear };
        assert_eq!(now(&together(&both, none)), (Fires, 1));
    }
}
