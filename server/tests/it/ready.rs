//! Whether a process can serve, as both doors tell it.

use crate::observed::watched;
use crate::rest::{Server, problem, run};
use crate::s3_server;
use pulse_engine::Engine;
use pulse_engine::lake::Options;
use pulse_server::events::Bounds;
use pulse_server::queries::Manner;
use reqwest::StatusCode;
use tokio::net::TcpListener;

#[test]
fn a_process_is_ready_while_the_object_store_answers_which_is_asked_once_in_five_seconds() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = s3_server::serve(folder.path(), "bucket", "key", "secret").await;
        let options = Options { store: s3_server::options(&endpoint, "key", "secret"), ..Options::default() };
        let engine = Engine::open_with("s3://bucket/some/prefix", options).await.unwrap();
        let server = Server::around(engine, Manner::default(), Bounds::default()).await;
        let address = watched(&server).await;
        let [ready, lives] = ["readyz", "livez"].map(|path| format!("{address}/{path}"));
        let asked = || server.engine.lake().costs().lists;
        let before = asked();
        for _ in 0..3 {
            assert_eq!(server.get("/readyz").await.status(), StatusCode::OK);
            assert_eq!(reqwest::get(&ready).await.unwrap().text().await.unwrap(), "ok\n");
        }
        assert_eq!(asked() - before, 1, "both doors share what it answered");
        server.world.pass(5_000_000);
        assert_eq!(server.get("/readyz").await.status(), StatusCode::OK);
        assert_eq!(asked() - before, 2);
        let numbers = async || reqwest::get(format!("{address}/metrics")).await.unwrap().text().await.unwrap();
        assert!(numbers().await.contains("\npulse_store_up 1"));
        assert_eq!(asked() - before, 2, "nor is it asked for the number");
        let [bucket, elsewhere] = ["bucket", "elsewhere"].map(|name| folder.path().join(name));
        std::fs::rename(&bucket, &elsewhere).unwrap();
        assert_eq!(server.get("/readyz").await.status(), StatusCode::OK, "it answered a moment ago");
        server.world.pass(5_000_000);
        let told = problem(server.get("/readyz").await, 503, "store-away").await;
        let why = "the lake's object store: it has no such bucket: make it, or mend the lake's address";
        assert_eq!(told["detail"], why);
        let told = reqwest::get(&ready).await.unwrap();
        assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(told.text().await.unwrap(), format!("{why}\n"));
        assert_eq!(reqwest::get(&lives).await.unwrap().status(), StatusCode::OK);
        assert!(numbers().await.contains("\npulse_store_up 0"));
        // That it does not answer is not held on to.
        std::fs::rename(&elsewhere, &bucket).unwrap();
        assert_eq!(server.get("/readyz").await.status(), StatusCode::OK);
    });
}

#[test]
fn however_many_wait_for_an_object_store_that_says_nothing_it_is_asked_once_and_nobody_waits_for_another() {
    run(async {
        // It takes what comes in, and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let options = Options { store: s3_server::options(&endpoint, "key", "secret"), ..Options::default() };
        let engine = Engine::open_with("s3://bucket/some/prefix", options).await.unwrap();
        let server = Server::around(engine, Manner::default(), Bounds::default()).await;
        let metrics = format!("{}/metrics", watched(&server).await);
        let ready = format!("{}/readyz", server.address);
        let asked = || server.engine.lake().costs().lists;
        let before = asked();
        let client = reqwest::Client::new();
        let probes: Vec<_> = (0..20).map(|_| tokio::spawn(client.get(&ready).send())).collect();
        // One after another, twenty looks of a second and a half would be in front of it.
        let told = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
        assert!(told.contains("\npulse_store_up 0"), "{told}");
        for probe in probes {
            let told = problem(probe.await.unwrap().unwrap(), 503, "store-away").await;
            assert_eq!(told["detail"], "the lake's object store: it gave no list within 1.5 seconds");
        }
        // Who came when the first look was over has waited for a second one.
        assert!((1..=2).contains(&(asked() - before)), "it was asked {} times", asked() - before);
    });
}

#[test]
fn a_process_that_is_to_end_is_not_ready() {
    run(async {
        let server = Server::start().await;
        let ready = format!("{}/readyz", watched(&server).await);
        server.app.ready.leave();
        problem(server.get("/readyz").await, 503, "leaving").await;
        let told = reqwest::get(&ready).await.unwrap();
        assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(told.text().await.unwrap(), "this process is to end: ask another\n");
    });
}
