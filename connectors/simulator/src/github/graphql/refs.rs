//! `Refs` and `RefsAlone`

use super::Found;
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window};
use crate::shapes::time;
use crate::world::{Annotation, Repository};
use serde_json::{Value, json};
use std::collections::HashSet;

/// A branch or a tag.
struct Ref<'a> {
    name: &'a str,
    commit: &'a str,
    annotation: Option<&'a Annotation>,
}

/// Branches or tags by name, each with how much of it the default branch does not have.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    // Made once for the page: each ref is then compared by what it has beyond this.
    let default = repository.resolve(ask.text("default")?).map(|head| repository.reachable(head));
    Ok(json!({"repository": {"refs": page.nodes(|r| node(repository, r, default.as_ref()))}}))
}

/// The same, compared with nothing.
pub(super) fn alone(ask: &Ask<'_>) -> Found {
    let (repository, page) = page(ask)?;
    Ok(json!({"repository": {"refs": page.nodes(|r| node(repository, r, None))}}))
}

fn page<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, Page<Ref<'a>>), Failure> {
    let repository = ask.repository()?;
    let all: Vec<Ref<'_>> = match ask.text("prefix")?.trim_end_matches('/') {
        "refs/heads" => {
            let branches = repository.branches.iter();
            branches.map(|(name, commit)| Ref { name, commit, annotation: None }).collect()
        }
        "refs/tags" => {
            let tags = repository.tags.iter();
            tags.map(|(name, t)| Ref { name, commit: &t.commit, annotation: t.annotation.as_ref() }).collect()
        }
        _ => Vec::new(),
    };
    let all = all.into_iter().map(|r| (r.name.to_owned(), r));
    Ok((repository, Page::cut(all, Order::Ascending, Window::of(ask)?, "refs")?))
}

fn node(repository: &Repository, of: &Ref<'_>, default: Option<&HashSet<&str>>) -> Value {
    let date = repository.commits.get(of.commit).map(|c| time(c.committer.date));
    let commit = json!({"__typename": "Commit", "oid": of.commit, "committedDate": date});
    let target = match of.annotation {
        None => commit,
        Some(tag) => json!({
            "__typename": "Tag", "oid": tag.oid, "message": tag.message, "tagger": {"date": time(tag.date)},
            "target": commit,
        }),
    };
    let behind = default.map(|known| json!({"behindBy": repository.beyond(of.commit, known).len()}));
    json!({"name": of.name, "target": target, "compare": behind})
}
