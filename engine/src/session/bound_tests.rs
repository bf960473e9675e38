//! Statements that are small to write and large to answer.

use super::tests::{refusal, session, shown};

fn chain(term: &str, link: &str, terms: usize) -> String {
    vec![term; terms].join(link)
}

#[tokio::test]
async fn a_chain_of_operators_is_planned_up_to_a_bound_and_refused_beyond() {
    let session = session();
    for (head, term, link) in [
        ("SELECT ", "1", "+"),
        ("SELECT ", "true", " AND "),
        ("SELECT ", "true", " OR "),
        ("SELECT ", "'a'", "||"),
        ("", "SELECT 1", " UNION ALL "),
        ("", "SELECT 1", " UNION "),
        ("", "SELECT id FROM changes", " EXCEPT "),
        ("SELECT 1", "", "::int"),
        ("SELECT 1", "", " IS NULL"),
        ("SELECT [1]", "", "[1]"),
        ("SELECT count(*) FROM ", "changes", " NATURAL JOIN "),
    ] {
        for terms in [5_000, 10_000] {
            let why = refusal(&session, &format!("{head}{}", chain(term, link, terms))).await;
            assert!(
                why.contains("and at most 1000 are planned") || why.contains("and at most 65536 are read"),
                "{why}"
            );
        }
    }
    for (head, term, link) in [
        ("SELECT ", "1", "+"),
        ("SELECT ", "commits = 1", " OR "),
        ("SELECT ", "title", "||"),
        ("", "SELECT 1", " UNION ALL "),
        ("", "SELECT id FROM changes", " UNION "),
        ("", "SELECT id FROM changes", " EXCEPT "),
    ] {
        let tail = if head.is_empty() { "" } else { " FROM changes" };
        // A SELECT and its table are two parts of a thousand.
        let terms = match (link, term) {
            (" EXCEPT ", _) => 100,
            (_, "1" | "title" | "SELECT 1") => 990,
            _ => 490,
        };
        let text = format!("{head}{}{tail}", chain(term, link, terms));
        session.collect(&text).await.unwrap_or_else(|e| panic!("{link}: {e}"));
    }
    for link in [" EXCEPT ", " INTERSECT "] {
        let why = refusal(&session, &chain("SELECT id FROM changes", link, 102)).await;
        assert!(why.contains("101 of JOIN, EXCEPT and INTERSECT, and at most 100"), "{why}");
    }
    let list = format!("SELECT count(*) FROM changes WHERE commits IN ({})", chain("1", ",", 20_000));
    session.collect(&list).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_is_too_deep_or_too_long_is_refused() {
    let session = session();
    let deep = format!("SELECT {}1{}", "(".repeat(51), ")".repeat(51));
    assert!(refusal(&session, &deep).await.contains("brackets stand more than 50 deep"));
    let long = format!("SELECT '{}'", "a".repeat(65_536));
    assert!(refusal(&session, &long).await.contains("the statement has 65545 bytes, and at most 65536 are read"));
    // Brackets and operators in a text are text.
    let quoted = format!("SELECT '{}'", "(+".repeat(5_000));
    session.collect(&quoted).await.unwrap();
}

#[tokio::test]
async fn a_type_that_makes_every_value_large_is_refused() {
    let session = session();
    for text in [
        "SELECT arrow_cast(NULL, 'FixedSizeBinary(2147483647)') FROM generate_series(1, 10000)",
        "SELECT arrow_try_cast(NULL, 'FixedSizeBinary(2147483647)') FROM generate_series(1, 10000)",
        "SELECT count(*) FROM changes WHERE arrow_cast(NULL, 'FixedSizeBinary(2147483647)') IS NULL",
        "SELECT id FROM changes ORDER BY arrow_cast(NULL, 'FixedSizeBinary(2147483647)')",
        "SELECT a.id FROM changes a JOIN changes b ON a.id = b.id AND arrow_cast(a.id, 'FixedSizeBinary(2147483647)') IS NULL",
        "SELECT arrow_cast(NULL, 'FixedSizeList(1000, FixedSizeList(1000, Int64))')",
        "SELECT arrow_cast(NULL, 'List(FixedSizeBinary(2147483647))')",
        "SELECT arrow_cast(NULL, 'Fixed' || 'SizeBinary(2147483647)')",
        "SELECT CAST(NULL AS BIGINT[2000000000])",
        "SELECT NULL::BIGINT[2000000000]",
        "SELECT TRY_CAST(NULL AS BIGINT[2000000000]) FROM changes",
        "SELECT arrow_cast(NULL, arrow_typeof(CAST(NULL AS BIGINT[2000000000])))",
        "VALUES (CAST(NULL AS BIGINT[2000000000]))",
        "SELECT (SELECT max(CAST(NULL AS BIGINT[2000000000])) FROM changes)",
    ] {
        refusal(&session, text).await;
    }
    let why = refusal(&session, "SELECT CAST(NULL AS BIGINT[2000]) FROM changes").await;
    assert!(why.contains("more than 1024 bytes or places"), "{why}");
    session
        .collect("SELECT arrow_cast(NULL, 'FixedSizeBinary(16)'), CAST([1, 2] AS BIGINT[2]) FROM changes")
        .await
        .unwrap();
}

#[tokio::test]
async fn no_window_gathers_its_rows_once_for_each_of_them() {
    let session = session();
    for gathering in ["array_agg(value)", "string_agg(CAST(value AS VARCHAR), ',')"] {
        let why = refusal(&session, &format!("SELECT {gathering} OVER () FROM generate_series(1, 1000000)")).await;
        assert!(why.contains("with OVER would gather"), "{why}");
        session.collect(&format!("SELECT {gathering} FROM generate_series(1, 1000)")).await.unwrap();
    }
}

#[tokio::test]
async fn what_takes_the_product_of_two_lengths_has_one_of_them_written_out() {
    let session = session();
    let arrays = "FROM (SELECT array_agg(id) AS a, array_agg(repository_id) AS b FROM changes) AS t";
    let pattern = "takes its pattern as a constant";
    for (text, told) in [
        (format!("SELECT array_has_all(a, b) {arrays}"), "write empty(array_except(b, a))"),
        (format!("SELECT arrays_overlap(a, b) {arrays}"), "write NOT empty(array_intersect(a, b))"),
        (format!("SELECT count(*) {arrays} WHERE list_has_any(a, array_append(b, 'x'))"), "array_intersect"),
        ("SELECT btrim(id, repository_id) FROM changes".to_owned(), "write those out"),
        ("SELECT id FROM changes WHERE id ~ repository_id".to_owned(), pattern),
        ("SELECT id FROM changes WHERE id !~* concat(repository_id, '+')".to_owned(), pattern),
        ("SELECT regexp_count(id, repository_id) FROM changes".to_owned(), pattern),
        ("SELECT regexp_like('a', (SELECT max(id) FROM changes))".to_owned(), pattern),
        ("SELECT id FROM changes WHERE regexp_like(id, CAST(random() AS TEXT))".to_owned(), pattern),
    ] {
        let why = refusal(&session, &text).await;
        assert!(why.contains(told), "{text}: {why}");
    }
    for text in [
        format!("SELECT array_has_any(a, make_array('x', 'y')), array_has_all(make_array('x'), a) {arrays}"),
        format!("SELECT empty(array_except(b, a)), NOT empty(array_intersect(a, b)) {arrays}"),
        "SELECT btrim(id, 'c0') FROM changes WHERE id ~ concat('^c', '0+') AND regexp_like(id, '[0-9]')".to_owned(),
    ] {
        session.collect(&text).await.unwrap();
    }
}

#[tokio::test]
async fn an_interval_of_intervals_is_refused_before_it_is_parsed() {
    let why = refusal(&session(), &format!("SELECT {}", "INTERVAL /* */ ".repeat(4_000))).await;
    assert!(why.contains("INTERVAL stands twice in a row"), "{why}");
}

/// Each name of a WITH made of the one before.
fn links(n: usize, first: &str, step: impl Fn(&str) -> String) -> String {
    let mut names = vec![format!("c0 AS ({first})")];
    names.extend((1..=n).map(|i| format!("c{i} AS ({})", step(&format!("c{}", i - 1)))));
    format!("WITH {} SELECT count(*) FROM c{n}", names.join(", "))
}

#[tokio::test]
async fn names_of_a_with_count_as_all_that_stands_for_them() {
    let session = session();
    let doubled = |n| links(n, "SELECT 1 AS x", |c| format!("SELECT * FROM {c} UNION ALL SELECT * FROM {c}"));
    let why = refusal(&session, &doubled(26)).await;
    assert!(why.contains("more than 1000 tables and SELECTs"), "{why}");
    let explained = refusal(&session, &format!("EXPLAIN {}", doubled(26))).await;
    assert!(explained.contains("more than 1000 tables and SELECTs"), "{explained}");
    // 1, 2·1+2 = 4, 10, 22, …: 3·2^n − 2; 766 at 8, and 1534 at 9.
    session.collect(&doubled(4)).await.unwrap();
    assert!(refusal(&session, &doubled(9)).await.contains("more than 1000 tables and SELECTs"));
    let joined = links(26, "SELECT id FROM changes", |c| format!("SELECT a.id FROM {c} a JOIN {c} b ON a.id = b.id"));
    assert!(refusal(&session, &joined).await.contains("more than 1000 tables and SELECTs"));
    let within = links(26, "SELECT 1 AS x", |c| format!("SELECT x FROM {c} WHERE x IN (SELECT x FROM {c})"));
    assert!(refusal(&session, &within).await.contains("more than 1000 tables and SELECTs"));
    let deep = links(60, "SELECT 1 AS x", |c| format!("SELECT x + 1 AS x FROM {c}"));
    assert!(refusal(&session, &deep).await.contains("more than 50 deep in one another"));
    session.collect(&links(40, "SELECT 1 AS x", |c| format!("SELECT x + 1 AS x FROM {c}"))).await.unwrap();
}

#[tokio::test]
async fn a_name_counts_as_what_it_means_where_it_stands() {
    let session = session();
    // `changes` in its own WITH is the table; the names of a bracket end with it.
    let one =
        "(WITH changes AS (SELECT * FROM changes UNION ALL SELECT * FROM changes) SELECT count(*) AS n FROM changes)";
    let many =
        format!("SELECT * FROM {one} a0 {}", (1..30).map(|i| format!("CROSS JOIN {one} a{i}")).collect::<String>());
    session.collect(&many).await.unwrap();
    // "A" and a are two names.
    let quoted = "WITH a AS (SELECT 1 AS x), \"A\" AS (SELECT 2 AS x) SELECT * FROM a, \"A\"";
    assert_eq!(session.collect(quoted).await.unwrap()[0].num_rows(), 1);
}

#[tokio::test]
async fn grouping_sets_are_planned_up_to_a_bound_and_refused_beyond() {
    let session = session();
    let names = |n: usize| (0..n).map(|i| format!("c{i}")).collect::<Vec<_>>().join(", ");
    let by = |group: &str, columns: usize| {
        let all = (0..columns).map(|i| format!("value % {} AS c{i}", i + 2)).collect::<Vec<_>>().join(", ");
        format!("SELECT count(*) AS n FROM (SELECT {all} FROM generate_series(1, 3)) AS t GROUP BY {group}")
    };
    // Nine columns in all ways are 512 sets, in half of which each is: 2,304 columns. Of ten they are 5,120.
    for (group, columns) in [
        (format!("CUBE ({})", names(9)), 9),
        (format!("ROLLUP ({})", names(60)), 60),
        ("CUBE (c0, c1), ROLLUP (c2, c3), c4".to_owned(), 5),
        ("GROUPING SETS ((c0, c1), (c0), ())".to_owned(), 2),
        (names(300), 300),
    ] {
        session.collect(&by(&group, columns)).await.unwrap_or_else(|e| panic!("{group}: {e}"));
    }
    let halves = names(20);
    let (left, right) = halves.split_at(halves.find(", c10").unwrap());
    for (group, columns) in [
        (format!("CUBE ({})", names(10)), 10),
        (format!("CUBE ({})", names(30)), 30),
        (format!("CUBE ({})", names(100)), 100),
        (format!("CUBE ({left}), CUBE ({})", &right[2..]), 20),
        (format!("ROLLUP ({})", chain("c0", ", ", 300)), 1),
        (format!("GROUPING SETS ({})", chain("(c0, c0)", ", ", 2_600)), 1),
    ] {
        let why = refusal(&session, &by(&group, columns)).await;
        assert!(why.contains("groups by more than 5000 columns"), "{group}: {why}");
    }
    // A query of a WITH counts once by itself, and once more for each time that it is named.
    let nine = by(&format!("CUBE ({})", names(9)), 9);
    session.collect(&format!("WITH a AS ({nine}) SELECT * FROM a")).await.unwrap();
    let twice = format!("WITH a AS ({nine}) SELECT * FROM a UNION ALL SELECT * FROM a");
    let unnamed = format!("WITH a AS ({nine}), b AS ({nine}), c AS ({nine}) SELECT 1");
    for text in [twice, unnamed] {
        assert!(refusal(&session, &text).await.contains("groups by more than 5000 columns"));
    }
    let own = session.columns_of_own(
        "SELECT kind FROM facts.changes GROUP BY CUBE (kind, id, title, status, url, sha, repository_id)",
    );
    let why = own.await.unwrap_err().to_string();
    assert!(why.contains("groups by 448 columns") && why.contains("at most 100"), "{why}");
}

#[tokio::test]
async fn values_that_double_from_name_to_name_are_refused() {
    let session = session();
    for (first, double) in [
        ("SELECT 'aaaaaaaaaaaaaaaa' AS x", "x || x"),
        ("SELECT title AS x FROM changes", "x || x"),
        ("SELECT title AS x FROM changes", "concat(x, '-', x)"),
        ("SELECT title AS x FROM changes", "CASE WHEN x = '' THEN x ELSE x || x END"),
        ("SELECT id AS x FROM changes", "CAST(x || x AS VARCHAR)"),
        ("SELECT [1, 2] AS x", "x || x"),
        ("SELECT [1, 2] AS x", "array_concat(x, x)"),
        ("SELECT 'ab' AS x", "encode(x || 'y', 'hex')"),
    ] {
        for alike in ["SELECT {} AS x FROM {c}", "SELECT DISTINCT {} AS x FROM {c} WHERE x IS NOT NULL LIMIT 5"] {
            let text = links(30, first, |c| alike.replace("{}", double).replace("{c}", c));
            let why = refusal(&session, &text.replace("count(*)", "*")).await;
            // A CASE that names it four times is too much of a condition before it is too much of a value.
            let operators = double.contains("CASE") && why.contains("more than 100000 operators");
            assert!(operators || why.contains("more than 1000 values"), "{double}: {why}");
        }
    }
    // 2^9 = 512 values are put together; 2^10 are not.
    let nine = links(9, "SELECT 'ab' AS x", |c| format!("SELECT x || x AS x FROM {c}"));
    let length = shown(&session, &nine.replace("count(*)", "length(x)")).await;
    assert!(length.contains("| 1024"), "{length}");
}

#[tokio::test]
async fn numbers_may_be_reckoned_on_and_on_but_no_condition_grows_with_it() {
    let session = session();
    let sums = links(26, "SELECT commits AS x FROM changes", |c| format!("SELECT x % 7 + x % 5 AS x FROM {c}"));
    session.collect(&sums).await.unwrap();
    let tested = sums.replace("count(*)", "x").to_owned() + " WHERE x > 3";
    assert!(refusal(&session, &tested).await.contains("a condition comes to more than 100000 operators"));
}

#[tokio::test]
async fn replace_knows_the_size_of_its_result_before_it_is_made() {
    let session = session();
    let texts = shown(&session, "SELECT replace('abcab', 'ab', 'x'), replace('ab', '', '-'), replace(NULL, 'a', 'b'), replace(id, 'c00', 'n') FROM changes LIMIT 1").await;
    assert!(texts.contains("| xcx ") && texts.contains("| -a-b- ") && texts.contains("| n00 "), "{texts}");
    let (a, b) = ("a".repeat(1_000), "b".repeat(1_000));
    // A million bytes, a thousand million, …
    let once = format!("length(replace('{a}', 'a', '{b}'))");
    assert!(shown(&session, &format!("SELECT {once}")).await.contains("1000000"));
    let twice = format!("SELECT length(replace(replace('{a}', 'a', '{b}'), 'b', '{a}'))");
    assert!(refusal(&session, &twice).await.contains("replace makes up to 1048576 bytes"));
    let rows = format!("SELECT sum(length(replace(concat(id, '{a}'), 'a', '{}'))) FROM changes", "b".repeat(1_040));
    session.collect(&rows).await.unwrap();
    // A hundred million bytes together, in batches of a few rows.
    let many = format!("SELECT sum(length(replace(concat(value, '{a}'), 'a', '{b}'))) FROM generate_series(1, 100)");
    assert!(shown(&session, &many).await.contains("100000192"));
}

#[test]
fn planning_leaves_the_runtime_free() {
    // A single thread serves the ticks and waits for the plan.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = session();
        let text = links(7, "SELECT * FROM changes", |c| format!("SELECT * FROM {c} UNION ALL SELECT * FROM {c}"));
        let planning = session.collect(&text);
        tokio::pin!(planning);
        let mut ticks = 0;
        loop {
            tokio::select! {
                done = &mut planning => { done.unwrap(); break }
                () = tokio::time::sleep(std::time::Duration::from_millis(1)) => ticks += 1,
            }
        }
        assert!(ticks > 1, "the runtime was held while planning");
    });
}
