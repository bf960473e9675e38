//! What a chat is posted: the form of Slack's incoming webhooks, and that of Teams'. Text is told as text, so that nothing in it, such
//! as a title that somebody gave, becomes a link or calls a person. Files do not go into a chat: they are named.

use super::{DestinationKind, Parcel, short};
use crate::Result;
use bytes::Bytes;
use serde_json::{Value, json};

/// What the two take at most, in characters: Slack 150 in a header, 3,000 in a section and in an address, and neither less than one.
const HEADER: usize = 150;
const TEXT: usize = 2_900;
const ADDRESS: usize = 3_000;
/// What Teams takes at most of a whole message, in bytes: 28 KB, of which some are left to what it adds. It keeps them in UTF-16.
const CARD: usize = 26_000;
/// A text of fewer characters is not cut any more.
const LEAST: usize = 100;

/// The body of a call.
pub(super) fn body(kind: DestinationKind, parcel: &Parcel) -> Result<Bytes> {
    match kind {
        DestinationKind::Slack | DestinationKind::Webhook => {
            Ok(Bytes::from(serde_json::to_vec(&slack(parcel, &text(parcel, TEXT)))?))
        }
        DestinationKind::Teams => {
            let mut most = TEXT;
            loop {
                let body = serde_json::to_string(&teams(parcel, &text(parcel, most)))?;
                // Each line is a block of its own, so that many short ones take far more than their letters.
                if body.len().max(2 * body.encode_utf16().count()) <= CARD || most < LEAST {
                    return Ok(Bytes::from(body));
                }
                most = most * 3 / 4;
            }
        }
    }
}

/// What it says in so many characters at most. However long the text is, the files are named.
fn text(parcel: &Parcel, most: usize) -> String {
    let named: String = parcel.attachments.iter().map(|file| format!("\nAttached: {}", file.name)).collect();
    let text = short(parcel.text.trim_end(), most.saturating_sub(named.chars().count()).max(most / 2));
    short(&format!("{text}{named}"), most)
}

fn slack(parcel: &Parcel, text: &str) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let mut blocks = vec![json!({"type": "header", "text": plain(&short(&parcel.subject, HEADER))})];
    if !text.is_empty() {
        blocks.push(json!({"type": "section", "text": plain(text)}));
    }
    let fits = |url: &&String| url.chars().count() <= ADDRESS;
    if let Some(url) = parcel.picture_link.as_ref().filter(fits) {
        blocks.push(json!({"type": "image", "image_url": url, "alt_text": short(&parcel.subject, HEADER)}));
    }
    if let Some(link) = parcel.link.as_ref().filter(fits) {
        let open = json!({"type": "button", "text": plain("Open"), "url": link});
        blocks.push(json!({"type": "actions", "elements": [open]}));
    }
    // Shown where blocks are not; `&`, `<` and `>` are what its own markup is made of. Others that take the form, such as Mattermost, show this
    // alone, and there `@all` and `@channel` would call everybody: nothing is called by an `@` with a space of no width behind it.
    let fallback =
        parcel.subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "@\u{200b}");
    json!({"text": fallback, "blocks": blocks})
}

fn teams(parcel: &Parcel, text: &str) -> Value {
    // A rich text block is the one that reads no markup.
    let block = |run: Value| json!({"type": "RichTextBlock", "inlines": [run]});
    let subject = json!({"type": "TextRun", "text": parcel.subject, "weight": "Bolder", "size": "Medium"});
    let mut body = vec![block(subject)];
    body.extend(
        text.lines().filter(|line| !line.is_empty()).map(|line| block(json!({"type": "TextRun", "text": line}))),
    );
    body.extend(parcel.picture_link.iter().map(|url| json!({"type": "Image", "url": url, "altText": parcel.subject})));
    let actions: Vec<Value> =
        parcel.link.iter().map(|link| json!({"type": "Action.OpenUrl", "title": "Open", "url": link})).collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": body, "actions": actions,
    });
    json!({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]})
}

#[cfg(test)]
mod tests {
    use super::super::{Attachment, Content};
    use super::*;

    fn posted(kind: DestinationKind) -> Value {
        let parcel = Parcel {
            key: "k".into(),
            subject: "Lead time <!channel> @all".into(),
            text: format!("first\n\n{}", "x".repeat(4000)),
            link: Some("https://pulse.example.com/x".into()),
            picture_link: Some("https://pulse.example.com/p".into()),
            ..Parcel::default()
        };
        serde_json::from_slice(&body(kind, &parcel).unwrap()).unwrap()
    }

    #[test]
    fn files_are_named_however_long_the_text_is_and_much_of_that_is_there_however_many_they_are() {
        let said = |files: usize| {
            let file = |n: usize| Attachment {
                name: format!("{n}.pdf"),
                media_type: "application/pdf".into(),
                content: Content::File(format!("{n}")),
            };
            let attachments = (0..files).map(file).collect();
            let parcel = Parcel { key: "k".into(), text: "x".repeat(4000), attachments, ..Parcel::default() };
            let body: Value = serde_json::from_slice(&body(DestinationKind::Slack, &parcel).unwrap()).unwrap();
            body["blocks"][1]["text"]["text"].as_str().unwrap().to_owned()
        };
        let few = said(2);
        assert!(few.ends_with("x…\nAttached: 0.pdf\nAttached: 1.pdf") && few.chars().count() == TEXT, "{few}");
        let many = said(500);
        assert!(many.starts_with(&"x".repeat(TEXT / 2 - 1)) && many.ends_with('…'), "{many}");
        assert_eq!(many.chars().count(), TEXT);
    }

    #[test]
    fn a_slack_message_calls_nobody_and_fits() {
        let body = posted(DestinationKind::Slack);
        assert_eq!(body["text"], "Lead time &lt;!channel&gt; @\u{200b}all");
        assert_eq!(body["blocks"][0]["text"]["type"], "plain_text");
        assert_eq!(body["blocks"][1]["text"]["type"], "plain_text");
        let section = body["blocks"][1]["text"]["text"].as_str().unwrap();
        assert_eq!(section.chars().count(), 2900);
        assert_eq!(
            body["blocks"][2],
            json!({"type": "image", "image_url": "https://pulse.example.com/p", "alt_text": "Lead time <!channel> @all"})
        );
        assert_eq!(body["blocks"][3]["elements"][0]["url"], "https://pulse.example.com/x");
    }

    #[test]
    fn a_slack_message_has_no_longer_title_nor_address_than_slack_takes() {
        let address = |letters: usize| Some(format!("https://x/{}", "a".repeat(letters - 10)));
        let blocks = |link: Option<String>, picture_link: Option<String>| {
            let parcel =
                Parcel { subject: "é".repeat(250), text: " \n".into(), link, picture_link, ..Parcel::default() };
            let body: Value = serde_json::from_slice(&body(DestinationKind::Slack, &parcel).unwrap()).unwrap();
            body["blocks"].as_array().unwrap().clone()
        };
        let said = blocks(address(3_000), address(3_000));
        let kinds: Vec<&str> = said.iter().filter_map(|block| block["type"].as_str()).collect();
        assert_eq!(kinds, ["header", "image", "actions"], "a section without text would be refused");
        assert_eq!(said[0]["text"]["text"].as_str().unwrap().chars().count(), 150);
        assert_eq!(said[1]["alt_text"].as_str().unwrap().chars().count(), 150);
        assert_eq!(blocks(address(3_001), address(3_001)).len(), 1);
    }

    #[test]
    fn a_teams_message_is_an_adaptive_card_of_plain_runs() {
        let card = &posted(DestinationKind::Teams)["attachments"][0]["content"];
        assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
        assert_eq!(card["body"][0]["inlines"][0]["text"], "Lead time <!channel> @all");
        assert_eq!(card["body"].as_array().unwrap().len(), 4, "an empty line is no block");
        assert_eq!(card["body"][3]["url"], "https://pulse.example.com/p");
        assert_eq!(card["actions"][0]["url"], "https://pulse.example.com/x");
        // Who is called stands beside a card's text, and nobody does.
        assert_eq!(card["msteams"], Value::Null);
    }

    #[test]
    fn a_teams_message_fits_into_28_kb_however_many_lines_it_has_and_names_its_files() {
        let file = |name: &str| Attachment {
            name: name.into(),
            media_type: "application/pdf".into(),
            content: Content::File(name.into()),
        };
        for line in ["a\n", "日\n", "\"\\\n", "😀\n", "a longer line, of which there are fewer\n"] {
            let parcel = Parcel {
                subject: "Weekly".into(),
                text: line.repeat(2_000),
                attachments: vec![file("week.pdf")],
                ..Parcel::default()
            };
            let body = body(DestinationKind::Teams, &parcel).unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            assert!(body.len() <= 28_000 && text.encode_utf16().count() <= 14_000, "{line}: {}", body.len());
            let card: Value = serde_json::from_str(text).unwrap();
            let lines = card["attachments"][0]["content"]["body"].as_array().unwrap();
            assert!(lines.len() > 50, "{line}: {} lines", lines.len());
            assert_eq!(lines.last().unwrap()["inlines"][0]["text"], "Attached: week.pdf");
        }
    }
}
