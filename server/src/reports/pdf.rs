//! A report as PDF, set by Typst from one template: tagged, as PDF/UA-1 asks for, and for the same report the same bytes. What stands
//! at its beginning is a picture, too.

use super::chart;
use super::desk::{Desk, Faces, broken, unset};
use super::look::Look;
use super::paper::{Cell, Chart, Defined, Paper, Part, Section, Table, Tile};
use super::tables::{aim, is_right, is_shown, of_sources, rests_on, words};
use crate::Result;
use crate::texts::Language;
use chrono::{DateTime, Datelike as _, Timelike as _};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use typst::foundations::{Bytes, Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use typst_render::RenderOptions;

const TEMPLATE: &str = include_str!("report.typ");
/// A page with letters of several alphabets in each weight.
const SAMPLE: &str = "#set document(title: \"Sample\")\n#set text(font: json(\"report.json\"), lang: \"en\")\n\
    #for weight in (400, 500, 600, 700) [#text(weight: weight)[AaZz 0123456789 – Größe Ωμέγα Привет] \\ ]\n";
/// How many rows of a table are set: of more the first, and the files of rows have all.
const ROWS: usize = 500;
/// How many letters that no font has are named.
const NAMED: usize = 8;
/// How wide a chart is drawn beside another, and alone, in points.
const HALF: f64 = 240.0;
const WHOLE: f64 = 495.0;
/// After how many letters without a place to break one is made, and in a heading.
const UNBROKEN: usize = 18;
const LONGEST_WORD: usize = 28;

/// Sets a report. It takes a processor for a while, and its stack is the caller's: it is for a thread where that may be.
///
/// # Errors
/// When the report cannot be set, which says where.
pub(super) fn pdf(paper: &Paper, look: &Look) -> Result<Vec<u8>> {
    let desk = desk(paper, look, false)?;
    let document = desk.set()?;
    let at = DateTime::from_timestamp_micros(paper.cover.as_of).unwrap_or_default();
    let clock = || {
        let (month, day) = (u8::try_from(at.month()).ok()?, u8::try_from(at.day()).ok()?);
        let time = [at.hour(), at.minute(), at.second()].map(|part| u8::try_from(part).unwrap_or_default());
        Datetime::from_ymd_hms(at.year(), month, day, time[0], time[1], time[2])
    };
    let options = PdfOptions {
        // Two reports that say the same are the same document.
        ident: Smart::Custom(crate::secret::sum(desk.data())),
        creator: Smart::Custom(Some(look.name.clone())),
        timestamp: clock().map(Timestamp::new_utc),
        ..PdfOptions::default()
    };
    written(&document, options)
}

/// Sets a card: headline and first figures of a report, as a picture in PNG.
///
/// # Errors
/// As [`pdf`].
pub(super) fn png(paper: &Paper, look: &Look) -> Result<Vec<u8>> {
    let document = desk(paper, look, true)?.set()?;
    let page = document.pages().first().ok_or_else(|| broken("it has no page"))?;
    typst_render::render(page, &RenderOptions::default()).encode_png().map_err(|error| broken(&error.to_string()))
}

/// Sets a page to try fonts with.
///
/// # Errors
/// As [`pdf`].
pub(super) fn sample(faces: Faces) -> Result<Vec<u8>> {
    let families = serde_json::to_string(&faces.families())?;
    written(&Desk::new(faces, SAMPLE, families, Bytes::new(Vec::<u8>::new()))?.set()?, PdfOptions::default())
}

/// Pages as a file, as PDF/UA-1 asks for.
fn written(document: &PagedDocument, options: PdfOptions) -> Result<Vec<u8>> {
    let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| broken(error.message()))?;
    typst_pdf::pdf(document, &PdfOptions { standards, ..options }).map_err(|errors| unset(&errors))
}

fn desk(paper: &Paper, look: &Look, is_card: bool) -> Result<Desk> {
    let faces = Faces::with(&look.fonts);
    let data = data(paper, look, &faces, is_card)?;
    Desk::new(faces, TEMPLATE, data, Bytes::new(look.logo.bytes.clone()))
}

/// What the template shows.
fn data(paper: &Paper, look: &Look, faces: &Faces, is_card: bool) -> Result<String> {
    let (cover, language) = (&paper.cover, paper.cover.language);
    let drawn = language.days(cover.trend_from, cover.until);
    let drawn = [("days", drawn.as_str()), ("grain", language.say(cover.grain.name()))];
    let mut facts = vec![
        (language.say("As of"), format!("{} ({})", cover.as_of_words, cover.time_zone)),
        (language.say("Period"), format!("{} ({})", language.days(cover.from, cover.until), cover.period)),
        (language.say("Drawn over time"), language.fill("{days}, by {grain}", &drawn)),
        (language.say("It is on"), cover.filter_words.clone()),
    ];
    facts.extend(cover.compared.iter().map(|with| (language.say("Held against"), with.clone())));
    if cover.sample {
        facts.push((language.say("Data"), language.say("made up").to_owned()));
    }
    let value = json!({
        "look": look,
        "language": language,
        "words": words_of_the_template(language),
        "fonts": faces.families(),
        "card": is_card,
        "mark": if look.logo.is_drawing { "svg" } else { "png" },
        "cover": {
            "title": cover.title,
            "heading": heading(&cover.title),
            "description": cover.description,
            "organization": cover.organization,
            "days": language.days(cover.from, cover.until),
            "as_of_words": cover.as_of_words,
            "time_zone": cover.time_zone,
            "facts": facts,
        },
        "headline": paper.headline.iter().map(|sentence| &sentence.text).collect::<Vec<_>>(),
        "sections": paper.sections.iter().map(|of| section(of, look, language)).collect::<Vec<_>>(),
        "notes": paper.notes,
        "sources": table(&of_sources(paper), language),
        "definitions": paper.definitions.iter().map(|of| defined(of, language)).collect::<Vec<_>>(),
    });
    let mut boxed = BTreeSet::new();
    let mut value = plain(value, faces, &mut boxed);
    if let Some(notes) = value.get_mut("notes").and_then(Value::as_array_mut) {
        notes.extend(boxes(&boxed, language).map(Value::String));
    }
    Ok(serde_json::to_string(&value)?)
}

/// What is to be known of letters that no font has, where there are any: by how Unicode counts them, since they cannot be shown.
fn boxes(boxed: &BTreeSet<char>, language: Language) -> Option<String> {
    if boxed.is_empty() {
        return None;
    }
    let names: Vec<String> = boxed.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    let values = [("count", names.len().to_string()), ("which", language.some(&names, NAMED))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    Some(language.fill(
        "Characters that no font of this report has stand as boxes: {count}, which are {which}. As HTML, XLSX and JSON it has them.",
        &values,
    ))
}

/// What the template says by itself.
fn words_of_the_template(language: Language) -> Value {
    json!({
        "as_of": language.say("as of"),
        "As_of": language.say("As of"),
        "page": language.say("Page"),
        "of": language.say("of"),
        "in_short": language.say("In short"),
        "how": language.say("How to read this report"),
        "read": language.say("When each source was last read"),
        "definitions": language.say("Definitions"),
    })
}

/// How a metric is defined.
fn defined(of: &Defined, language: Language) -> Value {
    let version = language.fill("version {version}", &[("version", &of.version.to_string())]);
    let unit = language.fill("in {unit}", &[("unit", &of.unit)]);
    let values = [("formula", of.formula.as_str()), ("source", of.source.as_str())];
    json!({
        "title": of.title,
        "about": format!("{} · {version} · {unit}", of.metric),
        "description": of.description,
        "rests_on": language.fill("{formula}. Source: {source}.", &values),
    })
}

/// The same with texts as pages can show them. Letters that they cannot are among the boxed then.
fn plain(value: Value, faces: &Faces, boxed: &mut BTreeSet<char>) -> Value {
    match value {
        Value::String(text) => Value::String(shown(&text, faces, boxed)),
        Value::Array(items) => items.into_iter().map(|item| plain(item, faces, boxed)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, plain(value, faces, boxed))).collect(),
        other => other,
    }
}

/// A text without what is no letter of it: control characters, and marks that turn the direction of what follows. In the place of a
/// letter that no font has stands a box: PDF/UA allows none that is missing.
fn shown(text: &str, faces: &Faces, boxed: &mut BTreeSet<char>) -> String {
    let known = |c: char| matches!(c, '\n' | ' ') || faces.have(c);
    let barred = |c: &char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (c.is_control() && *c != '\n')
    };
    let letter = |c: char| {
        if known(c) {
            return c;
        }
        boxed.insert(c);
        '\u{25a1}'
    };
    text.chars().filter(|c| !barred(c)).map(letter).collect()
}

fn section(of: &Section, look: &Look, language: Language) -> Value {
    let charts: Vec<&Chart> =
        of.parts.iter().filter_map(|part| if let Part::Chart(chart) = part { Some(chart) } else { None }).collect();
    let mut parts: Vec<Value> = Vec::new();
    if !charts.is_empty() {
        let wide = if charts.len() == 1 { WHOLE } else { HALF };
        let drawn = charts.iter().map(|of| {
            json!({
                "title": of.title,
                "by": language.by(of.by).trim_start(),
                "svg": chart::svg(of, look, wide),
                "alt": chart::alternative(of),
                "caption": chart::caption(of),
            })
        });
        parts.push(json!({"kind": "charts", "charts": drawn.collect::<Vec<_>>()}));
    }
    for part in &of.parts {
        match part {
            Part::Chart(_) => {}
            Part::Tiles(all) => {
                parts.push(
                    json!({"kind": "tiles", "tiles": all.iter().map(|of| tile(of, language)).collect::<Vec<_>>()}),
                );
            }
            Part::Table(of) => parts.push(json!({"kind": "table", "table": table(of, language)})),
        }
    }
    json!({"title": heading(&of.title), "text": of.text, "parts": parts})
}

fn tile(of: &Tile, language: Language) -> Value {
    json!({
        "title": of.title,
        "known": of.value.is_some(),
        "shown": of.shown,
        "change": of.change_words,
        "better": of.better,
        "details": rests_on(of, language),
        "target": aim(of, language),
        "meets": of.meets_target,
        "standing": of.standing,
    })
}

fn table(of: &Table, language: Language) -> Value {
    let shown: Vec<usize> =
        of.columns.iter().enumerate().filter(|(_, column)| is_shown(column)).map(|(at, _)| at).collect();
    let columns = shown
        .iter()
        .filter_map(|at| of.columns.get(*at))
        .map(|column| json!({"title": heading(&column.title), "right": is_right(column), "width": column.width}));
    let row = |row: Cow<'_, [Cell]>| -> Vec<String> {
        let cells = shown.iter().filter_map(|at| Some(words(row.get(*at)?, of.columns.get(*at)?, language)));
        cells.map(|text| breakable(&text)).collect()
    };
    let said = (of.rows.len() > ROWS).then(|| {
        language.fill(
            "These are the first {shown} of {all} rows; as XLSX, CSV and JSON the report has all.",
            &[("shown", &ROWS.to_string()), ("all", &of.rows.len().to_string())],
        )
    });
    json!({
        "title": heading(&of.title),
        "columns": columns.collect::<Vec<_>>(),
        "rows": of.rows.iter().take(ROWS).map(row).collect::<Vec<_>>(),
        "none": of.none,
        "said": said,
    })
}

/// The text with places to break in words that are too long for a column: after what parts ids and paths, or anywhere.
fn breakable(text: &str) -> String {
    with_breaks(text, UNBROKEN)
}

/// The same of a heading, whose long words are mostly those of a language, which break where that has a hyphen.
fn heading(text: &str) -> String {
    with_breaks(text, LONGEST_WORD)
}

/// The text with places to break in long words: after what parts ids and paths, and where there is none for so many letters.
fn with_breaks(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        if word.chars().count() <= UNBROKEN {
            out.push_str(word);
            continue;
        }
        let mut since = 0;
        for letter in word.chars() {
            out.push(letter);
            since += 1;
            if matches!(letter, ':' | '/' | '.' | '_' | '-' | '@') || since >= most {
                out.push('\u{200b}');
                since = 0;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::fonts::tests::squares;
    use super::super::fonts::{Face, Weight};
    use super::super::paper::Column;
    use super::super::paper::tests::paper;
    use super::*;

    #[test]
    fn letters_that_the_font_does_not_have_are_boxes_and_nothing_turns_the_text_around() {
        let inter = Faces::with(&[]);
        let shown = |text: &str, faces: &Faces| super::shown(text, faces, &mut BTreeSet::new());
        assert_eq!(shown("Größe · Ωμέγα · Привет – 1\u{200b}2", &inter), "Größe · Ωμέγα · Привет – 1\u{200b}2");
        assert_eq!(shown("a\u{202e}b\u{7}c 中😀", &inter), "abc □□");
        assert_eq!(shown("中😀", &Faces::with(&[squares(Weight::Regular)])), "中□");
    }

    #[test]
    fn letters_that_stand_as_boxes_are_told_of_once_in_the_notes() {
        let text = vec!["中 a 😀 中 é".to_owned()];
        let mut paper = paper(vec![Section { title: "中".into(), text, parts: Vec::new() }]);
        let notes = |paper: &Paper, faces: Faces| -> Value {
            let data = data(paper, &Look::default(), &faces, false).unwrap();
            serde_json::from_str::<Value>(&data).unwrap()["notes"].clone()
        };
        let told = "Characters that no font of this report has stand as boxes: 2, which are U+4E2D and U+1F600. As HTML, XLSX and JSON it has them.";
        assert_eq!(notes(&paper, Faces::with(&[])), json!([told]));
        let own = notes(&paper, Faces::with(&[squares(Weight::Regular)]));
        assert!(own[0].as_str().unwrap().contains("boxes: 1, which are U+1F600."), "{own}");
        paper.sections.clear();
        paper.notes.push("A note.".into());
        assert_eq!(notes(&paper, Faces::with(&[])), json!(["A note."]));
    }

    #[test]
    fn pages_are_set_in_the_fonts_of_their_tenant_and_a_letter_that_those_lack_in_pulses() {
        let text = vec!["PLAN 中 and rest".to_owned()];
        let paper = paper(vec![Section { title: "中".into(), text, parts: Vec::new() }]);
        let has = |pdf: &[u8], name: &str| pdf.windows(name.len()).any(|some| some == name.as_bytes());
        let plain = pdf(&paper, &Look::default()).unwrap();
        assert!(has(&plain, "Inter-Regular") && !has(&plain, "Squares-Regular"));
        let fonts: Vec<Face> = Weight::ALL.into_iter().map(squares).collect();
        for fonts in [fonts.clone(), fonts[..1].to_vec()] {
            let own = Look { fonts, ..Look::default() };
            let set = pdf(&paper, &own).unwrap();
            // It has no small letters.
            assert!(has(&set, "Squares-Regular") && has(&set, "Inter-Regular"));
            assert!(pdf(&paper, &own).unwrap() == set, "the same report has other bytes");
            assert!(png(&paper, &own).unwrap() != png(&paper, &Look::default()).unwrap());
        }
        // What is no font any more is left out.
        let torn = Face { weight: Weight::Regular, bytes: bytes::Bytes::from_static(b"torn") };
        let torn = Look { fonts: vec![torn], ..Look::default() };
        assert!(pdf(&paper, &torn).unwrap() == plain);
    }

    #[test]
    fn a_definition_that_is_longer_than_a_page_goes_on_on_the_next() {
        let pages = |description: String| {
            let mut paper = paper(Vec::new());
            paper.definitions = vec![Defined {
                metric: "ours".into(),
                title: "Ours".into(),
                version: 1,
                unit: "hours".into(),
                description,
                formula: "a ÷ b".into(),
                source: "ours".into(),
            }];
            desk(&paper, &Look::default(), false).unwrap().set().unwrap().pages().len()
        };
        let short = pages("What it measures.".into());
        assert!(pages("What it measures, and what it leaves out. ".repeat(700)) > short + 1);
    }

    #[test]
    fn a_heading_does_not_run_into_the_one_beside_it() {
        let columns = vec![Column::text("deployment_frequency_per_week", 5), Column::text("Project", 5)];
        let rows = [vec![Cell::Text("a".into()), Cell::Nothing]].into_iter().collect();
        let of = Table { title: "T".into(), columns, rows, none: String::new() };
        let set = table(&of, Language::English);
        assert_eq!(set["columns"][0]["title"], "deployment_\u{200b}frequency_\u{200b}per_\u{200b}week");
        assert_eq!(set["columns"][1]["title"], "Project");
        assert_eq!(heading("Wiederherstellungszeit"), "Wiederherstellungszeit");
        assert_eq!(heading(&"a".repeat(60)).matches('\u{200b}').count(), 2);
    }

    #[test]
    fn a_title_of_one_long_word_stays_on_its_page() {
        let mut paper = paper(vec![Section { title: "S".into(), text: Vec::new(), parts: Vec::new() }]);
        paper.cover.title = "payments_platform_".repeat(6);
        let data = data(&paper, &Look::default(), &Faces::with(&[]), false).unwrap();
        let cover = serde_json::from_str::<Value>(&data).unwrap()["cover"].clone();
        assert_eq!(cover["title"], paper.cover.title);
        assert_eq!(cover["heading"], "payments_\u{200b}platform_\u{200b}".repeat(6));
        assert!(pdf(&paper, &Look::default()).unwrap().starts_with(b"%PDF"));
    }

    #[test]
    fn only_long_words_are_given_places_to_break() {
        assert_eq!(breakable("Change lead time"), "Change lead time");
        assert_eq!(
            breakable("github:acme/payments-service x"),
            "github:\u{200b}acme/\u{200b}payments-\u{200b}service x"
        );
        assert_eq!(breakable(&"a".repeat(20)).matches('\u{200b}').count(), 1);
    }
}
