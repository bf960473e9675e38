//! Parameters, mistakes, and what a plan tells before it runs.

use super::tests::{refusal, session, session_with, shown};
use super::*;
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;

fn numbered(text: &str, values: Vec<ScalarValue>) -> Statement {
    Statement::new(text).with(Parameters::Numbered(values))
}

fn named(text: &str, values: &[(&str, ScalarValue)]) -> Statement {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Statement::new(text).with(Parameters::Named(values))
}

async fn planned(session: &Session, statement: &Statement) -> Result<Planned> {
    session.plan(statement, session.deadline()).await
}

async fn rows(session: &Session, statement: &Statement) -> Result<Vec<RecordBatch>> {
    planned(session, statement).await?.run().try_collect().await.map_err(error)
}

async fn count(session: &Session, statement: &Statement) -> i64 {
    rows(session, statement).await.unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

async fn mistake(session: &Session, statement: &Statement) -> Mistake {
    match rows(session, statement).await {
        Err(Error::Mistake(mistake)) => *mistake,
        other => panic!("{other:?} is no mistake"),
    }
}

fn text(value: &str) -> ScalarValue {
    ScalarValue::from(value)
}

#[tokio::test]
async fn parameters_stand_wherever_a_value_may() {
    let session = session();
    let int = |value: i64| ScalarValue::from(value);
    // commits are 0 to 13, of repositories r0 to r2 in turn: r1 has 1, 4, 7, 10 and 13.
    for (statement, expected) in [
        (
            numbered(
                "SELECT count(*) FROM changes WHERE commits > $1 AND repository_id = $2",
                vec![int(3), text("r1")],
            ),
            4,
        ),
        (
            numbered(
                "SELECT count(*) FROM changes WHERE repository_id = $2 AND commits > $1",
                vec![int(3), text("r1")],
            ),
            4,
        ),
        (numbered("SELECT count(*) FROM changes WHERE commits IN ($1, $2, $1)", vec![int(1), int(2)]), 2),
        (numbered("SELECT count(*) FROM (SELECT id FROM changes ORDER BY id LIMIT $1)", vec![int(5)]), 5),
        (numbered("SELECT $1 + 1", vec![int(41)]), 42),
        (numbered("SELECT count(*) FROM changes WHERE lower(repository_id) = lower($1)", vec![text("R2")]), 4),
        (numbered("SELECT count(*) FROM changes WHERE commits > $1", vec![ScalarValue::Null]), 0),
        (
            numbered(
                "SELECT count(*) FROM changes WHERE commits IN (SELECT commits FROM changes WHERE commits < $1)",
                vec![int(5)],
            ),
            5,
        ),
        (
            named(
                "SELECT count(*) FROM changes WHERE commits BETWEEN $low AND $high",
                &[("low", int(2)), ("high", int(4))],
            ),
            3,
        ),
        (
            named(
                "WITH r AS (SELECT * FROM changes WHERE repository_id = $of) SELECT count(*) FROM r",
                &[("of", text("r0"))],
            ),
            5,
        ),
    ] {
        assert_eq!(count(&session, &statement).await, expected, "{}", statement.text());
    }
    let list =
        ScalarValue::List(ScalarValue::new_list_nullable(&[text("r0"), text("r2")], &arrow::datatypes::DataType::Utf8));
    let of = named("SELECT count(*) FROM changes WHERE array_has($of, repository_id)", &[("of", list)]);
    assert_eq!(count(&session, &of).await, 9);
    let at = ScalarValue::TimestampMicrosecond(Some(1_700_000_000_000_000), Some("UTC".into()));
    let of = numbered(
        "SELECT count(*) FROM changes WHERE deployed_at IS NULL OR date_trunc('day', $1) <= deployed_at",
        vec![at],
    );
    assert_eq!(count(&session, &of).await, 14);
}

#[tokio::test]
async fn a_value_is_never_read_as_sql() {
    let session = session();
    let evil = "x' OR '1' = '1";
    let of = numbered("SELECT count(*) FROM changes WHERE id = $1", vec![text(evil)]);
    assert_eq!(count(&session, &of).await, 0);
    let of = numbered("SELECT $1 AS told", vec![text(evil)]);
    assert_eq!(rows(&session, &of).await.unwrap()[0].column(0).as_string::<i32>().value(0), evil);
    // A name is no value.
    assert!(matches!(
        rows(&session, &numbered("SELECT * FROM $1", vec![text("changes")])).await,
        Err(Error::Mistake(_) | Error::Question(_))
    ));
}

#[tokio::test]
async fn each_parameter_has_a_value_and_each_value_a_parameter() {
    let session = session();
    let told = mistake(&session, &Statement::new("SELECT *\nFROM changes WHERE commits > $1")).await;
    assert!(told.why.contains("no value for the parameter `$1`: no values were given"), "{}", told.why);
    assert_eq!(told.at, Some((2, 30)));
    let told = mistake(&session, &numbered("SELECT $1, $3", vec![text("a"), text("b")])).await;
    assert!(told.why.contains("`$3`: values were given for $1 to $2"), "{}", told.why);
    let told = mistake(&session, &named("SELECT $b", &[("a", text("a"))])).await;
    assert!(told.why.contains("`$b`: values were given for $a"), "{}", told.why);
    for (statement, unused) in [
        (numbered("SELECT $2", vec![text("a"), text("b")]), "`$1`"),
        (named("SELECT $b", &[("a", text("a")), ("b", text("b"))]), "`$a`"),
    ] {
        let refused = rows(&session, &statement).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Question(why) if why.contains(unused) && why.contains("does not use")),
            "{refused}"
        );
    }
    let many = numbered("SELECT 1", vec![text("a"); MOST_PARAMETERS + 1]);
    assert!(rows(&session, &many).await.unwrap_err().to_string().contains("at most 1000 are planned"));
    assert!(refusal(&session, "PREPARE x AS SELECT $1").await.contains("only reads"));
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place_and_what_was_probably_meant() {
    let session = session();
    for (statement, at, suggestion) in [
        ("SELECT id,\n  comits FROM changes", Some((2, 3)), Some("commits")),
        ("SELECT * FROM facts.chnages", Some((1, 15)), Some("facts.changes")),
        ("SELECT * FROM core.changes", Some((1, 15)), Some("facts.changes")),
        ("SELECT * FROM change_lead_tim", Some((1, 15)), Some("dora.change_lead_time")),
        ("SELECT countt(id) FROM changes", Some((1, 8)), Some("count")),
        ("SELECT * FORM changes", Some((1, 10)), Some("FROM")),
        ("SELECT cuont(id) FROM changes", Some((1, 8)), Some("count")),
        ("SELEC id FROM changes", Some((1, 1)), Some("SELECT")),
        ("SELECT c.idd FROM changes c", Some((1, 8)), Some("id")),
        ("SELECT wholly_other FROM changes", Some((1, 8)), None),
    ] {
        let told = mistake(&session, &Statement::new(statement)).await;
        assert_eq!((told.at, told.suggestion.as_deref()), (at, suggestion), "{statement}: {}", told.why);
    }
}

/// What is wrong with each of these, with its place, and what is told of it.
const MISTAKES: [(&str, (u64, u64), &str); 40] = [
    // Where the text ends, or goes on otherwise than it can.
    ("SELECT 1 FROM", (1, 14), "the statement ends where a name should come"),
    ("SELECT 1 +\n", (1, 11), "the statement ends where a value should come"),
    ("SELECT id FROM changes\nWHERE id BETWEEN 1", (2, 19), "ends where `AND` should come"),
    ("SELECT (1", (1, 10), "ends where `)` should come"),
    ("SELECT 1)", (1, 9), "`)` cannot stand here"),
    ("SELECT ,", (1, 8), "`,` stands where a value should come"),
    ("SELECT 'abc", (1, 8), "a text is left open: close it with '"),
    ("SELECT \"abc", (1, 8), "a name in quotes is left open"),
    ("SELECT CAST(1 AS)", (1, 17), "stands where a type, such as BIGINT or TEXT, should come"),
    ("SELECT * FORM changes", (1, 10), "`FORM` cannot stand here"),
    // Names.
    ("SELECT idd FROM changes", (1, 8), "there is no column `idd` here"),
    ("SELECT a FROM (SELECT 1 AS b)", (1, 8), "there are b"),
    ("SELECT * FROM nothing", (1, 15), "no table or view `facts.nothing`: SHOW TABLES"),
    ("DESCRIBE nothing", (1, 10), "no table or view `facts.nothing`"),
    ("SELECT cuont(*) FROM changes", (1, 8), "there is no function `cuont`"),
    ("SELECT row_number() FROM changes", (1, 8), "OVER (ORDER BY id)"),
    ("SELECT * FROM nothing(1)", (1, 15), "no function `nothing` that stands in FROM"),
    ("SELECT id FROM changes a JOIN changes b ON a.id = b.id", (1, 8), "write it with its table, as in a.id"),
    // What is grouped and aggregated.
    ("SELECT id, count(*) FROM changes", (1, 8), "neither grouped by nor aggregated"),
    ("SELECT id FROM changes WHERE count(*) > 1", (1, 24), "write it in HAVING"),
    ("SELECT sum(count(*)) FROM changes", (1, 12), "compute the inner one in a WITH before"),
    ("SELECT id FROM changes ORDER BY 100", (1, 33), "SELECT has 1 of them"),
    // Functions and the types that they take.
    ("SELECT sum(title) FROM changes", (1, 8), "`sum` does not take (TEXT): write sum(DECIMAL)"),
    (
        "SELECT date_trunc('day') FROM changes",
        (1, 8),
        "`date_trunc` does not take (TEXT): write date_trunc(TEXT, TIMESTAMP)",
    ),
    ("SELECT lower() FROM changes", (1, 8), "`lower` is called with nothing: write lower(TEXT)"),
    ("SELECT median(title) FROM changes", (1, 8), "a percentile is taken of numbers, not of TEXT"),
    ("SELECT period_start(merged_at) FROM changes", (1, 8), "period_start takes a timestamp"),
    // Types that do not go together.
    ("SELECT id + 1 FROM changes", (1, 8), "TEXT + BIGINT cannot be computed"),
    ("SELECT id FROM changes WHERE merged_at > 5", (1, 40), "TIMESTAMP > BIGINT cannot be compared"),
    ("SELECT id FROM changes WHERE merged_at BETWEEN 1 AND 2", (1, 40), "not compared by BETWEEN"),
    ("SELECT id FROM changes WHERE id", (1, 24), "a condition is true or false, and `changes.id` is TEXT"),
    ("SELECT CAST(1 AS NOTYPE)", (1, 18), "there is no type `NOTYPE`"),
    ("SELECT id FROM changes LIMIT -1", (1, 24), "LIMIT takes a whole number from 0 on"),
    ("SELECT 7 // 2", (1, 10), "`//` is not there"),
    // Values that are none.
    ("SELECT CAST('a' AS INT)", (1, 13), "the text 'a' is no INT"),
    ("SELECT id FROM changes WHERE merged_at > 'yesterday'", (1, 42), "is no TIMESTAMP, which is written like"),
    ("SELECT INTERVAL '1 fortnight'", (1, 17), "is no INTERVAL, which is written like"),
    ("SELECT merged_at AT TIME ZONE 'Nowhere' FROM changes", (1, 31), "is not a time zone"),
    ("SELECT 1 / 0", (1, 10), "a division by zero"),
    ("SELECT x FROM (VALUES (1)) AS t(x) WHERE x = $1", (1, 46), "no value for the parameter `$1`"),
];

#[tokio::test]
async fn every_mistake_is_told_in_our_words_with_its_place_and_what_to_do() {
    let session = session();
    for (statement, at, expected) in MISTAKES {
        let told = mistake(&session, &Statement::new(statement)).await;
        assert!(told.why.contains(expected), "{statement}: {}", told.why);
        assert_eq!(told.at, Some(at), "{statement}: {}", told.why);
        // Neither the words of a library, nor its types, nor where it lies.
        for theirs in [
            "Internal error",
            "bug",
            "DataFusion",
            "Error",
            "error:",
            "Utf8",
            "Int32",
            "Int64",
            "Float64",
            "Timestamp(",
            "UserDefined",
            "OneOf",
            "EOF",
            "Span",
            "::",
            "://",
            ".rs",
        ] {
            assert!(!told.to_string().contains(theirs), "{statement}: `{theirs}` in {told}");
        }
    }
}

#[tokio::test]
async fn a_row_of_the_answer_that_cannot_be_computed_is_told_in_our_words() {
    let session = session();
    for (statement, expected) in [
        ("SELECT CAST(id AS INT) FROM changes", "the text 'c0000' is no INT"),
        ("SELECT 1 / (commits - commits) FROM changes", "a division by zero"),
        ("SELECT (SELECT id FROM changes)", "gives several rows"),
        ("SELECT id FROM changes WHERE id ~ '('", "a pattern is no regular expression: unclosed group"),
    ] {
        let why = refusal(&session, statement).await;
        assert!(why.contains(expected) && !why.contains("rror"), "{statement}: {why}");
    }
}

#[tokio::test]
async fn only_what_depends_on_tables_alone_is_repeatable() {
    let session = session();
    for (text, repeatable) in [
        ("SELECT count(*) FROM changes", true),
        ("SELECT * FROM dora.change_lead_time", true),
        ("WITH a AS (VALUES (1), (2)) SELECT * FROM a, generate_series(1, 3)", true),
        ("SELECT upper(id), exact_median(commits) OVER (ORDER BY id) FROM changes GROUP BY id, commits", true),
        ("SELECT * FROM generate_series(DATE '2026-01-01', DATE '2026-03-01', INTERVAL '1 month')", true),
        ("SELECT now()", false),
        ("SELECT * FROM generate_series(date_trunc('month', now()), now(), INTERVAL '1 day')", false),
        ("SELECT max(value) FROM range(0, CAST(date_part('year', current_date) AS BIGINT))", false),
        ("SELECT id FROM changes WHERE deployed_at < now() - INTERVAL '1 day'", false),
        ("SELECT id FROM changes WHERE commits > (SELECT random() * 3)", false),
        ("SELECT current_date", false),
        ("SELECT current_time", false),
        ("SELECT uuid()", false),
        ("SELECT id FROM changes ORDER BY random()", false),
        ("SELECT sum(random()) FROM changes", false),
        ("SELECT * FROM information_schema.tables", false),
        ("SELECT id FROM changes WHERE id IN (SELECT table_name FROM information_schema.tables)", false),
        ("SHOW TABLES", false),
        ("DESCRIBE facts.changes", false),
        ("EXPLAIN SELECT 1", false),
    ] {
        let planned = planned(&session, &Statement::new(text)).await.unwrap();
        assert_eq!(planned.outline().repeatable, repeatable, "{text}");
    }
}

#[tokio::test]
async fn a_plan_has_the_same_hash_whatever_its_values() {
    let session = session();
    let hash = async |value: i64, text: &str| {
        let statement = numbered(text, vec![ScalarValue::from(value)]);
        planned(&session, &statement).await.unwrap().outline().hash().to_owned()
    };
    let text = "SELECT id FROM changes WHERE commits > $1";
    let first = hash(1, text).await;
    assert_eq!(first.len(), 16);
    assert_eq!(first, hash(2, "select  id from changes\nwhere commits > $1").await);
    assert_ne!(first, hash(1, "SELECT id FROM changes WHERE commits >= $1").await);
}

#[tokio::test]
async fn the_most_memory_that_a_query_held_is_known_after_it() {
    let session = session_with(14, Limits::default());
    let planned =
        planned(&session, &Statement::new("SELECT exact_median(value) FROM generate_series(1, 100000)")).await.unwrap();
    let memory = planned.memory();
    let rows: Vec<RecordBatch> = planned.run().try_collect().await.unwrap();
    assert_eq!(rows[0].num_rows(), 1);
    // A hundred thousand values of eight bytes.
    assert!(memory.peak_bytes() >= 800_000, "{}", memory.peak_bytes());
}

#[tokio::test]
async fn the_listing_has_every_table_and_view_with_its_columns() {
    let listing = session().listing().await.unwrap();
    let names: Vec<&str> = listing.iter().map(|schema| schema.name.as_str()).collect();
    assert!(["core", "dora", "facts", "risk"].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(
        listing
            .iter()
            .all(|schema| !schema.about.is_empty() && schema.tables.iter().all(|table| !table.about.is_empty()))
    );
    let facts = listing.iter().find(|schema| schema.name == "facts").unwrap();
    let changes = facts.tables.iter().find(|table| table.name == "changes").unwrap();
    assert_eq!((changes.is_view, changes.rows), (false, None), "no log is behind this one");
    let sha = changes.columns.iter().find(|column| column.name == "sha").unwrap();
    assert_eq!((sha.kind.as_str(), sha.nullable), ("Utf8", true));
    assert!(sha.about.contains("its merge commit, or itself"), "{}", sha.about);
    let dora = listing.iter().find(|schema| schema.name == "dora").unwrap();
    let told =
        |name: &str| dora.tables.iter().filter(|view| view.columns.iter().any(|column| column.name == name)).count();
    assert!(dora.tables.iter().all(|view| view.is_view));
    // All are of metrics, but the one of what surveys published.
    assert_eq!((told("subject_id"), told("limits")), (dora.tables.len() - 1, 1));
    assert!(shown(&session(), "SHOW TABLES").await.contains("change_lead_time"));
}
