//! One request and its answer: the fault that strikes it, the token, the limit, the headers and the log.

use super::{Answer, GitHub, Token, app, graphql, rest};
use crate::faults::{self, Fault, Situation};
use crate::limits::{Resource, Standing};
use crate::log::Served;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use url::form_urlencoded;

/// A larger question than this is none.
const LARGEST_BODY: usize = 1 << 20;

/// A request, read.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    /// The path without the prefix of GitHub Enterprise Server.
    pub(super) path: String,
    pub(super) query: String,
    /// Scheme, host and prefix, which links begin with.
    pub(super) base: String,
    /// The GraphQL request, or null.
    pub(super) graphql: Value,
    full_path: String,
    headers: HeaderMap,
}

impl Asked {
    async fn read(request: Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let full_path = parts.uri.path().to_owned();
        let (prefix, path) = match full_path.strip_prefix("/api/v3") {
            Some(rest) => ("/api/v3", rest),
            None => ("", full_path.strip_prefix("/api").filter(|p| *p == "/graphql").unwrap_or(&full_path)),
        };
        let host = parts.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
        let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
        Self {
            method: parts.method.to_string(),
            path: path.to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            base: format!("http://{host}{prefix}"),
            graphql: serde_json::from_slice(&body).unwrap_or_default(),
            full_path: full_path.clone(),
            headers: parts.headers,
        }
    }

    /// The same, for the first page of its list.
    fn at_first(&self) -> Self {
        let others = form_urlencoded::parse(self.query.as_bytes()).filter(|(name, _)| name != "page");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
        Self { query, ..self.clone() }
    }

    fn is_graphql(&self) -> bool {
        self.path == "/graphql"
    }

    fn resource(&self) -> Resource {
        if self.is_graphql() { Resource::Graphql } else { Resource::Core }
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn secret(&self) -> Option<&str> {
        let (scheme, secret) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        let is_known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
        is_known.then_some(secret)
    }
}

/// Answers a request.
pub(super) async fn exchange(State(github): State<Arc<GitHub>>, request: Request<Body>) -> Response<Body> {
    let asked = Asked::read(request).await;
    let operation = graphql::operation(&asked.graphql);
    let of = operation.as_deref().map(|operation| (operation, &asked.graphql["variables"]));
    let fault = github.faults.strike(&asked.full_path, &asked.query, of);
    let token = github.admit(&asked);
    let mut answer = github.answer(&asked, token.as_ref(), fault.as_ref());
    github.dress(&asked, token.as_ref(), &mut answer);
    github.log.add(Served {
        method: asked.method.clone(),
        path: asked.full_path.clone(),
        query: asked.query.clone(),
        operation,
        variables: asked.graphql["variables"].clone(),
        status: answer.status,
        fault: fault.clone(),
    });
    answer.respond(fault.as_ref())
}

impl GitHub {
    /// The token of a request, if it is good. A token that expires comes one request nearer to it.
    fn admit(&self, asked: &Asked) -> Option<Token> {
        let now = self.now() + self.faults.rules.lock().clock_skew;
        let mut tokens = self.tokens.lock();
        let token = tokens.get_mut(asked.secret()?)?;
        if token.until.is_some_and(|until| until <= now) {
            return None;
        }
        if let Some(left) = &mut token.expires_after {
            *left = left.checked_sub(1)?;
        }
        Some(token.clone())
    }

    fn answer(&self, asked: &Asked, token: Option<&Token>, fault: Option<&Fault>) -> Answer {
        if asked.header(header::USER_AGENT).is_none() {
            return faults::nameless().free();
        }
        if asked.path.starts_with("/app/") {
            let organization = self.world.lock().organization.login.clone();
            let situation = Situation { is_graphql: false, user: 0, organization: &organization };
            let failed = fault.and_then(|f| faults::answer(f, situation));
            return failed.unwrap_or_else(|| app::answer(self, asked)).free();
        }
        let Some(token) = token else { return faults::bad_credentials().free() };
        let is_graphql = asked.is_graphql();
        let (user, organization) = {
            let world = self.world.lock();
            let user = token.owner(&world).and_then(|l| world.account(l)).map_or(0, |a| a.id);
            (user, world.organization.login.clone())
        };
        let situation = Situation { is_graphql, user, organization: &organization };
        if let Some(Fault::PrimaryLimit { resets_in }) = fault {
            let until = self.now() + TimeDelta::seconds(i64::from(*resets_in));
            let limit = self.faults.rules.lock().hourly_limit;
            self.limits.lock().exhaust(&token.secret, asked.resource(), limit, until);
        }
        if let Some(answer) = fault.and_then(|f| faults::answer(f, situation)) {
            return answer.free();
        }
        if asked.path == "/rate_limit" {
            return rest::rate_limit(self, token).free();
        }
        if self.standing(token, asked.resource()).remaining() == 0 {
            return faults::primary_limit(situation).free();
        }
        if is_graphql {
            let answer = graphql::answer(self, token, &asked.graphql);
            let stands = fault == Some(&Fault::Standing);
            return if stands { standing(answer, &asked.graphql["variables"]) } else { answer };
        }
        if let Some(permission) = token.lacks(&asked.path) {
            return faults::no_permission(permission);
        }
        if fault == Some(&Fault::Standing) {
            return rest::answer(&self.world.lock(), token, &asked.at_first());
        }
        rest::answer(&self.world.lock(), token, asked)
    }

    /// Where a token stands in its hour.
    pub(super) fn standing(&self, token: &Token, resource: Resource) -> Standing {
        self.charge(token, resource, 0)
    }

    /// Counts a cost.
    pub(super) fn charge(&self, token: &Token, resource: Resource, cost: u32) -> Standing {
        let (now, limit) = (self.now(), self.faults.rules.lock().hourly_limit);
        self.limits.lock().charge(&token.secret, resource, cost, limit, now)
    }

    /// Gives an answer the headers that every answer has. What the client has already becomes a 304, which costs nothing.
    fn dress(&self, asked: &Asked, token: Option<&Token>, answer: &mut Answer) {
        if asked.method == "GET" && answer.status == 200 {
            let etag = format!("W/\"{}\"", hex(&answer.body));
            if asked.header(header::IF_NONE_MATCH).is_some_and(|known| known.split(", ").any(|k| k == etag)) {
                answer.status = 304;
                answer.body.clear();
                answer.headers.retain(|(name, _)| *name == "Link");
                answer.costs = false;
            }
            answer.headers.push(("ETag", etag));
        }
        let date = self.now() + self.faults.rules.lock().clock_skew;
        let mut add = |name, value: String| answer.headers.push((name, value));
        add("Date", date.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        add("Server", "github.com".to_owned());
        let version = if asked.is_graphql() { "v4" } else { "v3" };
        add("X-GitHub-Media-Type", format!("github.{version}; format=json"));
        add("X-GitHub-Request-Id", format!("C0DE:2F1A:{:X}:99:6650", self.log.len()));
        let Some(token) = token else { return };
        let cost = u32::from(answer.costs && !asked.is_graphql());
        let standing = self.charge(token, asked.resource(), cost);
        let mut add = |name, value: String| answer.headers.push((name, value));
        // An app and a fine-grained token have permissions instead.
        if token.until.is_none() && token.permissions.is_none() {
            add("X-OAuth-Scopes", token.scopes.join(", "));
        }
        add("X-RateLimit-Limit", standing.limit.to_string());
        add("X-RateLimit-Remaining", standing.remaining().to_string());
        add("X-RateLimit-Used", standing.used.to_string());
        add("X-RateLimit-Reset", standing.resets_at.timestamp().to_string());
        add("X-RateLimit-Resource", asked.resource().name().to_owned());
    }
}

/// A GraphQL answer of which each list that is not within another says that there is more of it, from where it was asked to begin.
fn standing(answer: Answer, variables: &Value) -> Answer {
    fn stand(value: &mut Value, begin: Option<&Value>) {
        let Some(fields) = value.as_object_mut() else { return };
        match fields.get_mut("pageInfo") {
            Some(page) => {
                page["hasNextPage"] = json!(true);
                if let Some(begin) = begin {
                    page["endCursor"] = begin.clone();
                }
            }
            None => fields.values_mut().for_each(|field| stand(field, begin)),
        }
    }
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    // More of a team's members is asked for by a name of its own.
    let begin = ["after", "members"].iter().map(|name| &variables[*name]).find(|begin| begin.is_string());
    stand(&mut body, begin);
    Answer { body: body.to_string().into_bytes(), ..answer }
}

fn hex(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect()
}
