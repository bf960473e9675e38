//! How a tenant looks: its name, its logo, and colours of its own, which are readable whatever it gives.

mod colour;
mod logo;
mod palette;

pub use colour::Colour;
pub use logo::{Logo, MOST_BYTES as MOST_LOGO_BYTES};
pub use palette::{Colours, Contrast, Mode, Themes, Warning};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a tenant decides about its look. What it leaves out is Pulse's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// What stands in the place of the product's name, of up to 60 characters.
    pub name: Option<String>,
    /// Its logo.
    pub logo: Option<Logo>,
    /// Its colours.
    pub colours: Themes,
}

/// The longest name, in characters.
const MOST_NAME: usize = 60;

impl Branding {
    /// What is wrong with it: the field, and what would be right. The name is without the white space around it by then.
    pub(crate) fn checked(self) -> Result<Self, (&'static str, String)> {
        let name = self.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let is_long = |name: &String| name.chars().count() > MOST_NAME;
        if name.as_ref().is_some_and(is_long) || name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(("name", format!("should be one line of up to {MOST_NAME} characters")));
        }
        if let Some(logo) = &self.logo {
            logo.check().map_err(|why| ("logo", why))?;
        }
        Ok(Self { name, ..self })
    }

    /// The stylesheet that puts its colours into the page; empty where it has none.
    pub fn css(&self) -> String {
        let has_none = self.colours.light.is_empty() && self.colours.dark.is_empty();
        if has_none { String::new() } else { self.colours.css() }
    }
}
