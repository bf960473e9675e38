//! Pulse's engine: the lake, the model, the metrics and the questions asked of them.
//!
//! It knows no vendor, no HTTP and no user. Data takes three steps, each of which may be killed at any instant and run
//! again at any time: [`land`] puts payloads into `raw/`, [`map`] turns them into `core/` entities, [`model`] turns those
//! into `facts/`. [`session`] answers questions over them, for one tenant at a time.
//!
//! `docs/architecture.md` is the map of the whole.

pub mod calendar;
mod clock;
mod engine;
pub mod entities;
mod error;
pub mod forecast;
mod header;
pub mod lake;
pub mod land;
pub mod lineage;
pub mod map;
mod mapping;
pub mod metrics;
pub mod model;
mod parts;
pub mod pattern;
mod percent;
pub mod percentile;
pub mod plan;
pub mod policy;
pub mod risk;
pub mod row;
pub mod session;
mod settings;
mod share;
mod spans;
mod tenant;
mod texts;
pub mod threads;
mod trial;

pub use calendar::Calendar;
pub use clock::Clock;
pub use engine::{Engine, Tenant};
pub use error::{Error, Result};
pub use mapping::{
    BoardMapping, EnvironmentMapping, KnownPerson, LikelyHome, LikelyProject, Likeness, Mapping, RepositoryMapping,
    StatusMapping, TypeMapping, mapping,
};
pub use pattern::Pattern;
pub use percent::{TENFOLD, chance, counted, grown, percent};
pub use policy::{Policy, Rows};
pub use settings::{Flow, People, Settings, Stage};
pub use tenant::TenantId;
pub use trial::{Effects, FigureEffect, TableEffect, Trial};
