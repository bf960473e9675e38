//! What the parser and the planner tell of a statement, in our words; [`uncomputed`](super::uncomputed) has those of its rows.
//!
//! Theirs speak of types that no statement names, and take some mistakes for faults of their own. What is told here says what is wrong
//! and what to do, with the types as a statement writes them.

use super::mistake::quoted;
use super::spelled::in_sql;
use std::fmt::Display;

/// What is told of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What is wrong, and what to do.
    pub(super) why: String,
    /// What the statement is looked through for where no place is known, the first that it has: a word or a text as it is written; an
    /// empty one is its end.
    pub(super) about: Vec<String>,
}

impl Told {
    pub(super) fn new(why: String, about: &[&str]) -> Self {
        Self { why, about: about.iter().map(|part| (*part).to_owned()).collect() }
    }
}

/// What failures of libraries begin with, each within the one before.
const KINDS: [&str; 14] = [
    "Error during planning: ",
    "SQL error: ",
    "Schema error: ",
    "This feature is not implemented: ",
    "Execution error: ",
    "Internal error: ",
    "External error: ",
    "Arrow error: ",
    "Cast error: ",
    "Parser error: ",
    "Compute error: ",
    "Invalid argument error: ",
    "Optimizer error: ",
    "[return_type] ",
];

/// A failure without what it begins with, and without what asks its reader to report a fault.
pub(crate) fn bare(failure: &(impl Display + ?Sized)) -> String {
    let failure = failure.to_string();
    let text = failure.split("\nThis issue was likely caused by a bug").fold(String::new(), |whole, part| {
        // What the plea ends with is an address.
        let after = part.split_once("/issues").filter(|_| !whole.is_empty());
        whole + after.map_or(part, |(_, after)| after)
    });
    KINDS.iter().fold(text, |text, kind| text.replace(kind, ""))
}

/// What is told of a statement that cannot be read or planned.
pub(super) fn of(failure: &str) -> Told {
    let text = bare(failure);
    let rules: [fn(&str) -> Option<Told>; 6] = [read, named, grouped, called, typed, bounded];
    rules.iter().find_map(|rule| rule(&text)).unwrap_or_else(|| {
        let text = in_sql(text.trim_end_matches('.'));
        // What functions of ours tell names what it is about.
        let named = quoted(&text, "`", "`").unwrap_or_default();
        let about = if named.is_empty() { vec![] } else { vec![format!("'{named}'"), named.to_owned()] };
        let why = format!(
            "the statement cannot be planned: {text}. SHOW TABLES lists the tables, DESCRIBE facts.changes a table's columns"
        );
        Told { why, about }
    })
}

/// The words that a statement's parts begin with, of which one is often mistyped.
pub(super) const KEYWORDS: [&str; 18] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "QUALIFY",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "JOIN",
    "WITH",
    "VALUES",
    "EXPLAIN",
    "DESCRIBE",
    "SHOW",
];

/// What the parser found in a place where it cannot stand, if it is a word.
pub(super) fn misplaced(failure: &str) -> Option<&str> {
    let (said, found) = failure.split_once(", found: ")?;
    let word = found.split(|c: char| !c.is_alphanumeric()).next().filter(|word| word.len() > 3)?;
    (said.ends_with("Expected: end of statement") || said.ends_with("Expected: an SQL statement")).then_some(word)
}

/// Of the parser: what it expected and what it found.
fn read(text: &str) -> Option<Told> {
    if text.starts_with("RecursionLimitExceeded") {
        let why = "what stands in one another stands too deep: take brackets away, or name inner queries with WITH";
        return Some(Told::new(why.to_owned(), &["("]));
    }
    let said = text.strip_prefix("ParserError(\"").or_else(|| text.strip_prefix("TokenizerError(\""))?;
    let said = said.strip_suffix("\")")?.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
    let said = said.rsplit_once(" at Line: ").map_or(said.as_str(), |(said, _)| said);
    let why = if said.starts_with("Unterminated") {
        "a text is left open: close it with '".to_owned()
    } else if said.contains("close delimiter") {
        "a name in quotes is left open: close it with the quotation mark that it begins with".to_owned()
    } else if said.contains("multi-line comment") {
        "a comment is left open: close it with */".to_owned()
    } else if let Some((wanted, found)) = said.strip_prefix("Expected: ").and_then(|said| said.rsplit_once(", found: "))
    {
        expected(wanted, found)
    } else {
        format!("the statement cannot be read: {}", in_sql(said.trim_end_matches('.')))
    };
    Some(Told::new(why, &[""]))
}

fn expected(wanted: &str, found: &str) -> String {
    let should = match wanted {
        "end of statement" if found != "EOF" => {
            return format!(
                "`{found}` cannot stand here, where the statement could end: see whether a word or a comma before it is missing or mistyped"
            );
        }
        "an expression" => "a value".to_owned(),
        "identifier" | "an identifier" => "a name".to_owned(),
        "an identifier after AS" => "a name after AS".to_owned(),
        "an SQL statement" => "a statement, such as SELECT,".to_owned(),
        "a data type name" => "a type, such as BIGINT or TEXT,".to_owned(),
        other if other.contains(' ') => other.to_owned(),
        other => format!("`{other}`"),
    };
    match found {
        "EOF" => format!("the statement ends where {should} should come: write it, or take away what asks for it"),
        _ => format!("`{found}` stands where {should} should come: write that, or take away what asks for it"),
    }
}

/// The most columns that are told where one is not among them.
const MOST_COLUMNS: usize = 12;
/// Functions that are of windows alone.
const OF_WINDOWS: [&str; 8] = ["cume_dist", "dense_rank", "lag", "lead", "ntile", "percent_rank", "rank", "row_number"];

/// Of names that there are not, or that there are twice.
fn named(text: &str) -> Option<Told> {
    if let Some((_, rest)) = text.split_once("No field named ") {
        let name = rest.split(". Did you mean ").next().unwrap_or(rest).split(".\nValid fields").next().unwrap_or(rest);
        let name = name.trim_end_matches('.').replace('"', "");
        let known: Vec<&str> = rest
            .split_once("Valid fields are ")
            .map(|(_, known)| known.trim_end_matches('.').split(", ").collect())
            .unwrap_or_default();
        let there = match known.len() {
            1..=MOST_COLUMNS => format!("there are {}", known.join(", ")),
            _ => "DESCRIBE facts.changes tells the columns of a table".to_owned(),
        };
        return Some(Told::new(format!("there is no column `{name}` here: {there}"), &[last(&name)]));
    }
    if let Some((_, name)) = text.split_once("Ambiguous reference to unqualified field ") {
        let name = name.trim_end_matches('.');
        let why = format!("`{name}` is a column of more than one table: write it with its table, as in a.{name}");
        return Some(Told::new(why, &[name]));
    }
    if let Some(name) = quoted(text, "table function '", "' not found") {
        let why = format!("there is no function `{name}` that stands in FROM: generate_series and range do");
        return Some(Told::new(why, &[name]));
    }
    if let Some(name) = quoted(text, "table '", "' not found") {
        let shown = name.strip_prefix("pulse.").unwrap_or(name);
        let why = format!(
            "there is no table or view `{shown}`: SHOW TABLES lists the tables, DESCRIBE facts.changes a table's columns"
        );
        return Some(Told::new(why, &[last(shown)]));
    }
    if let Some(name) = quoted(text, "Invalid function '", "'") {
        let why = if OF_WINDOWS.contains(&name) {
            format!("`{name}` looks at other rows: write behind it which, as in {name}(…) OVER (ORDER BY id)")
        } else {
            format!("there is no function `{name}`")
        };
        return Some(Told::new(why, &[name]));
    }
    let name = quoted(text, "Unsupported compound identifier '", "'")?;
    let why = format!("`{name}` has too many parts: a table is named by schema and name, as in facts.changes");
    Some(Told::new(why, &[last(name)]))
}

/// The last part of a name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Of what is grouped by, aggregated, and looked at in windows.
fn grouped(text: &str) -> Option<Told> {
    if text.contains("must appear in the GROUP BY clause") {
        let column = quoted(text, "column \"", "\"").or_else(|| quoted(text, "references: ", " must appear"));
        let column = in_sql(column.unwrap_or("a column"));
        let why = format!(
            "`{column}` is neither grouped by nor aggregated: add it to GROUP BY, or write min, max or count of it"
        );
        return Some(Told::new(why, &[last(&column), "HAVING"]));
    }
    if text.contains("Aggregate functions are not allowed in the WHERE clause") {
        let why = "WHERE looks at one row, and has no aggregate such as count(*): write it in HAVING, after GROUP BY";
        return Some(Told::new(why.to_owned(), &["WHERE"]));
    }
    if text.contains("Aggregate function calls cannot be nested") {
        let inner = in_sql(quoted(text, "nested: '", "'").unwrap_or("one"));
        let why =
            format!("an aggregate cannot stand in another, as `{inner}` does: compute the inner one in a WITH before");
        let name = inner.split('(').next().unwrap_or_default().to_owned();
        return Some(Told::new(why, &[&name]));
    }
    if text.contains("QUALIFY clause requires window functions") {
        let why = "QUALIFY looks at functions of windows, and there is none: write WHERE or HAVING";
        return Some(Told::new(why.to_owned(), &["QUALIFY"]));
    }
    if let Some(name) = quoted(text, "The window ", " is not defined") {
        let why =
            format!("there is no window `{name}`: write what it is behind FROM, as in WINDOW {name} AS (ORDER BY id)");
        return Some(Told::new(why, &[name]));
    }
    let frame = text.split_once("Invalid window frame: ")?.1.trim_end_matches('.');
    Some(Told::new(format!("the window's frame ends before it begins: {frame}"), &["ROWS", "RANGE", "GROUPS"]))
}

/// The most ways to call a function that are told.
const MOST_WAYS: usize = 4;

/// Of a function that is called with what it does not take.
fn called(text: &str) -> Option<Told> {
    let call = quoted(text, "argument types '", "'. You might need")?;
    let (name, given) = call.split_once('(')?;
    let given = in_sql(given.strip_suffix(')').unwrap_or(given));
    // What it says itself.
    if let Some(own) = quoted(text, "user-defined coercion failed with: ", ". No function matches") {
        let own = in_sql(own.trim_end_matches('.'));
        let why = if own.contains(name) { own } else { format!("`{}`: {own}", written_for(name)) };
        return Some(Told::new(why, &[written_for(name), name]));
    }
    let mut ways: Vec<String> = Vec::new();
    let known = text.split_once("Candidate functions:").map(|(_, known)| known).unwrap_or_default();
    for way in known.lines().map(|line| line.trim().trim_end_matches('.')).filter(|way| way.starts_with(name)) {
        let way = in_sql(way);
        let is_plain = !["UserDefined", "NullAry", "Comparable", "Coercible", "Numeric(", "Any"]
            .iter()
            .any(|word| way.contains(word));
        if is_plain && !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.truncate(MOST_WAYS);
    let takes = if ways.is_empty() {
        "give it as many values as it takes, of the types that it takes".to_owned()
    } else {
        format!("write {}", ways.join(" or "))
    };
    let name = written_for(name);
    let given = match given.as_str() {
        "" => format!("`{name}` is called with nothing"),
        given => format!("`{name}` does not take ({given})"),
    };
    let why = format!("{given}: {takes}. CAST(x AS DOUBLE) and the like make a value fit");
    Some(Told::new(why, &[name]))
}

/// The name that most write for a function of ours.
fn written_for(name: &str) -> &str {
    match name {
        "exact_percentile" => "percentile_cont",
        "exact_median" => "median",
        name => name,
    }
}

/// Of values of types that do not go together.
fn typed(text: &str) -> Option<Told> {
    let pair = quoted(text, "Cannot coerce arithmetic expression ", " to valid types")
        .or_else(|| quoted(text, "Cannot get result type for temporal operation ", ": "));
    if let Some(pair) = pair {
        let pair = in_sql(pair);
        let why = format!(
            "{pair} cannot be computed: both sides should be numbers, or a time and an INTERVAL; CAST(x AS DOUBLE) makes a number of a text"
        );
        return Some(Told::new(why, &[pair.split(' ').find(|part| part.len() == 1).unwrap_or("+")]));
    }
    if let Some((_, pair)) = text.split_once("Cannot infer common argument type for comparison operation ") {
        let pair = in_sql(pair.trim_end_matches('.'));
        let sign =
            pair.split(' ').find(|part| !part.is_empty() && part.chars().all(|c| "<>=!".contains(c))).unwrap_or("=");
        let why = format!("{pair} cannot be compared: write both sides in one type, for example with CAST(x AS TEXT)");
        return Some(Told::new(why, &[sign]));
    }
    if let Some(pair) = quoted(text, "Failed to coerce types ", " in BETWEEN") {
        let why = format!(
            "{} are not compared by BETWEEN: write all of it in one type, for example with CAST(x AS TEXT)",
            in_sql(pair)
        );
        return Some(Told::new(why, &["BETWEEN"]));
    }
    if let Some(pair) = quoted(text, "common type to coerce ", " in LIKE") {
        let why = format!("LIKE compares texts, and not {}: write CAST(x AS TEXT)", in_sql(pair));
        return Some(Told::new(why, &["LIKE", "ILIKE"]));
    }
    if let Some(rest) = quoted(text, "non-boolean predicate '", "'") {
        let kind = text.rsplit_once(" returning ").map(|(_, kind)| in_sql(kind)).unwrap_or_default();
        let why = format!("a condition is true or false, and `{}` is {kind}: compare it with something", in_sql(rest));
        return Some(Told::new(why, &["WHERE", "HAVING", "QUALIFY", "ON"]));
    }
    if let Some((_, kind)) = text.split_once("Unary operator 'NOT' requires a boolean expression, got ") {
        let why = format!("NOT takes what is true or false, and not {}: compare it with something", in_sql(kind));
        return Some(Told::new(why, &["NOT"]));
    }
    if text.contains("Unary operator '-' only supports") {
        return Some(Told::new(
            "`-` stands before what is no number: take it away, or CAST what is behind it".into(),
            &["-"],
        ));
    }
    if text.contains("unnest() can only be applied") {
        return Some(Told::new("unnest takes an array, as in unnest([1, 2])".into(), &["unnest"]));
    }
    if let Some((_, name)) = text.split_once("Unsupported SQL type ") {
        let name = name.trim_end_matches('.');
        let why = format!(
            "there is no type `{name}`: write TEXT, BIGINT, DOUBLE, DECIMAL(12, 2), BOOLEAN, DATE or TIMESTAMP"
        );
        return Some(Told::new(why, &[name]));
    }
    let (_, pair) =
        text.split_once("Unsupported CAST from ").or_else(|| text.split_once("Unsupported TRY_CAST from "))?;
    let why = format!("there is no CAST from {}", in_sql(pair.trim_end_matches('.')).replacen(" to ", " to a ", 1));
    Some(Told::new(format!("{why}: a text or a number between them may help"), &["CAST", "TRY_CAST"]))
}

/// Of numbers of rows and columns.
fn bounded(text: &str) -> Option<Told> {
    for word in ["LIMIT", "OFFSET"] {
        let given = quoted(text, &format!("{word} must be >= 0, '"), "'").map(str::to_owned).or_else(|| {
            let (_, kind) = text.split_once(&format!("Expected {word} to be an integer or null, but got "))?;
            Some(in_sql(kind.trim_end_matches('.')))
        });
        if let Some(given) = given {
            return Some(Told::new(format!("{word} takes a whole number from 0 on, and not {given}"), &[word]));
        }
    }
    if let Some(rest) = text.split_once("Order by column out of bounds, specified: ").map(|(_, rest)| rest) {
        let (place, most) = rest.split_once(", max: ")?;
        let most = most.trim_end_matches('.');
        let why = format!("ORDER BY {place}: there is no such column, SELECT has {most} of them");
        return Some(Told::new(why, &[place, "ORDER"]));
    }
    if let Some(place) = quoted(text, "Cannot find column with position ", " in SELECT") {
        let why = format!("GROUP BY {place}: there is no such column in SELECT, whose columns are counted from 1");
        return Some(Told::new(why, &[place, "GROUP"]));
    }
    if text.contains("queries have different number of columns") {
        let why = "the queries that are put together have different numbers of columns: name as many in each";
        return Some(Told::new(why.to_owned(), &["UNION", "EXCEPT", "INTERSECT"]));
    }
    if text.contains("subquery should only return one column") {
        return Some(Told::new(
            "a subquery that stands for values gives one column: name one after its SELECT".into(),
            &["("],
        ));
    }
    if text.contains("Inconsistent data length across values list") {
        let why = "the rows of VALUES have different numbers of values: write as many in each";
        return Some(Told::new(why.to_owned(), &["VALUES"]));
    }
    if text.contains("Substring without for/from") {
        return Some(Told::new(
            "substr takes a text and where to begin, as in substr(title, 1)".into(),
            &["substr", "substring"],
        ));
    }
    if let Some(name) = quoted(text, "variable [\"", "\"") {
        let why = format!("there are no variables such as `{name}`: write a parameter, `$1` or `$name`");
        return Some(Told::new(why, &[name, name.trim_start_matches('@'), "@"]));
    }
    let digits = quoted(text, "Invalid HexStringLiteral '", "'")?;
    let why = format!("x'{digits}' is no row of bytes: write an even number of the digits 0 to 9 and a to f");
    Some(Told::new(why, &[&format!("X'{digits}'"), "x"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plea_to_report_a_fault_is_left_out_and_what_comes_after_it_is_not() {
        let plea = "Internal error: it failed.\nThis issue was likely caused by a bug in DataFusion's code. Please help us to resolve this by filing a bug report in our issue tracker: https://github.com/apache/datafusion/issues";
        assert_eq!(bare(plea), "it failed.");
        assert_eq!(
            bare(&format!("Error during planning: {plea}. No function matches")),
            "it failed.. No function matches"
        );
        assert_eq!(bare("see a/issues"), "see a/issues");
    }

    #[test]
    fn a_failure_that_no_rule_knows_is_told_as_it_is_without_its_kind() {
        let told = of("Error during planning: something of Utf8");
        assert!(
            told.why.starts_with("the statement cannot be planned: something of TEXT. SHOW TABLES"),
            "{}",
            told.why
        );
    }
}
