//! Asks Jira: Cloud by its API of version 3, Data Center by that of version 2.

use super::access::Access;
use super::limits;
use super::settings::is_address;
use crate::net::{Answer, Asking, Manner, Trouble, WAITS, json};
use crate::{Budget, Budgets, Error, Keeper, Result};
use parking_lot::Mutex;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use url::Url;

/// Who is asked, in errors.
pub(super) const JIRA: &str = "Jira";
/// What the path of Atlassian's gateway begins with, which leads to a site by its id.
pub(super) const GATEWAY: &str = "/ex/jira/";
/// How many questions are asked at once.
const AT_ONCE: usize = 6;
/// How long to wait when Jira says that it is too much but not until when.
const A_WHILE: Duration = Duration::from_secs(60);

/// Which of the two Jiras it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    Cloud,
    DataCenter,
}

/// A client of one connection.
pub(super) struct Client {
    asking: Asking,
    root: Url,
    access: Access,
    budgets: Budgets,
    pub(super) edition: Edition,
    /// Whether the query for incidents was answered, once it was asked of issues, and why it was not.
    pub(super) asked: Mutex<Option<Result<(), String>>>,
    /// Whether it was not answered the last time, so that issues are landed without where it is not again.
    pub(super) doubts_incidents: AtomicBool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.root)
    }
}

/// An answer, and when it was given by Jira's clock, in microseconds since 1970.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) body: Value,
    pub(super) at: i64,
}

impl Client {
    /// A client of `place`. `credential` is `address:token` for Cloud, a personal access token for Data Center, or of OAuth
    /// an access token or what renews itself, for `https://api.atlassian.com/ex/jira/…`.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Setting`] when the credential can be none.
    pub(super) fn new(place: &Url, credential: &str, manner: Manner) -> Result<Self> {
        let asking = Asking::new(JIRA, place, manner, AT_ONCE)?;
        let access = Access::new(credential)?;
        let mut root = place.clone();
        root.set_query(None);
        root.set_fragment(None);
        let path = format!("{}/", root.path().trim_end_matches('/'));
        root.set_path(&path);
        let host = root.host_str().unwrap_or_default();
        let is_cloud = [".atlassian.net", ".jira.com", "api.atlassian.com"].iter().any(|end| host.ends_with(end));
        let edition = if is_cloud || access.is_cloud() { Edition::Cloud } else { Edition::DataCenter };
        let (asked, doubts_incidents) = (Mutex::default(), AtomicBool::default());
        Ok(Self { asking, root, access, budgets: Budgets::default(), edition, asked, doubts_incidents })
    }

    /// With somebody who keeps what its credential is renewed to.
    pub(super) fn kept_by(&mut self, keeper: Arc<dyn Keeper>) {
        self.access.kept_by(keeper);
    }

    /// Renewed elsewhere than at Atlassian.
    pub(super) fn renewed_at(&mut self, at: Url) {
        self.access.renewed_at(at);
    }

    /// The credential that its own was renewed to, of one that is renewed.
    pub(super) fn renewed(&self) -> Option<String> {
        self.access.renewed()
    }

    /// What is left of Jira's budgets, as it tells.
    pub(super) fn budgets(&self) -> Budgets {
        self.budgets.clone()
    }

    /// Knows what another reading was told of them: one of Cloud's that is used up is waited for. Data Center tells when its bucket is full, and
    /// answers long before that.
    pub(super) fn know_budgets(&self, told: &[(Budget, Duration)]) {
        let used_up = told.iter().filter(|(budget, _)| self.edition == Edition::Cloud && budget.remaining <= 0);
        for (_, wait) in used_up {
            self.asking.pauses((*wait).min(WAITS), "its budget is used up");
        }
    }

    /// Now, by our clock.
    pub(super) fn now(&self) -> i64 {
        self.asking.now()
    }

    /// Where it asks.
    pub(super) fn place(&self) -> &str {
        self.root.as_str()
    }

    /// Asks of the platform, such as `myself`.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Found, Trouble> {
        self.ask(&self.of_platform(path), query, judged).await
    }

    /// Asks of one thing of the platform, by its number: that it is not there is believed of Jira alone.
    pub(super) async fn thing(&self, path: &str, query: &[(&str, &str)]) -> Result<Found, Trouble> {
        self.ask(&self.of_platform(path), query, judged_thing).await
    }

    fn of_platform(&self, path: &str) -> String {
        let version = if self.edition == Edition::Cloud { 3 } else { 2 };
        format!("rest/api/{version}/{path}")
    }

    /// The address of the site that people open, where that is not where it asks: Atlassian's gateway has no pages. None where that is not told.
    pub(super) async fn site(&self) -> Result<Option<String>, Trouble> {
        if !self.root.path().starts_with(GATEWAY) {
            return Ok(None);
        }
        match self.get("serverInfo", &[]).await {
            Ok(Found { body, .. }) => {
                let told = body["baseUrl"].as_str().map(|site| site.trim_end_matches('/').to_owned());
                Ok(told.filter(|site| is_address(site)))
            }
            Err(Trouble::Missing(_) | Trouble::Refused(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Asks of boards and sprints.
    pub(super) async fn agile(&self, path: &str, query: &[(&str, &str)]) -> Result<Found, Trouble> {
        self.apart(&of_agile(path), query, judged).await
    }

    /// Asks of one board or sprint, as [`Client::thing`].
    pub(super) async fn agile_thing(&self, path: &str) -> Result<Found, Trouble> {
        self.apart(&of_agile(path), &[], judged_thing).await
    }

    /// Asks of pull requests, which Jira's own pages ask in this way.
    pub(super) async fn dev_status(&self, path: &str, query: &[(&str, &str)]) -> Result<Found, Trouble> {
        self.apart(&format!("rest/dev-status/1.0/{path}"), query, judged_thing).await
    }

    /// Whether that may be asked: what is granted by OAuth is good for other paths alone.
    pub(super) fn has_dev_status(&self) -> bool {
        !self.access.is_granted() && self.root.host_str() != Some("api.atlassian.com")
    }

    /// Asks of what a token that is good otherwise may not be good for, which Jira tells as if it were good for nothing.
    async fn apart(&self, path: &str, query: &[(&str, &str)], judge: Judge) -> Result<Found, Trouble> {
        match self.ask(path, query, judge).await {
            Err(Trouble::Fatal(Error::Credential { reason, .. })) => Err(Trouble::Refused(reason)),
            answer => answer,
        }
    }

    /// Asks with the token that is good then; when it is refused, once more with another.
    async fn ask(&self, path: &str, query: &[(&str, &str)], judge: Judge) -> Result<Found, Trouble> {
        let mut url = self.root.join(path).map_err(|e| Error::Setting(format!("`{path}` is no path: {e}")))?;
        url.query_pairs_mut().extend_pairs(query);
        let less = query.iter().any(|(name, _)| *name == "maxResults");
        let read = |answer: &Answer| {
            if let Some(budget) = limits::budget(answer) {
                self.budgets.note(budget);
            }
            judge(answer)
        };
        let mut renewed = false;
        loop {
            let token = self.access.token(&self.asking).await?;
            let request = || self.access.sign(self.asking.http.client().get(url.clone()), token.as_deref());
            match self.asking.ask(less, || None, request, read).await {
                Err(Trouble::Fatal(Error::Credential { .. }))
                    if !renewed && self.access.is_renewed(token.as_deref()).await =>
                {
                    renewed = true;
                }
                asked => return asked.map(|(answer, body)| Found { body, at: self.asking.at(&answer) }),
            }
        }
    }
}

/// What makes something of an answer.
type Judge = fn(&Answer) -> Result<Value, Trouble>;

fn of_agile(path: &str) -> String {
    format!("rest/agile/1.0/{path}")
}

/// What Jira says of an error, in one of its shapes: of what was asked for in all, of its single fields, or as a gateway before it does.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    error_messages: Vec<String>,
    errors: Value,
    message: String,
}

/// An answer's JSON, or what is wrong with it.
fn judged(answer: &Answer) -> Result<Value, Trouble> {
    let status = answer.status;
    let credential = |reason: String| Trouble::Fatal(Error::Credential { vendor: JIRA, reason });
    // Jira answers somebody whom it does not know as it answers everybody: with what anyone may see, which is mostly nothing.
    let login = answer.header("x-seraph-loginreason").unwrap_or_default();
    if login.contains("AUTHENTICATED_FAILED") || login.contains("AUTHENTICATION_DENIED") && status.is_success() {
        return Err(credential("it does not know who asks".to_owned()));
    }
    if status.is_success() {
        return json(answer);
    }
    let said = said(answer);
    Err(match status {
        status if status.is_redirection() => credential("it leads to a page to log in at".to_owned()),
        // Jira does not say which.
        StatusCode::UNAUTHORIZED if said.contains("scope does not match") => Trouble::Refused(format!(
            "{said}: the token needs the scopes read:jira-work and read:jira-user, and for boards and sprints those of Jira Software"
        )),
        StatusCode::UNAUTHORIZED => credential(said),
        StatusCode::FORBIDDEN if login.contains("AUTHENTICATION_DENIED") => Trouble::Refused(format!(
            "{said}: sign in to Jira in a browser once, it wants to see that a person is there"
        )),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = answer.retry_after().or_else(|| limits::until_reset(answer));
            Trouble::Wait(wait.unwrap_or(A_WHILE), said)
        }
        // A gateway before it may refuse for a while who asks too much: what is refused for good says no time.
        status if (status.is_server_error() || status == StatusCode::FORBIDDEN) && answer.retry_after().is_some() => {
            Trouble::Wait(answer.retry_after().unwrap_or(A_WHILE), said)
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => Trouble::Missing(said),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Trouble::TooMuch(format!("{status}: {said}")),
        status if status.is_server_error() => Trouble::Again(format!("{status}: {said}")),
        status => Trouble::Refused(format!("{status}: {said}")),
    })
}

/// The same of one thing. A Jira that is being started, or a proxy before it, shows people a page that nothing is there, whatever is asked for: that
/// takes nothing for deleted. Of a list it may mean that this Jira has none, as one without boards.
fn judged_thing(answer: &Answer) -> Result<Value, Trouble> {
    let status = answer.status;
    if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) && answer.is_page() {
        return Err(Trouble::Refused(format!("{status}: it sent a web page instead of JSON")));
    }
    judged(answer)
}

fn said(answer: &Answer) -> String {
    let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
    let of_fields = said.errors.as_object().into_iter().flatten();
    let of_fields = of_fields.filter_map(|(field, said)| Some(format!("{field}: {}", said.as_str()?)));
    let mut all = said.error_messages;
    all.extend(of_fields);
    let text = if all.is_empty() { said.message } else { all.join(" ") };
    if text.is_empty() {
        // A page for people says nothing here.
        return answer.status.canonical_reason().unwrap_or("no reason given").to_owned();
    }
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edition_is_known_by_the_address_or_the_credential() {
        let edition = |place: &str, credential: &str| {
            Client::new(&Url::parse(place).unwrap(), credential, Manner::default()).unwrap().edition
        };
        assert_eq!(edition("https://acme.atlassian.net", "ada@acme.com:x"), Edition::Cloud);
        assert_eq!(edition("https://api.atlassian.com/ex/jira/1", "oauth"), Edition::Cloud);
        assert_eq!(edition("https://jira.example.com/jira/", "pat"), Edition::DataCenter);
        assert_eq!(edition("https://jira.example.com", "ada:password"), Edition::DataCenter);
    }

    #[test]
    fn that_a_thing_is_not_there_is_no_word_of_a_page_for_people() {
        let answer = |status: u16, kind: &str, body: &'static str| Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: [(reqwest::header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect(),
            body: body.into(),
        };
        for status in [404, 410] {
            let said = answer(status, "application/json", r#"{"errorMessages": ["No such issue."]}"#);
            assert!(matches!(judged_thing(&said), Err(Trouble::Missing(reason)) if reason == "No such issue."));
            let page = answer(status, "text/html;charset=UTF-8", "<html></html>");
            assert!(matches!(judged_thing(&page), Err(Trouble::Refused(reason)) if reason.contains("a web page")));
            assert!(matches!(judged(&page), Err(Trouble::Missing(_))), "a list may not be there");
        }
    }

    #[test]
    fn a_budget_that_is_used_up_is_waited_for_in_whichever_way_jira_says_how_long() {
        let waits = |headers: &[(&'static str, &'static str)]| {
            let all = [("date", "Tue, 24 Nov 2026 10:00:00 GMT")].into_iter().chain(headers.iter().copied());
            let headers = all.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let answer = Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Default::default() };
            match judged(&answer) {
                Err(Trouble::Wait(wait, _)) => wait.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        let (after, reset) = (("retry-after", "120"), ("x-ratelimit-reset", "2026-11-24T10:30Z"));
        assert_eq!((waits(&[after, reset]), waits(&[reset]), waits(&[])), (120, 1800, 60));
        assert_eq!(waits(&[("x-ratelimit-reset", "2026-11-24T09:30Z")]), 60, "that is over");
        assert_eq!(waits(&[("x-ratelimit-reset", "9999-11-24T10:30:00Z")]), 24 * 3600);
    }

    #[tokio::test]
    async fn what_another_reading_used_up_is_waited_for_without_asking() {
        let told = |remaining: i64| {
            let budget = Budget { name: "requests".to_owned(), limit: 100, remaining, resets_at: 9, at: 0 };
            [(budget, Duration::from_secs(1800))]
        };
        let client = |place: &str, credential: &str| {
            Client::new(&Url::parse(place).unwrap(), credential, Manner::default()).unwrap()
        };
        let cloud = client("https://acme.atlassian.net", "ada@acme.com:x");
        cloud.know_budgets(&told(1));
        assert_eq!(cloud.asking.paused(), None);
        cloud.know_budgets(&told(0));
        match cloud.get("myself", &[]).await {
            Err(Trouble::Fatal(Error::Wait { wait, reason, .. })) => {
                assert!(wait > Duration::from_secs(1700) && reason == "its budget is used up", "{wait:?} {reason}");
            }
            other => panic!("{other:?}"),
        }
        let own = client("https://jira.example.com", "pat");
        own.know_budgets(&told(0));
        assert_eq!(own.asking.paused(), None, "its bucket has tokens again before it is full");
    }

    #[test]
    fn what_is_refused_for_a_while_is_waited_for_and_what_is_refused_for_good_is_not() {
        let judged = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            judged(&Answer { status: StatusCode::FORBIDDEN, headers, body: Default::default() }).unwrap_err()
        };
        assert!(matches!(judged(&[("retry-after", "7")]), Trouble::Wait(wait, _) if wait.as_secs() == 7));
        assert!(matches!(judged(&[]), Trouble::Refused(_)));
    }

    #[test]
    fn what_jira_says_of_an_error_is_told_in_each_of_its_shapes() {
        for (body, told) in [
            (r#"{"errorMessages": ["No."], "errors": {}}"#, "No."),
            (r#"{"errorMessages": ["No."], "errors": {"jql": "It is too long."}}"#, "No. jql: It is too long."),
            (r#"{"errorMessages": [], "errors": {"maxResults": "Too many."}}"#, "maxResults: Too many."),
            (r#"{"message": "Who is it?", "errors": [{"code": 7}]}"#, "Who is it?"),
            (r#"{"errors": null}"#, "Bad Request"),
            ("<html></html>", "Bad Request"),
        ] {
            let answer = Answer { status: StatusCode::BAD_REQUEST, headers: Default::default(), body: body.into() };
            let reason = judged(&answer).unwrap_err().reason();
            assert_eq!(reason, format!("400 Bad Request: {told}"), "{body}");
        }
    }

    #[test]
    fn a_client_shows_no_secret_and_keeps_the_path_that_jira_stands_at() {
        let place = Url::parse("https://jira.example.com/jira?x=1").unwrap();
        let client = Client::new(&place, "secret", Manner::default()).unwrap();
        assert_eq!(format!("{client:?}"), "Client(https://jira.example.com/jira/)");
    }
}
