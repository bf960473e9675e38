//! `/api/v1/tokens`: what programs are known by.

use super::json::{self, List, Part, Query};
use super::{App, Asker, Problem};
use crate::auth::Permission;
use crate::control::{ApiToken, NewToken};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// What to send as `Authorization: Bearer`. It is told this once.
    secret: String,
    token: ApiToken,
}

/// My API tokens, or everyone's
///
/// Everyone's, for whoever has `tokens:manage`.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", params(Part),
    responses((status = 200, body = List<ApiToken>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(part): Query<Part>,
) -> Result<Json<List<ApiToken>>, Problem> {
    Ok(Json(app.access.control.nearby().tokens(&asker.tenant, whose(&asker)?, &part.cursor()?).await?.into()))
}

/// Make an API token
///
/// It may do nothing that its maker may not, and a person's may do less when the person may. A service's token needs
/// `tokens:manage`, and goes on when its maker leaves. Tokens make no tokens.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let (user, _) = asker.person()?;
    let new: NewToken = json::read(body).await?;
    if new.service {
        asker.needs(Permission::TokensManage)?;
    }
    let (token, secret) = app.access.control.create_token(&asker.tenant, &asker.authority, user, new).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { secret: secret.tell().to_owned(), token })))
}

/// Revoke an API token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = String, Path)),
    responses((status = 204), Problem))]
pub(super) async fn revoke(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access.control.revoke_token(&asker.tenant, whose(&asker)?, &id).await?;
    app.access.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Whose tokens somebody may see and revoke: their own, or everyone's.
fn whose(asker: &Asker) -> Result<Option<&str>, Problem> {
    if asker.authority.permissions.contains(&Permission::TokensManage) { Ok(None) } else { asker.user().map(Some) }
}
