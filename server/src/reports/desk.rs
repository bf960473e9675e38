//! What Typst sets pages with: the template, what is in it, a picture, and fonts. No file, package or clock of the machine is within
//! reach.

use super::fonts::Face;
use crate::{Error, Result};
use std::sync::OnceLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontInfo, FontVariant, FontWeight};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;

/// Pulse's font, in which everything is set that a tenant has no font for: what the machine has installed changes no report.
const FACES: [&[u8]; 4] = [
    include_bytes!("../../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../../assets/fonts/Inter-Medium.otf"),
    include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
    include_bytes!("../../assets/fonts/Inter-Bold.otf"),
];
const INTER: &str = "Inter";
/// What a tenant's own font is called here, whatever its files say.
const OWN: &str = "Own";

/// The fonts of a document.
pub(super) struct Faces {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Faces {
    /// Those of a tenant, and Pulse's.
    pub(super) fn with(own: &[Face]) -> Self {
        let own = own.iter().filter_map(|face| {
            let font = font(face)?;
            let variant =
                FontVariant { weight: FontWeight::from_number(face.weight.number()), ..FontVariant::default() };
            Some((FontInfo { family: OWN.to_owned(), variant, ..font.info().clone() }, font))
        });
        let inter = inter().iter().map(|font| (font.info().clone(), font.clone()));
        let (infos, fonts): (Vec<FontInfo>, Vec<Font>) = own.chain(inter).unzip();
        Self { book: LazyHash::new(FontBook::from_infos(infos)), fonts }
    }

    /// The families, in the order in which a letter is looked for.
    pub(super) fn families(&self) -> Vec<&'static str> {
        // The book's own names are in small letters.
        let is_own = self.book.contains_family(&OWN.to_lowercase());
        is_own.then_some(OWN).into_iter().chain([INTER]).collect()
    }

    /// Whether any of them has a letter.
    pub(super) fn have(&self, letter: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(letter.into()))
    }
}

/// The font of a file; `None` where that is none.
pub(super) fn font(face: &Face) -> Option<Font> {
    Font::new(Bytes::new(face.bytes.clone()), 0)
}

fn inter() -> &'static [Font] {
    static ALL: OnceLock<Vec<Font>> = OnceLock::new();
    ALL.get_or_init(|| FACES.iter().flat_map(|face| Font::iter(Bytes::new(*face))).collect())
}

/// All that Typst may read.
pub(super) struct Desk {
    faces: Faces,
    template: &'static str,
    /// What the template shows, in JSON.
    data: String,
    /// The picture.
    mark: Bytes,
    names: [FileId; 3],
}

impl Desk {
    pub(super) fn new(faces: Faces, template: &'static str, data: String, mark: Bytes) -> Result<Self> {
        let names = [file("/report.typ")?, file("/report.json")?, file("/logo")?];
        Ok(Self { faces, template, data, mark, names })
    }

    /// What the template shows.
    pub(super) fn data(&self) -> &str {
        &self.data
    }

    /// The pages.
    pub(super) fn set(&self) -> Result<PagedDocument> {
        let document = typst::compile::<PagedDocument>(self).output.map_err(|errors| unset(&errors));
        // What Typst remembers of one report serves no other.
        typst::comemo::evict(0);
        document
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        static LIBRARY: OnceLock<LazyHash<Library>> = OnceLock::new();
        LIBRARY.get_or_init(|| LazyHash::new(Library::default()))
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.faces.book
    }

    fn main(&self) -> FileId {
        self.names[0]
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() { Ok(Source::new(id, self.template.to_owned())) } else { Err(FileError::NotSource) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let [main, data, mark] = self.names;
        match id {
            id if id == data => Ok(Bytes::from_string(self.data.clone())),
            id if id == mark => Ok(self.mark.clone()),
            id if id == main => Ok(Bytes::from_string(self.template)),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.faces.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn file(path: &str) -> Result<FileId> {
    let path = VirtualPath::new(path).map_err(|error| broken(&error.to_string()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// What Typst found wrong.
pub(super) fn unset(errors: &[SourceDiagnostic]) -> Error {
    let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    broken(&said.join("; "))
}

/// A document that cannot be set.
pub(super) fn broken(why: &str) -> Error {
    Error::Unset(why.to_owned())
}
