//! `count(DISTINCT …)` of texts by groups, which has one table for all groups. DataFusion's own has one for each, of half a thousand places
//! before there is anything in it, so that people by team and quarter are counted in thousands of tables of a few people each.

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{and, filter, is_not_null, prep_null_mask_filter, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::hash_utils::RandomState;
use datafusion::common::{HashSet, Result, ScalarValue, internal_err, resources_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator, ReversedUDAF,
    SetMonotonicity, Signature, StatisticsArgs,
};
use datafusion::physical_expr_common::binary_map::OutputType;
use datafusion::physical_expr_common::binary_view_map::ArrowBytesViewMap;
use std::sync::Arc;

/// DataFusion's own count, which counts so.
pub(super) fn over(own: Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Count { own }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Count {
    own: Arc<AggregateUDF>,
}

/// Whether it is different texts that are counted.
fn is_of_texts(args: &AccumulatorArgs<'_>) -> bool {
    args.is_distinct && matches!(args.expr_fields, [field] if *field.data_type() == DataType::Utf8View)
}

impl AggregateUDFImpl for Count {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.own.return_type(types)
    }

    fn is_nullable(&self) -> bool {
        self.own.is_nullable()
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.own.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.own.accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.own.create_sliding_accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        is_of_texts(&args) || self.own.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        if is_of_texts(&args) { Ok(Box::new(Texts::new())) } else { self.own.create_groups_accumulator(args) }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.own.order_sensitivity()
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        self.own.default_value(data_type)
    }

    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        self.own.value_from_stats(args)
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.own.inner().set_monotonicity(data_type)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.own.documentation()
    }
}

/// The different texts of many groups. What is handed on of a group is the list of its texts, as DataFusion's own count does.
struct Texts {
    /// Each text of any group, with its number: how many there were before it.
    all: ArrowBytesViewMap<u32>,
    /// How many those are.
    known: u32,
    /// Which group has which text.
    seen: HashSet<(u32, u32), RandomState>,
    /// How many each group has.
    counts: Vec<i64>,
}

impl Texts {
    fn new() -> Self {
        Self {
            all: ArrowBytesViewMap::new(OutputType::Utf8View),
            known: 0,
            seen: HashSet::default(),
            counts: Vec::new(),
        }
    }

    /// The number of each of these.
    fn numbers(&mut self, texts: &ArrayRef) -> Result<Vec<u32>> {
        if u32::try_from(texts.len()).ok().and_then(|more| self.known.checked_add(more)).is_none() {
            return resources_err!("there are more different texts than can be counted");
        }
        let (known, mut numbers) = (&mut self.known, Vec::with_capacity(texts.len()));
        let new = |_: Option<&[u8]>| {
            *known += 1;
            *known - 1
        };
        self.all.insert_if_new(texts, new, |number| numbers.push(number));
        Ok(numbers)
    }

    fn add(&mut self, group: usize, number: u32) -> Result<()> {
        let (Some(count), Ok(of)) = (self.counts.get_mut(group), u32::try_from(group)) else {
            return internal_err!("there is no group {group}");
        };
        *count += i64::from(self.seen.insert((of, number)));
        Ok(())
    }

    /// Takes the first groups out: how many texts each has, which group has which, and the texts by their numbers.
    fn taken(&mut self, emit_to: EmitTo) -> Result<(Vec<i64>, Vec<(u32, u32)>, ArrayRef)> {
        let counts = emit_to.take_needed(&mut self.counts);
        let first = u32::try_from(counts.len()).unwrap_or(u32::MAX);
        let texts = self.all.take().into_state();
        // With its memory, which is what a spill is for.
        let seen = std::mem::take(&mut self.seen);
        let (taken, left): (Vec<_>, Vec<_>) = seen.into_iter().partition(|(group, _)| *group < first);
        self.known = 0;
        // Texts that no group has any more go with those that are taken.
        let numbers = UInt32Array::from_iter_values(left.iter().map(|(_, number)| *number));
        let numbers = self.numbers(&take(&texts, &numbers, None)?)?;
        self.seen.extend(left.iter().zip(numbers).map(|((group, _), number)| (group - first, number)));
        Ok((counts, taken, texts))
    }
}

impl GroupsAccumulator for Texts {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let [texts] = values else { return internal_err!("count takes one column of different values") };
        self.counts.resize(total_num_groups, 0);
        let counts = counts(texts, opt_filter)?;
        let numbers = self.numbers(&filter(texts, &counts)?)?;
        let groups = group_indices.iter().zip(counts.values().iter()).filter(|(_, counts)| *counts);
        for ((group, _), number) in groups.zip(numbers) {
            self.add(*group, number)?;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let counts = match emit_to {
            EmitTo::All => std::mem::replace(self, Self::new()).counts,
            EmitTo::First(_) => self.taken(emit_to)?.0,
        };
        Ok(Arc::new(Int64Array::from(counts)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (counts, taken, texts) = self.taken(emit_to)?;
        // Where the texts of each group begin.
        let mut places = Vec::with_capacity(counts.len());
        let mut offsets: Vec<i32> = Vec::with_capacity(counts.len() + 1);
        let mut end = 0;
        offsets.push(0);
        for count in counts {
            places.push(usize::try_from(end).unwrap_or_default());
            end += count;
            let Ok(offset) = i32::try_from(end) else {
                return resources_err!("there are more different texts than a list holds");
            };
            offsets.push(offset);
        }
        let mut numbers = vec![0; taken.len()];
        for (group, number) in taken {
            let place = usize::try_from(group).ok().and_then(|group| places.get_mut(group));
            let Some((place, at)) = place.and_then(|place| Some((numbers.get_mut(*place)?, place))) else {
                return internal_err!("there is no group {group}");
            };
            *place = number;
            *at += 1;
        }
        let texts = take(&texts, &UInt32Array::from(numbers), None)?;
        Ok(vec![Arc::new(lists(OffsetBuffer::new(offsets.into()), texts)?)])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        let [lists] = values else { return internal_err!("count takes one column of lists") };
        let lists = lists.as_list::<i32>();
        self.counts.resize(total_num_groups, 0);
        // A part of a column of lists has the texts of all of it.
        let ends = [lists.offsets().first(), lists.offsets().last()];
        let [Some(begin), Some(end)] = ends.map(|end| end.and_then(|end| usize::try_from(*end).ok())) else {
            return internal_err!("a column of lists has to say where they begin and end");
        };
        let mut numbers = self.numbers(&lists.values().slice(begin, end - begin))?.into_iter();
        for (group, length) in group_indices.iter().zip(lists.offsets().lengths()) {
            for number in numbers.by_ref().take(length) {
                self.add(*group, number)?;
            }
        }
        Ok(())
    }

    /// Each row as a group of its own.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let [texts] = values else { return internal_err!("count takes one column of different values") };
        let counts = counts(texts, opt_filter)?;
        let offsets = OffsetBuffer::from_lengths(counts.values().iter().map(usize::from));
        Ok(vec![Arc::new(lists(offsets, filter(texts, &counts)?)?)])
    }

    fn size(&self) -> usize {
        // A place of a table takes a byte besides, and an eighth or more of them are empty.
        let seen = self.seen.capacity() * (size_of::<(u32, u32)>() + size_of::<u32>());
        self.all.size() + seen + self.counts.capacity() * size_of::<i64>()
    }
}

/// Which rows have a text that counts.
fn counts(texts: &ArrayRef, opt_filter: Option<&BooleanArray>) -> Result<BooleanArray> {
    let are = is_not_null(texts)?;
    Ok(match opt_filter {
        Some(filter) if filter.null_count() > 0 => and(&are, &prep_null_mask_filter(filter))?,
        Some(filter) => and(&are, filter)?,
        None => are,
    })
}

fn lists(offsets: OffsetBuffer<i32>, texts: ArrayRef) -> Result<ListArray> {
    Ok(ListArray::try_new(Arc::new(Field::new_list_field(DataType::Utf8View, true)), offsets, texts, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{session, shown};
    use arrow::array::StringViewArray;
    use arrow::datatypes::Int64Type;

    fn texts(of: Vec<Option<&str>>) -> [ArrayRef; 1] {
        [Arc::new(StringViewArray::from(of))]
    }

    fn counted(of: &ArrayRef) -> Vec<i64> {
        of.as_primitive::<Int64Type>().values().to_vec()
    }

    /// The texts of each list, in their order.
    fn told(states: &[ArrayRef]) -> Vec<Vec<String>> {
        let of = |list: Option<ArrayRef>| {
            let list = list.unwrap();
            let mut texts: Vec<String> = list.as_string_view().iter().flatten().map(str::to_owned).collect();
            texts.sort();
            texts
        };
        states[0].as_list::<i32>().iter().map(of).collect()
    }

    #[test]
    fn groups_have_the_different_texts_that_count_and_the_others_stay_when_the_first_are_taken() {
        let long = "a text that has no room in a view";
        let values = texts(vec![Some("a"), Some("a"), Some("b"), None, Some(long), Some("c"), Some("d"), Some("a")]);
        let groups = [0, 0, 0, 1, 1, 1, 2, 2];
        let counts = BooleanArray::from(vec![
            Some(true),
            Some(true),
            Some(true),
            Some(true),
            Some(true),
            Some(false),
            None,
            Some(true),
        ]);
        let mut all = Texts::new();
        all.update_batch(&values, &groups, Some(&counts), 4).unwrap();
        // Nothing counts twice, and what is handed on may be a part of a column.
        all.update_batch(&values, &groups, Some(&counts), 4).unwrap();
        let states = all.state(EmitTo::First(1)).unwrap();
        assert_eq!(told(&states), [["a", "b"]]);
        // The second is the first since.
        all.merge_batch(&states, &[1], 3).unwrap();
        let states = all.state(EmitTo::All).unwrap();
        assert_eq!(told(&states), [vec![long], vec!["a", "b"], vec![]]);
        all.merge_batch(&[states[0].slice(1, 2)], &[0, 1], 2).unwrap();
        all.merge_batch(&[states[0].slice(0, 2)], &[0, 1], 2).unwrap();
        assert_eq!(counted(&all.evaluate(EmitTo::First(1)).unwrap()), [3]);
        assert_eq!(counted(&all.evaluate(EmitTo::All).unwrap()), [2]);
        all.update_batch(&values, &[0; 8], None, 1).unwrap();
        assert_eq!(counted(&all.evaluate(EmitTo::All).unwrap()), [5], "nothing is left of what was taken");
        let rows = all.convert_to_state(&values, Some(&counts)).unwrap();
        let expected = [vec!["a"], vec!["a"], vec!["b"], vec![], vec![long], vec![], vec![], vec!["a"]];
        assert_eq!(told(&rows), expected);
        assert_eq!(told(&all.convert_to_state(&values, None).unwrap())[5..7], [["c"], ["d"]]);
    }

    #[tokio::test]
    async fn different_texts_are_as_many_as_rows_that_are_told_once() {
        let session = session();
        let of = |x: &str| {
            format!("(SELECT n % 709 AS k, {x} AS x FROM generate_series(1, 60000) AS t(n) WHERE n % 11 <> 3) AS t")
        };
        // As a view, which is how texts of tables are read.
        let texts = "concat('what is counted here: ', (n * 7919) % 1013)";
        let texts = of(&format!("CASE WHEN n % 5 = 0 THEN NULL ELSE arrow_cast({texts}, 'Utf8View') END"));
        let both = format!(
            "SELECT count(*) AS groups, sum(a.d) AS texts, sum(CASE WHEN a.d = b.d AND a.two = b.two THEN 0 ELSE 1 END) AS other \
             FROM (SELECT k, count(DISTINCT x) AS d, count(DISTINCT x) FILTER (WHERE x LIKE '%7') AS two FROM {texts} GROUP BY k) AS a \
             JOIN (SELECT k, count(x) AS d, sum(CASE WHEN x LIKE '%7' THEN 1 ELSE 0 END) AS two \
                   FROM (SELECT DISTINCT k, x FROM {texts}) AS once GROUP BY k) AS b ON a.k = b.k"
        );
        let told = shown(&session, &both).await;
        assert!(told.contains("| 709    |") && told.contains("| 0     |"), "{told}");
        // Nothing has no texts, and all rows are one group.
        let told =
            shown(&session, "SELECT count(DISTINCT id) AS ids, count(DISTINCT kind) AS kinds FROM changes WHERE false")
                .await;
        assert!(told.contains("| 0   | 0     |"), "{told}");
    }
}
