//! Random histories that come, change and go in random batches: modelled batch by batch, and killed in between, the facts
//! are those of a model from nothing.

use super::model::{arrive, at, commit, deployment, facts, incident, item, lake_over, memory, row, sha, transition};
use super::support::Mortal;
use object_store::memory::InMemory;
use proptest::prelude::*;
use pulse_engine::Settings;
use pulse_engine::entities;
use pulse_engine::row::{Row, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that a source tells: what kind of thing, which one of its kind, some numbers that say how it is now, and
/// whether it is gone.
type Told = (u8, u8, [u8; 4], bool);

const REPOSITORIES: [&str; 2] = ["r", "s"];
const STATUSES: [(&str, &str); 4] = [("Backlog", "todo"), ("Dev", "doing"), ("Review", "doing"), ("Done", "done")];
/// Keys that items go or went by, beside their ids.
const KEYS: [&str; 3] = ["OLD-1", "OLD-2", "NEW-1"];
const NAMES: [&str; 3] = ["ada", "ada-mail", "grace"];
const COMMITS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn one_of<T: Copy>(of: &[T], number: u8) -> T {
    of[number as usize % of.len()]
}

/// The row of what is told as the n-th of all.
fn row_of((kind, which, [a, b, c, d], is_gone): Told, n: usize) -> Row {
    let repository = one_of(&REPOSITORIES, which);
    let (name, request) = (|number| one_of(&COMMITS, number), format!("{repository}/pr{}", which / 2 % 2));
    let made = match kind {
        0..=2 => {
            // Parents come before their children in the alphabet; some are never told of.
            let place = usize::from(which / 2) % COMMITS.len();
            let parents = [a, b].map(|number| usize::from(number) % COMMITS.len()).into_iter().filter(|p| *p < place);
            let parents: Vec<_> = parents.map(|p| COMMITS[p]).collect();
            let other = vec![sha(name(d))];
            let made = commit(repository, COMMITS[place], &parents, i64::from(c % 10));
            match c % 5 {
                3 => made.set("reverts", other),
                4 => made.set("cherry_picked_from", other),
                _ => made,
            }
        }
        3..=5 => {
            let id = format!("{repository}/d{}", which / 2 % 4);
            let made = deployment(repository, &id, name(a), i64::from(b % 12));
            let made = if c % 4 == 0 { made.set("sha", Value::Null) } else { made };
            let made = made.set("status", if c % 7 == 0 { "failed" } else { "succeeded" });
            made.set("environment", one_of(&["production", "production", "eu"], d))
        }
        6 => {
            let made = row("pull_requests", &request).set("repository_id", repository).set("author_id", "ada");
            let made = made.set("created_at", at(1)).set("head_sha", sha(name(a))).set("base_branch", "main");
            let made = made.set("work_item_keys", vec![one_of(&KEYS, d).to_owned()]);
            match b % 3 {
                0 => made.set("state", "open"),
                _ => made
                    .set("state", "merged")
                    .set("merged_at", at(i64::from(b % 9)))
                    .set("merge_commit_sha", sha(name(c))),
            }
        }
        7 => row("pull_request_commits", &format!("{request}/{}", name(a)))
            .set("pull_request_id", request)
            .set("sha", sha(name(a)))
            .set("authored_at", at(i64::from(b % 9))),
        8 => row("reviews", &format!("{request}/review{}", a % 2))
            .set("pull_request_id", request)
            .set("reviewer_id", one_of(&["ada", "grace"], b))
            .set("submitted_at", at(i64::from(c % 9))),
        9 => row("repositories", repository)
            .set("name", repository)
            .set("default_branch", one_of(&["main", "trunk"], a))
            .set("default_sha", (b % 2 == 0).then(|| sha(name(c)))),
        10 => row("project_scopes", &format!("scope/{repository}"))
            .set("project_id", one_of(&["shop", "bank"], a))
            .set("scope_kind", "repository")
            .set("scope_id", repository),
        11 => row("lineage_overrides", &format!("{repository}/o{}", a % 2))
            .set("repository_id", repository)
            .set("sha", sha(name(b)))
            .set("deployment_id", (c % 3 > 0).then(|| format!("{repository}/d{}", c % 4)))
            .set("made_by", "Grace")
            .set("made_at", at(i64::from(d % 5))),
        12 => incident(&format!("i{}", a % 3), repository, i64::from(b % 12)),
        13 | 14 => {
            let (status, category) = one_of(&STATUSES, a);
            let made = item(&format!("w{}", which % 4), status, category);
            let made = if c % 3 == 0 { made } else { made.set("key", one_of(&KEYS, c / 3)) };
            let made = if d % 3 == 0 { made.set("resolution", "Won't Do") } else { made };
            // It moves, from project to project or into a repository.
            match b % 5 {
                0 => made.set("project_id", Value::Null).set("repository_id", repository),
                1 => made.set("project_id", Value::Null),
                _ => made.set("project_id", one_of(&["shop", "bank"], b)),
            }
        }
        15 => {
            let id = format!("w{}", which % 4);
            let moves = transition(&format!("{id}/{}", a % 3), &id, one_of(&STATUSES, b).0, one_of(&STATUSES, c).0, 1);
            moves.set("changed_at", at(i64::from(d % 9)))
        }
        16 => row("sprint_items", &format!("w{}/s{}", which % 4, a % 2))
            .set("work_item_id", format!("w{}", which % 4))
            .set("sprint_id", format!("s{}", a % 2))
            .set("added_at", at(i64::from(b % 9))),
        17 => row("sprints", &format!("s{}", a % 2))
            .set("name", "S")
            .set("state", one_of(&["future", "active", "closed"], b))
            .set("starts_at", at(i64::from(c % 5)))
            .set("completed_at", at(9)),
        18 => row("statuses", one_of(&["dev", "review"], a))
            .set("name", one_of(&["Dev", "Review"], a))
            .set("status_category", one_of(&["todo", "doing"], b)),
        19 => {
            let id = format!("w{}", which % 4);
            transition(&format!("{id}/key{}", a % 2), &id, one_of(&KEYS, b), one_of(&KEYS, c), 1).set("field", "key")
        }
        20 => row("identities", one_of(&NAMES, which))
            .set("email", one_of(&["ada@acme.com", "grace@acme.com"], a))
            .set("is_bot", b % 6 == 0),
        21 => row("team_members", &format!("member{}", which % 3))
            .set("team_id", one_of(&["red", "blue"], a))
            .set("member_id", one_of(&NAMES, b))
            .set("joined_at", (c % 2 == 0).then(|| at(i64::from(d % 9)))),
        22 => {
            let project = one_of(&["shop", "bank"], which);
            row("projects", project).set("name", project).set("key", one_of(&["OLD", "NEW", "TOP"], a))
        }
        23 => row("project_keys", &format!("key{}", which % 3))
            .set("project_id", one_of(&["shop", "bank"], a))
            .set("key", one_of(&["OLD", "NEW", "TOP"], b)),
        _ => row("comments", &format!("{request}/c{}", a % 2))
            .set("subject_id", request)
            .set("author_id", one_of(&["ada", "grace"], b))
            .set("created_at", at(i64::from(c % 9))),
    };
    let made = told_as(made, n);
    let gone = Value::Time(10 * n as i64 + 1);
    match is_gone {
        // Of what is deleted a source may tell no more than that it is.
        true if d % 2 == 0 => {
            let bare = Row::new(entities::core(made.entity().name).unwrap()).set("id", made.text("id").unwrap());
            bare.set("connection", "test:a").set("deleted_at", gone)
        }
        true => made.set("deleted_at", gone),
        false => made,
    }
}

/// A row as it is told as the n-th of all.
fn told_as(row: Row, n: usize) -> Row {
    row.set("observed_at", Value::Time(10 * n as i64)).set("raw", format!("test/{n}"))
}

/// Whether a row tells more than that it is gone.
fn says_something(row: &Row) -> bool {
    *row.get("observed_at") != Value::Null
}

/// What is gone in the end is told again, as it was said to be last.
fn told_again(all: &[Vec<Row>], n: usize) -> Vec<Row> {
    let mut last: BTreeMap<(&str, &str), (Option<&Row>, bool)> = BTreeMap::new();
    for row in all.iter().flatten() {
        let (said, is_gone) = last.entry((row.entity().name, row.text("id").unwrap())).or_default();
        if says_something(row) {
            *said = Some(row);
        }
        *is_gone = *row.get("deleted_at") != Value::Null;
    }
    let gone = last.into_values().filter_map(|(said, is_gone)| said.filter(|_| is_gone).cloned());
    gone.map(|row| told_as(row, n).set("deleted_at", Value::Null)).collect()
}

/// Batches as they come, each with the write at which the step over it is killed: much at first, and then so little that
/// most of what was modelled is left as it is.
fn batches() -> impl Strategy<Value = Vec<(Vec<Told>, i64)>> {
    let batch = |sizes| {
        let told = (0..25_u8, any::<u8>(), any::<[u8; 4]>(), prop::bool::weighted(0.15));
        (prop::collection::vec(told, sizes), 0..22_i64)
    };
    let later = prop::collection::vec(batch(1..3), 1..6);
    (batch(18..40), later).prop_map(|(first, later)| std::iter::once(first).chain(later).collect())
}

async fn ends_alike(batches: Vec<(Vec<Told>, i64)>) {
    let store = Arc::new(InMemory::new());
    let tenant = lake_over(store.clone());
    let (mut n, mut all) = (0, Vec::<Vec<Row>>::new());
    for (told, kill) in batches {
        let mut rows = BTreeMap::new();
        for told in told {
            n += 1;
            let row = row_of(told, n);
            let is_of_it = |told: &Row| told.entity().name == row.entity().name && told.text("id") == row.text("id");
            // Nobody tells that something is gone of which nothing was ever told.
            if says_something(&row) || all.iter().flatten().any(|told| says_something(told) && is_of_it(told)) {
                rows.insert((row.entity().name, row.text("id").unwrap().to_owned()), row);
            }
        }
        let rows: Vec<Row> = rows.into_values().collect();
        all.push(rows.clone());
        arrive(tenant.lake(), rows).await.unwrap();
        let scratch = memory();
        for rows in all.clone() {
            arrive(scratch.lake(), rows).await.unwrap();
        }
        scratch.model(&Settings::default()).await.unwrap();
        let (old, new) = (facts(tenant.lake()).await, facts(scratch.lake()).await);

        let mortal = Mortal::new(store.clone(), kill);
        let outcome = lake_over(mortal.clone()).model(&Settings::default()).await;
        assert!(mortal.dead() || outcome.is_ok());
        let seen = facts(lake_over(store.clone()).lake()).await;
        assert!(seen == old || seen == new, "killed at write {kill}, a reader sees neither:\n{seen}");
        tenant.model(&Settings::default()).await.unwrap();
        assert_eq!(facts(tenant.lake()).await, new, "killed at write {kill}");
    }
    // What was deleted comes back: nothing tells that it ever was, and nothing in which order all of it came.
    let again = told_again(&all, n + 1);
    arrive(tenant.lake(), again.clone()).await.unwrap();
    let (never, backward) = (memory(), memory());
    for rows in &all {
        let there = rows.iter().filter(|row| says_something(row)).map(|row| row.clone().set("deleted_at", Value::Null));
        arrive(never.lake(), there.collect()).await.unwrap();
    }
    for rows in all.into_iter().chain([again]).rev() {
        arrive(backward.lake(), rows).await.unwrap();
    }
    for one in [&tenant, &never, &backward] {
        one.model(&Settings::default()).await.unwrap();
    }
    let there = facts(never.lake()).await;
    assert_eq!(facts(tenant.lake()).await, there, "what was deleted came back");
    assert_eq!(facts(backward.lake()).await, there, "what came last came first");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_changes_and_goes_the_facts_are_those_of_a_model_from_nothing(batches in batches()) {
        tokio::runtime::Runtime::new().unwrap().block_on(ends_alike(batches));
    }
}
