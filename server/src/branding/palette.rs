//! The colours of a page in a tenant's own, for each mode and contrast: each is what the tenant gave where that has the contrast that
//! it must have on every ground it stands on, and else the nearest of its hue that has.

use super::colour::{Colour, Tone};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Whether grounds are light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How much contrast there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Contrast {
    /// Level AA of WCAG 2.2.
    Regular,
    /// The same, with edges around everything.
    Aa,
    /// Level AAA for all text.
    Aaa,
}

const MODES: [(Mode, &str); 2] = [(Mode::Light, "light"), (Mode::Dark, "dark")];
const CONTRASTS: [(Contrast, &str); 3] = [(Contrast::Regular, "regular"), (Contrast::Aa, "aa"), (Contrast::Aaa, "aaa")];

/// What a contrast asks for: of text, of secondary text, of marks, of edges and of lines between things.
struct Least {
    ink: f64,
    soft: f64,
    mark: f64,
    edge: f64,
    line: f64,
}

impl Contrast {
    fn least(self) -> Least {
        match self {
            Contrast::Regular => Least { ink: 12.0, soft: 4.6, mark: 3.05, edge: 3.05, line: 1.18 },
            Contrast::Aa => Least { ink: 13.0, soft: 5.6, mark: 3.6, edge: 3.6, line: 3.05 },
            Contrast::Aaa => Least { ink: 14.5, soft: 7.1, mark: 4.6, edge: 4.6, line: 4.55 },
        }
    }
}

/// The contrast of what is written on a colour of the tenant's: level AA of WCAG 2.2.
const ON_COLOUR: f64 = 4.5;

/// The five colours that a tenant may have in place of the page's own. One that is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Colours {
    /// What can be clicked, and what is chosen.
    pub accent: Option<Colour>,
    /// Where a gradient that begins with the accent ends.
    pub second: Option<Colour>,
    /// What is for the better.
    pub good: Option<Colour>,
    /// What wants to be looked at.
    pub warn: Option<Colour>,
    /// What is for the worse.
    pub bad: Option<Colour>,
}

impl Colours {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A tenant's colours on light and on dark grounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Themes {
    /// On light grounds.
    pub light: Colours,
    /// On dark grounds; what is left out is as on light ones.
    pub dark: Colours,
}

/// A colour that is not shown as it was given, since it could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Warning {
    /// In which mode.
    pub mode: Mode,
    /// With which contrast.
    pub contrast: Contrast,
    /// Which of the five.
    pub colour: &'static str,
    /// As it was given.
    pub given: Colour,
    /// The contrast that it has where it stands, from 1 to 21.
    pub has: f64,
    /// The contrast that it needs there.
    pub needs: f64,
    /// What is shown in its place: the nearest of its hue that has it.
    pub shown: Colour,
}

/// Hue and chroma of what carries a meaning, where a tenant has no colour of its own.
const ACCENT: Tone = Tone { hue: 252.0, chroma: 0.13 };
const GOOD: Tone = Tone { hue: 160.0, chroma: 0.11 };
const WARN: Tone = Tone { hue: 75.0, chroma: 0.11 };
const BAD: Tone = Tone { hue: 27.0, chroma: 0.17 };
/// The series of a chart: hue, chroma, and how much more contrast than a mark needs.
const SERIES: [(f64, f64, f64); 6] = [
    (232.0, 0.1, 1.65),
    (38.0, 0.18, 1.0),
    (295.0, 0.14, 2.26),
    (151.0, 0.08, 1.0),
    (84.0, 0.136, 1.82),
    (23.0, 0.09, 3.09),
];

/// A palette: the custom properties of the stylesheet without their `--c-`, and what was not shown as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Palette {
    pub(super) colours: Vec<(String, Colour)>,
    pub(super) warnings: Vec<Warning>,
}

impl Themes {
    /// Those of a mode.
    fn of(&self, mode: Mode) -> Colours {
        match mode {
            Mode::Light => self.light,
            Mode::Dark => Colours {
                accent: self.dark.accent.or(self.light.accent),
                second: self.dark.second.or(self.light.second),
                good: self.dark.good.or(self.light.good),
                warn: self.dark.warn.or(self.light.warn),
                bad: self.dark.bad.or(self.light.bad),
            },
        }
    }

    /// What is not shown as it was given, in any theme.
    pub fn warnings(&self) -> Vec<Warning> {
        let themes = MODES.iter().flat_map(|(mode, _)| CONTRASTS.iter().map(move |(contrast, _)| (*mode, *contrast)));
        themes.flat_map(|(mode, contrast)| palette(mode, contrast, &self.of(mode)).warnings).collect()
    }

    /// Their names and colours on light grounds with regular contrast, as documents have them.
    pub(crate) fn paper(&self) -> Vec<(String, Colour)> {
        palette(Mode::Light, Contrast::Regular, &self.light).colours
    }

    /// The stylesheet that puts them into the page: all themes, before those that the page brings itself. Paper is always light.
    pub fn css(&self) -> String {
        let rule = |mode: Mode, name: &str, contrast: Contrast| {
            let mut text = format!("color-scheme:{name}");
            for (name, colour) in palette(mode, contrast, &self.of(mode)).colours {
                // Writing into a text never fails.
                let _ = write!(text, ";--c-{name}:{colour}");
            }
            text
        };
        let (light, dark) =
            (|contrast| rule(Mode::Light, "light", contrast), |contrast| rule(Mode::Dark, "dark", contrast));
        let mut css = format!(
            ":root:root{{{}}}\n@media (prefers-color-scheme:dark){{:root:root{{{}}}}}\n\
             @media (prefers-contrast:more){{:root:root{{{}}}}}\n\
             @media (prefers-contrast:more) and (prefers-color-scheme:dark){{:root:root{{{}}}}}\n",
            light(Contrast::Regular),
            dark(Contrast::Regular),
            light(Contrast::Aaa),
            dark(Contrast::Aaa),
        );
        for (mode, name) in MODES {
            for (contrast, level) in CONTRASTS {
                let rule = rule(mode, name, contrast);
                let _ = writeln!(css, ":root:root[data-mode={name}][data-contrast={level}]{{{rule}}}");
            }
        }
        let _ = writeln!(css, "@media print{{:root:root:root:root{{{}}}}}", light(Contrast::Aa));
        css
    }
}

/// What chooses among a tenant's colour and those of its hue.
struct Chooser {
    mode: Mode,
    contrast: Contrast,
    warnings: Vec<Warning>,
}

impl Chooser {
    /// The colour itself, or the nearest of its hue that has the contrast.
    fn choose(
        &mut self,
        name: &'static str,
        given: Option<Colour>,
        tone: Tone,
        least: f64,
        grounds: &[Colour],
    ) -> Colour {
        let dark = self.mode == Mode::Dark;
        let Some(given) = given else { return Colour::toned(tone, least, grounds, dark) };
        if given.holds(least, grounds) {
            return given;
        }
        let shown = Colour::toned(given.tone(), least, grounds, dark);
        if !self.warnings.iter().any(|warning| warning.colour == name) {
            let has = grounds.iter().map(|ground| given.contrast(*ground)).fold(f64::INFINITY, f64::min);
            let has = (has * 100.0).floor() / 100.0;
            let (mode, contrast) = (self.mode, self.contrast);
            self.warnings.push(Warning { mode, contrast, colour: name, given, has, needs: least, shown });
        }
        shown
    }
}

impl Chooser {
    /// The other end of a gradient that begins with the accent: what is written on it is readable all along. Where no colour of its
    /// hue does that, there is no gradient.
    fn second(&mut self, given: Colour, accent: Colour, text: Colour) -> Colour {
        // Luminance may fall below both ends on the way, where one part of the colour rises and another falls.
        let is_readable =
            |end: Colour| (0..=16).all(|n| accent.towards(end, f64::from(n) / 16.0).holds(ON_COLOUR, &[text]));
        if is_readable(given) {
            return given;
        }
        let text_is_dark = text.contrast(Colour::oklch(0.0, BAD)) < ON_COLOUR;
        let toned = Colour::toned(given.tone(), ON_COLOUR, &[text], text_is_dark);
        let shown = if is_readable(toned) { toned } else { accent };
        let has = (given.contrast(text) * 100.0).floor() / 100.0;
        let (mode, contrast) = (self.mode, self.contrast);
        self.warnings.push(Warning { mode, contrast, colour: "second", given, has, needs: ON_COLOUR, shown });
        shown
    }
}

/// The palette of a mode and contrast. `server/web/src/design/tokens.ts` makes the same for a tenant without colours of its own.
pub(super) fn palette(mode: Mode, contrast: Contrast, given: &Colours) -> Palette {
    let dark = mode == Mode::Dark;
    let least = contrast.least();
    let grey = |lightness| Colour::oklch(lightness, Tone { hue: 250.0, chroma: 0.006 });
    let [canvas, surface, sunken, hover] = match (dark, contrast) {
        (true, Contrast::Aaa) => [0.13, 0.16, 0.15, 0.26],
        (true, _) => [0.175, 0.215, 0.15, 0.26],
        (false, _) => [0.975, 1.0, 0.955, 0.945],
    }
    .map(grey);
    let tone = |given: Option<Colour>, own: Tone| given.map_or(own, Colour::tone);
    let tint = |of: Tone| {
        let (lightness, chroma): (f64, f64) = if dark { (0.27, 0.035) } else { (0.965, 0.022) };
        Colour::oklch(lightness, Tone { hue: of.hue, chroma: chroma.min(of.chroma) })
    };
    let (accent_tone, good_tone) = (tone(given.accent, ACCENT), tone(given.good, GOOD));
    let (warn_tone, bad_tone) = (tone(given.warn, WARN), tone(given.bad, BAD));
    let [accent_tint, good_tint, bad_tint, warn_tint] = [accent_tone, good_tone, bad_tone, warn_tone].map(tint);
    let grounds = [canvas, surface, sunken, hover];
    let all = [canvas, surface, sunken, hover, accent_tint, good_tint, bad_tint, warn_tint];
    let with = |ground: Colour| [canvas, surface, sunken, hover, ground];
    let neutral = |least: f64, on: &[Colour]| Colour::toned(Tone { hue: 250.0, chroma: 0.012 }, least, on, dark);
    let mut chooser = Chooser { mode, contrast, warnings: Vec::new() };
    let accent = chooser.choose("accent", given.accent, ACCENT, least.soft.max(4.6), &[surface]);
    let accent_text = chooser.choose("accent", given.accent, ACCENT, least.soft, &with(accent_tint));
    let good = chooser.choose("good", given.good, GOOD, least.soft, &with(good_tint));
    let bad = chooser.choose("bad", given.bad, BAD, least.soft, &with(bad_tint));
    let warn = chooser.choose("warn", given.warn, WARN, least.soft, &with(warn_tint));
    let on_accent = accent.on(grey(1.0), grey(0.12));
    let second = chooser.second(given.second.unwrap_or(accent), accent, on_accent);
    let mut colours: Vec<(String, Colour)> = [
        ("canvas", canvas),
        ("surface", surface),
        ("sunken", sunken),
        ("hover", hover),
        ("line", neutral(least.line, &[canvas, surface])),
        ("edge", neutral(least.edge, &grounds)),
        ("ink", neutral(least.ink, &all)),
        ("soft", neutral(least.soft, &all)),
        ("accent", accent),
        ("accent-text", accent_text),
        ("on-accent", on_accent),
        ("second", second),
        ("good", good),
        ("bad", bad),
        ("warn", warn),
        ("accent-tint", accent_tint),
        ("good-tint", good_tint),
        ("bad-tint", bad_tint),
        ("warn-tint", warn_tint),
        ("band", Colour::oklch(if dark { 0.3 } else { 0.93 }, Tone { hue: 250.0, chroma: 0.015 })),
    ]
    .map(|(name, colour)| (name.to_owned(), colour))
    .into();
    for (n, (hue, chroma, more)) in (1..).zip(SERIES) {
        let shown = Colour::toned(Tone { hue, chroma }, least.mark * more, &[surface, canvas], dark);
        colours.push((format!("series-{n}"), shown));
    }
    Palette { colours, warnings: chooser.warnings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the page's own tokens are: written by `npm test -- -u` in server/web, from the module that makes its stylesheet.
    const PAGES: &str = include_str!("../../web/src/design/tokens.json");

    #[test]
    fn a_tenant_without_colours_has_those_of_the_page() {
        let pages: serde_json::Value = serde_json::from_str(PAGES).unwrap();
        for (mode, mode_name) in MODES {
            for (contrast, level) in CONTRASTS {
                let ours: serde_json::Map<_, _> = palette(mode, contrast, &Colours::default())
                    .colours
                    .into_iter()
                    .map(|(name, colour)| (name, colour.to_string().into()))
                    .collect();
                assert_eq!(serde_json::Value::Object(ours), pages[mode_name][level], "{mode_name} {level}");
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_is_shown_as_it_is_and_another_is_told_of() {
        let colours = |accent: &str| Themes {
            light: Colours { accent: Some(accent.parse().unwrap()), ..Colours::default() },
            dark: Colours::default(),
        };
        let dark_green = colours("#063d27");
        let accent = |themes: &Themes, mode, contrast| {
            let found = palette(mode, contrast, &themes.of(mode)).colours;
            found.into_iter().find(|(name, _)| name == "accent").unwrap().1.to_string()
        };
        assert_eq!(accent(&dark_green, Mode::Light, Contrast::Regular), "#063d27");
        assert_ne!(accent(&dark_green, Mode::Dark, Contrast::Regular), "#063d27", "dark on dark");
        assert!(dark_green.warnings().iter().all(|warning| warning.mode == Mode::Dark));
        let yellow = colours("#ffd400");
        let told = yellow.warnings();
        let first = told.iter().find(|w| w.mode == Mode::Light && w.contrast == Contrast::Regular).unwrap();
        assert!(first.colour == "accent" && first.has < 1.5 && first.needs == 4.6, "{first:?}");
        assert_eq!(accent(&yellow, Mode::Dark, Contrast::Regular), "#ffd400");
    }

    fn any_colours() -> impl Strategy<Value = Colours> {
        let one = || proptest::option::of("#[0-9a-f]{6}".prop_map(|text| text.parse::<Colour>().unwrap()));
        (one(), one(), one(), one(), one()).prop_map(|(accent, second, good, warn, bad)| Colours {
            accent,
            second,
            good,
            warn,
            bad,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_a_tenant_gives_can_be_read(given in any_colours()) {
            for (mode, _) in MODES {
                for (contrast, _) in CONTRASTS {
                    let palette = palette(mode, contrast, &given);
                    let of = |name: &str| palette.colours.iter().find(|(known, _)| known == name).unwrap().1;
                    let (least, surface) = (contrast.least(), of("surface"));
                    for name in ["accent", "accent-text", "good", "bad", "warn", "soft"] {
                        prop_assert!(of(name).contrast(surface) >= least.soft, "{name} {:?}", (mode, contrast));
                    }
                    for (text, tint) in [("accent-text", "accent-tint"), ("good", "good-tint"), ("bad", "bad-tint"), ("warn", "warn-tint")] {
                        prop_assert!(of(text).contrast(of(tint)) >= least.soft, "{text} {:?}", (mode, contrast));
                        prop_assert!(of("ink").contrast(of(tint)) >= least.ink, "ink on {tint} {:?}", (mode, contrast));
                    }
                    for ground in ["accent", "second"] {
                        prop_assert!(of("on-accent").contrast(of(ground)) >= ON_COLOUR, "{ground} {:?}", (mode, contrast));
                    }
                    prop_assert!(of("ink").contrast(surface) >= least.ink);
                }
            }
        }
    }
}
