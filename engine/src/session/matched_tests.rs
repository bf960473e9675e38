//! That regular expressions find what DataFusion's own find, and end with their query.

use super::matched::{Search, over, stopped};
use super::tests::{refusal, session};
use super::watch::Watch;
use super::*;
use crate::entities;
use crate::lake::{Lake, Options, TenantTable, When};
use crate::row::{self, Row};
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, DictionaryArray, Int64Array, LargeStringArray, StringArray, StringViewArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::config::ConfigOptions;
use datafusion::functions::regex as datafusions;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Like, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, binary_expr, col, lit,
};
use datafusion::physical_expr::expressions::{self, BinaryExpr, Column};
use datafusion::physical_plan::PhysicalExpr;
use std::cell::Cell;

const TEXTS: [Option<&str>; 10] = [
    Some("SHOP-12 fix"),
    Some("shop-7, SHOP-8"),
    Some(""),
    None,
    Some("ünï ÜNÏ\nshop"),
    Some("aaaa"),
    Some("a\nb"),
    Some("数据📊🔥"),
    Some("x.y"),
    Some("abab"),
];
const PATTERNS: [&str; 15] = [
    "",
    "^SHOP",
    "shop-[0-9]+",
    "(?i)ünï",
    "^$",
    "a+?",
    "(a)(b)?",
    ".",
    r"\.",
    "[^a]",
    "(?s)a.b",
    "📊|x",
    "b$",
    r"\w+\s",
    "a*",
];

fn columns() -> [ArrayRef; 3] {
    [
        Arc::new(StringArray::from_iter(TEXTS)),
        Arc::new(LargeStringArray::from_iter(TEXTS)),
        Arc::new(StringViewArray::from_iter(TEXTS)),
    ]
}

/// A text of the type that a column's are of.
fn text(kind: &DataType, text: Option<&str>) -> ColumnarValue {
    let text = text.map(str::to_owned);
    ColumnarValue::Scalar(match kind {
        DataType::LargeUtf8 => ScalarValue::LargeUtf8(text),
        DataType::Utf8View => ScalarValue::Utf8View(text),
        _ => ScalarValue::Utf8(text),
    })
}

/// What a function gives; none where it fails.
fn of(function: &ScalarUDF, args: &[ColumnarValue]) -> Option<ArrayRef> {
    let fields: Vec<_> = args.iter().map(|arg| Arc::new(Field::new("value", arg.data_type(), true))).collect();
    let scalars = vec![None; args.len()];
    let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars };
    let return_field = function.return_field_from_args(asked).unwrap();
    let args = ScalarFunctionArgs {
        args: args.to_vec(),
        arg_fields: fields,
        number_rows: TEXTS.len(),
        return_field,
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(args).ok().map(|found| found.into_array(TEXTS.len()).unwrap())
}

/// What such a function finds in a column.
fn found_by(function: &ScalarUDF, texts: &ArrayRef, pattern: &str) -> ArrayRef {
    let args = [ColumnarValue::Array(Arc::clone(texts)), text(&DataType::Utf8, Some(pattern))];
    let fields: Vec<_> = args.iter().map(|arg| Arc::new(Field::new("t", arg.data_type(), true))).collect();
    let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &[None, None] };
    let args = ScalarFunctionArgs {
        args: args.to_vec(),
        return_field: function.return_field_from_args(asked).unwrap(),
        arg_fields: fields,
        number_rows: texts.len(),
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(args).unwrap().into_array(texts.len()).unwrap()
}

#[test]
fn operators_find_what_datafusions_own_find() {
    let dictionary: DictionaryArray<Int32Type> = TEXTS.into_iter().collect();
    let sliced = StringArray::from_iter(TEXTS).slice(2, 6);
    let others: [ArrayRef; 2] = [Arc::new(dictionary), Arc::new(sliced)];
    let operators = [Operator::RegexMatch, Operator::RegexIMatch, Operator::RegexNotMatch, Operator::RegexNotIMatch];
    for texts in columns().into_iter().chain(others) {
        let schema = Arc::new(Schema::new(vec![Field::new("t", texts.data_type().clone(), true)]));
        let batch = RecordBatch::try_new(schema, vec![Arc::clone(&texts)]).unwrap();
        for (operator, pattern) in operators.iter().flat_map(|operator| PATTERNS.map(|pattern| (*operator, pattern))) {
            let own = BinaryExpr::new(Arc::new(Column::new("t", 0)), operator, expressions::lit(pattern));
            let expected = own.evaluate(&batch).unwrap().into_array(texts.len()).unwrap();
            let Expr::ScalarFunction(call) = stopped(binary_expr(col("t"), operator, lit(pattern)), true).data else {
                panic!("{operator} is still DataFusion's");
            };
            let found = found_by(&call.func, &texts, pattern);
            assert_eq!(&found, &expected, "{:?} {operator} {pattern}", texts.data_type());
        }
    }
    // What is no pattern that is written out stays as it was.
    assert!(!stopped(binary_expr(col("t"), Operator::RegexMatch, col("p")), true).transformed);
    assert!(!stopped(binary_expr(col("t"), Operator::Eq, lit("a")), true).transformed);
}

#[test]
fn like_finds_what_datafusions_own_finds() {
    let patterns = [
        "S%P-12%",
        "%s_op%7%",
        "a_b",
        "_",
        "____",
        "a%b%",
        "%a_a%",
        r"x\_y",
        r"x.\y%",
        r"a\",
        "x_y",
        "%.%y",
        "^%_",
        "ü%_Ï%shop",
        "数%_🔥",
        "%\n%p",
        "a*_",
        "[%]_",
        "(_%",
    ];
    // Where the case counts, these are found in one walk.
    let anywhere = ["%SHOP%", "%Ï%", "%", "%%", "%.%", "%B", "%\n%", "%ï\nSHOP"];
    let cases = [(false, false), (true, false), (false, true), (true, true)];
    let all = patterns.iter().flat_map(|pattern| cases.map(|(negated, any_case)| (*pattern, negated, any_case)));
    let all = all.chain(anywhere.iter().flat_map(|pattern| [(*pattern, false, true), (*pattern, true, true)]));
    let all: Vec<_> = all.collect();
    for texts in columns() {
        let schema = Arc::new(Schema::new(vec![Field::new("t", texts.data_type().clone(), true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(&texts)]).unwrap();
        for (pattern, negated, case_insensitive) in all.iter().copied() {
            let ColumnarValue::Scalar(written) = text(texts.data_type(), Some(pattern)) else { unreachable!() };
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("t", 0));
            let own = expressions::like(negated, case_insensitive, column, expressions::lit(written), &schema).unwrap();
            let expected = own.evaluate(&batch).unwrap().into_array(texts.len()).unwrap();
            let like = Like::new(negated, Box::new(col("t")), Box::new(lit(pattern)), None, case_insensitive);
            let Expr::ScalarFunction(call) = stopped(Expr::Like(like), true).data else {
                panic!("LIKE {pattern} is still DataFusion's");
            };
            let found = found_by(&call.func, &texts, pattern);
            assert_eq!(&found, &expected, "{:?} {} {pattern}", texts.data_type(), call.func.name());
        }
    }
    // What is found in one walk, and what files are chosen by, stays as it was.
    let like = |pattern: &str| Expr::Like(Like::new(false, Box::new(col("t")), Box::new(lit(pattern)), None, false));
    for pattern in ["SHOP%", "%fix", "%-12%", "%"] {
        assert!(!stopped(like(pattern), true).transformed, "{pattern}");
    }
    let begins = Like::new(false, Box::new(col("t")), Box::new(lit("SHOP%")), None, true);
    assert!(!stopped(Expr::Like(begins), true).transformed);
    for operator in [Operator::LikeMatch, Operator::ILikeMatch, Operator::NotLikeMatch, Operator::NotILikeMatch] {
        let sought = |pattern: &str| stopped(binary_expr(col("t"), operator, lit(pattern)), true).transformed;
        assert!(sought("S%P-12") && !sought("S%"), "{operator}");
        let any_case = matches!(operator, Operator::ILikeMatch | Operator::NotILikeMatch);
        assert_eq!(sought("%fix%"), any_case, "{operator}");
    }
    assert!(!stopped(like("S%P-12"), false).transformed && stopped(like("S%P-12"), true).transformed);
}

#[test]
fn functions_find_what_datafusions_own_find() {
    let number = |n: Option<i64>| ColumnarValue::Scalar(ScalarValue::Int64(n));
    let starts = [1_i64, 2, 1, 1, 4, 2, 3, 4, 9, 3].map(Some).map(|n| n.filter(|n| *n != 9));
    let starts = || ColumnarValue::Array(Arc::new(Int64Array::from_iter(starts)));
    for texts in columns() {
        let kind = texts.data_type().clone();
        let flags = |flags: Option<&str>| text(&kind, flags);
        let like =
            vec![vec![], vec![flags(Some("i"))], vec![flags(Some("s"))], vec![flags(None)], vec![flags(Some("ig"))]];
        let count = vec![
            vec![],
            vec![number(Some(2))],
            vec![number(Some(0))],
            vec![number(None)],
            vec![starts()],
            vec![number(Some(1)), flags(Some("i"))],
            vec![starts(), flags(Some(""))],
            vec![number(Some(1)), flags(None)],
        ];
        let place = vec![
            vec![],
            vec![starts()],
            vec![number(Some(1)), number(Some(2))],
            vec![number(Some(1)), number(Some(0))],
            vec![number(Some(2)), starts()],
            vec![starts(), number(Some(1)), flags(Some("i"))],
            vec![number(Some(1)), number(Some(1)), flags(None)],
            vec![number(Some(1)), number(Some(1)), flags(Some("i")), number(Some(2))],
            vec![number(Some(1)), number(Some(1)), flags(Some("")), starts()],
        ];
        for (own, all) in [
            (datafusions::regexp_like(), like),
            (datafusions::regexp_count(), count),
            (datafusions::regexp_instr(), place),
        ] {
            let ours = over(&own).unwrap();
            for (pattern, more) in PATTERNS
                .iter()
                .map(|pattern| Some(*pattern))
                .chain([None])
                .flat_map(|pattern| all.iter().map(move |more| (pattern, more)))
            {
                for texts in [ColumnarValue::Array(Arc::clone(&texts)), text(&kind, Some("abab a")), text(&kind, None)]
                {
                    let mut args = vec![texts, text(&kind, pattern)];
                    args.extend(more.iter().cloned());
                    assert_eq!(of(&ours, &args), of(&own, &args), "{} {args:?}", own.name());
                }
            }
        }
    }
    let count = over(&datafusions::regexp_count()).unwrap();
    let global = [
        text(&DataType::Utf8, Some("a")),
        text(&DataType::Utf8, Some("a")),
        number(Some(1)),
        text(&DataType::Utf8, Some("g")),
    ];
    assert!(of(&count, &global).is_none() && of(&datafusions::regexp_count(), &global).is_none());
    assert!(over(&datafusion::functions::string::lower()).is_none());
}

/// Says that a query goes on so many times.
fn goes_on(looks: &Cell<usize>, times: usize) -> impl Fn() -> datafusion::common::Result<()> {
    move || {
        looks.set(looks.get() + 1);
        if looks.get() > times { exec_err!("it is stopped") } else { Ok(()) }
    }
}

#[test]
fn a_stop_is_seen_between_texts_and_between_matches() {
    let long = "a".repeat(1 << 20);
    for times in [1, 2, 5] {
        // Each match is known when all that is left was looked at: whole, it would take the square of its length.
        let searches: [&dyn Fn(&mut Search<'_>) -> datafusion::common::Result<i64>; 2] =
            [&|search: &mut Search<'_>| search.count(&long, 1), &|search: &mut Search<'_>| {
                search.place(&long, 1, i64::MAX, 0)
            }];
        for searches in searches {
            let looks = Cell::new(0);
            let goes_on = goes_on(&looks, times);
            let mut search = Search::new("regexp_count", "[a-z]*x|a", None, &goes_on, None).unwrap();
            let told = searches(&mut search).unwrap_err().to_string();
            assert!(told.contains("it is stopped"), "{told}");
            assert_eq!(looks.get(), times + 1);
        }
    }
    // One place, sixteen million letters between two looks.
    let looks = Cell::new(0);
    let goes_on = goes_on(&looks, 2);
    let mut search = Search::new("~", "b", None, &goes_on, None).unwrap();
    let searched = (0..100).take_while(|_| search.is_in(&long).is_ok()).count();
    assert_eq!((searched, looks.get()), (31, 3));
}

#[test]
fn one_text_that_nothing_could_stop_at_is_refused() {
    let goes_on = || -> datafusion::common::Result<()> { Ok(()) };
    let long = "a".repeat(3 << 20);
    let is_searched = |pattern: &str, flags: Option<&str>| {
        let mut search = Search::new("~", pattern, flags, &goes_on, None).unwrap();
        search.is_in(&long).map_err(|why| error(why).to_string())
    };
    assert_eq!(is_searched("b", None), Ok(false));
    let told = is_searched("(ab){100}", None).unwrap_err();
    assert!(told.contains("`~` would search a text of 3 MiB by a pattern of ") && told.contains("left(x, "), "{told}");
    let told = error(Search::new("~", r"\w{2000}", None, &goes_on, None).err().unwrap()).to_string();
    assert!(told.contains("has room once it is made ready"), "{told}");
    assert!(is_searched("a {300}", Some("x")).is_err(), "spaces that count for nothing are none that are repeated");
    for flags in ["i)x{9000}(?s", "i:a)(?:b", "i ", "ï"] {
        let told = error(Search::new("regexp_like", "a", Some(flags), &goes_on, None).err().unwrap()).to_string();
        assert!(told.contains("takes flags that are letters"), "{flags}: {told}");
    }
    assert!(Search::new("regexp_like", "a", Some("is-u"), &goes_on, None).is_ok());
}

#[test]
fn of_a_pattern_of_many_groups_none_is_told() {
    let goes_on = || -> datafusion::common::Result<()> { Ok(()) };
    let told = |groups: usize, group: i64| {
        let pattern = format!(".*{}", "(a)".repeat(groups));
        let mut search = Search::new("regexp_instr", &pattern, None, &goes_on, None).unwrap();
        search.place(&"a".repeat(20), 1, 1, group).map_err(|why| why.to_string())
    };
    assert_eq!((told(9, 1), told(9, 0), told(10, 0)), (Ok(12), Ok(1), Ok(1)));
    assert!(told(10, 1).is_err_and(|why| why.contains("regexp_instr takes a pattern of up to 9 groups")));
}

#[tokio::test]
async fn wherever_a_pattern_stands_it_ends_with_its_query() {
    let session = session();
    for text in [
        "SELECT id ~ '^c.*[0-4]$' AS m FROM changes",
        "SELECT id FROM changes WHERE id !~* '^c.*[0-4]$'",
        "SELECT id FROM changes WHERE id SIMILAR TO 'c.*[0-4]'",
        "SELECT id FROM changes WHERE id NOT SIMILAR TO 'c.*[0-4]'",
        "SELECT id FROM changes WHERE id LIKE 'c%_%4'",
        "SELECT id FROM changes WHERE id NOT ILIKE 'C%_%4'",
        "SELECT id FROM changes WHERE id ILIKE '%C%'",
        "SELECT id FROM changes WHERE id ~* 'c'",
        "SELECT id FROM changes WHERE regexp_like(id, '^c.*[0-4]$')",
        "SELECT id FROM changes WHERE regexp_like(id, '^c.*[0-4]$', 's')",
        "SELECT regexp_count(id, '0') FROM changes",
        "SELECT regexp_instr(id, '0+') FROM changes",
        "SELECT regexp_extract(id, '[0-9]+') FROM changes",
        "SELECT count(*) FILTER (WHERE id ~* 'C.*[0-4]$') FROM changes",
        "SELECT id ~ '0[0-4]' AS m, count(*) FROM changes GROUP BY 1 ORDER BY 1",
        "SELECT id SIMILAR TO 'c0.*' AS m, count(*) FROM changes GROUP BY ROLLUP (id SIMILAR TO 'c0.*')",
        r"SELECT count(*) FROM changes GROUP BY GROUPING SETS ((id NOT LIKE 'c_%4' ESCAPE '\'), ())",
        "SELECT a.id FROM changes AS a JOIN changes AS b ON a.id = b.id AND concat(a.id, b.id) ~ '0.*[0-4]$'",
        "SELECT id FROM changes ORDER BY id ~ '[0-4]$', id",
        "SELECT (SELECT count(*) FROM changes WHERE id ~ '0.*[0-4]$') AS n",
        "SELECT id FROM changes WHERE repository_id IN (SELECT repository_id FROM changes WHERE id ~ '0.*[0-4]$')",
        "SELECT max(commits) OVER (PARTITION BY id ~ '[0-4]$') FROM changes",
        "SELECT id FROM (SELECT id, CASE WHEN id ~ '0[0-4]' THEN 1 END AS c FROM changes) AS t WHERE c = 1",
    ] {
        let planned = session.plan(&Statement::new(text), session.deadline()).await.unwrap();
        planned.watch.ends();
        let told = planned.run().try_collect::<Vec<_>>().await.map_err(|why| error(why).to_string());
        assert!(told.as_ref().is_err_and(|why| why.contains("nobody waits")), "{text}: {told:?}");
        session.collect(text).await.unwrap_or_else(|why| panic!("{text}: {why}"));
    }
    // It is called as it is written.
    for (asked, called) in
        [("id ~ '0.*1'", r#"id ~ Utf8("0.*1")"#), ("id SIMILAR TO '0.*1'", r#"id SIMILAR TO Utf8("0.*1")"#)]
    {
        let rows = session.collect(&format!("SELECT {asked} FROM changes")).await.unwrap();
        assert!(rows[0].schema().field(0).name().ends_with(called), "{:?}", rows[0].schema());
    }
}

#[tokio::test]
async fn a_pattern_is_made_ready_once_for_its_query() {
    let session = session();
    let text = "SELECT regexp_count(id, '0'), regexp_extract(id, '[0-9]+') FROM changes WHERE id LIKE 'c%_%'";
    let planned = session.plan(&Statement::new(text), session.deadline()).await.unwrap();
    let watch = Arc::clone(&planned.watch);
    planned.run().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(watch.ready.kept(), 3);
}

#[tokio::test]
async fn a_pattern_that_files_are_read_by_ends_with_its_query() {
    let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
    let commits = entities::core("commits").unwrap();
    let rows: Vec<Row> = (0..20)
        .map(|n| {
            Row::new(commits).set("id", format!("c{n}")).set("repository_id", "r").set("title", format!("fix {n}"))
        })
        .collect();
    lake.table(commits).append(&[row::batch(commits, &rows).unwrap()], &[], When::New).await.unwrap();
    let tables = TenantTable::all(&lake, &Seen::default());
    let session = Session::build(tables, lake.runtime(), Limits::default(), &Policy::everything()).unwrap();
    for (condition, n) in [("title ~ '^f.*1[0-4]$'", 5), ("title LIKE 'f%1_'", 10)] {
        let text = format!("SELECT count(*) FROM core.commits WHERE {condition}");
        let rows = session.collect(&text).await.unwrap();
        assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), n, "{condition}");
        let planned = session.plan(&Statement::new(&text), session.deadline()).await.unwrap();
        planned.watch.ends();
        let told = planned.run().try_collect::<Vec<_>>().await.map_err(|why| error(why).to_string());
        assert!(told.as_ref().is_err_and(|why| why.contains("nobody waits")), "{condition}: {told:?}");
    }
}

#[tokio::test]
async fn constants_are_searched_no_longer_than_somebody_waits_for_the_plan() {
    let session = session();
    let planned = async |ends: bool| {
        let watch = Watch::new(session.deadline(), Limits::default());
        let waiting = watch.waiting();
        let state = watch.within(session.state.clone());
        let parsed = parse::statement("SELECT regexp_count('aaa', 'a') AS n").unwrap();
        let (plan, _) = planning::logical(&state, parsed, &Parameters::default()).await.unwrap();
        if ends {
            drop(waiting);
        } else {
            waiting.done();
        }
        state.optimize(&plan).unwrap().display_indent().to_string()
    };
    let (done, left) = (planned(false).await, planned(true).await);
    assert!(done.contains("Int64(3)") && !done.contains("regexp_count("), "{done}");
    assert!(left.contains("regexp_count("), "{left}");
}

#[tokio::test]
async fn what_a_pattern_is_made_ready_by_is_written_out() {
    let session = session();
    for text in [
        "SELECT regexp_like(id, 'a', repository_id) FROM changes",
        "SELECT regexp_count(id, 'a', 1, repository_id) FROM changes",
        "SELECT regexp_instr(id, 'a', 1, 1, repository_id) FROM changes",
    ] {
        let why = refusal(&session, text).await;
        assert!(why.contains("takes its flags as a constant"), "{text}: {why}");
    }
    session.collect("SELECT regexp_count(id, 'C', commits + 1, concat('i', 's')) FROM changes").await.unwrap();
}
