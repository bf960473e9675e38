//! A tenant's logo: a picture that is shown as one, and that nothing in it can do more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest logo, in bytes.
pub const MOST_BYTES: usize = 100 << 10;

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Logo {
    /// `image/png` or `image/svg+xml`.
    pub media_type: String,
    /// The file in Base64, of up to 100 KiB.
    pub data: String,
}

/// How a PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Logo {
    /// The file; `None` where it is no Base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Result<(), String> {
        let bytes = self.bytes().ok_or("should be the file in Base64")?;
        if bytes.len() > MOST_BYTES {
            return Err(format!("has {} bytes and may have {MOST_BYTES}: make it smaller", bytes.len()));
        }
        let is_one = match self.media_type.as_str() {
            "image/png" => bytes.starts_with(PNG),
            "image/svg+xml" => std::str::from_utf8(&bytes).is_ok_and(is_svg),
            _ => return Err("should be of the type image/png or image/svg+xml".to_owned()),
        };
        if is_one { Ok(()) } else { Err(format!("is no {} that can be shown", self.media_type)) }
    }
}

/// Whether a text is a drawing that brings nothing but itself. It is shown as a picture, in which nothing runs; this is for whoever
/// opens the file alone, or puts it elsewhere.
fn is_svg(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let begins = lower.trim_start_matches('\u{feff}').trim_start();
    let is_drawing = begins.starts_with("<svg") || (begins.starts_with("<?xml") && lower.contains("<svg"));
    let does_more = ["<script", "<foreignobject", "<!entity", "<!doctype", "javascript:", "href=\"http", "href='http"];
    is_drawing && !does_more.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logo(media_type: &str, bytes: &[u8]) -> Logo {
        Logo { media_type: media_type.to_owned(), data: STANDARD.encode(bytes) }
    }

    #[test]
    fn a_logo_is_a_picture_of_its_kind_and_nothing_more() {
        let svg = |text: &str| logo("image/svg+xml", text.as_bytes()).check();
        assert_eq!(svg("<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h8v8z'/></svg>"), Ok(()));
        assert_eq!(svg("<?xml version='1.0'?>\n<svg/>"), Ok(()));
        for wrong in [
            "<html/>",
            "<svg><script>1</script></svg>",
            "<svg><SCRIPT/></svg>",
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>",
            "<svg><foreignObject/></svg>",
            "<svg><image href=\"https://elsewhere.example/x.png\"/></svg>",
            "<svg><a href='javascript:x'/></svg>",
        ] {
            assert!(svg(wrong).is_err(), "{wrong}");
        }
        assert_eq!(logo("image/png", &[PNG, b"rest"].concat()).check(), Ok(()));
        assert!(logo("image/png", b"<svg/>").check().is_err());
        assert!(logo("image/gif", b"GIF89a").check().unwrap_err().contains("image/png or"));
        assert!(
            logo("image/png", &[PNG, &vec![0; MOST_BYTES]].concat()).check().unwrap_err().contains("make it smaller")
        );
        let torn = Logo { media_type: "image/png".into(), data: "§".into() };
        assert!(torn.check().unwrap_err().contains("Base64"));
    }
}
