//! The requests of the pages of `docs/`, as an owner sends them who has all that they speak of: each is answered. Where they speak of what
//! no test brings, such as an account at a vendor, they are told that this is not there, and nothing else is wrong with them.

use crate::backup::repository;
use crate::docs::{Page, commands};
use crate::rest::{Server, run};
use crate::world::PASSWORD;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

/// What a page says, and what is said in its place. Nobody listens at the port 9.
const STANDS_FOR: [(&str, &str); 7] = [
    ("https://api.github.com", "http://127.0.0.1:9"),
    ("https://acme.atlassian.net", "http://127.0.0.1:9"),
    ("https://example.okta.com", "https://127.0.0.1:9"),
    ("github_pat_…", "github_pat_1"),
    ("ATATT…", "ATATT1"),
    ("{…}", "{}"),
    ("SELECT …", "SELECT 1"),
];

/// What stands in requests about what no test brings, and what these are told.
const ELSEWHERE: [(&str, &str); 9] = [
    ("/connections/hub/health", "there is no connection `hub`"),
    ("/connections/hub", "the connection cannot be read"),
    ("/connections/jira", "the connection cannot be read"),
    ("\"subject\": \"hub\"", "`subject` should be the name of a connection"),
    ("/identity-providers/okta", "`issuer` cannot be used"),
    ("/mapping/decisions", "and there is none in core."),
    ("/mapping/trials/$ID", "there is no trial"),
    ("\"saved\": \"ID\"", "there is no saved query"),
    ("\"destination\": \"ops\"", "names the destination `ops`, which is not there"),
];

/// A request, as a command of curl's says it.
struct Asked {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Asked {
    /// Nothing where a command is no request to the API.
    fn of(words: &[String]) -> Option<Self> {
        let mut words = words.iter();
        if words.next()? != "curl" {
            return None;
        }
        let (mut method, mut path, mut headers, mut body) = (None, None, Vec::new(), None);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-X" => method = Some(words.next()?.parse::<Method>().unwrap()),
                "-H" => headers.extend(words.next()?.split_once(": ")),
                "-d" | "--data-binary" => body = words.next().cloned(),
                "-o" => {
                    words.next();
                }
                option if option.starts_with('-') => {}
                address => path = address.find("/api/").map(|at| address[at..].to_owned()).or(path),
            }
        }
        let is_ours = |(name, _): &(&str, &str)| *name != "Authorization";
        let headers = headers.into_iter().filter(is_ours).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let method = method.unwrap_or(if body.is_some() { Method::POST } else { Method::GET });
        Some(Self { method, path: path?, headers: headers.collect(), body })
    }

    /// What it is told where it is about what no test brings.
    fn told(&self) -> Option<&'static str> {
        let body = self.body.as_deref().unwrap_or_default();
        ELSEWHERE.iter().find(|(of, _)| self.path.contains(of) || body.contains(of)).map(|(_, told)| *told)
    }

    /// What it is answered: the status, and the problem where there is one.
    async fn answered(self, server: &Server, token: &str) -> (u16, Value) {
        let request = server.client.request(self.method, format!("{}{}", server.address, self.path)).bearer_auth(token);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let says_kind = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
        let request = match self.body.map(|body| STANDS_FOR.iter().fold(body, |body, (of, is)| body.replace(of, is))) {
            Some(file) if file.starts_with('@') => request.body(include_bytes!("../fonts/squares.ttf").as_slice()),
            // What curl says of a body unless it is told otherwise.
            Some(body) if !says_kind => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body),
            Some(body) => request.body(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        // Of events there is no end.
        let problem = if status.is_success() { Value::Null } else { answer.json().await.unwrap() };
        (status.as_u16(), problem)
    }
}

/// All requests of the pages, each with its page.
fn requests() -> Vec<(String, Asked)> {
    let mut requests = Vec::new();
    for page in Page::all() {
        for block in page.blocks().into_iter().filter(|block| block.language != "sql") {
            let all = commands(&block.text);
            requests.extend(all.iter().filter_map(|words| Some((page.path.clone(), Asked::of(words)?))));
        }
    }
    requests
}

#[test]
fn every_request_in_a_block_is_answered() {
    run(async {
        let server = Server::start().await;
        std::fs::create_dir(server.repositories.path().join("acme")).unwrap();
        repository(&server.repositories.path().join("acme/api"), 1..3);
        let sign_in = server.client.post(format!("{}/api/v1/auth/sign-in", server.address));
        let sign_in = sign_in.json(&json!({"email": "ada@example.com", "password": PASSWORD, "tenant": "acme"}));
        let entered: Value = sign_in.send().await.unwrap().json().await.unwrap();
        let token = entered["access_token"].as_str().unwrap();
        let (mut done, mut wrong) = (0, Vec::new());
        for (page, asked) in requests() {
            let (place, told) = (format!("{page}: {}", asked.path), asked.told());
            let (status, problem) = asked.answered(&server, token).await;
            done += usize::from(status < 300);
            let why = problem["detail"].as_str().unwrap_or_default();
            if status >= 300 && !told.is_some_and(|told| [404, 422].contains(&status) && why.contains(told)) {
                wrong.push(format!("{place}: {status} {problem}"));
            }
        }
        assert!(wrong.is_empty() && done >= 15, "{done} were answered; these were not: {wrong:#?}");
    });
}
