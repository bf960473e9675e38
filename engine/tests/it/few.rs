//! Over few rows a plan is of one part, and nobody learns by that how many rows there are which they do not see.

use super::model::{arrive, memory, row};
use arrow::util::pretty::pretty_format_batches;
use pulse_engine::{Policy, Tenant};

async fn plan(tenant: &Tenant, text: &str) -> String {
    let told = tenant.sql(&format!("EXPLAIN {text}")).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    pretty_format_batches(&told).unwrap().to_string()
}

/// Whether rows are grouped in parts, and those brought together.
async fn is_of_parts(tenant: &Tenant, text: &str) -> bool {
    plan(tenant, text).await.contains("FinalPartitioned")
}

#[tokio::test]
async fn a_plan_is_of_parts_where_its_rows_are_many_or_not_known_to_be_few() {
    let tenant = memory();
    let page = pulse_engine::land::Page { cursors: pulse_engine::land::only(Some("1".into())), ..Default::default() };
    tenant.land("test", "test:a", page).await.unwrap();
    let teams = (0..10).map(|n| row("teams", &format!("team-{n}")).set("name", format!("Team {n}"))).collect();
    arrive(tenant.lake(), teams).await.unwrap();
    // With one core there are no others.
    let has_others = std::thread::available_parallelism().unwrap().get() > 1;
    let series = |rows: u32| format!("SELECT n % 7, count(*) FROM generate_series(1, {rows}) AS s(n) GROUP BY n % 7");
    for (text, are_many) in [
        ("SELECT name, count(*) FROM core.teams GROUP BY name".to_owned(), false),
        ("SELECT name, count(*) FROM core.people GROUP BY name".to_owned(), false),
        (series(32_768), false),
        (series(32_769), true),
        ("SELECT t.name, count(*) FROM core.teams AS t JOIN generate_series(1, 32758) AS s(n) ON t.id = concat('team-', n) GROUP BY t.name".to_owned(), false),
        ("SELECT t.name, count(*) FROM core.teams AS t JOIN generate_series(1, 32759) AS s(n) ON t.id = concat('team-', n) GROUP BY t.name".to_owned(), true),
        ("SELECT name, count(*) FROM core.teams WHERE id IN (SELECT concat('team-', n) FROM generate_series(1, 40000) AS s(n)) GROUP BY name".to_owned(), true),
    ] {
        assert_eq!(is_of_parts(&tenant, &text).await, are_many && has_others, "{text}");
    }
    let text = "SELECT name, count(*) FROM core.teams GROUP BY name";
    let limited = tenant.under(&Policy::only(["team-1"], []));
    assert_eq!(is_of_parts(&limited, text).await, has_others, "of what a policy hides it is not told");
    let nameless = tenant.under(&Policy::everything().without_people());
    assert!(!is_of_parts(&nameless, text).await);
    let of_identities = "SELECT connection, count(*) FROM core.commits GROUP BY connection";
    assert!(!is_of_parts(&nameless, of_identities).await, "some of its columns are there");
}
