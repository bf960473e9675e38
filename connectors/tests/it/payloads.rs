//! Payloads that others published: GitHub's in packages of npm; a few of Jira's and GitHub's in sources of programs of PyPI's, which recorded
//! them or wrote them for their tests; and the examples of Jira's in Atlassian's own description of its API.

use serde_json::Value as Json;
use std::path::Path;

/// A file of one of the packages in `tests/payloads`.
pub(crate) fn text(path: &str) -> String {
    brought(&format!("node_modules/@octokit/{path}"), "`make test` installs it: npm ci in connectors/tests/payloads")
}

/// What a program read from a vendor and kept in a file: the `data` of each item.
pub(crate) fn recorded(file: &str) -> Vec<Json> {
    let items: Vec<Json> = serde_json::from_str(&kept(file)).unwrap();
    items.into_iter().map(|mut item| item["data"].take()).collect()
}

/// The same, of what a program found again in what it had stored: an item after the other.
pub(crate) fn found(file: &str) -> Vec<Json> {
    let text = kept(file);
    let items = serde_json::Deserializer::from_str(&text).into_iter::<Json>();
    items.map(|item| item.unwrap()["_source"]["data"].take()).collect()
}

/// An answer that a program's tests hold: the nth dictionary of what `literals.py` took out of them.
pub(crate) fn answer(file: &str, nth: usize) -> Json {
    let mut answers: Vec<Json> = serde_json::from_str(&kept(file)).unwrap();
    answers.swap_remove(nth)
}

/// What Atlassian's description of Jira Cloud's API gives as an example of an answer.
pub(crate) fn documented(path: &str) -> Json {
    let mut described: Json = serde_json::from_str(&kept("described.json")).unwrap();
    let answer = &mut described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"];
    match answer["example"].take() {
        // Most stand there as text.
        Json::String(text) => serde_json::from_str(&text).unwrap(),
        example => example,
    }
}

fn kept(file: &str) -> String {
    brought(&format!("recorded/{file}"), "`make connectors/tests/payloads/recorded/ready` brings it")
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn brought(path: &str, how: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payloads").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}; {how}", file.display()))
}

/// The calls of an event that GitHub calls hooks with, as its documentation and its users recorded them.
pub(crate) fn calls() -> Vec<(String, Json)> {
    let mut calls = Vec::new();
    for server in ["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"] {
        let events: Json = serde_json::from_str(&text(&format!("webhooks-examples/{server}/index.json"))).unwrap();
        for event in events.as_array().unwrap() {
            let name = event["name"].as_str().unwrap();
            calls.extend(event["examples"].as_array().unwrap().iter().map(|call| (name.to_owned(), call.clone())));
        }
    }
    calls
}

/// The calls of one event.
pub(crate) fn calls_of(event: &str) -> Vec<Json> {
    let calls: Vec<Json> = calls().into_iter().filter(|(name, _)| name == event).map(|(_, call)| call).collect();
    assert!(!calls.is_empty(), "no call of `{event}` was recorded");
    calls
}

/// The values of an enumeration of GitHub's GraphQL schema.
pub(crate) fn values(enumeration: &str) -> Vec<String> {
    let schema = text("graphql-schema/schema.graphql");
    let (_, rest) = schema.split_once(&format!("\nenum {enumeration} {{\n")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    // All else in it is text, in quotes, and what is deprecated with the reason.
    let value = |line: &str| line.split('@').next().unwrap().trim().to_owned();
    let is_value = |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    body.lines().map(value).filter(is_value).collect()
}
