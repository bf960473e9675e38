//! One call: who makes it, how somebody comes in by one, and what the trail is told of it.

use super::{Door, seal};
use crate::auth::{Credential, Permission, Principal, Vault};
use crate::http::{Asker, Problem, Slot, Visit, authorization, credential};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::{BasicAuth, HandshakeRequest};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use prost::Message as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::{Request, Status, Streaming};

/// Some clients fill up what they encode, and some do not.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The header by which a client says how the buffers of its rows are packed. They are not unless it does: on the way from machine to
/// machine that would cost more than it saves.
const PACKING: &str = "pulse-compression";

/// How long what a client sends with a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call while it is answered.
pub(super) struct Call {
    pub(super) door: Door,
    pub(super) slot: Slot,
    headers: HeaderMap,
    visit: Visit,
    action: &'static str,
    begun: Instant,
}

impl Call {
    /// A call of this kind.
    pub(super) fn new<T>(door: &Door, action: &'static str, request: &Request<T>) -> Self {
        let headers: HeaderMap = request.metadata().clone().into_headers();
        let peer = request.remote_addr().map(|address| address.ip());
        let Visit(visitor) = Visit::of(&headers, peer, door.app.behind_proxy);
        let slot = Slot::call(&format!("FLIGHT {action}"), visitor.clone());
        Self { door: door.clone(), slot, headers, visit: Visit(visitor), action, begun: Instant::now() }
    }

    /// Who makes it: somebody who may ask in SQL, in the tenant that their token is for.
    pub(super) async fn asker(&self) -> Result<Asker, Problem> {
        let token = self.headers.get(header::AUTHORIZATION).and_then(|header| authorization(header, "bearer"));
        let asker = Asker::of(&*self.known(token).await?, &self.door.app)?;
        asker.needs(Permission::SqlRun)?;
        Ok(asker)
    }

    /// What somebody who shakes hands is known by from now on. They show an address and a password, or an API token in the
    /// place of the password, or any token at all.
    pub(super) async fn hand_shake(&self, mut said: Streaming<HandshakeRequest>) -> Result<String, Problem> {
        if let Some(header) = self.headers.get(header::AUTHORIZATION) {
            if let Some(token) = authorization(header, "bearer") {
                self.known(Some(token)).await?;
                return Ok(token.to_owned());
            }
            let basic = authorization(header, "basic").and_then(|basic| BASIC.decode(basic).ok());
            let pair = basic.and_then(|basic| String::from_utf8(basic).ok()).ok_or_else(unknown)?;
            let (user, password) = pair.split_once(':').ok_or_else(unknown)?;
            return self.enter(user, password).await;
        }
        let first = in_time(said.message()).await?.map_err(|_| unknown())?.ok_or_else(unknown)?;
        let pair = BasicAuth::decode(first.payload).map_err(|_| unknown())?;
        self.enter(&pair.username, &pair.password).await
    }

    async fn enter(&self, user: &str, password: &str) -> Result<String, Problem> {
        if let Credential::Api(token) = credential(password) {
            self.known(Some(token)).await?;
            return Ok(token.to_owned());
        }
        let (email, tenant) = split(user);
        self.slot.tries(email);
        let access = &self.door.app.access;
        let grant = access.sign_in(email, password, tenant, &self.visit.0).await?;
        let session = &grant.session;
        if session.tenant.is_none() {
            access.control.end_session(&session.user_id, &session.id, None, "asked for a tenant's data").await?;
            return Err(Problem::forbidden(
                "a platform operator sees no tenant's data: sign in as a member, as in `ada@example.com/acme`",
            ));
        }
        self.slot.enters(&grant);
        Ok(seal::bearer(self.vault(), &session.id, access.control.now())?)
    }

    /// Who a token is of.
    async fn known(&self, token: Option<&str>) -> Result<Arc<Principal>, Problem> {
        let access = &self.door.app.access;
        let found = match token {
            Some(token) => match seal::session(self.vault(), token, access.control.now()) {
                Some(session) => access.principal(Credential::Session(&session)).await?,
                None => access.principal(credential(token)).await?,
            },
            None => None,
        };
        let principal = found.ok_or_else(unknown)?;
        self.slot.is_asked_by(&self.door.app, &principal).await?;
        Ok(principal)
    }

    /// How the client wants rows packed.
    pub(super) fn packing(&self) -> Result<IpcWriteOptions, Problem> {
        let codec = match self.headers.get(PACKING).map(HeaderValue::as_bytes) {
            None | Some(b"none") => None,
            Some(b"lz4") => Some(CompressionType::LZ4_FRAME),
            Some(b"zstd") => Some(CompressionType::ZSTD),
            Some(other) => {
                let other = String::from_utf8_lossy(other);
                return Err(Problem::invalid(format!(
                    "the header `{PACKING}` says `{other}`: rows are packed by `lz4` or `zstd`, or as they are by `none`"
                )));
            }
        };
        Ok(IpcWriteOptions::default().try_with_compression(codec).map_err(crate::Error::from)?)
    }

    /// What seals tickets, handles and sessions.
    pub(super) fn vault(&self) -> &Vault {
        self.door.app.access.signer.vault()
    }

    /// What time it is, in microseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.door.app.access.control.now()
    }

    /// Its answer as a client is told it. The trail is told of whoever came in, or was refused.
    pub(super) async fn ends<T>(self, answer: Result<T, Problem>) -> Result<T, Status> {
        let (status, code) = match &answer {
            Ok(_) => (StatusCode::OK, "ok"),
            Err(problem) => (StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST), problem.code),
        };
        let ms = self.begun.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(action = self.action, code, ms, "answered over Flight SQL");
        self.slot.ends(&self.door.app, status).await;
        answer.map_err(Status::from)
    }
}

/// What a client sends with a call, unless that takes too long: a call is open until it has come.
pub(super) async fn in_time<T>(sent: impl Future<Output = T>) -> Result<T, Problem> {
    within(PATIENCE, sent).await
}

async fn within<T>(time: Duration, sent: impl Future<Output = T>) -> Result<T, Problem> {
    let late = |_| {
        let seconds = time.as_secs();
        Problem::invalid(format!("what belongs to the call did not come within {seconds} s: send it at once"))
    };
    tokio::time::timeout(time, sent).await.map_err(late)
}

/// The address, and the tenant that they want to come into: `ada@example.com/acme`. A host has no `/`, so none is misread.
fn split(user: &str) -> (&str, Option<&str>) {
    match user.rsplit_once('/') {
        Some((email, tenant)) if email.contains('@') && !tenant.contains('@') => (email, Some(tenant)),
        _ => (user, None),
    }
}

fn unknown() -> Problem {
    Problem::unauthorized(
        "send an API token as `authorization: Bearer TOKEN`, which `pulse admin token` makes, or sign in with address and password; a token that a handshake gave is good for 12 hours",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_is_not_open_for_as_long_as_its_client_likes() {
        let late = within(Duration::from_millis(10), std::future::pending::<()>()).await.err().unwrap();
        assert_eq!((late.status, late.code), (400, "invalid-request"));
        assert!(within(PATIENCE, async { 1 }).await.is_ok_and(|sent| sent == 1));
    }

    #[test]
    fn a_user_may_name_the_tenant_behind_the_address() {
        assert_eq!(split("ada@example.com"), ("ada@example.com", None));
        assert_eq!(split("ada@example.com/acme"), ("ada@example.com", Some("acme")));
        assert_eq!(split("a/b@example.com"), ("a/b@example.com", None));
        assert_eq!(split("a/b@example.com/acme"), ("a/b@example.com", Some("acme")));
        assert_eq!(split("token"), ("token", None));
        assert_eq!(split("x/y"), ("x/y", None));
    }
}
