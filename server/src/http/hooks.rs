//! `/api/v1/hooks`: addresses at which other programs ask for a job, and `/hooks/{id}`, where they call.

use super::jobs::{given, known, who};
use super::json::{self, List, Part, Query};
use super::trail::Slot;
use super::{App, Asker, Problem, body};
use crate::auth::Permission;
use crate::control::{Connection, Hook, LAND, Trigger};
use crate::secret;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use pulse_engine::TenantId;
use pulse_engine::land::Payload;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// The tenant's hooks
#[utoipa::path(get, path = "/api/v1/hooks", tag = "jobs", params(Part),
    responses((status = 200, body = List<Hook>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<Hook>>, Problem> {
    asker.needs(Permission::JobsRead)?;
    Ok(Json(app.access.control.hooks(&asker.tenant, &part.cursor()?).await?.into()))
}

/// A hook that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHook {
    /// What it is called.
    name: String,
    /// The kind of job that it asks for.
    kind: String,
    /// What that is about: for `land` the name of a connection; left out for the others.
    #[serde(default)]
    subject: String,
    /// What the job is given.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Value,
}

/// A hook, and what it is called with.
#[derive(Serialize, ToSchema)]
pub(super) struct Made {
    hook: Hook,
    /// Where it is called.
    path: String,
    /// What its caller has to know. It is told this once.
    secret: String,
}

/// Make a hook
///
/// Whoever knows its secret asks for the job, and can do nothing else.
#[utoipa::path(post, path = "/api/v1/hooks", tag = "jobs", request_body = NewHook,
    responses((status = 201, body = Made), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Result<(StatusCode, Json<Made>), Problem> {
    asker.needs(Permission::JobsManage)?;
    let new: NewHook = json::read(body).await?;
    app.access.control.check_subject(&asker.tenant, known(&new.kind)?, &new.subject).await?;
    let asks = Trigger { input: given(new.input)?, ..Trigger::new(&new.kind, &new.subject) };
    let (control, vault) = (&app.access.control, app.access.signer.vault());
    let (hook, secret) = control.create_hook(&asker.tenant, &new.name, &asks, who(&asker), vault).await?;
    let path = format!("/hooks/{}", hook.id);
    Ok((StatusCode::CREATED, Json(Made { hook, path, secret: secret.tell().to_owned() })))
}

/// Remove a hook
#[utoipa::path(delete, path = "/api/v1/hooks/{id}", tag = "jobs", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::JobsManage)?;
    app.access.control.remove_hook(&asker.tenant, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a hook was called for.
#[derive(Serialize, ToSchema)]
pub(super) struct Called {
    /// The job that does it; none where the call is known.
    job: Option<String>,
    /// Whether the same call was answered before: it is landed and its job was asked for, then.
    known: bool,
}

/// Call a hook
///
/// What comes in a burst is done once, a few seconds after the first. The caller shows that it knows the secret: by
/// `X-Hub-Signature-256`, the HMAC-SHA-256 of the body as GitHub and others send it, or by the secret itself in `X-Gitlab-Token` or as
/// bearer token. What the body says is landed before the answer when the hook is about a connection to GitHub, and else not
/// looked at. One to Jira does the same; it signs in `X-Hub-Signature`. A call that was landed and is repeated, with the same number and
/// body, is answered with 200, and does nothing.
#[utoipa::path(post, path = "/hooks/{id}", tag = "jobs", params(("id" = String, Path)), security(()),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Called), (status = 200, body = Called), Problem))]
pub(super) async fn call(
    State(app): State<App>,
    slot: Slot,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Called>), Problem> {
    // Nobody who does not even know a hook's id has much of a body read.
    let most = if app.access.control.is_hook(&id).await? { CALL_BYTES } else { body::MOST_BYTES };
    let body = body::read_up_to(body, most).await?;
    let is_known = |secret: &[u8]| shows(&headers, &body, secret);
    let (tenant, hook) = app.access.control.known_hook(&id, app.access.signer.vault(), is_known).await?;
    slot.calls(&app, &tenant, &id).await?;
    let brought = brought(&app, &tenant, &hook, &headers, &body).await?;
    let control = &app.access.control;
    let mark = brought.as_ref().map(|(_, payload)| mark(payload));
    if let Some(mark) = &mark
        && control.knows_call(&tenant, &hook, mark).await?
    {
        return Ok((StatusCode::OK, Json(Called { job: None, known: true })));
    }
    // It is kept, whatever becomes of the reading that it asks for.
    if let Some((connection, payload)) = brought {
        app.calls.land(app.engine.tenant(&tenant), &connection.connector, &connection.id(), payload).await?;
    }
    // Only what is landed is known from then on: one that failed on the way may be repeated.
    let job = control.call_hook(&tenant, &hook, mark.as_deref()).await?;
    let known = job.is_none();
    Ok((if known { StatusCode::OK } else { StatusCode::ACCEPTED }, Json(Called { job, known })))
}

/// The longest body of a call: what GitHub sends at most.
const CALL_BYTES: usize = 25 << 20;

/// What tells a call from every other: its number does not alone, as Jira Data Center numbers none.
fn mark(payload: &Payload) -> String {
    let mut sum = Sha256::new();
    sum.update(Sha256::digest(&payload.key));
    sum.update(&payload.body);
    secret::hex(sum.finalize())
}

/// What a connection's vendor called for, and the connection that it is to be landed for; nothing where calls are not read.
async fn brought(
    app: &App,
    tenant: &TenantId,
    hook: &Hook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<(Connection, Payload)>, Problem> {
    if hook.kind != LAND {
        return Ok(None);
    }
    let Some(connection) = app.access.control.connection(tenant, &hook.subject).await? else { return Ok(None) };
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let called = pulse_connectors::called(&connection.connector, &header, body, app.access.control.now());
    let called = called.map_err(|error| Problem::invalid(error.to_string()))?;
    Ok(called.map(|payload| (connection, payload)))
}

/// Whether a request shows that its sender knows a secret.
fn shows(headers: &HeaderMap, body: &[u8], secret: &[u8]) -> bool {
    use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Jira leaves the number out.
    if let Some(signature) = text("x-hub-signature-256").or_else(|| text("x-hub-signature")) {
        let signature = signature.strip_prefix("sha256=").and_then(bytes);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        return signature.is_some_and(|signature| hmac::verify(&key, body, &signature).is_ok());
    }
    let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let told = text("x-gitlab-token").or(bearer);
    told.is_some_and(|told| verify_slices_are_equal(told.as_bytes(), secret).is_ok())
}

/// Bytes that are written in hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
        }
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn asked(name: &'static str, value: &str, body: &[u8]) -> bool {
        let headers = [(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())];
        shows(&headers.into_iter().collect(), body, b"It's a Secret to Everybody")
    }

    #[test]
    fn the_signature_is_the_one_that_github_documents() {
        let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(asked("x-hub-signature-256", right, b"Hello, World!"));
        assert!(asked("x-hub-signature-256", &right.to_uppercase().replace("SHA256", "sha256"), b"Hello, World!"));
        assert!(asked("x-hub-signature", right, b"Hello, World!"), "as Jira sends it");
        assert!(!asked("x-hub-signature", &right[7..], b"Hello, World!"));
        assert!(!asked("x-hub-signature-256", right, b"Hello, World"));
        for wrong in ["", "sha256=", "sha256=75", &right[..70], &right.replace('7', "8"), &right[7..], "sha256=+1-2"] {
            assert!(!asked("x-hub-signature-256", wrong, b"Hello, World!"), "{wrong}");
        }
    }

    #[test]
    fn a_call_is_told_from_others_by_its_number_and_what_it_says_whenever_it_comes() {
        let marked = |key: &str, body: &str, observed_at: i64| {
            mark(&Payload { stream: "webhooks".to_owned(), key: key.to_owned(), observed_at, body: body.to_owned() })
        };
        let first = marked("1", "{}", 7);
        assert_eq!(first, marked("1", "{}", 9));
        for other in [marked("2", "{}", 7), marked("1", "[]", 7), marked("1{", "}", 7)] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn the_secret_itself_is_enough_and_nothing_less() {
        assert!(asked("x-gitlab-token", "It's a Secret to Everybody", b""));
        assert!(asked("authorization", "Bearer It's a Secret to Everybody", b""));
        assert!(!asked("authorization", "It's a Secret to Everybody", b""));
        assert!(!asked("x-gitlab-token", "It's a Secret to Everybod", b"") && !asked("x-gitlab-token", "", b""));
        assert!(!shows(&HeaderMap::new(), b"", b"It's a Secret to Everybody"));
    }
}
