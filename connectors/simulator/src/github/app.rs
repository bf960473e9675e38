//! GitHub Apps: who they are, where they are installed, and the tokens that they are given.

use super::exchange::Asked;
use super::{Answer, GitHub, Token};
use crate::shapes::time;
use crate::world::{Repository, Time};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many bytes of a 2048-bit key in PKCS #8 come before the same key in PKCS #1.
const PKCS8_HEAD: usize = 26;
/// What an app that reads all is permitted.
const PERMISSIONS: &[&str] = &["actions", "contents", "deployments", "issues", "members", "metadata", "pull_requests"];

/// A GitHub App.
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub id: u64,
    /// The key that it signs with, in PEM as GitHub gives it (PKCS #1).
    pub private_key: String,
    /// Where it is installed, by number.
    pub installations: BTreeMap<u64, Installation>,
    public_key: Vec<u8>,
}

/// An app, installed.
#[derive(Clone, Debug)]
pub struct Installation {
    /// What it may do, as `contents: read`.
    pub permissions: BTreeMap<String, String>,
    /// Names of the repositories that it was given; `None` is all of them.
    pub sees: Option<BTreeSet<String>>,
    /// How long a token lasts.
    pub lives: TimeDelta,
    /// After how many requests a token expires all the same.
    pub expires_after: Option<u64>,
    /// Whether its owner suspended it.
    pub is_suspended: bool,
}

impl Default for Installation {
    /// One that reads everything, with tokens that last an hour.
    fn default() -> Self {
        let permissions = PERMISSIONS.iter().map(|name| ((*name).to_owned(), "read".to_owned())).collect();
        Self { permissions, sees: None, lives: TimeDelta::hours(1), expires_after: None, is_suspended: false }
    }
}

impl App {
    /// An app with a new key, which is installed nowhere. `None` when the machine makes no key.
    pub fn new(id: u64) -> Option<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        let der = pair.as_der().ok()?;
        let body = STANDARD.encode(der.as_ref().get(PKCS8_HEAD..)?);
        let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let private_key =
            format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"));
        let public_key = pair.public_key().as_ref().to_vec();
        Some(Self { id, private_key, installations: BTreeMap::new(), public_key })
    }

    /// What is wrong with a token that an app is said to have signed.
    fn doubts(&self, text: &str, signature: &str, claims: &Value, now: Time) -> Option<&'static str> {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        if key.verify(text.as_bytes(), &signature).is_err() {
            return Some("A JSON web token could not be decoded");
        }
        let now = now.timestamp();
        match (claims["iat"].as_i64(), claims["exp"].as_i64()) {
            (Some(made), _) if made > now => {
                Some("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
            }
            (Some(_), Some(ends)) if ends <= now => Some(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            ),
            (Some(_), Some(ends)) if ends > now + 600 => {
                Some("'Expiration time' claim ('exp') is too far in the future")
            }
            (Some(_), Some(_)) => None,
            _ => Some("Missing 'issued at' or 'expiration time' claim"),
        }
    }
}

/// Answers what is asked in the name of an app itself: where it is installed, and for a token there.
pub(super) fn answer(github: &GitHub, asked: &Asked) -> Answer {
    let refused = |why: &str| Answer::message(401, why, "https://docs.github.com/rest");
    let now = github.now() + github.faults.rules.lock().clock_skew;
    let apps = github.apps.lock();
    let signed = asked.secret().and_then(read);
    let Some((text, signature, claims)) = signed else { return refused("A JSON web token could not be decoded") };
    let issuer = claims["iss"].as_str().map(str::to_owned).unwrap_or_else(|| claims["iss"].to_string());
    let Some(app) = apps.values().find(|app| app.id.to_string() == issuer) else {
        return refused("Integration not found");
    };
    if let Some(doubt) = app.doubts(text, signature, &claims, now) {
        return refused(doubt);
    }
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["app", "installations"]) => {
            let login = github.world.lock().organization.login.clone();
            let shape = |(id, installation): (&u64, &Installation)| {
                json!({
                    "id": id, "app_id": app.id, "permissions": installation.permissions,
                    "account": {"login": login, "type": "Organization"},
                })
            };
            Answer::json(200, app.installations.iter().map(shape).collect())
        }
        ("POST", ["app", "installations", id, "access_tokens"]) => {
            let found = id.parse().ok().and_then(|id: u64| app.installations.get(&id));
            let Some(installation) = found else { return Answer::not_found() };
            if installation.is_suspended {
                return Answer::message(403, "This installation has been suspended", "https://docs.github.com/rest");
            }
            give(github, installation, now)
        }
        _ => Answer::not_found(),
    }
}

/// Gives a token.
fn give(github: &GitHub, installation: &Installation, now: Time) -> Answer {
    let mut tokens = github.tokens.lock();
    let secret = format!("ghs_{:036}", tokens.len());
    let until = now + installation.lives;
    let token = Token {
        secret: secret.clone(),
        sees: installation.sees.clone(),
        expires_after: installation.expires_after,
        until: Some(until),
        ..Token::default()
    };
    tokens.insert(secret.clone(), token);
    let body = json!({
        "token": secret, "expires_at": time(until), "permissions": installation.permissions,
        "repository_selection": if installation.sees.is_some() { "selected" } else { "all" },
    });
    Answer::json(201, body)
}

/// What was signed, the signature, and the claims.
fn read(token: &str) -> Option<(&str, &str, Value)> {
    let (text, signature) = token.rsplit_once('.')?;
    let (head, claims) = text.split_once('.')?;
    let part = |text: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    (part(head)?["alg"] == "RS256").then_some((text, signature, part(claims)?))
}

/// Whether a repository was given to whoever asks.
pub(super) fn is_given(token: &Token, repository: &Repository) -> bool {
    token.sees.as_ref().is_none_or(|names| names.contains(&repository.name))
}
