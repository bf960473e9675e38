//! OAuth 2: access tokens that end, and refresh tokens that are good once and a little longer. One that is shown after that was stolen, as far as
//! anybody knows: none of its grant is good any more.

use super::{Jira, Token};
use crate::answer::Answer;
use crate::world::Time;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Where tokens are renewed.
pub(super) const PATH: &str = "/oauth/token";
/// How long a refresh token is good after it was used.
const LEEWAY: TimeDelta = TimeDelta::minutes(10);
/// How long an access token is good.
const LASTS: TimeDelta = TimeDelta::hours(1);

/// What somebody granted to a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The client's secret.
    pub client_secret: String,
    /// Refresh tokens in the order in which they were given, and when each was first used.
    pub refresh_tokens: Vec<(String, Option<Time>)>,
    /// After how many requests an access token expires, whatever else holds.
    pub expires_after: Option<u64>,
}

/// Answers who wants a token renewed.
pub(super) fn answer(jira: &Jira, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let denied =
        |status, error: &str, why: &str| Answer::json(status, json!({"error": error, "error_description": why}));
    if text("grant_type") != "refresh_token" {
        return denied(400, "unsupported_grant_type", "Unsupported grant type");
    }
    let now = jira.now();
    let mut grants = jira.grants.lock();
    let grant = grants.get_mut(text("client_id")).filter(|grant| grant.client_secret == text("client_secret"));
    let Some(grant) = grant else { return denied(401, "access_denied", "Unauthorized") };
    let asked = grant.refresh_tokens.iter_mut().find(|(token, _)| token == text("refresh_token"));
    let is_known = asked.is_some();
    let Some((_, used)) = asked.filter(|(_, used)| used.is_none_or(|used| now - used < LEEWAY)) else {
        if is_known {
            grant.refresh_tokens.clear();
        }
        return denied(403, "unauthorized_client", "refresh_token is invalid");
    };
    used.get_or_insert(now);
    let next = format!("{}-{}", text("client_id"), grant.refresh_tokens.len());
    let secret = format!("access-{next}");
    grant.refresh_tokens.push((next.clone(), None));
    let token = Token {
        secret: secret.clone(),
        expires_after: grant.expires_after,
        until: Some(now + LASTS),
        ..Token::cloud()
    };
    jira.tokens.lock().insert(secret.clone(), token);
    let (lasts, scope) = (LASTS.num_seconds(), "read:jira-work read:jira-user offline_access");
    Answer::json(
        200,
        json!({
            "access_token": secret, "refresh_token": next, "expires_in": lasts, "scope": scope, "token_type": "Bearer",
        }),
    )
}
