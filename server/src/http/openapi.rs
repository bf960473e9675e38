//! The API's own description, and the page that shows it.

use super::{App, Problem};
use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_swagger_ui::{Config, SwaggerUi};

#[derive(OpenApi)]
#[openapi(info(title = "Pulse", description = DESCRIPTION), components(schemas(Problem)))]
struct Api;

const DESCRIPTION: &str = "The REST API of Pulse. Whoever asks is known by a token in the `Authorization` header, or a browser by its cookie; the tenant comes from there and from nowhere else. What is refused is told as a problem document (RFC 9457) with a stable `code`.";

/// The description, without the routes.
pub(super) fn document() -> Document {
    let mut document = Api::openapi();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme("token", scheme);
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    document
}

/// `/openapi.json`, and `/docs` to browse it.
pub(super) fn pages(document: Document) -> Router<App> {
    SwaggerUi::new("/docs").url("/openapi.json", document).config(Config::default().validator_url("none")).into()
}
