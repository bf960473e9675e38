//! Who asks: a token names its tenant, and nothing else does.
//!
//! Programs send the token as `Authorization: Bearer`. A browser opens the link that `pulse serve` prints: it works once,
//! and leaves a cookie that lives as long as the server. Of all of these only SHA-256 sums are kept.

use super::{App, Problem};
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};
use parking_lot::Mutex;
use pulse_engine::{Tenant, TenantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write as _};
use std::path::Path;
use uuid::Uuid;

/// Sessions that are remembered; the oldest leaves first.
const SESSIONS: usize = 64;

type Sum = [u8; 32];

fn sum(secret: &str) -> Sum {
    Sha256::digest(secret.as_bytes()).into()
}

/// 244 random bits, from the operating system.
fn secret(prefix: &str) -> String {
    format!("{prefix}{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Compares all of both, wherever they differ, so that the time taken tells nothing.
fn same(a: &Sum, b: &Sum) -> bool {
    std::hint::black_box(a.iter().zip(b).fold(0u8, |differ, (x, y)| differ | (x ^ y))) == 0
}

/// The token file: which token is whose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenFile {
    tokens: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tenant: String,
    sha256: String,
}

impl TokenFile {
    /// Reads the file, and adds a token for `tenant` when there is none, or when a `fresh` one is asked for, which takes
    /// the place of the old. The new token is returned: it is nowhere else.
    ///
    /// # Errors
    /// [`Error::File`], or [`Error::Config`] when the file is not what this function wrote.
    pub fn open(path: &Path, tenant: &TenantId, fresh: bool) -> Result<(Self, Option<String>)> {
        let mut file = match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str::<Self>(&text).map_err(|e| Error::Config {
                path: path.to_owned(),
                reason: format!("is not a token file ({e}): remove it, and `pulse serve` makes a new one"),
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(Error::file("read", path, error)),
        };
        if !fresh && file.tokens.iter().any(|e| e.tenant == tenant.as_str()) {
            return Ok((file, None));
        }
        let token = file.add(tenant);
        write_private(path, &serde_json::to_string_pretty(&file)?).map_err(|e| Error::file("write", path, e))?;
        Ok((file, Some(token)))
    }

    /// Adds a new token for `tenant`, in the place of any that it had, and returns it.
    pub fn add(&mut self, tenant: &TenantId) -> String {
        let token = secret("pulse_");
        let sha256 = sum(&token).iter().map(|b| format!("{b:02x}")).collect();
        self.tokens.retain(|e| e.tenant != tenant.as_str());
        self.tokens.push(Entry { tenant: tenant.to_string(), sha256 });
        token
    }
}

/// Writes a file that its owner alone may read, all of it or nothing.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    // One that was left behind may have wider permissions.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

/// The tokens, links and sessions that are good now.
#[derive(Debug)]
pub struct Access {
    tokens: Vec<(TenantId, Sum)>,
    links: Mutex<Vec<(TenantId, Sum)>>,
    sessions: Mutex<Vec<(TenantId, Sum)>>,
    /// The cookie that a browser is known by. Browsers tell hosts apart, but not ports: two servers need two names.
    cookie: String,
}

impl Access {
    /// Access by the tokens of a file, to the server at a port.
    ///
    /// # Errors
    /// [`Error::Data`] when an entry's sum is none, [`Error::Engine`] when its tenant is none.
    pub fn new(file: &TokenFile, port: u16) -> Result<Self> {
        let tokens = file.tokens.iter().map(|entry| {
            let sum = unhex(&entry.sha256).ok_or_else(|| {
                Error::Data(format!(
                    "the token file's entry for `{}` has no SHA-256 sum: remove the entry, and `pulse serve` makes a new one",
                    entry.tenant
                ))
            })?;
            Ok((TenantId::new(&entry.tenant)?, sum))
        });
        let tokens = tokens.collect::<Result<Vec<_>>>()?;
        Ok(Self { tokens, links: Mutex::default(), sessions: Mutex::default(), cookie: format!("pulse_{port}") })
    }

    /// A secret for a link that lets one browser in, once.
    pub fn link(&self, tenant: &TenantId) -> String {
        let link = secret("");
        self.links.lock().push((tenant.clone(), sum(&link)));
        link
    }

    /// Uses a link up. Returns the `Set-Cookie` header of the session that it began.
    pub(super) fn enter(&self, link: &str) -> Option<String> {
        let wanted = sum(link);
        let mut links = self.links.lock();
        let at = links.iter().position(|(_, sum)| same(sum, &wanted))?;
        let (tenant, _) = links.remove(at);
        let session = secret("");
        let mut sessions = self.sessions.lock();
        if sessions.len() == SESSIONS {
            sessions.remove(0);
        }
        sessions.push((tenant, sum(&session)));
        // Lax, not Strict: a link that was clicked on another site leads here and is then sent on, and a browser would leave a
        // strict cookie out on that way. It opens nothing that changes anything.
        Some(format!("{}={session}; HttpOnly; SameSite=Lax; Path=/", self.cookie))
    }

    fn by_token(&self, token: &str) -> Option<TenantId> {
        find(&self.tokens, &sum(token))
    }

    fn by_session(&self, session: &str) -> Option<TenantId> {
        find(&self.sessions.lock(), &sum(session))
    }
}

/// Looks at every entry, found or not.
fn find(entries: &[(TenantId, Sum)], wanted: &Sum) -> Option<TenantId> {
    entries.iter().fold(None, |found, (tenant, sum)| if same(sum, wanted) { Some(tenant.clone()) } else { found })
}

fn unhex(text: &str) -> Option<Sum> {
    let mut sum = Sum::default();
    if text.len() != 2 * sum.len() || !text.is_ascii() {
        return None;
    }
    for (i, byte) in sum.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(sum)
}

/// The tenant that a request is asked as.
pub(super) struct Asker(pub(super) Tenant);

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let id = match parts.headers.get(header::AUTHORIZATION) {
            Some(value) => {
                let bearer = value.to_str().ok().and_then(|v| v.split_once(' '));
                let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, t)| t.trim());
                token.and_then(|token| app.access.by_token(token)).ok_or_else(|| {
                    Problem::unauthorized(
                        "the Authorization header holds no token that is good here: `pulse serve --new-token` makes and prints one",
                    )
                })?
            }
            // A cookie comes with every request of a browser, so it opens only what changes nothing.
            None if parts.method == Method::GET => {
                session(parts, &app.access.cookie).and_then(|session| app.access.by_session(session)).ok_or_else(|| {
                    Problem::unauthorized(
                        "send the token as `Authorization: Bearer TOKEN`; `pulse serve --new-token` makes and prints one. In a browser, open the link that `pulse serve` prints when it starts: it works once",
                    )
                })?
            }
            None => return Err(Problem::unauthorized("send the token as `Authorization: Bearer TOKEN`")),
        };
        Ok(Self(app.engine.tenant(&id)))
    }
}

fn session<'a>(parts: &'a Parts, cookie: &str) -> Option<&'a str> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = cookies.flat_map(|v| v.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    #[test]
    fn a_token_is_shown_once_kept_as_its_sum_and_names_its_tenant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pulse/token");
        let (_, token) = TokenFile::open(&path, &tenant("acme"), false).unwrap();
        let token = token.unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&token));
        let (file, again) = TokenFile::open(&path, &tenant("acme"), false).unwrap();
        assert_eq!(again, None);
        let access = Access::new(&file, 7878).unwrap();
        assert_eq!(access.by_token(&token), Some(tenant("acme")));
        assert_eq!(access.by_token("pulse_0"), None);
        assert_eq!(access.by_session(&token), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_token_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        TokenFile::open(&path, &tenant("acme"), false).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_second_tenant_keeps_the_first_ones_token_and_a_fresh_one_ends_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let first = TokenFile::open(&path, &tenant("acme"), false).unwrap().1.unwrap();
        let second = TokenFile::open(&path, &tenant("umbrella"), false).unwrap().1.unwrap();
        let (file, third) = TokenFile::open(&path, &tenant("umbrella"), true).unwrap();
        let access = Access::new(&file, 7878).unwrap();
        assert_eq!(access.by_token(&first), Some(tenant("acme")));
        assert_eq!(access.by_token(&second), None);
        assert_eq!(access.by_token(&third.unwrap()), Some(tenant("umbrella")));
    }

    #[test]
    fn a_link_works_once() {
        let access = Access::new(&TokenFile::default(), 7878).unwrap();
        let link = access.link(&tenant("acme"));
        let cookie = access.enter(&link).unwrap();
        assert!(cookie.starts_with("pulse_7878="), "{cookie}");
        let session = cookie.split(['=', ';']).nth(1).unwrap();
        assert_eq!(access.by_session(session), Some(tenant("acme")));
        assert_eq!(access.enter(&link), None);
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_left_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hello").unwrap();
        let error = TokenFile::open(file.path(), &tenant("acme"), true).unwrap_err();
        assert!(error.to_string().contains("is not a token file"), "{error}");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "hello");
    }
}
