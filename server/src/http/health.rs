//! Whether the process lives, and whether it can serve.

use super::{App, Problem};
use axum::extract::State;

/// Whether the process lives
///
/// It asks nothing of the lake or the database.
#[utoipa::path(get, path = "/livez", tag = "health", security(()), responses((status = 200, body = String)))]
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Whether the process can serve
///
/// It can when the control database and the lake's object store answer, and until it is asked to end.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses((status = 200, body = String), Problem))]
pub(super) async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    app.ready.look().await?;
    Ok("ok\n")
}
