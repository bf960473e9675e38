//! Regular expressions that end with their query, and LIKE where it is one: with marks elsewhere than at its ends, or, whatever the case, with
//! one at its begin. DataFusion's own search all texts of a batch in one step, which nothing stops, and `regexp_count` and `regexp_instr` may take
//! the square of a text's length. Here it is looked between texts, and between matches, whether the query goes on. What is found is the same.

use super::computed::{self, Computes};
use super::once;
use super::patterns::{is_walked, places_by};
use super::ready::Ready;
use super::watch::Watch;
use crate::Error;
use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::config::ConfigOptions;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Like, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use regex::Regex;
use std::sync::Arc;

/// What is searched between two looks: bytes of texts, each as often as the pattern has places, so many of which may be open at each.
const STEP: usize = 1 << 24;
/// The most that one search of one text may come to, which nothing ends.
const MOST: usize = 1 << 29;
/// The most groups of a pattern of which one is told: the place of each is kept for all that may still match.
const MOST_GROUPS: usize = 9;

/// A pattern that is made ready, and how far its searches have come.
pub(super) struct Search<'w> {
    pub(super) regex: Regex,
    pub(super) steps: Steps<'w>,
}

impl<'w> Search<'w> {
    /// Of a pattern that is read by such flags, if by any, in a query that goes on for as long as that says so, and has made some ready.
    ///
    /// # Errors
    /// When the pattern is none, or the query does not go on.
    pub(super) fn new(
        name: &'w str,
        pattern: &str,
        flags: Option<&str>,
        goes_on: &'w dyn Fn() -> Result<()>,
        ready: Option<&Ready>,
    ) -> Result<Self> {
        goes_on()?;
        // What else stands among them would be a part of the pattern of which nobody knows.
        if flags.is_some_and(|flags| !flags.bytes().all(|flag| flag.is_ascii_alphabetic() || flag == b'-')) {
            return Err(refused(format!("`{name}` takes flags that are letters, as in 'is'")));
        }
        let places = places_by(pattern, flags.unwrap_or_default()).max(1);
        let whole = flags.map_or_else(|| pattern.to_owned(), |flags| format!("(?{flags}){pattern}"));
        let made = match ready {
            Some(ready) => ready.of(&whole, places),
            None => Regex::new(&whole),
        };
        match made {
            Ok(regex) => Ok(Self { regex, steps: Steps { name, places, taken: 0, goes_on } }),
            Err(regex::Error::CompiledTooBig(_)) => Err(refused(format!(
                r"`{name}` takes a pattern that has room once it is made ready, and this has none: repeat \w, \d, . and the like less often, or write [a-z] and [0-9] in their place"
            ))),
            Err(why) => exec_err!("Regular expression did not compile: {why:?}"),
        }
    }

    /// How many groups it has, where one of them is told.
    ///
    /// # Errors
    /// When these are too many.
    pub(super) fn groups(&self) -> Result<usize> {
        // The whole is a group, too.
        let groups = self.regex.captures_len().saturating_sub(1);
        if groups > MOST_GROUPS {
            return plan_err!(
                "{} takes a pattern of up to {MOST_GROUPS} groups, and this has {groups}",
                self.steps.name
            );
        }
        Ok(groups)
    }

    /// Whether it matches anywhere in a text.
    ///
    /// # Errors
    /// As [`Steps::takes`].
    pub(super) fn is_in(&mut self, text: &str) -> Result<bool> {
        self.steps.takes(text.len())?;
        Ok(self.regex.is_match(text))
    }

    /// How often it matches from a character on, the first being 1.
    ///
    /// # Errors
    /// As [`Steps::takes`], and where that is no character.
    pub(super) fn count(&mut self, text: &str, start: i64) -> Result<i64> {
        if start < 1 {
            return exec_err!("regexp_count() requires start to be 1 based");
        }
        let Some(rest) = behind(text, start) else { return Ok(0) };
        self.steps.takes(rest.len())?;
        let mut count = 0;
        for found in self.regex.find_iter(rest) {
            count += 1;
            // The next may have to look at all that is left.
            self.steps.takes(rest.len().saturating_sub(found.end()))?;
        }
        Ok(count)
    }

    /// The character at which it matches for the `nth` time from another one on, or at which a group of its first match begins; 0 where it
    /// does not.
    ///
    /// # Errors
    /// As [`Steps::takes`], and where these are no numbers of any.
    pub(super) fn place(&mut self, text: &str, start: i64, nth: i64, group: i64) -> Result<i64> {
        if start < 1 {
            return exec_err!("regexp_instr() requires start to be 1-based");
        }
        if nth < 1 {
            return exec_err!("N must be 1 or greater");
        }
        let Some(rest) = behind(text, start) else { return Ok(0) };
        self.steps.takes(rest.len())?;
        let mut at = None;
        if group > 0 {
            self.groups()?;
            let group = usize::try_from(group).unwrap_or(usize::MAX);
            at = self.regex.captures(rest).and_then(|groups| groups.get(group).map(|group| group.start()));
        } else {
            let mut left = nth;
            for found in self.regex.find_iter(rest) {
                left -= 1;
                if left == 0 {
                    at = Some(found.start());
                    break;
                }
                self.steps.takes(rest.len().saturating_sub(found.end()))?;
            }
        }
        let before = at.and_then(|at| rest.get(..at)).map(|before| before.chars().count());
        Ok(before.map_or(0, |before| i64::try_from(before).unwrap_or(i64::MAX).saturating_add(start)))
    }
}

/// How much was searched since it was looked whether the query goes on.
pub(super) struct Steps<'w> {
    name: &'w str,
    places: usize,
    taken: usize,
    goes_on: &'w dyn Fn() -> Result<()>,
}

impl Steps<'_> {
    /// So many bytes are about to be searched at once.
    ///
    /// # Errors
    /// When these are too many, or the query does not go on.
    pub(super) fn takes(&mut self, bytes: usize) -> Result<()> {
        let work = bytes.saturating_mul(self.places);
        if work > MOST {
            return Err(refused(format!(
                "`{}` would search a text of {} MiB by a pattern of {} places at once, which nothing could stop: such a text may have {} MiB. Shorten it before, as in left(x, 1000000), or search texts before they are put together",
                self.name,
                bytes >> 20,
                self.places,
                (MOST / self.places) >> 20,
            )));
        }
        self.taken = self.taken.saturating_add(work);
        if self.taken >= STEP {
            self.taken = 0;
            (self.goes_on)()?;
        }
        Ok(())
    }
}

fn refused(why: String) -> DataFusionError {
    DataFusionError::External(Box::new(Error::Question(why)))
}

/// A text from a character on, the first being 1; none beyond its end.
fn behind(text: &str, start: i64) -> Option<&str> {
    let before = usize::try_from(start.checked_sub(1)?).ok()?;
    let at = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(before)?;
    text.get(at..)
}

/// Whether the query of these settings goes on; what belongs to none does.
pub(super) fn goes_on(options: &ConfigOptions) -> impl Fn() -> Result<()> {
    let watch = Watch::of(options);
    move || watch.map_or(Ok(()), Watch::goes_on)
}

/// The patterns that the query of these settings has made ready; none where it belongs to none.
pub(super) fn ready(options: &ConfigOptions) -> Option<&Ready> {
    Watch::of(options).map(|watch| &watch.ready)
}

/// What is made of each text of a column.
fn each<T, C: FromIterator<Option<T>>>(
    texts: &ArrayRef,
    of: impl FnMut(Option<&str>) -> Result<Option<T>>,
) -> Result<C> {
    match texts.data_type() {
        DataType::Utf8 => texts.as_string::<i32>().iter().map(of).collect(),
        DataType::LargeUtf8 => texts.as_string::<i64>().iter().map(of).collect(),
        DataType::Utf8View => texts.as_string_view().iter().map(of).collect(),
        other => internal_err!("texts are searched here, and {other} was given"),
    }
}

/// Which texts a pattern is found in, or is not.
fn searched(texts: &ArrayRef, search: &mut Search<'_>, negated: bool) -> Result<ArrayRef> {
    if matches!(texts.data_type(), DataType::Dictionary(..)) {
        let dictionary = texts.as_any_dictionary();
        let found = searched(dictionary.values(), search, negated)?;
        return Ok(take(found.as_ref(), dictionary.keys(), None)?);
    }
    if let Some(views) = texts.as_string_view_opt() {
        return Ok(Arc::new(once::found(views, |text| Ok(search.is_in(text)? != negated))?));
    }
    let found = each::<_, BooleanArray>(texts, |text| {
        let Some(text) = text else { return Ok(None) };
        Ok(Some(search.is_in(text)? != negated))
    })?;
    Ok(Arc::new(found))
}

/// One value where a function was given no column.
fn given(made: ArrayRef, is_scalar: bool) -> Result<ColumnarValue> {
    Ok(if is_scalar {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?)
    } else {
        ColumnarValue::Array(made)
    })
}

/// The same plan, in which `~` and its like, `SIMILAR TO`, which is the same here, and LIKE end with their query. It is optimized before: of
/// many patterns DataFusion knows that they are LIKE or =.
pub(super) fn stoppable(plan: LogicalPlan) -> Result<LogicalPlan> {
    // What is explained is not computed, and told in the words that it was asked in.
    if matches!(plan, LogicalPlan::Explain(_)) {
        return Ok(plan);
    }
    plan.transform_up_with_subqueries(put_in).data()
}

fn put_in(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    // How a LIKE begins says which files have to be read; what is read of them is looked at again, as it is computed.
    let likes = !matches!(plan, LogicalPlan::TableScan(_));
    let mut has_any = false;
    plan.apply_expressions(|expression| {
        has_any = has_any || expression.exists(|part| Ok(searches(part, likes).is_some()))?;
        Ok(if has_any { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !has_any {
        return Ok(Transformed::no(plan));
    }
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expression| {
        // A set of groups is called nothing itself; what stands in it keeps its name. A FILTER is a part of the name that it stands in.
        let name = (!matches!(expression, Expr::GroupingSet(_))).then(|| names.save(&expression));
        let changed = expression.transform_up(|expression| Ok(stopped(expression, likes)))?;
        Ok(changed.update_data(|expression| match name {
            Some(name) => name.restore(expression),
            None => expression,
        }))
    })
}

/// How an expression searches by a pattern that is written out, if it does, by LIKE only where `likes` count: as all do that were let in, once
/// they are optimized.
fn searches(expression: &Expr, likes: bool) -> Option<Matches> {
    let (pattern, is_like, negated, case_insensitive) = match expression {
        Expr::BinaryExpr(BinaryExpr { op, right, .. }) => match op {
            Operator::RegexMatch => (right, false, false, false),
            Operator::RegexIMatch => (right, false, false, true),
            Operator::RegexNotMatch => (right, false, true, false),
            Operator::RegexNotIMatch => (right, false, true, true),
            Operator::LikeMatch if likes => (right, true, false, false),
            Operator::ILikeMatch if likes => (right, true, false, true),
            Operator::NotLikeMatch if likes => (right, true, true, false),
            Operator::NotILikeMatch if likes => (right, true, true, true),
            _ => return None,
        },
        Expr::SimilarTo(Like { negated, pattern, escape_char: None, case_insensitive, .. }) => {
            (pattern, false, *negated, *case_insensitive)
        }
        Expr::Like(Like { negated, pattern, escape_char: None | Some('\\'), case_insensitive, .. }) if likes => {
            (pattern, true, *negated, *case_insensitive)
        }
        _ => return None,
    };
    let Expr::Literal(pattern, _) = pattern.as_ref() else { return None };
    let pattern = pattern.try_as_str().flatten()?;
    let is_quick = is_like && is_walked(pattern, case_insensitive);
    if is_quick {
        return None;
    }
    let (called, signature) = (expression.schema_name().to_string(), Signature::any(2, Volatility::Immutable));
    Some(Matches { is_like, negated, case_insensitive, called, signature })
}

/// The same expression, which ends with its query where it searches, by LIKE only where `likes` count.
pub(super) fn stopped(expression: Expr, likes: bool) -> Transformed<Expr> {
    let Some(matches) = searches(&expression, likes) else { return Transformed::no(expression) };
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => Transformed::yes(matches.of(*left, *right)),
        Expr::SimilarTo(Like { expr, pattern, .. }) | Expr::Like(Like { expr, pattern, .. }) => {
            Transformed::yes(matches.of(*expr, *pattern))
        }
        other => Transformed::no(other),
    }
}

/// A pattern of LIKE as a regular expression in which a `.` is any letter, as DataFusion reads it.
fn expression_of(like: &str) -> String {
    let (begin, rest) = like.strip_prefix('%').map_or(("^", like), |rest| ("", rest));
    let (mut made, mut letters) = (begin.to_owned(), rest.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '%' => made.push_str(".*"),
            '_' => made.push('.'),
            // What stands behind it is meant as it is, and so is this at the end.
            '\\' => made.push_str(&escaped(letters.next().unwrap_or(letter))),
            letter => made.push_str(&escaped(letter)),
        }
    }
    match made.strip_suffix(".*") {
        Some(begin) => begin.to_owned(),
        None => made + "$",
    }
}

fn escaped(letter: char) -> String {
    regex::escape(letter.encode_utf8(&mut [0; 4]))
}

/// A function that no statement can name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Matches {
    is_like: bool,
    negated: bool,
    case_insensitive: bool,
    /// What it stands for, as a column of it is called.
    called: String,
    signature: Signature,
}

impl Matches {
    fn of(self, text: Expr, pattern: Expr) -> Expr {
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(self)), vec![text, pattern]))
    }
}

impl ScalarUDFImpl for Matches {
    fn name(&self) -> &'static str {
        match (self.is_like, self.negated, self.case_insensitive) {
            (false, false, false) => "~",
            (false, false, true) => "~*",
            (false, true, false) => "!~",
            (false, true, true) => "!~*",
            (true, false, false) => "LIKE",
            (true, false, true) => "ILIKE",
            (true, true, false) => "NOT LIKE",
            (true, true, true) => "NOT ILIKE",
        }
    }

    fn schema_name(&self, _args: &[Expr]) -> Result<String> {
        Ok(self.called.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let may_be_null = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Boolean, may_be_null)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts, pattern] = args.args.as_slice() else { return internal_err!("{} takes two texts", self.name()) };
        let Some(pattern) = constant(pattern)? else { return internal_err!("{} takes a pattern", self.name()) };
        let (goes_on, ready) = (goes_on(&args.config_options), ready(&args.config_options));
        let mut search = match self.is_like {
            false => Search::new(self.name(), pattern, self.case_insensitive.then_some("i"), &goes_on, ready)?,
            true => {
                let flags = if self.case_insensitive { "si" } else { "s" };
                Search::new(self.name(), &expression_of(pattern), Some(flags), &goes_on, ready)?
            }
        };
        let is_scalar = matches!(texts, ColumnarValue::Scalar(_));
        let texts = texts.to_array(if is_scalar { 1 } else { args.number_rows })?;
        given(searched(&texts, &mut search, self.negated)?, is_scalar)
    }
}

/// A function of DataFusion's, where it searches by a pattern, as one that ends with its query.
pub(super) fn over(own: &Arc<ScalarUDF>) -> Option<Arc<ScalarUDF>> {
    let searches = match own.name() {
        "regexp_like" => Searches::Whether,
        "regexp_count" => Searches::HowOften,
        "regexp_instr" => Searches::Where,
        _ => return None,
    };
    Some(computed::by(searches, Arc::clone(own)))
}

/// What a function tells of a pattern in a text.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Searches {
    Whether,
    HowOften,
    Where,
}

impl Computes for Searches {
    fn compute(&self, own: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts, pattern, more @ ..] = args.args.as_slice() else {
            return internal_err!("{} takes a text and a pattern", own.name());
        };
        let flags = match self {
            Self::Whether => more.first(),
            Self::HowOften => more.get(1),
            Self::Where => more.get(2),
        };
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let (pattern, given_flags) = (constant(pattern)?, flags.map(constant).transpose()?);
        let flags = given_flags.flatten();
        if flags.is_some_and(|flags| flags.contains('g')) {
            return plan_err!("{}() does not support the \"global\" option", own.name());
        }
        // Flags that are NULL make all NULL, but of `regexp_like`, to which they are none.
        let is_null = given_flags == Some(None) && *self != Self::Whether;
        let Some(pattern) = pattern.filter(|_| !is_null) else {
            return given(new_null_array(args.return_field.data_type(), rows), is_scalar);
        };
        let flags = flags.filter(|flags| !flags.is_empty());
        let (goes_on, ready) = (goes_on(&args.config_options), ready(&args.config_options));
        let mut search = Search::new(own.name(), pattern, flags, &goes_on, ready)?;
        let texts = texts.to_array(rows)?;
        if *self == Self::Whether {
            return given(searched(&texts, &mut search, false)?, is_scalar);
        }
        let starts = numbers(more.first(), rows, 1)?;
        let mut row = 0..rows;
        let found: Int64Array = if *self == Self::HowOften {
            each(&texts, |text| {
                let row = row.next().unwrap_or_default();
                let Some(text) = text.filter(|_| starts.is_valid(row)) else { return Ok(None) };
                search.count(text, starts.value(row)).map(Some)
            })?
        } else {
            let (times, groups) = (numbers(more.get(1), rows, 1)?, numbers(more.get(3), rows, 0)?);
            each(&texts, |text| {
                let row = row.next().unwrap_or_default();
                let are_valid = starts.is_valid(row) && times.is_valid(row) && groups.is_valid(row);
                let Some(text) = text.filter(|_| are_valid) else { return Ok(None) };
                search.place(text, starts.value(row), times.value(row), groups.value(row)).map(Some)
            })?
        };
        given(Arc::new(found), is_scalar)
    }

    /// `regexp_like` is `~` to the optimizer, which knows more of that.
    fn simplify(&self, own: &ScalarUDF, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        own.simplify(args, info)
    }
}

/// A text that is the same for all rows; none that is NULL.
fn constant(value: &ColumnarValue) -> Result<Option<&str>> {
    match value {
        ColumnarValue::Scalar(ScalarValue::Null) => Ok(None),
        ColumnarValue::Scalar(value) => match value.try_as_str() {
            Some(text) => Ok(text),
            None => internal_err!("a text is taken here, and {} was given", value.data_type()),
        },
        ColumnarValue::Array(_) => internal_err!("a pattern and its flags are the same for all rows"),
    }
}

/// A number for each row.
fn numbers(value: Option<&ColumnarValue>, rows: usize, otherwise: i64) -> Result<Int64Array> {
    match value {
        Some(value) => Ok(value.to_array(rows)?.as_primitive::<Int64Type>().clone()),
        None => Ok(Int64Array::from_value(otherwise, rows)),
    }
}
