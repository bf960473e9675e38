//! What a tenant keeps of a report that it defined, and what is asked of one.

use super::built_in::built_in;
use super::decided::Decided;
use super::definition::Definition;
use super::format::FileFormat;
use super::period::Period;
use crate::Result;
use crate::control::{Refusal, email_key};
use crate::delivery::Channel;
use crate::texts::Language;
use chrono::DateTime;
use pulse_engine::metrics::{self, Filter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A report that a tenant defined: what is in it, as which files, for whom, and for how long they are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportPlan)]
pub struct Plan {
    /// The built-in report that it is like; left out where `definition` says what is in it.
    #[serde(default)]
    pub like: Option<String>,
    /// What is in it; left out where it is like a built-in one.
    #[serde(default)]
    pub definition: Option<Definition>,
    /// What is otherwise than there.
    #[serde(default)]
    pub changes: Changes,
    /// The files that it is made as when it is due.
    pub formats: Vec<FileFormat>,
    /// The addresses of the members that it is made for: each gets what they may see.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Where else it is delivered: to destinations, or into the tenant's storage. What they get is what whoever set it sees.
    #[serde(default)]
    pub places: Vec<Channel>,
    /// Whether it is made whenever new data went all the way through.
    #[serde(default)]
    pub after_data: bool,
    /// For how many days its files are kept, 1 to 3650.
    #[serde(default = "kept_days")]
    pub keep_days: i64,
}

/// What is otherwise than in a definition; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ReportChanges)]
pub struct Changes {
    /// Its title.
    pub title: Option<String>,
    /// Which days.
    pub period: Option<Period>,
    /// What alone it is on.
    #[schema(value_type = Option<Object>)]
    pub scope: Option<Filter>,
    /// Whose days, weeks and months are meant.
    pub time_zone: Option<String>,
    /// What it is written in: `en` or `de`.
    pub language: Option<Language>,
    /// The values that parameters of the saved queries in it have, by the keys of these and as `POST /api/v1/sql` takes them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub params: BTreeMap<String, Value>,
}

/// For how long files are kept unless said.
pub const KEPT_DAYS: i64 = 90;
const MOST_DAYS: i64 = 3650;
const MOST_RECIPIENTS: usize = 100;
const MOST_FORMATS: usize = 8;

fn kept_days() -> i64 {
    KEPT_DAYS
}

impl Changes {
    /// A definition with these.
    pub fn over(&self, definition: Definition) -> Definition {
        let Changes { title, period, scope, time_zone, language, params } = self.clone();
        let language = language.unwrap_or(definition.language);
        let definition = definition.told_in(language).with_params(&params);
        Definition {
            title: title.unwrap_or(definition.title),
            period: period.unwrap_or(definition.period),
            scope: scope.unwrap_or(definition.scope),
            time_zone: time_zone.or(definition.time_zone),
            ..definition
        }
    }

    /// Refuses values for a saved query that a definition does not show.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub fn check(&self, of: &Definition) -> Result<()> {
        let Some(id) = self.params.keys().find(|id| of.saved().all(|shown| shown != id.as_str())) else {
            return Ok(());
        };
        let why = format!("gives values to `{}`, which is no saved query that the report shows", id.escape_default());
        Err(Refusal::invalid("params", why).into())
    }
}

impl Plan {
    /// What is in it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it names no report that there is, or two.
    pub fn whole(&self) -> Result<Definition> {
        let found = match (&self.like, &self.definition) {
            (Some(name), None) => built_in(name),
            (None, Some(definition)) => Some(definition.clone()),
            _ => None,
        };
        let wrong = || Refusal::invalid("like", "should name a built-in report, or `definition` say what is in it");
        Ok(self.changes.over(found.ok_or_else(wrong)?))
    }

    /// Refuses one that nothing could be made of. `own` are the tenant's own metrics.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the field.
    pub fn check(&self, own: &[metrics::Definition]) -> Result<()> {
        let wrong = |field, why: String| Err(Refusal::invalid(field, why).into());
        let whole = self.whole()?;
        whole.check(own)?;
        self.changes.check(&whole)?;
        if self.formats.is_empty() || self.formats.len() > MOST_FORMATS {
            return wrong("formats", format!("should name 1 to {MOST_FORMATS}"));
        }
        if self.recipients.len() > MOST_RECIPIENTS {
            return wrong("recipients", format!("should be {MOST_RECIPIENTS} at most"));
        }
        for recipient in &self.recipients {
            email_key(recipient)?;
        }
        if self.places.len() > MOST_RECIPIENTS {
            return wrong("places", format!("should be {MOST_RECIPIENTS} at most"));
        }
        for place in &self.places {
            place.check()?;
            if matches!(place, Channel::Mail(_) | Channel::Notification(_)) {
                return wrong("places", "should be destinations or stores: people are `recipients`".to_owned());
            }
        }
        if !(1..=MOST_DAYS).contains(&self.keep_days) {
            return wrong("keep_days", format!("should be 1 to {MOST_DAYS}"));
        }
        Ok(())
    }
}

/// What was asked for: kept as it was, so that what is made later is that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// What is in it.
    pub definition: Definition,
    /// What it is written as.
    pub format: FileFormat,
    /// The one table that is wanted, of the formats of rows.
    pub table: Option<String>,
    /// Of when it is, in microseconds since 1970.
    pub as_of: i64,
    /// Whether all whom it is made for may know who did what. Before that was kept, whoever asked for it alone was looked at.
    #[serde(default = "perhaps")]
    pub people: bool,
    /// What the tenant had decided when it was asked for; nothing where that was before it was kept: then it is told by what is decided
    /// when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
}

fn perhaps() -> bool {
    true
}

impl Asked {
    /// Whether people may be named in it: the rows of saved queries alone name any.
    pub fn may_name_people(&self) -> bool {
        self.people && self.definition.saved().next().is_some()
    }

    /// The sums of the fonts that it is set in.
    pub(crate) fn fonts(&self) -> impl Iterator<Item = &str> {
        self.decided.iter().flat_map(|decided| decided.fonts())
    }
}

/// Whether a name is one of a definition: lower-case letters, digits and hyphens.
pub fn is_name(name: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !name.is_empty() && name.len() <= 63 && name.bytes().all(fits) && !name.starts_with('-')
}

/// An instant that somebody named as the as-of of a report.
///
/// # Errors
/// [`Refusal::Invalid`] when it is none, or lies after `now`.
pub fn named_as_of(text: &str, now: i64) -> Result<i64> {
    let wrong = || Refusal::invalid("as_of", "should be an instant such as 2026-03-31T22:00:00Z, and not after now");
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| wrong())?.timestamp_micros();
    if (0..=now).contains(&at) { Ok(at) } else { Err(wrong().into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(json: &str) -> Result<()> {
        let plan: Plan = serde_json::from_str(json)?;
        plan.check(&[])
    }

    #[test]
    fn a_plan_is_like_a_built_in_report_or_says_itself_what_is_in_it() {
        plan(r#"{"like": "board-quarterly", "formats": ["pdf"], "changes": {"scope": {"teams": ["Checkout"]}}}"#)
            .unwrap();
        let own = r#"{"title": "Ours", "sections": [{"title": "One", "shows": {"tiles": ["cycle_time"]}}]}"#;
        plan(&format!(r#"{{"definition": {own}, "formats": ["xlsx", "json"], "keep_days": 7}}"#)).unwrap();
        for wrong in [
            r#"{"formats": ["pdf"]}"#,
            r#"{"like": "weather", "formats": ["pdf"]}"#,
            r#"{"like": "board-quarterly", "formats": []}"#,
            r#"{"like": "board-quarterly", "formats": ["docx"]}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "recipients": ["nobody"]}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "keep_days": 0}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "places": [{"mail": "ada@example.com"}]}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "places": [{"store": "../x"}]}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "colour": "red"}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "changes": {"time_zone": "Mars"}}"#,
            r#"{"like": "board-quarterly", "formats": ["pdf"], "changes": {"language": "fr"}}"#,
        ] {
            assert!(plan(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_of_parameters_take_the_place_of_those_of_the_definition_by_their_names() {
        let query = |params: &str| {
            let shows = format!(r#"{{"query": {{"saved": "query_1", "params": {params}}}}}"#);
            let section = format!(r#"{{"title": "y", "shows": {shows}}}"#);
            serde_json::from_str::<Definition>(&format!(r#"{{"title": "x", "sections": [{section}]}}"#)).unwrap()
        };
        for (own, given, both) in [
            ("null", r#"{"a": 1}"#, r#"{"a": 1}"#),
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 3}"#, r#"{"a": 1, "b": 3}"#),
            // Those that are numbered have no names to be told apart by.
            ("[1, 2]", "[3]", "[3]"),
        ] {
            let changes = format!(r#"{{"params": {{"query_1": {given}}}}}"#);
            let changes: Changes = serde_json::from_str(&changes).unwrap();
            changes.check(&query(own)).unwrap();
            assert_eq!(changes.over(query(own)), query(both));
        }
        let others: Changes = serde_json::from_str(r#"{"params": {"query_2": {}}}"#).unwrap();
        assert!(others.check(&query("null")).unwrap_err().to_string().contains("`query_2`"));
        assert_eq!(others.over(query("[1]")), query("[1]"));
        // What names none is kept as before there were any.
        assert!(!serde_json::to_string(&Changes::default()).unwrap().contains("params"));
    }

    #[test]
    fn a_built_in_report_is_told_in_the_language_that_is_asked_for_and_what_a_tenant_wrote_stays() {
        let whole = |text: &str| serde_json::from_str::<Plan>(text).unwrap().whole().unwrap();
        let german = r#"{"like": "risk-register", "formats": ["pdf"], "changes": {"language": "de", "title": "Ours"}}"#;
        let german = whole(german);
        let titles: Vec<&str> = german.sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!((german.title.as_str(), german.language), ("Ours", Language::German));
        assert_eq!(titles, ["Risiken", "Prognosen", "Was offen ist"]);
        assert!(german.description.starts_with("Das Risiko jedes Projekts"), "{}", german.description);
        // Asked for in English, it is as it was.
        let english = Changes { language: Some(Language::English), ..Changes::default() }.over(german);
        assert_eq!(Definition { title: "Risk register".into(), ..english }, built_in("risk-register").unwrap());
        let own = r#"{"title": "Ours", "language": "de", "sections": [{"title": "Risks", "shows": "risks"}, {"title": "Us"}]}"#;
        let own = whole(&format!(r#"{{"definition": {own}, "formats": ["pdf"], "changes": {{"language": "de"}}}}"#));
        assert_eq!((own.sections[0].title.as_str(), own.sections[1].title.as_str()), ("Risks", "Us"));
        // What was defined before there were languages is in English.
        let before = r#"{"definition": {"title": "x", "sections": [{"title": "y"}]}, "formats": ["pdf"]}"#;
        assert_eq!(whole(before).language, Language::English);
    }

    #[test]
    fn what_was_made_before_may_name_people_where_it_shows_rows_of_saved_queries() {
        let query = r#"{"title": "x", "sections": [{"title": "y", "shows": {"query": {"saved": "query_1"}}}]}"#;
        let query: Definition = serde_json::from_str(query).unwrap();
        for (definition, may) in [(built_in("board-quarterly").unwrap(), false), (query, true)] {
            let asked =
                Asked { definition, format: FileFormat::Json, table: None, as_of: 1, people: false, decided: None };
            assert!(!asked.may_name_people());
            let mut kept = serde_json::to_value(&asked).unwrap();
            kept.as_object_mut().unwrap().remove("people");
            assert_eq!(serde_json::from_value::<Asked>(kept).unwrap().may_name_people(), may);
        }
    }

    #[test]
    fn an_as_of_is_an_instant_that_has_passed() {
        assert_eq!(named_as_of("1970-01-01T00:00:01Z", 2_000_000).unwrap(), 1_000_000);
        for wrong in ["yesterday", "2026-01-01", "1970-01-01T00:00:03Z", "1960-01-01T00:00:00Z"] {
            assert!(named_as_of(wrong, 2_000_000).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert!(is_name("board-2026") && !is_name("Board") && !is_name("") && !is_name("-x") && !is_name("report_1"));
    }
}
