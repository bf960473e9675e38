//! A commit object becomes a payload.

use super::payload::{Commit, Person, When};
use crate::message::{named, title};
use gix::ObjectId;
use gix::actor::SignatureRef;
use gix::bstr::{BStr, ByteSlice};
use gix::mailmap::Snapshot;

/// A commit object, taken apart as leniently as can be: histories hold commits that git itself would not write today,
/// and a figure must not fail over one of them.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) parents: Vec<ObjectId>,
    author: &'a [u8],
    committer: &'a [u8],
    encoding: Option<&'a BStr>,
    message: &'a [u8],
}

impl<'a> Object<'a> {
    /// Headers up to the first empty line, the message after it. Headers that we do not know, and their continued lines,
    /// are passed over.
    pub(super) fn parse(data: &'a [u8]) -> Self {
        let mut object = Object::default();
        let mut rest = data;
        while let Some(end) = rest.find_byte(b'\n') {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            if line.is_empty() {
                object.message = rest;
                break;
            }
            match line.split_once_str(" ") {
                Some((b"parent", id)) => object.parents.extend(ObjectId::from_hex(id)),
                Some((b"author", text)) if object.author.is_empty() => object.author = text,
                Some((b"committer", text)) if object.committer.is_empty() => object.committer = text,
                Some((b"encoding", text)) => object.encoding = Some(text.trim().as_bstr()),
                _ => {}
            }
        }
        object
    }

    /// Author and committer as the mailmap has them.
    pub(super) fn people(&self, mailmap: &Snapshot) -> [Person; 2] {
        [self.author, self.committer].map(|line| person(line, self.encoding, mailmap))
    }

    /// When it was committed.
    pub(super) fn committed(&self) -> When {
        when(self.committer)
    }

    /// The first line of its message.
    pub(super) fn title(&self) -> String {
        title(&text(self.message, self.encoding))
    }

    /// The payload. Text that is not UTF-8 is kept as far as it can be; a time that makes no sense is left out.
    pub(super) fn payload(&self, id: &ObjectId, mailmap: &Snapshot) -> Commit {
        let message = text(self.message, self.encoding);
        let named = named(&message);
        let [author, committer] = self.people(mailmap);
        Commit {
            sha: id.to_string(),
            parents: self.parents.iter().map(ToString::to_string).collect(),
            author,
            authored: when(self.author),
            committer,
            committed: when(self.committer),
            title: title(&message),
            reverts: named.reverts,
            cherry_picked_from: named.cherry_picked_from,
            work_item_keys: named.work_item_keys,
            changed: None,
        }
    }
}

/// `Name <address> 1700000000 +0100`, split at the outermost brackets.
fn split(line: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let open = line.find_byte(b'<').unwrap_or(line.len());
    let close = line.rfind_byte(b'>').filter(|close| *close > open).unwrap_or(line.len());
    let email = line.get(open + 1..close).unwrap_or_default();
    (line[..open].trim(), email.trim(), line.get(close + 1..).unwrap_or_default())
}

/// The time of a line that names a person.
pub(super) fn when(line: &[u8]) -> When {
    split(line).2.to_str().map_or_else(|_| When::default(), When::parse)
}

fn person(line: &[u8], encoding: Option<&BStr>, mailmap: &Snapshot) -> Person {
    let (name, email, _) = split(line);
    let mapped = mailmap.try_resolve_ref(SignatureRef { name: name.as_bstr(), email: email.as_bstr(), time: "" });
    let (new_name, new_email) = mapped.map_or((None, None), |m| (m.name, m.email));
    Person {
        name: new_name.map_or_else(|| text(name, encoding), |name| text(name, None)),
        email: new_email.map_or_else(|| text(email, encoding), |email| text(email, None)),
    }
}

/// Bytes as text. Git's default is UTF-8; Latin-1 is what old histories declare most, and is read exactly.
pub(super) fn text(bytes: &[u8], encoding: Option<&BStr>) -> String {
    let bytes = bytes.trim();
    let latin = encoding.is_some_and(|e| {
        ["iso-8859-1", "iso8859-1", "latin1", "latin-1"].iter().any(|name| e.eq_ignore_ascii_case(name.as_bytes()))
    });
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if latin => bytes.iter().map(|&b| char::from(b)).collect(),
        Err(_) => bytes.to_str_lossy().into_owned(),
    }
}
