//! Charts at their extremes: what is drawn is well-formed, within its frame, and says what it leaves out.

use super::scale::{short, ticks};
use super::*;
use crate::dashboards::State;
use crate::reports::html::html;
use crate::reports::look::Look;
use crate::reports::paper::tests::paper;
use crate::reports::paper::{ChartLine, Part, Section};
use crate::reports::pdf::pdf;
use crate::reports::xlsx::xlsx;
use crate::texts::Language;
use proptest::prelude::*;

pub(in crate::reports) fn chart(shape: Shape, adds_up: bool, lines: Vec<(&str, Vec<Option<f64>>)>) -> Chart {
    let steps = lines.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    Chart {
        metric: "throughput".into(),
        title: "Throughput".into(),
        unit: "items per week".into(),
        shape,
        by: None,
        adds_up,
        state: State::NeverSeen,
        labels: (0..steps).map(|step| format!("2026-W{step:02}")).collect(),
        partial: vec![false; steps],
        lines: lines
            .into_iter()
            .map(|(name, values)| ChartLine { name: name.into(), n: vec![1; values.len()], values })
            .collect(),
        typical: None,
        median: None,
        target: None,
        evidence: String::new(),
        language: Language::English,
    }
}

const SHAPES: [Shape; 4] = [Shape::Line, Shape::Bar, Shape::Stacked, Shape::Spread];

/// Every number of the attributes of an SVG: no `NaN`, no `inf`, and none outside of the frame.
fn numbers(svg: &str) -> Vec<f64> {
    let mut all = Vec::new();
    for name in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"] {
        for rest in svg.split(&format!(" {name}=\"")).skip(1) {
            let text = rest.split('"').next().unwrap();
            all.push(text.parse::<f64>().unwrap_or_else(|_| panic!("{name}={text}")));
        }
    }
    for d in svg.split(" d=\"M").skip(1) {
        let d = d.split('"').next().unwrap();
        all.extend(d.split(['L', ' ']).map(|number| number.parse::<f64>().unwrap()));
    }
    all
}

fn holds(svg: &str) {
    for number in numbers(svg) {
        assert!(number.is_finite() && (-1.0..=1500.0).contains(&number), "{number} in {svg}");
    }
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
}

#[test]
fn a_chart_without_values_says_why_and_draws_no_zero() {
    for shape in SHAPES {
        for lines in [vec![], vec![("a", vec![])], vec![("a", vec![None, None])], vec![("a", vec![Some(f64::NAN)])]] {
            let chart = chart(shape, true, lines);
            let svg = svg(&chart, &Look::default(), 300.0);
            holds(&svg);
            assert!(svg.contains("never seen") && !svg.contains("<path"), "{svg}");
        }
    }
}

#[test]
fn one_point_is_a_dot_or_a_bar_and_zero_is_a_line_on_the_axis() {
    let look = Look::default();
    let line = svg(&chart(Shape::Line, false, vec![("a", vec![Some(3.0)])]), &look, 300.0);
    assert!(line.contains("<circle") && !line.contains("<path"), "{line}");
    let gap = svg(&chart(Shape::Line, false, vec![("a", vec![Some(1.0), None, Some(2.0), Some(3.0)])]), &look, 300.0);
    assert_eq!((gap.matches("<path").count(), gap.matches("<circle").count()), (1, 3), "a gap breaks the line");
    let zero = svg(&chart(Shape::Bar, true, vec![("a", vec![Some(0.0), None])]), &look, 300.0);
    assert_eq!(zero.matches("<rect").count(), 1, "0 is known, and a gap is not: {zero}");
    holds(&zero);
}

#[test]
fn of_bars_on_one_another_the_first_stands_on_top() {
    let look = Look::default();
    let lines = vec![("todo", vec![Some(1.0)]), ("done", vec![Some(3.0)])];
    let svg = svg(&chart(Shape::Stacked, true, lines), &look, 300.0);
    // The legend's come before the bars.
    let top = |index: usize| -> f64 {
        let bar = svg.rsplit("<rect ").find(|rect| rect.contains(&look.colours.series[index])).unwrap();
        bar.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    assert!(top(0) < top(1), "{svg}");
}

#[test]
fn negative_and_huge_values_stay_within_the_frame() {
    for shape in SHAPES {
        for values in [
            vec![Some(-5.0), Some(5.0), Some(0.0)],
            vec![Some(-1e-12), Some(-2e-12)],
            vec![Some(1e300), Some(-1e300)],
            vec![Some(f64::MAX), Some(f64::MIN)],
            vec![Some(f64::INFINITY), Some(1.0)],
        ] {
            let mut chart = chart(shape, true, vec![("a", values.clone()), ("b", values)]);
            chart.typical = Some((-3.0, 3.0));
            chart.target = Some(2.0);
            holds(&svg(&chart, &Look::default(), 300.0));
        }
    }
}

#[test]
fn what_is_too_large_for_any_scale_is_said_to_be_left_out() {
    for shape in SHAPES {
        for huge in [1.5e308, -1.5e308, f64::MAX] {
            let alone = chart(shape, true, vec![("a", vec![Some(huge)])]);
            let drawing = svg(&alone, &Look::default(), 300.0);
            holds(&drawing);
            assert!(drawing.contains("larger than 1e200") && !drawing.contains("never seen"), "{drawing}");
            let lines = vec![("a", vec![Some(huge), Some(3.0)]), ("b", vec![Some(1.0), Some(2.0)])];
            let beside = chart(shape, true, lines);
            holds(&svg(&beside, &Look::default(), 300.0));
            for said in [caption(&beside), alternative(&beside)] {
                assert!(said.contains("larger than 1e200"), "{said}");
            }
        }
        let large = chart(shape, true, vec![("a", vec![Some(1e200)]), ("b", vec![Some(f64::NAN)])]);
        assert!(!caption(&large).contains("larger than"), "it is drawn, and what is no number has no size");
    }
    assert_eq!(Language::German.say(TOO_LARGE), "Was größer ist als 1e200, ist nicht gezeichnet.");
}

#[test]
fn of_two_hundred_lines_the_eight_largest_are_drawn_and_the_others_are_said_so() {
    let names: Vec<String> = (0..200).map(|n| format!("team {n:03}")).collect();
    let lines = || names.iter().enumerate().map(|(n, name)| (name.as_str(), vec![Some(n as f64), None])).collect();
    let stacked = drawn(&chart(Shape::Stacked, true, lines()));
    assert_eq!(stacked.lines.len(), 9);
    assert_eq!(stacked.lines[0].0, "team 199");
    // 0 + 1 + … + 191.
    assert_eq!(stacked.lines[8], ("192 others".to_owned(), vec![Some(18_336.0), None]));
    assert_eq!(stacked.said.unwrap(), "The 8 largest of 200 are drawn, and the other 192 as one.");
    let stages = drawn(&Chart { by: Some(Dimension::Stage), ..chart(Shape::Stacked, true, lines()) });
    let ends = [0, 7].map(|place: usize| stages.lines[place].0.as_str());
    assert_eq!(ends, ["team 192", "team 199"], "stages stay in the order of flow");
    let medians = chart(Shape::Line, false, lines());
    assert_eq!(drawn(&medians).lines.len(), 8, "medians do not add up");
    assert!(caption(&medians).contains("of the other 192 do not add up"));
    for shape in SHAPES {
        holds(&svg(&chart(shape, true, lines()), &Look::default(), 300.0));
    }
}

#[test]
fn what_many_lines_are_drawn_of_has_a_sheet_of_its_own_beside_other_charts() {
    let names: Vec<String> = (0..20).map(|n| format!("team {n:03}")).collect();
    let lines = |steps: usize| names.iter().map(|name| (name.as_str(), vec![Some(2.5); steps])).collect();
    let charts = [2, 3, 3].map(|steps| Part::Chart(chart(Shape::Line, true, lines(steps))));
    let paper = paper(vec![Section { title: "Teams".into(), text: Vec::new(), parts: charts.to_vec() }]);
    let mut book = Vec::new();
    xlsx(&paper, &Look::default(), &mut book).unwrap();
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut rows = |sheet: usize| {
        let mut text = String::new();
        let mut part = book.by_name(&format!("xl/worksheets/sheet{sheet}.xml")).unwrap();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        text.matches("<row ").count()
    };
    // A head and two steps, what stands above the rows, their head and 40 of them; twice a head and three steps, and where the rows are.
    assert_eq!(rows(2), 3 + 1 + 41 + 2 * (4 + 1));
    assert_eq!([rows(3), rows(4)], [61; 2]);
}

#[test]
fn charts_at_their_extremes_are_in_every_file() {
    let names: Vec<String> = (0..200).map(|n| format!("team {n:03}")).collect();
    let extremes = || {
        [
            vec![],
            vec![("a", vec![None, None])],
            vec![("a", vec![Some(3.0)])],
            vec![("a", vec![Some(0.0), Some(0.0)])],
            vec![("a", vec![Some(-5.0), None, Some(5.0)]), ("b", vec![Some(-1e-12), Some(1e-12), None])],
            vec![("a", vec![Some(1e300), Some(-1e300)])],
            vec![("a", vec![Some(f64::NAN), Some(f64::INFINITY), Some(1.0)])],
            names.iter().enumerate().map(|(n, name)| (name.as_str(), vec![Some(n as f64), Some(1.0)])).collect(),
        ]
    };
    let charts = SHAPES.into_iter().flat_map(|shape| extremes().map(|lines| Part::Chart(chart(shape, true, lines))));
    let paper = paper(vec![Section { title: "Extremes".into(), text: Vec::new(), parts: charts.collect() }]);
    let look = Look::default();
    assert!(pdf(&paper, &look).unwrap().starts_with(b"%PDF"));
    let page = html(&paper, &look);
    assert!(!page.contains("NaN") && page.contains("team 199"));
    let mut book = Vec::new();
    xlsx(&paper, &look, &mut book).unwrap();
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let sheets: Vec<String> = book.file_names().map(|name| name.unwrap().into_owned()).collect();
    let sheets: Vec<String> = sheets.into_iter().filter(|name| name.starts_with("xl/worksheets/sheet")).collect();
    // Before the section stands what the report is of, and behind it the rows behind the charts of two hundred lines, and its definitions.
    assert_eq!(sheets.len(), 3 + SHAPES.len());
    let charts = book.file_names().filter(|name| name.as_ref().unwrap().starts_with("xl/charts/chart")).count();
    assert!(charts >= SHAPES.len() * (extremes().len() - 2), "{charts} charts");
    for sheet in sheets {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut book.by_name(&sheet).unwrap(), &mut text).unwrap();
        assert!(!text.contains("<v>NaN") && !text.contains("<v>inf"), "{sheet}: {text}");
    }
}

#[test]
fn a_value_without_another_beside_it_is_a_dot_in_a_workbook_too() {
    let of = |values: &[Option<f64>]| Part::Chart(chart(Shape::Line, false, vec![("a", values.to_vec())]));
    let parts = vec![of(&[Some(3.0)]), of(&[Some(1.0), None, Some(2.0), Some(3.0)]), of(&[Some(1.0), Some(2.0), None])];
    let paper = paper(vec![Section { title: "Dots".into(), text: Vec::new(), parts }]);
    let mut book = Vec::new();
    xlsx(&paper, &Look::default(), &mut book).unwrap();
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let dots = [1, 2, 3].map(|n| {
        let (mut text, name) = (String::new(), format!("xl/charts/chart{n}.xml"));
        std::io::Read::read_to_string(&mut book.by_name(&name).unwrap(), &mut text).unwrap();
        text.contains("<c:symbol val=\"circle\"/>")
    });
    assert_eq!(dots, [true, true, false]);
}

#[test]
fn numbers_of_an_axis_do_not_lie_on_one_another_where_names_leave_little_room() {
    let names: Vec<String> = (0..8).map(|n| format!("a team with a long name {n}")).collect();
    let lines = names.iter().map(|name| (name.as_str(), vec![Some(1_234_567.0)])).collect();
    let svg = svg(&chart(Shape::Spread, false, lines), &Look::default(), 240.0);
    let numbers = svg.split("<text x=\"").filter(|text| text.contains("\"middle\""));
    let places: Vec<(f64, f64)> = numbers
        .map(|text| {
            let (at, label) = (text.split('"').next().unwrap(), text.split(['>', '<']).nth(1).unwrap());
            let (at, half) = (at.parse::<f64>().unwrap(), label.chars().count() as f64 * 8.0 * 0.28);
            (at - half, at + half)
        })
        .collect();
    assert!(!places.is_empty(), "{svg}");
    assert!(places.windows(2).all(|two| two[0].1 < two[1].0), "{places:?} in {svg}");
}

#[test]
fn names_of_steps_are_whole_within_the_picture_and_do_not_lie_on_one_another() {
    let names: [fn(usize) -> String; 2] = [|n| format!("2026-W{n:02}"), |n| format!("2026-03-{n:02}")];
    for (wide, name) in [240.0, 495.0].into_iter().flat_map(|wide| names.map(|name| (wide, name))) {
        for count in [1, 2, 5, 13, 26, 53, 91] {
            let values = (0..count).map(|n| Some(n as f64)).collect();
            let chart =
                Chart { labels: (0..count).map(name).collect(), ..chart(Shape::Line, false, vec![("a", values)]) };
            let svg = svg(&chart, &Look::default(), wide);
            let mut places: Vec<(f64, f64)> = Vec::new();
            for text in svg.split("<text x=\"").filter(|text| text.contains(">2026-")) {
                let (at, label) = (text.split('"').next().unwrap(), text.split(['>', '<']).nth(1).unwrap());
                // As wide as Inter sets a week at this size.
                let (at, whole) = (at.parse::<f64>().unwrap(), label.chars().count() as f64 * 8.0 * 0.61);
                let from = match text.split("text-anchor=\"").nth(1).unwrap().split('"').next().unwrap() {
                    "start" => at,
                    "middle" => at - whole / 2.0,
                    _ => at - whole,
                };
                places.push((from, from + whole));
            }
            places.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (first, last) = (places.first().unwrap(), places.last().unwrap());
            assert!(first.0 >= 0.0 && last.1 <= wide + 0.01, "{places:?} of {wide} in {svg}");
            assert!(places.windows(2).all(|two| two[0].1 < two[1].0), "{places:?} in {svg}");
            assert!(svg.contains(&format!(">{}</text>", name(count - 1))), "the last is always there: {svg}");
        }
    }
}

#[test]
fn in_a_mail_what_is_below_zero_goes_the_other_way() {
    let bars = |values: Vec<Option<f64>>| -> Vec<String> {
        let parts = vec![Part::Chart(chart(Shape::Bar, false, vec![("a", values)]))];
        let page = html(&paper(vec![Section { title: "S".into(), text: Vec::new(), parts }]), &Look::default());
        page.split("height:10px;width:").skip(1).map(|rest| rest.split("px").next().unwrap().to_owned()).collect()
    };
    assert_eq!(bars(vec![Some(5.0), None, Some(10.0)]), ["120", "0", "240"]);
    // Of each step what is below, and what is above.
    assert_eq!(bars(vec![Some(-5.0), Some(10.0), Some(0.0)]), ["60", "0", "0", "120", "0", "0"]);
}

#[test]
fn names_are_text_whatever_they_hold() {
    let name = "</text><script>alert(1)</script>&\"'\u{0}\u{7}#$*\\";
    let chart = chart(Shape::Line, false, vec![(name, vec![Some(1.0)]), ("b", vec![Some(2.0)])]);
    let svg = svg(&chart, &Look::default(), 300.0);
    assert!(!svg.contains("<script") && !svg.contains('\u{0}') && svg.contains("&lt;/text&gt;"), "{svg}");
}

#[test]
fn ticks_are_round_and_hold_what_is_between() {
    assert_eq!(ticks(0.0, 10.0), [0.0, 5.0, 10.0]);
    assert_eq!(ticks(0.0, 7.0), [0.0, 2.0, 4.0, 6.0, 8.0]);
    assert_eq!(ticks(-3.0, 7.0), [-5.0, 0.0, 5.0, 10.0]);
    assert_eq!(ticks(0.0, 0.0), [0.0, 1.0]);
    assert_eq!(ticks(f64::MIN, f64::MAX), [0.0, 1.0]);
    let said: Vec<String> =
        [0.0, 2.5, 999.0, 12_000.0, 3e6, 4e9, 2e12, 1e18, 1e-6, -1500.0].into_iter().map(short).collect();
    assert_eq!(said, ["0", "2.5", "999", "12k", "3M", "4G", "2T", "1e18", "1e-6", "-1500"]);
}

#[test]
fn the_alternative_says_what_is_to_be_seen() {
    let mut one = chart(Shape::Line, false, vec![("a", vec![Some(7200.0), None, Some(86_400.0)])]);
    one.unit = "seconds".into();
    let said = "Line chart of Throughput, 3 steps from 2026-W00 to 2026-W02. Lowest 2 h, highest 24 h, last 24 h.";
    assert_eq!(alternative(&one), said);
    assert!(alternative(&chart(Shape::Bar, true, vec![])).contains("It has no values."));
}

proptest! {
    #[test]
    fn whatever_the_values_a_drawing_is_well_formed(
        values in prop::collection::vec(prop::collection::vec(prop::option::of(any::<f64>()), 0..30), 0..20),
        shape in prop::sample::select(SHAPES.to_vec()),
        target in prop::option::of(-1e9_f64..1e9),
    ) {
        let lines = values.into_iter().map(|values| ("a", values)).collect();
        let mut chart = chart(shape, true, lines);
        chart.target = target;
        holds(&svg(&chart, &Look::default(), 260.0));
    }

    #[test]
    fn ticks_hold_their_values(a in -1e12_f64..1e12, b in -1e12_f64..1e12) {
        let (least, most) = (a.min(b), a.max(b));
        let ticks = ticks(least, most);
        let slack = (most - least).abs().max(most.abs()).max(least.abs()) * 1e-6;
        prop_assert!(ticks[0] <= least + slack && *ticks.last().unwrap() >= most - slack, "{ticks:?}");
        prop_assert!(ticks.len() <= 12 && ticks.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
