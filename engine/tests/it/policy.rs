//! Two teams with a project each, on a lake, modelled; what somebody is told who may see one of them.

use super::model::{arrive, at, commit, deployment, incident, item, memory, row, sha, transition};
use arrow::array::AsArray as _;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt as _;
use pulse_engine::metrics::{self, Answer, Definition, Dimension, Filter, Grain, Question};
use pulse_engine::row::Row;
use pulse_engine::{Clock, Policy, Settings, Tenant};

/// Sources land before anything is asked.
async fn landed() -> Tenant {
    let tenant = memory();
    let page = pulse_engine::land::Page { cursors: pulse_engine::land::only(Some("1".into())), ..Default::default() };
    tenant.land("test", "test:a", page).await.unwrap();
    tenant
}

/// Who is there, and what belongs to whom.
fn organisation() -> Vec<Row> {
    let scope = |id: &str, project: &str, repository: &str| {
        row("project_scopes", id).set("project_id", project).set("scope_kind", "repository").set("scope_id", repository)
    };
    vec![
        row("teams", "team-a").set("name", "Team A"),
        row("teams", "team-b").set("name", "Team B"),
        row("projects", "shop-a").set("name", "Shop A").set("team_id", "team-a"),
        row("projects", "pay-b").set("name", "Pay B").set("team_id", "team-b"),
        scope("s1", "shop-a", "repo-a"),
        scope("s2", "pay-b", "repo-b"),
    ]
}

/// The history of one repository: three deployments, one that failed, a pull request with a review.
fn history(side: &str) -> Vec<Row> {
    let (r, id) = (&format!("repo-{side}"), |name: &str| format!("{name}-{side}"));
    let (late, project) = if side == "b" { (3, "pay-b") } else { (0, "shop-a") };
    vec![
        row("repositories", r).set("name", format!("name of {r}")).set("default_branch", "main"),
        commit(r, "a", &[], late),
        commit(r, "b", &["a"], 1 + late),
        commit(r, "m", &["b"], 8 + late),
        row("pull_requests", &id("pr"))
            .set("repository_id", r.as_str())
            .set("title", id("title"))
            .set("author_id", "ada")
            .set("state", "merged")
            .set("created_at", at(5))
            .set("merged_at", at(8 + late))
            .set("merge_commit_sha", sha("m")),
        row("reviews", &id("review"))
            .set("pull_request_id", id("pr"))
            .set("reviewer_id", "eve")
            .set("submitted_at", at(7)),
        deployment(r, &id("d1"), "a", 2 + late),
        deployment(r, &id("d2"), "b", 4 + late),
        deployment(r, &id("d3"), "m", 30 + late),
        incident(&id("incident"), r, 5 + late).set("title", id("title")),
        // Work that was begun with the repository's first commit; what is told of it is of its project.
        item(&id("item"), "Done", "done").set("project_id", project),
        transition(&id("t1"), &id("item"), "Backlog", "Dev", 1 + late),
        transition(&id("t2"), &id("item"), "Dev", "Done", 9 + 2 * late),
        item(&id("open"), "Dev", "doing").set("project_id", project),
        row("builds", &id("build"))
            .set("repository_id", r.as_str())
            .set("name", "test")
            .set("status", "succeeded")
            .set("started_at", at(3))
            .set("finished_at", at(4 + late)),
    ]
}

/// What the sources' statuses mean.
fn statuses() -> Vec<Row> {
    let status = |name: &str, means: &str| row("statuses", name).set("name", name).set("status_category", means);
    vec![status("Backlog", "todo"), status("Dev", "doing"), status("Done", "done")]
}

async fn modelled(rows: Vec<Row>) -> Tenant {
    let tenant = landed().await;
    arrive(tenant.lake(), rows).await.unwrap();
    arrive(tenant.lake(), statuses()).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    tenant
}

async fn both() -> Tenant {
    modelled([organisation(), history("a"), history("b")].concat()).await
}

fn question(metric: &str, by: Option<Dimension>, filter: Filter) -> Question {
    let (from, until) = ("1969-12-29".parse().unwrap(), "1970-01-12".parse().unwrap());
    Question { metric: metric.into(), from, until, grain: Grain::Week, by, filter, compare: None }
}

/// The groups of an answer, as text.
async fn groups(tenant: &Tenant, question: &Question) -> String {
    format!("{:#?}", answer(tenant, question).await.groups)
}

async fn answer(tenant: &Tenant, question: &Question) -> Answer {
    tenant.ask(question, &Settings::default(), Clock::Fixed(1_000_000_000_000)).await.unwrap()
}

/// Whether anything is told at all: the made-up history has no sprint, for example.
fn is_told(answer: &Answer) -> bool {
    answer.groups.iter().any(|group| group.total.n + group.total.open + group.total.excluded > 0)
}

async fn told(tenant: &Tenant, text: &str) -> String {
    let batches = tenant.sql(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    pretty_format_batches(&batches).unwrap().to_string()
}

const WAYS: [Option<Dimension>; 4] =
    [None, Some(Dimension::Repository), Some(Dimension::Project), Some(Dimension::Team)];

#[tokio::test]
async fn figures_under_a_policy_are_those_of_a_lake_that_holds_what_it_allows_and_nothing_else() {
    let whole = both().await;
    let rows = organisation().into_iter().filter(|r| !format!("{r:?}").contains("-b"));
    let alone = modelled(rows.chain(history("a")).collect()).await;
    for (policy, ways, most) in
        [(Policy::only(["team-a"], []), &WAYS[..], 120), (Policy::only(["team-a"], ["shop-a"]), &WAYS[..1], 30)]
    {
        let confined = whole.under(&policy);
        let mut compared = 0;
        for definition in metrics::catalogue().unwrap() {
            for by in ways.iter().filter(|by| by.is_none_or(|by| definition.dimensions.contains(&by))) {
                let question = question(&definition.name, *by, Filter::default());
                let figures = groups(&confined, &question).await;
                assert_eq!(figures, groups(&alone, &question).await, "{} by {by:?}", definition.name);
                assert!(!figures.contains("-b"), "{figures}");
                let all = answer(&whole, &question).await;
                if is_told(&all) {
                    assert_ne!(figures, format!("{:#?}", all.groups), "{} by {by:?}", definition.name);
                    compared += 1;
                }
            }
        }
        assert!(compared > most, "{compared} figures are compared");
    }
}

#[tokio::test]
async fn figures_of_what_is_allowed_are_those_that_everybody_sees() {
    // Ada is of team A, and writes in the other team's repository as well.
    let ada = row("team_members", "m").set("team_id", "team-a").set("member_id", "ada");
    let whole = modelled([organisation(), history("a"), history("b"), vec![ada]].concat()).await;
    for (policy, filter) in [
        (Policy::only(["team-a"], []), Filter { teams: vec!["team-a".into()], ..Filter::default() }),
        (Policy::only([], ["pay-b"]), Filter { projects: vec!["Pay B".into()], ..Filter::default() }),
        (Policy::only(["team-b"], []), Filter { projects: vec!["pay-b".into()], ..Filter::default() }),
    ] {
        let of_teams = !filter.teams.is_empty();
        let asked = |d: &&Definition| !of_teams || d.dimensions.contains(&Dimension::Team);
        for definition in metrics::catalogue().unwrap().iter().filter(asked) {
            let question = question(&definition.name, None, filter.clone());
            let figures = groups(&whole, &question).await;
            assert_eq!(groups(&whole.under(&policy), &question).await, figures, "{} under {policy:?}", definition.name);
        }
    }
    // Her changes are told wherever she made them; whose repository that is, is not.
    let hers = whole.under(&Policy::only(["team-a"], []));
    let sql = "SELECT repository_id, count(*) AS n FROM changes GROUP BY repository_id ORDER BY repository_id";
    assert_eq!(told(&hers, sql).await, told(&whole, sql).await);
    assert!(!told(&hers, "SELECT * FROM core.commits").await.contains("repo-b"));
}

#[tokio::test]
async fn evidence_holds_the_rows_that_are_shown() {
    let whole = both().await;
    let ids = async |tenant: &Tenant, metric: &str| {
        let session = tenant.session().await.unwrap();
        let (question, settings) = (question(metric, None, Filter::default()), Settings::default());
        let rows = metrics::evidence(&session, &question, &settings, Clock::Fixed(1_000_000_000_000)).await.unwrap();
        let mut ids = Vec::new();
        for batch in rows.try_collect::<Vec<_>>().await.unwrap() {
            let subjects = batch.column_by_name("subject_id").unwrap().as_string::<i32>();
            ids.extend(subjects.iter().flatten().map(str::to_owned));
        }
        ids.sort();
        ids
    };
    let confined = whole.under(&Policy::only([], ["shop-a"]));
    assert_eq!(ids(&confined, "deployment_frequency").await, ["d1-a", "d2-a", "d3-a"]);
    assert_eq!(ids(&confined, "change_lead_time").await, ["pr-a", "repo-a/a", "repo-a/b"]);
    assert_eq!(ids(&confined, "failed_deployment_recovery_time").await, ["d2-a"]);
    assert_eq!(ids(&whole, "deployment_frequency").await.len(), 6);
    for definition in metrics::catalogue().unwrap() {
        let nothing = whole.under(&Policy::only::<&str>([], []));
        assert!(ids(&nothing, &definition.name).await.is_empty(), "{}", definition.name);
    }
}

#[tokio::test]
async fn a_filter_names_only_what_is_shown() {
    let confined = both().await.under(&Policy::only(["team-a"], []));
    for filter in [
        Filter { teams: vec!["Team B".into()], ..Filter::default() },
        Filter { projects: vec!["pay-b".into()], ..Filter::default() },
        Filter { repositories: vec!["repo-b".into()], ..Filter::default() },
    ] {
        let question = question("deployment_frequency", None, filter);
        let refused = confined.ask(&question, &Settings::default(), Clock::Fixed(0)).await.unwrap_err().to_string();
        assert!(refused.contains("there are: ") && !refused.contains("name of repo-b"), "{refused}");
        assert!(!refused.contains("Team B;") && !refused.contains("Pay B"), "{refused}");
    }
}

#[tokio::test]
async fn statements_see_the_lake_through_the_policy() {
    let whole = both().await;
    let confined = whole.under(&Policy::only(["team-a"], []));
    for (text, n) in [
        ("SELECT count(*) FROM deployments", 3),
        ("SELECT count(*) FROM core.commits", 3),
        ("SELECT count(*) FROM core.reviews", 1),
        ("SELECT count(*) FROM facts.deployment_commits", 3),
        ("SELECT count(*) FROM core.commits AS k JOIN core.deployments AS d ON d.sha = k.sha", 3),
        ("SELECT count(*) FROM dora.deployment_frequency", 3),
        ("SELECT count(*) FROM core.teams", 1),
        ("SELECT count(*) FROM core.repositories WHERE id = 'repo-b'", 0),
        ("SELECT count(*) FROM incidents WHERE title = 'title-b' OR title > 'title-a'", 0),
        ("WITH d AS (SELECT * FROM deployments) SELECT count(*) FROM d AS x, d AS y WHERE x.id = y.id", 3),
        (
            "SELECT count(*) FROM core.projects AS p WHERE NOT EXISTS (SELECT 1 FROM deployments AS d WHERE d.project_id = p.id)",
            0,
        ),
    ] {
        let found = confined.sql(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
        let count = found[0].column(0).as_primitive::<arrow::datatypes::Int64Type>().value(0);
        assert_eq!(count, n, "{text}");
    }
    for text in [
        "SELECT min(id), max(id), min(repository_id), max(title) FROM core.pull_requests",
        "SELECT min(finished_at), max(finished_at), max(id) FROM deployments",
        "EXPLAIN VERBOSE SELECT max(repository_id) FROM core.commits",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.columns",
    ] {
        let told = told(&confined, text).await;
        assert!(!told.contains("-b") && !told.contains("parquet"), "{text}\n{told}");
    }
    assert!(told(&confined, "SELECT max(finished_at) FROM deployments").await.contains("1970-01-02T06:00:00Z"));
    assert!(told(&whole, "SELECT max(finished_at) FROM deployments").await.contains("1970-01-02T09:00:00Z"));
}

#[tokio::test]
async fn a_tenant_that_is_limited_is_never_widened() {
    let whole = both().await;
    let confined = whole.under(&Policy::only(["team-a"], []));
    let again = confined.under(&Policy::everything());
    assert_eq!(again.policy(), &Policy::only(["team-a"], []));
    let count = "SELECT count(*) FROM deployments";
    assert_eq!(told(&again, count).await, told(&confined, count).await);
    let other = confined.under(&Policy::only(["team-b"], []));
    assert!(told(&other, "SELECT * FROM deployments").await.lines().count() <= 2);
    assert_eq!(whole.policy(), &Policy::everything());
}

#[tokio::test]
async fn what_comes_into_a_projects_scope_is_shown_to_the_next_session() {
    let whole = both().await;
    let confined = whole.under(&Policy::only([], ["shop-a"]));
    let session = confined.session().await.unwrap();
    let seen = async |session: &pulse_engine::session::Session| {
        let rows = session.collect("SELECT id FROM core.repositories").await.unwrap();
        rows.iter().map(|batch| batch.num_rows()).sum::<usize>()
    };
    assert_eq!(seen(&session).await, 1);
    let scope = row("project_scopes", "s3").set("project_id", "shop-a").set("scope_kind", "repository");
    arrive(whole.lake(), vec![scope.set("scope_id", "repo-b")]).await.unwrap();
    assert_eq!(seen(&session).await, 1, "a session rests on what was allowed when it first looked");
    assert_eq!(seen(&confined.session().await.unwrap()).await, 2);
}
