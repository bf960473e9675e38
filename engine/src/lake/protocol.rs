//! What a table asks of whoever reads it, by the Delta protocol.

use deltalake::table::state::DeltaTableState;

/// What a log may ask of its readers and this version does: no more than its own writers ask.
const DONE: [&str; 1] = ["deletionVectors"];

/// What a table asks of its readers that this version does not do. Whoever read it all the same might take rows for what they are not.
pub(crate) fn unmet(state: &DeltaTableState) -> Option<String> {
    let protocol = state.protocol();
    match protocol.min_reader_version() {
        ..=1 => None,
        3 => {
            let asked = protocol.reader_features().unwrap_or_default().iter().map(ToString::to_string);
            let unmet: Vec<String> = asked.filter(|feature| !DONE.contains(&feature.as_str())).collect();
            (!unmet.is_empty()).then(|| format!("`{}`", unmet.join("`, `")))
        }
        version => Some(format!("version {version} of the protocol")),
    }
}
