//! Single sign-on: asking an identity provider who somebody is (OpenID Connect, authorization code with PKCE).
//!
//! What has to be remembered while somebody is away at their provider goes with them, sealed, in a cookie: any process
//! takes them in again.

use super::{Vault, purpose};
use crate::control::{Identity, Provider, Refusal};
use crate::error::whole;
use crate::secret::{Secret, sum};
use crate::{Error, Result};
use axum::http;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    UserInfoClaims,
};
use parking_lot::Mutex;
use pulse_engine::{Clock, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const SECOND: i64 = 1_000_000;
/// How long somebody may be away at their provider, in seconds.
pub(crate) const AWAY: i64 = 600;
/// For how long a provider's description and keys are taken as they were.
const TRUSTED: i64 = 300 * SECOND;
/// And for how long at least, though something does not fit.
const AT_LEAST: i64 = 10 * SECOND;
/// A provider that takes longer, or says more, is not listened to.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: usize = 1 << 20;

/// Asks identity providers.
#[derive(Clone, Debug)]
pub struct SingleSignOn {
    http: reqwest::Client,
    vault: Vault,
    clock: Clock,
    callback: Url,
    known: Arc<Mutex<HashMap<String, (i64, CoreProviderMetadata)>>>,
}

/// What is remembered while somebody is at their provider.
#[derive(Debug, Serialize, Deserialize)]
pub struct Away {
    /// Where they want to come in.
    pub tenant: String,
    /// By which provider.
    pub provider: String,
    state: String,
    nonce: String,
    verifier: String,
    until: i64,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl SingleSignOn {
    /// For a server that people reach at `url`.
    ///
    /// # Errors
    /// [`Error::Usage`] when the machine's certificates cannot be used.
    pub fn new(vault: Vault, clock: Clock, url: &Url) -> Result<Self> {
        let wrong = |e: &dyn std::fmt::Display| Error::Usage(format!("single sign-on cannot be set up: {e}"));
        // A redirect would lead past the check of where we ask.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build();
        let callback = url.join("/sso/callback").map_err(|e| wrong(&e))?;
        Ok(Self { http: http.map_err(|e| wrong(&e))?, vault, clock, callback, known: Arc::default() })
    }

    /// Where a provider is to send people back to: it has to be told so once.
    pub fn callback(&self) -> &str {
        self.callback.as_str()
    }

    /// Seals the secret that a provider knows us by.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn seal(&self, tenant: &TenantId, name: &str, secret: &str) -> Result<String> {
        self.vault.seal(&purpose::client_secret(tenant, name), secret.as_bytes())
    }

    /// Whether an issuer can be asked, and says that it is the one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with what is wrong.
    pub async fn try_issuer(&self, issuer: &str) -> Result<()> {
        let found = self.metadata(issuer).await;
        found.map(drop).map_err(|why| Refusal::invalid("issuer", format!("cannot be used: {why}")).into())
    }

    /// Sends somebody away to their provider: where to, and what to remember.
    ///
    /// # Errors
    /// [`Error::Provider`] when it cannot be asked.
    pub async fn send(&self, tenant: &TenantId, provider: &Provider) -> Result<(Url, String)> {
        let client = self.client(tenant, provider).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .add_scopes(provider.terms.scopes.iter().cloned().map(Scope::new));
        let (url, state, nonce) = request.url();
        let away = Away {
            tenant: tenant.to_string(),
            provider: provider.name.clone(),
            state: sum(state.secret()),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            until: self.clock.now() + AWAY * SECOND,
        };
        Ok((url, self.vault.seal(purpose::AWAY, &serde_json::to_vec(&away)?)?))
    }

    /// What was remembered of somebody who comes back with this state; `None` when they were not sent away by us, from this
    /// browser and a moment ago.
    pub fn back(&self, cookie: &str, state: &str) -> Option<Away> {
        let away: Away = serde_json::from_slice(&self.vault.open_sealed(purpose::AWAY, cookie).ok()?).ok()?;
        // Sums are compared, so that how long it takes tells nothing.
        (away.until > self.clock.now() && away.state == sum(state)).then_some(away)
    }

    /// Asks the provider who somebody is who came back with a code.
    ///
    /// # Errors
    /// [`Error::Provider`] when it cannot be asked, or does not vouch for them.
    pub async fn identify(&self, tenant: &TenantId, provider: &Provider, away: Away, code: String) -> Result<Identity> {
        let named = async {
            let client = self.client(tenant, provider).await.map_err(|e| e.to_string())?;
            self.named(&client, &provider.terms.groups_claim, away, code).await
        };
        let claims = named.await.map_err(|why| {
            // Its keys may have changed since they were read; but whoever makes codes up does not have them read each time.
            let now = self.clock.now();
            self.known.lock().retain(|issuer, (at, _)| *issuer != provider.terms.issuer || now - *at < AT_LEAST);
            failed(provider, why)
        })?;
        Ok(identity(&provider.terms.issuer, &provider.terms.groups_claim, &claims))
    }

    /// What the provider says of whoever the code stands for, held against its signature, our nonce and our client.
    async fn named(
        &self,
        client: &Client,
        groups_claim: &str,
        away: Away,
        code: String,
    ) -> Result<Map<String, Value>, String> {
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|e| e.to_string())?;
        let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(away.verifier));
        let tokens = exchange.request_async(self).await.map_err(|e| whole(&e))?;
        let token = tokens.id_token().ok_or("it sends no ID token")?;
        let clock = self.clock;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNED_BY)
            .set_time_fn(move || chrono::DateTime::from_timestamp_micros(clock.now()).unwrap_or_default());
        let claims = token.claims(&verifier, &Nonce::new(away.nonce)).map_err(|e| whole(&e))?;
        if let Some(expected) = claims.access_token_hash() {
            let by = token.signing_alg().map_err(|e| whole(&e))?;
            let key = token.signing_key(&verifier).map_err(|e| whole(&e))?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), by, key).map_err(|e| whole(&e))?;
            if actual != *expected {
                return Err("its access token is not the one that its ID token names".to_owned());
            }
        }
        let subject = claims.subject().clone();
        let mut all = payload(&token.to_string()).ok_or("its ID token holds no claims")?;
        // Many keep the ID token small, and tell the rest where it is asked for.
        let lacks = !["email", groups_claim].iter().all(|name| all.contains_key(*name));
        if lacks && let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) {
            let told: Result<UserInfoClaims<Extra, CoreGenderClaim>, _> = request.request_async(self).await;
            match serde_json::to_value(told.map_err(|e| whole(&e))?) {
                Ok(Value::Object(more)) => more.into_iter().for_each(|(name, value)| {
                    all.entry(name).or_insert(value);
                }),
                _ => return Err("what it tells of people is no object".to_owned()),
            }
        }
        Ok(all)
    }

    async fn client(&self, tenant: &TenantId, provider: &Provider) -> Result<Client> {
        let terms = &provider.terms;
        let metadata = self.metadata(&terms.issuer).await.map_err(|why| failed(provider, why))?;
        let secret = provider.sealed.as_ref().map(Secret::tell);
        let secret = secret
            .map(|sealed| self.vault.open_sealed(&purpose::client_secret(tenant, &provider.name), sealed))
            .transpose()?;
        let secret = secret.map(|secret| ClientSecret::new(String::from_utf8_lossy(&secret).into_owned()));
        // What a description leaves out is `client_secret_basic`.
        let takes_basic = metadata
            .token_endpoint_auth_methods_supported()
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let callback = RedirectUrl::from_url(self.callback.clone());
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(terms.client_id.clone()), secret);
        let auth = if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_redirect_uri(callback).set_auth_type(auth))
    }

    /// How an issuer describes itself.
    async fn metadata(&self, issuer: &str) -> Result<CoreProviderMetadata, String> {
        let now = self.clock.now();
        if let Some((at, metadata)) = self.known.lock().get(issuer)
            && now - at < TRUSTED
        {
            return Ok(metadata.clone());
        }
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| "it is no address".to_owned())?;
        let found = CoreProviderMetadata::discover_async(url, self).await.map_err(|e| whole(&e))?;
        let mut known = self.known.lock();
        known.retain(|_, (at, _)| now - *at < TRUSTED);
        known.insert(issuer.to_owned(), (now, found.clone()));
        Ok(found)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let said = |e: reqwest::Error| Unanswered(whole(&e.without_url()));
        let url = Url::parse(&request.uri().to_string()).map_err(|e| Unanswered(e.to_string()))?;
        if !self.may_ask(&url) {
            return Err(Unanswered(format!("`{}` is asked over https only", url.host_str().unwrap_or_default())));
        }
        let mut response = self.http.execute(request.try_into().map_err(said)?).await.map_err(said)?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(said)? {
            if body.len() + part.len() > LONGEST {
                return Err(Unanswered("its answer is longer than 1 MiB".to_owned()));
            }
            body.extend_from_slice(&part);
        }
        answer.body(body).map_err(|e| Unanswered(e.to_string()))
    }

    /// Over plain HTTP only a provider on this machine is asked, and only by a server that is tried out there, too.
    fn may_ask(&self, url: &Url) -> bool {
        let here = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        url.scheme() == "https" || (url.scheme() == "http" && here && self.callback.scheme() == "http")
    }
}

/// Sends a request to a provider, if it goes where one may be.
impl<'c> AsyncHttpClient<'c> for SingleSignOn {
    type Error = Unanswered;
    type Future = BoxFuture<'c, Result<HttpResponse, Unanswered>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.ask(request).boxed()
    }
}

/// What ID tokens may be signed by: nothing that a client's secret could make.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 9] = {
    use CoreJwsSigningAlgorithm::*;
    [
        RsaSsaPkcs1V15Sha256,
        RsaSsaPkcs1V15Sha384,
        RsaSsaPkcs1V15Sha512,
        RsaSsaPssSha256,
        RsaSsaPssSha384,
        RsaSsaPssSha512,
        EcdsaP256Sha256,
        EcdsaP384Sha384,
        EdDsa,
    ]
};

/// Why a provider was not heard.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(String);

/// Whatever else a provider tells of somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Extra(Map<String, Value>);

impl AdditionalClaims for Extra {}

fn failed(provider: &Provider, why: String) -> Error {
    Error::Provider { name: provider.name.clone(), why }
}

/// What a token says that was verified before.
fn payload(token: &str) -> Option<Map<String, Value>> {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&body).ok()
}

/// What claims come to.
fn identity(issuer: &str, groups_claim: &str, claims: &Map<String, Value>) -> Identity {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let email = text("email").map(str::to_owned);
    let whole_name = [text("given_name"), text("family_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let called = text("name").map(str::to_owned).or(Some(whole_name).filter(|name| !name.is_empty()));
    let mailbox = email.as_deref().and_then(|email| email.split('@').next()).map(str::to_owned);
    let groups: BTreeSet<String> = match claims.get(groups_claim) {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => [one.clone()].into(),
        _ => BTreeSet::new(),
    };
    Identity {
        issuer: issuer.to_owned(),
        subject: text("sub").unwrap_or_default().to_owned(),
        verified: matches!(claims.get("email_verified"), Some(Value::Bool(true)))
            || text("email_verified") == Some("true"),
        name: called.or(mailbox).unwrap_or_default(),
        email,
        groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn on(url: &str) -> SingleSignOn {
        let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        SingleSignOn::new(vault, Clock::Fixed(0), &url.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_provider_is_asked_over_tls_unless_both_are_tried_out_on_one_machine() {
        let (tried_out, real) = (on("http://localhost:7878/"), on("https://pulse.example.com/"));
        for (url, there, here) in [
            ("https://example.okta.com/", true, true),
            ("https://10.0.0.7/", true, true),
            ("http://localhost:8080/", false, true),
            ("http://127.0.0.1:8080/", false, true),
            ("http://[::1]:8080/", false, true),
            ("http://169.254.169.254/latest", false, false),
            ("http://example.okta.com/", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url: Url = url.parse().unwrap();
            assert_eq!((real.may_ask(&url), tried_out.may_ask(&url)), (there, here), "{url}");
        }
        assert_eq!(real.callback(), "https://pulse.example.com/sso/callback");
    }

    #[test]
    fn claims_come_to_a_person_whatever_a_provider_leaves_out() {
        let of = |claims: Value| identity("https://idp", "groups", claims.as_object().unwrap());
        let full = of(
            json!({"sub": "1", "email": "ada@example.com", "email_verified": true, "name": "Ada", "groups": ["b", "a"]}),
        );
        assert_eq!((full.subject.as_str(), full.name.as_str(), full.verified), ("1", "Ada", true));
        assert_eq!(full.groups, ["a", "b"].map(str::to_owned).into());
        let lean = of(json!({"sub": "1", "email": "ada@example.com", "email_verified": "true", "groups": "a"}));
        assert_eq!((lean.name.as_str(), lean.verified, lean.groups.len()), ("ada", true, 1));
        let none = of(
            json!({"sub": "1", "email": " ", "email_verified": "false", "given_name": "Ada", "family_name": "Byron"}),
        );
        assert_eq!((none.email, none.verified, none.name.as_str()), (None, false, "Ada Byron"));
    }

    #[test]
    fn what_is_remembered_opens_for_its_state_alone_and_for_ten_minutes() {
        let now: &'static std::sync::atomic::AtomicI64 = Box::leak(Box::default());
        let sso = SingleSignOn { clock: Clock::Moved(now), ..on("http://localhost/") };
        let away = Away {
            tenant: "acme".into(),
            provider: "okta".into(),
            state: sum("s"),
            nonce: "n".into(),
            verifier: "v".into(),
            until: AWAY * SECOND,
        };
        let cookie = sso.vault.seal(purpose::AWAY, &serde_json::to_vec(&away).unwrap()).unwrap();
        assert_eq!(sso.back(&cookie, "s").unwrap().provider, "okta");
        assert!(sso.back(&cookie, "t").is_none() && sso.back("v1.x.y.z", "s").is_none());
        let other = sso.vault.seal("another purpose", &serde_json::to_vec(&away).unwrap()).unwrap();
        assert!(sso.back(&other, "s").is_none());
        now.store(AWAY * SECOND, std::sync::atomic::Ordering::Relaxed);
        assert!(sso.back(&cookie, "s").is_none());
    }
}
