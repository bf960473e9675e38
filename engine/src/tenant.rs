//! Who the data belongs to.

use crate::{Error, Result};
use std::fmt;

/// A tenant's name: the prefix that all of its data lives under, and the only key to it.
///
/// One to 63 characters of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit, so that it is the same in
/// an object store's path, a URL and a log line, and can hold no `/`, `..` or `=`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

impl TenantId {
    /// Checks `name` and mints the id.
    ///
    /// # Errors
    /// [`Error::InvalidTenant`] when `name` is not of the form above.
    pub fn new(name: &str) -> Result<Self> {
        let edge = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let bytes = name.as_bytes();
        let inner = |c: &u8| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == b'-';
        let valid =
            bytes.len() <= 63 && edge(bytes.first().copied()) && edge(bytes.last().copied()) && bytes.iter().all(inner);
        if valid {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::InvalidTenant { name: name.escape_default().to_string() })
        }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder below the lake's root that holds this tenant's data and nothing else.
    pub fn prefix(&self) -> String {
        format!("tenant={}", self.0)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_name_cannot_leave_its_prefix() {
        for bad in ["", "-a", "a-", "a/b", "..", "a..b", "A", "a=b", "ä", "a b", "a%2fb", &"a".repeat(64)] {
            assert!(TenantId::new(bad).is_err(), "{bad:?} was accepted");
        }
        for good in ["a", "0", "acme", "acme-eu-1", &"a".repeat(63)] {
            assert_eq!(TenantId::new(good).unwrap().as_str(), good);
        }
    }
}
