//! The REST endpoints.

mod commits;
mod compare;
mod page;
mod runs;

use super::exchange::Asked;
use super::{Answer, GitHub, Token, app};
use crate::limits::{Resource, Standing};
use crate::shapes;
use crate::world::{Repository, World};
use page::Page;
use serde_json::{Value, json};
use url::form_urlencoded;

/// What an endpoint of a repository answers from.
struct Question<'a> {
    world: &'a World,
    repository: &'a Repository,
    parameters: Vec<(String, String)>,
    /// The address that links to other pages begin with.
    address: String,
}

impl Question<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    fn page(&self) -> Page {
        page_of(&self.parameters)
    }
}

/// Answers a REST request.
pub(super) fn answer(world: &World, token: &Token, asked: &Asked) -> Answer {
    if asked.method != "GET" {
        return Answer::not_found();
    }
    let segments: Vec<String> = asked.path.split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["user"] => user(world, token),
        ["installation", "repositories"] if token.until.is_some() => given(world, token, asked),
        ["repos", owner, name, rest @ ..] => {
            let is_owner = |known: &str| known.eq_ignore_ascii_case(owner);
            let is_its = |r: &&Repository| is_owner(&world.organization.login) || is_owner(world.owner(r));
            let found = world.repository(name).filter(is_its).filter(|r| token.sees(r));
            let Some(repository) = found else { return Answer::not_found() };
            if !repository.name.eq_ignore_ascii_case(name) || !is_owner(world.owner(repository)) {
                return moved(repository, rest, asked);
            }
            of_repository(world, repository, rest, asked)
        }
        ["repositories", id, rest @ ..] => {
            let found = id.parse().ok().and_then(|id: i64| world.repositories.get(&id)).filter(|r| token.sees(r));
            found.map_or_else(Answer::not_found, |r| of_repository(world, r, rest, asked))
        }
        _ => Answer::not_found(),
    }
}

/// The repositories that an app was given.
fn given(world: &World, token: &Token, asked: &Asked) -> Answer {
    let parameters: Vec<(String, String)> = form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
    let all: Vec<&Repository> = world.repositories.values().filter(|r| app::is_given(token, r)).collect();
    let page = page_of(&parameters);
    let shapes: Vec<Value> = page.of(&all).iter().map(|r| shapes::repository(world, r)).collect();
    let answer = Answer::json(200, json!({"total_count": all.len(), "repositories": shapes}));
    page.link(&parameters, &format!("{}/installation/repositories", asked.base), all.len(), answer)
}

fn page_of(parameters: &[(String, String)]) -> Page {
    let number = |name| parameters.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse().ok());
    Page::new(number("page"), number("per_page"))
}

fn of_repository(world: &World, repository: &Repository, rest: &[&str], asked: &Asked) -> Answer {
    let parameters = form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
    let address = format!("{}/repositories/{}/{}", asked.base, repository.id, encoded(rest));
    let question = Question { world, repository, parameters, address };
    match rest {
        [] => Answer::json(200, shapes::repository(world, repository)),
        ["commits"] => commits::answer(&question),
        ["compare", basehead @ ..] => compare::answer(&question, &basehead.join("/")),
        ["actions", "runs"] => runs::answer(&question),
        ["actions", "runs", run, "attempts", attempt] => runs::attempt(&question, run, attempt),
        ["actions", "runs", run, "attempts", attempt, "jobs"] => runs::jobs(&question, run, attempt),
        _ => Answer::not_found(),
    }
}

/// A repository that has another name or owner now is shown the way to by its id.
fn moved(repository: &Repository, rest: &[&str], asked: &Asked) -> Answer {
    let path = encoded(rest);
    let slash = if path.is_empty() { "" } else { "/" };
    let question = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
    let url = format!("{}/repositories/{}{slash}{path}{question}", asked.base, repository.id);
    let page = "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects";
    let body = json!({"message": "Moved Permanently", "url": url, "documentation_url": page});
    Answer::json(301, body).with("Location", url)
}

fn user(world: &World, token: &Token) -> Answer {
    let mut shape = shapes::user(world, token.owner(world));
    let Some(account) = token.owner(world).and_then(|l| world.account(l)) else { return Answer::not_found() };
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("name".to_owned(), json!(account.name));
        shape.insert("email".to_owned(), json!(account.email));
    }
    Answer::json(200, shape)
}

/// Where the token stands.
pub(super) fn rate_limit(github: &GitHub, token: &Token) -> Answer {
    let shape = |resource: Resource, s: Standing| -> Value {
        json!({
            "limit": s.limit, "remaining": s.remaining(), "reset": s.resets_at.timestamp(), "used": s.used,
            "resource": resource.name(),
        })
    };
    let core = shape(Resource::Core, github.standing(token, Resource::Core));
    let graphql = shape(Resource::Graphql, github.standing(token, Resource::Graphql));
    Answer::json(200, json!({"resources": {"core": core, "graphql": graphql}, "rate": core}))
}

/// A segment of a path without percent signs.
fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let escaped = segment.get(i + 1..i + 3).filter(|_| byte == b'%').and_then(|h| u8::from_str_radix(h, 16).ok());
        decoded.push(escaped.unwrap_or(byte));
        i += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Segments as a path again.
fn encoded(segments: &[&str]) -> String {
    let each =
        segments.iter().map(|s| s.replace('%', "%25").replace('#', "%23").replace('?', "%3F").replace(' ', "%20"));
    each.collect::<Vec<_>>().join("/")
}
