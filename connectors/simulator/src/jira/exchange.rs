//! One request and its answer: the fault that strikes it, the token, the limit, the headers and the log.

use super::shapes::View;
use super::{Edition, Jira, Token, answers, oauth, rest};
use crate::Fault;
use crate::answer::Answer;
use crate::limits::Resource;
use crate::log::Served;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use url::form_urlencoded;

/// A larger question than this is none.
const LARGEST_BODY: usize = 1 << 20;

/// A request, read.
pub(super) struct Asked {
    pub(super) method: String,
    /// The path from `/rest/` on.
    pub(super) path: String,
    /// Scheme and host, and behind the gateway the path of the site, which links begin with.
    pub(super) base: String,
    /// What a POST brings, or null.
    pub(super) body: Value,
    pub(super) parameters: Vec<(String, String)>,
    query: String,
    full_path: String,
    authorization: Option<String>,
}

impl Asked {
    async fn read(request: Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let full_path = parts.uri.path().to_owned();
        let path = full_path.find("/rest/").and_then(|i| full_path.get(i..)).unwrap_or(&full_path).to_owned();
        let text = |name| parts.headers.get(name).and_then(|h| h.to_str().ok());
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let place = full_path.find("/rest/").and_then(|i| full_path.get(..i)).unwrap_or_default();
        let base = format!("http://{}{place}", text(header::HOST).unwrap_or("localhost"));
        let authorization = text(header::AUTHORIZATION).map(str::to_owned);
        let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
        Self {
            method: parts.method.to_string(),
            path,
            base,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            parameters: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            query,
            full_path,
            authorization,
        }
    }

    /// A parameter of the query or, in a POST, a field of the body: a text, a number, or a list with commas.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let asked = self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        asked.or_else(|| match &self.body[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
            _ => None,
        })
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.parameter(name)?.parse().ok()
    }

    /// A parameter that is a list, which may be there more than once.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let mut texts: Vec<String> =
            self.parameters.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect();
        if texts.is_empty() {
            texts.extend(self.parameter(name));
        }
        let words = texts.iter().flat_map(|t| t.split(',')).map(|w| w.trim().to_owned());
        words.filter(|w| !w.is_empty()).collect()
    }

    /// Whose words the path asks for; below `/rest/agile` it does not say.
    fn edition(&self) -> Option<Edition> {
        if self.path.starts_with("/rest/api/2/") {
            return Some(Edition::DataCenter);
        }
        self.path.starts_with("/rest/api/3/").then_some(Edition::Cloud)
    }

    /// The address and the secret of basic authentication, or the secret alone.
    fn credentials(&self) -> Option<(Option<String>, String)> {
        let (scheme, secret) = self.authorization.as_deref()?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some((None, secret.to_owned()));
        }
        let plain = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
        let (user, secret) = plain.split_once(':')?;
        scheme.eq_ignore_ascii_case("basic").then(|| (Some(user.to_owned()), secret.to_owned()))
    }
}

/// Answers a request.
pub(super) async fn exchange(State(jira): State<Arc<Jira>>, request: Request<Body>) -> Response<Body> {
    let asked = Asked::read(request).await;
    let fault = jira.faults.strike(&asked.full_path, &asked.query, None);
    let token = jira.admit(&asked);
    let mut answer = jira.answer(&asked, token.as_ref(), fault.as_ref());
    jira.dress(&asked, token.as_ref(), &mut answer);
    jira.log.add(Served {
        method: asked.method.clone(),
        path: asked.full_path.clone(),
        query: asked.query.clone(),
        operation: None,
        variables: if asked.path == oauth::PATH { Value::Null } else { asked.body.clone() },
        status: answer.status,
        fault: fault.clone(),
    });
    answer.respond(fault.as_ref())
}

impl Jira {
    /// The token of a request, if it is good there. A token that expires comes one request nearer to it.
    fn admit(&self, asked: &Asked) -> Option<Token> {
        let (user, secret) = asked.credentials()?;
        let now = self.now();
        let mut tokens = self.tokens.lock();
        let token = tokens.get_mut(&secret)?;
        if token.until.is_some_and(|until| until <= now) || asked.edition().is_some_and(|e| e != token.edition) {
            return None;
        }
        let world = self.world.lock();
        let owner = token.owner(&world).filter(|o| o.is_active)?;
        // Data Center knows personal access tokens as bearers alone, and passwords beside a login alone.
        let is_them = match (user, token.edition) {
            (None, _) => !token.is_password,
            (Some(user), Edition::Cloud) => user.eq_ignore_ascii_case(&owner.email),
            (Some(user), Edition::DataCenter) => token.is_password && user == owner.login,
        };
        if !is_them {
            return None;
        }
        if let Some(left) = &mut token.expires_after {
            *left = left.checked_sub(1)?;
        }
        Some(token.clone())
    }

    fn answer(&self, asked: &Asked, token: Option<&Token>, fault: Option<&Fault>) -> Answer {
        let edition = asked.edition().or(token.map(|t| t.edition)).unwrap_or(Edition::Cloud);
        if asked.path == "/login.jsp" {
            return answers::login_page().free();
        }
        if let (Some(Fault::PrimaryLimit { resets_in }), Some(token)) = (fault, token) {
            let until = self.now() + TimeDelta::seconds(i64::from(*resets_in));
            let limit = self.faults.rules.lock().hourly_limit;
            self.limits.lock().exhaust(&token.secret, Resource::Core, limit, until);
        }
        if let Some(answer) = fault.and_then(|f| answers::answer(f, edition, &asked.full_path)) {
            return answer.free();
        }
        if asked.path == oauth::PATH {
            return oauth::answer(self, &asked.body).free();
        }
        let nobody = Token { edition, sees: Some(BTreeSet::new()), ..Token::cloud() };
        let is_open = asked.path.ends_with("/serverInfo");
        let token = match token {
            _ if fault == Some(&Fault::Anonymous) && asked.path.ends_with("/myself") => None,
            _ if fault == Some(&Fault::Anonymous) => Some(&nobody),
            None if is_open => Some(&nobody),
            known => known,
        };
        let Some(token) = token else { return answers::unauthorized(edition).free() };
        // What was granted by OAuth is good for what is promised alone.
        if token.until.is_some() && asked.path.starts_with("/rest/dev-status/") {
            let scope = Fault::MissingScope { accepted: String::new() };
            return answers::answer(&scope, edition, &asked.full_path)
                .unwrap_or_else(|| answers::unauthorized(edition));
        }
        let now = self.now();
        let (limit, search_lag, unsearchable) = {
            let rules = self.faults.rules.lock();
            (rules.hourly_limit, rules.search_lag, rules.unsearchable)
        };
        let standing = self.limits.lock().charge(&token.secret, Resource::Core, 0, limit, now);
        if standing.remaining() == 0 {
            let seconds = u32::try_from((standing.resets_at - now).num_seconds()).unwrap_or_default();
            return answers::too_many(Some(seconds)).with("RateLimit-Reason", "jira-quota-global-based").free();
        }
        let world = self.world.lock();
        let has_documents = edition == Edition::Cloud;
        let view =
            View { world: &world, edition, zone: token.zone, base: &asked.base, has_documents, all_comments: false };
        let answer = rest::answer(&rest::Question { view, token, asked, now, search_lag, unsearchable });
        if fault == Some(&Fault::Anonymous) {
            return answer.with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
        }
        answer
    }

    /// Gives an answer the headers that every answer has.
    fn dress(&self, asked: &Asked, token: Option<&Token>, answer: &mut Answer) {
        let now = self.now();
        let (limit, skew) = {
            let rules = self.faults.rules.lock();
            (rules.hourly_limit, rules.clock_skew)
        };
        let retry_after: Option<i64> =
            answer.headers.iter().find(|(name, _)| *name == "Retry-After").and_then(|(_, v)| v.parse().ok());
        let mut add = |name, value: String| answer.headers.push((name, value));
        add("Date", (now + skew).format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        add("X-AREQUESTID", format!("614x{}x1", self.log.len()));
        let Some(token) = token else { return };
        let cost = u32::from(answer.costs);
        let standing = self.limits.lock().charge(&token.secret, Resource::Core, cost, limit, now);
        let mut add = |name, value: String| answer.headers.push((name, value));
        add("X-RateLimit-Limit", standing.limit.to_string());
        add("X-RateLimit-Remaining", standing.remaining().to_string());
        let edition = asked.edition().unwrap_or(token.edition);
        if edition == Edition::DataCenter {
            add("X-RateLimit-Interval-Seconds", "3600".to_owned());
            add("X-RateLimit-FillRate", standing.limit.to_string());
            add("X-AUSERNAME", token.owner(&self.world.lock()).map_or_else(String::new, |o| o.login.clone()));
        } else if let Some(seconds) = retry_after.filter(|_| answer.status == 429) {
            let reset = now + skew + TimeDelta::seconds(seconds);
            answer.headers.push(("X-RateLimit-Reset", reset.format("%Y-%m-%dT%H:%MZ").to_string()));
        }
    }
}
