//! The parts of the page.

use super::style::SHEET;
use crate::http::Problem;
use crate::report::trend::Trend;
use crate::report::{Report, Scope, evidence_address, filter_parameters, last_day, quantity, standings, text};
use crate::texts::Language;
use pulse_engine::metrics::{Answer, Definition, Dimension, Group};
use std::fmt::Write as _;

/// Text that stands for itself in HTML, in an element as in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title><style>{SHEET}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )
}

/// Our sign, of which the dashboard's pages have the same.
const SIGN: &str = include_str!("../../../web/public/icon.svg");

/// A page of one thing in its middle: what is at the door, and what somebody finds who comes to no page.
fn alone(title: &str, body: &str) -> String {
    page(title, &format!("<div class=\"alone\"><p class=\"sign\">{SIGN}Pulse</p>\n<section>\n{body}\n</section></div>"))
}

/// A sentence of ours: what stands between backticks in it is a name, as programs write it.
fn sentence(text: &str) -> String {
    let text = escaped(text);
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { part.to_owned() } else { format!("<code>{part}</code>") }).collect()
}

/// A problem, for people.
pub(super) fn problem(problem: &Problem) -> String {
    let (title, detail) = (escaped(problem.title), sentence(&whole(&problem.detail)));
    alone(problem.title, &format!("<h1>{title}</h1>\n<p>{detail}</p>\n<p><a href=\"/\">Go on to Pulse</a></p>"))
}

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) label: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    /// What a browser may fill in.
    pub(super) hint: &'a str,
    pub(super) value: &'a str,
}

/// A form at the door, with what was wrong the last time.
pub(super) fn door(
    title: &str,
    text: &str,
    wrong: Option<&str>,
    to: &str,
    fields: &[Field<'_>],
    button: &str,
) -> String {
    let mut body = format!("<h1>{}</h1>\n", escaped(title));
    if !text.is_empty() {
        write_to(&mut body, format_args!("<p>{}</p>\n", sentence(text)));
    }
    if let Some(wrong) = wrong {
        write_to(&mut body, format_args!("<p class=\"wrong\" role=\"alert\">{}</p>\n", sentence(&whole(wrong))));
    }
    write_to(&mut body, format_args!("<form method=\"post\" action=\"{to}\" class=\"door\">\n"));
    for field in fields {
        let input = format!(
            "<input type=\"{}\" name=\"{}\" autocomplete=\"{}\" value=\"{}\" required>",
            field.kind,
            field.name,
            field.hint,
            escaped(field.value)
        );
        if field.kind == "hidden" {
            body.push_str(&input);
        } else {
            write_to(&mut body, format_args!("<label>{} {input}</label>\n", escaped(field.label)));
        }
    }
    write_to(&mut body, format_args!("<button>{}</button></form>", escaped(button)));
    alone(title, &body)
}

/// The ways to sign in besides a password.
#[derive(Debug)]
pub(super) enum Ways {
    /// There are none.
    None,
    /// There are some, once the tenant is known.
    Ask,
    /// Those of a tenant, by name.
    By(String, Vec<String>),
}

/// What to do without a password.
const FORGOTTEN: &str =
    "<p class=\"soft small\">Forgot your password? Whoever runs Pulse here can make a link that sets a new one.</p>\n";

/// The form to sign in with, and what else there is.
pub(super) fn sign_in(form: &str, ways: &Ways) -> String {
    let more = match ways {
        Ways::None => String::new(),
        Ways::Ask => "<form method=\"get\" action=\"/sign-in\" class=\"door\"><label>Or by single sign-on into the tenant <input name=\"tenant\" autocomplete=\"organization\" required></label>\n<button>Go on</button></form>\n".to_owned(),
        Ways::By(tenant, names) => names
            .iter()
            .map(|name| {
                let (tenant, name) = (escaped(tenant), escaped(name));
                format!("<p><a href=\"/sso/{tenant}/{name}\">Sign in to {tenant} by {name}</a></p>\n")
            })
            .collect(),
    };
    form.replacen("</section>", &format!("{more}{FORGOTTEN}</section>"), 1)
}

/// The report.
pub(super) fn report(report: &Report, scope: &Scope) -> String {
    let mut body = format!(
        "<header><h1>Delivery of {}</h1>\n{}<p class=\"soft\">{} to {}, by {}; days begin in {}. Made at {}.</p>\n{}{}<p class=\"actions small\"><a href=\"/docs\">API</a> · <a href=\"/sign-out\">Sign out</a></p></header>\n",
        escaped(&report.tenant),
        if report.sample {
            "<p class=\"tier\">This is sample data, made up to show what there is to see.</p>\n"
        } else {
            ""
        },
        report.from,
        last_day(report.until),
        report.grain.name(),
        escaped(&report.time_zone),
        report.made_at,
        filtered(report),
        form(scope)
    );
    let groups = report.groups();
    if groups.is_empty() {
        body.push_str(
            "<p>Nothing falls into this period.</p>
",
        );
    }
    for (key, name) in groups {
        let cards: String = report
            .metrics
            .iter()
            .filter_map(|a| Some(card(a, a.groups.iter().find(|g| g.key.as_deref() == key)?, scope)))
            .collect();
        let title = escaped(name.or(key).unwrap_or("The five metrics"));
        write_to(
            &mut body,
            format_args!(
                "<section><h2>{title}</h2>
<div class=\"cards\">{cards}</div></section>
"
            ),
        );
    }
    list(&mut body, "What the figures rest on", &report.coverage_sentences());
    list(&mut body, "What was inferred, for want of a record", &report.inferred_sentences());
    let fresh: Vec<String> = report.sources.iter().map(|s| format!("{} as of {}", s.connection, s.as_of)).collect();
    list(&mut body, "How fresh the data is", &fresh);
    page(&format!("Delivery of {}", report.tenant), &body)
}

/// What alone the page is on, and the way to everything.
fn filtered(report: &Report) -> String {
    let Some(only) = report.filter_words() else { return String::new() };
    let span = format!("/report?from={}&until={}&grain={}", report.from, report.until, report.grain.name());
    format!(
        "<p><strong>{}</strong>. <a href=\"{}\">Show everything</a></p>\n",
        escaped(&capital(&only)),
        escaped(&span)
    )
}

/// What went wrong, as a sentence of its own: it begins with a capital and ends with a full stop.
fn whole(told: &str) -> String {
    let told = capital(told);
    if told.ends_with(['.', '!', '?']) { told } else { told + "." }
}

/// A sentence's beginning.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn form(scope: &Scope) -> String {
    let by = scope.by.map_or("", Dimension::name);
    // A form sends its own fields alone, so what the page is filtered by is one of them, and so is where its days begin.
    let kept: String = filter_parameters(&scope.filter)
        .into_iter()
        .chain(scope.time_zone.map(|zone| ("time_zone", zone.name())))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)))
        .collect();
    format!(
        "<form method=\"get\" action=\"/report\"><label>From<input type=\"date\" name=\"from\" value=\"{}\"></label>\n<label>Until, not included<input type=\"date\" name=\"until\" value=\"{}\"></label>\n{}{}{kept}<button>Show</button></form>\n",
        scope.from,
        scope.until,
        choice("By", "grain", &[("day", "day"), ("week", "week"), ("month", "month")], scope.grain.name()),
        choice(
            "One figure for",
            "by",
            &[
                ("", "everything"),
                ("repository", "each repository"),
                ("project", "each project"),
                ("team", "each team"),
                ("owning_team", "each owning team")
            ],
            by
        ),
    )
}

fn choice(label: &str, name: &str, options: &[(&str, &str)], chosen: &str) -> String {
    let options: String = options
        .iter()
        .map(|(value, text)| {
            let selected = if *value == chosen { " selected" } else { "" };
            format!("<option value=\"{value}\"{selected}>{text}</option>")
        })
        .collect();
    format!("<label>{label}<select name=\"{name}\">{options}</select></label>\n")
}

fn card(answer: &Answer, group: &Group, scope: &Scope) -> String {
    let (definition, figure) = (&answer.definition, &group.total);
    let value = figure.value.map_or_else(|| "no data".to_owned(), |v| quantity(v, &definition.unit));
    let tier: String = standings(group, Language::English)
        .iter()
        .map(|s| {
            format!(
                "<p class=\"tier small\">{}</p>
",
                escaped(s)
            )
        })
        .collect();
    let link = escaped(&evidence_address(&definition.name, scope, group.key.as_deref()));
    format!(
        "<article><h3>{}</h3>\n<p class=\"value\">{}</p>\n<p class=\"soft small\">{}</p>\n{tier}{}{}{}<p class=\"actions small\">Rows behind {}: <a href=\"{link}&amp;format=csv\">CSV</a>, <a href=\"{link}\">JSON</a></p></article>\n",
        escaped(&definition.title),
        escaped(&value),
        escaped(&text::details(figure, (definition.kind, &definition.unit), Language::English)),
        chart(definition, group),
        values(definition, group),
        meaning(definition),
        escaped(&definition.title.to_lowercase())
    )
}

/// Width and height of a chart, in its own units.
const WIDE: f64 = 320.0;
const HIGH: f64 = 96.0;
/// Room for the labels of the scale, beside and below.
const SIDE: f64 = 64.0;
const FOOT: f64 = 18.0;

/// Bars over a scale that begins at zero. What they show stands as a table below.
fn chart(definition: &Definition, group: &Group) -> String {
    let trend = Trend::of(group);
    let (Some(first), Some(last)) = (group.points.first(), group.points.last()) else { return String::new() };
    if trend.is_empty() {
        return String::new();
    }
    let step = (WIDE - SIDE) / trend.values.len() as f64;
    let (floor, ceiling) = (HIGH - FOOT, 10.0);
    let mut bars = String::new();
    for (i, (value, point)) in trend.values.iter().zip(&group.points).enumerate() {
        let Some(value) = value else { continue };
        // A zero keeps a sliver, so that it does not look like a gap.
        let height = (trend.share(*value) * (floor - ceiling)).max(1.0);
        let class = if point.partial { "bar partial" } else { "bar" };
        write_to(
            &mut bars,
            format_args!(
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
                SIDE + i as f64 * step,
                floor - height,
                (step * 0.8).max(0.5)
            ),
        );
    }
    let top = quantity(trend.top, &definition.unit);
    format!(
        "<svg viewBox=\"0 0 {WIDE} {HIGH}\" role=\"img\" aria-label=\"{} from {} to {}, on a scale from 0 to {}; the values are in the table below\"><text x=\"0\" y=\"14\">{}</text><text x=\"0\" y=\"{floor}\">0</text><line class=\"axis\" x1=\"{SIDE}\" x2=\"{WIDE}\" y1=\"{floor}\" y2=\"{floor}\"/>{bars}<text x=\"{SIDE}\" y=\"{}\">{}</text><text x=\"{WIDE}\" y=\"{}\" text-anchor=\"end\">{}</text></svg>\n",
        escaped(&definition.title),
        escaped(&first.label),
        escaped(&last.label),
        escaped(&top),
        escaped(&top),
        HIGH - 4.0,
        escaped(&first.label),
        HIGH - 4.0,
        escaped(&last.label)
    )
}

fn values(definition: &Definition, group: &Group) -> String {
    let rows: String = group
        .points
        .iter()
        .rev()
        .map(|p| {
            let value = p.figure.value.map_or_else(|| "–".to_owned(), |v| quantity(v, &definition.unit));
            let partial = if p.partial { " (in part)" } else { "" };
            format!(
                "<tr><th scope=\"row\">{}{partial}</th><td>{}</td><td>{}</td></tr>",
                escaped(&p.label),
                escaped(&value),
                p.figure.n
            )
        })
        .collect();
    format!(
        "<details><summary>Values</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Values of {}\"><table><thead><tr><th scope=\"col\">Period</th><th scope=\"col\">Value</th><th scope=\"col\">n</th></tr></thead><tbody>{rows}</tbody></table></div></details>\n",
        escaped(&definition.title)
    )
}

fn meaning(definition: &Definition) -> String {
    format!(
        "<details><summary>Definition</summary><p>{}</p><p class=\"soft\">{}</p><p class=\"soft\">Version {}; no tier below n {}.</p></details>\n",
        escaped(&definition.description),
        escaped(&definition.formula),
        definition.version,
        definition.minimum_n
    )
}

fn list(body: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let items: String = items.iter().map(|i| format!("<li>{}</li>", escaped(i))).collect();
    write_to(body, format_args!("<section><h2>{title}</h2>\n<ul>{items}</ul></section>\n"));
}

/// Writing to a string cannot fail.
fn write_to(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _infallible = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escaped("<b> & \"q\" 'a'"), "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;");
        let shown = problem(&Problem::not_found("<script>alert(1)</script>"));
        assert!(!shown.contains("<script>"));
    }

    #[test]
    fn a_name_between_backticks_is_shown_as_one_and_nothing_in_it_becomes_markup() {
        assert_eq!(sentence("in `acme`, as `<b>`"), "in <code>acme</code>, as <code>&lt;b&gt;</code>");
        assert_eq!(sentence("`acme`"), "<code>acme</code>");
        assert_eq!(sentence("no name"), "no name");
    }
}
