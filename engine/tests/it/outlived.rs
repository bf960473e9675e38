//! Payloads go that nothing rests on any more, and what is left comes to the same.

use super::steps::*;
use super::support::*;
use arrow::array::AsArray as _;
use arrow::datatypes::TimestampMicrosecondType;
use proptest::prelude::*;
use pulse_engine::Tenant;
use pulse_engine::land::{self, Page, Payload};
use serde_json::json;

/// The payloads that stand in raw, as `key@observed_at`, without notes of the connection.
pub(crate) async fn payloads(tenant: &Tenant) -> Vec<String> {
    let newest = tenant.lake().raw("toy").unwrap().latest().await.unwrap().unwrap();
    let mut told = Vec::new();
    for rows in read(&newest, &["stream", "key", "observed_at"]).await {
        let text = |column: usize| rows.column(column).as_string::<i32>();
        let at = rows.column(2).as_primitive::<TimestampMicrosecondType>();
        let things = (0..rows.num_rows()).filter(|row| text(0).value(*row) == "things");
        told.extend(things.map(|row| format!("{}@{}", text(1).value(row), at.value(row))));
    }
    told.sort();
    told
}

async fn version(tenant: &Tenant) -> u64 {
    tenant.lake().raw("toy").unwrap().latest().await.unwrap().unwrap().version()
}

/// How many rows of core were made of payloads that are not there.
pub(crate) async fn open(tenant: &Tenant) -> u64 {
    tenant.lake().origins(None).await.unwrap().iter().map(|of| of.open).sum()
}

pub(crate) async fn lands(tenant: &Tenant, said: &[Payload]) {
    tenant.land("toy", "toy:a", page(said, "1")).await.unwrap();
}

#[tokio::test]
async fn what_a_newer_payload_says_whole_is_let_go_and_what_a_row_rests_on_stays() {
    let (_, tenant) = memory();
    let named = |key: &str, at: i64, name: &str| payload(key, at, json!({"name": name}));
    // The team that `a` named first is known of that alone. Of `b` no row is left; that it was gone at 30 stands in core.
    let said = [
        settings(1, ""),
        named("a", 10, "one"),
        named("a", 20, "two"),
        named("a", 30, "two"),
        named("b", 10, "two"),
        payload("b", 25, json!({"gone": true})),
        payload("b", 30, json!({"gone": true})),
        payload("b", 40, json!({"gone": true})),
        // It stays rejected for the same reason, as the newest says.
        payload("c", 10, json!({"name": 7})),
        payload("c", 20, json!({"name": 7})),
    ];
    lands(&tenant, &said).await;
    let all = payloads(&tenant).await;
    assert_eq!(tenant.forget_payloads(&Toy, 100).await.unwrap(), 0, "nothing is mapped");
    tenant.map(&Toy, false).await.unwrap();
    assert_eq!(tenant.forget_payloads(&Newer, 100).await.unwrap(), 0, "it is mapped by other rules");
    assert_eq!(tenant.forget_payloads(&Toy, 10).await.unwrap(), 0, "none is as old");
    assert_eq!(payloads(&tenant).await, all);
    let core = core_of(&tenant).await;
    assert_eq!(tenant.forget_payloads(&Toy, 20).await.unwrap(), 1, "`c` of 10 alone");
    let before = version(&tenant).await;
    assert!(tenant.forget_payloads(&Toy, 100).await.unwrap() > 0);
    assert_eq!(version(&tenant).await, before + 1, "in one commit");
    let left = payloads(&tenant).await;
    for stays in ["a@10", "a@30", "b@10", "b@40", "c@20"] {
        assert!(left.contains(&stays.to_owned()), "{stays}: {left:?}");
    }
    for goes in ["a@20", "b@25"] {
        assert!(!left.contains(&goes.to_owned()), "{goes}: {left:?}");
    }
    assert_eq!((core_of(&tenant).await, open(&tenant).await), (core.clone(), 0));
    assert!(tenant.is_mapped("toy").await.unwrap(), "nothing is to be mapped again");
    assert_eq!(tenant.map(&Toy, false).await.unwrap().payloads, 0);
    assert_eq!(tenant.forget_payloads(&Toy, 100).await.unwrap(), 0, "once");
    tenant.map(&Toy, true).await.unwrap();
    assert_eq!((core_of(&tenant).await, open(&tenant).await), (core, 0), "mapped again");
    assert_eq!(tenant.cursors("toy", "toy:a").await.unwrap(), land::only(Some("\"1\"".into())));
    // New settings are applied to what is left.
    lands(&tenant, &[settings(50, "x-")]).await;
    assert_eq!(tenant.forget_payloads(&Toy, 100).await.unwrap(), 0, "those are not mapped yet");
    tenant.map(&Toy, false).await.unwrap();
    let told = told(&repositories(tenant.lake())).await;
    assert!(told.contains(&"toy:a:a=x-two@30".to_owned()), "{told:?}");
}

/// What stands of the parts of sources, as `connection part=cursor`.
async fn parts(tenant: &Tenant) -> Vec<String> {
    let newest = tenant.lake().raw("toy").unwrap().latest().await.unwrap().unwrap();
    let mut told = Vec::new();
    for rows in read(&newest, &["stream", "connection", "key", "body"]).await {
        let text = |column: usize, row: usize| rows.column(column).as_string::<i32>().value(row).to_owned();
        let of_parts = (0..rows.num_rows()).filter(|row| text(0, *row) == land::CURSOR);
        told.extend(of_parts.map(|row| format!("{} {}={}", text(1, row), text(2, row), text(3, row))));
    }
    told.sort();
    told
}

#[tokio::test]
async fn of_a_part_that_is_over_nothing_is_left_in_the_end_and_what_stood_of_it_before_never_counts_again() {
    let (_, tenant) = memory();
    lands(&tenant, &[settings(1, ""), payload("a", 10, json!({"name": "one"}))]).await;
    for (connection, part, at) in [
        ("toy:a", "gap/1", "1"),
        ("toy:a", "gap/1", "2"),
        ("toy:a", "gap/2", "1"),
        ("toy:b", "gap/1", "1"),
        ("toy:a", "gap/1", land::OVER),
    ] {
        let cursors = [(part.to_owned(), at.to_owned())].into();
        tenant.land("toy", connection, Page { cursors, ..Page::default() }).await.unwrap();
    }
    tenant.map(&Toy, false).await.unwrap();
    let (stands, core) = (tenant.cursors("toy", "toy:a").await.unwrap(), core_of(&tenant).await);
    assert_eq!(stands.keys().collect::<Vec<_>>(), ["cursor", "gap/2"]);
    // All of it was landed at 99.
    assert_eq!(tenant.forget_payloads(&Toy, 99).await.unwrap(), 0);
    // First what stood before, and only once that is gone that it is over.
    let others = ["toy:a cursor=\"1\"", "toy:a gap/2=1", "toy:b gap/1=1"];
    for (gone, left) in [(2, vec!["toy:a gap/1="]), (1, vec![]), (0, vec![])] {
        assert_eq!(tenant.forget_payloads(&Toy, 100).await.unwrap(), gone);
        let mut left: Vec<&str> = others.into_iter().chain(left).collect();
        left.sort_unstable();
        assert_eq!(parts(&tenant).await, left);
        assert_eq!(tenant.cursors("toy", "toy:a").await.unwrap(), stands);
        assert!(tenant.is_mapped("toy").await.unwrap(), "nothing is to be mapped again");
    }
    assert_eq!(core_of(&tenant).await, core);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_said_what_is_left_comes_to_the_same(
        said in prop::collection::vec((0u8..4, 0u8..7, any::<bool>()), 1..16),
        before in 10i64..30,
        lands_after in prop::collection::vec((0u8..4, 0u8..7), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (core, kept, again, rests, later, expected) = runtime.block_on(async {
            let ((_, tenant), (_, whole)) = (memory(), memory());
            for (at, (key, kind, maps)) in (10..).zip(&said) {
                let said = [saying(at, *key, *kind)];
                lands(&tenant, &said).await;
                lands(&whole, &said).await;
                if *maps {
                    tenant.map(&Toy, false).await.unwrap();
                }
            }
            tenant.map(&Toy, false).await.unwrap();
            let core = core_of(&tenant).await;
            tenant.forget_payloads(&Toy, before).await.unwrap();
            let (kept, rests) = (core_of(&tenant).await, open(&tenant).await);
            tenant.map(&Toy, true).await.unwrap();
            let again = core_of(&tenant).await;
            // What is said afterwards finds all that it would have found.
            for (at, (key, kind)) in (100..).zip(&lands_after) {
                let said = [saying(at, *key, *kind)];
                lands(&tenant, &said).await;
                lands(&whole, &said).await;
            }
            tenant.map(&Toy, false).await.unwrap();
            whole.map(&Toy, false).await.unwrap();
            (core, kept, again, rests + open(&tenant).await, core_of(&tenant).await, core_of(&whole).await)
        });
        prop_assert_eq!(&kept, &core, "nothing of core is touched");
        prop_assert_eq!(&again, &core, "mapped again");
        prop_assert_eq!(&later, &expected, "with what was said afterwards");
        prop_assert_eq!(rests, 0, "every row has its payload");
    }
}
