//! A report as a workbook: a sheet a section, cells of their types, charts that the program draws of them. What is a text stays one: no
//! cell is a formula.

use super::chart::{Drawn, Scaled, alternative, drawn};
use super::definition::Shape;
use super::look::Look;
use super::paper::{Cell, Chart, Column, Paper, Part, Table};
use super::tables::{of_chart, of_definitions, of_tiles};
use crate::texts::Language;
use crate::{Error, Result};
use chrono::{Datelike as _, NaiveDate};
use rust_xlsxwriter::{
    Chart as Native, ChartLine as NativeLine, ChartSolidFill, ChartType, Color, DocProperties, ExcelDateTime, Format,
    Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeSet;
use std::io::Write;

/// What a sheet can hold, and a cell: beyond that nothing is written, and the sheet says so.
const ROWS: usize = 1_048_000;
const LETTERS: usize = 32_767;
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
        for (at, part) in section.parts.iter().enumerate() {
            // Only what is alone on its sheet can be filtered and keep its head in sight.
            let title = match part {
                Part::Chart(chart) if at > 0 => &chart.title,
                Part::Table(table) if at > 0 => &table.title,
                _ => &section.title,
            };
            let kept = if matches!(part, Part::Chart(_)) { Kept::Whole } else { Kept::RowByRow };
            let mut open = sheet(&mut book, title, &mut names, kept)?;
            match part {
                Part::Tiles(tiles) => rows(&mut open, &of_tiles(&section.title, tiles, cover.language), 0, &styles)?,
                Part::Table(table) => rows(&mut open, table, 0, &styles)?,
                Part::Chart(chart) => charted(&mut open, chart, &styles, look)?,
            }
        }
        if section.parts.is_empty() {
            let mut open = sheet(&mut book, &section.title, &mut names, Kept::Whole)?;
            for (row, text) in (0..).zip(&section.text) {
                open.text(row, 0, text, &styles.plain)?;
            }
        }
    }
    let mut last = sheet(&mut book, cover.language.say("Definitions"), &mut names, Kept::RowByRow)?;
    rows(&mut last, &of_definitions(&paper.definitions, cover.language), 0, &styles)?;
    Ok(book.save_to_writer(out)?)
}

/// How the cells of a sheet are kept until the workbook is written.
#[derive(Clone, Copy)]
enum Kept {
    /// In memory: a chart looks at those that it is drawn of.
    Whole,
    /// On the disk, in the order in which they are written: row by row.
    RowByRow,
}

struct Styles {
    language: Language,
    head: Format,
    bold: Format,
    plain: Format,
    wrapped: Format,
    share: Format,
    whole: Format,
    day: Format,
}

impl Styles {
    fn new(look: &Look, language: Language) -> Self {
        let head = Format::new().set_bold().set_text_wrap().set_background_color(colour(&look.colours.band));
        let day = match language {
            Language::English => "yyyy-mm-dd",
            Language::German => "dd.mm.yyyy",
        };
        Self {
            language,
            head,
            bold: Format::new().set_bold(),
            plain: Format::new(),
            wrapped: Format::new().set_text_wrap(),
            share: Format::new().set_num_format("0.0%"),
            whole: Format::new().set_num_format("#,##0"),
            day: Format::new().set_num_format(day),
        }
    }

    fn number(&self, unit: &str, value: f64) -> &Format {
        match unit {
            "ratio" | "probability" => &self.share,
            _ if value.fract() == 0.0 => &self.whole,
            _ => &self.plain,
        }
    }
}

fn colour(hex: &str) -> Color {
    u32::from_str_radix(hex.trim_start_matches('#'), 16).map_or(Color::Default, Color::RGB)
}

/// A sheet that is written to, and its name.
struct Sheet<'b> {
    inner: &'b mut Worksheet,
    name: String,
}

/// A new sheet, of a name that a workbook takes and that no other has.
fn sheet<'b>(book: &'b mut Workbook, title: &str, names: &mut BTreeSet<String>, kept: Kept) -> Result<Sheet<'b>> {
    let fits = |c: char| !c.is_control() && !matches!(c, '*' | '?' | ':' | '[' | ']' | '\\' | '/' | '\'');
    let plain: String = title.chars().filter(|c| fits(*c)).collect();
    let base = match plain.trim() {
        "" => "Sheet",
        // Excel keeps that name for itself.
        name if name.eq_ignore_ascii_case("history") => "The history",
        name => name,
    };
    let mut name = short(base, 31);
    for n in 2.. {
        // Names that differ in case alone are one to Excel.
        if names.insert(name.to_lowercase()) {
            break;
        }
        let ending = format!(" {n}");
        name = format!("{}{ending}", short(base, 31 - ending.len()));
    }
    let inner = match kept {
        Kept::Whole => book.add_worksheet(),
        Kept::RowByRow => book.add_worksheet_with_constant_memory()?,
    };
    inner.set_name(&name)?;
    Ok(Sheet { inner, name })
}

/// So much of a text as has that many UTF-16 units, which Excel counts.
fn short(text: &str, most: usize) -> String {
    let mut left = most;
    let fits = |c: &char| {
        let needs = c.len_utf16();
        let fits = needs <= left;
        left = left.saturating_sub(needs);
        fits
    };
    text.chars().take_while(fits).collect::<String>().trim_end().to_owned()
}

impl Sheet<'_> {
    fn text(&mut self, row: u32, column: u16, text: &str, format: &Format) -> Result<()> {
        // XML has no place for control characters.
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        self.inner.write_string_with_format(row, column, short(&text, LETTERS), format)?;
        Ok(())
    }

    fn number(&mut self, row: u32, column: u16, number: f64, format: &Format) -> Result<()> {
        if number.is_finite() {
            self.inner.write_number_with_format(row, column, number, format)?;
        }
        Ok(())
    }

    fn cell(&mut self, row: u32, column: u16, cell: &Cell, of: &Column, styles: &Styles) -> Result<()> {
        match cell {
            Cell::Nothing => Ok(()),
            Cell::Text(text) => {
                self.text(row, column, text, if of.width > 8 { &styles.wrapped } else { &styles.plain })
            }
            Cell::Number(number) => self.number(row, column, *number, styles.number(&of.unit, *number)),
            Cell::Day(day) => match excel_day(*day) {
                Some(at) => {
                    self.inner.write_datetime_with_format(row, column, &at, &styles.day)?;
                    Ok(())
                }
                None => self.text(row, column, &styles.language.day(*day), &styles.plain),
            },
        }
    }
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, of_month).ok()
}

/// What the report is of, and what it says in words.
fn about(sheet: &mut Sheet<'_>, paper: &Paper, styles: &Styles) -> Result<()> {
    let (cover, language) = (&paper.cover, paper.cover.language);
    let mut facts = vec![
        (language.say("Report"), cover.title.clone()),
        (language.say("Organization"), cover.organization.clone()),
        (language.say("Period"), language.days(cover.from, cover.until)),
        (language.say("As of"), format!("{} ({})", cover.as_of_words, cover.time_zone)),
        (language.say("It is on"), cover.filter_words.clone()),
    ];
    facts.extend(cover.compared.iter().map(|with| (language.say("Held against"), with.clone())));
    facts.extend(paper.headline.iter().map(|sentence| (language.say("In short"), sentence.text.clone())));
    let texts =
        paper.sections.iter().flat_map(|section| section.text.iter().map(|text| (section.title.as_str(), text)));
    facts.extend(texts.map(|(title, text)| (title, text.clone())));
    facts.extend(paper.sources.iter().map(|source| {
        let values = [("connection", source.connection.as_str()), ("when", source.as_of.as_str())];
        (language.say("Source"), language.fill("{connection} as of {when}", &values))
    }));
    facts.extend(paper.notes.iter().map(|note| (language.say("Note"), note.clone())));
    sheet.inner.set_column_width(0, 16)?.set_column_width(1, 100)?;
    for (row, (name, value)) in (0..).zip(&facts) {
        sheet.text(row, 0, name, &styles.bold)?;
        sheet.text(row, 1, value, &styles.wrapped)?;
    }
    Ok(())
}

/// A table from a row on, its head in sight and each column to be filtered by.
fn rows(sheet: &mut Sheet<'_>, table: &Table, from: u32, styles: &Styles) -> Result<()> {
    for (at, column) in (0_u16..).zip(&table.columns) {
        sheet.text(from, at, &column.heading(styles.language), &styles.head)?;
        sheet.inner.set_column_width(at, f64::from(column.width.clamp(3, 20)) * 3.2)?;
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
    sheet.inner.set_freeze_panes(from + 1, 0)?;
    if let Some(last) = u16::try_from(table.columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.inner.autofilter(from, 0, row.max(from + 1), last)?;
    }
    Ok(())
}

/// A chart over what it draws, a column a line, and below that all of its data as rows.
fn charted(sheet: &mut Sheet<'_>, chart: &Chart, styles: &Styles, look: &Look) -> Result<()> {
    let drawn = drawn(chart);
    let most = drawn.lines.iter().flat_map(|(_, values)| values.iter().flatten()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let scaled = Scaled::of(&chart.unit, most);
    // A share stays one: its cells say per cent by their format.
    let (unit, by, format) = if chart.unit == "ratio" {
        (chart.language.say("ratio"), 1.0, &styles.share)
    } else {
        (chart.language.say(&scaled.unit), scaled.by, &styles.plain)
    };
    let head = UNDER_CHART;
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
        sheet.inner.insert_chart(0, 0, &native)?;
    }
    let below = ends + 3;
    sheet.text(below - 1, 0, chart.language.say("All of it, as it was measured"), &styles.bold)?;
    let all = of_chart(chart);
    rows(sheet, &all, below, styles)?;
    // The chart would be out of sight with a head that stays.
    sheet.inner.set_freeze_panes(0, 0)?;
    Ok(())
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
    for (index, column) in (0..columns).zip(1_u16..) {
        let colours = &look.colours.series;
        let own = colour(colours.get(index % colours.len().max(1)).unwrap_or(&look.colours.accent));
        let series = native.add_series();
        series.set_categories((sheet, head + 1, 0, ends, 0)).set_values((sheet, head + 1, column, ends, column));
        series.set_name((sheet, head, column));
        if chart.shape == Shape::Line {
            series.set_format(NativeLine::new().set_color(own).set_width(2));
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
    use super::super::paper::Section;
    use super::super::paper::tests::paper;
    use super::*;
    use std::io::Read as _;

    fn written(rows: Rows) -> Vec<u8> {
        let columns = vec![Column::text("Name", 5), Column::number("Hours", "hours"), Column::day("Day")];
        let table = Table { title: "Many".into(), columns, rows, none: "There are none.".into() };
        let parts = vec![Part::Table(table)];
        let paper = paper(vec![Section { title: "Rows".into(), text: Vec::new(), parts }]);
        let mut out = Vec::new();
        xlsx(&paper, &Look::default(), &mut out).unwrap();
        out
    }

    /// The second sheet of a workbook, as XML.
    fn second_sheet(book: Vec<u8>) -> String {
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        let mut text = String::new();
        book.by_name("xl/worksheets/sheet2.xml").unwrap().read_to_string(&mut text).unwrap();
        text
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
