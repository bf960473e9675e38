//! What a rule says: a text with places for its numbers.
//!
//! | place | becomes |
//! |---|---|
//! | `{n}` | the value: a number with at most one decimal, a day, a text |
//! | `{n:%}` | the share in percent, see [`crate::percent`] |
//! | `{n:chance}` | the chance in percent, see [`crate::chance`] |
//! | `{n:grown}` | how much something grew by that share, see [`crate::grown`] |
//! | `{n:item is,items are}` | the number, and the first words for 1, the second for any other |
//! | `{n\|is,are}` | those words alone |
//! | `[…]` | what is in it; nothing when one of its values is NULL |

use crate::row::Value;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::BTreeMap;

/// A sentence with places for numbers. It serializes as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Place { name: String, form: Form },
    Optional(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Plain,
    Percent,
    Chance,
    Grown,
    Counted(String, String),
    Agreeing(String, String),
}

impl Sentence {
    /// The sentence with these values. What is not among them is NULL, and reads `unknown` outside of brackets.
    pub fn fill(&self, values: &BTreeMap<String, Value>, zone: Tz) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Optional(parts) => {
                    if let Some(text) = filled(parts, values, zone) {
                        out.push_str(&text);
                    }
                }
                other => out.push_str(&one(other, values, zone).unwrap_or_else(|| "unknown".to_owned())),
            }
        }
        out
    }

    /// The values that it was told with, as texts; `None` where it does not read so. Filled into the same sentence of another language
    /// they say the same there.
    pub fn values(&self, told: &str) -> Option<BTreeMap<String, Value>> {
        let parts: Vec<&Part> = self.parts.iter().collect();
        read(&parts, told)
    }

    /// The names of its places.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<&str> {
        fn of<'a>(parts: &'a [Part], names: &mut Vec<&'a str>) {
            for part in parts {
                match part {
                    Part::Place { name, .. } => names.push(name),
                    Part::Optional(parts) => of(parts, names),
                    Part::Text(_) => {}
                }
            }
        }
        let mut names = Vec::new();
        of(&self.parts, &mut names);
        names
    }
}

impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Sentence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl std::str::FromStr for Sentence {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut rest = text;
        let parts = parts(&mut rest, false)?;
        Ok(Self { text: text.to_owned(), parts })
    }
}

/// Reads parts up to the end, or up to the bracket that closes them.
fn parts(rest: &mut &str, inner: bool) -> Result<Vec<Part>> {
    let refuse = |why: &str| Error::Setting(format!("a sentence {why}"));
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next() {
        match first {
            '{' => {
                let (place, after) = rest.split_once('}').ok_or_else(|| refuse("has a `{` that nothing closes"))?;
                parts.push(place_of(place.trim_start_matches('{')).ok_or_else(|| refuse("has a place that is none"))?);
                *rest = after;
            }
            '[' if !inner => {
                *rest = rest.split_at(1).1;
                parts.push(Part::Optional(self::parts(rest, true)?));
            }
            ']' if inner => {
                *rest = rest.split_at(1).1;
                return Ok(parts);
            }
            '[' | ']' | '}' => return Err(refuse("has a bracket that fits no other")),
            _ => {
                let end = rest.find(['{', '}', '[', ']']).unwrap_or(rest.len());
                let (words, after) = rest.split_at(end);
                parts.push(Part::Text(words.to_owned()));
                *rest = after;
            }
        }
    }
    if inner { Err(refuse("has a `[` that nothing closes")) } else { Ok(parts) }
}

fn place_of(place: &str) -> Option<Part> {
    let words = |text: &str| text.split_once(',').map(|(one, many)| (one.to_owned(), many.to_owned()));
    let (name, form) = match (place.split_once(':'), place.split_once('|')) {
        (Some((name, "%")), _) => (name, Form::Percent),
        (Some((name, "chance")), _) => (name, Form::Chance),
        (Some((name, "grown")), _) => (name, Form::Grown),
        (Some((name, text)), _) => (name, words(text).map(|(one, many)| Form::Counted(one, many))?),
        (None, Some((name, text))) => (name, words(text).map(|(one, many)| Form::Agreeing(one, many))?),
        (None, None) => (place, Form::Plain),
    };
    (!name.is_empty()).then(|| Part::Place { name: name.to_owned(), form })
}

fn filled(parts: &[Part], values: &BTreeMap<String, Value>, zone: Tz) -> Option<String> {
    parts.iter().map(|part| one(part, values, zone)).collect()
}

fn one(part: &Part, values: &BTreeMap<String, Value>, zone: Tz) -> Option<String> {
    let (name, form) = match part {
        Part::Text(text) => return Some(text.clone()),
        Part::Optional(parts) => return filled(parts, values, zone),
        Part::Place { name, form } => (name, form),
    };
    let value = values.get(name)?;
    match (form, value) {
        (Form::Percent, Value::Float(share)) => return Some(crate::percent(*share)),
        (Form::Chance, Value::Float(share)) => return Some(crate::chance(*share)),
        (Form::Grown, Value::Float(share)) => return Some(crate::grown(*share)),
        _ => {}
    }
    let text = shown(value, zone)?;
    Some(match form {
        Form::Plain | Form::Percent | Form::Chance | Form::Grown => text,
        Form::Counted(one, many) => crate::counted(text, one, many),
        Form::Agreeing(one, many) => if text == "1" { one } else { many }.clone(),
    })
}

/// What stands in the places of parts that read so.
fn read(parts: &[&Part], told: &str) -> Option<BTreeMap<String, Value>> {
    let Some((first, rest)) = parts.split_first() else { return told.is_empty().then(BTreeMap::new) };
    let (name, form) = match first {
        Part::Text(text) => return read(rest, told.strip_prefix(text.as_str())?),
        Part::Optional(inner) => {
            let with: Vec<&Part> = inner.iter().chain(rest.iter().copied()).collect();
            return read(&with, told).or_else(|| read(rest, told));
        }
        Part::Place { name, form } => (name, form),
    };
    if let Form::Agreeing(one, many) = form {
        return [one, many].into_iter().find_map(|words| read(rest, told.strip_prefix(words.as_str())?));
    }
    // The shortest value with which what follows reads, too.
    let ends = told.char_indices().map(|(at, _)| at).skip(1).chain([told.len()]);
    let (value, mut values) = ends.filter(|end| *end > 0).find_map(|end| {
        let (value, mut behind) = told.split_at(end);
        if let Form::Counted(one, many) = form {
            // What is counted is a number: words before it are not its own.
            value.parse::<f64>().ok()?;
            behind = behind.strip_prefix(' ')?.strip_prefix(if value == "1" { one } else { many }.as_str())?;
        }
        Some((value, read(rest, behind)?))
    })?;
    values.insert(name.clone(), Value::Text(value.to_owned()));
    Some(values)
}

/// A value as people read it; `None` when there is none.
fn shown(value: &Value, zone: Tz) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::Texts(texts) => Some(texts.join(", ")),
        Value::Bool(is) => Some(if *is { "yes" } else { "no" }.to_owned()),
        Value::Int(n) => Some(n.to_string()),
        Value::Float(x) => {
            let text = format!("{x:.1}");
            Some(text.strip_suffix(".0").map(str::to_owned).unwrap_or(text))
        }
        Value::Time(at) => {
            let at = DateTime::from_timestamp_micros(*at)?;
            Some(at.with_timezone(&zone).date_naive().to_string())
        }
        Value::Date(day) => Some(NaiveDate::from_epoch_days(*day)?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, values: &[(&str, Value)]) -> String {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        text.parse::<Sentence>().unwrap().fill(&values, Tz::Europe__Berlin)
    }

    #[test]
    fn one_is_singular_and_any_other_number_is_plural() {
        let text = "{n:item is,items are} late, and {n|it has,they have} no owner.";
        assert_eq!(said(text, &[("n", Value::Int(1))]), "1 item is late, and it has no owner.");
        assert_eq!(said(text, &[("n", Value::Int(0))]), "0 items are late, and they have no owner.");
        assert_eq!(said(text, &[("n", Value::Float(1.04))]), "1 item is late, and it has no owner.");
        assert_eq!(said(text, &[("n", Value::Float(1.5))]), "1.5 items are late, and they have no owner.");
    }

    #[test]
    fn days_are_those_of_the_time_zone_and_shares_are_percent() {
        // 22:30 UTC on 31 March is the next day in Berlin.
        let values =
            [("at", Value::Time(1_774_996_200_000_000)), ("on", Value::Date(20_544)), ("p", Value::Float(0.255))];
        assert_eq!(said("{p:%} since {at}, due {on}", &values), "26 % since 2026-04-01, due 2026-04-01");
        let of = |p| [("p", Value::Float(p))];
        assert_eq!(said("{p:%} of all", &of(0.002)), "0.2 % of all");
        assert_eq!(said("a chance of {p:chance}", &of(0.002)), "a chance of less than 1 %");
        assert_eq!(said("a chance of {p:chance}", &of(0.35)), "a chance of 35 %");
        assert_eq!(said("It grew {p:grown}.", &of(0.35)), "It grew by 35 %.");
        assert_eq!(said("It grew {p:grown}.", &of(12.5)), "It grew to 14 times as much.");
    }

    #[test]
    fn what_is_in_brackets_goes_when_a_value_is_null() {
        let text = "A[, b by {b}]{c}.";
        assert_eq!(said(text, &[("b", Value::Text("{x}".into())), ("c", Value::Int(2))]), "A, b by {x}2.");
        assert_eq!(said(text, &[("b", Value::Null)]), "Aunknown.");
    }

    #[test]
    fn what_was_told_is_read_again_and_says_the_same_in_other_words() {
        let text =
            "In {name} {n:item is,items are} late by {p:%}[, the oldest since {on}]; {n|it has,they have} no owner.";
        let (here, there): (Sentence, Sentence) =
            (text.parse().unwrap(), "{n|Fehlt,Fehlen} {n:Ding,Dinge} ({p}) in {name}[ seit {on}].".parse().unwrap());
        let again = |values: &[(&str, Value)]| {
            let read = here.values(&said(text, values)).unwrap();
            there.fill(&read, Tz::UTC)
        };
        let name = ("name", Value::Text("a is, b; it".into()));
        let on = ("on", Value::Date(20_544));
        assert_eq!(
            again(&[name.clone(), on, ("n", Value::Int(1)), ("p", Value::Float(0.25))]),
            "Fehlt 1 Ding (25 %) in a is, b; it seit 2026-04-01."
        );
        assert_eq!(
            again(&[name, ("n", Value::Float(2.5)), ("p", Value::Float(0.25))]),
            "Fehlen 2.5 Dinge (25 %) in a is, b; it."
        );
        for other in [
            "",
            "In x 1 items are late by 25 %; they have no owner.",
            "In x 2 items are late by 25 %; they have no owner. More",
        ] {
            assert_eq!(here.values(other), None, "{other}");
        }
        let either = "[{a} alone.][{b} both.]".parse::<Sentence>().unwrap();
        assert_eq!(either.values("7 both."), Some(BTreeMap::from([("b".to_owned(), Value::Text("7".to_owned()))])));
    }

    #[test]
    fn a_sentence_that_does_not_close_is_refused() {
        for wrong in ["{n", "[a", "a]", "a}", "[a[b]]", "{n:item}", "{}", "{:%}", "{n|is}"] {
            assert!(wrong.parse::<Sentence>().is_err(), "{wrong}");
        }
    }
}
