//! What each request of the API takes: the whole table, found by asking. docs/permissions.md is what was found.

use crate::rest::{Server, run};
use crate::world::acme;
use pulse_server::auth::{Permission, Permissions};
use pulse_server::control::{Authority, NewToken, Sees};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PAGE: &str = "../docs/permissions.md";

const INTRO: &str = "# What each request takes

A request takes a permission of whoever sends it ([access.md](access.md) says who has which); without it, it is refused with 403 `not-allowed`,
whatever it asks for. *Anybody* is everybody who is signed in or has a token, *a person* somebody signed in and no token, *an operator* the
platform's own. What is not named here takes nothing: signing in, invitations, hooks with their secrets, links, health and this description.

The test `permitted` asks each of them with each permission, and writes this page.

| request | takes |
|---|---|
";

/// Somebody who may do that much, and sees everything.
async fn token(server: &Server, permissions: Permissions) -> String {
    let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let name = format!("token {}", permissions.len());
    let new = NewToken { name, permissions, sees: None, days: 300, service: true };
    server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1.tell().to_owned()
}

/// For each permission a token with it alone, and one with all others; and one with all.
struct Tokens {
    alone: Vec<(Permission, String)>,
    without: Vec<(Permission, String)>,
    all: String,
    person: String,
}

impl Tokens {
    async fn of(server: &Server) -> Self {
        let (mut alone, mut without) = (Vec::new(), Vec::new());
        for permission in Permission::ALL {
            alone.push((permission, token(server, [permission].into()).await));
            let others = Permission::ALL.into_iter().filter(|other| *other != permission).collect();
            without.push((permission, token(server, others).await));
        }
        let all = token(server, Permission::ALL.into_iter().collect()).await;
        Self { alone, without, all, person: server.owner().await }
    }
}

/// Whether somebody with that token may; what else is wrong with the request says nothing.
async fn may(server: &Server, (method, path): (&Method, &str), token: &str) -> bool {
    let url = format!("{}{path}", server.address);
    let answer = server.client.request(method.clone(), url).bearer_auth(token).json(&json!({})).send().await.unwrap();
    assert_ne!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}: somebody lost their way in");
    answer.status() != StatusCode::FORBIDDEN
}

/// What a request takes, in words.
async fn takes(server: &Server, request: (&Method, &str), tokens: &Tokens) -> String {
    let mut enough = Vec::new();
    for (permission, token) in &tokens.alone {
        if may(server, request, token).await {
            enough.push(format!("`{permission}`"));
        }
    }
    if enough.len() == tokens.alone.len() {
        return "*anybody*".to_owned();
    }
    if !enough.is_empty() {
        return enough.join(" or ");
    }
    if may(server, request, &tokens.all).await {
        let mut needed = Vec::new();
        for (permission, token) in &tokens.without {
            if !may(server, request, token).await {
                needed.push(format!("`{permission}`"));
            }
        }
        return needed.join(" and ");
    }
    // A person's session may end by this, which is what it is for; so they are not asked about that.
    let ends_sessions = matches!(request.1, "/api/v1/auth/sign-out" | "/api/v1/me/sessions" | "/api/v1/auth/switch");
    let is_persons = ends_sessions || may(server, request, &tokens.person).await;
    if is_persons { "*a person*" } else { "*an operator*" }.to_owned()
}

#[test]
fn each_request_takes_what_the_page_says_and_nothing_else_is_enough() {
    run(async {
        let server = Server::start().await;
        let tokens = Tokens::of(&server).await;
        let document: Value = server.get("/openapi.json").await.json().await.unwrap();
        let mut lines = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if operation["security"] == json!([{}]) {
                    continue;
                }
                let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
                let (filled, method) = (parts.collect::<Vec<_>>().join("/"), method.to_uppercase());
                let asked = Method::from_bytes(method.as_bytes()).unwrap();
                let takes = takes(&server, (&asked, &filled), &tokens).await;
                lines.push((path.clone(), format!("| `{method} {path}` | {takes} |\n")));
            }
        }
        lines.sort();
        let found = format!("{INTRO}{}", lines.into_iter().map(|(_, line)| line).collect::<String>());
        if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
            std::fs::write(PAGE, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(PAGE).unwrap(), "PULSE_WRITE_DOCS=1 writes it anew");
    });
}
