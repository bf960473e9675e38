//! The dashboard's files, as a browser gets them from a binary that was built with them; and what stands in their place in one
//! that was not.

use crate::rest::{Server, run};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, VARY,
};

const HTML: &str = "text/html,application/xhtml+xml";

/// Whether `npm run build` had been run when this was compiled: then the server has the page.
fn is_built() -> bool {
    std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/index.html")).exists()
}

async fn get(server: &Server, path: &str, signed_in: bool) -> reqwest::Response {
    let request = server.client.get(format!("{}{path}", server.address)).header(ACCEPT, HTML);
    let request = if signed_in { request.bearer_auth(&server.acme) } else { request };
    request.send().await.unwrap()
}

#[test]
fn the_root_is_the_dashboard_or_leads_to_the_report() {
    run(async {
        let server = Server::start().await;
        let root = get(&server, "/?grain=month", true).await;
        if !is_built() {
            assert_eq!(
                (root.status().as_u16(), &root.headers()[LOCATION]),
                (303, &"/report?grain=month".parse().unwrap())
            );
            assert_eq!(get(&server, "/flow", true).await.status(), 404);
            return;
        }
        assert_eq!(root.status(), 200);
        let policy = root.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(root.headers()[CACHE_CONTROL], "no-store");
        let page = root.text().await.unwrap();
        assert_eq!(get(&server, "/flow?team=a", true).await.text().await.unwrap(), page, "a deep link");
        let stranger = get(&server, "/flow", false).await;
        assert_eq!((stranger.status().as_u16(), &stranger.headers()[LOCATION]), (303, &"/sign-in".parse().unwrap()));
        for file in page.split('"').filter(|part| part.starts_with("/assets/")) {
            let served = get(&server, file, false).await;
            assert_eq!(
                (served.status().as_u16(), &served.headers()[CACHE_CONTROL]),
                (200, &"public, max-age=31536000, immutable".parse().unwrap()),
                "{file}"
            );
            let kind = if file.ends_with(".js") { "text/javascript" } else { "text/css" };
            assert_eq!(served.headers()[CONTENT_TYPE], kind);
            let tag = served.headers()[ETAG].clone();
            let again = server.client.get(format!("{}{file}", server.address)).header(IF_NONE_MATCH, tag);
            assert_eq!(again.send().await.unwrap().status(), 304);
        }
        assert!(page.contains("/assets/"), "{page}");
    });
}

#[test]
fn scripts_and_styles_are_packed_as_the_browser_takes_them() {
    run(async {
        let server = Server::start().await;
        if !is_built() {
            return;
        }
        let page = get(&server, "/", true).await.text().await.unwrap();
        let files = page.split('"').filter(|part| part.starts_with("/assets/"));
        let mut sizes = Vec::new();
        for file in files {
            let mut tags = Vec::new();
            for (taken, coding) in [("br, gzip", Some("br")), ("br;q=0, gzip", Some("gzip")), ("identity", None)] {
                let request = server.client.get(format!("{}{file}", server.address)).header(ACCEPT_ENCODING, taken);
                let served = request.send().await.unwrap();
                let told = served.headers().get(CONTENT_ENCODING).map(|coding| coding.to_str().unwrap().to_owned());
                assert_eq!(told.as_deref(), coding, "{file}");
                assert_eq!(served.headers()[VARY], "accept-encoding");
                assert!(served.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/"), "{file}");
                tags.push(served.headers()[ETAG].clone());
                sizes.push(served.bytes().await.unwrap().len());
            }
            assert!(tags[0] != tags[1] && tags[1] != tags[2], "what is packed otherwise is another thing to keep");
        }
        let all = |from: usize| sizes.iter().skip(from).step_by(3).sum::<usize>();
        assert!(all(0) < all(1) && all(1) * 2 < all(2), "{sizes:?}");
    });
}

#[test]
fn what_is_no_page_is_no_page() {
    run(async {
        let server = Server::start().await;
        for path in ["/api/v1/nowhere", "/assets/nothing.js", "/assets/../../Cargo.toml", "/%2e%2e/Cargo.toml"] {
            let request = server.client.get(format!("{}{path}", server.address)).header(ACCEPT, "*/*");
            let response = request.bearer_auth(&server.acme).send().await.unwrap();
            assert_eq!(
                (response.status().as_u16(), &response.headers()[CONTENT_TYPE]),
                (404, &"application/problem+json".parse().unwrap()),
                "{path}"
            );
        }
        let api = get(&server, "/api/v1/nowhere", true).await;
        assert_eq!(
            (api.status().as_u16(), &api.headers()[CONTENT_TYPE]),
            (404, &"application/problem+json".parse().unwrap())
        );
        let post =
            server.client.post(format!("{}/flow", server.address)).header(ACCEPT, HTML).bearer_auth(&server.acme);
        assert_eq!(post.send().await.unwrap().status(), 404);
    });
}
