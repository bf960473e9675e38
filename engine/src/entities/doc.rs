//! `docs/data-model.md`, generated.

use super::{AUDIT, CORE, Entity, FACTS, Layer, RAW};
use std::fmt::Write as _;

/// The data model as Markdown, one section a table.
pub fn data_model() -> String {
    let mut out = String::from(
        "# Data model\n\n\
         Generated from `engine/src/entities/` by `make docs`; a test fails when it is stale.\n\n\
         Every table is one Delta Lake table below `<root>/tenant=<id>/`. Timestamps are UTC in microseconds. Keys are\n\
         `connector:connection:native-id`. Any column may be NULL unless it is marked required; a NULL means *not known*, never 0.\n\
         Columns that are marked *person* say who did something. They, the tables of people and `raw` take the permission `people:read`\n\
         ([access.md](access.md)); without it they are not there.\n",
    );
    let tables: [&[&Entity]; 4] = [&[&RAW], CORE, FACTS, &[&AUDIT]];
    for (layer, entities) in Layer::ALL.into_iter().zip(tables) {
        section(&mut out, layer, entities);
    }
    out
}

fn section(out: &mut String, layer: Layer, entities: &[&Entity]) {
    let (layer, doc) = (layer.name(), layer.doc());
    // Writing to a String cannot fail.
    let _ = write!(out, "\n## {layer}\n\n{doc}\n");
    for entity in entities {
        let _ = write!(out, "\n### {layer}.{}\n\n{}\n\nKey: {}", entity.name, entity.doc, list(entity.key));
        if entity.is_of_people() {
            out.push_str("; of people");
        }
        if !entity.partition.is_empty() {
            let _ = write!(out, "; partitioned by {}", list(entity.partition));
        }
        let _ = write!(out, "; sorted by {}.\n\n| column | kind | meaning |\n|---|---|---|\n", list(entity.sort));
        for column in entity.columns() {
            let required = if column.required { ", required" } else { "" };
            let person = if column.names_a_person() { ", person" } else { "" };
            let _ = writeln!(out, "| `{}` | {}{required}{person} | {} |", column.name, column.kind.label(), column.doc);
        }
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_data_model_page_is_what_the_declarations_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/data-model.md");
        if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
            std::fs::write(path, super::data_model()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == super::data_model(), "docs/data-model.md is stale: run `make docs`");
    }
}
