//! A report as a workbook: a sheet a section, with its figures and charts one below the other, and one for each table, whose head stays in
//! sight; cells of their types, charts that the program draws of them. What is a text stays one: no cell is a formula.

mod sheet;

use super::chart::{Drawn, Scaled, alternative, drawn, is_lone};
use super::definition::Shape;
use super::look::Look;
use super::paper::{Cell, Chart, Column, Paper, Part, Section, Table};
use super::tables::{of_chart, of_definitions, of_tiles};
use crate::{Error, Result};
use chrono::DateTime;
use rust_xlsxwriter::{
    Chart as Native, ChartLine as NativeLine, ChartMarker, ChartMarkerType, ChartSolidFill, ChartType, DocProperties,
    ExcelDateTime, Workbook, XlsxError,
};
use sheet::{Kept, Sheet, Styles, colour, sheet, short};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;

/// What a sheet can hold: beyond that nothing is written, and the sheet says so.
const ROWS: usize = 1_048_000;
/// More rows than these behind a chart have a sheet of their own, whose head stays in sight: below the chart they would not fit on a screen
/// with theirs.
const MANY: usize = 40;
/// How long what stands for a chart may be.
const LONGEST_ALTERNATIVE: usize = 255;
/// How many rows lie under a chart.
const UNDER_CHART: u32 = 18;
/// How many lines of a chart stand beside one another; each is in the rows below.
const ABREAST: usize = 200;

impl From<XlsxError> for Error {
    fn from(error: XlsxError) -> Self {
        match error {
            // Such as a disk that is full: another time it may not be.
            XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => Error::Output(error),
            XlsxError::ZipError(error) => error.into(),
            other => Error::Unset(other.to_string()),
        }
    }
}

/// Writes a report as a workbook; for the same report the same bytes. Of tables a row is in memory at a time: they are on the disk until
/// the workbook is put together.
///
/// # Errors
/// When the workbook cannot be written.
pub(super) fn xlsx(paper: &Paper, look: &Look, out: &mut (impl Write + Send)) -> Result<()> {
    let cover = &paper.cover;
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(cover.as_of / 1_000_000)?;
    let properties = DocProperties::new().set_title(&cover.title).set_author(&cover.organization);
    book.set_properties(&properties.set_company(&look.name).set_creation_datetime(&made));
    let styles = Styles::new(look, cover.language);
    let mut names = BTreeSet::new();
    about(&mut sheet(&mut book, cover.language.say("About"), &mut names, Kept::Whole)?, paper, &styles)?;
    for section in &paper.sections {
        let together: Vec<&Part> = section.parts.iter().filter(|part| !matches!(part, Part::Table(_))).collect();
        if !together.is_empty() || section.parts.is_empty() {
            let has_charts = together.iter().any(|part| matches!(part, Part::Chart(_)));
            let kept = if has_charts { Kept::Whole } else { Kept::RowByRow };
            let mut open = sheet(&mut book, &section.title, &mut names, kept)?;
            shown(&mut open, section, &together, &styles, look)?;
        }
        let apart = section.parts.iter().filter_map(|part| match part {
            Part::Table(table) => Some((&table.title, Cow::Borrowed(table))),
            Part::Chart(chart) if measured(chart) > MANY => Some((&chart.title, Cow::Owned(of_chart(chart)))),
            _ => None,
        });
        for (nth, (title, table)) in apart.enumerate() {
            // Of a section of tables the first is its sheet.
            let title = if nth == 0 && together.is_empty() { &section.title } else { title };
            let mut open = sheet(&mut book, title, &mut names, Kept::RowByRow)?;
            rows(&mut open, &table, 0, Head::InSight, &styles)?;
        }
    }
    let mut last = sheet(&mut book, cover.language.say("Definitions"), &mut names, Kept::RowByRow)?;
    rows(&mut last, &of_definitions(&paper.definitions, cover.language), 0, Head::InSight, &styles)?;
    Ok(book.save_to_writer(out)?)
}

/// The figures and charts of a section, one below the other with an empty row between; without any, what it says.
fn shown(sheet: &mut Sheet<'_>, section: &Section, parts: &[&Part], styles: &Styles, look: &Look) -> Result<()> {
    if parts.is_empty() {
        for (row, text) in (0..).zip(&section.text) {
            sheet.text(row, 0, text, &styles.plain)?;
        }
    }
    let alone = parts.len() == 1;
    let head = if alone { Head::InSight } else { Head::Stands };
    let mut from = 0;
    for part in parts {
        let last = match part {
            Part::Tiles(tiles) => rows(sheet, &of_tiles(&section.title, tiles, styles.language), from, head, styles)?,
            Part::Chart(chart) => charted(sheet, chart, (from, alone), styles, look)?,
            // It has a sheet of its own, where its head stays in sight and its rows can be filtered.
            Part::Table(_) => continue,
        };
        from = last + 2;
    }
    Ok(())
}

/// What the head of a table does. A sheet has one filter, and one head that stays: that of what is alone there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// It stands above its rows.
    Stands,
    /// Its rows can be filtered by it.
    Filters,
    /// The same, and it stays in sight.
    InSight,
}

/// What the report is of, and what it says in words.
fn about(sheet: &mut Sheet<'_>, paper: &Paper, styles: &Styles) -> Result<()> {
    let (cover, language) = (&paper.cover, paper.cover.language);
    let said = |text: &str| [Cell::Text(text.to_owned()), Cell::Nothing];
    let mut facts = vec![
        (language.say("Report"), said(&cover.title)),
        (language.say("Organization"), said(&cover.organization)),
        (language.say("Period"), said(&language.days(cover.from, cover.until))),
        (language.say("As of"), [cover.time(cover.as_of), Cell::Text(cover.time_zone.clone())]),
        (language.say("It is on"), said(&cover.filter_words)),
    ];
    facts.extend(cover.compared.iter().map(|with| (language.say("Held against"), said(with))));
    facts.extend(paper.headline.iter().map(|sentence| (language.say("In short"), said(&sentence.text))));
    let texts =
        paper.sections.iter().flat_map(|section| section.text.iter().map(|text| (section.title.as_str(), text)));
    facts.extend(texts.map(|(title, text)| (title, said(text))));
    facts.extend(paper.sources.iter().map(|source| {
        let at = DateTime::parse_from_rfc3339(&source.as_of);
        let read = at.map_or_else(|_| Cell::text(Some(&source.as_of)), |at| cover.time(at.timestamp_micros()));
        (language.say("Source"), [Cell::text(Some(&source.connection)), read])
    }));
    facts.extend(paper.notes.iter().map(|note| (language.say("Note"), said(note))));
    sheet.inner.set_column_width(0, 16)?.set_column_width(1, 100)?.set_column_width(2, 24)?;
    let of = Column::text("", 20);
    for (row, (name, cells)) in (0..).zip(&facts) {
        sheet.text(row, 0, name, &styles.bold)?;
        for (column, cell) in (1..).zip(cells) {
            sheet.cell(row, column, cell, &of, styles)?;
        }
    }
    Ok(())
}

/// A table from a row on; the last row that it takes.
fn rows(sheet: &mut Sheet<'_>, table: &Table, from: u32, head: Head, styles: &Styles) -> Result<u32> {
    for (at, column) in (0_u16..).zip(&table.columns) {
        sheet.text(from, at, &column.heading(styles.language), &styles.head)?;
        sheet.widen(at, f64::from(column.width.clamp(3, 20)) * 3.2)?;
    }
    let mut row = from;
    for cells in table.rows.iter().take(ROWS) {
        row += 1;
        for (at, (cell, column)) in (0_u16..).zip(cells.iter().zip(&table.columns)) {
            sheet.cell(row, at, cell, column, styles)?;
        }
    }
    if table.rows.len() > ROWS {
        let said = styles.language.fill(
            "These are the first {shown} of {all} rows: a sheet holds no more.",
            &[("shown", &ROWS.to_string()), ("all", &table.rows.len().to_string())],
        );
        sheet.text(row + 1, 0, &said, &styles.bold)?;
    }
    if table.rows.is_empty() && !table.none.is_empty() {
        sheet.text(from + 1, 0, &table.none, &styles.plain)?;
    }
    let ends = row.max(from + 1);
    if head == Head::InSight {
        sheet.inner.set_freeze_panes(from + 1, 0)?;
    }
    let last = u16::try_from(table.columns.len()).ok().and_then(|count| count.checked_sub(1));
    if let Some(last) = last.filter(|_| head != Head::Stands) {
        sheet.inner.autofilter(from, 0, ends, last)?;
    }
    Ok(ends)
}

/// How many rows all that a chart is drawn of takes.
fn measured(chart: &Chart) -> usize {
    chart.lines.len().saturating_mul(chart.labels.len())
}

/// A chart from a row on, over what it draws, a column a line, and below that all of its data as rows, but for very many; the last row that
/// it takes.
fn charted(
    sheet: &mut Sheet<'_>,
    chart: &Chart,
    (from, alone): (u32, bool),
    styles: &Styles,
    look: &Look,
) -> Result<u32> {
    let drawn = drawn(chart);
    let most = drawn.lines.iter().flat_map(|(_, values)| values.iter().flatten()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let scaled = Scaled::of(&chart.unit, most);
    // A share stays one: its cells say per cent by their format.
    let (unit, by, format) = if chart.unit == "ratio" {
        (chart.language.say("ratio"), 1.0, &styles.share)
    } else {
        (chart.language.say(&scaled.unit), scaled.by, &styles.plain)
    };
    let head = from + UNDER_CHART;
    let first = chart.language.say(if chart.shape == Shape::Spread { "Which" } else { "Period" });
    sheet.text(head, 0, first, &styles.head)?;
    let mut ends = head;
    if chart.shape == Shape::Spread {
        sheet.text(head, 1, &format!("{} ({unit})", chart.title), &styles.head)?;
        for (name, values) in drawn.lines.iter().take(ABREAST) {
            ends += 1;
            sheet.text(ends, 0, name, &styles.plain)?;
            if let Some(value) = values.first().copied().flatten() {
                sheet.number(ends, 1, value / by, format)?;
            }
        }
    } else {
        for (row, label) in (head + 1..).zip(&chart.labels) {
            sheet.text(row, 0, label, &styles.plain)?;
            ends = row;
        }
        for (column, (name, values)) in (1_u16..).zip(drawn.lines.iter().take(ABREAST)) {
            let title =
                if drawn.lines.len() == 1 { format!("{} ({unit})", chart.title) } else { format!("{name} ({unit})") };
            sheet.text(head, column, &title, &styles.head)?;
            for (row, value) in (head + 1..).zip(values) {
                if let Some(value) = value {
                    sheet.number(row, column, value / by, format)?;
                }
            }
        }
    }
    if ends > head {
        let native = native(chart, &drawn, &sheet.name, [head, ends], unit, look);
        sheet.inner.insert_chart(from, 0, &native)?;
    }
    let below = ends + 3;
    if measured(chart) > MANY {
        let said = chart.language.say("All of it, as it was measured, is on a sheet of its own");
        sheet.text(below - 1, 0, said, &styles.bold)?;
        return Ok(below - 1);
    }
    sheet.text(below - 1, 0, chart.language.say("All of it, as it was measured"), &styles.bold)?;
    let all = of_chart(chart);
    // The chart would be out of sight with a head that stays.
    rows(sheet, &all, below, if alone { Head::Filters } else { Head::Stands }, styles)
}

/// The chart that the program draws of the cells.
fn native(chart: &Chart, drawn: &Drawn, sheet: &str, [head, ends]: [u32; 2], unit: &str, look: &Look) -> Native {
    let mut native = Native::new(match chart.shape {
        Shape::Line => ChartType::Line,
        Shape::Bar if drawn.lines.len() == 1 => ChartType::Column,
        Shape::Bar | Shape::Stacked => ChartType::ColumnStacked,
        Shape::Spread => ChartType::Bar,
    });
    let columns = if chart.shape == Shape::Spread { 1 } else { drawn.lines.len().min(ABREAST) };
    let mut places: Vec<(usize, u16)> = (0..columns).zip(1_u16..).collect();
    if matches!(chart.shape, Shape::Bar | Shape::Stacked) {
        // A program stacks from the axis up; the first stands on top.
        places.reverse();
    }
    for (index, column) in places {
        let colours = &look.colours.series;
        let own = colour(colours.get(index % colours.len().max(1)).unwrap_or(&look.colours.accent));
        let series = native.add_series();
        series.set_categories((sheet, head + 1, 0, ends, 0)).set_values((sheet, head + 1, column, ends, column));
        series.set_name((sheet, head, column));
        if chart.shape == Shape::Line {
            series.set_format(NativeLine::new().set_color(own).set_width(2));
            let values = drawn.lines.get(index).map(|(_, values)| values.as_slice()).unwrap_or_default();
            if (0..values.len()).any(|at| is_lone(values, at)) {
                let mut dot = ChartMarker::new();
                dot.set_type(ChartMarkerType::Circle).set_size(5).set_format(ChartSolidFill::new().set_color(own));
                series.set_marker(&dot);
            }
        } else {
            series.set_format(ChartSolidFill::new().set_color(own));
        }
    }
    // A title that began with an equals sign would be taken for the address of a cell.
    native.title().set_name(chart.title.trim_start_matches('='));
    native.y_axis().set_name(unit);
    if columns == 1 {
        native.legend().set_hidden();
    }
    native.set_width(900).set_height(340).set_alt_text(short(&alternative(chart), LONGEST_ALTERNATIVE));
    native
}

#[cfg(test)]
mod tests {
    use super::super::cells::Rows;
    use super::super::chart::tests::chart;
    use super::super::paper::tests::paper;
    use super::super::paper::{Cell, Column};
    use super::*;
    use chrono::NaiveDate;
    use std::io::Read as _;

    fn table(rows: Rows) -> Part {
        let columns = vec![Column::text("Name", 5), Column::number("Hours", "hours"), Column::day("Day")];
        Part::Table(Table { title: "Many".into(), columns, rows, none: "There are none.".into() })
    }

    fn written(rows: Rows) -> Vec<u8> {
        written_of(vec![table(rows)])
    }

    fn written_of(parts: Vec<Part>) -> Vec<u8> {
        let paper = paper(vec![Section { title: "Rows".into(), text: Vec::new(), parts }]);
        let mut out = Vec::new();
        xlsx(&paper, &Look::default(), &mut out).unwrap();
        out
    }

    /// A part of a workbook, as XML.
    fn part_of(book: &[u8], name: &str) -> String {
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        let mut text = String::new();
        book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn second_sheet(book: Vec<u8>) -> String {
        part_of(&book, "xl/worksheets/sheet2.xml")
    }

    #[test]
    fn each_table_of_a_section_is_a_sheet_whose_head_stays_in_sight_and_whose_rows_can_be_filtered() {
        let few =
            |n: u32| (0..n).map(|n| vec![Cell::Text(format!("r{n}")), Cell::Nothing, Cell::Nothing]).collect::<Rows>();
        let sheets = |book: &[u8]| -> Vec<String> {
            let book = part_of(book, "xl/workbook.xml");
            book.split("<sheet name=\"").skip(1).map(|sheet| sheet.split('"').next().unwrap().to_owned()).collect()
        };
        let book = written_of(vec![table(few(2)), table(few(2_001)), table(few(0))]);
        assert_eq!(sheets(&book), ["About", "Rows", "Many", "Many 2", "Definitions"]);
        // A head and its rows; where there are none, that this is so.
        for (sheet, ends) in [(2, 3), (3, 2_002), (4, 2)] {
            let said = part_of(&book, &format!("xl/worksheets/sheet{sheet}.xml"));
            assert_eq!(said.matches("<row r=\"").count(), ends, "{sheet}");
            assert!(said.contains(&format!("<autoFilter ref=\"A1:C{ends}\"")), "{sheet}");
            assert!(said.contains("topLeftCell=\"A2\""), "{sheet}");
        }
        // Beside figures a table does not take the section's name.
        let book = written_of(vec![Part::Tiles(Vec::new()), table(few(1))]);
        assert_eq!(sheets(&book), ["About", "Rows", "Many", "Definitions"]);
        let [figures, rows] = [2, 3].map(|sheet| part_of(&book, &format!("xl/worksheets/sheet{sheet}.xml")));
        assert!(figures.contains("Metric") && rows.contains("<is><t>r0</t></is>"), "{figures}{rows}");
    }

    #[test]
    fn what_a_chart_is_drawn_of_stands_below_it_and_more_than_fits_on_a_screen_on_a_sheet_whose_head_stays_in_sight() {
        let of = |steps: usize| {
            let line = vec![Some(1.0); steps];
            Part::Chart(chart(Shape::Line, true, vec![("a", line.clone()), ("b", line)]))
        };
        let sheet = |book: &[u8], n: usize| part_of(book, &format!("xl/worksheets/sheet{n}.xml"));
        let rows = |sheet: &str| sheet.matches("<row r=\"").count();
        // A head and a row a step, of which it is drawn; a line that says what comes next; and a head and a row a step and line.
        let few = written_of(vec![of(20)]);
        assert_eq!(rows(&sheet(&few, 2)), 21 + 1 + 41);
        assert!(sheet(&few, 2).contains("<autoFilter ") && !sheet(&few, 2).contains("topLeftCell="));
        let many = written_of(vec![of(21)]);
        assert_eq!((rows(&sheet(&many, 2)), rows(&sheet(&many, 3))), (22 + 1, 43));
        assert!(!sheet(&many, 2).contains("<autoFilter "));
        assert!(
            sheet(&many, 3).contains("<autoFilter ref=\"A1:E43\"") && sheet(&many, 3).contains("topLeftCell=\"A2\"")
        );
        assert!(part_of(&many, "xl/workbook.xml").contains("<sheet name=\"Throughput\""));
    }

    #[test]
    fn a_number_that_a_cell_cannot_hold_is_a_text() {
        let row = |number: f64| vec![Cell::Text("x".into()), Cell::Number(number), Cell::Nothing];
        let numbers = [9.99e307, 1.5e308, -1.5e308, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let sheet = second_sheet(written(numbers.into_iter().map(row).collect()));
        assert!(sheet.contains("<t>1.5e308</t>") && sheet.contains("<t>-1.5e308</t>"), "{sheet}");
        assert!(sheet.contains("<t>∞</t>") && sheet.contains("<t>-∞</t>"), "{sheet}");
        assert_eq!(sheet.matches("<v>").count(), 1, "{sheet}");
    }

    #[test]
    fn the_rows_of_a_table_are_cells_of_their_types_which_are_not_kept_in_memory() {
        let day = NaiveDate::from_ymd_opt(2026, 4, 2).unwrap();
        let row = |n: u32| vec![Cell::Text(format!("=1+{n}")), Cell::Number(f64::from(n) / 2.0), Cell::Day(day)];
        let many = || (0..5000).map(row).collect::<Rows>();
        let sheet = second_sheet(written(many()));
        assert_eq!(sheet.matches("<row ").count(), 5001);
        // A text stands in its cell, and not in a list of all that is kept until the end. No text is a formula.
        assert_eq!(sheet.matches("t=\"inlineStr\"").count(), 3 + 5000);
        assert!(!sheet.contains("<f>") && sheet.contains("<is><t>=1+4999</t></is>"), "{}", &sheet[sheet.len() - 900..]);
        let last = &sheet[sheet.find("r=\"5001\"").unwrap()..];
        // A day is counted from the end of 1899.
        assert!(last.contains("<v>2499.5</v>") && last.contains("<v>46114</v>"), "{last}");
        assert!(last.contains("<autoFilter ref=\"A1:C5001\""), "{last}");
        assert!(sheet[..2000].contains("topLeftCell=\"A2\"") && sheet[..2000].contains("ref=\"A1:C5001\""));
        assert!(written(many()) == written(many()), "the same report has other bytes");
        let none = second_sheet(written(Rows::Cells(Vec::new())));
        assert!(none.contains("There are none.") && none.contains("<autoFilter ref=\"A1:C2\""), "{none}");
    }

    #[test]
    fn a_sheets_name_is_one_that_a_workbook_takes_and_unlike_any_other() {
        let (mut book, mut names) = (Workbook::new(), BTreeSet::new());
        let long = "What change lead time is made of, in stages";
        let titles =
            ["Teams", "teams", "[a]:*?/\\b", "'x'", "", "History", long, long, "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"];
        let given: Vec<String> =
            titles.into_iter().map(|title| sheet(&mut book, title, &mut names, Kept::Whole).unwrap().name).collect();
        assert_eq!(given[..6], ["Teams", "teams 2", "ab", "x", "Sheet", "The history"]);
        assert_eq!(
            (given[6].as_str(), given[7].as_str()),
            ("What change lead time is made o", "What change lead time is made 2")
        );
        assert_eq!(given[8].encode_utf16().count(), 30);
        book.save_to_buffer().unwrap();
    }
}
