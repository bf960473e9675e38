//! Rows that were kept for long enough go, and no others.

use super::lake::tenant;
use super::support::*;
use arrow::array::AsArray as _;
use chrono::NaiveDate;
use pulse_engine::entities::fact;
use pulse_engine::lake::{Lake, Options, Table, When};
use pulse_engine::row::Row;

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, n).unwrap()
}

fn table(name: &str) -> Table {
    let options = Options { file_rows: 4, ..Options::default() };
    tenant(&Lake::open("memory:///", options).unwrap()).table(fact(name).unwrap())
}

/// The ids of its rows, in order.
async fn ids(table: &Table) -> Vec<String> {
    let newest = table.latest().await.unwrap().unwrap();
    let rows = read(&newest, &["id"]).await;
    let mut ids: Vec<String> =
        rows.iter().flat_map(|rows| rows.column(0).as_string::<i32>().iter().flatten()).map(str::to_owned).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn days_before_one_go_and_the_newest_stays_however_old_it_is() {
    let risks = table("risks");
    assert_eq!(risks.forget_before("day", day(9)).await.unwrap(), 0, "nothing was ever written");
    let row = |id: &str, on: u32| Row::new(risks.entity()).set("id", id).set("day", day(on).to_string());
    // Days share files, and one row has none.
    risks.append(&[batch(&[row("a1", 1), row("a2", 1), row("b1", 2), row("c1", 3)])], &[], When::New).await.unwrap();
    risks.append(&[batch(&[row("c2", 3), row("d1", 10)])], &[], When::New).await.unwrap();
    risks.append(&[batch(&[Row::new(risks.entity()).set("id", "never")])], &[], When::New).await.unwrap();
    assert_eq!(risks.forget_before("day", day(1)).await.unwrap(), 0);
    assert_eq!(risks.latest().await.unwrap().unwrap().version(), 2, "nothing to be written");
    assert_eq!(risks.forget_before("day", day(3)).await.unwrap(), 3);
    assert_eq!(ids(&risks).await, ["c1", "c2", "d1", "never"]);
    assert_eq!(risks.latest().await.unwrap().unwrap().version(), 3, "in one commit");
    assert_eq!(risks.forget_before("day", day(20)).await.unwrap(), 2);
    assert_eq!(ids(&risks).await, ["d1", "never"]);
    assert_eq!(risks.forget_before("day", day(21)).await.unwrap(), 0);
    assert_eq!(risks.verify().await.unwrap().problems, []);
}

#[tokio::test]
async fn a_day_is_a_date_or_its_text() {
    let forecasts = table("forecasts");
    let row = |id: &str, on: u32| Row::new(forecasts.entity()).set("id", id).set("made_on", day(on));
    forecasts.append(&[batch(&[row("a", 9), row("b", 10), row("c", 11)])], &[], When::New).await.unwrap();
    assert_eq!(forecasts.forget_before("made_on", day(10)).await.unwrap(), 1);
    assert_eq!(ids(&forecasts).await, ["b", "c"]);
}
