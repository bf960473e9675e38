//! What other services need to check our tokens themselves.

use super::App;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// The public keys (RFC 7517)
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "for other services", security(()),
    responses((status = 200, body = Object)))]
pub(super) async fn set(State(app): State<App>) -> Json<Value> {
    Json(app.access.signer.key_set())
}

/// Where to find what (RFC 8414)
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "for other services", security(()),
    responses((status = 200, body = Object)))]
pub(super) async fn metadata(State(app): State<App>) -> Json<Value> {
    let issuer = app.access.signer.issuer();
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "introspection_endpoint": format!("{issuer}/api/v1/auth/introspect"),
        "introspection_endpoint_auth_methods_supported": ["bearer"],
        "access_token_signing_alg_values_supported": ["EdDSA"],
        "response_types_supported": [],
        "service_documentation": format!("{issuer}/docs"),
    }))
}
