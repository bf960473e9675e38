//! Asks GitHub, within what it allows, until it answers.

use super::access::Access;
use super::answer::{GITHUB, data, trouble};
use super::limits::Limits;
use super::older::{Older, unknown};
use super::operation::Operation;
use crate::net::{Answer, Asking, Manner, Trouble, json};
use crate::{Budget, Budgets, Error, Result};
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How many questions are asked at once: GitHub allows a hundred, and asks to be gentle.
const AT_ONCE: usize = 8;
/// How often a question is led on to another place: a repository's new name.
const LED_ON: usize = 3;

/// A client of one connection.
pub(super) struct Client {
    asking: Asking,
    rest: Url,
    graphql: Url,
    access: Access,
    limits: Limits,
    /// What it is not asked, where this is an Enterprise Server that does not know it.
    older: Older,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.rest)
    }
}

/// An answer to a question by REST.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) body: Value,
    /// When it was given, by GitHub's clock, in microseconds since 1970.
    pub(super) at: i64,
    /// What to ask with to be told when nothing changed.
    pub(super) etag: Option<String>,
    /// Whether there are more pages.
    pub(super) more: bool,
}

/// An answer to a question by GraphQL.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) data: Value,
    /// When it was given, by GitHub's clock, in microseconds since 1970.
    pub(super) at: i64,
    /// What this credential may not see of it, in GitHub's words.
    pub(super) hidden: Vec<String>,
}

impl Client {
    /// A client of `place`: `https://api.github.com`, or the address of an Enterprise Server.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Setting`] when the credential can be none.
    pub(super) fn new(place: &Url, credential: &str, manner: Manner) -> Result<Self> {
        let asking = Asking::new(GITHUB, place, manner, AT_ONCE)?;
        let (rest, graphql) = addresses(place)?;
        Ok(Self {
            asking,
            rest,
            graphql,
            access: Access::new(credential)?,
            limits: Limits::default(),
            older: Older::default(),
        })
    }

    /// Whether it asks as a GitHub App, which knows by itself what it may read.
    pub(super) fn is_app(&self) -> bool {
        self.access.is_app()
    }

    /// What the app is not permitted and should be, by name; `members` is asked of an organization alone.
    pub(super) async fn lacks(&self, members: bool) -> Vec<&'static str> {
        self.access.lacks(members).await
    }

    /// Asks by REST. `None` says that nothing changed since the answer of that `etag`.
    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        etag: Option<&str>,
    ) -> Result<Option<Found>, Trouble> {
        let mut url = self.rest.join(path).map_err(|e| Error::Setting(format!("`{path}` is no path: {e}")))?;
        url.query_pairs_mut().extend_pairs(query);
        for _ in 0..LED_ON {
            let request = |token: &str| {
                let request = self.asking.http.client().get(url.clone()).bearer_auth(token);
                let request = request.header(header::ACCEPT, "application/vnd.github+json");
                etag.iter().fold(request, |request, etag| request.header(header::IF_NONE_MATCH, *etag))
            };
            let read = |answer: &Answer| if answer.status.is_success() { json(answer) } else { Ok(Value::Null) };
            let (answer, body) = self.ask("core", request, read).await?;
            if answer.status == StatusCode::NOT_MODIFIED {
                return Ok(None);
            }
            if answer.status.is_redirection() {
                url = self.led_on(&url, &answer)?;
                continue;
            }
            let more = has_next(&answer);
            let etag = answer.header(header::ETAG.as_str()).map(str::to_owned);
            return Ok(Some(Found { body, at: self.asking.at(&answer), etag, more }));
        }
        Err(Trouble::Missing("it leads on and on".to_owned()))
    }

    /// Asks by GraphQL.
    pub(super) async fn query(&self, operation: &Operation, variables: &Value) -> Result<Told, Trouble> {
        loop {
            let text = self.older.text(operation);
            let body = json!({"query": text, "operationName": operation.name, "variables": variables});
            let request =
                |token: &str| self.asking.http.client().post(self.graphql.clone()).bearer_auth(token).json(&body);
            let read = |answer: &Answer| match data(answer) {
                Err(Trouble::Refused(reason)) => {
                    let fields = unknown(answer);
                    if fields.is_empty() { Err(Trouble::Refused(reason)) } else { Ok(Err((fields, reason))) }
                }
                told => told.map(Ok),
            };
            match self.ask("graphql", request, read).await? {
                (answer, Ok((data, hidden))) => return Ok(Told { data, at: self.asking.at(&answer), hidden }),
                (_, Err((fields, reason))) => {
                    tracing::debug!(
                        reason,
                        operation = operation.name,
                        "an older server is asked without what it does not know"
                    );
                    self.older.leave_out(operation, &text, &fields).ok_or(Trouble::Refused(reason))?;
                }
            }
        }
    }

    /// Asks by GraphQL for the next `first` of a list, or for fewer where that is too much: then for fewer from then on.
    pub(super) async fn page(
        &self,
        operation: &Operation,
        mut variables: Value,
        first: &mut u32,
    ) -> Result<Told, Trouble> {
        loop {
            variables["first"] = json!(*first);
            match self.query(operation, &variables).await {
                Err(Trouble::TooMuch(reason)) if *first > 1 => {
                    *first = first.div_ceil(2);
                    tracing::debug!(reason, first, operation = operation.name, "less is asked for at once");
                }
                told => return told,
            }
        }
    }

    /// Where an answer leads: only to the same server, which alone the token is for.
    fn led_on(&self, from: &Url, answer: &Answer) -> Result<Url, Trouble> {
        let to = answer.header(header::LOCATION.as_str()).and_then(|to| from.join(to).ok());
        let to = to.filter(|to| to.origin() == self.rest.origin());
        to.ok_or_else(|| Trouble::Missing("it leads on to another server".to_owned()))
    }

    /// Asks nothing more: what is asked from now on comes to [`Trouble::Closed`].
    pub(super) fn ends(&self) {
        self.asking.ends();
    }

    /// The fields that it was not asked for, as the server does not know them, each as `Type.field`.
    pub(super) fn left_out(&self) -> BTreeSet<String> {
        self.older.fields()
    }

    /// What is left of GitHub's budgets.
    pub(super) fn budgets(&self) -> Budgets {
        self.limits.budgets.clone()
    }

    /// Knows what another reading was told of them.
    pub(super) fn know_budgets(&self, told: &[(Budget, Duration)]) {
        self.limits.know(told);
    }

    /// What its credential is known by.
    pub(super) fn mark(&self) -> String {
        self.access.mark()
    }

    /// Where it asks.
    pub(super) fn place(&self) -> &str {
        self.rest.as_str()
    }

    /// Now, by our clock: for where GitHub told no time.
    pub(super) fn now(&self) -> i64 {
        self.asking.now()
    }

    /// Asks on one of GitHub's budgets, with the token that is good then; when it is refused, once more with another.
    async fn ask<T>(
        &self,
        budget: &'static str,
        request: impl Fn(&str) -> RequestBuilder,
        read: impl Fn(&Answer) -> Result<T, Trouble>,
    ) -> Result<(Answer, T), Trouble> {
        let judged = |answer: &Answer| {
            self.limits.note(answer);
            trouble(answer).map_or_else(|| read(answer), Err)
        };
        let mut renewed = false;
        loop {
            let token = self.access.token(&self.asking, &self.rest).await?;
            // By REST there is no asking for less.
            let less = budget == "graphql";
            match self.asking.ask(less, || self.limits.spent(budget), || request(&token), judged).await {
                Err(Trouble::Fatal(Error::Credential { .. })) if !renewed && self.access.is_renewed(&token).await => {
                    renewed = true;
                }
                asked => return asked,
            }
        }
    }
}

/// Where a list that GraphQL told from `after` goes on; `None` at its end.
pub(super) fn further(list: &Value, after: &Value) -> Result<Option<Value>, Trouble> {
    let page = &list["pageInfo"];
    if page["hasNextPage"] != true {
        return Ok(None);
    }
    let end = &page["endCursor"];
    // Asked for from where it began, it would be read for ever.
    if end.is_null() || end == after {
        return Err(Trouble::Again("its list does not go on".to_owned()));
    }
    Ok(Some(end.clone()))
}

/// Whether there is a page after that of an answer.
fn has_next(answer: &Answer) -> bool {
    answer.header(header::LINK.as_str()).is_some_and(|link| link.contains("rel=\"next\""))
}

/// Where REST and GraphQL are asked.
fn addresses(place: &Url) -> Result<(Url, Url)> {
    let wrong = |e: url::ParseError| Error::Address { url: place.to_string(), reason: e.to_string() };
    let mut root = place.clone();
    root.set_query(None);
    root.set_fragment(None);
    let path = root.path().trim_end_matches('/').trim_end_matches("/graphql").trim_end_matches("/v3");
    let path = path.trim_end_matches("/api").to_owned();
    root.set_path(&format!("{path}/"));
    // GitHub itself has a host of its own for this; whoever gives the address that people open means it, too.
    if matches!(root.host_str(), Some("github.com" | "www.github.com")) {
        root.set_host(Some("api.github.com")).map_err(wrong)?;
    }
    // So have companies with data residency.
    if let Some(host) = root.host_str().filter(|host| host.ends_with(".ghe.com") && !host.starts_with("api.")) {
        let host = format!("api.{host}");
        root.set_host(Some(&host)).map_err(wrong)?;
    }
    let is_github = root.host_str().is_some_and(|host| host == "api.github.com" || host.ends_with(".ghe.com"));
    let (rest, graphql) = if is_github { ("", "graphql") } else { ("api/v3/", "api/graphql") };
    Ok((root.join(rest).map_err(wrong)?, root.join(graphql).map_err(wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_address_of_a_server_is_given_its_api_is_found() {
        let github = ("https://api.github.com/", "https://api.github.com/graphql");
        let own = ("https://git.example.com/api/v3/", "https://git.example.com/api/graphql");
        for (given, (rest, graphql)) in [
            ("https://api.github.com", github),
            ("https://github.com/", github),
            ("https://acme.ghe.com", ("https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql")),
            ("https://git.example.com", own),
            ("https://git.example.com/api/v3/", own),
            ("https://git.example.com/api/graphql?x=1#y", own),
        ] {
            let found = addresses(&Url::parse(given).unwrap()).unwrap();
            assert_eq!((found.0.as_str(), found.1.as_str()), (rest, graphql), "{given}");
        }
    }

    /// The answers of GitHub's that others recorded in a scenario.
    fn recorded(scenario: &str) -> Vec<Answer> {
        let folder = "tests/payloads/node_modules/@octokit/fixtures/scenarios/api.github.com";
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(scenario);
        let text = std::fs::read(file.join("normalized-fixture.json"))
            .expect("`make test` installs recorded answers: npm ci in connectors/tests/payloads");
        let answers: Vec<Value> = serde_json::from_slice(&text).unwrap();
        let answer = |told: Value| Answer {
            status: StatusCode::from_u16(told["status"].as_u64().unwrap().try_into().unwrap()).unwrap(),
            headers: (told["headers"].as_object().unwrap().iter())
                .map(|(name, value)| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    (name.parse().unwrap(), text.parse().unwrap())
                })
                .collect(),
            body: told["response"].to_string().into(),
        };
        answers.into_iter().map(answer).collect()
    }

    #[test]
    fn recorded_answers_are_understood() {
        let place = Url::parse("https://api.github.com").unwrap();
        let client = Client::new(&place, "ghp_secret", Manner::default()).unwrap();
        let pages: Vec<bool> = recorded("paginate-issues").iter().map(has_next).collect();
        assert_eq!(pages, [true, true, true, true, false]);
        let renamed = recorded("rename-repository");
        let moved = renamed.iter().find(|answer| answer.status == StatusCode::MOVED_PERMANENTLY).unwrap();
        let old = place.join("repos/octokit-fixture-org/rename-repository").unwrap();
        assert!(trouble(moved).is_none());
        assert_eq!(client.led_on(&old, moved).unwrap().as_str(), "https://api.github.com/repositories/1000");
        let elsewhere = Url::parse("https://git.example.com").unwrap();
        let other = Client::new(&elsewhere, "ghp_secret", Manner::default()).unwrap();
        assert!(other.led_on(&old, moved).is_err(), "the token is for no other server");
        assert_eq!(moved.date(), Some(1_507_651_200_000_000));
        let refused = trouble(&recorded("errors")[0]).unwrap();
        assert_eq!(refused.reason(), "422 Unprocessable Entity: Validation Failed");
    }

    #[test]
    fn a_client_never_shows_its_token() {
        let place = Url::parse("https://api.github.com").unwrap();
        let client = Client::new(&place, "ghp_secret", Manner::default()).unwrap();
        assert!(!format!("{client:?}").contains("secret"));
    }
}
