//! Texts in each language.

use super::*;
use crate::reports::BUILT_IN;
use pulse_engine::forecast::{Kind, Lack};
use pulse_engine::metrics::{Grain, benchmarks, catalogue};
use pulse_engine::risk::rules;
use std::collections::BTreeSet;

/// Where texts are told.
const SOURCES: [&str; 17] = [
    include_str!("../report/moved.rs"),
    include_str!("../report/outlook.rs"),
    include_str!("../report/sentences.rs"),
    include_str!("../report/still.rs"),
    include_str!("../report/story.rs"),
    include_str!("../report/text.rs"),
    include_str!("../reports/chart/draw.rs"),
    include_str!("../reports/chart/mod.rs"),
    include_str!("../reports/chart/spread.rs"),
    include_str!("../reports/frame.rs"),
    include_str!("../reports/hand.rs"),
    include_str!("../reports/html.rs"),
    include_str!("../reports/make.rs"),
    include_str!("../reports/pdf.rs"),
    include_str!("../reports/queried.rs"),
    include_str!("../reports/tables.rs"),
    include_str!("../reports/xlsx.rs"),
];

/// The names in braces.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

#[test]
fn whatever_is_told_by_its_text_is_known_in_german() {
    let mut count = 0;
    for source in SOURCES {
        let code = source.split("#[cfg(test)]").next().unwrap();
        for call in code.split(".say(").chain(code.split(".fill(")) {
            let Some(rest) = call.trim_start().strip_prefix('"') else { continue };
            let text = rest.split('"').next().unwrap();
            assert!(GERMAN.contains_key(text), "`{text}` has no German");
            count += 1;
        }
    }
    assert!(count > 120, "only {count} texts were found");
    // What is put together, or stands in the engine.
    for text in Dimension::ALL.map(spoken).into_iter().chain([Grain::Day, Grain::Week, Grain::Month].map(Grain::name)) {
        assert!(GERMAN.contains_key(text), "`{text}` has no German");
    }
}

#[test]
fn every_text_with_places_is_one_that_is_told() {
    let told = SOURCES.concat() + include_str!("mod.rs");
    // Those of periods are put together of their units: `period.rs` holds them against both languages.
    let whole = WORDS.iter().filter(|(english, _)| english.contains('{') && !english.starts_with("the last {count}"));
    for (english, _) in whole {
        assert!(told.contains(&format!("\"{english}\"")), "nothing tells `{english}`");
    }
}

#[test]
fn a_german_text_has_the_places_of_its_english_one_and_stands_once() {
    let mut seen = BTreeSet::new();
    for (english, german) in WORDS.iter().chain(REPORTS) {
        assert_eq!(places(english), places(german), "{english}");
        assert!(seen.insert(*english), "`{english}` stands twice");
        assert!(!german.is_empty());
    }
}

#[test]
fn every_metric_of_the_catalogue_has_a_german_title_and_a_known_unit() {
    let known: BTreeSet<&str> = METRICS.iter().map(|(name, _)| *name).collect();
    let all = catalogue().unwrap();
    assert_eq!(known, all.iter().map(|metric| metric.name.as_str()).collect::<BTreeSet<_>>());
    for metric in all {
        assert!(GERMAN.contains_key(metric.unit.as_str()), "`{}` has no German", metric.unit);
    }
    let titles: BTreeSet<&str> = METRICS.iter().map(|(_, title)| *title).collect();
    assert_eq!(titles.len(), METRICS.len(), "two metrics are called the same");
    // What a tenant calls its own metric stays.
    assert_eq!(Language::German.metric("own_lead", "Lead"), "Lead");
}

#[test]
fn every_published_answer_and_tier_is_known_in_german() {
    let mut count = 0;
    for benchmark in benchmarks().unwrap() {
        let answers = benchmark.tiers.iter().flat_map(|tier| &tier.answers);
        let answers = answers.chain(benchmark.distributions.iter().flat_map(|spread| &spread.buckets));
        let tiers = benchmark.tiers.iter().map(|tier| &tier.name);
        for text in answers.map(|answer| &answer.label).chain(tiers) {
            assert!(
                GERMAN.contains_key(text.as_str()) || !text.contains(char::is_alphabetic),
                "`{text}` has no German"
            );
            count += 1;
        }
    }
    assert!(count > 50, "only {count} answers were found");
}

#[test]
fn every_risk_rule_has_a_german_title_and_every_kind_of_forecast_a_german_word() {
    let known: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
    let all = rules().unwrap();
    assert_eq!(known, all.iter().map(|rule| rule.name.as_str()).collect::<BTreeSet<_>>());
    let titles: BTreeSet<&str> = RULES.iter().map(|(_, title)| *title).collect();
    assert_eq!(titles.len(), RULES.len(), "two rules are called the same");
    for rule in all {
        assert_eq!(Language::English.rule(&rule.name, &rule.title), rule.title);
    }
    assert_eq!(Language::German.rule("silent_project", "Silent project"), "Stilles Projekt");
    for kind in Kind::ALL {
        assert!(GERMAN.contains_key(kind.name()), "`{}` has no German", kind.name());
    }
}

#[test]
fn every_reason_to_leave_out_a_change_or_a_deployment_is_known_in_german() {
    let mut count = 0;
    for rest in include_str!("../../../engine/src/model/facts.rs").split("fn excluded(&self)").skip(1) {
        let body = rest.split("\n    }\n").next().unwrap();
        for reason in body.split("Some(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(GERMAN.contains_key(reason), "`{reason}` has no German");
            count += 1;
        }
    }
    assert_eq!(count, 9);
}

#[test]
fn every_reason_to_leave_out_a_work_item_is_known_in_german() {
    let source = include_str!("../../../engine/src/model/items/flow.rs");
    let named = source.split("pub(super) const ").skip(1).map(|rest| rest.split('"').nth(1).unwrap());
    let told = source.split("excluded: match level {").nth(1).unwrap().split("},").next().unwrap();
    let told = told.split("Some(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let reasons: BTreeSet<&str> = named.chain(told).collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    for reason in reasons {
        assert!(GERMAN.contains_key(reason), "`{reason}` has no German");
    }
}

#[test]
fn why_there_is_no_forecast_is_told_again_with_its_values() {
    let again = |told: &str| [Language::English, Language::German].map(|language| language.again(told, &WHY_NONE));
    let lack = Lack { done: 3, weeks: 11 }.to_string();
    let german = "zu wenig Vorgeschichte: 3 Vorgänge fertig in 11 Wochen, von mindestens 30 in 5 Wochen";
    assert_eq!(again(&lack), [lack.as_str(), german]);
    let one = Lack { done: 1, weeks: 1 }.to_string();
    assert_eq!(one, "not enough history: 1 item done over 1 week, of at least 30 over 5 weeks");
    let german = "zu wenig Vorgeschichte: 1 Vorgang fertig in 1 Woche, von mindestens 30 in 5 Wochen";
    assert_eq!(again(&one), [one.as_str(), german]);
    let skill = "no skill: over 20 due days of the back-test, the probabilities were no better than saying the base rate each time (Brier skill -2.24)";
    let german = "ohne Aussagekraft: an 20 Terminen der Rückrechnung waren die Wahrscheinlichkeiten nicht besser, als jedes Mal die Grundrate zu nennen (Brier Skill -2,24)";
    assert_eq!(again(skill), [skill, german]);
    let unmapped = "its status is not mapped, so that nobody knows whether it is done";
    assert_eq!(again(unmapped), [unmapped, "der Status ist nicht abgebildet, sodass niemand weiß, ob es fertig ist"]);
    for other in ["", "not enough history", "no skill: over 20 due days"] {
        assert_eq!(again(other), [other, other]);
    }
}

#[test]
fn every_text_of_a_built_in_report_is_told_in_german_and_back() {
    let mut used = BTreeSet::new();
    for built_in in BUILT_IN {
        let definition = built_in.definition();
        let titles = definition.sections.iter().map(|section| &section.title);
        for text in titles.chain([&definition.title, &definition.description]) {
            let german = Language::German.of_a_report(text);
            assert!(REPORTS.contains(&(text.as_str(), german.as_str())), "`{text}` has no German");
            assert_eq!(Language::English.of_a_report(&german), *text);
            used.insert(text.clone());
        }
    }
    assert_eq!(used.len(), REPORTS.len(), "something is told that no report has");
    assert_eq!(Language::German.of_a_report("Our own"), "Our own");
}

#[test]
fn numbers_and_days_are_told_as_the_language_has_them() {
    let (english, german) = (Language::English, Language::German);
    for (value, unit, expected) in [
        (216_000.0, "seconds", ["2.5 days", "2,5 Tage"]),
        (5400.0, "seconds", ["1.5 h", "1,5 h"]),
        (0.0, "seconds", ["0 s", "0 s"]),
        (0.025, "ratio", ["2.5 %", "2,5 %"]),
        (4.5, "deployments per week", ["4.5 a week", "4,5 pro Woche"]),
        (1.0, "items", ["1 item", "1 Vorgang"]),
        (7.0, "items", ["7 items", "7 Vorgänge"]),
        (180_000.0, "working seconds", ["50 working hours", "50 Stunden Arbeitszeit"]),
        (2.5, "bananas", ["2.5 bananas", "2,5 bananas"]),
    ] {
        assert_eq!([english.quantity(value, unit), german.quantity(value, unit)], expected);
    }
    for (share, expected) in
        [(0.0004, ["less than 1 %", "unter 1 %"]), (0.042, ["4.2 %", "4,2 %"]), (1.0, ["more than 99 %", "über 99 %"])]
    {
        assert_eq!([english.chance(share), german.chance(share)], expected);
    }
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let days = |from, until| [english, german].map(|language| language.days(day(from), day(until)));
    assert_eq!(days("2026-07-01", "2026-10-01"), ["1 July to 30 September 2026", "1. Juli bis 30. September 2026"]);
    assert_eq!(
        days("2025-12-01", "2026-02-01"),
        ["1 December 2025 to 31 January 2026", "1. Dezember 2025 bis 31. Januar 2026"]
    );
    assert_eq!(days("2026-03-01", "2026-03-02"), ["1 March 2026", "1. März 2026"]);
    assert_eq!([english, german].map(|language| language.day(day("2026-03-01"))), ["2026-03-01", "01.03.2026"]);
    // In Berlin it is two hours later in summer.
    let at = 1_775_088_000_000_000;
    assert_eq!(german.instant(at, Tz::Europe__Berlin), "2. April 2026, 02:00");
    assert_eq!(english.instant(at, Tz::UTC), "2 April 2026, 00:00");
}

#[test]
fn a_value_is_put_in_once_whatever_it_holds() {
    let values = [("project", "{reason}"), ("status", "on {track"), ("reason", "x}")];
    assert_eq!(Language::English.fill("{project} is {status}: {reason}", &values), "{reason} is on {track: x}");
    assert_eq!(Language::German.fill("{project} is {status}: {reason}", &values), "{reason} ist on {track: x}");
    assert_eq!(Language::English.fill("{missing}!", &[]), "!");
}
