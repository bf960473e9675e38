//! What Jira answers when it fails or refuses, in its own words.

use super::Edition;
use crate::Fault;
use crate::answer::Answer;
use crate::faults::NOTHING;
use serde_json::json;
use url::form_urlencoded;

const LOGIN: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Log in - Jira</title></head>\n<body id=\"jira\" \
    class=\"aui-layout\">\n<form action=\"/login.jsp\" id=\"login-form\" method=\"post\"></form>\n</body>\n</html>\n";

impl Answer {
    /// An error in Jira's shape.
    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::json(status, json!({"errorMessages": [message], "errors": {}}))
    }

    /// 404 for an issue, also for one that may not be seen.
    pub(super) fn no_issue() -> Self {
        Self::error(404, "Issue does not exist or you do not have permission to see it.")
    }

    /// 404 for a path that leads nowhere.
    pub(super) fn nowhere(path: &str) -> Self {
        Self::json(404, json!({"message": format!("null for uri: {path}"), "status-code": 404}))
    }
}

/// The answer that takes the place of the true one; faults of the connection and the body leave the true one to be spoilt.
pub(super) fn answer(fault: &Fault, edition: Edition, path: &str) -> Option<Answer> {
    Some(match fault {
        Fault::PrimaryLimit { resets_in } => {
            too_many(Some(*resets_in)).with("RateLimit-Reason", "jira-quota-global-based")
        }
        Fault::SecondaryLimit { status: 429, retry_after } => {
            too_many(*retry_after).with("RateLimit-Reason", "jira-burst-based")
        }
        Fault::SecondaryLimit { status, retry_after } => {
            let answer = Answer::error(*status, "The service is busy. Please try again later.");
            retry_after.iter().fold(answer, |a, seconds| a.with("Retry-After", seconds.to_string()))
        }
        Fault::ServerError(status @ (502..=504)) => {
            let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
            Answer::html(*status, &page)
        }
        Fault::GraphqlTimeout => Answer::html(504, "<html><body><h1>504 Gateway Time-out</h1></body></html>\n"),
        Fault::ServerError(status) => Answer::error(*status, "Internal server error"),
        Fault::MissingScope { .. } if edition == Edition::Cloud => {
            Answer::json(401, json!({"code": 401, "message": "Unauthorized; scope does not match"}))
        }
        Fault::MissingScope { .. } | Fault::Saml => {
            Answer::error(403, "You do not have permission to perform this operation.")
        }
        Fault::IpAllowList => {
            Answer::error(403, "The IP address has been rejected because it is not in the allowlist of this site.")
        }
        Fault::BadCredentials => unauthorized(edition),
        Fault::WebPage => Answer::html(200, LOGIN),
        Fault::NoPage => Answer::html(404, NOTHING),
        Fault::NotFound => Answer::no_issue(),
        Fault::PlaceForgotten => Answer::error(400, "The provided next page token is invalid or expired."),
        Fault::LoginPage => {
            let back: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            let way = format!("/login.jsp?permissionViolation=true&os_destination={back}&page_caps=&user_role=");
            Answer::html(302, "").with("Location", way)
        }
        Fault::Untold => {
            Answer::json(200, json!({"errors": [{"error": "The application is not connected."}], "detail": []}))
        }
        Fault::Anonymous | Fault::Standing => return None,
        Fault::Disconnect | Fault::HalfBody | Fault::InvalidJson | Fault::Padded(_) => return None,
    })
}

/// 401: a page in Cloud, and JSON in Data Center.
pub(super) fn unauthorized(edition: Edition) -> Answer {
    let answer = match edition {
        Edition::Cloud => Answer::html(
            401,
            "<html><head><title>Unauthorized (401)</title></head><body><h1>Unauthorized (401)</h1>\n\
             <p>Client must be authenticated to access this resource.</p></body></html>\n",
        ),
        Edition::DataCenter => {
            Answer::error(401, "You are not authenticated. Authentication required to perform this operation.")
        }
    };
    answer.with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED").with("WWW-Authenticate", "OAuth realm=\"simulator\"")
}

/// The page to log in at, which is a good answer to a browser alone.
pub(super) fn login_page() -> Answer {
    Answer::html(200, LOGIN)
}

/// 429. The exchange adds when it will be better by its clock.
pub(super) fn too_many(retry_after: Option<u32>) -> Answer {
    let answer = Answer::error(429, "Rate limit exceeded.");
    retry_after.iter().fold(answer, |a, seconds| a.with("Retry-After", seconds.to_string()))
}
