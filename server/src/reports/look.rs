//! How a report looks: whose name stands on it, and in which colours.

use serde::Serialize;

/// A report's name, mark and colours. Those of a tenant's own take the place of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Whose report it is said to be, at the foot of each page.
    pub name: String,
    /// The mark on the cover, as an SVG document; it may hold no text, script or reference.
    pub logo: String,
    /// The colours.
    pub colours: Colours,
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

/// The light theme of the page with regular contrast, as `server/web/src/design/tokens.ts` finds it. A chart's seventh and eighth line
/// have its accent and its green: on a page there are six.
impl Default for Look {
    fn default() -> Self {
        let hex = |colour: &str| colour.to_owned();
        let series = ["#137198", "#ec6336", "#61449e", "#679972", "#805e00", "#6c2e2d", "#3377bf", "#137950"];
        Self {
            name: "Pulse".to_owned(),
            logo: include_str!("../../web/public/icon.svg").to_owned(),
            colours: Colours {
                ink: hex("#272b31"),
                soft: hex("#656a71"),
                line: hex("#dfe5ec"),
                edge: hex("#82888e"),
                sunken: hex("#f4f7fb"),
                accent: hex("#276cb3"),
                good: hex("#137950"),
                bad: hex("#bf3a34"),
                warn: hex("#906005"),
                band: hex("#e1e9f2"),
                series: series.map(hex).into(),
            },
        }
    }
}
