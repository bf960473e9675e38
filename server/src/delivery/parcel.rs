//! What is handed over.

use super::base64_bytes;
use crate::Result;
use crate::control::Refusal;
use bytes::Bytes;
use pulse_engine::lake::TenantLake;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes that stand in a parcel itself: it is kept in the control database. More goes into the tenant's storage.
pub const MOST_INLINE: usize = 256 << 10;
/// The most bytes of all files of a parcel: mail servers take little more.
pub const MOST_BYTES: u64 = 20 << 20;
/// The longest key, subject and text, in characters.
const LONGEST_KEY: usize = 200;
const LONGEST_SUBJECT: usize = 250;
const LONGEST_TEXT: usize = 500_000;
/// The most bytes of a text or a page that stands in a parcel with the other.
pub const MOST_PAGE: i64 = 240_000;

/// Something to hand over. Each channel takes of it what it can show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// What tells it from every other of its tenant: one that is made again under this key is not delivered again.
    pub key: String,
    /// What it is about, on one line.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as a page, for channels that show one. A picture stands where it says `<img src="cid:picture">`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A picture in PNG that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Content>,
    /// Where that picture is for a chat, which loads it from there: an address that begins with `http://` or `https://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_link: Option<String>,
    /// The alerts that it tells of, for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Value>,
    /// The alert that whoever it goes to looks after, or is to: who may not do that any more when it is handed over gets none of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// The report that it brings: who may not have that any more when it is handed over gets none of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Where there is more of it: an address that begins with `http://` or `https://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A file that comes with a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, such as `delivery 2026-03.pdf`.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// These bytes, of which a parcel holds [`MOST_INLINE`] at most.
    Bytes(#[serde(with = "base64_bytes")] Bytes),
    /// Those of a file in the tenant's storage, as `TenantLake::put_file` put it there.
    File(String),
}

/// A text as one line of so many characters at most, as a subject is.
pub fn one_line(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

/// A text of so many characters at most; where it is cut, it says so.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

impl Parcel {
    /// Refuses what cannot be delivered as it is.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with the field.
    pub fn check(&self) -> Result<()> {
        let wrong = |field, reason: String| Err(Refusal::invalid(field, reason).into());
        let line = |text: &str, most: usize| {
            !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        if !line(&self.key, LONGEST_KEY) {
            return wrong("key", format!("should be one line of 1 to {LONGEST_KEY} characters"));
        }
        if !line(&self.subject, LONGEST_SUBJECT) {
            return wrong("subject", format!("should be one line of 1 to {LONGEST_SUBJECT} characters"));
        }
        if self.text.chars().chain(self.html.iter().flat_map(|html| html.chars())).count() > LONGEST_TEXT {
            return wrong("text", format!("should have {LONGEST_TEXT} characters at most, with the page"));
        }
        let is_none = |link: &String| !link.starts_with("https://") && !link.starts_with("http://");
        if self.link.iter().chain(&self.picture_link).any(is_none) {
            return wrong("link", "should begin with https:// or http://".to_owned());
        }
        if self.attachments.iter().any(|file| !line(&file.name, 200) || file.name.contains(['/', '\\'])) {
            return wrong("attachments", "should have names of one line, without a slash".to_owned());
        }
        let inline = self.contents().map(|content| match content {
            Content::Bytes(bytes) => bytes.len(),
            Content::File(_) => 0,
        });
        if inline.sum::<usize>() > MOST_INLINE {
            let reason = format!("should hold {} KiB at most: put larger files into storage", MOST_INLINE >> 10);
            return wrong("attachments", reason);
        }
        Ok(())
    }

    /// Where its files stand in the tenant's storage that are not in it.
    pub(super) fn files_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let contents = self.attachments.iter_mut().map(|file| &mut file.content).chain(&mut self.picture);
        contents.filter_map(|content| match content {
            Content::File(path) => Some(path),
            Content::Bytes(_) => None,
        })
    }

    fn contents(&self) -> impl Iterator<Item = &Content> {
        self.attachments.iter().map(|file| &file.content).chain(&self.picture)
    }

    /// The same, with the bytes of all its files.
    ///
    /// # Errors
    /// [`Refusal`] when a file is not there any more, or they are too large together; when storage fails.
    pub(super) async fn filled(mut self, lake: &TenantLake) -> Result<Self> {
        let mut left = MOST_BYTES;
        for content in self.attachments.iter_mut().map(|file| &mut file.content).chain(&mut self.picture) {
            let bytes = match content {
                Content::Bytes(bytes) => bytes.clone(),
                Content::File(path) => lake.file(path, left).await?.ok_or_else(|| Refusal::unknown("file", path))?,
            };
            let long = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(long).ok_or_else(|| {
                Refusal::invalid("attachments", format!("should have {} MiB at most together", MOST_BYTES >> 20))
            })?;
            *content = Content::Bytes(bytes);
        }
        Ok(self)
    }

    /// The text, with the link below it.
    pub(super) fn text_and_link(&self) -> String {
        match &self.link {
            Some(link) => format!("{}\n\n{link}\n", self.text.trim_end()),
            None => self.text.clone(),
        }
    }
}

impl Content {
    /// The bytes; none of a file that was not read.
    pub(super) fn bytes(&self) -> Bytes {
        match self {
            Content::Bytes(bytes) => bytes.clone(),
            Content::File(_) => Bytes::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel() -> Parcel {
        Parcel { key: "k".into(), subject: "s".into(), text: "t".into(), ..Parcel::default() }
    }

    #[test]
    fn what_cannot_be_delivered_is_refused_with_its_field() {
        parcel().check().unwrap();
        let file = |name: &str, bytes: usize| Attachment {
            name: name.into(),
            media_type: "text/plain".into(),
            content: Content::Bytes(vec![b'x'; bytes].into()),
        };
        for (parcel, field) in [
            (Parcel { key: String::new(), ..parcel() }, "key"),
            (Parcel { subject: "a\r\nBcc: x@y".into(), ..parcel() }, "subject"),
            (Parcel { link: Some("javascript:alert(1)".into()), ..parcel() }, "link"),
            (Parcel { attachments: vec![file("../x", 1)], ..parcel() }, "attachments"),
            (Parcel { attachments: vec![file("a", MOST_INLINE), file("b", 1)], ..parcel() }, "attachments"),
        ] {
            let error = parcel.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{field}`")), "{error}");
        }
    }

    #[test]
    fn a_parcel_is_kept_as_it_was_made() {
        let content = Content::Bytes(Bytes::from_static(&[0, 255, 7]));
        let attachments = vec![Attachment { name: "a".into(), media_type: "x/y".into(), content: content.clone() }];
        let whole = Parcel { attachments, picture: Some(Content::File("a/b.png".into())), ..parcel() };
        let text = serde_json::to_string(&whole).unwrap();
        assert!(text.contains("{\"bytes\":\"AP8H\"}"), "{text}");
        assert_eq!(serde_json::from_str::<Parcel>(&text).unwrap(), whole);
    }
}
