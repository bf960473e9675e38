//! What keeps a tenant's part of the lake small: asked for by itself, and by what a tenant says of how long rows stay.

use crate::jobs::claim_any;
use crate::rest::run;
use crate::world::{World, acme};
use pulse_engine::entities::RAW;
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row};
use pulse_engine::{Engine, Settings};
use pulse_server::control::{Control, Outcome, Trigger};
use pulse_server::jobs::{AtWork, steps};

/// A control database and a lake, in both of which nothing is.
struct Place {
    world: World,
    engine: Engine,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::on(&format!("sqlite:{}", folder.path().join("control.db").display()), None).await;
        Self { world, engine: Engine::open("memory://").await.unwrap(), _folder: folder }
    }

    fn control(&self) -> &Control {
        self.world.control()
    }

    /// Does a job; what came of it.
    async fn does(&self, trigger: &Trigger) -> Outcome {
        let work = steps(self.control(), &self.engine, &Settings::default());
        let work = work.into_iter().find(|work| work.kind() == trigger.kind).unwrap();
        self.control().trigger(&acme(), trigger, "test").await.unwrap();
        let job = claim_any(self.control(), &[trigger.kind.as_str()]).await.unwrap();
        let outcome = work.run(&job, &AtWork::new(self.control().clone())).await;
        assert!(self.control().finish(&job, &outcome).await.unwrap());
        outcome
    }

    /// Does a job of a kind; what it asks for.
    async fn follows(&self, kind: &str) -> Vec<String> {
        match self.does(&Trigger::new(kind, "")).await {
            Outcome::Done(next) => next.into_iter().map(|trigger| trigger.kind).collect(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tables_in_many_files_are_compacted_and_cleaned_without_anybody_asking() {
    run(async {
        let place = Place::new().await;
        let raw = place.engine.tenant(&acme()).lake().raw("toy").unwrap();
        let lands = async |from: i64, until: i64| {
            for n in from..until {
                let row = Row::new(&RAW).set("connection", "toy:a").set("stream", "s").set("batch", "b").set("row", n);
                raw.append(&[row::batch(&RAW, &[row]).unwrap()], &[], When::New).await.unwrap();
            }
        };
        lands(0, 200).await;
        assert_eq!(raw.scattered_files().await.unwrap(), 199);
        assert_eq!(place.follows("risk").await, ["alert"], "199 may stay");
        lands(200, 201).await;
        assert_eq!(place.follows("risk").await, ["alert", "compact"]);
        assert_eq!(place.follows("compact").await, ["vacuum"]);
        assert_eq!((raw.scattered_files().await.unwrap(), raw.latest().await.unwrap().unwrap().rows()), (0, Some(201)));
        assert_eq!(place.follows("compact").await, Vec::<String>::new(), "there is nothing to put together");
        assert_eq!(place.follows("vacuum").await, Vec::<String>::new());
        assert_eq!(place.follows("risk").await, ["alert"]);
    });
}
