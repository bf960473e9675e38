//! What GitHub answers when it fails, in its own words.

use super::Fault;
use crate::github::Answer;
use serde_json::{Value, json};

const UNICORN: &str = "<!DOCTYPE html>\n<html>\n  <head><title>Unicorn! &middot; GitHub</title></head>\n  <body>\n    \
    <p><strong>We had issues producing the response to your request.</strong></p>\n  </body>\n</html>\n";

/// The answer that takes the place of the true one; faults of the connection and the body leave the true one to be spoilt.
pub(crate) fn answer(fault: &Fault, is_graphql: bool, user: i64) -> Option<Answer> {
    Some(match fault {
        Fault::PrimaryLimit { .. } => primary_limit(is_graphql, user),
        Fault::SecondaryLimit { status, retry_after } => {
            let answer = Answer::message(
                *status,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
                 If you reach out to GitHub Support for help, please include the request ID.",
                "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
            );
            retry_after.iter().fold(answer, |a, seconds| a.with("Retry-After", seconds.to_string()))
        }
        Fault::ServerError(502) => Answer::html(502, UNICORN),
        Fault::ServerError(503) => Answer::message(
            503,
            "No server is currently available to service your request. Sorry about that. Please try resubmitting your request.",
            "https://www.githubstatus.com",
        ),
        Fault::ServerError(status) => Answer::message(*status, "Server Error", "https://docs.github.com/rest"),
        Fault::GraphqlTimeout => graphql_timeout(),
        Fault::MissingScope { accepted } if is_graphql => Answer::json(200, graphql_scopes(accepted)),
        Fault::MissingScope { accepted } => {
            Answer::message(403, "Resource not accessible by personal access token", "https://docs.github.com/rest")
                .with("X-Accepted-OAuth-Scopes", accepted.clone())
        }
        Fault::Saml => Answer::message(
            403,
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
            "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/",
        )
        .with(
            "X-GitHub-SSO",
            "required; url=https://github.com/orgs/acme/sso?authorization_request=AZSCKtL4U8yX1H3sCQIVnVgmjmon5fWxks5YrqhJ",
        ),
        Fault::IpAllowList => Answer::message(
            403,
            "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list \
             enabled, and your IP address is not permitted to access this resource.",
            "https://docs.github.com/rest",
        ),
        Fault::BadCredentials => bad_credentials(),
        Fault::Disconnect | Fault::HalfBody | Fault::InvalidJson => return None,
    })
}

/// 401.
pub(crate) fn bad_credentials() -> Answer {
    Answer::message(401, "Bad credentials", "https://docs.github.com/rest")
}

/// The hour's requests are used up.
pub(crate) fn primary_limit(is_graphql: bool, user: i64) -> Answer {
    let message = format!("API rate limit exceeded for user ID {user}.");
    if is_graphql {
        return Answer::json(200, json!({"errors": [{"type": "RATE_LIMITED", "message": message}]}));
    }
    let more = "If you reach out to GitHub Support for help, please include the request ID.";
    let page = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
    Answer::message(403, &format!("{message} {more}"), page)
}

/// GitHub ran out of time.
pub(crate) fn graphql_timeout() -> Answer {
    let message = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a \
        GitHub bug. Please include `C0DE:2F1A:51:99:6650` when reporting this issue.";
    Answer::json(502, json!({"data": null, "errors": [{"message": message}]}))
}

fn graphql_scopes(accepted: &str) -> Value {
    let message = format!(
        "Your token has not been granted the required scopes to execute this query. The 'login' field requires one of the \
         following scopes: ['{accepted}'], but your token has only been granted the: [''] scopes. Please modify your token's \
         scopes at: https://github.com/settings/tokens."
    );
    json!({"errors": [{
        "type": "INSUFFICIENT_SCOPES", "locations": [{"line": 4, "column": 7}], "message": message,
    }]})
}
