//! One alert on every way at once: a letter, two chats and a program are told what is so, since when, how bad it is, why, and what is next.

use crate::alerting::{alerts, lead_time, look, set, start};
use crate::delivering::{Endpoint, MailServer, asked, next, work};
use crate::rest::run;
use pulse_server::control::Outcome;
use reqwest::Method;
use serde_json::{Value, json};

/// What an endpoint was posted, once.
fn posted(endpoint: &Endpoint) -> Value {
    let calls = endpoint.calls.lock();
    assert_eq!(calls.len(), 1);
    serde_json::from_slice(&calls[0].1).unwrap()
}

/// The text of a letter, of whose long lines a mail server is handed several.
fn read(letter: &str) -> String {
    letter.replace("=\r\n", "").replace("=3D", "=")
}

#[test]
fn an_alert_says_the_same_in_a_letter_in_chats_and_to_a_program() {
    run(async {
        let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
        let (server, _lake) = start().await;
        let mut endpoints = Vec::new();
        for kind in ["slack", "teams", "webhook"] {
            let endpoint = Endpoint::start(&[(200, None)]).await;
            let mut place = json!({"kind": kind, "url": endpoint.url});
            if kind == "webhook" {
                place["secret"] = json!("plinth-otter-sundial");
            }
            let path = format!("/api/v1/destinations/{kind}");
            assert_eq!(asked(&server, Method::PUT, &path, place).await.status(), 200);
            endpoints.push(endpoint);
        }
        // The median of March was 24 hours.
        let mut rule = lead_time(json!({"above": 36000.0}));
        (rule["severity"], rule["next"]) = (json!("critical"), json!("Ask who reviews"));
        rule["to"] = json!([
            {"mail": "ops@example.com"}, {"destination": "slack"}, {"destination": "teams"}, {"destination": "webhook"},
        ]);
        assert_eq!(set(&server, "lead", rule).await.status(), 200);
        assert_eq!(look(&server).await, Outcome::Done(Vec::new()));
        let all = alerts(&server).await;
        let [alert] = &all[..] else { panic!("{all:?}") };
        let work = work(&server, Some(mails.mail("?tls=none")));
        while next(&server, &work).await.is_some() {}

        let (subject, page) =
            ("[critical] Lead time", format!("https://pulse.example.com/alerts/{}", alert["id"].as_str().unwrap()));
        // What, since when, how bad, why, and what next.
        let why = format!("Why: {page}?evidence=%2Fapi%2Fv1%2Fmetrics%2Fchange_lead_time%2Fevidence%3F");
        let lines = [
            "Change lead time was 24 h in 2026-03 (n = 4); it should be at most 10 h.",
            "Since: 2026-04-01 00:00 CEST",
            "Severity: critical",
            why.as_str(),
            "Next: Ask who reviews. Say on its page that you look after it.",
        ];
        let says_all = |text: &str| {
            for line in lines {
                assert!(text.contains(line), "{line} is missing in\n{text}");
            }
        };

        let letters = mails.told_of("ops@example.com", 1).await;
        let [letter] = &letters[..] else { panic!("{letters:?}") };
        let letter = read(letter);
        assert!(letter.contains(&format!("Subject: {subject}\r\n")), "{letter}");
        says_all(&letter);

        let [slack, teams, program] = &endpoints[..] else { panic!("{} endpoints", endpoints.len()) };
        let blocks = posted(slack)["blocks"].clone();
        assert_eq!(blocks[0]["text"]["text"], subject);
        says_all(blocks[1]["text"]["text"].as_str().unwrap());
        assert_eq!(blocks[2]["elements"][0]["url"], page);

        let card = posted(teams)["attachments"][0]["content"].clone();
        let told: Vec<&str> =
            card["body"].as_array().unwrap().iter().filter_map(|block| block["inlines"][0]["text"].as_str()).collect();
        assert_eq!(told[0], subject);
        says_all(&told[1..].join("\n"));
        assert_eq!(card["actions"][0]["url"], page);

        let body = posted(program);
        assert_eq!((&body["subject"], &body["link"]), (&json!(subject), &json!(page)));
        says_all(body["text"].as_str().unwrap());
        let [told] = &body["alerts"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!(
            (&told["rule"], &told["state"], &told["severity"]),
            (&json!("lead"), &json!("firing"), &json!("critical"))
        );
        // Since the end of March in Berlin.
        assert_eq!((&told["value"], &told["since"]), (&json!(86_400.0), &json!(1_774_994_400_000_000_i64)));
        let fields = ["id", "rule", "key", "state", "severity", "value", "since"];
        for field in fields {
            assert_eq!(told[field], alert[field], "{field} of {body}");
        }
        assert_eq!(told.as_object().unwrap().len(), fields.len(), "{told}");
    });
}
