//! What GitHub answers when it fails, in its own words.

use super::Fault;
use crate::github::Answer;
use crate::shapes::PAGES;
use serde_json::{Value, json};

const UNICORN: &str = "<!DOCTYPE html>\n<html>\n  <head><title>Unicorn! &middot; GitHub</title></head>\n  <body>\n    \
    <p><strong>We had issues producing the response to your request.</strong></p>\n  </body>\n</html>\n";

/// What a server shows people where there is nothing.
pub(crate) const NOTHING: &str =
    "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n";

/// Who asks, of whom and by what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) is_graphql: bool,
    /// The database id of the token's owner.
    pub(crate) user: i64,
    /// The organization's login.
    pub(crate) organization: &'a str,
}

/// The answer that takes the place of the true one; faults of the connection and the body leave the true one to be spoilt.
pub(crate) fn answer(fault: &Fault, situation: Situation<'_>) -> Option<Answer> {
    Some(match fault {
        Fault::PrimaryLimit { .. } => primary_limit(situation),
        Fault::SecondaryLimit { status, retry_after } => {
            let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you \
                reach out to GitHub Support for help, please include the request ID.";
            let page = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
            let answer = Answer::message(*status, message, page);
            retry_after.iter().fold(answer, |a, seconds| a.with("Retry-After", seconds.to_string()))
        }
        Fault::ServerError(502) => Answer::html(502, UNICORN),
        Fault::ServerError(503) => {
            let message = "No server is currently available to service your request. Sorry about that. Please try \
                resubmitting your request.";
            Answer::message(503, message, "https://www.githubstatus.com")
        }
        Fault::ServerError(status) => Answer::message(*status, "Server Error", "https://docs.github.com/rest"),
        Fault::GraphqlTimeout => graphql_timeout(),
        Fault::MissingScope { accepted } if situation.is_graphql => Answer::json(200, graphql_scopes(accepted)),
        Fault::MissingScope { accepted } => {
            Answer::message(403, "Resource not accessible by personal access token", "https://docs.github.com/rest")
                .with("X-Accepted-OAuth-Scopes", accepted.clone())
        }
        Fault::Saml => {
            let message = "Resource protected by organization SAML enforcement. You must grant your Personal Access token \
                access to this organization.";
            let page =
                "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/";
            let sso = format!(
                "required; url={PAGES}/orgs/{}/sso?authorization_request=AZSCKtL4U8yX1H3sCQIVnVgmjmon5fWxks5YrqhJ",
                situation.organization
            );
            forbidden(situation, message, page, true).with("X-GitHub-SSO", sso)
        }
        Fault::IpAllowList => {
            let message = format!(
                "Although you appear to have the correct authorization credentials, the `{}` organization has an IP allow \
                 list enabled, and your IP address is not permitted to access this resource.",
                situation.organization
            );
            forbidden(situation, &message, "https://docs.github.com/rest", false)
        }
        Fault::BadCredentials | Fault::Anonymous => bad_credentials(),
        Fault::Untold => Answer::message(500, "Server Error", "https://docs.github.com/rest"),
        Fault::LoginPage => Answer::html(302, "").with("Location", format!("{PAGES}/login")),
        Fault::WebPage => Answer::html(200, UNICORN),
        Fault::NoPage => Answer::html(404, NOTHING),
        Fault::NotFound if situation.is_graphql => {
            let message = format!("Could not resolve to a Repository of '{}' with that name.", situation.organization);
            let error = json!({
                "type": "NOT_FOUND", "path": ["repository"], "locations": [{"line": 3, "column": 3}], "message": message,
            });
            Answer::json(200, json!({"data": {"repository": null}, "errors": [error]}))
        }
        Fault::NotFound => Answer::not_found(),
        Fault::PlaceForgotten if situation.is_graphql => {
            let message = "`Y3Vyc29yOnYyOg==` does not appear to be a valid cursor.";
            Answer::json(200, json!({"errors": [{"type": "INVALID_CURSOR_ARGUMENTS", "message": message}]}))
        }
        Fault::PlaceForgotten => Answer::message(400, "Bad Request", "https://docs.github.com/rest"),
        Fault::Standing | Fault::Disconnect | Fault::HalfBody | Fault::InvalidJson | Fault::Padded(_) => return None,
    })
}

/// The organization lets nobody in: 403 for REST, and for GraphQL a 200 with an error of type `FORBIDDEN`.
fn forbidden(situation: Situation<'_>, message: &str, page: &str, is_saml: bool) -> Answer {
    if !situation.is_graphql {
        return Answer::message(403, message, page);
    }
    let error = json!({
        "type": "FORBIDDEN", "path": ["repository"], "extensions": {"saml_failure": is_saml},
        "locations": [{"line": 3, "column": 3}], "message": message,
    });
    Answer::json(200, json!({"data": {"repository": null}, "errors": [error]}))
}

/// GitHub answers nobody who does not say what they are.
pub(crate) fn nameless() -> Answer {
    let page = "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
        (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
        https://developer.github.com for other possible causes.\r\n";
    Answer::html(403, page)
}

/// 401.
pub(crate) fn bad_credentials() -> Answer {
    Answer::message(401, "Bad credentials", "https://docs.github.com/rest")
}

/// A fine-grained token lacks a permission.
pub(crate) fn no_permission(permission: &str) -> Answer {
    Answer::message(403, "Resource not accessible by personal access token", "https://docs.github.com/rest")
        .with("X-Accepted-GitHub-Permissions", format!("{permission}=read"))
}

/// The hour's requests are used up.
pub(crate) fn primary_limit(situation: Situation<'_>) -> Answer {
    let message = format!("API rate limit exceeded for user ID {}.", situation.user);
    if situation.is_graphql {
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
