//! A tenant's own fonts, in which its pages are set: a file for each weight, among the tenant's files. Whether they may be used so is
//! between the tenant and whoever made them.

use super::desk::{self, Faces};
use super::pdf;
use crate::control::Refusal;
use crate::{Result, secret};
use bytes::Bytes;
use pulse_engine::Tenant;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The folder of a tenant's fonts among its files: nothing is delivered into it.
pub const FONTS: &str = "kept-fonts";
/// What the names of the files of those begin with, in that folder, that are not set any more.
pub const FONT_WAS: &str = "was-";
/// The most bytes of a font.
pub const MOST_FONT_BYTES: usize = 1 << 20;
/// How many fonts are kept that are not set any more: with one more, the one that was set aside first goes.
const MOST_ASIDE: usize = 8;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = FontWeight)]
pub enum Weight {
    /// 400: most of a report.
    Regular,
    /// 500.
    Medium,
    /// 600: headings and figures.
    Semibold,
    /// 700: the title.
    Bold,
}

impl Weight {
    /// All of them.
    pub const ALL: [Weight; 4] = [Weight::Regular, Weight::Medium, Weight::Semibold, Weight::Bold];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Regular => "regular",
            Weight::Medium => "medium",
            Weight::Semibold => "semibold",
            Weight::Bold => "bold",
        }
    }

    /// The weight of that name.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there is none.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|weight| weight.name() == name);
        Ok(found.ok_or_else(|| Refusal::unknown("weight of a font", name))?)
    }

    pub(super) fn number(self) -> u16 {
        match self {
            Weight::Regular => 400,
            Weight::Medium => 500,
            Weight::Semibold => 600,
            Weight::Bold => 700,
        }
    }

    /// Where its file stands.
    fn path(self) -> String {
        format!("{FONTS}/{}", self.name())
    }
}

/// A font of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// What it stands for, whatever it says itself.
    pub weight: Weight,
    /// Its file.
    pub bytes: Bytes,
}

/// What is told of a font.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OwnFont)]
pub struct FaceTold {
    /// What it stands for.
    pub weight: Weight,
    /// What it is called by its file.
    pub family: String,
    /// How many bytes that has.
    pub bytes: usize,
}

/// Where a font stands that is not set any more, by the sum of its file.
fn aside(sum: &str) -> String {
    format!("{FONTS}/{FONT_WAS}{sum}")
}

impl Face {
    /// The SHA-256 sum of its file.
    fn sum(&self) -> String {
        secret::sum(&self.bytes)
    }

    /// What is told of it; `None` where it is no font.
    pub fn told(&self) -> Option<FaceTold> {
        let family = desk::font(self)?.info().family.clone();
        Some(FaceTold { weight: self.weight, family, bytes: self.bytes.len() })
    }

    /// What is wrong with it. A font is a program of sorts: one by which no page can be set is found before a report is to be.
    fn check(&self) -> Result<FaceTold, String> {
        if self.bytes.len() > MOST_FONT_BYTES {
            return Err(format!("has {} bytes and may have {MOST_FONT_BYTES}", self.bytes.len()));
        }
        if self.bytes.starts_with(b"ttcf") {
            return Err("should be one font, and not a collection of several".to_owned());
        }
        let told = self.told().ok_or("should be a font: a TTF or OTF file")?;
        let set = pdf::sample(Faces::with(std::slice::from_ref(self)));
        set.map_err(|error| format!("is a font that no page can be set in: {error}"))?;
        Ok(told)
    }
}

/// The fonts of a tenant, by weight.
///
/// # Errors
/// When storage fails.
pub async fn fonts(tenant: &Tenant) -> Result<Vec<Face>> {
    let there: Vec<String> = tenant.lake().files(FONTS).await?.into_iter().map(|(path, _)| path).collect();
    let mut all = Vec::new();
    for weight in Weight::ALL.into_iter().filter(|weight| there.contains(&weight.path())) {
        let bytes = tenant.lake().file(&weight.path(), MOST_FONT_BYTES as u64).await?;
        all.extend(bytes.map(|bytes| Face { weight, bytes }));
    }
    Ok(all)
}

/// The sums of a tenant's fonts, by the names of their weights: what [`fonts_at`] finds them by.
///
/// # Errors
/// When storage fails.
pub(super) async fn font_sums(tenant: &Tenant) -> Result<BTreeMap<String, String>> {
    Ok(fonts(tenant).await?.iter().map(|face| (face.weight.name().to_owned(), face.sum())).collect())
}

/// The fonts that a tenant had, by their sums; in the place of one that is not kept any more, the one that is set now.
///
/// # Errors
/// When storage fails.
pub(super) async fn fonts_at(tenant: &Tenant, sums: &BTreeMap<String, String>) -> Result<Vec<Face>> {
    let set = if sums.is_empty() { Vec::new() } else { fonts(tenant).await? };
    let mut all = Vec::new();
    for weight in Weight::ALL {
        let Some(sum) = sums.get(weight.name()) else { continue };
        let now = set.iter().find(|face| face.weight == weight);
        if let Some(same) = now.filter(|face| face.sum() == *sum) {
            all.push(same.clone());
            continue;
        }
        let kept = tenant.lake().file(&aside(sum), MOST_FONT_BYTES as u64).await?;
        let then = kept.map(|bytes| Face { weight, bytes }).filter(|face| face.sum() == *sum);
        all.extend(then.or_else(|| now.cloned()));
    }
    Ok(all)
}

/// Keeps the font of a weight that is about to be another, or none, for reports that are made again.
async fn put_aside(tenant: &Tenant, weight: Weight) -> Result<()> {
    let was = tenant.lake().file(&weight.path(), MOST_FONT_BYTES as u64).await?;
    if let Some(bytes) = was { keep(tenant, bytes).await } else { Ok(()) }
}

/// Keeps the file of a font that is not set, by its sum.
async fn keep(tenant: &Tenant, bytes: Bytes) -> Result<()> {
    let lake = tenant.lake();
    lake.put_file(&aside(&secret::sum(&bytes)), bytes).await?;
    let listed = lake.files(FONTS).await?.into_iter();
    let mut all: Vec<(i64, String)> =
        listed.filter(|(path, _)| path.starts_with(&aside(""))).map(|(path, written_at)| (written_at, path)).collect();
    all.sort();
    let over = all.len().saturating_sub(MOST_ASIDE);
    for (_, path) in all.iter().take(over) {
        lake.remove_file(path).await?;
    }
    Ok(())
}

/// What is told of a font, when pages can be set in it.
async fn checked(face: Face) -> Result<FaceTold> {
    let checked = match tokio::task::spawn_blocking(move || face.check()).await {
        Ok(checked) => checked,
        Err(died) if died.is_panic() => Err("breaks what pages are set with".to_owned()),
        Err(died) => return Err(died.into()),
    };
    Ok(checked.map_err(|why| Refusal::invalid("font", why))?)
}

/// Sets a font of a tenant, in the place of one of that weight.
///
/// # Errors
/// [`Refusal::Invalid`] when it is none that pages can be set in; when storage fails.
pub async fn set_font(tenant: &Tenant, weight: Weight, bytes: Vec<u8>) -> Result<FaceTold> {
    let face = Face { weight, bytes: bytes.into() };
    let told = checked(face.clone()).await?;
    put_aside(tenant, weight).await?;
    tenant.lake().put_file(&weight.path(), face.bytes).await?;
    Ok(told)
}

/// Keeps a font that a tenant had where it comes from, and that was not set any more, for reports that are made again.
///
/// # Errors
/// As [`set_font`].
pub async fn keep_font(tenant: &Tenant, bytes: Vec<u8>) -> Result<()> {
    // Of which weight it was is known by the reports.
    let face = Face { weight: Weight::Regular, bytes: bytes.into() };
    checked(face.clone()).await?;
    keep(tenant, face.bytes).await
}

/// Takes a font of a tenant away; one that is not there is gone.
///
/// # Errors
/// When storage fails.
pub async fn remove_font(tenant: &Tenant, weight: Weight) -> Result<()> {
    put_aside(tenant, weight).await?;
    Ok(tenant.lake().remove_file(&weight.path()).await?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use pulse_engine::{Engine, TenantId};

    /// A font of capital letters alone, and of one that Inter does not have (`tests/fonts/squares.py`).
    pub(in crate::reports) fn squares(weight: Weight) -> Face {
        Face { weight, bytes: Bytes::from_static(include_bytes!("../../tests/fonts/squares.ttf")) }
    }

    #[test]
    fn a_font_is_one_that_a_page_can_be_set_in() {
        let face = squares(Weight::Bold);
        let told = FaceTold { weight: Weight::Bold, family: "Squares".into(), bytes: face.bytes.len() };
        assert_eq!(face.check(), Ok(told));
        let wrong = |bytes: Vec<u8>| Face { weight: Weight::Regular, bytes: bytes.into() }.check().unwrap_err();
        assert!(wrong(Vec::new()).contains("TTF or OTF"));
        assert!(wrong(b"%PDF-1.7".to_vec()).contains("TTF or OTF"));
        assert!(wrong(b"ttcf\x00\x01\x00\x00".to_vec()).contains("collection"));
        assert!(wrong(face.bytes[..face.bytes.len() / 4].to_vec()).starts_with("should be"));
        let long = [&face.bytes[..], &vec![0; MOST_FONT_BYTES]].concat();
        assert!(wrong(long).contains("may have 1048576"));
    }

    #[tokio::test]
    async fn of_fonts_that_are_not_set_any_more_eight_are_found_by_their_sums() {
        let engine = Engine::open("memory://").await.unwrap();
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        let mut sums = vec![font_sums(&tenant).await.unwrap()];
        for n in 1..=10_u8 {
            put_aside(&tenant, Weight::Bold).await.unwrap();
            tenant.lake().put_file(&Weight::Bold.path(), Bytes::from(vec![n])).await.unwrap();
            sums.push(font_sums(&tenant).await.unwrap());
        }
        assert_eq!(fonts_at(&tenant, &sums[0]).await.unwrap(), [], "it had none");
        let mut found = Vec::new();
        for of in &sums[1..] {
            let faces = fonts_at(&tenant, of).await.unwrap();
            assert_eq!((faces.len(), faces[0].weight), (1, Weight::Bold));
            found.push(faces[0].bytes[0]);
        }
        // Of nine that were, and in the place of the one that is gone the one that is set.
        let kept = (1..=9).zip(&found).filter(|(n, found)| n == *found).count();
        assert_eq!((kept, found.iter().filter(|found| **found == 10).count()), (8, 2), "{found:?}");
        assert_eq!(fonts(&tenant).await.unwrap().len(), 1, "those are set by nobody");
    }

    #[test]
    fn weights_are_known_by_their_names() {
        for weight in Weight::ALL {
            assert_eq!(Weight::named(weight.name()).unwrap(), weight);
        }
        assert!(Weight::named("Bold").is_err() && Weight::named("../regular").is_err());
    }
}
