//! As much of JQL as a connector asks in, and a person who uses it: projects, labels, ids, times, AND, OR and ORDER BY.

use super::{Token, Zone};
use crate::world::jira::Issue;
use crate::world::{Time, World};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

/// Who asks, and when.
pub(super) struct Asker<'a> {
    pub(super) world: &'a World,
    pub(super) token: &'a Token,
    pub(super) now: Time,
    /// Changes after this instant are not known to the search.
    pub(super) known_until: Time,
}

/// A query, understood.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Jql {
    conditions: Vec<Condition>,
    /// What is sorted by, and whether the largest comes first.
    order: Vec<(Field, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Key,
    Created,
    Updated,
}

#[derive(Debug, PartialEq)]
enum Condition {
    Project(BTreeSet<i64>),
    /// One of these labels is on it.
    Label(Vec<String>),
    /// The number of a field stands so to a given one.
    Number(Field, Comparison, i64),
    /// All of one of these hold.
    Any(Vec<Vec<Condition>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
}

/// Why a query is none: what Jira says in `errorMessages`.
type Refused<T> = Result<T, String>;

impl Jql {
    /// Reads a query.
    pub(super) fn read(text: &str, asker: &Asker<'_>) -> Refused<Self> {
        let mut words = Words(split(text)?.into_iter().peekable());
        let mut jql = Self::default();
        let mut is_ordered = words.takes_word("ORDER");
        if !is_ordered && !words.is_at_end() {
            jql.conditions = any(&mut words, asker)?;
            is_ordered = words.takes_word("ORDER");
            if !is_ordered && !words.is_at_end() {
                return Err(words.unexpected("either 'OR' or 'AND'"));
            }
        }
        if is_ordered {
            jql.order = order(&mut words)?;
        }
        if jql.order.is_empty() {
            jql.order.push((Field::Created, true));
        }
        Ok(jql)
    }

    /// Whether it asks for everything there is, which Cloud refuses.
    pub(super) fn is_unbounded(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Issues that the token sees and that fit, in order, each with its place in it.
    pub(super) fn find<'a>(&self, asker: &Asker<'a>) -> Vec<(Vec<i64>, &'a Issue)> {
        let site = &asker.world.jira;
        let seen: BTreeSet<i64> = site.projects.values().filter(|p| asker.token.sees(p)).map(|p| p.id).collect();
        let asks_when = self.conditions.iter().any(Condition::asks_when);
        let is_known = |i: &Issue| {
            let changed = if asks_when { i.updated_at } else { i.created_at };
            changed <= asker.known_until
        };
        let fits =
            |i: &&Issue| seen.contains(&i.fields.project) && is_known(i) && self.conditions.iter().all(|c| c.fits(i));
        let mut found: Vec<_> = site.issues.values().filter(fits).map(|i| (self.place(i), i)).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Numbers by which an issue is sorted. The id is the last, so that no two are alike.
    fn place(&self, issue: &Issue) -> Vec<i64> {
        let mut place = Vec::new();
        for (field, is_descending) in &self.order {
            let sign = if *is_descending { -1 } else { 1 };
            if *field == Field::Key {
                place.push(sign * issue.fields.project);
            }
            place.push(sign * field.of(issue));
        }
        place.push(issue.id);
        place
    }
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "id" => Some(Self::Id),
            "key" | "issuekey" => Some(Self::Key),
            "created" | "createddate" => Some(Self::Created),
            "updated" | "updateddate" => Some(Self::Updated),
            _ => None,
        }
    }

    fn of(self, issue: &Issue) -> i64 {
        match self {
            Self::Id => issue.id,
            Self::Key => i64::try_from(issue.fields.number).unwrap_or(i64::MAX),
            Self::Created => issue.created_at.timestamp(),
            Self::Updated => issue.updated_at.timestamp(),
        }
    }
}

impl Condition {
    fn fits(&self, issue: &Issue) -> bool {
        match self {
            Self::Project(ids) => ids.contains(&issue.fields.project),
            Self::Label(labels) => labels.iter().any(|label| issue.fields.labels.contains(label)),
            Self::Number(field, comparison, than) => {
                let order = field.of(issue).cmp(than);
                match comparison {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::More => order == Ordering::Greater,
                    Comparison::MoreOrEqual => order != Ordering::Less,
                    Comparison::Less => order == Ordering::Less,
                    Comparison::LessOrEqual => order != Ordering::Greater,
                }
            }
            Self::Any(all) => all.iter().any(|all| all.iter().all(|c| c.fits(issue))),
        }
    }

    /// Whether it asks when something changed.
    fn asks_when(&self) -> bool {
        match self {
            Self::Project(_) | Self::Label(_) => false,
            Self::Number(field, ..) => *field == Field::Updated,
            Self::Any(all) => all.iter().flatten().any(Self::asks_when),
        }
    }
}

/// Conditions with OR between them, which are one, and with AND.
fn any(words: &mut Words, asker: &Asker<'_>) -> Refused<Vec<Condition>> {
    let mut all = vec![both(words, asker)?];
    while words.takes_word("OR") {
        all.push(both(words, asker)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { vec![Condition::Any(all)] })
}

/// Conditions with AND between them.
fn both(words: &mut Words, asker: &Asker<'_>) -> Refused<Vec<Condition>> {
    let mut all = Vec::new();
    loop {
        if words.takes_sign("(") {
            all.extend(any(words, asker)?);
            if !words.takes_sign(")") {
                return Err(words.unexpected("')'"));
            }
        } else {
            all.push(condition(words, asker)?);
        }
        if !words.takes_word("AND") {
            return Ok(all);
        }
    }
}

/// What comes after ORDER.
fn order(words: &mut Words) -> Refused<Vec<(Field, bool)>> {
    if !words.takes_word("BY") {
        return Err(words.unexpected("'BY'"));
    }
    let mut order = Vec::new();
    loop {
        let name = words.word("a field name")?;
        let field = Field::named(&name).ok_or_else(|| no_field(&name))?;
        let is_descending = words.takes_word("DESC");
        if !is_descending {
            words.takes_word("ASC");
        }
        order.push((field, is_descending));
        if words.is_at_end() {
            return Ok(order);
        }
        if !words.takes_sign(",") {
            return Err(words.unexpected("','"));
        }
    }
}

/// One condition.
fn condition(words: &mut Words, asker: &Asker<'_>) -> Refused<Condition> {
    let name = words.word("a field name")?;
    if name.eq_ignore_ascii_case("project") {
        let names = words.values()?;
        return Ok(Condition::Project(names.iter().map(|n| project(n, asker)).collect::<Refused<_>>()?));
    }
    if name.eq_ignore_ascii_case("labels") {
        return Ok(Condition::Label(words.values()?));
    }
    let field = Field::named(&name).filter(|f| *f != Field::Key).ok_or_else(|| no_field(&name))?;
    if field == Field::Id && words.takes_word("IN") {
        let is = |value: &String| -> Refused<Vec<Condition>> {
            let id = value.parse::<i64>().ok().filter(|id| asker.world.jira.issues.contains_key(id));
            Ok(vec![Condition::Number(field, Comparison::Equal, id.ok_or_else(|| no_issue(value))?)])
        };
        return Ok(Condition::Any(words.list()?.iter().map(is).collect::<Refused<_>>()?));
    }
    let comparison = words.comparison()?;
    let value = words.word("a value")?;
    let number = match field {
        Field::Id => value.parse().map_err(|_| no_issue(&value))?,
        _ => moment(&value, asker.token.zone, asker.now).ok_or_else(|| no_date(&value, &name))?.timestamp(),
    };
    Ok(Condition::Number(field, comparison, number))
}

fn project(name: &str, asker: &Asker<'_>) -> Refused<i64> {
    let found = asker.world.jira.project(name).filter(|p| asker.token.sees(p));
    found.map(|p| p.id).ok_or_else(|| format!("The value '{name}' does not exist for the field 'project'."))
}

/// An instant: a period before or after now, or a time that clocks in the zone show.
fn moment(value: &str, zone: Zone, now: Time) -> Option<Time> {
    let (sign, period) = match value.strip_prefix('-') {
        Some(period) => (-1, period),
        None => (1, value.strip_prefix('+').unwrap_or(value)),
    };
    if let Some(minutes) = minutes(period) {
        return Some(now + TimeDelta::minutes(sign * minutes));
    }
    let text = value.replace('/', "-");
    let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").ok();
    let shown = time.or_else(|| Some(NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))?;
    Some(zone.instant(shown))
}

/// The minutes of a period such as `90m` or `1w 2d`.
fn minutes(period: &str) -> Option<i64> {
    let mut sum = None;
    for part in period.split_whitespace() {
        let unit = match part.chars().last()? {
            'm' => 1,
            'h' => 60,
            'd' => 1440,
            'w' => 10080,
            _ => return None,
        };
        let number: i64 = part.get(..part.len() - 1)?.parse().ok()?;
        sum = Some(sum.unwrap_or(0) + number.checked_mul(unit).filter(|m| *m < 1 << 32)?);
    }
    sum
}

fn no_field(name: &str) -> String {
    format!("Field '{name}' does not exist or you do not have permission to view it.")
}

fn no_issue(id: &str) -> String {
    format!("An issue with key '{id}' does not exist for field 'id'.")
}

fn no_date(value: &str, field: &str) -> String {
    format!(
        "Date value '{value}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', \
         'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Sign(String),
    Bare(String),
    Quoted(String),
}

struct Words(Peekable<IntoIter<Word>>);

impl Words {
    fn is_at_end(&mut self) -> bool {
        self.0.peek().is_none()
    }

    /// Takes a word of the language if it is next.
    fn takes_word(&mut self, word: &str) -> bool {
        self.0.next_if(|w| matches!(w, Word::Bare(text) if text.eq_ignore_ascii_case(word))).is_some()
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        self.0.next_if(|w| matches!(w, Word::Sign(text) if text == sign)).is_some()
    }

    /// Takes a name or a value.
    fn word(&mut self, expected: &str) -> Refused<String> {
        match self.0.next_if(|w| !matches!(w, Word::Sign(_))) {
            Some(Word::Bare(text) | Word::Quoted(text)) => Ok(text),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Takes a value that something is, or several of which it is one.
    fn values(&mut self) -> Refused<Vec<String>> {
        if self.takes_sign("=") {
            return Ok(vec![self.word("a value")?]);
        }
        if self.takes_word("IN") { self.list() } else { Err(self.unexpected("operator")) }
    }

    /// Takes values with commas between them, in parentheses.
    fn list(&mut self) -> Refused<Vec<String>> {
        if !self.takes_sign("(") {
            return Err(self.unexpected("'('"));
        }
        let mut values = vec![self.word("a value")?];
        while self.takes_sign(",") {
            values.push(self.word("a value")?);
        }
        if self.takes_sign(")") { Ok(values) } else { Err(self.unexpected("')'")) }
    }

    fn comparison(&mut self) -> Refused<Comparison> {
        let known = [
            ("=", Comparison::Equal),
            (">=", Comparison::MoreOrEqual),
            (">", Comparison::More),
            ("<=", Comparison::LessOrEqual),
            ("<", Comparison::Less),
        ];
        let found = known.into_iter().find(|(sign, _)| self.takes_sign(sign));
        found.map(|(_, comparison)| comparison).ok_or_else(|| self.unexpected("operator"))
    }

    fn unexpected(&mut self, expected: &str) -> String {
        match self.0.next() {
            None => format!("Error in the JQL Query: Expecting {expected} before the end of the query."),
            Some(Word::Sign(text) | Word::Bare(text) | Word::Quoted(text)) => {
                format!("Error in the JQL Query: Expecting {expected} but got '{text}'.")
            }
        }
    }
}

/// The words of a query.
fn split(text: &str) -> Refused<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                let end = rest.get(1..).and_then(|r| r.find(first));
                let inside = end.and_then(|e| rest.get(1..=e));
                let inside = inside.ok_or_else(|| {
                    format!("Error in the JQL Query: The quoted string '{rest}' has not been completed.")
                })?;
                words.push(Word::Quoted(inside.to_owned()));
                inside.len() + 2
            }
            '(' | ')' | ',' => 1,
            '=' | '<' | '>' | '!' | '~' => rest.find(|c| !"=<>!~".contains(c)).unwrap_or(rest.len()),
            _ => rest.find(|c: char| c.is_whitespace() || "(),=<>!~\"'".contains(c)).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(length);
        match first {
            '"' | '\'' => {}
            '(' | ')' | ',' | '=' | '<' | '>' | '!' | '~' => words.push(Word::Sign(word.to_owned())),
            _ => words.push(Word::Bare(word.to_owned())),
        }
        rest = after.trim_start();
    }
    Ok(words)
}
