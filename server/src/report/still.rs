//! What is said of a page's metrics where none of them moved.
//!
//! First those that are as the periods before let expect, and of these the ones first that are beyond what was typical in the year before;
//! then those of which only the latter is known; and of each of the others what was measured, and that more is not known of it yet. Each sentence
//! is of one metric, whose rows it opens.

use super::held::{Held, Side, last_whole, side};
use super::last_day;
use super::story::{Asked, Clause, evidence, typical, within};
use crate::texts::Language;
use chrono::NaiveDate;
use pulse_engine::metrics::{Filter, Group, Kind};

/// The sentences on metrics of which none moved.
pub(super) fn still(all: &[Asked], minimum_n: u64, filter: &Filter, language: Language) -> Vec<Clause> {
    let (mut held, mut facts, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for asked in all {
        let Some(group) = asked.whole.groups.first() else { continue };
        if !asked.was_seen() {
            unknown.push(asked);
            continue;
        }
        let told = expected(asked, group, minimum_n, language).or_else(|| known(asked, group, language));
        if let Some((place, text)) = told {
            let days = last_whole(group).map_or(asked.span, |point| asked.days(point));
            held.push((place, clause(text, asked, days, filter)));
            continue;
        }
        match measured(asked, group, language) {
            Some((text, days)) => facts.push(clause(text, asked, days, filter)),
            None => unknown.push(asked),
        }
    }
    held.sort_by_key(|(place, _)| *place);
    let mut clauses: Vec<Clause> = held.into_iter().map(|(_, clause)| clause).collect();
    clauses.append(&mut facts);
    clauses.extend(unknown.into_iter().map(|asked| {
        let name = within(&asked.whole.definition, language);
        let text = language.fill("Too little is known yet to say what is typical of {name}.", &[("name", &name)]);
        clause(text, asked, asked.span, filter)
    }));
    clauses
}

fn clause(text: String, asked: &Asked, days: (NaiveDate, NaiveDate), filter: &Filter) -> Clause {
    let definition = &asked.whole.definition;
    let href = evidence(&definition.name, asked, days, filter, None);
    Clause { text, metric: definition.name.clone(), version: Some(definition.version.into()), href }
}

/// What is as the periods before let expect, and in which place that is told.
fn expected(asked: &Asked, group: &Group, minimum_n: u64, language: Language) -> Option<(u8, String)> {
    let definition = &asked.whole.definition;
    let held = Held::of(group, definition, asked.least(minimum_n))?;
    let (is_typical, beside) = typical(group, (held.value, Side::Within), &definition.unit, language);
    let text = language.fill(
        "{title}: {value} {when}, as expected from {before}{typical}.",
        &[
            ("title", language.metric(&definition.name, &definition.title)),
            ("value", &language.quantity(held.value, &definition.unit)),
            ("when", &language.when(asked.days(held.point).0, asked.grain)),
            ("before", &language.before(held.before, asked.grain)),
            ("typical", &beside),
        ],
    );
    Some((u8::from(is_typical), text))
}

/// What has too few periods or observations to expect anything, held against what was typical in the year before.
fn known(asked: &Asked, group: &Group, language: Language) -> Option<(u8, String)> {
    let definition = &asked.whole.definition;
    let (point, typical) = (last_whole(group)?, group.typical.as_ref()?);
    let range = (typical.p10, typical.p90);
    let text = match point.figure.value.map(|value| side(value, range, &definition.unit)) {
        None => "{title}: no value {when}; {range} were typical of the year before.",
        Some(Side::Below) => "{title}: {value} {when}, below the {range} typical of the year before (n = {n}).",
        Some(Side::Within) => "{title}: {value} {when}, within the {range} typical of the year before (n = {n}).",
        Some(Side::Above) => "{title}: {value} {when}, above the {range} typical of the year before (n = {n}).",
    };
    let value = point.figure.value.map(|value| language.quantity(value, &definition.unit)).unwrap_or_default();
    let text = language.fill(
        text,
        &[
            ("title", language.metric(&definition.name, &definition.title)),
            ("value", &value),
            ("when", &language.when(asked.days(point).0, asked.grain)),
            ("range", &language.range(range, &definition.unit)),
            ("n", &point.figure.n.to_string()),
        ],
    );
    Some((2, text))
}

/// What was measured in the whole span or, of what is there at an instant, at the end of the last whole period; and of which days that is.
fn measured(asked: &Asked, group: &Group, language: Language) -> Option<(String, (NaiveDate, NaiveDate))> {
    let definition = &asked.whole.definition;
    let (figure, days, when) = match definition.kind {
        Kind::Level | Kind::Age => {
            let point = last_whole(group)?;
            let days = asked.days(point);
            (&point.figure, days, language.when(days.0, asked.grain))
        }
        _ => {
            let (from, until) = asked.span;
            let days = [language.day(from), language.day(last_day(until))];
            let when = language.fill("from {from} to {until}", &[("from", &days[0]), ("until", &days[1])]);
            (&group.total, asked.span, when)
        }
    };
    let text = language.fill(
        "{title}: {value} {when} (n = {n}); what is typical is not known yet.",
        &[
            ("title", language.metric(&definition.name, &definition.title)),
            ("value", &language.quantity(figure.value?, &definition.unit)),
            ("when", &when),
            ("n", &figure.n.to_string()),
        ],
    );
    Some((text, days))
}
