//! How a tenant looks, over a socket.

use crate::reports_kept::Kept;
use crate::reports_read::drawn;
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, acme, from};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pulse_server::control::Outcome;
use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const ADDRESS: &str = "/api/v1/tenant/branding";
const LOGO: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path d='M0 0h8v8z'/></svg>";

#[test]
fn a_tenant_looks_as_it_decides_and_is_readable_all_the_same() {
    run(async {
        let server = Server::start().await;
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let ask =
            async |method: Method, path: &str, token: &str, body: Option<&Value>, tag: Option<&str>| -> Response {
                let request = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(token);
                let request = body.iter().fold(request, |request, body| request.json(body));
                tag.iter().fold(request, |request, tag| request.header(IF_MATCH, *tag)).send().await.unwrap()
            };
        let css = async |token: &str| ask(Method::GET, "/branding.css", token, None, None).await;
        assert_eq!(css(&server.acme).await.text().await.unwrap(), "", "nothing is its own yet");
        problem(ask(Method::GET, "/branding/logo", &server.acme, None, None).await, 404, "not-found").await;

        let logo = json!({"media_type": "image/svg+xml", "data": STANDARD.encode(LOGO)});
        let look =
            json!({"name": " Acme  ", "logo": logo, "colours": {"light": {"accent": "#ffd400", "good": "#0b5d3b"}}});
        let would = ask(Method::POST, &format!("{ADDRESS}/preview"), &owner.token, Some(&look), None).await;
        let would: Value = would.json().await.unwrap();
        assert_eq!(css(&server.acme).await.text().await.unwrap(), "", "a preview is not kept");
        problem(ask(Method::PUT, ADDRESS, &owner.token, Some(&look), None).await, 428, "version-needed").await;
        let set = ask(Method::PUT, ADDRESS, &owner.token, Some(&look), Some("\"0\"")).await;
        assert_eq!((set.status().as_u16(), &set.headers()[ETAG]), (200, &"\"1\"".parse().unwrap()));
        let set: Value = set.json().await.unwrap();
        assert_eq!((&set["name"], &set["colours"]["light"]["good"]), (&json!("Acme"), &json!("#0b5d3b")));
        let told = set["warnings"].as_array().unwrap();
        let yellow =
            told.iter().find(|warning| warning["mode"] == "light" && warning["contrast"] == "regular").unwrap();
        assert_eq!((&yellow["colour"], &yellow["given"]), (&json!("accent"), &json!("#ffd400")));
        assert_ne!(yellow["shown"], "#ffd400");
        for version in [0, i64::MIN, i64::MAX] {
            let tag = format!("\"{version}\"");
            problem(ask(Method::PUT, ADDRESS, &owner.token, Some(&look), Some(&tag)).await, 412, "stale").await;
        }

        // It comes with the first byte to whoever is known, and to nobody else.
        let sheet = css(&server.acme).await;
        assert_eq!(sheet.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(sheet.headers()[CACHE_CONTROL], "private, no-cache");
        let tag = sheet.headers()[ETAG].clone();
        let sheet = sheet.text().await.unwrap();
        assert_eq!(Value::from(sheet.as_str()), would["css"]);
        assert!(sheet.contains("--c-good:#0b5d3b") && sheet.contains(yellow["shown"].as_str().unwrap()), "{sheet}");
        let again = server.client.get(format!("{}/branding.css", server.address)).bearer_auth(&server.acme);
        assert_eq!(again.header(IF_NONE_MATCH, tag).send().await.unwrap().status(), 304);
        assert_eq!(css(&server.umbrella).await.text().await.unwrap(), "", "another tenant's look is its own");
        assert_eq!(css("nobody").await.text().await.unwrap(), "");
        let shown = ask(Method::GET, "/branding/logo", &server.acme, None, None).await;
        let policy = shown.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(shown.headers()[CONTENT_TYPE] == "image/svg+xml" && policy.contains("sandbox"), "{policy}");
        assert_eq!(shown.text().await.unwrap(), LOGO);
        problem(ask(Method::GET, "/branding/logo", &server.umbrella, None, None).await, 404, "not-found").await;

        let control = server.world.control();
        let events = control.events(&acme(), 0, 100).await.unwrap();
        let changed = events.iter().filter(|event| event.kind == "branding.changed").count();
        assert_eq!(changed, 1);

        // What is none is not kept, and is not for everybody to set.
        for (wrong, status, told) in [
            (json!({"name": "x".repeat(61)}), 422, "`name`"),
            (json!({"colours": {"light": {"accent": "red"}}}), 400, "#rrggbb"),
            (json!({"colours": {"light": {"link": "#ffffff"}}}), 400, "unknown field"),
            (json!({"logo": {"media_type": "image/svg+xml", "data": STANDARD.encode("<html/>")}}), 422, "`logo`"),
        ] {
            let refused = ask(Method::PUT, ADDRESS, &owner.token, Some(&wrong), Some("\"1\"")).await;
            assert_eq!(refused.status(), status, "{wrong}");
            let refused: Value = refused.json().await.unwrap();
            assert!(refused["detail"].as_str().unwrap().contains(told), "{refused}");
        }
        let by_reader = ask(Method::PUT, ADDRESS, &server.acme, Some(&look), Some("\"1\"")).await;
        problem(by_reader, 403, "not-allowed").await;
        let back = ask(Method::PUT, ADDRESS, &owner.token, Some(&json!({})), Some("\"1\"")).await;
        assert_eq!(back.status(), 200);
        assert_eq!(css(&server.acme).await.text().await.unwrap(), "");
    });
}

#[test]
fn a_report_is_drawn_in_the_accent_of_its_tenant() {
    run(async {
        let kept = Kept::start().await;
        let look = serde_json::from_value(json!({"colours": {"light": {"accent": "#7a0019"}}})).unwrap();
        kept.server.world.control().set_branding(&acme(), look, "ada", 0).await.unwrap();
        let id = kept.board(&kept.ada, "pdf").await["id"].as_str().unwrap().to_owned();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let file = kept.get(&kept.ada, &format!("/api/v1/reports/{id}/file")).await.bytes().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pdf = folder.path().join("report.pdf");
        std::fs::write(&pdf, &file).unwrap();
        let Some(pages) = drawn(folder.path(), &pdf) else { return };
        // A line of it goes across the cover, 174 mm long, at 40 points an inch.
        let is_accent = |point: &&[u8; 3]| point.iter().zip([0x7a_u8, 0x00, 0x19]).all(|(is, of)| is.abs_diff(of) < 8);
        let points = pages[0].1.iter().filter(is_accent).count();
        assert!(points > 200, "{points} points of the cover");
    });
}
