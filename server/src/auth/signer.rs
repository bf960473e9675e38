//! Access tokens: JSON Web Tokens (RFC 9068) that are signed with Ed25519, so that other services can check them with our
//! public keys and a stock library.

use super::{Vault, purpose};
use crate::control::{Control, SigningKey};
use crate::{Error, Result, secret};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
}

impl Signer {
    /// What seals its keys.
    pub(crate) fn vault(&self) -> &Vault {
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
        let Some(kid) = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid) else { return Ok(None) };
        let knows = |signer: &Self| signer.ring.read().trusted.iter().any(|(id, ..)| *id == kid);
        if !knows(self) && self.control.now() - self.ring.read().read_at > LOOK_AGAIN {
            self.read().await?;
        }
        Ok(self.known(token, &kid))
    }

    fn known(&self, token: &str, kid: &str) -> Option<Claims> {
        let now = self.control.now();
        let ring = self.ring.read();
        let (_, _, key) = ring.trusted.iter().find(|(id, until, _)| id == kid && *until > now)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&*self.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are held against the database's clock, below.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let token = jsonwebtoken::decode::<Claims>(token, key, &validation).ok()?;
        let (claims, at) = (token.claims, now / SECOND);
        let fine = token.header.typ.as_deref() == Some(KIND) && claims.nbf <= at + SKEW && claims.exp > at;
        fine.then_some(claims)
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
