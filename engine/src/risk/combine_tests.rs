//! What the rules come to, by hand and as a law.

use super::{Finding, Found, RiskSettings, RuleSettings, Status, Subject, combine, noisy_or, rules};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn finding(rule: &str, subject: &str, score: f64) -> Finding {
    Finding {
        rule: rules().unwrap().iter().find(|known| known.name == rule).unwrap(),
        subject: Subject::Project,
        subject_id: subject.to_owned(),
        project_id: Some("p1".to_owned()),
        team_id: None,
        repository_id: None,
        score,
        contribution: None,
        sentence: format!("{rule} of {subject}."),
        evidence: Vec::new(),
        evidence_count: 0,
    }
}

fn found(findings: Vec<Finding>) -> Found {
    Found { findings, projects: BTreeMap::from([("p1".to_owned(), Some("t1".to_owned()))]) }
}

#[test]
fn two_rules_add_and_share_the_whole() {
    // 0.5 · 0.8 = 0.4 and 0.5 · 0.4 = 0.2: 1 − 0.6 · 0.8 = 0.52.
    let mut found = found(vec![finding("scope_growth", "p1", 0.4), finding("throughput_falling", "p1", 0.8)]);
    let risk = combine(&mut found, &RiskSettings::default()).remove(0);
    assert!((risk.score - 0.52).abs() < 1e-12, "{risk:?}");
    assert_eq!((risk.status, risk.findings, risk.team_id.as_deref()), (Status::AtRisk, vec![1, 0], Some("t1")));
    assert_eq!(risk.reason, "throughput_falling of p1. scope_growth of p1.");
    // −ln 0.6 = 0.5108 and −ln 0.8 = 0.2231 share 0.52 as 0.6960 to 0.3040.
    let shares: Vec<f64> = found.findings.iter().map(|f| f.contribution.unwrap()).collect();
    assert!((shares[0] - 0.158_092).abs() < 1e-6 && (shares[1] - 0.361_908).abs() < 1e-6, "{shares:?}");
}

#[test]
fn of_one_rule_the_highest_counts_and_what_has_no_project_counts_nowhere() {
    let nobodys = Finding { project_id: None, ..finding("flaky_builds", "r3", 1.0) };
    let both = vec![finding("flaky_builds", "r1", 0.4), finding("flaky_builds", "r2", 0.6), nobodys];
    let mut found = found(both);
    let risk = combine(&mut found, &RiskSettings::default()).remove(0);
    assert!((risk.score - 0.09).abs() < 1e-12, "{risk:?}");
    assert_eq!((risk.status, risk.findings), (Status::OnTrack, vec![1]));
    let shares: Vec<_> =
        found.findings.iter().map(|f| f.contribution.map(|share| (share * 1e6).round() / 1e6)).collect();
    assert_eq!(shares, [Some(0.0), Some(0.09), None]);
}

#[test]
fn a_project_without_findings_is_on_track_and_says_so() {
    let risk = combine(&mut found(Vec::new()), &RiskSettings::default()).remove(0);
    assert_eq!((risk.score, risk.status, risk.reason.as_str()), (0.0, Status::OnTrack, "No rule found a risk."));
}

#[test]
fn a_limit_belongs_to_what_it_begins() {
    let settings = |at_risk, off_track| RiskSettings {
        at_risk,
        off_track,
        rules: BTreeMap::from([(
            "scope_growth".to_owned(),
            RuleSettings { weight: Some(0.5), ..RuleSettings::default() },
        )]),
    };
    let status = |settings| combine(&mut found(vec![finding("scope_growth", "p1", 1.0)]), &settings).remove(0).status;
    assert_eq!(status(settings(0.4, 0.51)), Status::AtRisk);
    assert_eq!(status(settings(0.4, 0.499)), Status::OffTrack);
    assert_eq!(status(settings(0.51, 0.6)), Status::OnTrack);
}

proptest! {
    #[test]
    fn the_shares_make_the_whole_and_more_of_anything_is_more_risk(
        parts in prop::collection::vec(0.0..0.99_f64, 0..16),
        place in 0_usize..16,
        more in 0.0..1.0_f64,
    ) {
        let (whole, shares) = noisy_or(&parts);
        prop_assert!((0.0..1.0).contains(&whole));
        let product: f64 = parts.iter().map(|part| 1.0 - part).product();
        prop_assert!((whole - (1.0 - product)).abs() < 1e-9);
        prop_assert!((shares.iter().sum::<f64>() - whole).abs() < 1e-9);
        prop_assert!(shares.iter().zip(&parts).all(|(share, part)| *share >= 0.0 && *share <= *part + 1e-12));
        let mut grown = parts.clone();
        if let Some(part) = grown.get_mut(place) {
            *part += (0.99 - *part) * more;
        }
        prop_assert!(noisy_or(&grown).0 >= whole - 1e-12);
        let mut turned = parts.clone();
        turned.reverse();
        prop_assert!((noisy_or(&turned).0 - whole).abs() < 1e-9);
    }
}

#[test]
fn no_risk_is_a_plain_zero() {
    for parts in [&[][..], &[0.0]] {
        let (whole, shares) = noisy_or(parts);
        assert!(whole.is_sign_positive() && shares.iter().all(|share| share.is_sign_positive()), "{whole} {shares:?}");
    }
}
