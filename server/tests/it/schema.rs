//! schemathesis asks whatever the OpenAPI document allows, and what it does not: no answer is a 5xx, and none is of another
//! kind than the document says.

use crate::rest::{Server, run};
use crate::world::PASSWORD;
use serde_json::{Value, json};
use std::process::Command;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

async fn conforms(address: String, token: String, left_out: &'static [&'static str]) {
    let python = std::env::var("PULSE_PYTHON").expect("`make test` sets PULSE_PYTHON, and makes what it names");
    let program = std::path::Path::new(&python).with_file_name("schemathesis");
    let folder = tempfile::tempdir().unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program);
        command.current_dir(folder.path()).env("NO_COLOR", "1");
        command.args(["run", &format!("{address}/openapi.json"), "-H", &format!("Authorization: Bearer {token}")]);
        command.args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "12", "--seed", "7"]);
        command.args(["--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"]);
        for path in left_out {
            command.args(["--exclude-path", path]);
        }
        command.output().unwrap()
    });
    let ran = ran.await.unwrap();
    assert!(ran.status.success(), "{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("passed"), "it asked something");
}

/// What never ends by itself.
const GOES_ON: &str = "/api/v1/events";
/// What would end the sessions that it asks with, besides.
const ENDS: &[&str] =
    &[GOES_ON, "/api/v1/auth/sign-out", "/api/v1/auth/switch", "/api/v1/users/{id}/sessions", "/api/v1/me/sessions"];

#[test]
fn every_answer_is_one_that_the_document_describes() {
    run(async {
        let server = Server::start().await;
        let sign_in = async |tenant: &str| {
            let body = json!({"email": "ada@example.com", "password": PASSWORD, "tenant": tenant});
            let request = server.client.post(format!("{}/api/v1/auth/sign-in", server.address)).json(&body);
            let granted: Value = request.send().await.unwrap().json().await.unwrap();
            granted["access_token"].as_str().unwrap().to_owned()
        };
        // Before so many wrong guesses are made that nobody is let in from here for a while.
        let (owner, operator) = (sign_in("acme").await, sign_in("platform").await);
        conforms(server.address.clone(), owner, ENDS).await;
        conforms(server.address.clone(), operator, ENDS).await;
        conforms(server.address.clone(), server.acme.clone(), &[GOES_ON]).await;
        conforms(server.address.clone(), "pulse_made-up".to_owned(), &[GOES_ON]).await;
    });
}
