//! What an answer of GitHub's means.

use super::limits::until_reset;
use crate::Error;
use crate::net::{Answer, Trouble, json};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who is asked, in errors.
pub(super) const GITHUB: &str = "GitHub";
/// How long to wait when GitHub says that it is too much but not until when: what its documentation asks for.
const A_WHILE: Duration = Duration::from_secs(60);
/// What it says of a question that is newer than it is: of fields, of what they are asked with, of types, and of what nothing in a place is of.
const TOO_NEW: [&str; 4] =
    ["doesn't exist on type", "doesn't accept argument", "can't be a fragment condition", "can't be spread inside"];
/// What it says of a token without a scope that a question needs: where it is older it names no type.
const NO_SCOPE: &str = "has not been granted the required scopes";
/// How it begins to say of a fine-grained token, or an app's, that a permission is missing, of which it does not say which.
const NO_PERMISSION: &str = "Resource not accessible by";
/// The fields that a permission is asked for, and which.
const PERMISSIONS: [(&[&str], &str); 5] = [
    (&["pullRequests", "pullRequest"], "pull_requests=read"),
    (&["issues", "issue", "milestones", "milestone"], "issues=read"),
    (&["defaultBranchRef", "refs", "releases"], "contents=read"),
    (&["deployments"], "deployments=read"),
    (&["teams", "team", "members"], "members=read"),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    message: String,
}

/// What is wrong with an answer, by its status and headers; nothing when it is a good one, says that nothing changed, or leads
/// on to another place.
pub(super) fn trouble(answer: &Answer) -> Option<Trouble> {
    let status = answer.status;
    if status.is_success() || status.is_redirection() {
        return None;
    }
    let said = said(answer);
    Some(match status {
        // GitHub says in JSON that something is not there: a proxy on the way does not know.
        StatusCode::NOT_FOUND | StatusCode::GONE if answer.is_page() => {
            Trouble::Again(format!("{status}: it sent a web page instead of JSON"))
        }
        StatusCode::UNAUTHORIZED => Trouble::Fatal(Error::Credential { vendor: GITHUB, reason: said }),
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => forbidden(answer, said),
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS | StatusCode::CONFLICT => {
            Trouble::Missing(said)
        }
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Trouble::TooMuch(format!("{status}: {said}")),
        status if status.is_server_error() => Trouble::Again(format!("{status}: {said}")),
        status => Trouble::Refused(format!("{status}: {said}")),
    })
}

fn forbidden(answer: &Answer, said: String) -> Trouble {
    if let Some(wait) = answer.retry_after() {
        return Trouble::Wait(wait, said);
    }
    if answer.number("x-ratelimit-remaining") == Some(0) {
        return Trouble::Wait(until_reset(answer).unwrap_or(A_WHILE), said);
    }
    let lower = said.to_lowercase();
    if answer.status == StatusCode::TOO_MANY_REQUESTS || lower.contains("rate limit") || lower.contains("abuse") {
        return Trouble::Wait(A_WHILE, said);
    }
    if let Some(reason) = sign_on(answer, &said) {
        return Trouble::Refused(reason);
    }
    // The scopes of which any one would do; none where scopes are not what is missing.
    let scopes =
        |name| answer.header(name).unwrap_or_default().split(',').map(str::trim).filter(|scope| !scope.is_empty());
    if answer.header("x-oauth-scopes").is_some() && scopes("x-accepted-oauth-scopes").next().is_some() {
        let wanted: Vec<&str> = scopes("x-accepted-oauth-scopes").collect();
        let given: Vec<&str> = scopes("x-oauth-scopes").collect();
        if !wanted.iter().any(|scope| given.contains(scope)) {
            return Trouble::Refused(lacks_scope(&said, &wanted, &given));
        }
    }
    match answer.header("x-accepted-github-permissions") {
        Some(wanted) if !wanted.is_empty() => Trouble::Refused(lacks_permission(&said, wanted)),
        _ => Trouble::Refused(said),
    }
}

/// What was said, and where to be let in, where an organization's single sign-on keeps the token out.
fn sign_on(answer: &Answer, said: &str) -> Option<String> {
    let (_, url) = answer.header("x-github-sso")?.split_once("url=")?;
    Some(format!("{said}: authorize the token for the organization's single sign-on at {url}"))
}

/// What was said, with the scopes of which any one would do, and those that the token has.
fn lacks_scope(said: &str, wanted: &[&str], given: &[&str]) -> String {
    let given = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
    format!("{said}: the token needs the scope {} (it has {given})", wanted.join(" or "))
}

/// What was said, with the permissions that are missing.
fn lacks_permission(said: &str, wanted: &str) -> String {
    format!("{said}: the token needs the permission {wanted}")
}

/// What an answer that is no good says of itself.
fn said(answer: &Answer) -> String {
    match serde_json::from_slice::<Message>(&answer.body) {
        Ok(Message { message }) if !message.is_empty() => message.chars().take(300).collect(),
        // A page for people says nothing here.
        _ => answer.status.canonical_reason().unwrap_or("no reason given").to_owned(),
    }
}

/// One of the errors of a GraphQL answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GraphqlError {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    path: Value,
    extensions: Value,
}

impl GraphqlError {
    /// What it says, as far as people need it.
    fn said(&self) -> String {
        self.message.iter().flat_map(|message| message.chars()).take(300).collect()
    }

    /// What kind it is.
    fn kind(&self) -> &str {
        match (self.kind.as_deref(), &self.message) {
            (None, Some(message)) if message.contains(NO_SCOPE) => "INSUFFICIENT_SCOPES",
            (kind, _) => kind.unwrap_or_default(),
        }
    }

    /// The permission that is missing, where it tells of one and is about a field that one is asked for.
    fn permission(&self) -> Option<&'static str> {
        self.message.as_ref().filter(|message| message.starts_with(NO_PERMISSION))?;
        let field = self.path.as_array()?.last()?.as_str()?;
        PERMISSIONS.iter().find(|(fields, _)| fields.contains(&field)).map(|(_, permission)| *permission)
    }

    /// Why it refuses, with what would help, in the words in which that is told of REST.
    fn refusal(&self, answer: &Answer) -> String {
        let said = self.said();
        if let Some(reason) = self.scopes() {
            return reason;
        }
        if let Some(permission) = self.permission() {
            return lacks_permission(&said, permission);
        }
        let is_saml = self.extensions["saml_failure"] == true;
        sign_on(answer, &said).filter(|_| is_saml).unwrap_or(said)
    }

    /// Which scopes are missing, as its message lists them behind its first sentence.
    fn scopes(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        let (said, rest) = message.split_once(". ")?;
        let (_, rest) = rest.split_once("following scopes: [")?;
        let (wanted, rest) = rest.split_once(']')?;
        let given = rest.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(given, _)| given);
        let [wanted, given] = [wanted, given].map(|list| {
            let quoted = list.split('\'').skip(1).step_by(2);
            quoted.filter(|name| !name.is_empty()).collect::<Vec<_>>()
        });
        (!wanted.is_empty()).then(|| lacks_scope(said, &wanted, &given))
    }
}

/// The data of a GraphQL answer, and what of it this credential may not see.
pub(super) fn data(answer: &Answer) -> Result<(Value, Vec<String>), Trouble> {
    let mut body = json(answer)?;
    let errors = body.get_mut("errors").map(Value::take).unwrap_or_default();
    // Where these cannot be read, nobody knows what is missing from the data.
    let errors: Option<Vec<GraphqlError>> = serde_json::from_value(errors)
        .map_err(|e| Trouble::Again(format!("it sent errors that cannot be read ({e})")))?;
    let data = body.get_mut("data").map(Value::take).unwrap_or_default();
    let (mut hidden, mut permissions) = (Vec::new(), BTreeMap::new());
    // What is asked for stands one below: is anything of it there, an error is about a part of it.
    let partial = data
        .as_object()
        .is_some_and(|fields| fields.iter().any(|(name, value)| name != "rateLimit" && !value.is_null()));
    for error in errors.into_iter().flatten() {
        let message = error.said();
        match error.kind() {
            // Of too much at once GitHub says how long to wait, as it does to REST.
            "RATE_LIMITED" | "RATE_LIMIT" => {
                let wait = answer.retry_after().or_else(|| until_reset(answer));
                return Err(Trouble::Wait(wait.unwrap_or(A_WHILE), message));
            }
            "INSUFFICIENT_SCOPES" | "FORBIDDEN" if data.is_null() => {
                return Err(Trouble::Refused(error.refusal(answer)));
            }
            "INSUFFICIENT_SCOPES" | "FORBIDDEN" => {
                hidden.push(error.refusal(answer));
                permissions.extend(error.permission().map(|permission| (permission, message)));
            }
            "NOT_FOUND" if !partial => return Err(Trouble::Missing(message)),
            "NOT_FOUND" => hidden.push(message),
            "MAX_NODE_LIMIT_EXCEEDED" | "RESOURCE_LIMITS_EXCEEDED" => return Err(Trouble::TooMuch(message)),
            _ if message.starts_with("Something went wrong") || message.contains("timeout") => {
                return Err(Trouble::TooMuch(lasting(&message).to_owned()));
            }
            // A server that is older than the question.
            _ if TOO_NEW.iter().any(|words| message.contains(words)) => return Err(Trouble::Refused(message)),
            _ if message.contains("rate limit") => {
                return Err(Trouble::Wait(answer.retry_after().unwrap_or(A_WHILE), message));
            }
            kind => return Err(Trouble::Again(format!("{message} ({kind})"))),
        }
    }
    if data.is_null() {
        return Err(Trouble::Again(format!("it sent no data ({})", said(answer))));
    }
    // Whichever part of it is told of, all that is missing is named.
    if let Some((_, said)) = permissions.first_key_value().filter(|_| permissions.len() > 1) {
        let wanted: Vec<&str> = permissions.keys().copied().collect();
        hidden.insert(0, lacks_permission(said, &wanted.join(",")));
    }
    Ok((data, hidden))
}

/// What GitHub says of a question that fails, without when that was and the number that it gives each time: the next time it fails for the
/// same reason, and nobody is told anew.
fn lasting(message: &str) -> &str {
    let told = message.split_once(" Please include ").map_or(message, |(told, _)| told);
    match told.rsplit_once(" on ") {
        Some((told, when)) if when.starts_with(|first: char| first.is_ascii_digit()) => told,
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    fn told(body: &Value) -> Result<(Value, Vec<String>), Trouble> {
        told_with(&[], body)
    }

    fn told_with(headers: &[(&'static str, &'static str)], body: &Value) -> Result<(Value, Vec<String>), Trouble> {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        data(&Answer { status: StatusCode::OK, headers, body: body.to_string().into() })
    }

    #[test]
    fn graphql_waits_for_as_long_as_github_asks_to_and_else_until_the_budget_is_full_again() {
        let date = ("date", "Tue, 24 Nov 2026 10:00:00 GMT");
        let (after, reset) = (("retry-after", "120"), ("x-ratelimit-reset", "1795516200"));
        let too_much = json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."});
        let used_up = json!({"type": "RATE_LIMITED", "message": "API rate limit exceeded"});
        let waits = |headers: &[(&'static str, &'static str)], error: &Value| match told_with(
            headers,
            &json!({"data": null, "errors": [error]}),
        ) {
            Err(Trouble::Wait(wait, _)) => wait.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!((waits(&[date, after, reset], &too_much), waits(&[date, reset], &too_much)), (120, 60));
        assert_eq!((waits(&[date, after, reset], &used_up), waits(&[date, reset], &used_up)), (120, 1801));
        assert_eq!(waits(&[], &used_up), 60);
    }

    #[test]
    fn what_a_token_lacks_is_told_by_name() {
        let refused = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let body = json!({"message": "Not for you"}).to_string().into();
            match trouble(&Answer { status: StatusCode::FORBIDDEN, headers, body }) {
                Some(Trouble::Refused(reason)) => reason,
                other => panic!("{other:?}"),
            }
        };
        let wanted = ("x-accepted-oauth-scopes", "repo, read:org");
        let scope = "Not for you: the token needs the scope repo or read:org (it has ";
        assert_eq!(refused(&[("x-oauth-scopes", "gist"), wanted]), format!("{scope}gist)"));
        assert_eq!(refused(&[("x-oauth-scopes", ""), wanted]), format!("{scope}none)"));
        assert_eq!(refused(&[("x-oauth-scopes", "repo"), wanted]), "Not for you", "it is no scope that it lacks");
        let permission = refused(&[("x-accepted-github-permissions", "actions=read")]);
        assert_eq!(permission, "Not for you: the token needs the permission actions=read");
        let sign_on = refused(&[("x-github-sso", "required; url=https://github.com/orgs/acme/sso")]);
        assert!(sign_on.ends_with("single sign-on at https://github.com/orgs/acme/sso"), "{sign_on}");
    }

    #[test]
    fn what_a_token_lacks_is_told_by_name_to_graphql_too() {
        let said = "Your token has not been granted the required scopes to execute this query";
        let lacks = |wanted: &str, given: &str| {
            format!(
                "{said}. The 'name' field requires one of the following scopes: [{wanted}], but your token has only been \
                 granted the: [{given}] scopes. Please modify your token's scopes at: https://github.com/settings/tokens."
            )
        };
        let refused = |headers: &[(&'static str, &'static str)], body: Value| match told_with(headers, &body) {
            Err(Trouble::Refused(reason)) => reason,
            other => panic!("{other:?}"),
        };
        let many = "'repo', ".repeat(100);
        for (wanted, given, told) in [
            ("'read:org'", "''", "read:org (it has none)".to_owned()),
            ("'read:org', 'read:user'", "'gist', 'repo'", "read:org or read:user (it has gist, repo)".to_owned()),
            ("'read:org'", many.as_str(), format!("read:org (it has {})", ["repo"; 100].join(", "))),
        ] {
            // An older server names no type.
            for kind in [json!("INSUFFICIENT_SCOPES"), Value::Null] {
                let error = json!({"type": kind, "message": lacks(wanted, given)});
                let reason = refused(&[], json!({"data": null, "errors": [error]}));
                assert_eq!(reason, format!("{said}: the token needs the scope {told}"));
            }
        }
        let odd = json!([{"type": "INSUFFICIENT_SCOPES", "message": "Your token lacks something. Ask somebody."}]);
        assert_eq!(refused(&[], json!({ "errors": odd })), "Your token lacks something. Ask somebody.");
        let sso = ("x-github-sso", "required; url=https://github.com/orgs/acme/sso");
        let keeps_out = |is_saml: bool| {
            let error = json!({"type": "FORBIDDEN", "message": "Not for you", "extensions": {"saml_failure": is_saml}});
            refused(&[sso], json!({"data": null, "errors": [error]}))
        };
        let let_in = "authorize the token for the organization's single sign-on at https://github.com/orgs/acme/sso";
        assert_eq!((keeps_out(true), keeps_out(false)), (format!("Not for you: {let_in}"), "Not for you".to_owned()));
    }

    #[test]
    fn all_permissions_that_a_token_lacks_are_told_by_what_it_may_not_see() {
        let said = "Resource not accessible by personal access token";
        let hidden = |fields: &[&str]| {
            let error = |field| json!({"type": "FORBIDDEN", "path": ["repository", field], "message": said});
            let errors: Vec<Value> = fields.iter().map(error).collect();
            told(&json!({"data": {"repository": {"databaseId": 7}}, "errors": errors})).unwrap().1
        };
        assert_eq!(hidden(&["pullRequests"]), [format!("{said}: the token needs the permission pull_requests=read")]);
        let all = hidden(&["pullRequests", "milestones", "issues", "viewerSubscription"]);
        assert_eq!(all[0], format!("{said}: the token needs the permission issues=read,pull_requests=read"));
        assert_eq!((all.len(), all[4].as_str()), (5, said), "nobody knows what that one needs");
        // It is another reason that the credential may not see it for.
        let error = json!({"type": "FORBIDDEN", "path": ["repository", "issues"], "message": "Not from this address"});
        let beside = told(&json!({"data": {"repository": {"databaseId": 7}}, "errors": [error]}));
        assert_eq!(beside.unwrap().1, ["Not from this address"]);
    }

    #[test]
    fn what_fails_each_time_fails_for_one_reason_whatever_number_github_gives_to_each() {
        let reason = |message: &str| {
            let failed = told(&json!({"data": null, "errors": [{"message": message}]})).unwrap_err();
            assert!(matches!(failed, Trouble::TooMuch(_)), "{failed:?}");
            failed.reason()
        };
        for (when, number) in [("2026-11-24T10:00:00Z", "C0DE:2F1A:51"), ("2026-11-24T10:05:01Z", "C0DE:2F1A:77")] {
            let asks = format!("Please include `{number}` when reporting this issue.");
            let told = reason(&format!("Something went wrong while executing your query on {when}. {asks}"));
            assert_eq!(told, "Something went wrong while executing your query");
            let told = reason(&format!(
                "Something went wrong while executing your query. This may be the result of a timeout. {asks}"
            ));
            assert_eq!(told, "Something went wrong while executing your query. This may be the result of a timeout.");
        }
        assert_eq!(reason("Something went wrong on our side"), "Something went wrong on our side");
    }

    #[test]
    fn an_error_beside_data_counts_whatever_its_shape() {
        let beside = |errors: Value| told(&json!({"data": {"repository": {"issues": null}}, "errors": errors}));
        for none in [Value::Null, json!([])] {
            assert!(beside(none).is_ok_and(|(_, hidden)| hidden.is_empty()));
        }
        let error = json!({"type": null, "message": "Something went wrong while executing your query."});
        assert!(matches!(beside(json!([error])), Err(Trouble::TooMuch(_))));
        assert!(matches!(beside(json!([{"message": "odd"}])), Err(Trouble::Again(reason)) if reason.contains("odd")));
        for odd in [json!("Something went wrong"), json!(["Something went wrong"]), json!([{"message": 7}])] {
            assert!(matches!(beside(odd), Err(Trouble::Again(reason)) if reason.contains("cannot be read")));
        }
    }
}
