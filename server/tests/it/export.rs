//! All that there is of a tenant, handed over: it is whole, it opens elsewhere, and no secret is in it.

use crate::golden::{FIGURES, SPAN, near};
use crate::rest::{Server, run};
use crate::world::{PASSWORD, acme};
use pulse_engine::metrics::{Grain, Question};
use pulse_engine::{Engine, TenantId};
use pulse_server::control::{Sees, Size};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;

async fn sign_in(server: &Server, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD, "tenant": "acme"});
    let request = server.client.post(format!("{}/api/v1/auth/sign-in", server.address)).json(&body);
    let granted: Value = request.send().await.unwrap().json().await.unwrap();
    granted["access_token"].as_str().unwrap().to_owned()
}

async fn export(server: &Server, token: &str) -> (u16, Vec<u8>) {
    let request = server.client.get(format!("{}/api/v1/tenant/export", server.address)).bearer_auth(token);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert!(files.insert(path, bytes).is_none(), "each once");
    }
    files
}

#[test]
fn an_owner_takes_the_tenant_away_and_opens_it_elsewhere() {
    run(async {
        let server = Server::start().await;
        let control = server.world.control();
        server.world.join("bob@example.com", &["viewer"], Sees::Everything).await;
        let terms = serde_json::from_value(json!({"issuer": "https://idp", "client_id": "pulse"})).unwrap();
        let sealed = server.world.access.sso.seal(&acme(), "idp", "the-providers-secret").unwrap();
        control
            .create_provider(&acme(), &server.world.owner().await, "idp", terms, Some(sealed.clone()))
            .await
            .unwrap();
        let owner = sign_in(&server, "ada@example.com").await;
        let (status, archive) = export(&server, &owner).await;
        assert_eq!(status, 200);
        let files = files(&archive);
        let objects = server.engine.tenant(&acme()).lake().objects().await.unwrap();
        assert!(objects.len() > 20);
        // Other tests' servers write to the audit trail of this lake meanwhile.
        for object in objects.iter().filter(|object| !object.path.starts_with("audit/")) {
            let bytes =
                files.get(&format!("lake/{}", object.path)).unwrap_or_else(|| panic!("{} is missing", object.path));
            assert_eq!(bytes.len() as u64, object.bytes);
        }
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        let members = text("control/members.ndjson");
        assert!(members.contains("bob@example.com") && members.lines().count() == 2, "{members}");
        assert!(text("control/tenant.ndjson").contains("Europe/Berlin") && text("control/roles.ndjson").is_empty());
        assert_eq!(text("control/tokens.ndjson").lines().count(), 1);
        let about: String =
            files.iter().filter(|(name, _)| name.starts_with("control/")).map(|(name, _)| text(name)).collect();
        let sum = pulse_server::secret::sum(&server.acme);
        for secret in ["argon2", &sealed, &sum, "the-providers-secret"] {
            assert!(!about.contains(secret), "{secret} is in the archive");
        }
        // Debian's tar unpacks it, and another lake's engine tells the same figures.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("acme.tar"), &archive).unwrap();
        let done =
            std::process::Command::new("tar").args(["-xf", "acme.tar"]).current_dir(folder.path()).status().unwrap();
        assert!(done.success());
        let elsewhere = TenantId::new("elsewhere").unwrap();
        std::fs::rename(folder.path().join("lake"), folder.path().join("tenant=elsewhere")).unwrap();
        let url = url::Url::from_directory_path(folder.path()).unwrap();
        let tenant = Engine::open(url.as_str()).await.unwrap().tenant(&elsewhere);
        let question = |metric: &str| Question {
            metric: metric.to_owned(),
            from: SPAN[0].parse().unwrap(),
            until: SPAN[1].parse().unwrap(),
            grain: Grain::Month,
            by: None,
            filter: Default::default(),
            compare: None,
        };
        for (metric, value, n) in FIGURES {
            let answer = tenant.ask(&question(metric), &Default::default(), control.clock()).await.unwrap();
            let total = serde_json::to_value(&answer.groups[0].total).unwrap();
            assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
        }
    });
}

#[test]
fn nobody_takes_more_away_than_they_may_see() {
    run(async {
        let server = Server::start().await;
        for (email, role, sees) in [
            ("admin@example.com", "admin", Sees::Everything),
            ("part@example.com", "owner", Sees::Only { teams: Default::default(), projects: Default::default() }),
        ] {
            server.world.join(email, &[role], sees).await;
            assert_eq!(export(&server, &sign_in(&server, email).await).await.0, 403, "{email}");
        }
        assert_eq!(export(&server, &server.acme).await.0, 403);
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "tenant": "platform"});
        let request = server.client.post(format!("{}/api/v1/auth/sign-in", server.address)).json(&body);
        let granted: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(export(&server, granted["access_token"].as_str().unwrap()).await.0, 403, "an operator sees no data");
    });
}

#[test]
fn how_much_is_in_the_lake_is_looked_at_where_no_job_saw_it_yet() {
    run(async {
        let server = Server::start().await;
        let owner = sign_in(&server, "ada@example.com").await;
        let lake = async || {
            let request = server.client.get(format!("{}/api/v1/tenant/usage", server.address)).bearer_auth(&owner);
            request.send().await.unwrap().json::<Value>().await.unwrap()["lake"].clone()
        };
        // What is there came from the command line.
        let (now, looked) = (server.app.clock.now(), lake().await);
        assert!(looked["files"].as_u64() > Some(0) && looked["bytes"].as_u64() > Some(1000), "{looked}");
        assert_eq!(looked["seen_at"], now);
        server.world.control().note_size(&acme(), Size { files: 2, bytes: 3 }).await.unwrap();
        server.world.pass(60);
        assert_eq!(lake().await, json!({"files": 2, "bytes": 3, "seen_at": now}));
    });
}
