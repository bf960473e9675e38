//! How a report looks: whose name stands on it, and in which colours.

use super::fonts::Face;
use crate::branding::{Branding, Logo};
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// A report's name, mark and colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Whose report it is said to be, at the foot of each page.
    pub name: String,
    /// The mark on the cover.
    #[serde(skip)]
    pub logo: Mark,
    /// The fonts that its pages are set in; what they have no letter for, and all else, is set in Pulse's.
    #[serde(skip)]
    pub fonts: Vec<Face>,
    /// The colours.
    pub colours: Colours,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its file.
    pub bytes: Bytes,
    /// Whether that is an SVG document; it is a PNG else.
    pub is_drawing: bool,
}

/// Colours as `#rrggbb`, on white.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "they are named as the tokens of the page are")]
pub struct Colours {
    pub ink: String,
    pub soft: String,
    pub line: String,
    pub edge: String,
    pub sunken: String,
    pub accent: String,
    pub good: String,
    pub bad: String,
    pub warn: String,
    pub band: String,
    /// The lines of a chart, in their order.
    pub series: Vec<String>,
}

impl Look {
    /// How the reports of a tenant look: in the colours that its page has on light grounds with regular contrast. A chart's seventh and
    /// eighth line have its accent and its green: on a page there are six.
    pub fn of(branding: &Branding) -> Self {
        let all: BTreeMap<String, String> =
            branding.colours.paper().into_iter().map(|(name, colour)| (name, colour.to_string())).collect();
        let of = |name: &str| all.get(name).cloned().unwrap_or_default();
        let series = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "accent", "good"];
        Self {
            name: branding.name.clone().unwrap_or_else(|| "Pulse".to_owned()),
            logo: branding.logo.as_ref().and_then(Mark::of).unwrap_or_else(Mark::own),
            fonts: Vec::new(),
            colours: Colours {
                ink: of("ink"),
                soft: of("soft"),
                line: of("line"),
                edge: of("edge"),
                sunken: of("canvas"),
                // Much of it is small text.
                accent: of("accent-text"),
                good: of("good"),
                bad: of("bad"),
                warn: of("warn"),
                band: of("band"),
                series: series.map(of).into(),
            },
        }
    }
}

impl Mark {
    fn of(logo: &Logo) -> Option<Self> {
        Some(Self { bytes: logo.bytes()?.into(), is_drawing: logo.is_drawing() })
    }

    /// Pulse's.
    fn own() -> Self {
        Self { bytes: Bytes::from_static(include_bytes!("../../web/public/icon.svg")), is_drawing: true }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self::of(&Branding::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branding::{Colours as Given, Themes};

    #[test]
    fn a_report_has_the_name_and_the_colours_of_its_tenant_and_else_those_of_the_page() {
        let own = Look::default();
        assert_eq!((own.name.as_str(), own.colours.accent.as_str()), ("Pulse", "#276cb3"));
        let series = ["#137198", "#ec6336", "#61449e", "#679972", "#805e00", "#6c2e2d", "#3377bf", "#137950"];
        assert_eq!(own.colours.series, series);
        let light = Given { accent: Some("#7a0019".parse().unwrap()), ..Given::default() };
        let branding = Branding {
            name: Some("Acme Insights".into()),
            colours: Themes { light, ..Themes::default() },
            ..Branding::default()
        };
        let theirs = Look::of(&branding);
        assert_eq!((theirs.name.as_str(), theirs.colours.accent.as_str()), ("Acme Insights", "#7a0019"));
        assert_eq!(theirs.colours.good, own.colours.good);
    }
}
