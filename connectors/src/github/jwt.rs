//! What a GitHub App signs to show that it is itself: a JSON Web Token (RFC 7519) by RS256 (RFC 7518, 3.3).

use crate::{Error, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

/// How long before now it says that it was made, and how long after now it ends, in seconds: GitHub takes what was made in the
/// past and lasts for ten minutes at most, and clocks differ.
const BEFORE: i64 = 60;
const AFTER: i64 = 9 * 60;

/// An app's private key.
pub(super) struct Key(RsaKeyPair);

impl Key {
    /// A key in PEM (RFC 7468), as GitHub gives it (PKCS #1) or as others write it (PKCS #8).
    ///
    /// # Errors
    /// [`Error::Setting`], which tells nothing of it.
    pub(super) fn from_pem(text: &str) -> Result<Self> {
        let wrong = || {
            let what = "`private_key` should be the RSA key that GitHub gave for the app, with its first and last line \
                 (`-----BEGIN RSA PRIVATE KEY-----`)";
            Error::Setting(what.to_owned())
        };
        // Whoever writes JSON by hand may have written line ends as two characters.
        let text = text.replace("\\n", "\n");
        let body = |kind: &str| {
            let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
            let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
            let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            STANDARD.decode(body).ok()
        };
        let key = match (body("RSA PRIVATE KEY"), body("PRIVATE KEY")) {
            (Some(der), _) => RsaKeyPair::from_der(&der),
            (None, Some(der)) => RsaKeyPair::from_pkcs8(&der),
            (None, None) => return Err(wrong()),
        };
        key.map(Self).map_err(|_| wrong())
    }
}

/// The token of an app of that id, signed at `now`, in microseconds since 1970.
///
/// # Errors
/// [`Error::Setting`] when the key cannot sign.
pub(super) fn signed(key: &Key, issuer: &str, now: i64) -> Result<String> {
    let now = now / 1_000_000;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({"alg": "RS256", "typ": "JWT"}));
    let claims = part(json!({"iss": issuer, "iat": now - BEFORE, "exp": now + AFTER}));
    let text = format!("{head}.{claims}");
    let mut signature = vec![0; key.0.public_modulus_len()];
    let wrong = |_| Error::Setting("the app's `private_key` cannot sign".to_owned());
    key.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).map_err(wrong)?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    #[test]
    fn what_is_signed_is_good_from_a_minute_ago_for_ten_minutes() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap().as_ref().to_vec();
        let body = STANDARD.encode(&der);
        let lines = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
        let pem =
            |end: &str| format!("-----BEGIN PRIVATE KEY-----{end}{}{end}-----END PRIVATE KEY-----", lines.join(end));
        for pem in [pem("\n"), pem("\\n"), pem("\r\n")] {
            let key = Key::from_pem(&pem).unwrap();
            let token = signed(&key, "Iv23", 1_795_514_400_999_999).unwrap();
            let (text, signature) = token.rsplit_once('.').unwrap();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
            public.verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
            let parts: Vec<serde_json::Value> = text
                .split('.')
                .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
                .collect();
            assert_eq!(parts[0], json!({"alg": "RS256", "typ": "JWT"}));
            assert_eq!(parts[1], json!({"iss": "Iv23", "iat": 1_795_514_340, "exp": 1_795_514_940}));
        }
    }
}
