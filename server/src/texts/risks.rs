//! What risk rules found, in each language. The lake holds it in English, as it was said when it was found; in another language the same
//! values are said by a sentence of that language.

use super::{GROWN, Language};
use chrono::NaiveDate;
use chrono_tz::Tz;
use pulse_engine::risk::{Sentence, StandingRisk, rules};
use pulse_engine::row::Value;

/// What each rule says, in German, by its name.
static SENTENCES: &[(&str, &str)] = &[
    (
        "ageing_items",
        "{old:Vorgang ist,Vorgänge sind} seit mehr als {most:Tag,Tagen} in Arbeit, von {begun}, die in den {days} Tagen davor begonnen wurden; der älteste seit {oldest}.",
    ),
    (
        "blocked_work",
        "{blocked:Vorgang ist,Vorgänge sind} seit mehr als {days:Tag,Tagen} blockiert, von {wip} in Arbeit[, neben {old} vergessenen]; am längsten einer seit {oldest}.",
    ),
    (
        "carry_over",
        "{carried:Vorgang,Vorgänge} von {total} im Sprint {name} {carried|war,waren} an dessen Ende am {ended} nicht fertig; üblich sind {usual:%}.",
    ),
    ("change_fail_rate_rising", "{rate:%} der Deployments in {days} Tagen schlugen fehl, nach {rate_before:%} davor."),
    (
        "epic_ageing_items",
        "Im Epic {name} {old|ist,sind} {old:Vorgang,Vorgänge} weit länger als üblich in Arbeit, von {begun}, die früh genug begonnen wurden, um fertig zu sein; der älteste seit {oldest}.",
    ),
    (
        "epic_blocked_work",
        "Im Epic {name} {blocked|ist,sind} {blocked:Vorgang,Vorgänge} seit mehr als {days:Tag,Tagen} blockiert, von {wip} in Arbeit[, neben {old} vergessenen]; am längsten einer seit {oldest}.",
    ),
    (
        "epic_scope_growth",
        "Die offene Arbeit am Epic {name} wuchs in {days} Tagen {growth}: {added:Vorgang kam,Vorgänge kamen} hinzu[, {removed} {removed|wurde,wurden} herausgenommen], {done} {done|wurde,wurden} fertig.",
    ),
    (
        "epic_unready_work",
        "[{mixed} von {wip} Vorgängen in Arbeit im Epic {name} {mixed|hat,haben} keine Zuständigen oder keine Schätzung: {unowned:hat,haben} keine Zuständigen, und {unestimated:hat,haben} keine Schätzung.][{only_unowned} von {wip} Vorgängen in Arbeit im Epic {name} {only_unowned|hat,haben} keine Zuständigen.][{only_unestimated} von {wip} Vorgängen in Arbeit im Epic {name} {only_unestimated|hat,haben} keine Schätzung, obwohl deren Projekte solche Arbeit schätzen.]",
    ),
    (
        "flaky_builds",
        "In {name} sind in {days} Tagen {flaky} von {total} Builds auf demselben Commit sowohl gescheitert als auch gelungen.",
    ),
    (
        "forecast_misses_due_date",
        "[{name} ist am {due_on} fällig; die Aussicht, bis dahin fertig zu sein, ist {probability:chance}][{name} war am {past_on} fällig; die Aussicht, bis dahin fertig zu sein, war {probability:chance}][{name} war am {missed_on} fällig und ist nicht fertig][, und mit einer Aussicht von 85 % ist es bis {p85_on} fertig].",
    ),
    (
        "idle_pull_requests",
        "In {name} {idle|ruht,ruhen} {idle:Pull Request,Pull Requests} seit mehr als {days:Arbeitstag,Arbeitstagen}, von {open} offenen[, neben {old} vergessenen].",
    ),
    (
        "incident_load",
        "{n:Störung begann,Störungen begannen} in {days} Tagen oder {n|ist,sind} noch offen[; die älteste offene begann am {oldest}].",
    ),
    (
        "knowledge_concentrated",
        "{made} von {total} Änderungen an {name} in {days} Tagen stammen von {people:Person,Personen}, von {authors}, die welche gemacht haben.",
    ),
    (
        "overdue_epic",
        "Das Epic {name} war am {due_on} fällig und ist nicht fertig, obwohl kein Vorgang darin offen ist[: {done:Vorgang ist,Vorgänge sind} fertig][, {open_epics:Epic ist,Epics sind} offen].",
    ),
    (
        "overdue_release",
        "Das Release {name} war am {due_on} fällig und ist nicht veröffentlicht, obwohl kein Vorgang darin offen ist[: {done:Vorgang ist,Vorgänge sind} fertig][, {open_epics:Epic ist,Epics sind} offen].",
    ),
    (
        "overdue_sprint",
        "Der Sprint {name} sollte am {ended} enden und ist nicht abgeschlossen, obwohl kein Vorgang darin offen ist[: {done:Vorgang ist,Vorgänge sind} fertig].",
    ),
    (
        "review_bottleneck",
        "In {name} {waiting|wartet,warten} {waiting:Pull Request,Pull Requests} seit mehr als {days:Arbeitstag,Arbeitstagen} auf ein erstes Review, von {open} offenen[, neben {old} vergessenen].",
    ),
    (
        "reviews_on_one_person",
        "{most} von {total} Reviews des Teams {name} in {days} Tagen stammen von einer Person, von {people}, die Pull Requests prüfen oder öffnen.",
    ),
    (
        "scope_growth",
        "Die offene Arbeit wuchs in {days} Tagen {growth}: {added:Vorgang kam,Vorgänge kamen} hinzu[, {abandoned} {abandoned|wurde,wurden} aufgegeben], {done} {done|wurde,wurden} fertig.",
    ),
    ("silent_epic", "Im Epic {name} ist seit {last} nichts geschehen, mit {wip:Vorgang,Vorgängen} in Arbeit."),
    ("silent_project", "Seit {last} ist nichts geschehen, mit {wip:Vorgang,Vorgängen} in Arbeit."),
    (
        "sprint_scope_growth",
        "Der Sprint {name} wuchs seit seinem Beginn am {began} {growth}: {added:Vorgang kam,Vorgänge kamen} zu {planned|dem,den} {planned} geplanten hinzu[, {removed} {removed|wurde,wurden} herausgenommen]; üblich sind {usual:%}.",
    ),
    (
        "stale_dependencies",
        "{waiting:Vorgang wartet,Vorgänge warten} auf andere, die sich seit mehr als {days:Tag,Tagen} nicht bewegt haben; am längsten einer seit {oldest}.",
    ),
    (
        "team_wip_over_limit",
        "Das Team {name} hat {wip:Vorgang,Vorgänge} in Arbeit für {people:Person,Personen}[, neben {old} vergessenen]; die Grenze {most|ist,sind} {most} je Person.",
    ),
    ("throughput_falling", "{late:Vorgang wurde,Vorgänge wurden} in {days} Tagen fertig, {fall:%} weniger als davor."),
    (
        "unready_work",
        "[{mixed} von {wip} Vorgängen in Arbeit {mixed|hat,haben} keine Zuständigen oder keine Schätzung: {unowned:hat,haben} keine Zuständigen, und {unestimated:hat,haben} keine Schätzung.][{only_unowned} von {wip} Vorgängen in Arbeit {only_unowned|hat,haben} keine Zuständigen.][{only_unestimated} von {wip} Vorgängen in Arbeit {only_unestimated|hat,haben} keine Schätzung, obwohl das Projekt solche Arbeit schätzt.]",
    ),
    (
        "wip_over_limit",
        "{wip:Vorgang ist,Vorgänge sind} in Arbeit für {people:Person,Personen}[, neben {old} vergessenen]; die Grenze {most|ist,sind} {most} je Person.",
    ),
];
/// The place of what tools call something, which stays as it is.
const NAME: &str = "name";

impl Language {
    /// What a rule found, which told it so; what it told when it was another version of itself stays as it is.
    pub(crate) fn finding(self, rule: &str, told: &str) -> String {
        self.told_again(rule, told).unwrap_or_else(|| told.to_owned())
    }

    /// Why a project stands as it does: what the rules found that contribute most.
    pub(crate) fn reason(self, risk: &StandingRisk) -> String {
        let mut said = self.say(&risk.reason).to_owned();
        for finding in &risk.findings {
            said = said.replace(&finding.sentence, &self.finding(&finding.rule, &finding.sentence));
        }
        said
    }

    fn told_again(self, rule: &str, told: &str) -> Option<String> {
        if self == Language::English {
            return None;
        }
        let (_, german) = SENTENCES.iter().find(|(name, _)| *name == rule)?;
        let mut values = rules().ok()?.iter().find(|known| known.name == rule)?.sentence.values(told)?;
        for (name, value) in &mut values {
            if let Value::Text(text) = value
                && name != NAME
            {
                *text = self.value(text);
            }
        }
        Some(german.parse::<Sentence>().ok()?.fill(&values, Tz::UTC))
    }

    /// A number, a share, a chance, a growth or a day that is written in English.
    fn value(self, english: &str) -> String {
        if let Ok(day) = english.parse::<NaiveDate>() {
            return self.day(day);
        }
        let grown = self.again(english, &GROWN);
        if grown == english { self.number(self.say(english)) } else { grown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What each rule says of made-up values, in both languages.
    const TOLD: &[(&str, &str, &str)] = &[
        (
            "ageing_items",
            "1 item is in progress for more than 12.5 days, of 4 that were begun in the 84 days before; the oldest since 2026-01-05.",
            "1 Vorgang ist seit mehr als 12,5 Tagen in Arbeit, von 4, die in den 84 Tagen davor begonnen wurden; der älteste seit 05.01.2026.",
        ),
        (
            "blocked_work",
            "2 items are blocked for more than 1 day, of 9 in progress; the longest since 2026-03-01.",
            "2 Vorgänge sind seit mehr als 1 Tag blockiert, von 9 in Arbeit; am längsten einer seit 01.03.2026.",
        ),
        (
            "carry_over",
            "5 items of 9 in the sprint v1.2 of were not done when it ended on 2026-03-31, where 12 % are usual.",
            "5 Vorgänge von 9 im Sprint v1.2 of waren an dessen Ende am 31.03.2026 nicht fertig; üblich sind 12 %.",
        ),
        (
            "carry_over",
            "1 item of 3 in the sprint v1.2 was not done when it ended on 2026-03-31, where 0 % are usual.",
            "1 Vorgang von 3 im Sprint v1.2 war an dessen Ende am 31.03.2026 nicht fertig; üblich sind 0 %.",
        ),
        (
            "change_fail_rate_rising",
            "30 % of the deployments in 28 days failed, after 2.5 % before.",
            "30 % der Deployments in 28 Tagen schlugen fehl, nach 2,5 % davor.",
        ),
        (
            "epic_ageing_items",
            "In the epic Checkout 1 item is in progress for far longer than is usual, of 4 that were begun in time to be done; the oldest since 2026-01-05.",
            "Im Epic Checkout ist 1 Vorgang weit länger als üblich in Arbeit, von 4, die früh genug begonnen wurden, um fertig zu sein; der älteste seit 05.01.2026.",
        ),
        (
            "blocked_work",
            "2 items are blocked for more than 3 days, of 5 in progress, besides 1 that is forgotten; the longest since 2026-05-22.",
            "2 Vorgänge sind seit mehr als 3 Tagen blockiert, von 5 in Arbeit, neben 1 vergessenen; am längsten einer seit 22.05.2026.",
        ),
        (
            "epic_blocked_work",
            "In the epic Checkout 2 items are blocked for more than 3 days, of 9 in progress; the longest since 2026-03-01.",
            "Im Epic Checkout sind 2 Vorgänge seit mehr als 3 Tagen blockiert, von 9 in Arbeit; am längsten einer seit 01.03.2026.",
        ),
        (
            "epic_scope_growth",
            "Open work of the epic Pay by card grew by 65 % in 28 days: 16 items were added, 2 taken out, 1 done.",
            "Die offene Arbeit am Epic Pay by card wuchs in 28 Tagen um 65 %: 16 Vorgänge kamen hinzu, 2 wurden herausgenommen, 1 wurde fertig.",
        ),
        (
            "epic_scope_growth",
            "Open work of the epic Checkout grew by 65 % in 28 days: 16 items were added, 3 done.",
            "Die offene Arbeit am Epic Checkout wuchs in 28 Tagen um 65 %: 16 Vorgänge kamen hinzu, 3 wurden fertig.",
        ),
        (
            "epic_unready_work",
            "3 of 8 items in progress in the epic Pay by card have no owner or no estimate: 1 has no owner, and 2 have no estimate.",
            "3 von 8 Vorgängen in Arbeit im Epic Pay by card haben keine Zuständigen oder keine Schätzung: 1 hat keine Zuständigen, und 2 haben keine Schätzung.",
        ),
        (
            "epic_unready_work",
            "1 of 8 items in progress in the epic Checkout has no owner.",
            "1 von 8 Vorgängen in Arbeit im Epic Checkout hat keine Zuständigen.",
        ),
        (
            "epic_unready_work",
            "2 of 8 items in progress in the epic Checkout have no estimate, where their projects estimate such work.",
            "2 von 8 Vorgängen in Arbeit im Epic Checkout haben keine Schätzung, obwohl deren Projekte solche Arbeit schätzen.",
        ),
        (
            "flaky_builds",
            "In shop 3 of 40 builds both failed and succeeded on the same commit in 28 days.",
            "In shop sind in 28 Tagen 3 von 40 Builds auf demselben Commit sowohl gescheitert als auch gelungen.",
        ),
        (
            "forecast_misses_due_date",
            "1. FC is due on 2026-04-30; the chance that it is done by then is less than 1 %, and it is 85 % likely to be done by 2026-06-15.",
            "1. FC ist am 30.04.2026 fällig; die Aussicht, bis dahin fertig zu sein, ist unter 1 %, und mit einer Aussicht von 85 % ist es bis 15.06.2026 fertig.",
        ),
        (
            "forecast_misses_due_date",
            "Sprint 40 is due on 2026-04-30; the chance that it is done by then is 4.2 %.",
            "Sprint 40 ist am 30.04.2026 fällig; die Aussicht, bis dahin fertig zu sein, ist 4,2 %.",
        ),
        (
            "forecast_misses_due_date",
            "1. FC was due on 2026-04-30 and is not done, and it is 85 % likely to be done by 2026-06-15.",
            "1. FC war am 30.04.2026 fällig und ist nicht fertig, und mit einer Aussicht von 85 % ist es bis 15.06.2026 fertig.",
        ),
        (
            "forecast_misses_due_date",
            "Sprint 40 was due on 2026-04-30; the chance that it would be done by then was 4.2 %.",
            "Sprint 40 war am 30.04.2026 fällig; die Aussicht, bis dahin fertig zu sein, war 4,2 %.",
        ),
        (
            "forecast_misses_due_date",
            "Sprint 40 was due on 2026-04-30 and is not done.",
            "Sprint 40 war am 30.04.2026 fällig und ist nicht fertig.",
        ),
        (
            "idle_pull_requests",
            "In a.b/c 1 pull request has been idle for more than 5 working days, of 3 that are open.",
            "In a.b/c ruht 1 Pull Request seit mehr als 5 Arbeitstagen, von 3 offenen.",
        ),
        (
            "idle_pull_requests",
            "In a.b/c 4 pull requests have been idle for more than 5 working days, of 5 that are open, besides 1 that is forgotten.",
            "In a.b/c ruhen 4 Pull Requests seit mehr als 5 Arbeitstagen, von 5 offenen, neben 1 vergessenen.",
        ),
        (
            "incident_load",
            "2 incidents began in 14 days or are still open; the oldest open one began on 2026-03-02.",
            "2 Störungen begannen in 14 Tagen oder sind noch offen; die älteste offene begann am 02.03.2026.",
        ),
        (
            "incident_load",
            "1 incident began in 14 days or is still open.",
            "1 Störung begann in 14 Tagen oder ist noch offen.",
        ),
        (
            "knowledge_concentrated",
            "30 of 40 changes to shop in 90 days are by 1 person, of 6 who made any.",
            "30 von 40 Änderungen an shop in 90 Tagen stammen von 1 Person, von 6, die welche gemacht haben.",
        ),
        (
            "overdue_epic",
            "The epic Checkout was due on 2026-05-23 and is not done, with no open item below it.",
            "Das Epic Checkout war am 23.05.2026 fällig und ist nicht fertig, obwohl kein Vorgang darin offen ist.",
        ),
        (
            "overdue_epic",
            "The epic Checkout was due on 2026-05-23 and is not done, with no open item below it: 3 items are done, 1 epic is open.",
            "Das Epic Checkout war am 23.05.2026 fällig und ist nicht fertig, obwohl kein Vorgang darin offen ist: 3 Vorgänge sind fertig, 1 Epic ist offen.",
        ),
        (
            "overdue_release",
            "The release Shop 1.0 was due on 2026-05-23 and is not out, with no open item in it.",
            "Das Release Shop 1.0 war am 23.05.2026 fällig und ist nicht veröffentlicht, obwohl kein Vorgang darin offen ist.",
        ),
        (
            "overdue_release",
            "The release Shop 1.0 was due on 2026-05-23 and is not out, with no open item in it: 1 item is done, 2 epics are open.",
            "Das Release Shop 1.0 war am 23.05.2026 fällig und ist nicht veröffentlicht, obwohl kein Vorgang darin offen ist: 1 Vorgang ist fertig, 2 Epics sind offen.",
        ),
        (
            "overdue_sprint",
            "The sprint v1.2 was to end on 2026-05-24 and is not closed, with no open item in it.",
            "Der Sprint v1.2 sollte am 24.05.2026 enden und ist nicht abgeschlossen, obwohl kein Vorgang darin offen ist.",
        ),
        (
            "overdue_sprint",
            "The sprint v1.2 was to end on 2026-05-24 and is not closed, with no open item in it: 3 items are done.",
            "Der Sprint v1.2 sollte am 24.05.2026 enden und ist nicht abgeschlossen, obwohl kein Vorgang darin offen ist: 3 Vorgänge sind fertig.",
        ),
        (
            "review_bottleneck",
            "In shop 4 pull requests wait for a first review for more than 2 working days, of 7 that are open.",
            "In shop warten 4 Pull Requests seit mehr als 2 Arbeitstagen auf ein erstes Review, von 7 offenen.",
        ),
        (
            "review_bottleneck",
            "In shop 4 pull requests wait for a first review for more than 2 working days, of 7 that are open, besides 2 that are forgotten.",
            "In shop warten 4 Pull Requests seit mehr als 2 Arbeitstagen auf ein erstes Review, von 7 offenen, neben 2 vergessenen.",
        ),
        (
            "reviews_on_one_person",
            "30 of 40 reviews by the team Blue of 2 in 84 days are by one person, of 5 who review or open pull requests.",
            "30 von 40 Reviews des Teams Blue of 2 in 84 Tagen stammen von einer Person, von 5, die Pull Requests prüfen oder öffnen.",
        ),
        (
            "scope_growth",
            "Open work grew by 35 % in 28 days: 12 items were added, 1 done.",
            "Die offene Arbeit wuchs in 28 Tagen um 35 %: 12 Vorgänge kamen hinzu, 1 wurde fertig.",
        ),
        (
            "scope_growth",
            "Open work grew by 35 % in 28 days: 12 items were added, 2 abandoned, 1 done.",
            "Die offene Arbeit wuchs in 28 Tagen um 35 %: 12 Vorgänge kamen hinzu, 2 wurden aufgegeben, 1 wurde fertig.",
        ),
        (
            "scope_growth",
            "Open work grew to 14 times as much in 28 days: 1 item was added, 0 done.",
            "Die offene Arbeit wuchs in 28 Tagen auf das 14-Fache: 1 Vorgang kam hinzu, 0 wurden fertig.",
        ),
        (
            "silent_epic",
            "Nothing has happened in the epic Pay by card since 2026-03-01, with 1 item in progress.",
            "Im Epic Pay by card ist seit 01.03.2026 nichts geschehen, mit 1 Vorgang in Arbeit.",
        ),
        (
            "silent_project",
            "Nothing has happened since 2026-03-01, with 3 items in progress.",
            "Seit 01.03.2026 ist nichts geschehen, mit 3 Vorgängen in Arbeit.",
        ),
        (
            "sprint_scope_growth",
            "The sprint v1.2 grew by 80 % since it began on 2026-05-28: 9 items were added to the 10 that were planned, 1 taken out, where 12 % are usual.",
            "Der Sprint v1.2 wuchs seit seinem Beginn am 28.05.2026 um 80 %: 9 Vorgänge kamen zu den 10 geplanten hinzu, 1 wurde herausgenommen; üblich sind 12 %.",
        ),
        (
            "sprint_scope_growth",
            "The sprint v1.2 grew to 14 times as much since it began on 2026-05-28: 13 items were added to the 1 that was planned, where 0 % are usual.",
            "Der Sprint v1.2 wuchs seit seinem Beginn am 28.05.2026 auf das 14-Fache: 13 Vorgänge kamen zu dem 1 geplanten hinzu; üblich sind 0 %.",
        ),
        (
            "stale_dependencies",
            "1 item waits for others that have not moved for more than 10 days; the longest since 2026-02-01.",
            "1 Vorgang wartet auf andere, die sich seit mehr als 10 Tagen nicht bewegt haben; am längsten einer seit 01.02.2026.",
        ),
        (
            "team_wip_over_limit",
            "The team Blue has 14 items in progress for 4 people, where 2.5 for each are the limit.",
            "Das Team Blue hat 14 Vorgänge in Arbeit für 4 Personen; die Grenze sind 2,5 je Person.",
        ),
        (
            "throughput_falling",
            "6 items were done in 28 days, 40 % fewer than before.",
            "6 Vorgänge wurden in 28 Tagen fertig, 40 % weniger als davor.",
        ),
        (
            "unready_work",
            "3 of 8 items in progress have no owner or no estimate: 1 has no owner, and 2 have no estimate.",
            "3 von 8 Vorgängen in Arbeit haben keine Zuständigen oder keine Schätzung: 1 hat keine Zuständigen, und 2 haben keine Schätzung.",
        ),
        (
            "unready_work",
            "1 of 8 items in progress has no owner.",
            "1 von 8 Vorgängen in Arbeit hat keine Zuständigen.",
        ),
        (
            "unready_work",
            "2 of 8 items in progress have no estimate, where the project estimates such work.",
            "2 von 8 Vorgängen in Arbeit haben keine Schätzung, obwohl das Projekt solche Arbeit schätzt.",
        ),
        (
            "wip_over_limit",
            "14 items are in progress for 4 people, where 2.5 for each are the limit.",
            "14 Vorgänge sind in Arbeit für 4 Personen; die Grenze sind 2,5 je Person.",
        ),
        (
            "wip_over_limit",
            "14 items are in progress for 4 people, besides 3 that are forgotten, where 1 for each is the limit.",
            "14 Vorgänge sind in Arbeit für 4 Personen, neben 3 vergessenen; die Grenze ist 1 je Person.",
        ),
    ];

    #[test]
    fn what_every_rule_found_is_told_in_german_with_its_values() {
        for &(rule, english, german) in TOLD {
            assert_eq!(Language::English.finding(rule, english), english);
            assert_eq!(Language::German.finding(rule, english), german);
        }
        let told: BTreeSet<&str> = TOLD.iter().map(|(rule, ..)| *rule).collect();
        assert_eq!(told, rules().unwrap().iter().map(|rule| rule.name.as_str()).collect());
        assert_eq!(told, SENTENCES.iter().map(|(rule, _)| *rule).collect());
        // What an earlier version said otherwise, or a rule that is gone, stays.
        assert_eq!(Language::German.finding("wip_over_limit", "Too much is begun."), "Too much is begun.");
        assert_eq!(Language::German.finding("gone", "1 of 8 items."), "1 of 8 items.");
    }
}
