//! A report as HTML that mail programs show: tables, styles beside what they style, no script, and nothing from elsewhere; and as the
//! text that stands beside it.

use super::chart::{Scaled, TOO_LARGE, alternative, drawn, leaves_out};
use super::look::Look;
use super::paper::{Cell, Chart, Defined, Paper, Part, Table, Tile};
use super::tables::{aim, is_right, is_shown, of_sources, rests_on, words};
use crate::texts::Language;
use std::borrow::Cow;
use std::fmt::Write as _;

/// How many rows of a table are shown: a mail should stay one.
const ROWS: usize = 50;
/// How many columns a table has at most that is set in the size of the others.
const ABREAST: usize = 6;
/// How wide the largest bar of a chart is, in pixels.
const BAR: f64 = 240.0;

/// A report as one HTML document.
pub(super) fn html(paper: &Paper, look: &Look) -> String {
    let (cover, colours) = (&paper.cover, &look.colours);
    let language = cover.language;
    let page = Page { ink: &colours.ink, soft: &colours.soft, line: &colours.line, look, language };
    let mut body = String::new();
    page.p(&mut body, &cover.organization, 13, &colours.accent);
    let _ =
        write!(body, "<h1 style=\"margin:0 0 6px;font-size:26px;color:{}\">{}</h1>", page.ink, escaped(&cover.title));
    page.p(&mut body, &cover.description, 14, page.soft);
    page.p(&mut body, &language.days(cover.from, cover.until), 16, page.ink);
    let mut facts = as_of(paper);
    if let Some(with) = &cover.compared {
        facts.push_str(&language.fill(", held against {what}", &[("what", with)]));
    }
    page.p(&mut body, &facts, 12, page.soft);
    if !paper.headline.is_empty() {
        page.heading(&mut body, language.say("In short"));
        for sentence in &paper.headline {
            page.p(&mut body, &format!("• {}", sentence.text), 14, page.ink);
        }
    }
    for section in &paper.sections {
        page.heading(&mut body, &section.title);
        for text in &section.text {
            page.p(&mut body, text, 14, page.ink);
        }
        for part in &section.parts {
            match part {
                Part::Tiles(tiles) => page.tiles(&mut body, tiles),
                Part::Chart(chart) => page.chart(&mut body, chart),
                Part::Table(table) => {
                    // What is alone is what its section is called.
                    if section.parts.len() > 1 {
                        page.part(&mut body, &table.title);
                    }
                    page.table(&mut body, table);
                }
            }
        }
    }
    for (heading, lines) in appendix(paper) {
        page.heading(&mut body, heading);
        for line in lines {
            page.p(&mut body, &line, 11, page.soft);
        }
    }
    for note in &paper.notes {
        page.p(&mut body, note, 11, page.soft);
    }
    let (title, font) = (escaped(&cover.title), "Inter,Arial,Helvetica,sans-serif");
    format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body style=\"margin:0;background:{ground};font-family:{font};color:{ink}\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\" style=\"padding:24px 8px\">\
         <table role=\"presentation\" width=\"680\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:680px;width:100%;background:#ffffff\"><tr><td style=\"padding:28px\"><div role=\"main\">{body}</div></td></tr></table>\
         </td></tr></table></body></html>\n",
        ground = colours.sunken,
        ink = page.ink,
        lang = language.code(),
    )
}

/// Of when a report is, and what it is on.
fn as_of(paper: &Paper) -> String {
    let cover = &paper.cover;
    let values = [("when", &cover.as_of_words), ("zone", &cover.time_zone), ("what", &cover.filter_words)];
    cover.language.fill("As of {when} ({zone}), on {what}", &values.map(|(name, value)| (name, value.as_str())))
}

/// What the figures rest on, a line each under its heading: when each source was last read, and how each metric is defined.
fn appendix(paper: &Paper) -> impl Iterator<Item = (&str, Vec<String>)> {
    let (sources, language) = (of_sources(paper), paper.cover.language);
    let read = |row: Cow<'_, [Cell]>| {
        let cells = row.iter().zip(&sources.columns).map(|(cell, column)| words(cell, column, language));
        cells.collect::<Vec<_>>().join(": ")
    };
    let defined = |of: &Defined| {
        language.fill(
            "{title} ({metric}, version {version}, in {unit}): {description} {formula}.",
            &[
                ("title", &of.title),
                ("metric", &of.metric),
                ("version", &of.version.to_string()),
                ("unit", &of.unit),
                ("description", &of.description),
                ("formula", &of.formula),
            ],
        )
    };
    let parts: [(&str, Vec<String>); 2] = [
        (language.say("When each source was last read"), sources.rows.iter().map(read).collect()),
        (language.say("Definitions"), paper.definitions.iter().map(defined).collect()),
    ];
    parts.into_iter().filter(|(_, lines)| !lines.is_empty())
}

struct Page<'a> {
    ink: &'a str,
    soft: &'a str,
    line: &'a str,
    look: &'a Look,
    language: Language,
}

// Writing to a String cannot fail.
impl Page<'_> {
    fn p(&self, out: &mut String, text: &str, size: u32, colour: &str) {
        let text = escaped(text);
        let _ =
            write!(out, "<p style=\"margin:0 0 8px;font-size:{size}px;line-height:1.45;color:{colour}\">{text}</p>");
    }

    fn heading(&self, out: &mut String, text: &str) {
        let (ink, text) = (self.ink, escaped(text));
        let _ = write!(out, "<h2 style=\"margin:28px 0 10px;font-size:18px;color:{ink}\">{text}</h2>");
    }

    fn part(&self, out: &mut String, text: &str) {
        let (ink, text) = (self.ink, escaped(text));
        let _ = write!(out, "<h3 style=\"margin:18px 0 6px;font-size:14px;color:{ink}\">{text}</h3>");
    }

    /// The colour of what is for the better, for the worse, or neither; words beside it say so, too.
    fn judged(&self, better: Option<bool>) -> &str {
        match better {
            Some(true) => &self.look.colours.good,
            Some(false) => &self.look.colours.bad,
            None => self.soft,
        }
    }

    fn tiles(&self, out: &mut String, tiles: &[Tile]) {
        let (line, soft, ink) = (self.line, self.soft, self.ink);
        out.push_str("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"6\">");
        for row in tiles.chunks(3) {
            out.push_str("<tr>");
            for tile in row {
                let colour = self.judged(tile.better);
                let change = tile.change_words.as_deref().unwrap_or_default();
                let _ = write!(
                    out,
                    "<td width=\"33%\" valign=\"top\" style=\"border:1px solid {line};padding:10px\">\
                     <div style=\"font-size:12px;color:{soft}\">{}</div><div style=\"font-size:22px;font-weight:bold;color:{ink}\">{}</div>\
                     <div style=\"font-size:12px;color:{colour}\">{}</div><div style=\"font-size:11px;color:{soft}\">{}</div>",
                    escaped(&tile.title),
                    escaped(&tile.shown),
                    escaped(change),
                    escaped(&rests_on(tile, self.language))
                );
                if let Some(aim) = aim(tile, self.language) {
                    let colour = self.judged(tile.meets_target);
                    let _ = write!(out, "<div style=\"font-size:11px;color:{colour}\">{}</div>", escaped(&aim));
                }
                if let Some(standing) = &tile.standing {
                    let _ = write!(out, "<div style=\"font-size:11px;color:{soft}\">{}</div>", escaped(standing));
                }
                out.push_str("</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("</table>");
    }

    /// Bars made of cells: most mail programs show no drawing that is not a picture from elsewhere.
    fn chart(&self, out: &mut String, chart: &Chart) {
        let (ink, soft) = (self.ink, self.soft);
        self.part(out, &format!("{}{}", chart.title, self.language.by(chart.by)));
        let drawn = drawn(chart);
        let [(_, values)] = drawn.lines.as_slice() else {
            // Several lines are told in words; the attached files draw them.
            return self.p(out, &alternative(chart), 12, soft);
        };
        let most = values.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
        let scaled = Scaled::of(&chart.unit, most);
        let said = self.language.fill("in {unit}", &[("unit", self.language.say(&scaled.unit))]);
        self.p(out, &said, 11, soft);
        let bar = self.look.colours.series.first().map_or(ink, String::as_str);
        out.push_str("<table cellpadding=\"0\" cellspacing=\"2\">");
        // What is below 0 goes the other way.
        let has_below = values.iter().flatten().any(|value| *value < 0.0);
        let room = if has_below { BAR / 2.0 } else { BAR };
        let drawn_to = |value: f64| {
            let wide = if value > 0.0 { value / most * room } else { 0.0 };
            format!(
                "<div style=\"display:inline-block;background:{bar};height:10px;width:{wide:.0}px;font-size:0;line-height:0\">&nbsp;</div>"
            )
        };
        for (label, value) in chart.labels.iter().zip(values) {
            let known = value.unwrap_or_default();
            let shown = value.map_or_else(|| "–".to_owned(), |value| self.language.quantity(value, &chart.unit));
            let _ =
                write!(out, "<tr><td style=\"font-size:11px;color:{soft};padding-right:6px\">{}</td>", escaped(label));
            if has_below {
                let _ = write!(out, "<td align=\"right\" width=\"{room:.0}\">{}</td>", drawn_to(-known));
            }
            let _ = write!(
                out,
                "<td>{}</td><td style=\"font-size:11px;color:{ink}\">{}</td></tr>",
                drawn_to(known),
                escaped(&shown)
            );
        }
        out.push_str("</table>");
        if leaves_out(chart) {
            self.p(out, self.language.say(TOO_LARGE), 11, soft);
        }
    }

    fn table(&self, out: &mut String, table: &Table) {
        let (line, ink, soft) = (self.line, self.ink, self.soft);
        if table.rows.is_empty() {
            return self.p(out, &table.none, 13, soft);
        }
        let side = |right: bool| if right { "right" } else { "left" };
        let shown = || table.columns.iter().enumerate().filter(|(_, column)| is_shown(column));
        // What has many columns is set smaller, so that it is no wider than a mail: mail programs cut off, or shrink, what is.
        let (head, size, padding) = if shown().count() > ABREAST { (10, 10, 3) } else { (11, 12, 5) };
        let _ = write!(
            out,
            "<table width=\"100%\" cellpadding=\"{padding}\" cellspacing=\"0\" style=\"border-collapse:collapse;margin:0 0 12px\"><tr>"
        );
        for (_, column) in shown() {
            let _ = write!(
                out,
                "<th align=\"{}\" style=\"font-size:{head}px;color:{soft};border-bottom:2px solid {line}\">{}</th>",
                side(is_right(column)),
                escaped(&column.title)
            );
        }
        out.push_str("</tr>");
        for row in table.rows.iter().take(ROWS) {
            out.push_str("<tr>");
            for (at, column) in shown() {
                let text = row.get(at).map(|cell| words(cell, column, self.language)).unwrap_or_default();
                let _ = write!(
                    out,
                    "<td align=\"{}\" valign=\"top\" style=\"font-size:{size}px;color:{ink};border-bottom:1px solid {line}\">{}</td>",
                    side(is_right(column)),
                    escaped(&text)
                );
            }
            out.push_str("</tr>");
        }
        out.push_str("</table>");
        if let Some(said) = left_out(table, self.language) {
            self.p(out, &said, 11, soft);
        }
    }
}

/// What is said of the rows of a table that are not shown, where there are any.
fn left_out(table: &Table, language: Language) -> Option<String> {
    let values = [("shown", ROWS.to_string()), ("all", table.rows.len().to_string())];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    (table.rows.len() > ROWS).then(|| language.fill("These are the first {shown} of {all} rows.", &values))
}

/// Text that HTML takes as text; control characters are left out.
fn escaped(text: &str) -> String {
    super::chart::escaped(text)
}

/// A report as plain text: what a mail shows where HTML is not shown.
pub(super) fn text(paper: &Paper) -> String {
    let cover = &paper.cover;
    let mut lines = vec![
        cover.organization.clone(),
        cover.title.clone(),
        cover.language.days(cover.from, cover.until),
        as_of(paper),
        String::new(),
    ];
    lines.extend(paper.headline.iter().map(|sentence| format!("- {}", sentence.text)));
    for section in &paper.sections {
        lines.extend([String::new(), section.title.to_uppercase()]);
        lines.extend(section.text.iter().cloned());
        for part in &section.parts {
            if let (Part::Table(table), true) = (part, section.parts.len() > 1) {
                lines.push(format!("{}:", table.title));
            }
            match part {
                Part::Tiles(tiles) => lines.extend(tiles.iter().map(|tile| {
                    let change = tile.change_words.as_deref().map(|change| format!(", {change}")).unwrap_or_default();
                    let beside =
                        [Some(rests_on(tile, cover.language)), aim(tile, cover.language), tile.standing.clone()];
                    let beside =
                        beside.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
                    format!("{}: {}{change} ({beside})", tile.title, tile.shown)
                })),
                Part::Chart(chart) => lines.push(alternative(chart)),
                Part::Table(table) if table.rows.is_empty() => lines.push(table.none.clone()),
                Part::Table(table) => {
                    let shown = || table.columns.iter().enumerate().filter(|(_, column)| is_shown(column));
                    for row in table.rows.iter().take(ROWS) {
                        let cells = shown().filter_map(|(at, column)| {
                            Some(format!("{}: {}", column.title, words(row.get(at)?, column, cover.language)))
                        });
                        lines.push(cells.collect::<Vec<_>>().join("; "));
                    }
                    lines.extend(left_out(table, cover.language));
                }
            }
        }
    }
    for (heading, told) in appendix(paper) {
        lines.extend([String::new(), heading.to_uppercase()]);
        lines.extend(told);
    }
    lines.push(String::new());
    lines.extend(paper.notes.iter().cloned());
    lines.push(String::new());
    crate::output::plain(&lines.join("\n")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::paper::tests::paper;
    use super::super::paper::{Column, Section};
    use super::*;
    use crate::dashboards::State;
    use crate::report::SourceTime;
    use pulse_engine::metrics::{Direction, Kind};

    #[test]
    fn a_tile_says_what_is_aimed_at_and_how_little_it_rests_on_in_a_mail_too() {
        let tile = Tile {
            metric: "throughput".into(),
            title: "Throughput".into(),
            unit: "items per week".into(),
            direction: Direction::Higher,
            kind: Kind::Count,
            state: State::NotEnough,
            value: Some(2.0),
            n: 2,
            p90: None,
            shown: "2 items per week".into(),
            details: "n = 2".into(),
            before: None,
            change: None,
            change_words: None,
            better: None,
            target: Some(3.0),
            meets_target: Some(false),
            standing: Some("Medium, 2025".into()),
            evidence: String::new(),
        };
        let paper = paper(vec![Section { title: "S".into(), text: Vec::new(), parts: vec![Part::Tiles(vec![tile])] }]);
        let (look, target) = (Look::default(), Language::English.quantity(3.0, "items per week"));
        let page = html(&paper, &look);
        for said in ["few observations: n = 2", "Medium, 2025"] {
            assert!(page.contains(said), "{said} is missing: {page}");
        }
        let missed = format!("color:{}\">target {target}, not met</div>", look.colours.bad);
        assert!(page.contains(&missed), "{missed} is missing: {page}");
        let told =
            format!("Throughput: 2 items per week (few observations: n = 2; target {target}, not met; Medium, 2025)");
        assert!(text(&paper).contains(&told), "{}", text(&paper));
    }

    #[test]
    fn a_mail_and_its_text_end_with_when_each_source_was_read_and_with_the_version_of_each_definition() {
        let mut paper = paper(Vec::new());
        for of in [html(&paper, &Look::default()), text(&paper)] {
            assert!(!of.to_uppercase().contains("SOURCE") && !of.to_uppercase().contains("DEFINITION"), "{of}");
        }
        paper.sources =
            vec![SourceTime { connection: "push:<acme>".into(), as_of: "2026-04-01T22:30:00+00:00".into() }];
        paper.cover.time_zone = "Europe/Berlin".into();
        paper.definitions = vec![Defined {
            metric: "wip".into(),
            title: "Work in progress".into(),
            version: 3,
            unit: "items".into(),
            description: "What is open.".into(),
            formula: "count of open items".into(),
            source: String::new(),
        }];
        let page = html(&paper, &Look::default());
        let told = text(&paper);
        let defined = "Work in progress (wip, version 3, in items): What is open. count of open items.";
        assert!(told.contains("WHEN EACH SOURCE WAS LAST READ\npush:<acme>: 2 April 2026, 00:30\n"), "{told}");
        assert!(told.contains(&format!("DEFINITIONS\n{defined}\n")), "{told}");
        assert!(page.contains("push:&lt;acme&gt;: 2 April 2026, 00:30</p>") && page.contains(defined), "{page}");
    }

    #[test]
    fn a_table_of_many_columns_is_set_smaller_so_that_it_fits_a_mail() {
        let sizes = |columns: usize| {
            // What files of rows alone have takes no room.
            let aside = Column { width: 0, ..Column::number("Aside", "") };
            let columns: Vec<Column> = (0..columns).map(|_| Column::number("N", "")).chain([aside]).collect();
            let rows = [columns.iter().map(|_| Cell::Number(1.0)).collect::<Vec<_>>()].into_iter().collect();
            let parts = vec![Part::Table(Table { title: "T".into(), columns, rows, none: String::new() })];
            let page = html(&paper(vec![Section { title: "S".into(), text: Vec::new(), parts }]), &Look::default());
            assert!(!page.contains("Aside"), "{page}");
            ["cellpadding=\"3\"", "<td align=\"right\" valign=\"top\" style=\"font-size:10px"]
                .map(|small| page.contains(small))
        };
        assert_eq!((sizes(6), sizes(7)), ([false; 2], [true; 2]));
    }

    #[test]
    fn tables_of_one_section_are_told_apart_by_their_titles() {
        let table = |title: &str| {
            let rows = [vec![Cell::Number(1.0)]].into_iter().collect();
            Part::Table(Table {
                title: title.into(),
                columns: vec![Column::number("N", "")],
                rows,
                none: String::new(),
            })
        };
        let told = |parts: Vec<Part>| {
            let paper = paper(vec![Section { title: "Risks".into(), text: Vec::new(), parts }]);
            (html(&paper, &Look::default()), text(&paper))
        };
        let (page, said) = told(vec![table("Projects"), table("What was <found>")]);
        assert!(page.contains(">Projects</h3>") && page.contains(">What was &lt;found&gt;</h3>"), "{page}");
        assert!(said.contains("RISKS\nProjects:\nN: 1\nWhat was <found>:\nN: 1\n"), "{said}");
        let (page, said) = told(vec![table("Risks")]);
        assert!(!page.contains("<h3") && said.contains("RISKS\nN: 1\n"), "{page}\n{said}");
    }

    #[test]
    fn rows_that_a_mail_does_not_show_are_said_so_in_its_text_too() {
        let said = |rows: usize| {
            let rows = (0..rows).map(|n| vec![Cell::Number(n as f64)]).collect();
            let table = Table { title: "T".into(), columns: vec![Column::number("N", "")], rows, none: String::new() };
            let parts = vec![Part::Table(table)];
            let paper = paper(vec![Section { title: "S".into(), text: Vec::new(), parts }]);
            [html(&paper, &Look::default()), text(&paper)]
                .map(|file| file.contains("These are the first 50 of 51 rows."))
        };
        assert_eq!((said(51), said(50)), ([true; 2], [false; 2]));
    }
}
