//! What a table asks of whoever reads or writes it, by the Delta protocol. It is refused where this version does not do it all: whoever read
//! the table all the same might take rows for what they are not, and whoever wrote might break what others keep of it.

use deltalake::table::state::DeltaTableState;

/// What a log may ask of its readers: no more than its own writers ask.
const READ: [&str; 1] = ["deletionVectors"];

/// What it may ask of its writers: that, and what the second version of the protocol asks of all.
const WRITTEN: [&str; 3] = ["deletionVectors", "appendOnly", "invariants"];

/// What a table asks of its readers that this version does not do.
pub(crate) fn unmet_in_reading(state: &DeltaTableState) -> Option<String> {
    let protocol = state.protocol();
    unmet(protocol.min_reader_version(), (1, 3), protocol.reader_features(), &READ)
}

/// What a table asks of its writers that this version does not do.
pub(crate) fn unmet_in_writing(state: &DeltaTableState) -> Option<String> {
    let protocol = state.protocol();
    unmet(protocol.min_writer_version(), (2, 7), protocol.writer_features(), &WRITTEN)
}

/// What is asked beyond what is done. Up to the version `plain` of the protocol all is; one has a list of what it asks.
fn unmet(version: i32, (plain, listing): (i32, i32), asked: Option<&[impl ToString]>, done: &[&str]) -> Option<String> {
    if version <= plain {
        return None;
    }
    if version != listing {
        return Some(format!("version {version} of the protocol"));
    }
    let asked = asked.unwrap_or_default().iter().map(ToString::to_string);
    let unmet: Vec<String> = asked.filter(|feature| !done.contains(&feature.as_str())).collect();
    (!unmet.is_empty()).then(|| format!("`{}`", unmet.join("`, `")))
}
