//! Secrets that Pulse makes, and the sums that it keeps of them.

use crate::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A secret: told once to whom it is for, or by whom it is from. It is printed nowhere.
#[derive(Clone, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// A new one: 256 random bits from the operating system, after `prefix`.
    ///
    /// # Errors
    /// [`Error::NoRandomness`] when the system has none.
    pub fn new(prefix: &str) -> Result<Self> {
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?))))
    }

    /// One that was kept, and is to be printed nowhere.
    pub(crate) fn kept(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    pub fn tell(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn sum(&self) -> String {
        sum(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 sum of a secret, in hexadecimal digits. A secret of 256 random bits needs no salt and no slow sum.
pub fn sum(of: impl AsRef<[u8]>) -> String {
    hex(Sha256::digest(of.as_ref()))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new id: `prefix`, and 128 random bits.
///
/// # Errors
/// [`Error::NoRandomness`] when the system has none.
pub fn id(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random::<16>()?)))
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed_and_its_sum_is_always_the_same() {
        let secret = Secret::new("pulse_").unwrap();
        assert!(secret.tell().starts_with("pulse_") && secret.tell().len() == 49);
        assert!(!format!("{secret:?}").contains(secret.tell()));
        assert_eq!(sum("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_ne!(secret.tell(), Secret::new("pulse_").unwrap().tell());
    }
}
