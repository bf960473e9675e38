//! Who comes in, over a socket: by forms, by tokens, and by every way around them that we could think of.

use crate::queries::LONG;
use crate::rest::{Server, run};
use crate::world::{PASSWORD, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pulse_engine::TenantId;
use pulse_server::control::{Authority, Sees};
use reqwest::header::{CONTENT_SECURITY_POLICY, COOKIE, ETAG, IF_MATCH, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

impl Server {
    fn ask(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address)).bearer_auth(token)
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Response {
        self.ask(Method::POST, path, token).json(&body).send().await.unwrap()
    }

    /// An access token of somebody, by the front door.
    async fn enter(&self, email: &str, tenant: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD, "tenant": tenant});
        let response =
            self.client.post(format!("{}/api/v1/auth/sign-in", self.address)).json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn status(&self, token: &str) -> u16 {
        self.ask(Method::GET, "/api/v1/me", token).send().await.unwrap().status().as_u16()
    }

    /// A form that a page of ours sends.
    async fn form(&self, path: &str, cookies: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.address)).header(COOKIE, cookies);
        request.header(ORIGIN, &self.address).form(fields).send().await.unwrap()
    }

    async fn page(&self, path: &str, cookies: &str) -> Response {
        self.client.get(format!("{}{path}", self.address)).header(COOKIE, cookies).send().await.unwrap()
    }
}

async fn told(response: Response, status: u16, code: &str) {
    let (given, text) = (response.status().as_u16(), response.text().await.unwrap());
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    assert_eq!((given, problem["code"].as_str()), (status, Some(code)), "{text}");
}

pub(crate) fn cookies(response: &Response) -> String {
    let set = response.headers().get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let pairs: Vec<&str> = set.map(|cookie| cookie.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

#[test]
fn an_invitation_leads_through_a_form_to_the_report_and_the_session_renews_itself_until_it_is_ended() {
    run(async {
        let server = Server::start().await;
        let owner = server.enter("ada@example.com", "acme").await;
        let invited = server
            .post("/api/v1/users/invitations", &owner, json!({"email": "bob@example.com", "roles": ["viewer"]}))
            .await;
        assert_eq!(invited.status(), StatusCode::CREATED);
        let url = invited.json::<Value>().await.unwrap()["url"].as_str().unwrap().to_owned();
        let path = url.strip_prefix("http://pulse.test").unwrap();
        let shown = server.page(path, "").await.text().await.unwrap();
        assert!(
            shown.contains("a place in <code>acme</code>, as bob@example.com") && !shown.contains("<script"),
            "{shown}"
        );

        let link = path.split_once("link=").unwrap().1;
        let weak = server.form("/join", "", &[("link", link), ("name", "Bob"), ("password", "1234567890")]).await;
        assert_eq!(weak.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let weak = weak.text().await.unwrap();
        assert!(weak.contains("too weak") && weak.contains("value=\"Bob\""), "what was written is still there: {weak}");
        assert!(!weak.contains("1234567890"), "but for the password: {weak}");
        let joined = server.form("/join", "", &[("link", link), ("name", "Bob"), ("password", PASSWORD)]).await;
        assert_eq!((joined.status(), joined.headers()[LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, "/"));
        for cookie in joined.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
                "{cookie}"
            );
        }
        let held = cookies(&joined);
        let page = "/report?from=2025-01-01&until=2026-04-01";
        let shown = server.page(page, &held).await;
        assert_eq!(shown.status(), StatusCode::OK);
        let text = shown.text().await.unwrap();
        assert!(text.contains("Change lead time") && text.contains("Sign out") && !text.contains("<script"), "{text}");
        assert_eq!(
            server.form("/join", "", &[("link", link), ("name", "Eve"), ("password", PASSWORD)]).await.status(),
            StatusCode::GONE
        );

        // A browser forgets the access cookie when its time is over, and still has the other.
        server.world.pass(600_000_000);
        let kept = held.split("; ").find(|pair| pair.contains("_refresh=")).unwrap();
        let renewed = server.page(page, kept).await;
        assert_eq!(renewed.status(), StatusCode::OK);
        let held = cookies(&renewed);
        assert!(held.contains("_refresh=") && held != kept);
        let out = server.form("/sign-out", &held, &[]).await;
        assert_eq!(out.headers()[LOCATION].to_str().unwrap(), "/sign-in");
        assert!(out.headers().get_all(SET_COOKIE).iter().all(|cookie| cookie.to_str().unwrap().contains("Max-Age=0")));
        assert_eq!(
            server.page(page, &held).await.headers()[LOCATION].to_str().unwrap(),
            "/sign-in",
            "copies of them are over, too"
        );

        let wrong = server.form("/sign-in", "", &[("email", "bob@example.com"), ("password", "wrong")]).await;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
        let wrong = wrong.text().await.unwrap();
        for told in [
            "role=\"alert\">This e-mail address and password do not match.</p>",
            "name=\"email\" autocomplete=\"username\" value=\"bob@example.com\"",
            "name=\"password\" autocomplete=\"current-password\" value=\"\"",
            "Forgot your password? Whoever runs Pulse here can make a link",
        ] {
            assert!(wrong.contains(told), "{told}: {wrong}");
        }
        let again = server.form("/sign-in", "", &[("email", "bob@example.com"), ("password", PASSWORD)]).await;
        assert_eq!(server.page(page, &cookies(&again)).await.status(), StatusCode::OK);
        // A viewer reads, and asks nothing in SQL.
        let bob = server.enter("bob@example.com", "acme").await;
        told(server.post("/api/v1/sql", &bob, json!({"sql": "SELECT 1"})).await, 403, "not-allowed").await;
    });
}

#[test]
fn what_another_site_makes_a_browser_send_changes_nothing() {
    run(async {
        let server = Server::start().await;
        let entered = server.form("/sign-in", "", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        let held = cookies(&entered);
        let post = |path: &str| server.client.post(format!("{}{path}", server.address)).header(COOKIE, &held);
        let own = post("/api/v1/sql").header(ORIGIN, &server.address).json(&json!({"sql": "SELECT 1 AS one"}));
        assert_eq!(own.send().await.unwrap().status(), StatusCode::OK);
        for path in ["/api/v1/sql", "/api/v1/auth/sign-out", "/api/v1/tokens", "/api/v1/users/invitations"] {
            let body = json!({"sql": "SELECT 1"});
            told(post(path).json(&body).send().await.unwrap(), 403, "cross-site").await;
            let evil = post(path).header(ORIGIN, "https://evil.example").json(&body);
            told(evil.send().await.unwrap(), 403, "cross-site").await;
            let evil = post(path).header(ORIGIN, &server.address).header("sec-fetch-site", "cross-site").json(&body);
            told(evil.send().await.unwrap(), 403, "cross-site").await;
        }
        // Nor may it sign a browser in as somebody else.
        let body = [("email", "ada@example.com"), ("password", PASSWORD)];
        let request = server.client.post(format!("{}/sign-in", server.address)).header(ORIGIN, "https://evil.example");
        let refused = request.form(&body).send().await.unwrap();
        assert!(refused.status() == StatusCode::FORBIDDEN && refused.headers().get(SET_COOKIE).is_none());
        // A cookie that was there before is not the session of whoever signs in.
        let fixed = server.form("/sign-in", &held, &body).await;
        assert_ne!(cookies(&fixed), held);
    });
}

#[test]
fn tokens_that_others_made_open_nothing() {
    run(async {
        let server = Server::start().await;
        let good = server.enter("ada@example.com", "acme").await;
        assert_eq!(server.status(&good).await, 200);
        let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
        let decode = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (header, claims) = (decode(head), decode(body));
        assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("EdDSA"), Some("at+jwt")));
        let with = |value: &Value, key: &str, new: Value| {
            let mut changed = value.clone();
            changed[key] = new;
            changed
        };
        let key_set: Value = server.page("/.well-known/jwks.json", "").await.json().await.unwrap();
        let public = key_set["keys"][0]["x"].as_str().unwrap();
        assert_eq!(key_set["keys"][0]["kid"], header["kid"]);
        // Whoever has our public key alone signs with it as if it were a shared secret.
        let mut confused = Header::new(Algorithm::HS256);
        confused.kid = header["kid"].as_str().map(str::to_owned);
        confused.typ = Some("at+jwt".to_owned());
        let raw = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public).unwrap());
        let text = EncodingKey::from_secret(public.as_bytes());
        let mut forged = vec![
            String::new(),
            "x".to_owned(),
            "a.b.c".to_owned(),
            format!("{head}.{body}."),
            format!("{}.{body}.", encode(&with(&header, "alg", json!("none")))),
            format!("{}.{body}.{signature}", encode(&with(&header, "alg", json!("none")))),
            format!("{}.{body}.{signature}", encode(&with(&header, "kid", json!("key_other")))),
            format!("{}.{body}.{signature}", encode(&with(&header, "kid", json!("../../key")))),
            jsonwebtoken::encode(&confused, &claims, &raw).unwrap(),
            jsonwebtoken::encode(&confused, &claims, &text).unwrap(),
        ];
        for (claim, value) in [
            ("sub", json!("user_x")),
            ("tenant", json!("umbrella")),
            ("exp", json!(9_999_999_999_i64)),
            ("sid", json!("session_x")),
        ] {
            forged.push(format!("{head}.{}.{signature}", encode(&with(&claims, claim, value))));
        }
        // Signed by a key of an attacker's own, under our key's name.
        let pair = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
        let own = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        let mut named = Header::new(Algorithm::EdDSA);
        (named.kid, named.typ) = (confused.kid.clone(), confused.typ.clone());
        forged.push(jsonwebtoken::encode(&named, &claims, &own).unwrap());
        for token in &forged {
            assert_eq!(server.status(token).await, 401, "{token}");
        }
        // A stock library of another service takes the good one by the public key.
        let key =
            jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_value(key_set["keys"][0].clone()).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(Algorithm::EdDSA);
        rules.set_audience(&["pulse"]);
        rules.set_issuer(&["http://pulse.test"]);
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(&good, &key, &rules).unwrap();
        assert_eq!(
            (read.claims["sub"].as_str(), read.claims["tenant"].as_str()),
            (Some(server.world.ada.id.as_str()), Some("acme"))
        );
        // Old ones are over, and those of another time or address are not ours.
        server.world.pass(600_000_000);
        assert_eq!(server.status(&good).await, 401);
        server.world.pass(-3_600_000_000);
        assert_eq!(server.status(&good).await, 401, "it is of the future");
    });
}

#[test]
fn a_tenants_token_reaches_no_other_tenants_people() {
    run(async {
        let server = Server::start().await;
        let umbrella = TenantId::new("umbrella").unwrap();
        let control = server.world.control();
        let link = control.setup_link(&umbrella, false).await.unwrap();
        let wesker = control.accept(link.tell(), "wesker@example.com", "Wesker", PASSWORD, "").await.unwrap();
        let (ada, owner) =
            (server.enter("ada@example.com", "acme").await, server.enter("wesker@example.com", "umbrella").await);
        let token =
            server.post("/api/v1/tokens", &owner, json!({"name": "t", "permissions": ["sql:run"], "days": 1})).await;
        let token: Value = token.json().await.unwrap();
        let (id, wesker) = (token["token"]["id"].as_str().unwrap(), &wesker.id);
        let get = |path: String| server.ask(Method::GET, &path, &ada).send();
        told(get(format!("/api/v1/users/{wesker}")).await.unwrap(), 404, "not-found").await;
        told(server.ask(Method::DELETE, &format!("/api/v1/tokens/{id}"), &ada).send().await.unwrap(), 404, "not-found")
            .await;
        let sessions: Value = get(format!("/api/v1/users/{wesker}/sessions")).await.unwrap().json().await.unwrap();
        assert_eq!(sessions["items"], json!([]));
        let patch = server.ask(Method::PATCH, &format!("/api/v1/users/{wesker}"), &ada).header(IF_MATCH, "\"1\"");
        told(patch.json(&json!({"active": false})).send().await.unwrap(), 404, "not-found").await;
        server.ask(Method::DELETE, &format!("/api/v1/users/{wesker}/sessions"), &ada).send().await.unwrap();
        assert_eq!(server.status(&owner).await, 200, "the session is still there");
        let inspect = async |token: &str| {
            let request = server.ask(Method::POST, "/api/v1/auth/introspect", &ada).form(&[("token", token)]);
            request.send().await.unwrap().json::<Value>().await.unwrap()
        };
        assert_eq!(inspect(&owner).await, json!({"active": false}));
        assert_eq!(inspect(token["secret"].as_str().unwrap()).await, json!({"active": false}));
        assert_eq!(inspect("made-up").await, json!({"active": false}));
        let own = inspect(&ada).await;
        assert!(
            own["active"] == true
                && own["sub"] == server.world.ada.id
                && own["scope"].as_str().unwrap().contains("sql:run")
        );
        told(server.post("/api/v1/auth/switch", &ada, json!({"tenant": "umbrella"})).await, 403, "no-tenant").await;
    });
}

#[test]
fn nobody_rises_by_what_they_send() {
    run(async {
        let server = Server::start().await;
        server.world.join("bob@example.com", &["admin"], Sees::Everything).await;
        let bob = server.enter("bob@example.com", "acme").await;
        let me: Value = server.ask(Method::GET, "/api/v1/me", &bob).send().await.unwrap().json().await.unwrap();
        let id = me["user"]["id"].as_str().unwrap();
        assert!(!me.to_string().contains("argon2"), "{me}");
        assert_eq!((&me["permissions"][0], &me["allows"][1]), (&json!("metrics:read"), &json!("Ask in SQL")));
        let patch = async |path: &str, body: Value| {
            server.ask(Method::PATCH, path, &bob).header(IF_MATCH, "\"1\"").json(&body).send().await.unwrap()
        };
        // Fields that are not for them.
        for body in [json!({"name": "Bob", "operator": true}), json!({"name": "Bob", "email": "ada@example.com"})] {
            told(patch("/api/v1/me", body).await, 400, "invalid-request").await;
        }
        told(patch("/api/v1/tenant", json!({"state": "suspended"})).await, 400, "invalid-request").await;
        let invite = json!({"email": "x@example.com", "roles": ["viewer"], "operator": true});
        told(server.post("/api/v1/users/invitations", &bob, invite).await, 400, "invalid-request").await;
        // Roles that are above them.
        let path = format!("/api/v1/users/{id}");
        told(patch(&path, json!({"roles": ["owner"]})).await, 403, "not-allowed").await;
        told(patch(&path, json!({"granted": ["tenant:own"]})).await, 403, "not-allowed").await;
        let role = json!({"name": "king", "permissions": ["tenant:own"]});
        told(server.post("/api/v1/roles", &bob, role).await, 403, "not-allowed").await;
        told(
            server.post("/api/v1/roles", &bob, json!({"name": "x", "permissions": ["root:everything"]})).await,
            400,
            "invalid-request",
        )
        .await;
        told(
            server.post("/api/v1/users/invitations", &bob, json!({"email": "x@example.com", "roles": ["owner"]})).await,
            403,
            "not-allowed",
        )
        .await;
        // A platform operator's doors are not an admin's, nor are an owner's of a tenant.
        told(server.post("/api/v1/tenants", &bob, json!({"id": "mine", "name": "Mine"})).await, 403, "not-allowed")
            .await;
        told(server.ask(Method::GET, "/api/v1/tenants", &bob).send().await.unwrap(), 403, "not-allowed").await;
        // A token makes no token, and changes no password.
        let made =
            server.post("/api/v1/tokens", &bob, json!({"name": "t", "permissions": ["sql:run"], "days": 1})).await;
        let secret = made.json::<Value>().await.unwrap()["secret"].as_str().unwrap().to_owned();
        told(
            server.post("/api/v1/tokens", &secret, json!({"name": "t", "permissions": ["sql:run"], "days": 1})).await,
            403,
            "not-allowed",
        )
        .await;
        told(server.ask(Method::GET, "/api/v1/me", &secret).send().await.unwrap(), 403, "not-allowed").await;
        told(server.ask(Method::GET, "/api/v1/users", &secret).send().await.unwrap(), 403, "not-allowed").await;
        assert_eq!(
            server.post("/api/v1/sql", &secret, json!({"sql": "SELECT 1 AS one"})).await.status(),
            StatusCode::OK
        );
    });
}

#[test]
fn whoever_sees_some_teams_sees_nothing_of_others_by_any_door() {
    run(async {
        let server = Server::start().await;
        let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
        server.world.join("bob@example.com", &["admin"], nothing).await;
        let (ada, bob) = (server.enter("ada@example.com", "acme").await, server.enter("bob@example.com", "acme").await);
        let count = async |token: &str| {
            let sql = json!({"sql": "SELECT count(*) AS n FROM facts.changes"});
            server.post("/api/v1/sql", token, sql).await.json::<Value>().await.unwrap()[0]["n"].as_i64().unwrap()
        };
        assert!(count(&ada).await > 0);
        assert_eq!(count(&bob).await, 0);
        let span = "?from=2025-01-01&until=2026-04-01";
        let get = async |path: &str, token: &str| {
            let answer = server.ask(Method::GET, &format!("{path}{span}"), token).send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        };
        let evidence = "/api/v1/metrics/change_lead_time/evidence";
        assert_eq!(get(evidence, &bob).await, (StatusCode::OK, "[]\n".to_owned()));
        assert_ne!(get(evidence, &ada).await.1, "[]\n");
        let (status, page) = get("/report", &bob).await;
        assert!(status == StatusCode::OK && !page.contains("push:acme"), "{page}");
        for hidden in ["SELECT * FROM raw.push", "SELECT * FROM core.people", "SELECT * FROM audit.events"] {
            told(server.post("/api/v1/sql", &bob, json!({"sql": hidden})).await, 400, "invalid-question").await;
        }
        // What such a person makes sees no more than they do.
        let made =
            server.post("/api/v1/tokens", &bob, json!({"name": "t", "permissions": ["sql:run"], "days": 1})).await;
        let secret = made.json::<Value>().await.unwrap()["secret"].as_str().unwrap().to_owned();
        assert_eq!(count(&secret).await, 0);
        let wide = json!({"name": "t", "permissions": ["sql:run"], "days": 1, "sees": "everything"});
        told(server.post("/api/v1/tokens", &bob, wide).await, 422, "invalid-value").await;
    });
}

#[test]
fn an_operator_makes_tenants_and_sees_nobodys_data() {
    run(async {
        let server = Server::start().await;
        let operator = server.enter("ada@example.com", "platform").await;
        let made = server
            .post("/api/v1/tenants", &operator, json!({"id": "new", "name": "New", "time_zone": "Asia/Tokyo"}))
            .await;
        assert_eq!(made.status(), StatusCode::CREATED);
        told(server.post("/api/v1/tenants", &operator, json!({"id": "new", "name": "New"})).await, 409, "taken").await;
        told(
            server.post("/api/v1/tenants", &operator, json!({"id": "../acme", "name": "x"})).await,
            422,
            "invalid-value",
        )
        .await;
        for path in ["/api/v1/metrics", "/api/v1/users", "/api/v1/tenant"] {
            told(server.ask(Method::GET, path, &operator).send().await.unwrap(), 403, "not-allowed").await;
        }
        told(server.post("/api/v1/sql", &operator, json!({"sql": "SELECT 1"})).await, 403, "not-allowed").await;
        let owner = server.enter("ada@example.com", "acme").await;
        let runs = server.asks_aside(&server.acme, LONG);
        server.until(&server.acme, |queries| queries.iter().any(|query| query["state"] == "running")).await;
        let suspended = server.post("/api/v1/tenants/acme/suspend", &operator, json!({})).await;
        assert_eq!(suspended.status(), StatusCode::OK);
        told(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!((server.status(&owner).await, server.get("/api/v1/metrics").await.status().as_u16()), (401, 401));
        server.post("/api/v1/tenants/acme/resume", &operator, json!({})).await;
        assert_eq!((server.status(&owner).await, server.get("/api/v1/metrics").await.status().as_u16()), (200, 200));
    });
}

#[test]
fn a_change_says_what_it_changes() {
    run(async {
        let server = Server::start().await;
        let owner = server.enter("ada@example.com", "acme").await;
        let read = server.ask(Method::GET, "/api/v1/tenant", &owner).send().await.unwrap();
        let tag = read.headers()[ETAG].to_str().unwrap().to_owned();
        let patch = |tag: Option<&str>| {
            let request = server.ask(Method::PATCH, "/api/v1/tenant", &owner).json(&json!({"name": "ACME"}));
            match tag {
                Some(tag) => request.header(IF_MATCH, tag),
                None => request,
            }
        };
        told(patch(None).send().await.unwrap(), 428, "version-needed").await;
        told(patch(Some("*")).send().await.unwrap(), 400, "invalid-request").await;
        let done = patch(Some(&tag)).send().await.unwrap();
        assert_eq!((done.status(), done.headers()[ETAG].to_str().unwrap()), (StatusCode::OK, "\"2\""));
        told(patch(Some(&tag)).send().await.unwrap(), 412, "stale").await;
    });
}

#[test]
fn guessing_is_slowed_down_from_one_place_and_for_one_address() {
    run(async {
        let server = Server::start().await;
        let guess = async |email: &str, from: &str| {
            let request = server.client.post(format!("{}/api/v1/auth/sign-in", server.address));
            let request = request.header("x-forwarded-for", format!("10.0.0.1, {from}"));
            request.json(&json!({"email": email, "password": "wrong"})).send().await.unwrap()
        };
        for n in 0..5 {
            told(guess("ada@example.com", &format!("192.0.2.{n}")).await, 401, "wrong-password").await;
        }
        let late = guess("ada@example.com", "192.0.2.10").await;
        assert_eq!(late.headers()[RETRY_AFTER].to_str().unwrap(), "1");
        told(late, 429, "too-many-tries").await;
        let mut refused = 0;
        for n in 0..33 {
            let answer = guess(&format!("somebody{n}@example.com"), "198.51.100.1").await;
            refused += usize::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
        }
        assert!(refused >= 1, "thirty addresses are guessed at from one place");
    });
}

#[test]
fn every_operation_of_the_api_is_described_and_asks_who_is_there() {
    run(async {
        let server = Server::start().await;
        let document: Value = server.page("/openapi.json", "").await.json().await.unwrap();
        let mut asked = 0;
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(
                    operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
                    "{method} {path} says nothing"
                );
                let open = operation["security"] == json!([{}]);
                let url = format!("{}{}", server.address, path.replace("{id}", "x").replace("{name}", "x"));
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let answer = server.client.request(method.clone(), url).json(&json!({})).send().await.unwrap();
                if !open {
                    told(answer, 401, "no-valid-token").await;
                    asked += 1;
                }
            }
        }
        assert!(asked > 25, "{asked} operations ask who is there");
        let shown = server.page("/docs/", "").await;
        assert_eq!(shown.status(), StatusCode::OK);
        let shown = shown.text().await.unwrap();
        assert!(shown.contains("swagger-ui"));
        // Nothing of it stands in the page itself, so that no policy need let that run or be drawn.
        assert!(!shown.contains("<style") && !shown.contains("style=") && !shown.contains("<script>"), "{shown}");
        for path in ["/docs/", "/docs/swagger-initializer.js", "/", "/report", "/sign-in", "/api/v1/me", "/nowhere"] {
            let answer = server.page(path, "").await;
            let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{path}: {policy}");
        }
    });
}

#[test]
fn a_database_that_is_cut_off_is_told_and_found_again() {
    use crate::cut::Cut;
    run(async {
        let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
        let cut = Cut::before(&address).await;
        let world = World::on(&cut.address, None).await;
        let by = Authority { permissions: Default::default(), sees: Sees::Everything };
        assert!(world.control().tenant(&TenantId::new("acme").unwrap()).await.unwrap().is_some());
        cut.cut();
        let gone = |error: &pulse_server::Error| matches!(error, pulse_server::Error::DatabaseAway(_));
        let refused = world.control().ping().await.unwrap_err();
        assert!(gone(&refused), "{refused:?}");
        let invite = world
            .control()
            .invite(&TenantId::new("acme").unwrap(), &by, "x@example.com", vec![], Sees::Everything)
            .await;
        assert!(gone(&invite.unwrap_err()));
        cut.mend();
        world.control().ping().await.unwrap();
        // One that is cut in the middle is not half done.
        for _ in 0..10 {
            let doing = tokio::spawn({
                let (control, ada) = (world.control().clone(), world.ada.id.clone());
                async move {
                    control.begin_session(&ada, None, None, &Default::default()).await.map(|(session, _)| session.id)
                }
            });
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            cut.cut();
            let done = doing.await.unwrap();
            cut.mend();
            let cursor = pulse_server::control::Cursor::new(None, Some(200)).unwrap();
            let sessions = world.control().sessions(&world.ada.id, None, &cursor).await.unwrap().items;
            if let Ok(id) = done {
                assert!(sessions.iter().any(|session| session.id == id), "what was said to be done is done");
            }
        }
    });
}
