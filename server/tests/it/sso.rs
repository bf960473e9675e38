//! Single sign-on, at a provider that is a program of its own.

use crate::rest::{Server, run};
use crate::world::{PASSWORD, SECOND, acme};
use pulse_engine::Clock;
use pulse_server::control::Cursor;
use reqwest::header::{COOKIE, ETAG, IF_MATCH, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use url::Url;

/// The provider's process; it ends with its standard input.
struct Idp {
    issuer: String,
    _child: Child,
}

impl Idp {
    /// `lean`: its ID tokens hold no more than who somebody is, and the rest is told where it is asked for.
    async fn start(lean: bool) -> Self {
        let client = |id: &str, secret: bool| {
            let mut client = json!({"client_id": id, "redirect_uris": ["http://pulse.test/sso/callback"]});
            if secret {
                client["client_secret"] = json!("the-providers-secret");
            } else {
                client["token_endpoint_auth_method"] = json!("none");
            }
            client
        };
        let person = |email: &str, verified: bool, groups: &[&str]| json!({"email": email, "email_verified": verified, "name": email.split('@').next(), "groups": groups});
        let spec = json!({
            "clients": [client("pulse", true), client("public", false)],
            "lean": lean,
            "accounts": {
                "1": person("Grace@example.com", true, &["devs", "others"]),
                "2": person("ada@example.com", true, &["devs"]),
                "3": person("eve@example.com", false, &["devs"]),
                "4": person("out@example.com", true, &["others"]),
                "5": person("oscar@umbrella.example.com", true, &["devs"]),
                "7": person("ada@example.com", false, &["devs"]),
                "6": person("chief@example.com", true, &["chiefs", "devs"]),
            },
        });
        tokio::task::spawn_blocking(move || {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc/provider.mjs");
            let mut command = Command::new("node");
            command.arg(script).env("SPEC", spec.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.stderr(Stdio::null()).spawn().expect("`make test` needs Node");
            let (mut line, mut output) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
            output.read_line(&mut line).unwrap();
            // It would stop for a full pipe, and die of a closed one.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            assert!(line.starts_with("http://"), "`make test` brings the provider: npm ci in server/tests/oidc");
            Self { issuer: line.trim().to_owned(), _child: child }
        })
        .await
        .unwrap()
    }
}

/// A browser: it follows redirects, and keeps the cookies of each host.
struct Browser<'a> {
    server: &'a Server,
    client: Client,
    cookies: BTreeMap<(String, String), String>,
}

impl<'a> Browser<'a> {
    fn at(server: &'a Server) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { server, client, cookies: BTreeMap::new() }
    }

    fn place(url: &Url) -> String {
        format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap())
    }

    async fn ask(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Response {
        let place = Self::place(url);
        let own = self.cookies.iter().filter(|((host, _), value)| *host == place && !value.is_empty());
        let cookies: Vec<String> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(fields) => self.client.post(url.clone()).form(fields),
            None => self.client.get(url.clone()),
        };
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert((place.clone(), name.to_owned()), value.to_owned());
        }
        response
    }

    /// Where a response leads, `pulse.test` being this server.
    fn next(&self, from: &Url, response: &Response) -> Option<Url> {
        let location = response.headers().get(LOCATION)?.to_str().unwrap();
        let there = from.join(location).unwrap();
        Some(there.as_str().replacen("http://pulse.test", &self.server.address, 1).parse().unwrap())
    }

    /// Goes to a provider and signs in there; where that leads back to, not yet followed.
    async fn sign_in_at(&mut self, name: &str, login: &str) -> Url {
        let mut url: Url = format!("{}/sso/acme/{name}", self.server.address).parse().unwrap();
        loop {
            let form = [("prompt", "login"), ("login", login), ("password", "any")];
            let asked = url.path().starts_with("/interaction/");
            let response = self.ask(&url, asked.then_some(&form[..])).await;
            url = match self.next(&url, &response) {
                Some(next) => next,
                None => panic!("{url}: {} {}", response.status(), response.text().await.unwrap()),
            };
            if url.path() == "/sso/callback" {
                return url;
            }
        }
    }

    /// All the way; what Pulse answers to the way back.
    async fn come(&mut self, name: &str, login: &str) -> Response {
        let back = self.sign_in_at(name, login).await;
        self.ask(&back, None).await
    }

    /// As [`Browser::come`], by somebody who is let in: their access token.
    async fn enter(&mut self, name: &str, login: &str) -> String {
        let response = self.come(name, login).await;
        assert_eq!((response.status(), response.headers()[LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, "/"));
        let cookie = self.server.address.replacen("http://127.0.0.1:", "pulse_", 1);
        self.cookies.iter().find(|((_, name), _)| *name == cookie).unwrap().1.clone()
    }

    /// As [`Browser::come`], by somebody who is not: what they are told.
    async fn refused(&mut self, name: &str, login: &str, status: u16) -> String {
        let response = self.come(name, login).await;
        let (given, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert_eq!(given, status, "{text}");
        text
    }
}

impl Server {
    /// A server whose clock shows what a provider's does, and an owner's token.
    async fn with_owner() -> (Self, String) {
        let server = Self::start().await;
        server.world.pass(Clock::System.now() - server.world.pass_one() - 1);
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "tenant": "acme"});
        let sign_in = server.client.post(format!("{}/api/v1/auth/sign-in", server.address)).json(&body).send();
        let owner = sign_in.await.unwrap().json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
        (server, owner)
    }

    async fn set_up(&self, owner: &str, name: &str, idp: &Idp, more: Value) -> Value {
        let mut body = json!({
            "issuer": idp.issuer, "client_id": "pulse", "client_secret": "the-providers-secret",
            "scopes": ["email", "profile", "groups"], "group_roles": {"devs": ["analyst"], "chiefs": ["owner"]},
        });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        let response = self.client.put(format!("{}/api/v1/identity-providers/{name}", self.address)).bearer_auth(owner);
        let response = response.json(&body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn json(&self, path: &str, token: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.address)).bearer_auth(token).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn changes(&self, method: reqwest::Method, path: &str, token: &str, body: Value) -> u16 {
        let request = self.client.request(method, format!("{}{path}", self.address)).bearer_auth(token);
        request.header(IF_MATCH, "\"1\"").json(&body).send().await.unwrap().status().as_u16()
    }
}

#[test]
fn somebody_new_gets_an_account_and_the_roles_of_their_groups_at_each_sign_in() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        for (name, lean) in [("lean", true), ("full", false)] {
            let idp = Idp::start(lean).await;
            let made = server.set_up(&owner, name, &idp, json!({})).await;
            assert_eq!(made["sign_in_url"], format!("http://pulse.test/sso/acme/{name}"));
            assert_eq!(made["callback_url"], "http://pulse.test/sso/callback");
            assert!(made["has_secret"] == true && !made.to_string().contains("the-providers-secret"), "{made}");

            let shown = server.client.get(format!("{}/sign-in?tenant=acme", server.address)).send().await.unwrap();
            assert!(shown.text().await.unwrap().contains(&format!("href=\"/sso/acme/{name}\"")));

            let me = server.json("/api/v1/me", &Browser::at(&server).enter(name, "1").await).await;
            assert_eq!((&me["user"]["email"], &me["user"]["name"]), (&json!("Grace@example.com"), &json!("Grace")));
            assert_eq!((&me["tenant"], &me["permissions"]), (&json!("acme"), &json!(["metrics:read", "sql:run"])));
            // Another role by hand does not outlive the next sign-in.
            let id = me["user"]["id"].as_str().unwrap();
            let change = json!({"roles": ["admin"]});
            let version = server.world.control().member(&acme(), id).await.unwrap().unwrap().version;
            let request = server.client.patch(format!("{}/api/v1/users/{id}", server.address)).bearer_auth(&owner);
            let changed = request.header(IF_MATCH, format!("\"{version}\"")).json(&change).send().await.unwrap();
            assert_eq!(changed.status(), StatusCode::OK);
            let token = Browser::at(&server).enter(name, "1").await;
            let again = server.json("/api/v1/me", &token).await;
            assert_eq!((&again["user"]["id"], &again["permissions"]), (&me["user"]["id"], &me["permissions"]));
        }
        let trail = server.world.control().number_events(&acme()).await.unwrap();
        let came = trail.iter().filter(|link| link.event.action == "GET /sso/callback" && link.event.outcome == "done");
        assert_eq!(came.count(), 4);
    });
}

#[test]
fn who_is_not_vouched_for_stays_out() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        let idp = Idp::start(true).await;
        server.set_up(&owner, "idp", &idp, json!({})).await;
        let mut browser = Browser::at(&server);
        let told = browser.refused("idp", "3", 403).await;
        assert!(told.contains("does not call your address verified"), "{told}");
        let refused = async || {
            let trail = server.world.control().number_events(&acme()).await.unwrap();
            trail.iter().any(|link| link.event.action == "GET /sso/callback" && link.event.outcome == "refused")
        };
        while !refused().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(
            Browser::at(&server).refused("idp", "4", 403).await.contains("no tenant"),
            "no group of theirs has a role"
        );
        // Oscar has an account, of another tenant: what acme's provider says of him is worth nothing there.
        let umbrella = pulse_engine::TenantId::new("umbrella").unwrap();
        let link = server.world.control().setup_link(&umbrella, false).await.unwrap();
        let oscar = server.world.control().accept(link.tell(), "oscar@umbrella.example.com", "Oscar", PASSWORD, "");
        let oscar = oscar.await.unwrap();
        let me = server.json("/api/v1/me", &Browser::at(&server).enter("idp", "5").await).await;
        assert_eq!((&me["user"]["email"], &me["tenants"]), (&json!("oscar@umbrella.example.com"), &json!(["acme"])));
        assert_ne!(me["user"]["id"], oscar.id, "it is another account, which has this address in acme alone");
        assert_eq!(server.world.control().tenants_of(&oscar.id).await.unwrap(), [umbrella]);
        let known = server.world.control().user_by_email("oscar@umbrella.example.com").await.unwrap().unwrap();
        assert_eq!(known.id, oscar.id);
        assert!(server.world.control().user_by_email("eve@example.com").await.unwrap().is_none());
        // An address that the provider does not call verified counts where its owner says so.
        server
            .set_up(
                &owner,
                "sloppy",
                &idp,
                json!({"takes_unverified": true, "client_id": "public", "client_secret": null}),
            )
            .await;
        Browser::at(&server).enter("sloppy", "3").await;
        let told = Browser::at(&server).refused("sloppy", "7", 403).await;
        assert!(told.contains("is a member"), "nobody becomes an owner by an address that they typed: {told}");
    });
}

#[test]
fn single_sign_on_is_worth_nothing_outside_of_its_tenant() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        let control = server.world.control();
        // Ada owns acme, runs the platform, and belongs to umbrella, too.
        let umbrella = pulse_engine::TenantId::new("umbrella").unwrap();
        let link = control.setup_link(&umbrella, false).await.unwrap();
        control.accept(link.tell(), "ada@example.com", "", PASSWORD, "").await.unwrap();
        let idp = Idp::start(true).await;
        server.set_up(&owner, "idp", &idp, json!({"group_roles": {}})).await;
        let token = Browser::at(&server).enter("idp", "2").await;
        let me = server.json("/api/v1/me", &token).await;
        assert_eq!((&me["user"]["id"], &me["tenants"]), (&json!(server.world.ada.id), &json!(["acme"])));
        assert!(me["permissions"].as_array().unwrap().contains(&json!("tenant:own")), "her roles are her own still");
        for tenant in ["umbrella", "platform", "acme"] {
            let asked = json!({"tenant": tenant});
            assert_eq!(server.changes(reqwest::Method::POST, "/api/v1/auth/switch", &token, asked).await, 403);
        }
        let passwords = json!({"present": PASSWORD, "new": "another-otter-sundial"});
        assert_eq!(server.changes(reqwest::Method::PUT, "/api/v1/me/password", &token, passwords).await, 403);
        assert_eq!(server.changes(reqwest::Method::PATCH, "/api/v1/me", &token, json!({"name": "X"})).await, 403);
        // What she does elsewhere is not seen, and not ended.
        let elsewhere =
            server.world.access.begin(&server.world.ada, Some("umbrella"), &Default::default()).await.unwrap();
        let seen = server.json("/api/v1/me/sessions", &token).await.to_string();
        assert!(!seen.contains(&elsewhere.session.id) && seen.contains("\"provider\":\"idp\""), "{seen}");
        let path = format!("/api/v1/me/sessions/{}", elsewhere.session.id);
        assert_eq!(server.changes(reqwest::Method::DELETE, &path, &token, Value::Null).await, 404);
        assert_eq!(server.changes(reqwest::Method::DELETE, "/api/v1/me/sessions", &token, Value::Null).await, 204);
        assert!(server.world.principal(&elsewhere.token).await.is_some());
        assert!(server.world.principal(&owner).await.is_none(), "her other session in acme ended");
    });
}

#[test]
fn the_way_back_is_good_once_in_its_browser_and_for_its_own_code() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        let idp = Idp::start(true).await;
        server.set_up(&owner, "idp", &idp, json!({})).await;
        let mut browser = Browser::at(&server);
        let back = browser.sign_in_at("idp", "1").await;
        // Somebody else's browser, and one that was never sent away.
        let mut other = Browser::at(&server);
        assert_eq!(other.ask(&back, None).await.status(), StatusCode::FORBIDDEN);
        let theirs = other.sign_in_at("idp", "6").await;
        assert_eq!(other.ask(&back, None).await.status(), StatusCode::FORBIDDEN, "another state than its cookie's");
        // A code that was stolen and put into another way back: the provider has no such code for this verifier.
        let theirs = other_way(&theirs, &back, "code");
        let mut third = Browser::at(&server);
        third.cookies = other.cookies.clone();
        third.sign_in_at("idp", "6").await;
        assert_ne!(third.ask(&theirs, None).await.status(), StatusCode::SEE_OTHER);
        // Its own, once.
        let mut twin = Browser::at(&server);
        twin.cookies = browser.cookies.clone();
        let mut mixed = back.clone();
        mixed.query_pairs_mut().clear().extend_pairs(back.query_pairs().map(|(name, value)| match &*name {
            "iss" => (name, "https://another.example".into()),
            _ => (name, value),
        }));
        assert_eq!(twin.ask(&mixed, None).await.status(), StatusCode::BAD_GATEWAY, "another issuer's answer");
        twin.cookies = browser.cookies.clone();
        assert_eq!(browser.ask(&back, None).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(browser.ask(&back, None).await.status(), StatusCode::FORBIDDEN, "the cookie is gone");
        assert_eq!(twin.ask(&back, None).await.status(), StatusCode::BAD_GATEWAY, "the code is used up");
        // One that comes too late, and one whom the provider did not let in.
        let mut late = Browser::at(&server);
        let back = late.sign_in_at("idp", "1").await;
        server.world.pass(601 * SECOND);
        assert_eq!(late.ask(&back, None).await.status(), StatusCode::FORBIDDEN);
        server.world.pass(-601 * SECOND);
        let mut refused = Browser::at(&server);
        let mut back = refused.sign_in_at("idp", "1").await;
        let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        back.query_pairs_mut().clear().extend_pairs([("state", state.as_str()), ("error", "<script>")]);
        let told = refused.ask(&back, None).await;
        assert_eq!(told.status(), StatusCode::BAD_GATEWAY);
        assert!(!told.text().await.unwrap().contains("script"));
    });
}

/// The first way back with a parameter of the second.
fn other_way(first: &Url, second: &Url, name: &str) -> Url {
    let taken = second.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let mut url = first.clone();
    let pairs: Vec<(String, String)> = first.query_pairs().into_owned().collect();
    url.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(key, value)| {
        let value = if key == name { taken.clone() } else { value };
        (key, value)
    }));
    url
}

#[test]
fn who_leaves_the_groups_or_whose_provider_is_switched_off_is_signed_out() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        let idp = Idp::start(true).await;
        let mut made = server.set_up(&owner, "idp", &idp, json!({})).await;
        let grace = Browser::at(&server).enter("idp", "1").await;
        let chief = Browser::at(&server).enter("idp", "6").await;
        let mut change = async |fields: Value| {
            let version = made["version"].as_i64().unwrap();
            let mut terms = made["terms"].as_object().unwrap().clone();
            terms.extend(fields.as_object().unwrap().clone());
            let request = server.client.put(format!("{}/api/v1/identity-providers/idp", server.address));
            let request = request.bearer_auth(&owner).header(IF_MATCH, format!("\"{version}\"")).json(&terms);
            let response = request.send().await.unwrap();
            let (status, tag) = (response.status().as_u16(), response.headers().get(ETAG).cloned());
            let text = response.text().await.unwrap();
            if status == 200 {
                made = serde_json::from_str(&text).unwrap();
                assert_eq!(tag.unwrap(), format!("\"{}\"", version + 1));
            }
            (status, text)
        };
        assert_eq!(change(json!({"group_roles": {"chiefs": ["owner"]}})).await.0, 200);
        assert!(server.world.principal(&grace).await.is_some(), "until she signs in again");
        Browser::at(&server).refused("idp", "1", 403).await;
        assert!(server.world.principal(&grace).await.is_none());
        let grace = server.world.control().members(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap();
        let grace = grace.items.into_iter().find(|member| member.name == "Grace").unwrap();
        assert!(grace.permissions.is_empty(), "her tokens can do nothing either");
        // The secret is not for another issuer, and one that cannot be asked is not kept.
        let other = Idp::start(true).await;
        let (status, text) = change(json!({"issuer": other.issuer})).await;
        assert!(status == 422 && text.contains("client_secret"), "{text}");
        let (status, text) = change(json!({"issuer": "http://10.0.0.7", "client_secret": "x"})).await;
        assert!(status == 422 && text.contains("over https only"), "{text}");
        let (status, text) = change(json!({"grup_roles": {}})).await;
        assert!(status == 400 && text.contains("grup_roles"), "{text}");
        assert_eq!(change(json!({"issuer": other.issuer, "client_secret": "the-providers-secret"})).await.0, 200);
        assert!(server.world.principal(&chief).await.is_some());
        assert_eq!(change(json!({"active": false})).await.0, 200);
        assert!(server.world.principal(&chief).await.is_none());
        let gone = server.client.get(format!("{}/sso/acme/idp", server.address)).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    });
}

#[test]
fn only_owners_set_providers_up_and_a_tenant_keeps_an_owner_whatever_a_directory_says() {
    run(async {
        let (server, owner) = Server::with_owner().await;
        let idp = Idp::start(true).await;
        let admin = server.world.join("admin@example.com", &["admin"], pulse_server::control::Sees::Everything).await;
        let admin = server.world.access.begin(&admin, Some("acme"), &Default::default()).await.unwrap();
        let body = json!({"issuer": idp.issuer, "client_id": "pulse", "roles": ["viewer"]});
        let put = async |token: &str, body: &Value| {
            let request = server.client.put(format!("{}/api/v1/identity-providers/mine", server.address));
            request.bearer_auth(token).json(body).send().await.unwrap().status().as_u16()
        };
        assert_eq!(put(&admin.token, &body).await, 403);
        assert_eq!(put(&server.acme, &body).await, 403);
        let mut unknown = body.clone();
        unknown["roles"] = json!(["nobody"]);
        assert_eq!(put(&owner, &unknown).await, 404);
        assert_eq!(put(&owner, &body).await, 200);
        assert_eq!(put(&owner, &body).await, 409, "it is there already");
        server.set_up(&owner, "idp", &idp, json!({})).await;
        assert_eq!(
            server
                .client
                .get(format!("{}/api/v1/identity-providers", server.address))
                .bearer_auth(&admin.token)
                .send()
                .await
                .unwrap()
                .status(),
            403
        );
        // Ada is the only owner, and her groups would make her an analyst.
        let ada = Browser::at(&server).enter("idp", "2").await;
        let me = server.json("/api/v1/me", &ada).await;
        assert!(me["permissions"].as_array().unwrap().contains(&json!("tenant:own")), "{me}");
        // With another owner they do.
        Browser::at(&server).enter("idp", "6").await;
        let ada = Browser::at(&server).enter("idp", "2").await;
        assert_eq!(server.json("/api/v1/me", &ada).await["permissions"], json!(["metrics:read", "sql:run"]));
        // A role that a provider names stays.
        let control = server.world.control();
        let sessions = control.sessions(&server.world.ada.id, Some(&acme()), &Cursor::new(None, None).unwrap()).await;
        assert!(sessions.unwrap().items.iter().any(|session| session.provider.as_deref() == Some("idp")));
    });
}
