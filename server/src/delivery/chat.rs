//! What a chat is posted: the form of Slack's incoming webhooks, and that of Teams'. Text is told as text, so that nothing in it, such
//! as a title that somebody gave, becomes a link or calls a person. Files do not go into a chat: they are named.

use super::{DestinationKind, Parcel, short};
use crate::Result;
use bytes::Bytes;
use serde_json::{Value, json};

/// What the two take at most, in characters.
const HEADER: usize = 150;
const TEXT: usize = 2_900;

/// The body of a call.
pub(super) fn body(kind: DestinationKind, parcel: &Parcel) -> Result<Bytes> {
    let named: String = parcel.attachments.iter().map(|file| format!("\nAttached: {}", file.name)).collect();
    // However long the text is, the files are named.
    let text = short(parcel.text.trim_end(), TEXT.saturating_sub(named.chars().count()).max(TEXT / 2));
    let text = short(&format!("{text}{named}"), TEXT);
    let body = match kind {
        DestinationKind::Teams => teams(parcel, &text),
        DestinationKind::Slack | DestinationKind::Webhook => slack(parcel, &text),
    };
    Ok(Bytes::from(serde_json::to_vec(&body)?))
}

fn slack(parcel: &Parcel, text: &str) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let mut blocks = vec![json!({"type": "header", "text": plain(&short(&parcel.subject, HEADER))})];
    if !text.is_empty() {
        blocks.push(json!({"type": "section", "text": plain(text)}));
    }
    if let Some(url) = &parcel.picture_link {
        blocks.push(json!({"type": "image", "image_url": url, "alt_text": short(&parcel.subject, HEADER)}));
    }
    if let Some(link) = &parcel.link {
        let open = json!({"type": "button", "text": plain("Open"), "url": link});
        blocks.push(json!({"type": "actions", "elements": [open]}));
    }
    // Shown where blocks are not; `&`, `<` and `>` are what its own markup is made of.
    let fallback = parcel.subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
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
            subject: "Lead time <!channel>".into(),
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
        assert_eq!(body["text"], "Lead time &lt;!channel&gt;");
        assert_eq!(body["blocks"][0]["text"]["type"], "plain_text");
        let section = body["blocks"][1]["text"]["text"].as_str().unwrap();
        assert_eq!(section.chars().count(), 2900);
        assert_eq!(
            body["blocks"][2],
            json!({"type": "image", "image_url": "https://pulse.example.com/p", "alt_text": "Lead time <!channel>"})
        );
        assert_eq!(body["blocks"][3]["elements"][0]["url"], "https://pulse.example.com/x");
    }

    #[test]
    fn a_teams_message_is_an_adaptive_card_of_plain_runs() {
        let card = &posted(DestinationKind::Teams)["attachments"][0]["content"];
        assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
        assert_eq!(card["body"][0]["inlines"][0]["text"], "Lead time <!channel>");
        assert_eq!(card["body"].as_array().unwrap().len(), 4, "an empty line is no block");
        assert_eq!(card["body"][3]["url"], "https://pulse.example.com/p");
        assert_eq!(card["actions"][0]["url"], "https://pulse.example.com/x");
    }
}
