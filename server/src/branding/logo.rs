//! A tenant's logo: a picture that is shown as one, and that nothing in it can do more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use typst::foundations::Bytes;
use typst::visualize::{ExchangeFormat, RasterImage, SvgImage};
use utoipa::ToSchema;

/// The largest logo, in bytes, and the most pixels that it is wide and high.
pub const MOST_BYTES: usize = 100 << 10;
const MOST_PIXELS: u32 = 4096;

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Logo {
    /// `image/png` or `image/svg+xml`.
    pub media_type: String,
    /// The file in Base64, of up to 100 KiB.
    pub data: String,
}

const SVG: &str = "image/svg+xml";
/// How a PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Logo {
    /// The file; `None` where it is no Base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }

    /// Whether it is an SVG document.
    pub fn is_drawing(&self) -> bool {
        self.media_type == SVG
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Result<(), String> {
        let bytes = self.bytes().ok_or("should be the file in Base64")?;
        if bytes.len() > MOST_BYTES {
            return Err(format!("has {} bytes and may have {MOST_BYTES}: make it smaller", bytes.len()));
        }
        let is_one = match self.media_type.as_str() {
            "image/png" => is_png(&bytes),
            SVG => std::str::from_utf8(&bytes).is_ok_and(is_svg) && SvgImage::new(Bytes::new(bytes)).is_ok(),
            _ => return Err("should be of the type image/png or image/svg+xml".to_owned()),
        };
        if is_one { Ok(()) } else { Err(format!("is no {} that can be shown", self.media_type)) }
    }
}

/// Whether it is a PNG of a size that takes little to unpack. What is drawn from it is drawn by the same reader.
fn is_png(bytes: &[u8]) -> bool {
    // The first chunk has width and height, four bytes each.
    let side = |at: usize| bytes.get(at..at + 4).and_then(|side| side.try_into().ok()).map(u32::from_be_bytes);
    let is_small = [16, 20].into_iter().all(|at| side(at).is_some_and(|side| side <= MOST_PIXELS));
    bytes.starts_with(PNG) && is_small && RasterImage::plain(Bytes::new(bytes.to_vec()), ExchangeFormat::Png).is_ok()
}

/// Whether a text is a drawing that brings nothing but itself. It is shown as a picture, in which nothing runs; this is for whoever
/// opens the file alone, or puts it elsewhere.
fn is_svg(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let begins = lower.trim_start_matches('\u{feff}').trim_start();
    let is_drawing = begins.starts_with("<svg") || (begins.starts_with("<?xml") && lower.contains("<svg"));
    let does_more = ["<script", "<foreignobject", "<!entity", "<!doctype", "javascript:"];
    // It refers to its own parts, and to pictures that are in it.
    let refers = |after: &str| {
        let to = after.trim_start().strip_prefix('=').map(str::trim_start).and_then(|to| to.strip_prefix(['"', '\'']));
        to.is_none_or(|to| to.starts_with('#') || to.starts_with("data:image/"))
    };
    is_drawing && !does_more.iter().any(|part| lower.contains(part)) && lower.split("href").skip(1).all(refers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One grey pixel.
    const DOT: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x68\x00\x00\x00\x82\x00\x81\x77\xcd\x72\xb6\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

    fn logo(media_type: &str, bytes: &[u8]) -> Logo {
        Logo { media_type: media_type.to_owned(), data: STANDARD.encode(bytes) }
    }

    #[test]
    fn a_logo_is_a_picture_of_its_kind_and_nothing_more() {
        let svg = |text: &str| logo("image/svg+xml", text.as_bytes()).check();
        assert_eq!(svg("<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h8v8z'/></svg>"), Ok(()));
        let head = "xmlns='http://www.w3.org/2000/svg' width='8' height='8'";
        assert_eq!(svg(&format!("<?xml version='1.0'?>\n<svg {head}/>")), Ok(()));
        let inner = format!("<svg {head} xmlns:x='http://www.w3.org/1999/xlink'><g id='a'/><use x:href='#a'/></svg>");
        assert_eq!(svg(&inner), Ok(()));
        for wrong in [
            "<html/>",
            "<svg><script>1</script></svg>",
            "<svg><SCRIPT/></svg>",
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>",
            "<svg><foreignObject/></svg>",
            "<svg><image href=\"https://elsewhere.example/x.png\"/></svg>",
            "<svg><a href='javascript:x'/></svg>",
            "<svg xmlns='http://www.w3.org/2000/svg'><image href = \"/etc/passwd\"/></svg>",
            "<svg xmlns='http://www.w3.org/2000/svg'><path",
        ] {
            assert!(svg(wrong).is_err(), "{wrong}");
        }
        assert_eq!(logo("image/png", DOT).check(), Ok(()));
        assert!(logo("image/png", &[PNG, b"rest"].concat()).check().is_err());
        let mut wide = DOT.to_vec();
        wide[18] = 0x20;
        assert!(logo("image/png", &wide).check().is_err(), "it is 8,193 pixels wide");
        assert!(logo("image/png", b"<svg/>").check().is_err());
        assert!(logo("image/gif", b"GIF89a").check().unwrap_err().contains("image/png or"));
        assert!(
            logo("image/png", &[PNG, &vec![0; MOST_BYTES]].concat()).check().unwrap_err().contains("make it smaller")
        );
        let torn = Logo { media_type: "image/png".into(), data: "§".into() };
        assert!(torn.check().unwrap_err().contains("Base64"));
    }
}
