//! Tags and releases.

use super::Time;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The commit that it marks.
    pub commit: String,
    /// What an annotated tag says of itself; a lightweight tag has none.
    pub annotation: Option<Annotation>,
}

/// The tag object of an annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The tag object's own id.
    pub oid: String,
    /// Its message.
    pub message: String,
    /// When it was made.
    pub date: Time,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its database id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its tag's name; the tag of a draft does not exist yet.
    pub tag: String,
    /// Whether it is not published yet.
    pub is_draft: bool,
    /// Whether it is a trial.
    pub is_prerelease: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was published.
    pub published_at: Option<Time>,
    /// When anything of it changed last.
    pub updated_at: Time,
    /// Who made it.
    pub author: Option<String>,
}
