//! How long a constant may be that each letter or value of a row is compared with: all of that is one step, which nothing stops, and which
//! constants make of any length.

use super::squares::{each, is_of_rows};
use crate::Result;
use arrow::array::Array as _;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};
use std::str::Chars;

/// The most places of a pattern, each as often as it is repeated: so many of them may be open at each letter of a text.
const MOST_PLACES: usize = 512;
/// The longest pattern whose places are counted. One that is longer and has fewer places is none that anybody writes.
const MOST_COUNTED: usize = 16 << 10;
/// The most letters that `trim` takes away, and values of an array that others are looked for in.
const MOST_LETTERS: usize = 512;
const MOST_VALUES: usize = 1_000;

/// Refuses what a node compares with a constant that is too long.
pub(super) fn check(node: &LogicalPlan) -> Result<()> {
    each(node, refused)
}

fn refused(expr: &Expr) -> Option<String> {
    match expr {
        Expr::ScalarFunction(call) => match (call.name(), call.args.as_slice()) {
            (name @ ("regexp_like" | "regexp_count" | "regexp_instr" | "regexp_extract"), [_, pattern, more @ ..]) => {
                expression(name, pattern, more)
            }
            (name @ ("btrim" | "ltrim" | "rtrim"), [_, letters]) if !is_of_rows(letters) => {
                let is_long = self::letters(letters).is_none_or(|letters| letters > MOST_LETTERS);
                is_long.then(|| format!("`{name}` takes up to {MOST_LETTERS} letters away: write fewer of them out"))
            }
            (name @ ("array_has_all" | "array_has_any"), [all, of]) => (values(all).min(values(of)) > MOST_VALUES)
                .then(|| {
                    format!(
                        "`{name}` compares each value of one array with each of the other, of which one may have up to {MOST_VALUES} that are written out: join a table or VALUES by an equality"
                    )
                }),
            _ => None,
        },
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::RegexMatch | Operator::RegexIMatch | Operator::RegexNotMatch | Operator::RegexNotIMatch => {
                expression(&binary.op.to_string(), &binary.right, &[])
            }
            Operator::LikeMatch | Operator::ILikeMatch | Operator::NotLikeMatch | Operator::NotILikeMatch => {
                let case_insensitive = matches!(binary.op, Operator::ILikeMatch | Operator::NotILikeMatch);
                match text(&binary.right) {
                    Some(pattern) => likeness(&pattern, case_insensitive),
                    None => Some(format!("`{}` takes its pattern as a constant: write LIKE", binary.op)),
                }
            }
            _ => None,
        },
        Expr::SimilarTo(similar) => expression("SIMILAR TO", &similar.pattern, &[]),
        // One that rows decide on is weighed with them.
        Expr::Like(like) => text(&like.pattern).and_then(|pattern| likeness(&pattern, like.case_insensitive)),
        _ => None,
    }
}

/// What is told of a regular expression that is refused; one of rows is refused for that.
fn expression(name: &str, pattern: &Expr, more: &[Expr]) -> Option<String> {
    if is_of_rows(pattern) {
        return None;
    }
    let Some(pattern) = text(pattern) else {
        return Some(format!(
            "`{name}` takes its pattern as a constant: write it out, put it together by || or concat, or give it as a parameter"
        ));
    };
    let all = if pattern.len() > MOST_COUNTED {
        pattern.len()
    } else if is_spaced(&pattern, more) {
        at_most(&pattern)
    } else {
        places(&pattern)
    };
    (all > MOST_PLACES).then(|| {
        format!(
            "`{name}` takes a pattern of up to {MOST_PLACES} places, each counted as often as it is repeated, and this has {all}: shorten it, or write * or + in the place of {{…}}; length(x) tells how long a text is"
        )
    })
}

/// What is told of a pattern of LIKE that is refused.
fn likeness(pattern: &str, case_insensitive: bool) -> Option<String> {
    (pattern.len() > MOST_PLACES && !is_walked(pattern, case_insensitive)).then(|| {
        if case_insensitive {
            return format!(
                "`ILIKE` takes a pattern of up to {MOST_PLACES} letters, but for % at its end: shorten it, or write contains(lower(x), y)"
            );
        }
        format!(
            "`LIKE` takes a pattern of up to {MOST_PLACES} letters, but for % at its begin and its end: shorten it, or write contains(x, y)"
        )
    })
}

/// Whether a text is compared with a pattern of LIKE in one walk: where it merely begins, ends or stands in the text. Whatever the case, it
/// is a regular expression, which may be open at each of its letters unless the text has to begin with it.
pub(super) fn is_walked(pattern: &str, case_insensitive: bool) -> bool {
    let within = pattern.strip_prefix('%').unwrap_or(pattern);
    let is_anywhere = within.len() < pattern.len();
    let within = within.strip_suffix('%').unwrap_or(within);
    !within.contains(['%', '_', '\\']) && !(case_insensitive && is_anywhere)
}

/// The text that a constant is, where it is one, or put together from some.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(value, _) if value.is_null() => Some(String::new()),
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        Expr::Alias(alias) => text(&alias.expr),
        Expr::Cast(cast) => text(&cast.expr),
        Expr::BinaryExpr(binary) if binary.op == Operator::StringConcat => {
            Some(text(&binary.left)? + &text(&binary.right)?)
        }
        Expr::ScalarFunction(call) => match call.name() {
            "concat" => call.args.iter().map(text).collect(),
            "lower" | "upper" => text(call.args.first()?),
            _ => None,
        },
        _ => None,
    }
}

/// How many letters a constant has, where it is put together from some.
fn letters(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::BinaryExpr(binary) if binary.op == Operator::StringConcat => {
            Some(letters(&binary.left)?.saturating_add(letters(&binary.right)?))
        }
        Expr::ScalarFunction(call) if call.name() == "concat" => call.args.iter().map(letters).sum(),
        Expr::ScalarFunction(call) if call.name() == "chr" => Some(1),
        other => text(other).map(|text| text.len()),
    }
}

/// How many values a constant array has, at most; of any other expression nobody knows.
fn values(expr: &Expr) -> usize {
    match expr {
        Expr::Literal(ScalarValue::List(list), _) => list.values().len(),
        Expr::Literal(value, _) if value.is_null() => 0,
        Expr::Alias(alias) => values(&alias.expr),
        Expr::Cast(cast) => values(&cast.expr),
        Expr::ScalarFunction(call) if call.name() == "make_array" => call.args.len(),
        _ => usize::MAX,
    }
}

/// How many places a regular expression has, or more, that is read by such flags.
pub(super) fn places_by(pattern: &str, flags: &str) -> usize {
    let is_spaced = flags.contains('x') || is_spaced(pattern, &[]);
    if is_spaced { at_most(pattern) } else { places(pattern) }
}

/// Whether spaces and remarks in a regular expression may count for nothing: then what stands before a repetition is not what it repeats.
fn is_spaced(pattern: &str, more: &[Expr]) -> bool {
    let is_flag = |letter: &char| letter.is_ascii_alphabetic() || *letter == '-';
    let by_itself =
        pattern.split("(?").skip(1).any(|behind| behind.chars().take_while(is_flag).any(|flag| flag == 'x'));
    by_itself
        || more.iter().any(|flags| match flags {
            Expr::Literal(value, _) => value.try_as_str().flatten().is_some_and(|flags| flags.contains('x')),
            _ => true,
        })
}

/// How many places a regular expression has, each as often as it is repeated.
fn places(pattern: &str) -> usize {
    // Of each group that is open: all of it, and what stands last in it.
    let (mut open, mut all, mut last) = (Vec::new(), 0_usize, 0_usize);
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        let size = match letter {
            '(' => {
                open.push(all);
                (all, last) = (0, 0);
                continue;
            }
            ')' => {
                let within = all;
                all = open.pop().unwrap_or_default();
                within.saturating_add(1)
            }
            '{' => {
                let times = times(rest.as_str());
                all = all.saturating_add(last.saturating_mul(times));
                last = last.saturating_mul(times.max(1));
                if times > 0 {
                    rest = rest.as_str().split_once('}').map_or("", |(_, behind)| behind).chars();
                }
                continue;
            }
            '*' | '+' | '?' | '}' => {
                (all, last) = (all.saturating_add(1), last.saturating_add(1));
                continue;
            }
            '\\' => {
                // A letter by its number, or a kind of letters by its name, is one place, and what stands in its brackets no repetition.
                if rest.next().is_some_and(|kind| "xuUpP".contains(kind)) && rest.as_str().starts_with('{') {
                    rest = rest.as_str().split_once('}').map_or("", |(_, behind)| behind).chars();
                }
                1
            }
            '[' => {
                all = all.saturating_add(class(&mut rest));
                1
            }
            _ => 1,
        };
        (all, last) = (all.saturating_add(size), size);
    }
    open.into_iter().fold(all, usize::saturating_add)
}

/// How many letters a class is made of that has begun, which are taken: none of them begins or ends a group, or is a repetition.
fn class(rest: &mut Chars<'_>) -> usize {
    let (mut left, mut open, mut letters) = (begun(rest.as_str()), 1_usize, 0);
    while open > 0 {
        let mut behind = left.chars();
        let Some(letter) = behind.next() else { break };
        letters += 1;
        left = match letter {
            '\\' => {
                behind.next();
                behind.as_str()
            }
            '[' => {
                open += 1;
                begun(behind.as_str())
            }
            ']' => {
                open -= 1;
                behind.as_str()
            }
            _ => behind.as_str(),
        };
    }
    *rest = left.chars();
    letters
}

/// What stands behind the begin of a class, where a `]` is one of its letters.
fn begun(class: &str) -> &str {
    let class = class.strip_prefix('^').unwrap_or(class);
    class.strip_prefix(']').unwrap_or(class)
}

/// No fewer places than a pattern has, whatever stands between what is repeated and how often.
fn at_most(pattern: &str) -> usize {
    let repeated = pattern.match_indices('{').map(|(at, _)| times(pattern.get(at + 1..).unwrap_or_default()).max(1));
    repeated.fold(pattern.len(), usize::saturating_mul)
}

/// How often something is repeated, of what stands behind a `{`; 0 where that is no number.
fn times(rest: &str) -> usize {
    let within = rest.split('}').next().unwrap_or_default();
    within.split(',').filter_map(|number| number.trim().parse::<usize>().ok()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{refusal, session};
    use crate::session::{Parameters, Statement};
    use std::time::{Duration, Instant};

    #[test]
    fn places_are_counted_as_often_as_they_are_repeated() {
        for (pattern, least) in [
            ("", 0),
            ("abc", 3),
            ("[A-Z]+-[0-9]{1,6}", 15),
            ("a{100}", 100),
            ("(ab){100}", 200),
            ("((a{10}){10}){10}", 1_000),
            ("(a{200})*{100}", 20_000),
            ("a{100}{20}", 2_000),
            ("a{5,}", 5),
            (r"\({3}", 3),
            ("(a{100}[(]){100}", 10_000),
            ("(a{100}[^])[(]]){100}", 10_000),
            (r"([[:alpha:]\](]a){100}", 1_000),
            (r"\x{2026}\p{Greek}{3}", 4),
            ("(((a{600}", 600),
        ] {
            let counted = places(pattern);
            assert!((least..=least * 2 + 12).contains(&counted), "{pattern}: {counted}");
        }
        assert_eq!(times("99999999999999999999}"), 0, "the pattern itself is refused for that");
        assert!(at_most("(?x)(ab) {1000}") > 1_000);
        let quick = |pattern| [false, true].map(|case_insensitive| is_walked(pattern, case_insensitive));
        assert_eq!(["%a b%", "%a", "%"].map(quick), [[true, false]; 3]);
        assert_eq!(["a%", "a", ""].map(quick), [[true; 2]; 3]);
        assert_eq!(["%a%b%", "a_", r"a\%"].map(quick), [[false; 2]; 3]);
    }

    #[tokio::test]
    async fn a_constant_that_everything_is_compared_with_has_a_length() {
        let session = session();
        let (marks, letters) = ("%a".repeat(300), "ab".repeat(300));
        let list = (0..1_001).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        for text in [
            "SELECT count(*) FROM changes WHERE id ~ '(a|b)*a(a|b){400}'".to_owned(),
            "SELECT regexp_like(id, '((a{10}){10}){10}') FROM changes".to_owned(),
            "SELECT regexp_count(id, concat('(ab)', '{4', '00}')) FROM changes".to_owned(),
            "SELECT regexp_like(id, '(ab) {500}', 'x') FROM changes".to_owned(),
            "SELECT regexp_like(id, '(?x)(ab) {500}') FROM changes".to_owned(),
            "SELECT regexp_extract(id, 'a{600}') FROM changes".to_owned(),
            "SELECT 'a' SIMILAR TO '(a|b){400}'".to_owned(),
            "SELECT 'a' ~ replace('aa', 'a', 'bb')".to_owned(),
            format!("SELECT id FROM changes WHERE id LIKE '{marks}'"),
            format!("SELECT id FROM changes WHERE id NOT ILIKE '%' || '{marks}'"),
            format!("SELECT id FROM changes WHERE id ILIKE '%{letters}%'"),
            format!("SELECT id FROM changes WHERE id NOT ILIKE '%{letters}'"),
            "SELECT id ~ '(a{100}[(]){100}' FROM changes".to_owned(),
            format!("SELECT ltrim(id, '{letters}') FROM changes"),
            format!("SELECT array_has_any(array_agg(commits), [{list}]) FROM changes"),
        ] {
            let why = refusal(&session, &text).await;
            assert!(why.contains(" takes ") || why.contains("compares each value"), "{text}: {why}");
        }
        let given = Statement::new("SELECT $1 LIKE $2").with(Parameters::Numbered(vec![
            ScalarValue::from("a".repeat(500_000).as_str()),
            ScalarValue::from("%a".repeat(250_000).as_str()),
        ]));
        let begun = Instant::now();
        let refused = session.plan(&given, session.deadline()).await.err().map(|why| why.to_string());
        assert!(refused.as_ref().is_some_and(|why| why.contains("`LIKE` takes a pattern")), "{refused:?}");
        let given = Statement::new("SELECT $1 ~ $2").with(Parameters::Numbered(vec![
            ScalarValue::from("a"),
            ScalarValue::from("{".repeat(1_000_000).as_str()),
        ]));
        let refused = session.plan(&given, session.deadline()).await.err().map(|why| why.to_string());
        assert!(refused.as_ref().is_some_and(|why| why.contains("`~` takes a pattern")), "{refused:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn what_people_write_has_room() {
        let session = session();
        let long = "x".repeat(2_000);
        for text in [
            "SELECT count(*) FROM changes WHERE id ~ '^[0-9a-f]{40}$' OR id ~* '(?:fix|close)[sd]? #[0-9]+'".to_owned(),
            "SELECT regexp_extract(title, '([A-Z]{2,10})-([0-9]{1,6})', 1) FROM changes".to_owned(),
            r"SELECT count(*) FROM changes WHERE title ~ '\x{2026}|\p{Greek}'".to_owned(),
            format!(
                "SELECT id FROM changes WHERE title LIKE '{long}%' OR title LIKE '%{long}%' OR title ILIKE '{long}%'"
            ),
            "SELECT id FROM changes WHERE title LIKE '%' || lower('Fix') || '%' AND title ILIKE 'a_c%d'".to_owned(),
            "SELECT btrim(title, ' .,'), rtrim(title, concat(chr(10), ' ')) FROM changes".to_owned(),
            "SELECT array_has_any(array_agg(commits), [1, 2, 3]) FROM changes".to_owned(),
        ] {
            session.collect(&text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}
