//! The ways in which a vendor fails. Most are meant for both; each vendor tells them in its own words.

/// Something that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The hour's requests are used up: 403 for REST, an error of type `RATE_LIMITED` in a 200 for GraphQL. None remain, and
    /// the reset is told.
    PrimaryLimit {
        /// Seconds until the reset.
        resets_in: u32,
    },
    /// Too much at once.
    SecondaryLimit {
        /// 403 or 429.
        status: u16,
        /// Seconds to wait, if GitHub says so.
        retry_after: Option<u32>,
    },
    /// 500, 502 (with a page of HTML), 503 or another status.
    ServerError(u16),
    /// The connection ends before there is an answer.
    Disconnect,
    /// The connection ends within the body.
    HalfBody,
    /// The answer is no JSON, though it says so.
    InvalidJson,
    /// A page for people, as a proxy on the way shows one, with the status of a good answer.
    WebPage,
    /// A page for people that says that there is nothing: 404, as a server shows it of everything while what it serves is being started.
    NoPage,
    /// What is asked for is not there, or not for who asks, as an outage may say it of what is: 404 as JSON, and for GraphQL `NOT_FOUND` in a 200 of all of
    /// its repository.
    NotFound,
    /// The place in a list at which to go on is known no more: `INVALID_CURSOR_ARGUMENTS` in a 200 for GraphQL, and else 400.
    PlaceForgotten,
    /// A list of GitHub's goes on where it was asked to begin: one of GraphQL's says so, and of one by pages each is the first. What is no such list is
    /// as it ever is.
    Standing,
    /// The true answer, and so many MiB of blanks after it.
    Padded(usize),
    /// GraphQL does not come to an end within GitHub's time: 502 with the errors of a GraphQL answer.
    GraphqlTimeout,
    /// The token lacks a scope: 403 for REST, `INSUFFICIENT_SCOPES` for GraphQL.
    MissingScope {
        /// Scopes that would do.
        accepted: String,
    },
    /// The token is not let in by the organization's single sign-on: 403 for REST, `FORBIDDEN` in a 200 for GraphQL, and the
    /// way to be let in in `X-GitHub-SSO`.
    Saml,
    /// The organization does not let this address in: 403 for REST, `FORBIDDEN` in a 200 for GraphQL.
    IpAllowList,
    /// The token is not good, or not any more: 401.
    BadCredentials,
    /// The session is not good: 302 to a page for people to log in at, as Jira Data Center does it.
    LoginPage,
    /// The token is not known, and Jira answers as to anybody: nothing can be seen, which is 200 with empty lists. GitHub says 401.
    Anonymous,
    /// An application behind Jira does not tell what it knows: 200 with an error and no detail. GitHub, which has none behind it, says 500.
    Untold,
}

impl Fault {
    /// What those are called that have a name of their own.
    pub const NAMES: [&str; 20] = [
        "primary-limit",
        "secondary-limit",
        "disconnect",
        "half-body",
        "invalid-json",
        "web-page",
        "no-page",
        "not-found",
        "place-forgotten",
        "standing",
        "padded",
        "graphql-timeout",
        "missing-scope",
        "saml",
        "ip-allow-list",
        "bad-credentials",
        "login-page",
        "anonymous",
        "untold",
        "server-error",
    ];

    /// The one of a name; a status from 500 on is a server's error.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "primary-limit" => Self::PrimaryLimit { resets_in: 60 },
            "secondary-limit" => Self::SecondaryLimit { status: 429, retry_after: Some(10) },
            "disconnect" => Self::Disconnect,
            "half-body" => Self::HalfBody,
            "invalid-json" => Self::InvalidJson,
            "web-page" => Self::WebPage,
            "no-page" => Self::NoPage,
            "not-found" => Self::NotFound,
            "place-forgotten" => Self::PlaceForgotten,
            "standing" => Self::Standing,
            "padded" => Self::Padded(10),
            "graphql-timeout" => Self::GraphqlTimeout,
            "missing-scope" => Self::MissingScope { accepted: "repo".to_owned() },
            "saml" => Self::Saml,
            "ip-allow-list" => Self::IpAllowList,
            "bad-credentials" => Self::BadCredentials,
            "login-page" => Self::LoginPage,
            "anonymous" => Self::Anonymous,
            "untold" => Self::Untold,
            "server-error" => Self::ServerError(500),
            status => Self::ServerError(status.parse().ok().filter(|status| (500..600).contains(status))?),
        })
    }

    /// Those that go away by trying again soon.
    pub(super) fn passing() -> Vec<Self> {
        vec![
            Self::ServerError(500),
            Self::ServerError(502),
            Self::ServerError(503),
            Self::Disconnect,
            Self::HalfBody,
            Self::InvalidJson,
            Self::SecondaryLimit { status: 429, retry_after: Some(1) },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_a_fault_and_so_are_statuses_of_servers_that_fail() {
        for name in Fault::NAMES {
            assert!(Fault::named(name).is_some(), "{name}");
        }
        assert_eq!(Fault::named("504"), Some(Fault::ServerError(504)));
        for wrong in ["", "fire", "404", "600", "Saml"] {
            assert_eq!(Fault::named(wrong), None, "{wrong}");
        }
    }
}
