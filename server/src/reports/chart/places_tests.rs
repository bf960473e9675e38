//! Where charts draw their values: each where its axis, read by the numbers beside it, has that value.

use super::tests::chart;
use super::*;
use crate::reports::look::Look;

const WIDE: f64 = 400.0;

fn attribute(element: &str, name: &str) -> f64 {
    element.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

/// These attributes of each element of a kind that has a colour, in order.
fn elements<const N: usize>(svg: &str, kind: &str, colour: &str, names: [&str; N]) -> Vec<[f64; N]> {
    let begin = format!("<{kind}");
    let all = svg.split(&begin).skip(1).map(|rest| rest.split("/>").next().unwrap());
    all.filter(|element| element.contains(colour)).map(|element| names.map(|name| attribute(element, name))).collect()
}

/// What the texts of an anchor say, and where they are, across and down.
fn texts(svg: &str, anchor: &str) -> Vec<(String, [f64; 2])> {
    let anchor = format!("text-anchor=\"{anchor}\"");
    let all = svg.split("<text").skip(1).filter(|text| text.contains(&anchor));
    let said = |text: &str| text.split(['>', '<']).nth(1).unwrap().to_owned();
    all.map(|text| (said(text), ["x", "y"].map(|name| attribute(text, name)))).collect()
}

/// Where the names of the steps are, the first step's first.
fn steps(svg: &str) -> Vec<f64> {
    let mut steps = texts(svg, "middle");
    steps.sort_by(|a, b| a.0.cmp(&b.0));
    steps.into_iter().map(|(_, [x, _])| x).collect()
}

/// The numbers of an axis, each with where its tick is.
struct Axis(Vec<(f64, f64)>);

impl Axis {
    /// From the bottom up; a number stands a little below its tick.
    fn upright(svg: &str) -> Self {
        let numbers = texts(svg, "end").into_iter();
        Self(numbers.filter_map(|(text, [_, y])| Some((text.parse().ok()?, y - 2.8))).collect())
    }

    /// From the left to the right.
    fn across(svg: &str) -> Self {
        Self(texts(svg, "middle").into_iter().filter_map(|(text, [x, _])| Some((text.parse().ok()?, x))).collect())
    }

    fn numbers(&self) -> Vec<f64> {
        self.0.iter().map(|(number, _)| *number).collect()
    }

    /// Where a value is, in the axis' own unit.
    fn place(&self, value: f64) -> f64 {
        let [first, last] = [self.0.first().unwrap(), self.0.last().unwrap()];
        first.1 + (last.1 - first.1) * (value - first.0) / (last.0 - first.0)
    }
}

/// Whether two places are one, but for what is lost where they are written.
fn is_at(place: f64, wanted: f64) -> bool {
    (place - wanted).abs() < 0.03
}

fn known<const N: usize>(values: [f64; N]) -> Vec<Option<f64>> {
    values.map(Some).to_vec()
}

#[test]
fn the_points_of_a_line_are_where_the_axis_has_their_values_above_the_names_of_their_steps() {
    let look = Look::default();
    let colour = &look.colours.series[0];
    for (unit, by, values, numbers) in [
        ("items per week", 1.0, [0.0, 2.5, 10.0], vec![0.0, 5.0, 10.0]),
        ("items per week", 1.0, [-5.0, 0.0, 7.5], vec![-5.0, 0.0, 5.0, 10.0]),
        // Hours, and per cent.
        ("seconds", 3600.0, [3600.0, 10_800.0, 5400.0], vec![0.0, 1.0, 2.0, 3.0]),
        ("ratio", 0.01, [0.1, 0.5, 0.25], vec![0.0, 20.0, 40.0, 60.0]),
    ] {
        let chart = Chart { unit: unit.into(), ..chart(Shape::Line, false, vec![("a", known(values))]) };
        let svg = svg(&chart, &look, WIDE);
        let axis = Axis::upright(&svg);
        assert_eq!(axis.numbers(), numbers, "{svg}");
        assert!(axis.0.windows(2).all(|two| two[0].1 > two[1].1), "what is more is higher: {svg}");
        // A line across at every number.
        let across = elements(&svg, "line", "stroke", ["y1", "y2"]);
        assert_eq!(across.len(), numbers.len(), "{svg}");
        for ([from, to], (_, tick)) in across.into_iter().zip(&axis.0) {
            assert!(is_at(from, *tick) && is_at(to, *tick), "{svg}");
        }
        let (dots, steps) = (elements(&svg, "circle", colour, ["cx", "cy"]), steps(&svg));
        assert_eq!((dots.len(), steps.len()), (3, 3), "{svg}");
        for (([x, y], value), middle) in dots.iter().zip(values).zip(steps) {
            assert!(is_at(*y, axis.place(value / by)), "{value} is at {y} in {svg}");
            assert!(is_at(*x, middle), "{value} is at {x} in {svg}");
        }
        assert!(dots[0][0] < dots[1][0] && dots[1][0] < dots[2][0], "the first is on the left: {svg}");
        // The line goes through its points.
        let path = svg.split(" d=\"M").nth(1).unwrap().split('"').next().unwrap();
        let path: Vec<f64> = path.split(['L', ' ']).map(|number| number.parse().unwrap()).collect();
        assert_eq!(path, dots.concat(), "{svg}");
    }
}

#[test]
fn what_is_typical_and_the_target_are_where_the_axis_has_their_values() {
    let look = Look::default();
    let line = chart(Shape::Line, false, vec![("a", known([0.0, 2.5, 10.0]))]);
    let svg = svg(&Chart { typical: Some((2.0, 8.0)), target: Some(6.0), ..line }, &look, WIDE);
    let axis = Axis::upright(&svg);
    assert_eq!(axis.numbers(), [0.0, 5.0, 10.0], "{svg}");
    let bands = elements(&svg, "rect", &look.colours.band, ["y", "height"]);
    let [[top, height]] = bands[..] else { panic!("{svg}") };
    assert!(is_at(top, axis.place(8.0)) && is_at(top + height, axis.place(2.0)), "{svg}");
    let targets = elements(&svg, "line", &look.colours.good, ["y1", "y2"]);
    let [[from, to]] = targets[..] else { panic!("{svg}") };
    assert!(is_at(from, axis.place(6.0)) && is_at(to, axis.place(6.0)), "{svg}");
}

#[test]
fn bars_reach_from_zero_to_where_the_axis_has_their_values() {
    let look = Look::default();
    let values = [4.0, 10.0, -5.0];
    let svg = svg(&chart(Shape::Bar, true, vec![("a", known(values))]), &look, WIDE);
    let axis = Axis::upright(&svg);
    assert_eq!(axis.numbers(), [-5.0, 0.0, 5.0, 10.0], "{svg}");
    let bars = elements(&svg, "rect", &look.colours.series[0], ["x", "y", "width", "height"]);
    let steps = steps(&svg);
    assert_eq!((bars.len(), steps.len()), (3, 3), "{svg}");
    for (([x, y, width, height], value), middle) in bars.into_iter().zip(values).zip(steps) {
        // The higher end is above.
        assert!(is_at(y, axis.place(value.max(0.0))), "{value} begins at {y} in {svg}");
        assert!(is_at(y + height, axis.place(value.min(0.0))), "{value} ends at {} in {svg}", y + height);
        assert!(is_at(x + width / 2.0, middle), "{svg}");
    }
}

#[test]
fn bars_on_one_another_reach_from_sum_to_sum() {
    let look = Look::default();
    let lines = vec![("todo", known([1.0, 2.0])), ("done", known([3.0, -2.0]))];
    let svg = svg(&chart(Shape::Stacked, true, lines), &look, WIDE);
    let axis = Axis::upright(&svg);
    assert_eq!(axis.numbers(), [-2.0, 0.0, 2.0, 4.0], "{svg}");
    // What is below zero stands on what is below zero.
    for (index, ends) in [(0, [[3.0, 4.0], [0.0, 2.0]]), (1, [[0.0, 3.0], [-2.0, 0.0]])] {
        // The first is the legend's.
        let bars = elements(&svg, "rect", &look.colours.series[index], ["y", "height"]);
        assert_eq!(bars.len(), 3, "{svg}");
        for ([y, height], [from, to]) in bars[1..].iter().zip(ends) {
            assert!(is_at(*y, axis.place(to)) && is_at(y + height, axis.place(from)), "{from} to {to} in {svg}");
        }
    }
}

#[test]
fn groups_side_by_side_reach_from_zero_to_where_the_axis_has_their_values_beside_their_names() {
    let look = Look::default();
    let lines = vec![("a", known([2.0])), ("b", known([10.0])), ("c", known([-5.0]))];
    let groups = Chart { typical: Some((1.0, 7.5)), median: Some(2.5), ..chart(Shape::Spread, false, lines) };
    let svg = svg(&groups, &look, WIDE);
    let axis = Axis::across(&svg);
    assert_eq!(axis.numbers(), [-5.0, 0.0, 5.0, 10.0], "{svg}");
    assert!(axis.0.windows(2).all(|two| two[0].1 < two[1].1), "what is more is further right: {svg}");
    let (names, bars) =
        (texts(&svg, "end"), elements(&svg, "rect", &look.colours.series[0], ["x", "y", "width", "height"]));
    assert_eq!((names.len(), bars.len()), (3, 3), "{svg}");
    for (((name, [_, line]), [x, y, width, height]), (wanted, value)) in
        names.into_iter().zip(bars).zip([("b", 10.0_f64), ("a", 2.0), ("c", -5.0)])
    {
        assert_eq!(name, wanted);
        assert!(is_at(x, axis.place(value.min(0.0))), "{value} begins at {x} in {svg}");
        assert!(is_at(x + width, axis.place(value.max(0.0))), "{value} ends at {} in {svg}", x + width);
        assert!(y < line && line < y + height, "{name} is not beside its bar in {svg}");
    }
    let bands = elements(&svg, "rect", &look.colours.band, ["x", "width"]);
    let [[x, width]] = bands[..] else { panic!("{svg}") };
    assert!(is_at(x, axis.place(1.0)) && is_at(x + width, axis.place(7.5)), "{svg}");
    let medians = elements(&svg, "line", &look.colours.ink, ["x1", "x2"]);
    let [[from, to]] = medians[..] else { panic!("{svg}") };
    assert!(is_at(from, axis.place(2.5)) && is_at(to, axis.place(2.5)), "{svg}");
}
