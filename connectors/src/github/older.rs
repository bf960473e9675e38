//! Questions to an Enterprise Server that is older than they are: what it does not know is left out of them.
//!
//! In the place of what is left out stands `__typename`, which every server knows, so that nothing is asked for nothing; in that of what
//! something is asked with stands nothing.

use super::operation::Operation;
use crate::net::Answer;
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The number of what is so new that its `databaseId` has too few bits. A server that does not know it has nothing so new.
const FULL_NUMBER: &str = "fullDatabaseId";

/// Without these nothing can be read, or not for sure all of it: a list that is missing would say that there is nothing.
const NEEDED: [&str; 42] = [
    "__typename",
    "comments",
    "commit",
    "commits",
    "createdAt",
    "cursor",
    "databaseId",
    "deployments",
    "edges",
    "endCursor",
    "hasNextPage",
    "id",
    "issue",
    "issues",
    "login",
    "members",
    "milestones",
    "name",
    "nameWithOwner",
    "node",
    "nodes",
    "number",
    "oid",
    "organization",
    "pageInfo",
    "pullRequest",
    "pullRequests",
    "refs",
    "releases",
    "repositories",
    "repository",
    "repositoryOwner",
    "reviewThreads",
    "reviews",
    "state",
    "statuses",
    "tagName",
    "target",
    "teams",
    "timelineItems",
    "totalCount",
    "updatedAt",
];

/// Of these types something is asked that is nothing else.
const NEEDED_TYPES: [&str; 4] = ["Commit", "Deployment", "PullRequestReviewThread", "Tag"];

/// What something is asked with alone, and without which it tells as much on a server that does not know it: an older one has nothing that
/// this would show, and one that shows it always has no need of it.
const SPARE: [&str; 1] = ["enableDuplicate"];

/// What a server does not know, as far as it was asked for.
#[derive(Debug, Default)]
pub(super) struct Older {
    /// Questions without it, by their names.
    texts: Mutex<BTreeMap<&'static str, String>>,
    fields: Mutex<BTreeSet<String>>,
}

impl Older {
    /// The text of a question, as far as the server knows what it asks for.
    pub(super) fn text(&self, operation: &Operation) -> String {
        self.texts.lock().get(operation.name).cloned().unwrap_or_else(|| operation.text.to_owned())
    }

    /// Leaves things out of a question that was asked with this text; nothing where it cannot be asked without them.
    pub(super) fn leave_out(&self, operation: &Operation, text: &str, unknown: &[Unknown]) -> Option<()> {
        self.texts.lock().insert(operation.name, without(text, unknown)?);
        let told = unknown.iter().filter_map(|of| match &of.what {
            What::Field { kind, field } if field != FULL_NUMBER => Some(format!("{kind}.{field}")),
            // Of what a server has none, nothing is missed.
            What::Field { .. } | What::Fragment { .. } | What::Argument { .. } => None,
        });
        self.fields.lock().extend(told);
        Some(())
    }

    /// The fields that were left out and tell something, each as `Type.field`.
    pub(super) fn fields(&self) -> BTreeSet<String> {
        self.fields.lock().clone()
    }
}

/// What a server does not know, and where it stands in what it was asked, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    what: What,
    line: usize,
    column: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// A field of a type.
    Field { kind: String, field: String },
    /// That something may be of a type, as a bot may be asked for a review.
    Fragment { kind: String },
    /// What a field is asked with.
    Argument { argument: String },
}

/// What an answer says that the server does not know; none where anything else is wrong, too.
pub(super) fn unknown(answer: &Answer) -> Vec<Unknown> {
    #[derive(Deserialize)]
    struct Body {
        errors: Vec<Wrong>,
    }
    #[derive(Deserialize)]
    struct Wrong {
        extensions: Extensions,
        locations: Vec<Location>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        code: String,
        type_name: String,
        field_name: Option<String>,
        argument_name: Option<String>,
    }
    #[derive(Clone, Copy, Deserialize)]
    struct Location {
        line: usize,
        column: usize,
    }
    let Ok(Body { errors }) = serde_json::from_slice::<Body>(&answer.body) else { return Vec::new() };
    let thing = |Wrong { extensions, locations }: Wrong| {
        let &Location { line, column } = locations.first()?;
        let Extensions { code, type_name: kind, field_name, argument_name } = extensions;
        let what = match (code.as_str(), field_name, argument_name) {
            ("undefinedField", Some(field), _) => What::Field { kind, field },
            ("cannotSpreadFragment" | "undefinedType", None, _) => What::Fragment { kind },
            ("argumentNotAccepted", _, Some(argument)) => What::Argument { argument },
            _ => return None,
        };
        Some(Unknown { what, line, column })
    };
    errors.into_iter().map(thing).collect::<Option<Vec<Unknown>>>().unwrap_or_default()
}

/// A question without some things; nothing where one of them is needed, or does not stand where it is said to.
fn without(query: &str, unknown: &[Unknown]) -> Option<String> {
    let mut spans: Vec<(Range<usize>, &str)> = Vec::new();
    for of in unknown {
        let start = place(query, of.line, of.column)?;
        let (words, is_needed) = match &of.what {
            What::Field { field, .. } => (field.clone(), NEEDED.contains(&field.as_str())),
            What::Fragment { kind } => (format!("... on {kind}"), NEEDED_TYPES.contains(&kind.as_str())),
            What::Argument { argument } => (argument.clone(), !SPARE.contains(&argument.as_str())),
        };
        if is_needed || !query.get(start..)?.starts_with(&words) {
            return None;
        }
        spans.push(match &of.what {
            What::Argument { .. } => (brackets(query, start)?, ""),
            What::Field { .. } | What::Fragment { .. } => (start..end(query, start + words.len()), "__typename"),
        });
    }
    spans.sort_by_key(|(span, _)| span.start);
    // What stands within one that is left out goes with it.
    let mut apart: Vec<(Range<usize>, &str)> = Vec::new();
    for (span, instead) in spans {
        if apart.last().is_none_or(|(last, _)| span.start >= last.end) {
            apart.push((span, instead));
        }
    }
    let mut left = query.to_owned();
    // From the last on, so that those before stay where they are.
    for (span, instead) in apart.into_iter().rev() {
        left.replace_range(span, instead);
    }
    Some(tidy(left))
}

/// The brackets in which what a field is asked with stands first.
fn brackets(query: &str, start: usize) -> Option<Range<usize>> {
    let open = query.get(..start)?.trim_end().strip_suffix('(')?.len();
    Some(open..open + closed(&query[open..], '(', ')'))
}

/// Where a line and a column are in a text.
fn place(text: &str, line: usize, column: usize) -> Option<usize> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    Some(before + column.checked_sub(1)?)
}

/// Where something ends whose name ends at a place: behind what it is asked with, and what is asked of it.
fn end(query: &str, name: usize) -> usize {
    let mut end = name;
    for (open, close) in [('(', ')'), ('{', '}')] {
        let rest = query[end..].trim_start();
        if rest.starts_with(open) {
            end = query.len() - rest.len() + closed(rest, open, close);
        }
    }
    end
}

/// How far it is to the end of the first brackets in a text.
fn closed(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

/// A question without what nothing names in it any more, which no server takes.
fn tidy(mut query: String) -> String {
    while let Some(span) = unused_fragment(&query).or_else(|| unused_variable(&query)) {
        query.replace_range(span, "");
    }
    query
}

fn unused_fragment(query: &str) -> Option<Range<usize>> {
    let is_named = |name: &str| query.match_indices("...").any(|(at, dots)| word(&query[at + dots.len()..]) == name);
    query.match_indices("fragment ").find_map(|(at, begin)| {
        let name = word(&query[at + begin.len()..]);
        (!is_named(name)).then(|| at..at + closed(&query[at..], '{', '}'))
    })
}

/// The declaration of a variable that is named nowhere else.
fn unused_variable(query: &str) -> Option<Range<usize>> {
    let named = |at: usize| word(&query[at + 1..]);
    let times = |name: &str| query.match_indices('$').filter(|(at, _)| named(*at) == name).count();
    query.match_indices('$').find_map(|(at, _)| {
        let rest = &query[at + 1..];
        let is_of_it = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | ' ' | '[' | ']' | '!');
        let end = rest.find(|c: char| !is_of_it(c)).unwrap_or(rest.len());
        (times(named(at)) == 1).then(|| at..at + 1 + end)
    })
}

/// The name that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::super::operation::{ISSUES, PULL_REQUESTS, REFS};
    use super::*;
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};

    /// A field that is not known where some words of a question begin, or a type where they are dots and its name, or else what a field is
    /// asked with where its name ends with a colon.
    fn lacks(query: &str, words: &str) -> Unknown {
        let before = &query[..query.find(words).unwrap()];
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        let line = before.matches('\n').count() + 1;
        let what = match (words.strip_prefix("... on "), words.strip_suffix(':')) {
            (Some(kind), _) => What::Fragment { kind: word(kind).to_owned() },
            (None, Some(argument)) => What::Argument { argument: argument.to_owned() },
            (None, None) => What::Field { kind: "T".to_owned(), field: word(words).to_owned() },
        };
        Unknown { what, line, column }
    }

    #[test]
    fn a_field_is_left_out_with_all_that_is_of_no_use_without_it() {
        for (operation, words, kept) in [
            (PULL_REQUESTS, "autoMergeRequest {", "mergeCommit {"),
            (REFS, "compare(", "$prefix"),
            (ISSUES, "parent {", "milestone {"),
            (ISSUES, "stateReason(", "stateReason actor"),
        ] {
            let left = without(operation.text, &[lacks(operation.text, words)]).unwrap();
            assert!(!left.contains(words) && left.contains(kept) && left.contains("__typename"), "{words}: {left}");
            assert_eq!(left.matches('{').count(), left.matches('}').count(), "{words}: {left}");
            assert_eq!(unused_fragment(&left).or(unused_variable(&left)), None, "{words}: {left}");
            assert!(!left.contains("$default"), "{words}: {left}");
        }
        let query =
            "query Q { row { id tasks { ...Task } } }\nfragment Task on T { by { ...By } }\nfragment By on B { id }";
        assert_eq!(without(query, &[lacks(query, "tasks")]).unwrap().trim_end(), "query Q { row { id __typename } }");
    }

    #[test]
    fn what_nothing_can_be_on_a_server_is_left_out_and_missed_by_nobody() {
        let query = "query Q { asked { __typename ... on User { id } ... on Bot { id by { ...By } } } }\nfragment By on B { id }";
        let left = without(query, &[lacks(query, "... on Bot")]).unwrap();
        assert_eq!(left.trim_end(), "query Q { asked { __typename ... on User { id } __typename } }");
        let older = Older::default();
        let text = PULL_REQUESTS.text;
        let asked = &text[text.find("fragment Reviewer on").unwrap()..];
        let mut bot = lacks(asked, "... on Bot");
        bot.line += text[..text.len() - asked.len()].matches('\n').count();
        older.leave_out(&PULL_REQUESTS, text, &[bot]).unwrap();
        let left = older.text(&PULL_REQUESTS);
        assert_eq!(text.matches("... on Bot").count() - left.matches("... on Bot").count(), 1);
        assert!(left[left.find("fragment Reviewer on").unwrap()..].contains("... on Team"), "{left}");
        assert!(older.fields().is_empty());
        // Of what is asked of nothing else, nothing would come.
        assert_eq!(without(REFS.text, &[lacks(REFS.text, "... on Commit")]), None);
    }

    #[test]
    fn what_a_server_shows_always_or_never_is_not_asked_for_and_missed_by_nobody() {
        let (older, text) = (Older::default(), ISSUES.text);
        older.leave_out(&ISSUES, text, &[lacks(text, "enableDuplicate:"), lacks(text, "parent {")]).unwrap();
        let left = older.text(&ISSUES);
        assert!(left.contains("  stateReason\n") && !left.contains("enableDuplicate"), "{left}");
        assert_eq!(older.fields().into_iter().collect::<Vec<_>>(), ["T.parent"]);
        // A field that is not known is left out with what it is asked with.
        let both = ["stateReason(", "enableDuplicate:"].map(|words| lacks(text, words));
        assert!(!without(text, &both).unwrap().contains("stateReason("));
        // Any other thing that something is asked with says what comes, and how much of it.
        assert_eq!(without(text, &[lacks(text, "first:")]), None);
    }

    #[test]
    fn several_fields_are_left_out_at_once_and_what_stands_in_one_of_them_with_it() {
        let query = "query Q($a: Int!, $b: Int) { rows(first: $a) { id one(b: $b) { two } three } }";
        let unknown = ["two", "one", "three"].map(|field| lacks(query, field));
        let left = without(query, &unknown).unwrap();
        assert_eq!(left, "query Q($a: Int!, ) { rows(first: $a) { id __typename __typename } }");
    }

    #[test]
    fn what_is_needed_or_is_not_where_it_is_said_to_be_is_not_left_out() {
        let mut elsewhere = lacks(ISSUES.text, "parent {");
        assert_eq!(without(ISSUES.text, &[lacks(ISSUES.text, "pageInfo")]), None);
        for (line, column) in [(0, 1), (1, 0), (1, 1), (1_000, 1), (elsewhere.line, elsewhere.column + 1)] {
            (elsewhere.line, elsewhere.column) = (line, column);
            assert_eq!(without(ISSUES.text, std::slice::from_ref(&elsewhere)), None, "{line}:{column}");
        }
    }

    #[test]
    fn an_answer_says_what_is_not_known_and_where_that_stands() {
        let wrong = |code: &str| {
            json!({
                "message": "Field 'parent' doesn't exist on type 'Issue'", "path": ["query Issues", "repository"],
                "locations": [{"line": 18, "column": 9}],
                "extensions": {"code": code, "typeName": "Issue", "fieldName": "parent"},
            })
        };
        let said = |errors: Value| {
            let body = json!({ "errors": errors }).to_string().into();
            unknown(&Answer { status: StatusCode::OK, headers: HeaderMap::new(), body })
        };
        let what = What::Field { kind: "Issue".to_owned(), field: "parent".to_owned() };
        let parent = Unknown { what, line: 18, column: 9 };
        assert_eq!(said(json!([wrong("undefinedField")])), [parent]);
        let spread = json!({
            "message": "Fragment on Bot can't be spread inside RequestedReviewer", "path": ["fragment Reviewer", "... on Bot"],
            "locations": [{"line": 69, "column": 3}],
            "extensions": {
                "code": "cannotSpreadFragment", "typeName": "Bot", "fragmentName": "unknown", "parentName": "RequestedReviewer",
            },
        });
        let bot = Unknown { what: What::Fragment { kind: "Bot".to_owned() }, line: 69, column: 3 };
        assert_eq!(said(json!([spread])), [bot]);
        let accepts = json!({
            "message": "Field 'stateReason' doesn't accept argument 'enableDuplicate'",
            "path": ["fragment IssueNode", "stateReason", "enableDuplicate"], "locations": [{"line": 21, "column": 15}],
            "extensions": {
                "code": "argumentNotAccepted", "name": "stateReason", "typeName": "Field", "argumentName": "enableDuplicate",
            },
        });
        let asked = Unknown { what: What::Argument { argument: "enableDuplicate".to_owned() }, line: 21, column: 15 };
        assert_eq!(said(json!([accepts])), [asked]);
        for more in [wrong("undefinedType"), json!({"message": "Something went wrong"})] {
            assert!(said(json!([wrong("undefinedField"), more])).is_empty(), "{more}");
        }
    }
}
