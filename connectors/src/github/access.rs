//! How a client shows who it is: with a token, or as a GitHub App, which is given tokens that end within the hour.

use super::answer::{GITHUB, trouble};
use super::jwt::{Key, signed};
use crate::net::{Answer, Asking, Trouble, json};
use crate::{Error, Result};
use aws_lc_rs::digest::{SHA256, digest};
use chrono::DateTime;
use reqwest::{Method, header};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// What an installation has to be permitted to read. `members` is an organization's alone.
const NEEDED: &[&str] = &["metadata", "contents", "pull_requests", "issues", "deployments", "actions"];
/// How far the clocks may be apart, in microseconds, before what is signed by ours is taken for too old or too new.
const APART: i64 = 30 * 1_000_000;

/// How a client shows who it is. Never shown itself: it holds secrets.
pub(super) enum Access {
    /// A token that somebody made.
    Token(Arc<str>),
    /// A GitHub App.
    App(Box<App>),
}

/// A GitHub App, and what it was given.
pub(super) struct App {
    /// Its id or its client id.
    issuer: String,
    /// Which of its installations; the only one when none is named.
    installation: Option<u64>,
    key: Key,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    /// How far GitHub's clock is ahead of ours, in microseconds.
    ahead: i64,
    installation: Option<u64>,
    token: Option<Token>,
}

struct Token {
    text: Arc<str>,
    /// From when on another is asked for.
    until: Instant,
    permissions: BTreeMap<String, String>,
}

/// An app's credential, as somebody writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    app: Value,
    #[serde(default)]
    installation: Option<u64>,
    private_key: String,
}

/// A token as GitHub gives it.
#[derive(Deserialize)]
struct Issued {
    token: String,
    expires_at: Option<String>,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

/// An installation of an app.
#[derive(Deserialize)]
struct Installation {
    id: u64,
    #[serde(default)]
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    login: Option<String>,
}

impl Access {
    /// What a credential is: a token, or JSON that names an app.
    ///
    /// # Errors
    /// [`Error::Setting`] when it can be neither; what it holds is not told.
    pub(super) fn new(credential: &str) -> Result<Self> {
        let credential = credential.trim();
        if !credential.starts_with('{') {
            if credential.is_empty() || !credential.chars().all(|c| c.is_ascii_graphic()) {
                return Err(Error::Setting("a token of GitHub's is one word of letters, digits and `_`".to_owned()));
            }
            return Ok(Self::Token(credential.into()));
        }
        let shape = "a credential of a GitHub App is JSON: `app`, its id or client id; `private_key`, as GitHub gave it; \
             and `installation`, the number of one, when it has several";
        let written: Written = serde_json::from_str(credential).map_err(|_| Error::Setting(shape.to_owned()))?;
        let issuer = match written.app {
            Value::String(text) if !text.is_empty() => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(Error::Setting(shape.to_owned())),
        };
        let key = Key::from_pem(&written.private_key)?;
        Ok(Self::App(Box::new(App { issuer, installation: written.installation, key, given: Mutex::default() })))
    }

    /// Whether it is an app's, which is given new tokens and knows by itself what it may read.
    pub(super) fn is_app(&self) -> bool {
        matches!(self, Self::App(_))
    }

    /// What this credential is known by, so that another one is told from it: of a token the first four bytes of its SHA-256, by which it cannot
    /// be guessed; of an app which one it is, whatever it signs with.
    pub(super) fn mark(&self) -> String {
        match self {
            Self::Token(token) => {
                let sum = digest(&SHA256, token.as_bytes());
                sum.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
            }
            Self::App(app) => match app.installation {
                Some(installation) => format!("app {}/{installation}", app.issuer),
                None => format!("app {}", app.issuer),
            },
        }
    }

    /// A token that is good now. All who ask at once are given the same.
    pub(super) async fn token(&self, asking: &Asking, rest: &Url) -> Result<Arc<str>, Trouble> {
        match self {
            Self::Token(token) => Ok(Arc::clone(token)),
            Self::App(app) => {
                let mut given = app.given.lock().await;
                if let Some(token) = given.token.as_ref().filter(|token| Instant::now() < token.until) {
                    return Ok(Arc::clone(&token.text));
                }
                let token = app.renew(asking, rest, &mut given).await?;
                Ok(Arc::clone(&given.token.insert(token).text))
            }
        }
    }

    /// Whether another token than `refused` may be good: GitHub did not take that one.
    pub(super) async fn is_renewed(&self, refused: &str) -> bool {
        let Self::App(app) = self else { return false };
        app.given.lock().await.token.take_if(|token| *token.text == *refused);
        true
    }

    /// The permissions that are missing, by name, once a token was given; none where nothing tells of them.
    pub(super) async fn lacks(&self, members: bool) -> Vec<&'static str> {
        let Self::App(app) = self else { return Vec::new() };
        let given = app.given.lock().await;
        let Some(token) = &given.token else { return Vec::new() };
        let needed = NEEDED.iter().chain(members.then_some(&"members")).copied();
        needed.filter(|name| !token.permissions.contains_key(*name)).collect()
    }
}

impl App {
    async fn renew(&self, asking: &Asking, rest: &Url, given: &mut Given) -> Result<Token, Trouble> {
        let installation = match self.installation.or(given.installation) {
            Some(id) => id,
            None => self.only_one(asking, rest, given).await?,
        };
        given.installation = Some(installation);
        let path = format!("app/installations/{installation}/access_tokens");
        let (answer, body) = self.ask(asking, rest, Method::POST, &path, given).await.map_err(|trouble| {
            // As of a token that is no good: a person has to do something before anything can be read.
            match trouble {
                Trouble::Missing(said) => refused(format!("the app has no installation {installation}: {said}")),
                Trouble::Refused(said) => refused(said),
                other => other,
            }
        })?;
        // Not told what it is that cannot be read: it may hold the token.
        let issued = Issued::deserialize(&body);
        let issued = issued.map_err(|_| Trouble::Again("it sent no token for the installation".to_owned()))?;
        // By GitHub's own clock, wherever ours is.
        let lasts = lasts(issued.expires_at.as_deref(), answer.date().unwrap_or_else(|| asking.now()));
        Ok(Token { text: issued.token.into(), until: Instant::now() + lasts, permissions: issued.permissions })
    }

    /// The installation of an app that has one and no more.
    async fn only_one(&self, asking: &Asking, rest: &Url, given: &mut Given) -> Result<u64, Trouble> {
        let (_, body) = self.ask(asking, rest, Method::GET, "app/installations?per_page=100", given).await?;
        let all = Vec::<Installation>::deserialize(&body);
        let all = all.map_err(|_| Trouble::Again("it sent no list of the app's installations".to_owned()))?;
        match all.as_slice() {
            [one] => Ok(one.id),
            [] => Err(refused("the app is installed nowhere: install it where repositories are to be read".to_owned())),
            several => {
                let name = |one: &Installation| {
                    let login = one.account.as_ref().and_then(|account| account.login.as_deref());
                    format!("{} ({})", one.id, login.unwrap_or("no name"))
                };
                let names = several.iter().map(name).collect::<Vec<_>>().join(", ");
                Err(refused(format!("the app is installed more than once, so `installation` should be one of {names}")))
            }
        }
    }

    /// Asks in the name of the app itself. What it signs is good by GitHub's clock: where ours is wrong, it is told by the
    /// answer, and what is signed then is good.
    async fn ask(
        &self,
        asking: &Asking,
        rest: &Url,
        method: Method,
        path: &str,
        given: &mut Given,
    ) -> Result<(Answer, Value), Trouble> {
        let url = rest.join(path).map_err(|e| Error::Setting(format!("`{path}` is no path: {e}")))?;
        let mut may_be_apart = true;
        loop {
            let token = signed(&self.key, &self.issuer, asking.now() + given.ahead)?;
            let request = || {
                let request = asking.http.client().request(method.clone(), url.clone()).bearer_auth(&token);
                request.header(header::ACCEPT, "application/vnd.github+json")
            };
            let heard = parking_lot::Mutex::new(None);
            let read = |answer: &Answer| {
                *heard.lock() = answer.date();
                trouble(answer).map_or_else(|| json(answer), Err)
            };
            let asked = asking.ask(false, || None, request, read).await;
            let ahead = heard.into_inner().map_or(given.ahead, |date| date - asking.now());
            let was_apart = ahead.saturating_sub(given.ahead).saturating_abs() > APART;
            given.ahead = ahead;
            match asked {
                Err(Trouble::Fatal(Error::Credential { .. })) if was_apart && may_be_apart => may_be_apart = false,
                asked => return asked,
            }
        }
    }
}

fn refused(reason: String) -> Trouble {
    Trouble::Fatal(Error::Credential { vendor: GITHUB, reason })
}

/// For how long a token is used of which GitHub says when it ends, by its own clock, which reads `now`: but for the last sixth.
fn lasts(expires_at: Option<&str>, now: i64) -> Duration {
    let ends = expires_at.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let left = ends.map_or(0, |ends| ends.timestamp_micros().saturating_sub(now));
    let left = Duration::from_micros(u64::try_from(left).unwrap_or_default());
    // GitHub says an hour. A longer life is not believed: the token is tried for, and renewed when it is refused.
    left.min(Duration::from_secs(3600)) * 5 / 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_for_most_of_its_life_by_githubs_own_clock() {
        let now = DateTime::parse_from_rfc3339("2026-11-24T10:00:00Z").unwrap().timestamp_micros();
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        assert_eq!(lasts(Some("2026-11-24T11:00:00Z"), now), minutes(50));
        assert_eq!(lasts(Some("2026-11-24T10:06:00Z"), now), minutes(5));
        assert_eq!(lasts(Some("9999-11-24T10:06:00Z"), now), minutes(50));
        for ended in [Some("2026-11-24T10:00:00Z"), Some("2026-11-24T09:00:00Z"), Some("soon"), None] {
            assert_eq!(lasts(ended, now), Duration::ZERO, "{ended:?}");
        }
    }

    #[test]
    fn what_is_no_credential_is_told_without_what_it_holds() {
        for bad in [
            "",
            "two words",
            "x\r\nHost: y",
            r#"{"app": "secret"}"#,
            r#"{"app": "", "private_key": "secret"}"#,
            r#"{"app": 1, "private_key": "secret"}"#,
            r#"{"app": 1, "private_key": "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----"}"#,
            r#"{"app": 1, "private_key": 7, "secret": 1}"#,
            r#"{"app": 1, "installation": "secret", "private_key": "x"}"#,
        ] {
            let Err(error) = Access::new(bad) else { panic!("{bad}") };
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(matches!(error, Error::Setting(_)));
        }
        assert!(!Access::new(" ghp_x\n").unwrap().is_app());
    }
}
