//! The sheets of a workbook: what they are called, how their cells look, and what a cell can hold.

use super::super::look::Look;
use super::super::paper::{Cell, Column};
use super::super::tables::endless;
use crate::Result;
use crate::texts::Language;
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use rust_xlsxwriter::{Color, ExcelDateTime, Format, Workbook, Worksheet};
use std::collections::BTreeSet;

/// How many letters a cell can hold: beyond that nothing is written.
const LETTERS: usize = 32_767;
/// The largest number of a cell: a larger one stands there as text.
const LARGEST: f64 = 9.999_999_999_999_99e307;

/// How the cells of a sheet are kept until the workbook is written.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    /// In memory: a chart looks at those that it is drawn of.
    Whole,
    /// On the disk, in the order in which they are written: row by row.
    RowByRow,
}

/// How cells look.
pub(super) struct Styles {
    pub(super) language: Language,
    pub(super) head: Format,
    pub(super) bold: Format,
    pub(super) plain: Format,
    pub(super) wrapped: Format,
    pub(super) share: Format,
    whole: Format,
    day: Format,
    time: Format,
}

impl Styles {
    pub(super) fn new(look: &Look, language: Language) -> Self {
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
            time: Format::new().set_num_format(format!("{day} hh:mm:ss")),
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

pub(super) fn colour(hex: &str) -> Color {
    u32::from_str_radix(hex.trim_start_matches('#'), 16).map_or(Color::Default, Color::RGB)
}

/// A sheet that is written to, and its name.
pub(super) struct Sheet<'b> {
    pub(super) inner: &'b mut Worksheet,
    pub(super) name: String,
    /// How wide its columns are.
    widths: Vec<f64>,
}

/// A new sheet, of a name that a workbook takes and that no other has.
pub(super) fn sheet<'b>(
    book: &'b mut Workbook,
    title: &str,
    names: &mut BTreeSet<String>,
    kept: Kept,
) -> Result<Sheet<'b>> {
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
    Ok(Sheet { inner, name, widths: Vec::new() })
}

/// So much of a text as has that many UTF-16 units, which Excel counts.
pub(super) fn short(text: &str, most: usize) -> String {
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
    pub(super) fn text(&mut self, row: u32, column: u16, text: &str, format: &Format) -> Result<()> {
        // XML has no place for control characters.
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        self.inner.write_string_with_format(row, column, short(&text, LETTERS), format)?;
        Ok(())
    }

    pub(super) fn number(&mut self, row: u32, column: u16, number: f64, format: &Format) -> Result<()> {
        if number.abs() <= LARGEST {
            self.inner.write_number_with_format(row, column, number, format)?;
        } else if number.is_finite() {
            self.text(row, column, &format!("{number:e}"), format)?;
        } else if number.is_infinite() {
            self.text(row, column, endless(number), format)?;
        }
        Ok(())
    }

    /// Makes a column at least so wide.
    pub(super) fn widen(&mut self, column: u16, width: f64) -> Result<()> {
        let at = usize::from(column);
        if self.widths.len() <= at {
            self.widths.resize(at + 1, 0.0);
        }
        if let Some(known) = self.widths.get_mut(at).filter(|known| **known < width) {
            *known = width;
            self.inner.set_column_width(column, width)?;
        }
        Ok(())
    }

    pub(super) fn cell(&mut self, row: u32, column: u16, cell: &Cell, of: &Column, styles: &Styles) -> Result<()> {
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
            Cell::Time(clock) => match excel_time(clock.at) {
                Some(at) => {
                    self.inner.write_datetime_with_format(row, column, &at, &styles.time)?;
                    Ok(())
                }
                None => self.text(row, column, &styles.language.time(clock.at), &styles.plain),
            },
        }
    }
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, of_month).ok()
}

fn excel_time(at: NaiveDateTime) -> Option<ExcelDateTime> {
    let of_day = |part: u32| u8::try_from(part).ok();
    let (minute, second) = (of_day(at.minute())?, of_day(at.second())?);
    // A cell tells thousandths. A second that clocks put in is told as the last.
    let milli = u16::try_from(at.nanosecond() / 1_000_000).ok()?.min(999);
    excel_day(at.date())?.and_hms_milli(u16::from(of_day(at.hour())?), minute, second, milli).ok()
}
