//! Access tokens: JSON Web Tokens (RFC 9068) that are signed with Ed25519, so that other services can check them with our
//! public keys and a stock library.

use super::{Vault, purpose};
use crate::control::{Control, SigningKey};
use crate::{Error, Result, secret};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 3600 * SECOND;
/// How long an access token lives, in seconds.
pub(super) const LIFE: i64 = 600;
/// How far the clocks of two of our machines may be apart, in seconds.
const SKEW: i64 = 30;
/// How long a key signs, and how long before its end the next is made.
const SIGNS: i64 = 30 * DAY;
/// How often another process's new key is looked for at most, when a token names one that is not known.
const LOOK_AGAIN: i64 = 5 * SECOND;
/// How many tokens are remembered whose signatures were found good.
const REMEMBERED: usize = 10_000;
/// Whom our tokens are for.
pub(super) const AUDIENCE: &str = "pulse";
/// What kind of token it is, so that no other of our making is taken for one.
const KIND: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: this server's address for others.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// Whose it is: a user's key.
    pub sub: String,
    /// The tenant; none for a platform operator.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// The session.
    pub sid: String,
    /// The token's own key.
    pub jti: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when on it is good.
    pub nbf: i64,
    /// Until when it is good.
    pub exp: i64,
}

/// Signs access tokens and checks them.
#[derive(Clone)]
pub struct Signer {
    control: Control,
    vault: Vault,
    issuer: Arc<str>,
    ring: Arc<RwLock<Ring>>,
}

/// The keys that are trusted now.
#[derive(Default)]
struct Ring {
    read_at: i64,
    signs: Option<(String, i64, EncodingKey)>,
    trusted: Vec<(String, i64, DecodingKey)>,
    public: Vec<Value>,
    /// Tokens whose signature was found good, by their SHA-256 sums, with the keys that made them. Whether they are good now is asked
    /// each time.
    checked: Mutex<HashMap<[u8; 32], (String, Claims)>>,
}

impl Claims {
    fn are_good(&self, now: i64) -> bool {
        let at = now / SECOND;
        self.nbf <= at + SKEW && self.exp > at
    }
}

impl Ring {
    /// A key that is trusted now.
    fn trusts(&self, kid: &str, now: i64) -> Option<&DecodingKey> {
        self.trusted.iter().find(|(id, until, _)| id == kid && *until > now).map(|(.., key)| key)
    }

    /// What a token says whose signature was found good before, when it and its key are good now.
    fn checked_before(&self, sum: &[u8; 32], now: i64) -> Option<Claims> {
        let checked = self.checked.lock();
        let (kid, claims) = checked.get(sum)?;
        (claims.are_good(now) && self.trusts(kid, now).is_some()).then(|| claims.clone())
    }

    fn remember(&self, sum: [u8; 32], kid: &str, claims: &Claims, now: i64) {
        let mut checked = self.checked.lock();
        if checked.len() >= REMEMBERED {
            checked.retain(|_, (_, claims)| claims.are_good(now));
        }
        if checked.len() < REMEMBERED {
            checked.insert(sum, (kid.to_owned(), claims.clone()));
        }
    }
}

impl Signer {
    /// What seals its keys.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// A signer with the keys of the control database; the first one is made when there is none.
    ///
    /// # Errors
    /// When the database fails, or the vault does not open its keys.
    pub async fn open(control: Control, vault: Vault, issuer: &str) -> Result<Self> {
        let signer = Self { control, vault, issuer: issuer.into(), ring: Arc::default() };
        signer.read().await?;
        Ok(signer)
    }

    /// Who makes its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token for a session, and for how many seconds it is good.
    ///
    /// # Errors
    /// When a new key is due and the database fails.
    pub async fn sign(&self, user: &str, tenant: Option<&str>, session: &str) -> Result<(String, i64)> {
        let now = self.control.now();
        if self.ring.read().signs.as_ref().is_none_or(|(_, until, _)| *until <= now) {
            self.read().await?;
        }
        let at = now / SECOND;
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_owned(),
            tenant: tenant.map(str::to_owned),
            sid: session.to_owned(),
            jti: secret::id("jwt")?,
            iat: at,
            nbf: at,
            exp: at + LIFE,
        };
        let ring = self.ring.read();
        let (id, _, key) = ring.signs.as_ref().ok_or(Error::Sealed)?;
        let header = Header { typ: Some(KIND.to_owned()), kid: Some(id.clone()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, key).map_err(|e| Error::Signing(e.to_string()))?;
        Ok((token, LIFE))
    }

    /// What a token says, when it is one of ours, for us, and good now.
    ///
    /// # Errors
    /// When another process may have made its key, and the database fails.
    pub async fn check(&self, token: &str) -> Result<Option<Claims>> {
        let sum = Sha256::digest(token).into();
        if let Some(claims) = self.ring.read().checked_before(&sum, self.control.now()) {
            return Ok(Some(claims));
        }
        let Some(kid) = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid) else { return Ok(None) };
        let knows = |signer: &Self| signer.ring.read().trusted.iter().any(|(id, ..)| *id == kid);
        if !knows(self) && self.control.now() - self.ring.read().read_at > LOOK_AGAIN {
            self.read().await?;
        }
        Ok(self.known(token, sum, &kid))
    }

    fn known(&self, token: &str, sum: [u8; 32], kid: &str) -> Option<Claims> {
        let now = self.control.now();
        let ring = self.ring.read();
        let key = ring.trusts(kid, now)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&*self.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are held against the database's clock, below.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let token = jsonwebtoken::decode::<Claims>(token, key, &validation).ok()?;
        if token.header.typ.as_deref() != Some(KIND) || !token.claims.are_good(now) {
            return None;
        }
        ring.remember(sum, kid, &token.claims, now);
        Some(token.claims)
    }

    /// Makes a new key, which signs from now on. Tokens of the old one stay good for as long as they live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate(&self) -> Result<()> {
        let (key, now) = (self.new_key()?, self.control.now());
        self.control.add_signing_key(&key, (LIFE + SKEW) * SECOND).await?;
        tracing::info!(key = key.id, at = now, "a new signing key");
        self.load().await
    }

    fn new_key(&self) -> Result<SigningKey> {
        let broken = |_| Error::NoRandomness;
        let pair = Ed25519KeyPair::generate().map_err(broken)?;
        let private = pair.to_pkcs8v1().map_err(broken)?;
        let now = self.control.now();
        Ok(SigningKey {
            id: secret::id("key")?,
            public: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
            sealed: self.vault.seal(purpose::SIGNING_KEY, private.as_ref())?,
            signs_until: now + SIGNS,
            trusted_until: now + SIGNS + (LIFE + SKEW) * SECOND,
        })
    }

    /// Reads the keys, and makes one when none signs.
    async fn read(&self) -> Result<()> {
        self.load().await?;
        let now = self.control.now();
        if self.ring.read().signs.as_ref().is_some_and(|(_, until, _)| *until > now) {
            Ok(())
        } else {
            self.rotate().await
        }
    }

    async fn load(&self) -> Result<()> {
        let mut ring = Ring { read_at: self.control.now(), ..Ring::default() };
        for key in self.control.signing_keys().await? {
            let public = DecodingKey::from_ed_components(&key.public).map_err(|e| Error::Signing(e.to_string()))?;
            ring.public.push(json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.public,
            }));
            if ring.signs.is_none() && key.signs_until > ring.read_at {
                let private = self.vault.open_sealed(purpose::SIGNING_KEY, &key.sealed)?;
                ring.signs = Some((key.id.clone(), key.signs_until, EncodingKey::from_ed_der(&private)));
            }
            ring.trusted.push((key.id, key.trusted_until, public));
        }
        *self.ring.write() = ring;
        Ok(())
    }

    /// The public halves, as a JSON Web Key Set (RFC 7517).
    pub fn key_set(&self) -> Value {
        json!({"keys": self.ring.read().public})
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Clock;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_token_that_was_checked_before_is_good_no_longer_than_itself_and_its_key() {
        static NOW: AtomicI64 = AtomicI64::new(1_775_088_000 * SECOND);
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::Moved(&NOW)).await.unwrap();
        let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let signer = Signer::open(control, vault, "http://pulse.test").await.unwrap();
        let (token, _) = signer.sign("user_1", Some("acme"), "session_1").await.unwrap();
        let first = signer.check(&token).await.unwrap().unwrap();
        assert_eq!(signer.ring.read().checked.lock().len(), 1);
        assert_eq!(signer.check(&token).await.unwrap().as_ref(), Some(&first));
        // What is one letter off was not checked before.
        let mut forged = token.clone().into_bytes();
        let at = forged.len() - 5;
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(signer.check(std::str::from_utf8(&forged).unwrap()).await.unwrap(), None);
        assert_eq!(signer.ring.read().checked.lock().len(), 1, "what is not good is not remembered");
        let until = std::mem::take(&mut signer.ring.write().trusted[0].1);
        assert_eq!(signer.check(&token).await.unwrap(), None, "its key is trusted no more");
        signer.ring.write().trusted[0].1 = until;
        assert!(signer.check(&token).await.unwrap().is_some());
        NOW.fetch_add((LIFE - 1) * SECOND, Ordering::Relaxed);
        assert!(signer.check(&token).await.unwrap().is_some());
        NOW.fetch_add(SECOND, Ordering::Relaxed);
        assert_eq!(signer.check(&token).await.unwrap(), None, "it ran out");
    }
}
