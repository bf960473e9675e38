//! A parcel as an e-mail: plain text, the same as a page beside it, the picture within that, files after them.

use super::Parcel;
use crate::{Error, Result, secret};
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use std::time::{Duration, SystemTime};

/// What the page names the picture by, and what it is called where there is no page.
const PICTURE: &str = "picture";

/// A letter that is to be sent.
#[derive(Debug)]
pub(super) struct Letter<'p> {
    /// What it says; its files are filled.
    pub(super) parcel: &'p Parcel,
    /// What tells it from every other letter, however often it is sent.
    pub(super) identity: String,
    /// When it was asked for, in microseconds since 1970.
    pub(super) at: i64,
}

impl Letter<'_> {
    /// What mail servers and mail stores know it by, the same however often it is sent.
    pub(super) fn message_id(&self, from: &Mailbox) -> String {
        let id = secret::sum(&self.identity);
        format!("<{}@{}>", id.get(..40).unwrap_or(&id), from.email.domain())
    }

    /// The letter as it is handed over.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be written.
    pub(super) fn written(&self, from: &Mailbox, to: &str) -> Result<Vec<u8>> {
        let wrong =
            |what: &str, error: &dyn std::fmt::Display| Error::Usage(format!("{what} cannot be written: {error}"));
        let to = to.parse::<Mailbox>().map_err(|error| wrong("the recipient", &error))?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(self.at).unwrap_or_default());
        let auto =
            HeaderName::new_from_ascii("Auto-Submitted".to_owned()).map_err(|error| wrong("a header", &error))?;
        let builder = Message::builder()
            .message_id(Some(self.message_id(from)))
            .date(at)
            .from(from.clone())
            .to(to)
            .subject(&self.parcel.subject)
            // RFC 3834: nobody's machine answers a machine.
            .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()));
        let message = self.body(builder).map_err(|error| wrong("the letter", &error))?;
        Ok(message.formatted())
    }

    fn body(&self, builder: MessageBuilder) -> Result<Message, lettre::error::Error> {
        let parcel = self.parcel;
        let plain = || SinglePart::plain(parcel.text_and_link());
        let png = || parcel.picture.as_ref().map(|picture| (picture.bytes().to_vec(), media_type("image/png")));
        let mut files: Vec<SinglePart> = parcel
            .attachments
            .iter()
            .map(|file| {
                Attachment::new(file.name.clone()).body(file.content.bytes().to_vec(), media_type(&file.media_type))
            })
            .collect();
        let shows = parcel.html.as_ref().is_some_and(|html| html.contains("cid:picture"));
        let page = parcel.html.as_ref().map(|html| {
            let page = SinglePart::html(html.clone());
            match png().filter(|_| shows) {
                Some((bytes, kind)) => {
                    let picture = Attachment::new_inline(PICTURE.to_owned()).body(bytes, kind);
                    MultiPart::related().singlepart(page).singlepart(picture)
                }
                None => MultiPart::related().singlepart(page),
            }
        });
        if let (false, Some((bytes, kind))) = (shows, png()) {
            files.push(Attachment::new(format!("{PICTURE}.png")).body(bytes, kind));
        }
        let text = page.map(|page| MultiPart::alternative().singlepart(plain()).multipart(page));
        match (text, files.is_empty()) {
            (None, true) => builder.singlepart(plain()),
            (Some(text), true) => builder.multipart(text),
            (text, false) => {
                let mixed = match text {
                    Some(text) => MultiPart::mixed().multipart(text),
                    None => MultiPart::mixed().singlepart(plain()),
                };
                builder.multipart(files.into_iter().fold(mixed, MultiPart::singlepart))
            }
        }
    }
}

/// A media type; of one that is none, that of any bytes.
fn media_type(name: &str) -> ContentType {
    ContentType::parse(name)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .unwrap_or(ContentType::TEXT_PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{self, Content};

    fn written(parcel: &Parcel) -> String {
        let letter = Letter { parcel, identity: "acme/k".into(), at: 1_775_088_000_000_000 };
        let from = "Pulse <pulse@example.com>".parse().unwrap();
        String::from_utf8(letter.written(&from, "ada@example.com").unwrap()).unwrap()
    }

    #[test]
    fn a_letter_is_the_same_however_often_it_is_written_and_says_that_a_machine_wrote_it() {
        let link = Some("https://pulse.example.com/x".to_owned());
        let parcel = Parcel { subject: "Größer".into(), text: "What, since when".into(), link, ..Parcel::default() };
        let text = written(&parcel);
        assert_eq!(text, written(&parcel));
        let id = secret::sum("acme/k");
        assert!(text.contains(&format!("Message-ID: <{}@example.com>", &id[..40])), "{text}");
        assert!(
            text.contains("Date: Thu, 02 Apr 2026 00:00:00 +0000") && text.contains("Auto-Submitted: auto-generated")
        );
        assert!(text.is_ascii() && text.contains("Subject: =?utf-8?b?R3LDtsOfZXI=?="), "{text}");
        assert!(text.contains("What, since when\r\n\r\nhttps://pulse.example.com/x"), "{text}");
    }

    #[test]
    fn a_page_has_its_picture_within_it_and_files_come_after() {
        let file = |name: &str, media_type: &str| delivery::Attachment {
            name: name.into(),
            media_type: media_type.into(),
            content: Content::Bytes(vec![0, 159, 146].into()),
        };
        let parcel = Parcel {
            subject: "s".into(),
            text: "t".into(),
            html: Some("<p>t</p><img src=\"cid:picture\">".into()),
            attachments: vec![file("a.pdf", "application/pdf"), file("b.bin", "no type")],
            picture: Some(Content::Bytes(vec![137, 80].into())),
            ..Parcel::default()
        };
        let text = written(&parcel);
        let order = [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "application/pdf",
            "application/octet-stream",
        ];
        let places: Vec<_> =
            order.iter().map(|kind| text.find(kind).unwrap_or_else(|| panic!("{kind}: {text}"))).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(text.contains("Content-ID: <picture>") && text.contains("filename=\"a.pdf\""), "{text}");
    }
}
