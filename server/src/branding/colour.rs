//! Colour arithmetic: OKLCH and sRGB (Ottosson, 2020), and the contrast of WCAG 2.2. `server/web/src/design/colour.ts` reckons the same for
//! the page's own colours; a test holds both against one another.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// A colour that screens show, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(into = "String", try_from = "String")]
#[schema(value_type = String, pattern = "^#[0-9a-fA-F]{6}$")]
pub struct Colour([u8; 3]);

/// Hue in degrees, and chroma, of a colour in OKLCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tone {
    pub(super) hue: f64,
    pub(super) chroma: f64,
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([r, g, b]) = self;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, r, g, b] = number.ok_or_else(|| "a colour should be written #rrggbb".to_owned())?.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Colour {
    /// The colour of this lightness and tone. What a screen cannot show loses chroma until it can; lightness and hue stay.
    pub(super) fn oklch(lightness: f64, tone: Tone) -> Self {
        let mut chroma = tone.chroma;
        if !shown(linear_of(lightness, chroma, tone.hue)) {
            let (mut low, mut high) = (0.0, chroma);
            for _ in 0..20 {
                let middle = (low + high) / 2.0;
                if shown(linear_of(lightness, middle, tone.hue)) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            chroma = low;
        }
        // Between 0 and 255 by now.
        Self(
            linear_of(lightness, chroma, tone.hue)
                .map(|x| (to_gamma(x.clamp(0.0, 1.0)).clamp(0.0, 1.0) * 255.0).round() as u8),
        )
    }

    /// Its hue and chroma.
    pub(super) fn tone(self) -> Tone {
        let [r, g, b] = self.linear();
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let a = 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s;
        Tone { hue: b.atan2(a).to_degrees().rem_euclid(360.0), chroma: a.hypot(b) }
    }

    /// Each part of it as linear light, from 0 to 1.
    fn linear(self) -> [f64; 3] {
        self.0.map(|part| to_linear(f64::from(part) / 255.0))
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast with another, from 1 to 21 (WCAG 2.2, relative luminance).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Whether it has at least this contrast with each of these.
    pub(super) fn holds(self, least: f64, grounds: &[Self]) -> bool {
        grounds.iter().all(|ground| self.contrast(*ground) >= least)
    }

    /// The colour of this tone that is nearest to the grounds and still has at least this contrast with each of them.
    pub(super) fn toned(tone: Tone, least: f64, grounds: &[Self], dark: bool) -> Self {
        // On light grounds lightness is searched downwards from white, on dark ones upwards from black.
        let (mut near, mut far) = if dark { (0.0, 1.0) } else { (1.0, 0.0) };
        for _ in 0..16 {
            let middle = (near + far) / 2.0;
            if Self::oklch(middle, tone).holds(least, grounds) {
                far = middle;
            } else {
                near = middle;
            }
        }
        Self::oklch(far, tone)
    }

    /// The colour that is this share of the way from it to another, as a gradient has it.
    pub(super) fn towards(self, other: Self, share: f64) -> Self {
        let [a, b, c] = self.0;
        let [x, y, z] = other.0;
        let part = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        Self([part(a, x), part(b, y), part(c, z)])
    }

    /// The one of two colours that is easier to read on this one.
    pub(super) fn on(self, light: Self, dark: Self) -> Self {
        if self.contrast(light) >= self.contrast(dark) { light } else { dark }
    }
}

fn to_gamma(x: f64) -> f64 {
    if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }
}

fn to_linear(x: f64) -> f64 {
    if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
}

fn linear_of(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ]
}

fn shown(rgb: [f64; 3]) -> bool {
    rgb.iter().all(|x| *x > -0.0001 && *x < 1.0001)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert_eq!(colour("#000000").contrast(colour("#FFFFFF")), 21.0);
        assert_eq!(colour("#123456").contrast(colour("#123456")), 1.0);
        // The darkest grey that fails AA on white, and the lightest that holds, as everybody's tables have them.
        assert!(
            colour("#777777").contrast(colour("#ffffff")) < 4.5 && colour("#767676").contrast(colour("#ffffff")) >= 4.5
        );
        for wrong in ["", "#fff", "ffffff", "#gggggg", "#1234567", "#12345é", "#+12345"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_tone_has_the_contrast_that_is_asked_for_on_any_ground(
            parts in any::<[u8; 3]>(), least in 1.0_f64..10.0, dark in any::<bool>()
        ) {
            let ground = Colour(if dark { [20, 22, 24] } else { [250, 250, 251] });
            let found = Colour::toned(Colour(parts).tone(), least, &[ground], dark);
            prop_assert!(found.holds(least, &[ground]), "{found} on {ground}: {}", found.contrast(ground));
        }

        #[test]
        fn a_colour_is_read_as_it_is_written(parts in any::<[u8; 3]>()) {
            prop_assert_eq!(colour(&Colour(parts).to_string()), Colour(parts));
        }

        #[test]
        fn one_of_black_and_white_is_readable_on_any_colour(parts in any::<[u8; 3]>()) {
            let on = Colour(parts).on(colour("#ffffff"), colour("#000000"));
            prop_assert!(on.contrast(Colour(parts)) >= 4.5);
        }
    }
}
