//! Documents of the Atlassian Document Format, as text.

use serde_json::Value as Json;

/// What stands within a line. All else begins a new one.
const WITHIN: &[&str] = &[
    "text",
    "hardBreak",
    "mention",
    "emoji",
    "status",
    "date",
    "inlineCard",
    "inlineExtension",
    "mediaInline",
    "placeholder",
];

/// The text of a field that holds text, or in version 3 of the API a document. None of an empty one.
pub(super) fn plain(value: &Json) -> Option<String> {
    let mut text = String::new();
    match value {
        Json::String(plain) => text.push_str(plain),
        document => write(document, &mut text),
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Adds the text of a node and of what is in it. The reader of JSON bounds how deep they are in one another.
fn write(node: &Json, out: &mut String) {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let kind = node["type"].as_str().unwrap_or_default();
    match kind {
        "text" => out.push_str(&text(&node["text"])),
        "hardBreak" => out.push('\n'),
        "mention" | "emoji" | "status" => out.push_str(&text(&node["attrs"]["text"])),
        "inlineCard" | "blockCard" | "embedCard" => out.push_str(&text(&node["attrs"]["url"])),
        _ => {}
    }
    for part in node["content"].as_array().into_iter().flatten() {
        write(part, out);
    }
    if !WITHIN.contains(&kind) && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_read_as_the_lines_that_people_see() {
        let text = |text: &str| json!({"type": "text", "text": text, "marks": [{"type": "strong"}]});
        let document = json!({"type": "doc", "version": 1, "content": [
            {"type": "heading", "attrs": {"level": 3}, "content": [text("Root cause")]},
            {"type": "paragraph", "content": [
                text("see "), {"type": "inlineCard", "attrs": {"url": "https://x/commit/0a1b2c3d"}}, {"type": "hardBreak"},
                {"type": "mention", "attrs": {"id": "1", "text": "@Ada"}}, text(" knows"),
            ]},
            {"type": "bulletList", "content": [
                {"type": "listItem", "content": [{"type": "paragraph", "content": [text("one")]}]},
                {"type": "listItem", "content": [{"type": "paragraph", "content": [text("two")]}]},
            ]},
            {"type": "paragraph"},
            {"type": "aNodeOfTomorrow", "content": [null, text("three")]},
        ]});
        let lines = "Root cause\nsee https://x/commit/0a1b2c3d\n@Ada knows\none\ntwo\nthree";
        assert_eq!(plain(&document).as_deref(), Some(lines));
    }

    #[test]
    fn plain_text_is_itself_and_nothing_is_nothing() {
        assert_eq!(plain(&json!(" a\nb ")).as_deref(), Some("a\nb"));
        for none in [json!(null), json!(""), json!({"type": "doc", "content": []}), json!(7)] {
            assert_eq!(plain(&none), None, "{none}");
        }
    }
}
