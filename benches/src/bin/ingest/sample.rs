//! Payloads as GitHub and Jira tell them: those of the sample's organization.

use crate::payloads::STREAMS;
use arrow::array::AsArray as _;
use futures::TryStreamExt as _;
use pulse_benches::Fallible;
use pulse_engine::land::SETTINGS;
use pulse_engine::{Clock, Engine, TenantId};
use pulse_server::demo;
use pulse_simulator::Scenario;
use serde_json::json;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// The ports that it is read from.
const PORT: u16 = demo::PORT + 400;
/// How many bytes of each stream are taken: more than is compressed at once, so that no copy helps to compress another.
const MOST: usize = 3 << 20;

/// Writes them into a file, one a line, with the settings of each connection before its own.
pub(crate) async fn write(file: &Path) -> Fallible<()> {
    let tenant = Engine::open("memory:///").await?.tenant(&TenantId::new("sample")?);
    demo::land(&tenant, Scenario::named("small")?, PORT, Clock::System, &|_| {}).await?;
    let mut lines = String::new();
    for (connector, streams) in STREAMS {
        let raw = tenant.lake().raw(connector)?.latest().await?.ok_or("nothing was landed")?;
        let mut found: Vec<[String; 3]> = Vec::new();
        let mut rows = raw.read(Some(&["stream", "key", "body"]), None, &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            let text = |column: usize, row: usize| batch.column(column).as_string::<i32>().value(row).to_owned();
            found.extend((0..batch.num_rows()).map(|row| [text(0, row), text(1, row), text(2, row)]));
        }
        found.retain(|[stream, _, body]| {
            (streams.contains(&stream.as_str()) || stream == SETTINGS) && !body.contains("\"deleted\":true")
        });
        found.sort_by_cached_key(|[stream, key, _]| (stream != SETTINGS, stream.clone(), key.clone()));
        let mut bytes: HashMap<&str, usize> = HashMap::new();
        found.iter().for_each(|[stream, _, body]| *bytes.entry(stream).or_default() += body.len());
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for [stream, key, body] in &found {
            let every = bytes.get(stream.as_str()).map_or(1, |bytes| bytes.div_ceil(MOST));
            let seen = seen.entry(stream).or_default();
            if seen.is_multiple_of(every) {
                writeln!(lines, "{}", json!({"connector": connector, "stream": stream, "key": key, "body": body}))?;
            }
            *seen += 1;
        }
    }
    Ok(std::fs::write(file, lines)?)
}
