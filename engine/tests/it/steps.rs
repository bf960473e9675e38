//! Land and map: run twice, in any batching, killed anywhere, they end alike.

use super::outlived;
use super::support::*;
use object_store::memory::InMemory;
use proptest::prelude::*;
use pulse_engine::entities::{self, CORE};
use pulse_engine::lake::{Lake, Options};
use pulse_engine::land::{self, Age, Crowd, Page, Payload, SETTINGS};
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::{Row, Value};
use pulse_engine::{Clock, Engine, Tenant, TenantId};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A vendor whose payloads are `{"name": …, "parts": […]}`, `{"gone": true}`, or broken.
pub(crate) struct Toy;

impl Mapper for Toy {
    fn connector(&self) -> &'static str {
        "toy"
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let entity = entities::core("repositories").unwrap();
        let id = format!("{}:{}", connection.id, payload.key);
        let body: serde_json::Value = serde_json::from_str(payload.body).map_err(|e| Reject::new(e.to_string()))?;
        let team = entities::core("teams").unwrap();
        out.parts(team, id.clone());
        if body["gone"] == true {
            out.gone(entity, id);
            return Ok(());
        }
        let name = body["name"].as_str().ok_or_else(|| Reject::field("name", "`name` must be a text"))?;
        let prefix = connection.settings()["prefix"].as_str().unwrap_or_default();
        out.push(Row::new(entity).set("id", id.as_str()).set("name", format!("{prefix}{name}")))?;
        for part in body["parts"].as_array().into_iter().flatten().filter_map(|part| part.as_str()) {
            out.push(Row::new(team).set("id", format!("{id}/{part}")).set("name", part))?;
        }
        out.push(Row::new(team).set("id", format!("{}:team/{name}", connection.id)).set("name", name))
    }
}

pub(crate) fn payload(key: &str, observed_at: i64, body: serde_json::Value) -> Payload {
    Payload { stream: "things".into(), key: key.into(), observed_at, body: body.to_string() }
}

pub(crate) fn settings(observed_at: i64, prefix: &str) -> Payload {
    Payload { stream: SETTINGS.into(), key: SETTINGS.into(), observed_at, body: json!({"prefix": prefix}).to_string() }
}

pub(crate) fn page(payloads: &[Payload], cursor: &str) -> Page {
    Page { payloads: payloads.to_vec(), cursors: land::only(Some(json!(cursor).to_string())) }
}

pub(crate) fn history() -> Vec<Page> {
    vec![
        page(&[settings(1, ""), payload("a", 10, json!({"name": "one"})), payload("b", 10, json!({"name": 7}))], "1"),
        page(&[payload("c", 20, json!({"name": "three"})), payload("a", 20, json!({"name": "uno"}))], "2"),
        page(&[payload("b", 30, json!({"name": "two"})), payload("c", 30, json!({"gone": true}))], "3"),
        page(&[payload("d", 40, json!("neither"))], "4"),
    ]
}

pub(crate) fn tenant(lake: Lake) -> Tenant {
    Engine::over(lake).tenant(&TenantId::new("acme").unwrap())
}

pub(crate) fn memory() -> (Arc<InMemory>, Tenant) {
    let store = Arc::new(InMemory::new());
    let options = Options { clock: Clock::Fixed(99), ..Options::default() };
    (store.clone(), tenant(Lake::over(store, options).unwrap()))
}

/// All of core but the places in raw, which are new whenever a page is landed again.
pub(crate) async fn core_of(tenant: &Tenant) -> String {
    let mut all = String::new();
    for entity in CORE {
        let text = dump_without(tenant.lake(), entity, "raw").await;
        if !text.is_empty() {
            all += &format!("{}\n{text}\n", entity.name);
        }
    }
    all
}

async fn live(tenant: &Tenant, table: &str) -> Vec<String> {
    told(&tenant.lake().table(entities::core(table).unwrap())).await
}

#[tokio::test]
async fn a_page_lands_whole_with_its_cursor() {
    let (_, tenant) = memory();
    assert_eq!(tenant.cursors("toy", "toy:a").await.unwrap(), land::only(None));
    let landed = tenant.land("toy", "toy:a", history()[0].clone()).await.unwrap();
    assert_eq!((landed.payloads, landed.version), (3, Some(0)));
    assert_eq!(tenant.cursors("toy", "toy:a").await.unwrap(), land::only(Some("\"1\"".into())));
    tenant.land("toy", "toy:a", history()[1].clone()).await.unwrap();
    assert_eq!(tenant.cursors("toy", "toy:a").await.unwrap(), land::only(Some("\"2\"".into())), "the newest counts");
    assert_eq!(tenant.cursors("toy", "toy:b").await.unwrap(), land::only(None), "another connection has its own");
    // Parts go on each by itself.
    let part = |part: &str, at: &str| (part.to_owned(), at.to_owned());
    for cursors in [[part("x", "1"), part("y", "1")], [part("x", "2"), part("z", "1")]] {
        tenant.land("toy", "toy:c", Page { cursors: cursors.into(), ..Page::default() }).await.unwrap();
    }
    let stands = [part("x", "2"), part("y", "1"), part("z", "1")];
    assert_eq!(tenant.cursors("toy", "toy:c").await.unwrap(), stands.into());
    assert_eq!(tenant.land("toy", "toy:a", Page::default()).await.unwrap().version, None, "an empty page is no commit");
    assert!(tenant.land("../core", "x", history()[0].clone()).await.is_err());
}

/// Holds of parts `many/…` the length of what each last said.
#[derive(Default)]
struct Lengths(BTreeMap<String, (Age, usize)>);

impl Crowd for Lengths {
    fn prefix(&self) -> &'static str {
        "many/"
    }

    fn hold(&mut self, part: &str, age: Age, cursor: &str) {
        if self.0.get(part).is_none_or(|(last, _)| *last < age) {
            self.0.insert(part.to_owned(), (age, cursor.len()));
        }
    }
}

#[tokio::test]
async fn the_cursors_of_a_crowd_are_shown_to_it_and_are_none_of_the_others() {
    let (_, tenant) = memory();
    let mut crowd = Lengths::default();
    assert!(tenant.cursors_beside("toy", "toy:a", Some(&mut crowd)).await.unwrap().is_empty());
    let part = |part: &str, at: &str| (part.to_owned(), at.to_owned());
    for cursors in [
        [part("many/1", "7"), part("many/2", "long ago"), part("one", "1")],
        [part("many/1", "1234"), part("many/3", land::OVER), part("many", "2")],
    ] {
        tenant.land("toy", "toy:a", Page { cursors: cursors.into(), ..Page::default() }).await.unwrap();
    }
    let others = tenant.cursors_beside("toy", "toy:a", Some(&mut crowd)).await.unwrap();
    assert_eq!(others, [part("one", "1"), part("many", "2")].into());
    let held: Vec<(&str, usize)> = crowd.0.iter().map(|(part, (_, length))| (part.as_str(), *length)).collect();
    assert_eq!(held, [("many/1", 4), ("many/2", 8), ("many/3", 0)], "it is shown what is over, too");
    let all = tenant.cursors("toy", "toy:a").await.unwrap();
    assert_eq!(
        all.into_keys().collect::<Vec<_>>(),
        ["many", "many/1", "many/2", "one"],
        "without a crowd each is told"
    );
}

#[tokio::test]
async fn a_part_is_over_with_the_page_that_says_so_or_not_at_all() {
    let part = |part: &str, at: &str| (part.to_owned(), at.to_owned());
    let options = || Options { clock: Clock::Fixed(99), ..Options::default() };
    let mut kills = 0;
    loop {
        let store = Arc::new(InMemory::new());
        let begun = tenant(Lake::over(store.clone(), options()).unwrap());
        let begins = Page { cursors: [part("all", "1"), part("gap", "1")].into(), ..Page::default() };
        begun.land("toy", "toy:a", begins).await.unwrap();
        let mortal = Mortal::new(store.clone(), kills);
        let payloads = vec![payload("a", 10, json!({"name": "one"}))];
        let over = Page { payloads, cursors: [part("gap", land::OVER)].into() };
        let killed = tenant(Lake::over(mortal.clone(), options()).unwrap());
        let landed = killed.land("toy", "toy:a", over).await;
        let left = tenant(Lake::over(store, options()).unwrap());
        let stands = left.cursors("toy", "toy:a").await.unwrap();
        let is_landed = !outlived::payloads(&left).await.is_empty();
        assert_eq!(stands.get("all").map(String::as_str), Some("1"));
        assert_eq!(stands.contains_key("gap"), !is_landed, "killed at write {kills}");
        if !mortal.dead() {
            landed.unwrap();
            assert!(is_landed);
            // It may begin again.
            let again = Page { cursors: [part("gap", "2")].into(), ..Page::default() };
            left.land("toy", "toy:a", again).await.unwrap();
            assert_eq!(left.cursors("toy", "toy:a").await.unwrap()["gap"], "2");
            break;
        }
        kills += 1;
    }
    assert!(kills > 0, "it was never killed");
}

#[tokio::test]
async fn what_cannot_be_mapped_is_rejected_with_its_reason_and_leaves_when_it_is_mended() {
    let (_, tenant) = memory();
    for landed in &history()[..2] {
        tenant.land("toy", "toy:a", landed.clone()).await.unwrap();
    }
    let report = tenant.map(&Toy, false).await.unwrap();
    assert_eq!((report.payloads, report.rejected), (4, 1));
    assert_eq!(live(&tenant, "repositories").await, ["toy:a:a=uno@20", "toy:a:c=three@20"]);
    let rejects = dump_without(tenant.lake(), entities::core("rejects").unwrap(), "raw").await;
    assert!(rejects.contains("`name` must be a text") && rejects.contains("|name|"), "{rejects}");
    for landed in &history()[2..] {
        tenant.land("toy", "toy:a", landed.clone()).await.unwrap();
    }
    tenant.map(&Toy, false).await.unwrap();
    assert_eq!(live(&tenant, "repositories").await, ["toy:a:a=uno@20", "toy:a:b=two@30", "toy:a:c=three@20-"]);
    let rejects = told_rejects(&tenant).await;
    assert_eq!(rejects, ["toy:a:reject/things/b-", "toy:a:reject/things/d"]);
}

async fn told_rejects(tenant: &Tenant) -> Vec<String> {
    let table = tenant.lake().table(entities::core("rejects").unwrap());
    let mut rows = Vec::new();
    for batch in read(&table.latest().await.unwrap().unwrap(), &["id", "deleted_at"]).await {
        let ids = arrow::array::AsArray::as_string::<i32>(batch.column(0));
        for i in 0..batch.num_rows() {
            rows.push(format!("{}{}", ids.value(i), if batch.column(1).is_valid(i) { "-" } else { "" }));
        }
    }
    rows.sort();
    rows
}

#[tokio::test]
async fn mapping_again_changes_nothing_and_commits_nothing() {
    let (_, tenant) = memory();
    for landed in history() {
        tenant.land("toy", "toy:a", landed).await.unwrap();
    }
    tenant.map(&Toy, false).await.unwrap();
    let (before, versions) = (core_of(&tenant).await, versions_of(&tenant).await);
    assert_eq!(tenant.map(&Toy, false).await.unwrap().payloads, 0);
    assert_eq!(core_of(&tenant).await, before);
    assert_eq!(versions_of(&tenant).await, versions);
    tenant.map(&Toy, true).await.unwrap();
    assert_eq!(core_of(&tenant).await, before, "a replay ends where the steps had led");
}

async fn versions_of(tenant: &Tenant) -> Vec<Option<u64>> {
    let mut versions = Vec::new();
    for entity in CORE {
        versions.push(tenant.lake().table(entity).latest().await.unwrap().map(|s| s.version()));
    }
    versions
}

#[tokio::test]
async fn new_settings_are_applied_to_the_past_without_asking_the_vendor() {
    let (_, tenant) = memory();
    for landed in history() {
        tenant.land("toy", "toy:a", landed.clone()).await.unwrap();
        tenant.land("toy", "toy:b", landed).await.unwrap();
    }
    tenant.map(&Toy, false).await.unwrap();
    tenant.land("toy", "toy:a", page(&[settings(50, "x-")], "5")).await.unwrap();
    let report = tenant.map(&Toy, false).await.unwrap();
    assert_eq!(report.replayed, ["toy:a"]);
    let names = live(&tenant, "repositories").await;
    assert!(names.contains(&"toy:a:a=x-uno@20".to_owned()), "{names:?}");
    assert!(names.contains(&"toy:b:a=uno@20".to_owned()), "the other connection keeps its own: {names:?}");
}

/// The toy's mapper as a later release has it.
pub(crate) struct Newer;

impl Mapper for Newer {
    fn connector(&self) -> &'static str {
        Toy.connector()
    }

    fn version(&self) -> u64 {
        2
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let settings = json!({"prefix": "new "});
        Toy.map(&Connection::new(connection.id.as_str(), settings), payload, out)
    }
}

#[tokio::test]
async fn payloads_that_landed_before_are_mapped_by_the_rules_of_now() {
    let (_, tenant) = memory();
    tenant.land("toy", "toy:a", history()[0].clone()).await.unwrap();
    tenant.map(&Toy, false).await.unwrap();
    assert_eq!(live(&tenant, "repositories").await, ["toy:a:a=one@10"]);
    let report = tenant.map(&Newer, false).await.unwrap();
    assert_eq!(report.replayed, ["toy:a"]);
    assert_eq!(live(&tenant, "repositories").await, ["toy:a:a=new one@10"]);
    let versions = versions_of(&tenant).await;
    assert_eq!(tenant.map(&Newer, false).await.unwrap().replayed, [""; 0]);
    assert_eq!(versions_of(&tenant).await, versions, "and that once");
}

#[tokio::test]
async fn parts_that_the_newest_payload_no_longer_names_are_gone_whenever_the_others_come() {
    let said = [json!(["x", "y", "z"]), json!(["y"]), json!([])];
    let said: Vec<Payload> =
        (1..).zip(&said).map(|(at, parts)| payload("a", at, json!({"name": "n", "parts": parts}))).collect();
    for (order, expected) in [
        (&[0, 1][..], ["toy:a:a/x=x@1-", "toy:a:a/y=y@2", "toy:a:a/z=z@1-"]),
        (&[1, 0], ["toy:a:a/x=x@1-", "toy:a:a/y=y@2", "toy:a:a/z=z@1-"]),
        (&[2, 0, 1], ["toy:a:a/x=x@1-", "toy:a:a/y=y@2-", "toy:a:a/z=z@1-"]),
    ] {
        let (_, tenant) = memory();
        let neighbour = payload("ab", 1, json!({"name": "n", "parts": ["x"]}));
        tenant.land("toy", "toy:a", page(&[neighbour], "0")).await.unwrap();
        for n in order {
            tenant.land("toy", "toy:a", page(&said[*n..=*n], "1")).await.unwrap();
            tenant.map(&Toy, false).await.unwrap();
        }
        let of_parts = |row: &String| row.contains('/') && !row.contains("team/") && !row.contains("=?");
        let told: Vec<String> = live(&tenant, "teams").await.into_iter().filter(of_parts).collect();
        let expected: Vec<&str> = expected.into_iter().chain(["toy:a:ab/x=x@1"]).collect();
        assert_eq!(told, expected, "landed as {order:?}");
        let before = core_of(&tenant).await;
        tenant.map(&Toy, true).await.unwrap();
        assert_eq!(core_of(&tenant).await, before, "mapped again");
    }
}

/// One thing that a vendor says at an instant: of one of four things, or new settings for them all.
pub(crate) fn saying(at: i64, key: u8, kind: u8) -> Payload {
    let key = ["a", "b", "c", "d"][usize::from(key) % 4];
    match kind {
        0 => payload(key, at, json!({"gone": true})),
        1 => payload(key, at, json!({"name": 7})),
        2 => settings(at, &format!("s{at}-")),
        _ => {
            let parts: Vec<&str> = ["x", "y/z", "#"].into_iter().skip(usize::from(kind) % 4).collect();
            payload(key, at, json!({"name": format!("n{}", at % 3), "parts": parts}))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_batching_and_order_of_arrival_ends_alike(
        (said, order) in prop::collection::vec((0u8..4, 0u8..7), 1..12).prop_flat_map(|said| {
            let order: Vec<usize> = (0..said.len()).collect();
            (Just(said), Just(order).prop_shuffle())
        }),
        maps in prop::collection::vec(any::<bool>(), 12),
    ) {
        let said: Vec<Payload> = (10..).zip(&said).map(|(at, (key, kind))| saying(at, *key, *kind)).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (expected, core, again) = runtime.block_on(async {
            let (_, at_once) = memory();
            at_once.land("toy", "toy:a", page(&said, "1")).await.unwrap();
            at_once.map(&Toy, false).await.unwrap();
            let (_, tenant) = memory();
            for (i, maps) in order.iter().zip(&maps) {
                tenant.land("toy", "toy:a", page(&said[*i..=*i], "1")).await.unwrap();
                if *maps {
                    tenant.map(&Toy, false).await.unwrap();
                }
            }
            tenant.map(&Toy, false).await.unwrap();
            let core = core_of(&tenant).await;
            tenant.map(&Toy, true).await.unwrap();
            (core_of(&at_once).await, core, core_of(&tenant).await)
        });
        prop_assert_eq!(&core, &expected, "landed as {:?}", order);
        prop_assert_eq!(&again, &expected, "mapped again");
    }
}

#[tokio::test]
async fn killed_at_any_write_and_run_again_it_ends_alike() {
    let undisturbed = {
        let (_, tenant) = memory();
        whole(&tenant).await.unwrap();
        core_of(&tenant).await
    };
    let mut kills = 0;
    loop {
        let store = Arc::new(InMemory::new());
        let options = || Options { clock: Clock::Fixed(99), checkpoint_interval: 2, ..Options::default() };
        let mortal = Mortal::new(store.clone(), kills);
        let first = tenant(Lake::over(mortal.clone(), options()).unwrap());
        let outcome = whole(&first).await;
        if !mortal.dead() {
            outcome.unwrap();
            break;
        }
        // Another process takes over what is left, and starts from the cursor that it finds.
        let second = tenant(Lake::over(store, options()).unwrap());
        whole(&second).await.unwrap();
        assert_eq!(core_of(&second).await, undisturbed, "killed at write {kills}");
        kills += 1;
    }
    assert!(kills > 15, "it was killed at {kills} writes");
}

/// Lands what the cursor says is still to be read, mapping after every second page.
async fn whole(tenant: &Tenant) -> pulse_engine::Result<()> {
    let cursors = tenant.cursors("toy", "toy:a").await?;
    let cursor = cursors.get(land::CURSOR).map_or(0, |c| c.trim_matches('"').parse::<usize>().unwrap());
    for (n, page) in history().into_iter().enumerate().skip(cursor) {
        tenant.land("toy", "toy:a", page).await?;
        if n % 2 == 1 {
            tenant.map(&Toy, false).await?;
        }
    }
    tenant.map(&Toy, false).await?;
    Ok(())
}

#[tokio::test]
async fn settings_that_change_after_a_kill_are_applied_to_all_that_was_mapped() {
    let mended = |tenant: Tenant| async move {
        tenant.land("toy", "toy:a", page(&[settings(50, "x-")], "5")).await.unwrap();
        tenant.map(&Toy, false).await.unwrap();
        live(&tenant, "repositories").await
    };
    let (_, undisturbed) = memory();
    whole(&undisturbed).await.unwrap();
    let expected = mended(undisturbed).await;
    let mut kills = 0;
    loop {
        let store = Arc::new(InMemory::new());
        let options = || Options { clock: Clock::Fixed(99), ..Options::default() };
        let mortal = Mortal::new(store.clone(), kills);
        let landed = tenant(Lake::over(store.clone(), options()).unwrap());
        for page in history() {
            landed.land("toy", "toy:a", page).await.unwrap();
        }
        let outcome = tenant(Lake::over(mortal.clone(), options()).unwrap()).map(&Toy, false).await;
        assert_eq!(mended(tenant(Lake::over(store, options()).unwrap())).await, expected, "killed at write {kills}");
        if outcome.is_ok() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 3);
}

#[tokio::test]
async fn a_connection_cannot_write_another_ones_rows() {
    struct Thief;
    impl Mapper for Thief {
        fn connector(&self) -> &'static str {
            "toy"
        }
        fn map(&self, _: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
            let entity = entities::core("repositories").unwrap();
            if payload.key == "gone" {
                out.gone(entity, "toy:ab:x".to_owned());
                return Ok(());
            }
            out.push(Row::new(entity).set("id", "toy:b:x").set("name", "x"))
        }
    }
    let (_, tenant) = memory();
    let stolen = [payload("a", 1, json!({})), payload("gone", 1, json!({}))];
    tenant.land("toy", "toy:a", page(&stolen, "1")).await.unwrap();
    let report = tenant.map(&Thief, false).await.unwrap();
    assert_eq!(report.rejected, 2);
    assert!(live(&tenant, "repositories").await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_mapped_of_a_thing_that_is_left_is_no_reject_and_takes_nothing_away() {
    struct Leaves;
    impl Mapper for Leaves {
        fn connector(&self) -> &'static str {
            Toy.connector()
        }
        fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
            Toy.map(connection, payload, out)
        }
        fn is_left(&self, connection: &Connection, payload: RawPayload<'_>) -> bool {
            connection.settings()["left"] == payload.key
        }
    }
    let (_, tenant) = memory();
    let left = Payload { body: json!({"left": "a"}).to_string(), ..settings(1, "") };
    let good = |key: &str| payload(key, 10, json!({"name": key, "parts": ["x"]}));
    let bad = |key: &str| payload(key, 20, json!({"parts": []}));
    tenant.land("toy", "toy:a", page(&[left, good("a"), good("b"), bad("a"), bad("b")], "1")).await.unwrap();
    assert_eq!(tenant.map(&Leaves, false).await.unwrap().rejected, 1, "that of the other");
    assert_eq!(live(&tenant, "repositories").await, ["toy:a:a=a@10", "toy:a:b=b@10"]);
    let teams = live(&tenant, "teams").await;
    assert!(
        teams.contains(&"toy:a:a/x=x@10".to_owned()),
        "what was read of it before it could not be mapped: {teams:?}"
    );
}

#[tokio::test]
async fn a_failed_row_value_is_a_reject_and_no_panic() {
    let row = Row::new(entities::core("repositories").unwrap()).set("nme", "x").set("id", Value::Int(3));
    assert!(row.check().is_err());
    let missing = Row::new(entities::core("repositories").unwrap()).set("id", "x");
    assert_eq!(missing.check().unwrap_err().field.as_deref(), Some("name"));
}
