//! Reports: what the dashboards tell, as documents at one as-of.
//!
//! A [`Definition`] says what is in a report, [`make`] asks for it and makes a [`Paper`], which no format has touched, and a
//! [`FileFormat`] writes that. `run` does so as a job, and keeps the file in the tenant's own storage.
//!
//! | file | what stands there |
//! |---|---|
//! | `definition.rs`, `built_in.rs`, `period.rs` | what a report is to have in it, those that every tenant has, and which days |
//! | `make.rs`, `tables.rs`, `queried.rs`, `paper.rs`, `cells.rs` | how it is made, and what it is then |
//! | `chart/` | charts as vector graphics |
//! | `pdf.rs`, `report.typ`, `desk.rs`, `fonts.rs`, `xlsx.rs`, `html.rs`, `rows.rs`, `written.rs` | what it is written as |
//! | `plan.rs`, `decided.rs`, `run.rs`, `keep.rs` | what a tenant keeps, what it had decided, the job, and files that are kept |
//! | `hand.rs`, `link.rs` | what is delivered of them, and links to their files |

mod built_in;
mod cells;
mod chart;
mod decided;
mod definition;
mod desk;
mod fonts;
mod format;
mod frame;
mod hand;
mod html;
mod keep;
mod link;
mod look;
mod make;
mod paper;
mod pdf;
mod period;
mod plan;
mod queried;
mod rows;
mod run;
mod tables;
mod written;
mod xlsx;

pub use built_in::{BUILT_IN, BuiltIn, built_in};
pub use decided::Decided;
pub use definition::{ChartOf, Definition, SectionOf, Shape, Shows};
pub use fonts::{FONT_WAS, FONTS, Face, FaceTold, MOST_FONT_BYTES, Weight, fonts, keep_font, remove_font, set_font};
pub use format::FileFormat;
pub use frame::Cells;
pub use keep::{DAMAGED, FOLDER, GONE, KeptFile, MOST_BYTES, kept_file, remove, remove_old};
pub use link::{HOUR, MOST_HOURS, Shared};
pub use look::{Colours, Look};
pub use make::{Made, make};
pub use paper::{Chart, ChartLine, Paper, Part};
pub use period::{Period, Unit};
pub use plan::{Asked, Changes, KEPT_DAYS, Plan, is_name, named_as_of};
pub use queried::{Saved, run_with};
pub use run::Makes;
pub use written::Written;
