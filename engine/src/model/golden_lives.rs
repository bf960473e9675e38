//! The life of pull requests by hand: who looked when, and what was waited for. Where nothing else is said, all hours are
//! working hours.

use super::input::Commit;
use super::testing::{HOUR, History};
use super::{Organisation, PullRequestFact, ReviewFact};
use crate::calendar::Day;
use crate::{Calendar, Settings};
use std::collections::BTreeSet;

fn always() -> Settings {
    let days = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun].into();
    Settings { calendar: Calendar { days, begins: 0, ends: 24 * 60, ..Calendar::default() }, ..Settings::default() }
}

/// `pr` of ada's, opened at 10 and merged at 30.
fn history(build: impl FnOnce(History) -> History) -> History {
    let history = History::new("r").commit("a", &[], 0).commit("m", &["a"], 30);
    build(history.pull_request("pr", (10, 30), "m", &[("x", 8), ("y", 9)]))
}

fn lives(build: impl FnOnce(History) -> History) -> (PullRequestFact<'static>, Vec<ReviewFact<'static>>) {
    let mut organisation = Organisation::default();
    organisation.identity("robot", None, true);
    organisation.identity("ada-mail", Some("person-ada"), false);
    organisation.identity("ada", Some("person-ada"), false);
    organisation.identity("grace-mail", Some("person-grace"), false);
    organisation.identity("grace", Some("person-grace"), false);
    let (mut requests, reviews) = history(build).lives_in(organisation, &always());
    (requests.remove(0), reviews)
}

/// Pickup, review, rework, merge wait and all, in hours; `-` where there is none.
fn stages(fact: &PullRequestFact<'_>) -> String {
    let stages =
        [fact.pickup_seconds, fact.review_seconds, fact.rework_seconds, fact.merge_wait_seconds, fact.open_seconds];
    let text = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |seconds| format!("{}", seconds / 3600.0));
    stages.map(text).join(" ")
}

#[test]
fn a_pull_request_is_picked_up_reviewed_reworked_and_merged() {
    let (fact, reviews) = lives(|h| {
        h.reviewed("pr", "grace", "changes_requested", 14)
            .reviewed("pr", "grace", "commented", 18)
            .reviewed("pr", "linus", "changes_requested", 20)
            .reviewed("pr", "grace-mail", "approved", 25)
    });
    // Rework is 14–18 and 20–25.
    assert_eq!(stages(&fact), "4 11 9 5 20");
    assert_eq!((fact.reviews, fact.reviewers, fact.change_requests), (4, 2, 2));
    assert_eq!((fact.is_reviewed, fact.commits), (Some(true), Some(2)));
    let waits: Vec<_> = reviews.iter().map(|r| r.wait_seconds.map(|s| s / 3600.0)).collect();
    assert_eq!(waits, [Some(4.0), Some(4.0), Some(2.0), Some(5.0)]);
    assert_eq!(reviews.iter().map(|r| r.is_first).collect::<Vec<_>>(), [true, false, false, false]);
}

#[test]
fn where_nobody_approved_the_review_ends_with_the_merge() {
    let (fact, _) = lives(|h| h.reviewed("pr", "grace", "changes_requested", 14));
    assert_eq!(stages(&fact), "4 16 16 - 20");
    // A request for changes after the last approval is rework of nothing that was reviewed.
    let (fact, _) =
        lives(|h| h.reviewed("pr", "grace", "approved", 14).reviewed("pr", "linus", "changes_requested", 20));
    assert_eq!(stages(&fact), "4 0 0 16 20");
}

#[test]
fn what_is_not_another_persons_look_in_time_does_not_count_and_says_why() {
    let none = |h: History| {
        h.reviewed("pr", "ada-mail", "approved", 12)
            .reviewed("pr", "robot", "approved", 13)
            .reviewed("pr", "grace", "approved", 31)
    };
    let (fact, _) = lives(none);
    assert_eq!((fact.reviews, fact.reviewers, fact.is_reviewed), (0, 0, Some(false)));
    let (fact, reviews) = lives(|h| none(h).reviewed("pr", "grace", "commented", 9));
    assert_eq!(stages(&fact), "- - - - 20");
    assert_eq!(fact.reviews, 0);
    let why: Vec<_> = reviews.iter().map(|r| (r.review.submitted_at / HOUR, r.excluded.unwrap())).collect();
    assert_eq!(why, [(9, "draft"), (12, "own"), (13, "bot"), (31, "after merge")]);
    assert!(reviews.iter().all(|r| r.wait_seconds.is_none() && !r.is_first));
    let (fact, reviews) = lives(|h| h.but(|p| p.author_id = None).review("pr", "grace", 12));
    assert_eq!((fact.is_reviewed, reviews[0].excluded), (None, Some("nobody known")));
}

#[test]
fn who_looked_at_a_draft_did_not_wait_for_it_and_has_reviewed_it() {
    // It left draft at 20, and was merged at 30.
    let drafted = |h: History| h.but(|p| p.ready_at = Some(20 * HOUR));
    let (fact, reviews) =
        lives(|h| drafted(h).reviewed("pr", "grace", "commented", 14).reviewed("pr", "grace-mail", "approved", 15));
    assert_eq!(stages(&fact), "- - - - 10");
    assert_eq!((fact.reviews, fact.reviewers, fact.is_reviewed), (0, 1, Some(true)));
    assert!(reviews.iter().all(|review| review.excluded == Some("draft")));
    // Another one when it was ready: two people in all, of whom one counts for its stages.
    let (fact, _) =
        lives(|h| drafted(h).reviewed("pr", "grace", "approved", 15).reviewed("pr", "linus", "approved", 24));
    assert_eq!(stages(&fact), "4 0 0 6 10");
    assert_eq!((fact.reviews, fact.reviewers, fact.is_reviewed), (1, 2, Some(true)));
    // Its author and programs see what they make themselves.
    let (fact, _) = lives(|h| drafted(h).reviewed("pr", "ada-mail", "approved", 15).review("pr", "robot", 16));
    assert_eq!((fact.reviewers, fact.is_reviewed), (0, Some(false)));
}

#[test]
fn whether_one_was_reviewed_is_not_known_where_nobody_knows_who_did() {
    let unknown = |h: History| h.reviewed("pr", "gone", "approved", 12).but_review(|review| review.reviewer_id = None);
    let (fact, reviews) = lives(unknown);
    assert_eq!((fact.reviewers, fact.is_reviewed, reviews[0].excluded), (0, None, Some("nobody known")));
    let (fact, _) = lives(|h| unknown(h).review("pr", "grace", 14));
    assert_eq!((fact.reviewers, fact.is_reviewed), (1, Some(true)));
    // After the merge it is no review, whoever gave it.
    let late = |h: History| unknown(h).but_review(|review| review.submitted_at = 31 * HOUR);
    assert_eq!(lives(late).0.is_reviewed, Some(false));
}

#[test]
fn one_that_is_open_waits_still() {
    let open = |h: History| h.but(|p| (p.state, p.merged_at) = ("open", None));
    let (fact, _) = lives(|h| open(h).reviewed("pr", "grace", "commented", 14));
    assert_eq!((stages(&fact).as_str(), fact.is_reviewed), ("4 - - - -", None));
    let (fact, _) = lives(|h| open(h).reviewed("pr", "grace", "approved", 14));
    assert_eq!(stages(&fact), "4 0 0 - -");
    let (fact, _) = lives(|h| open(h).but(|p| p.is_draft = true));
    assert_eq!((stages(&fact).as_str(), fact.request.opened_at()), ("- - - - -", None));
    // It left draft at 12.
    let (fact, _) = lives(|h| open(h).but(|p| p.ready_at = Some(12 * HOUR)).review("pr", "grace", 14));
    assert_eq!(stages(&fact), "2 - - - -");
}

#[test]
fn nights_are_not_waited_through() {
    // 1 January 1970 was a Thursday: opened at 10 in the morning, merged on Friday at 6, before work.
    let (requests, reviews) =
        history(|h| h.reviewed("pr", "grace", "approved", 16)).lives_in(Organisation::default(), &Settings::default());
    assert_eq!(stages(&requests[0]), "6 0 0 1 7");
    assert_eq!(reviews[0].wait_seconds, Some(6.0 * 3600.0));
}

#[test]
fn comments_count_when_others_wrote_them_and_are_signs_of_life_unless_a_program_did() {
    let (fact, _) = lives(|h| {
        h.comment("pr", "ada", 11).comment("pr", "robot", 12).comment("pr", "grace", 13).comment("pr", "ada", 40)
    });
    assert_eq!((fact.comments, fact.last_activity_at), (1, Some(40 * HOUR)));
    let open = |h: History| h.but(|p| (p.state, p.merged_at) = ("open", None));
    let (fact, _) = lives(|h| open(h).comment("pr", "robot", 40).reviewed("pr", "robot", "commented", 41));
    assert_eq!(fact.last_activity_at, Some(10 * HOUR));
    let (fact, _) = lives(open);
    assert_eq!(fact.last_activity_at, Some(10 * HOUR));
}

#[test]
fn it_is_idle_when_nobody_acts_for_five_working_days_until_somebody_does() {
    let idles = |fact: &PullRequestFact<'_>| -> Vec<(i64, i64, Option<i64>)> {
        let hours = |at: i64| at / HOUR;
        fact.idles.iter().map(|i| (hours(i.acted_at), hours(i.from), i.until.map(hours))).collect()
    };
    let day = 24;
    // Opened on the first day, so idle from the seventh on; looked at on the ninth, and on the fourteenth, a day too early to
    // be idle; merged on the 21st. A program that warns of it does not end it. What is said after that is no act on an open one.
    let (fact, _) = lives(|h| {
        h.but(|p| p.merged_at = Some(20 * day * HOUR))
            .reviewed("pr", "grace", "commented", 8 * day)
            .comment("pr", "ada", 13 * day)
            .comment("pr", "robot", 18 * day)
            .comment("pr", "grace", 40 * day)
    });
    assert_eq!(idles(&fact), [(10, 6 * day, Some(8 * day)), (13 * day, 19 * day, Some(20 * day))]);
    let rows: Vec<_> = fact.idles().map(|row| (row.position, row.idle.from / HOUR, row.excluded)).collect();
    assert_eq!(rows, [(0, 6 * day, None), (1, 19 * day, None)]);
    // Merged the day after, it never was; closed nobody knows when, it may be.
    assert_eq!(idles(&lives(|h| h).0), []);
    let lost = lives(|h| h.but(|p| (p.state, p.merged_at) = ("closed", None))).0;
    assert_eq!(idles(&lost), [(10, 6 * day, None)]);
    assert_eq!(lost.idles().map(|row| row.excluded).collect::<Vec<_>>(), [Some("no closing time")]);
    let open = |h: History| h.but(|p| (p.state, p.merged_at) = ("open", None));
    assert_eq!(idles(&lives(|h| open(h).but(|p| p.is_draft = true)).0), []);
    // It left draft when it was opened, lay until the ninth day, lies since, and is a draft again.
    let again = |h: History| open(h).but(|p| (p.is_draft, p.ready_at) = (true, Some(10 * HOUR)));
    let again = lives(|h| again(h).reviewed("pr", "grace", "commented", 8 * day)).0;
    assert_eq!(idles(&again), [(10, 6 * day, Some(8 * day)), (8 * day, 14 * day, None)]);
    assert_eq!(again.idles().map(|row| row.excluded).collect::<Vec<_>>(), [None, Some("draft")]);
    // From Thursday, 1 January 1970, over a weekend: until the Friday after begins.
    let (requests, _) = history(open).lives_in(Organisation::default(), &Settings::default());
    assert_eq!(idles(&requests[0]), [(10, 8 * day, None)]);
}

#[test]
fn one_that_was_open_when_its_repository_went_is_excluded_and_what_ended_stays() {
    let mut organisation = Organisation::default();
    organisation.goes("r");
    let open = |h: History| h.but(|p| (p.state, p.merged_at) = ("open", None));
    let told = |build: &dyn Fn(History) -> History, organisation: &Organisation| {
        let (requests, _) = history(build).lives_in(organisation.clone(), &always());
        let idles: Vec<_> = requests[0].idles().map(|row| row.excluded).collect();
        (requests[0].excluded, idles)
    };
    let deleted = Some("repository deleted");
    assert_eq!(told(&open, &organisation), (deleted, vec![deleted]));
    assert_eq!(told(&|h| open(h).comment("pr", "ada", 8 * 24), &organisation), (deleted, vec![None, deleted]));
    assert_eq!(told(&open, &Organisation::default()), (None, vec![None]));
    assert_eq!(told(&|h| h.but(|p| p.merged_at = Some(240 * HOUR)), &organisation), (None, vec![None]));
}

#[test]
fn a_revert_and_a_hotfix_are_told_by_what_people_wrote() {
    let revert = |title| lives(|h| h.but(|p| p.title = Some(title))).0.is_revert;
    assert!(revert("Revert \"Faster carts\"") && revert("revert: faster carts") && revert("REVERT(cart): x"));
    assert!(!revert("Revertible carts") && !revert("Rever") && !revert("Do not revert ") && !revert("Rückkehr"));
    let by_commit = History::new("r")
        .commit("a", &[], 0)
        .commit_as("m", &["a"], 30, |c| c.reverts = vec![super::testing::sha("a")])
        .pull_request("pr", (10, 30), "m", &[])
        .lives_in(Organisation::default(), &always());
    assert!(by_commit.0[0].is_revert);
    // A squash says what its commits said: y took back x, which was of the same pull request, or a, which was there before.
    let squashed = |reverts: &[&str]| {
        let reverts: Vec<_> = reverts.iter().map(|name| super::testing::sha(name)).collect();
        let history = History::new("r").commit("a", &[], 0).commit_as("m", &["a"], 30, |c| c.reverts = reverts);
        let history = history.pull_request("pr", (10, 30), "m", &[("x", 8), ("y", 9)]);
        history.lives_in(Organisation::default(), &always()).0[0].is_revert
    };
    assert_eq!([squashed(&["x"]), squashed(&["a"]), squashed(&["x", "a"])], [false, true, true]);
    // m takes back v, which took back a: a is in again. n takes back m.
    let reverting = |of: &'static str| move |c: &mut Commit<'static>| c.reverts = vec![super::testing::sha(of)];
    let history = History::new("r").commit("a", &[], 0).commit_as("v", &["a"], 10, reverting("a"));
    let history = history.commit_as("m", &["v"], 30, reverting("v")).commit_as("n", &["m"], 40, reverting("m"));
    let history = history.pull_request("pr", (20, 30), "m", &[]).pull_request("qr", (35, 40), "n", &[]);
    let again = |history: History| {
        let (requests, _) = history.lives_in(Organisation::default(), &always());
        requests.iter().map(|fact| fact.is_revert).collect::<Vec<_>>()
    };
    assert_eq!(again(history.clone()), [false, true]);
    assert_eq!(again(history.reversed()), [false, true]);
    // So it is where what takes back a revert was made in the same second, or by a clock that is behind; and where commits name each other.
    for at in [10, 12] {
        let history = History::new("r").commit("a", &[], 0).commit_as("v", &["a"], at, reverting("a"));
        let history = history.commit_as("m", &["v"], 10, reverting("v")).pull_request("pr", (5, 10), "m", &[]);
        assert_eq!(again(history.clone()), [false], "{at}");
        assert_eq!(again(history.reversed()), [false], "{at}");
    }
    let circle = History::new("r").commit_as("m", &[], 10, reverting("v")).commit_as("v", &["m"], 11, reverting("m"));
    let circle = circle.pull_request("pr", (5, 10), "m", &[]).pull_request("qr", (6, 11), "v", &[]);
    assert_eq!(again(circle.clone()), again(circle.reversed()));
    assert!(!revert("Revert \"Revert \"Faster carts\"\"") && !revert("Reapply \"Faster carts\""));
    assert!(lives(|h| h.but(|p| p.head_branch = Some("hotfix/cart"))).0.is_hotfix);
    assert!(lives(|h| h.but(|p| p.labels = vec!["ui", "Hotfix"])).0.is_hotfix);
    assert!(!lives(|h| h.but(|p| p.head_branch = Some("feature/fix"))).0.is_hotfix);
}

#[test]
fn what_goes_into_another_branch_is_told() {
    let to = |branch| lives(|h| h.but(|p| p.base_branch = branch)).0.is_to_default;
    assert_eq!((to(Some("main")), to(Some("next")), to(None)), (Some(true), Some(false), None));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let build = |h: History| {
        h.reviewed("pr", "grace", "changes_requested", 14)
            .reviewed("pr", "linus", "approved", 14)
            .reviewed("pr", "grace", "approved", 25)
            .comment("pr", "grace", 13)
    };
    let of = |history: History| history.lives_in(Organisation::default(), &always());
    assert_eq!(of(history(build)), of(history(build).reversed()));
}

fn keys_of<'f>(fact: &'f PullRequestFact<'_>) -> Vec<&'f str> {
    fact.work_item_keys.iter().map(|key| &**key).collect()
}

#[test]
fn a_key_that_begins_with_a_former_name_of_a_repository_is_the_one_of_today() {
    let mut organisation = Organisation::default();
    organisation.renamed("acme/shop", "acme/store");
    let keys = vec!["acme/shop#12", "acme/api#3", "acme/store#12", "acme/shop#4"];
    let history = History::new("r").commit("a", &[], 0).pull_request("pr", (3, 5), "a", &[]);
    let history = history.but(|p| p.work_item_keys = keys);
    let (facts, _) = history.lives_in(organisation, &Settings::default());
    assert_eq!(keys_of(&facts[0]), ["acme/store#12", "acme/api#3", "acme/store#4"]);
}

#[test]
fn a_pull_request_is_where_its_repository_is_called_today_and_known_under_every_name_of_that() {
    let mut organisation = Organisation::default();
    // Another repository goes by `acme/web` now.
    organisation.renamed("acme/shop", "acme/store");
    organisation.went_by("r", "acme/store", &BTreeSet::from(["acme/shop", "acme/web"]));
    let history = History::new("r")
        .commit("a", &[], 0)
        .pull_request("was", (3, 5), "a", &[])
        .but(|p| p.url = Some("https://github.com/acme/shop/pull/1"))
        .pull_request("is", (4, 5), "-", &[])
        .but(|p| p.url = Some("https://github.com/acme/store/pull/2"))
        .pull_request("long ago", (5, 6), "-", &[])
        .but(|p| p.url = Some("https://github.com/acme/web/pull/3"))
        .work_item_knows("A-1", "https://github.com/acme/shop/pull/1")
        .work_item_knows("B-2", "https://github.com/acme/store/pull/1")
        .work_item_knows("C-3", "https://github.com/acme/shop/pull/2")
        .work_item_knows("D-4", "https://github.com/acme/store/pull/3")
        .work_item_knows("E-5", "https://github.com/acme/web/pull/3")
        .work_item_knows("F-6", "https://github.com/acme/web/pull/2");
    for history in [history.clone(), history.reversed()] {
        let (facts, _) = history.lives_in(organisation.clone(), &Settings::default());
        let told: Vec<_> = facts.iter().map(|fact| (fact.url.as_deref().unwrap_or_default(), keys_of(fact))).collect();
        // Whether what is known under a name that was taken since is of this repository, nothing says but that it was told so, too.
        assert_eq!(
            told,
            [
                ("https://github.com/acme/store/pull/1", vec!["A-1", "B-2"]),
                ("https://github.com/acme/store/pull/2", vec!["C-3"]),
                ("https://github.com/acme/store/pull/3", vec!["D-4", "E-5"]),
            ]
        );
    }
}

#[test]
fn a_pull_request_belongs_to_the_work_items_that_it_or_its_commits_name_and_to_those_that_know_of_it() {
    let names = |key| move |c: &mut Commit<'static>| c.work_item_keys = vec![key];
    let history = History::new("r")
        .commit("a", &[], 0)
        .commit_as("x", &["a"], 1, names("B-2"))
        .commit_as("w", &["a"], 1, names("W-9"))
        .commit_as("m", &["a", "x"], 5, names("A-1"))
        // The commit y is not known, and w belongs to no pull request.
        .pull_request("pr", (3, 5), "m", &[("x", 1), ("y", 2)])
        .but(|p| (p.url, p.work_item_keys) = (Some("https://github.com/acme/shop/pull/1"), vec!["A-1", "C-3"]))
        .pull_request("other", (6, 7), "-", &[])
        .but(|p| p.url = Some("https://github.com/acme/shop/pull/12"))
        .work_item_knows("E-5", "https://github.com/acme/shop/pull/1")
        .work_item_knows("D-4", "https://github.com/acme/shop/pull/1")
        .work_item_knows("B-2", "https://github.com/acme/shop/pull/1")
        .work_item_knows("F-6", "https://github.com/acme/shop/pull/12")
        .work_item_knows("G-7", "https://github.com/acme/other/pull/1");
    for history in [history.clone(), history.reversed()] {
        let (facts, _) = history.lives_in(Organisation::default(), &Settings::default());
        let keys: Vec<(&str, Vec<&str>)> = facts.iter().map(|fact| (fact.request.id, keys_of(fact))).collect();
        assert_eq!(keys, [("pr", vec!["A-1", "C-3", "B-2", "D-4", "E-5"]), ("other", vec!["F-6"])]);
    }
}
