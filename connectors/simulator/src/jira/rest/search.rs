//! Searches: in Cloud from page to page by a token, in Data Center by an offset.

use super::Question;
use super::issues::embedded_changelog;
use super::page::Page;
use crate::answer::Answer;
use crate::jira::jql::{Asker, Jql};
use crate::jira::shapes::Wanted;
use crate::world::commit::object_id;
use crate::world::jira::Issue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Cloud shows so many histories of an issue in a search.
const HISTORIES: usize = 40;

impl Question<'_> {
    fn asker(&self) -> Asker<'_> {
        Asker { world: self.view.world, token: self.token, now: self.now, known_until: self.now - self.search_lag }
    }

    fn jql(&self) -> Result<(String, Jql), Answer> {
        let text = self.asked.parameter("jql").unwrap_or_default();
        match Jql::read(&text, &self.asker()) {
            Ok(jql) => Ok((text, jql)),
            Err(message) => Err(Answer::error(400, &message)),
        }
    }

    /// How a page is answered on which an issue is by which it fails.
    fn fails(&self, page: &[(Vec<i64>, &Issue)]) -> Option<Answer> {
        let is_on_it = page.iter().any(|(_, issue)| Some(issue.id) == self.unsearchable);
        is_on_it.then(|| Answer::error(500, "Internal server error"))
    }
}

/// `/search/jql` of Cloud.
pub(super) fn by_token(question: &Question<'_>) -> Answer {
    let (text, jql) = match question.jql() {
        Ok((_, jql)) if jql.is_unbounded() => return unbounded(),
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let wanted = Wanted::of(&question.asked.list("fields"), Wanted::Named(vec!["id".to_owned()]));
    let expands = question.expands("changelog");
    let largest = if wanted.is_keys_alone() && !expands { 5000 } else { 100 };
    let size = question.asked.number("maxResults").unwrap_or(50).clamp(1, largest);
    let after = match question.asked.parameter("nextPageToken").map(|t| place(&t, &text)) {
        None => None,
        Some(Some(place)) => Some(place),
        Some(None) => return Answer::error(400, "The provided next page token is invalid or expired."),
    };
    let found = jql.find(&question.asker());
    let rest = found.partition_point(|(place, _)| after.as_ref().is_some_and(|a| place <= a));
    let rest = found.get(rest..).unwrap_or_default();
    let page = rest.get(..size.min(rest.len())).unwrap_or_default();
    if let Some(failed) = question.fails(page) {
        return failed;
    }
    let is_last = page.len() == rest.len();
    let shown = page.iter().map(|(_, i)| shown(question, i, &wanted, expands.then_some(HISTORIES)));
    let mut body = json!({"issues": shown.collect::<Vec<_>>(), "isLast": is_last});
    if let Some((place, _)) = page.last().filter(|_| !is_last) {
        body["nextPageToken"] = json!(token(place, &text));
    }
    Answer::json(200, body)
}

/// `/search/approximate-count` of Cloud.
pub(super) fn count(question: &Question<'_>) -> Answer {
    match question.jql() {
        Ok((_, jql)) if jql.is_unbounded() => unbounded(),
        Ok((_, jql)) => Answer::json(200, json!({"count": jql.find(&question.asker()).len()})),
        Err(answer) => answer,
    }
}

/// `/search` of Cloud, which was taken away.
pub(super) fn gone() -> Answer {
    let message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration \
        guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";
    Answer::error(410, message)
}

/// `/search` of Data Center.
pub(super) fn by_offset(question: &Question<'_>) -> Answer {
    let jql = match question.jql() {
        Ok((_, jql)) => jql,
        Err(answer) => return answer,
    };
    let wanted = Wanted::of(&question.asked.list("fields"), Wanted::Navigable);
    let page = Page::of(question, 50, 1000);
    let mut found = jql.find(&question.asker());
    // Nobody promises how those follow one another that the query does not order: otherwise on every other page.
    if page.start.checked_div(page.size).is_some_and(|pages| pages % 2 == 1) {
        found.sort_by(|(a, one), (b, other)| ordered(a).cmp(ordered(b)).then(other.id.cmp(&one.id)));
    }
    let all = question.expands("changelog").then_some(usize::MAX);
    if let Some(failed) = question.fails(page.cut(&found)) {
        return failed;
    }
    let shown: Vec<Value> = page.cut(&found).iter().map(|(_, i)| shown(question, i, &wanted, all)).collect();
    Answer::json(
        200,
        json!({
            "expand": "schema,names", "startAt": page.start, "maxResults": page.size, "total": found.len(),
            "issues": shown,
        }),
    )
}

/// What a query orders by of a place, which ends with the id.
fn ordered(place: &[i64]) -> &[i64] {
    place.split_last().map(|(_, ordered)| ordered).unwrap_or_default()
}

fn unbounded() -> Answer {
    Answer::error(400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
}

/// An issue on a page. Where ids alone are asked for, Cloud tells nothing else.
fn shown(question: &Question<'_>, issue: &Issue, wanted: &Wanted, histories: Option<usize>) -> Value {
    let is_id_alone = question.view.is_cloud() && wanted.is_id_alone() && histories.is_none();
    if is_id_alone {
        return json!({"id": issue.id.to_string()});
    }
    let mut shape = question.view.issue(issue, wanted);
    if let Some(most) = histories {
        shape["changelog"] = embedded_changelog(&question.view, issue, most);
    }
    shape
}

/// What leads to the page after a place. It is good for the same query alone.
fn token(place: &[i64], jql: &str) -> String {
    let numbers: Vec<String> = place.iter().map(i64::to_string).collect();
    URL_SAFE_NO_PAD.encode(format!("{} {}", numbers.join(","), object_id(jql)))
}

/// The place that a token tells.
fn place(token: &str, jql: &str) -> Option<Vec<i64>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (numbers, of) = text.split_once(' ')?;
    let numbers: Option<Vec<i64>> = numbers.split(',').map(|n| n.parse().ok()).collect();
    numbers.filter(|_| of == object_id(jql))
}
