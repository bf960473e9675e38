//! How a client shows who it is: with a token, or by OAuth 2 (3LO), whose access tokens end within the hour and are renewed with a
//! refresh token that is another each time.

use super::client::JIRA;
use crate::keeper::Keeper;
use crate::net::{Answer, Asking, Trouble, json};
use crate::{Error, Result};
use parking_lot::Mutex as Now;
use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// Where Atlassian renews tokens. It is told secrets, so no setting of a tenant's says another place.
const RENEWS: &str = "https://auth.atlassian.com/oauth/token";
/// How long a token is believed to last at most.
const LONGEST: u64 = 24 * 3600;

/// How a client shows who it is. Never shown itself: it holds secrets.
pub(super) enum Access {
    /// An address and a token, or a login of Data Center and its password.
    Basic(String, String),
    /// A token.
    Bearer(Arc<str>),
    /// Tokens that are renewed.
    Renewed(Box<Renewed>),
}

/// Tokens that are renewed.
pub(super) struct Renewed {
    at: Url,
    keeper: Option<Arc<dyn Keeper>>,
    /// The credential as it was last kept.
    written: Now<String>,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: Arc<str>,
    /// From when on another is asked for.
    until: Instant,
}

/// A credential that renews itself, as somebody writes it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    client_id: String,
    client_secret: String,
    refresh_token: String,
}

/// Tokens as Atlassian gives them.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
    #[serde(default)]
    refresh_token: Option<String>,
}

/// What Atlassian says when it gives none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

impl Access {
    /// What a credential is: `address:token`, `login:password`, a token, or JSON that renews itself.
    ///
    /// # Errors
    /// [`Error::Setting`] when it can be none of these; what it holds is not told.
    pub(super) fn new(credential: &str) -> Result<Self> {
        let credential = credential.trim();
        if credential.starts_with('{') {
            let written = read(credential)?;
            let at = Url::parse(RENEWS).map_err(|e| Error::Setting(e.to_string()))?;
            let renewed = Renewed { at, keeper: None, written: Now::new(text(&written)?), token: Mutex::default() };
            return Ok(Self::Renewed(Box::new(renewed)));
        }
        if credential.is_empty() || !credential.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::Setting(
                "a credential of Jira's is `address:token` for Cloud, a personal access token or `login:password` for Data Center, each in letters, digits and signs of ASCII, or for OAuth JSON with `client_id`, `client_secret` and `refresh_token`"
                    .to_owned(),
            ));
        }
        Ok(match credential.split_once(':') {
            Some((user, secret)) => Self::Basic(user.to_owned(), secret.to_owned()),
            None => Self::Bearer(credential.into()),
        })
    }

    /// Whether it is one that only Cloud knows.
    pub(super) fn is_cloud(&self) -> bool {
        match self {
            Self::Basic(user, _) => user.contains('@'),
            Self::Bearer(_) => false,
            Self::Renewed(_) => true,
        }
    }

    /// Whether somebody granted it by OAuth.
    pub(super) fn is_granted(&self) -> bool {
        matches!(self, Self::Renewed(_))
    }

    /// With somebody who keeps what it is renewed to.
    pub(super) fn kept_by(&mut self, keeper: Arc<dyn Keeper>) {
        if let Self::Renewed(renewed) = self {
            renewed.keeper = Some(keeper);
        }
    }

    /// Renewed elsewhere than at Atlassian.
    pub(super) fn renewed_at(&mut self, at: Url) {
        if let Self::Renewed(renewed) = self {
            renewed.at = at;
        }
    }

    /// The credential that it was renewed to; the one that it was made of when it was not yet. None of one that is not renewed.
    pub(super) fn renewed(&self) -> Option<String> {
        match self {
            Self::Renewed(renewed) => Some(renewed.written.lock().clone()),
            Self::Basic(..) | Self::Bearer(_) => None,
        }
    }

    /// A token that is good now, where there is one. All who ask at once are given the same.
    pub(super) async fn token(&self, asking: &Asking) -> Result<Option<Arc<str>>, Trouble> {
        match self {
            Self::Basic(..) => Ok(None),
            Self::Bearer(token) => Ok(Some(Arc::clone(token))),
            Self::Renewed(renewed) => renewed.token(asking).await.map(Some),
        }
    }

    /// Whether another token than `refused` may be good: Jira did not take that one.
    pub(super) async fn is_renewed(&self, refused: Option<&str>) -> bool {
        let (Self::Renewed(renewed), Some(refused)) = (self, refused) else { return false };
        renewed.token.lock().await.take_if(|token| *token.text == *refused);
        true
    }

    /// Shows who asks.
    pub(super) fn sign(&self, request: RequestBuilder, token: Option<&str>) -> RequestBuilder {
        match (self, token) {
            (Self::Basic(user, secret), _) => request.basic_auth(user, Some(secret)),
            (_, Some(token)) => request.bearer_auth(token),
            (_, None) => request,
        }
    }
}

impl Renewed {
    async fn token(&self, asking: &Asking) -> Result<Arc<str>, Trouble> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| Instant::now() < token.until) {
            return Ok(Arc::clone(&token.text));
        }
        let held = self.newest().await?;
        let renewed = match self.renew(asking, &held).await {
            // Somebody else may have renewed it in this moment.
            Err(Trouble::Fatal(Error::Credential { vendor, reason })) => {
                let newest = self.newest().await?;
                if newest == held {
                    return Err(Error::Credential { vendor, reason }.into());
                }
                self.renew(asking, &newest).await?
            }
            renewed => renewed?,
        };
        Ok(Arc::clone(&token.insert(renewed).text))
    }

    /// What is to be renewed: as it is kept now, since somebody else may have renewed it long ago. Atlassian takes a refresh token that is shown again
    /// then for a stolen one, and none that came of the same grant is good any more.
    async fn newest(&self) -> Result<String, Trouble> {
        let kept = match &self.keeper {
            Some(keeper) => keeper.newest().await?,
            None => None,
        };
        let held = self.written.lock().clone();
        let client = read(&held)?.client_id;
        // Somebody may have given another one meanwhile, which is for a reading that begins with it.
        let newest = kept.and_then(|kept| read(&kept).ok()).filter(|kept| kept.client_id == client);
        let Some(newest) = newest else { return Ok(held) };
        let newest = text(&newest)?;
        self.written.lock().clone_from(&newest);
        Ok(newest)
    }

    /// Another token. The credential that comes with it is kept before the token is used: by then the last one is still good.
    async fn renew(&self, asking: &Asking, held: &str) -> Result<Token, Trouble> {
        let mut written = read(held)?;
        let body = json!({
            "grant_type": "refresh_token", "client_id": written.client_id, "client_secret": written.client_secret,
            "refresh_token": written.refresh_token,
        });
        let request = || asking.http.client().post(self.at.clone()).json(&body);
        let (_, issued) = asking.ask(false, || None, request, judged).await?;
        if let Some(next) = issued.refresh_token.filter(|next| *next != written.refresh_token) {
            written.refresh_token = next;
            let new = text(&written)?;
            if let Some(keeper) = &self.keeper {
                keeper.keep(held, &new).await?;
            }
            *self.written.lock() = new;
        }
        let lasts = Duration::from_secs(issued.expires_in.min(LONGEST)) * 5 / 6;
        Ok(Token { text: issued.access_token.into(), until: Instant::now() + lasts })
    }
}

/// A credential that renews itself.
fn read(credential: &str) -> Result<Written> {
    serde_json::from_str(credential).map_err(|_| {
        let shape =
            "a credential of Jira's that is renewed is JSON with `client_id`, `client_secret` and `refresh_token`";
        Error::Setting(shape.to_owned())
    })
}

fn text(written: &Written) -> Result<String> {
    Ok(serde_json::to_string(written)?)
}

/// The tokens of an answer. Nothing of what it holds is told, but for what Atlassian says is wrong.
fn judged(answer: &Answer) -> Result<Issued, Trouble> {
    let status = answer.status;
    if status.is_success() {
        let issued = Issued::deserialize(json(answer)?);
        return issued.map_err(|_| Trouble::Again("it sent no token".to_owned()));
    }
    let Denied { error, error_description } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said: String = [error.as_str(), error_description.as_str()].join(": ").chars().take(300).collect();
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => {
            Trouble::Wait(answer.retry_after().unwrap_or(Duration::from_secs(60)), "it renews no token yet".to_owned())
        }
        // A page for people is no word of Atlassian's: the credential is asked for once it says that this one is good no more.
        status if status.is_client_error() && answer.is_page() => {
            Trouble::Again(format!("{status}: it sent a web page instead of JSON, when a token was to be renewed"))
        }
        status if status.is_client_error() => {
            Trouble::Fatal(Error::Credential { vendor: JIRA, reason: format!("its token is not renewed: {said}") })
        }
        status => Trouble::Again(format!("{status}, when a token was to be renewed")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_refused_by_whoever_renews_it_and_by_no_page_for_people() {
        let answer = |kind: &str, body: &'static str| Answer {
            status: StatusCode::FORBIDDEN,
            headers: [(reqwest::header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect(),
            body: body.into(),
        };
        let denied = answer("application/json", r#"{"error": "unauthorized_client", "error_description": "unknown"}"#);
        let is_denied = |reason: &str| reason.ends_with("unauthorized_client: unknown");
        assert!(matches!(judged(&denied), Err(Trouble::Fatal(Error::Credential { reason, .. })) if is_denied(&reason)));
        let page = answer("text/html", "<html><body>Blocked by the proxy</body></html>");
        assert!(matches!(judged(&page), Err(Trouble::Again(reason)) if reason.contains("a web page")));
    }

    #[test]
    fn what_is_no_credential_is_told_without_what_it_holds() {
        for bad in [
            "",
            "two words",
            "x\ny",
            r#"{"client_id": "secret"}"#,
            r#"{"client_id": "secret", "client_secret": "secret", "refresh_token": 7}"#,
            r#"{"client_id": "a", "client_secret": "b", "refresh_token": "c", "at": "https://secret.example"}"#,
            r#"{"secret"#,
        ] {
            let Err(error) = Access::new(bad) else { panic!("{bad}") };
            assert!(!error.to_string().contains("secret\"") && !error.to_string().contains("secret."), "{error}");
        }
        let Access::Renewed(renewed) =
            Access::new(r#"{"client_id": "a", "client_secret": "b", "refresh_token": "c"}"#).unwrap()
        else {
            panic!("it renews itself");
        };
        assert_eq!(renewed.at.as_str(), RENEWS);
    }
}
