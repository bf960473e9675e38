//! Many groups at once.

use super::single::offset;
use super::value::Numbers;
use super::wanted::Wanted;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt64Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, UInt64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use std::sync::Arc;

/// Values in order of arrival with their groups beside them: no list of its own for each group, which for many small
/// groups would cost more than the values. They are brought together once, when groups are emitted.
#[derive(Debug)]
pub(super) struct Grouped {
    numbers: Numbers,
    wanted: Wanted,
    keys: Vec<u64>,
    groups: Vec<u32>,
    /// How many groups there are.
    total: usize,
}

/// The emitted groups' keys, group after group.
struct Emitted {
    keys: Vec<u64>,
    /// Where each group begins, and where the last one ends.
    bounds: Vec<usize>,
}

impl Grouped {
    pub(super) fn new(numbers: Numbers, wanted: Wanted) -> Self {
        Self { numbers, wanted, keys: Vec::new(), groups: Vec::new(), total: 0 }
    }

    fn reserve(&mut self, more: usize, total: usize) -> Result<()> {
        if u32::try_from(total).is_err() {
            return exec_err!("a percentile over {total} groups: narrow the query");
        }
        self.total = self.total.max(total);
        if self.keys.try_reserve(more).is_err() || self.groups.try_reserve(more).is_err() {
            return exec_err!("no memory for {more} more values of a percentile");
        }
        Ok(())
    }

    /// Takes the emitted groups out; those that stay move to the front.
    fn take(&mut self, emit_to: EmitTo) -> Emitted {
        let emitted = match emit_to {
            EmitTo::All => self.total,
            EmitTo::First(n) => n.min(self.total),
        };
        let mut bounds = vec![0; emitted + 1];
        for group in &self.groups {
            if let Some(bound) = bounds.get_mut(*group as usize + 1) {
                *bound += 1;
            }
        }
        for i in 1..bounds.len() {
            bounds[i] += bounds[i - 1];
        }
        let mut next = bounds.clone();
        let mut keys = vec![0; bounds[emitted]];
        let mut kept = 0;
        for i in 0..self.keys.len() {
            let (key, group) = (self.keys[i], self.groups[i] as usize);
            if group < emitted {
                keys[next[group]] = key;
                next[group] += 1;
            } else {
                self.keys[kept] = key;
                self.groups[kept] = (group - emitted) as u32;
                kept += 1;
            }
        }
        self.keys.truncate(kept);
        self.groups.truncate(kept);
        self.total -= emitted;
        if self.total == 0 {
            // What was emitted is memory that is free again.
            (self.keys, self.groups) = (Vec::new(), Vec::new());
        }
        Emitted { keys, bounds }
    }
}

impl GroupsAccumulator for Grouped {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.reserve(values[0].len(), total)?;
        // A refused value outside the filter is no reason to fail.
        let values = filtered(&values[0], filter)?;
        let (keys, groups) = (&mut self.keys, &mut self.groups);
        self.numbers.for_each(&values, |i, key| {
            keys.push(key);
            groups.push(group_indices[i] as u32);
        })
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let mut emitted = self.take(emit_to);
        Ok(self.wanted.figures(self.numbers, &mut emitted.keys, &emitted.bounds))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let emitted = self.take(emit_to);
        lists(emitted.keys, &emitted.bounds)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], group_indices: &[usize], total: usize) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        self.reserve(lists.values().len(), total)?;
        for (list, group) in lists.iter().zip(group_indices) {
            let Some(list) = list else { continue };
            let keys = list.as_primitive::<UInt64Type>().values();
            self.keys.extend_from_slice(keys);
            self.groups.extend(std::iter::repeat_n(*group as u32, keys.len()));
        }
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values = filtered(&values[0], filter)?;
        let mut keys = Vec::with_capacity(values.len());
        let mut bounds = vec![0; values.len() + 1];
        self.numbers.for_each(&values, |i, key| {
            keys.push(key);
            bounds[i + 1] = 1;
        })?;
        for i in 1..bounds.len() {
            bounds[i] += bounds[i - 1];
        }
        lists(keys, &bounds)
    }

    /// With the copy that emitting makes, because the pool is asked before and not during that.
    fn size(&self) -> usize {
        size_of_val(self)
            + self.keys.capacity() * size_of::<u64>()
            + self.groups.capacity() * size_of::<u32>()
            + self.keys.len() * size_of::<u64>()
            + self.total * 2 * size_of::<usize>()
    }
}

/// The column with NULL for what the filter leaves out.
fn filtered(values: &ArrayRef, filter: Option<&BooleanArray>) -> Result<ArrayRef> {
    let Some(filter) = filter else { return Ok(Arc::clone(values)) };
    let left_out: BooleanArray = filter.iter().map(|keep| Some(keep != Some(true))).collect();
    Ok(arrow::compute::nullif(values, &left_out)?)
}

fn lists(keys: Vec<u64>, bounds: &[usize]) -> Result<Vec<ArrayRef>> {
    let offsets = bounds.iter().map(|bound| offset(*bound)).collect::<Result<Vec<_>>>()?;
    let field = Arc::new(Field::new_list_field(DataType::UInt64, true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(vec![Arc::new(ListArray::new(field, offsets, Arc::new(UInt64Array::from(keys)), None))])
}

#[cfg(test)]
mod tests {
    use super::super::Fraction;
    use super::*;
    use arrow::array::Int64Array;

    fn floats(array: ArrayRef) -> Vec<Option<f64>> {
        array.as_primitive::<arrow::datatypes::Float64Type>().iter().collect()
    }

    #[test]
    fn the_first_groups_leave_and_the_rest_move_up() {
        let mut grouped = Grouped::new(Numbers::Int, Wanted::One(Fraction::HALF));
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(10), None, Some(3), Some(20)]));
        grouped.update_batch(&[values], &[0, 1, 0, 0, 1], None, 3).unwrap();
        assert_eq!(floats(grouped.evaluate(EmitTo::First(1)).unwrap()), [Some(2.0)]);
        let more: ArrayRef = Arc::new(Int64Array::from(vec![40, 7]));
        grouped.update_batch(&[more], &[0, 2], None, 3).unwrap();
        assert_eq!(floats(grouped.evaluate(EmitTo::All).unwrap()), [Some(20.0), None, Some(7.0)]);
        assert_eq!(grouped.size(), size_of_val(&grouped));
    }

    #[test]
    fn states_merge_to_what_one_phase_gives() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![5, 1, 9, 2]));
        let keep = BooleanArray::from(vec![Some(true), Some(true), None, Some(true)]);
        let mut one = Grouped::new(Numbers::Int, Wanted::One(Fraction::P90));
        one.update_batch(&[Arc::clone(&values)], &[0, 1, 0, 0], Some(&keep), 2).unwrap();
        let rows = one.convert_to_state(&[values], Some(&keep)).unwrap();
        let mut two = Grouped::new(Numbers::Int, Wanted::One(Fraction::P90));
        two.merge_batch(&rows, &[0, 1, 0, 0], 2).unwrap();
        let partial = one.state(EmitTo::All).unwrap();
        let mut three = Grouped::new(Numbers::Int, Wanted::One(Fraction::P90));
        three.merge_batch(&partial, &[0, 1], 2).unwrap();
        let expected = [Some(4.7), Some(1.0)]; // 2 + 0.9 · 3
        assert_eq!(floats(two.evaluate(EmitTo::All).unwrap()), expected);
        assert_eq!(floats(three.evaluate(EmitTo::All).unwrap()), expected);
    }

    #[test]
    fn size_grows_with_what_is_held() {
        let mut grouped = Grouped::new(Numbers::Int, Wanted::One(Fraction::HALF));
        let values: ArrayRef = Arc::new(Int64Array::from((0..8192).collect::<Vec<i64>>()));
        grouped.update_batch(&[values], &vec![0; 8192], None, 1).unwrap();
        assert!(grouped.size() >= 8192 * 20);
    }
}
