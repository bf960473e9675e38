//! The page, as a browser gets it.

use crate::golden;
use crate::rest::{Server, run};
use crate::two::Two;
use crate::world::acme;
use reqwest::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::Value;

const MARCH: &str = "from=2026-03-01&until=2026-04-01";

async fn server() -> Server {
    Server::over(tokio::task::spawn_blocking(|| Two::lake().url()).await.unwrap()).await
}

/// The links to the rows behind a metric, in the order of the cards.
fn links(page: &str, metric: &str) -> Vec<String> {
    let start = format!("/api/v1/metrics/{metric}/evidence?");
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let links = links.filter(|link| link.starts_with(&start)).map(|link| link.replace("&amp;", "&"));
    links.filter(|link| !link.contains("format=")).collect()
}

async fn rows(server: &Server, link: &str) -> Vec<Value> {
    server.get(link).await.json().await.unwrap()
}

#[test]
fn the_rows_behind_a_card_are_those_of_its_group() {
    run(async {
        let server = server().await;
        let page = server.get(&format!("/report?{MARCH}&by=repository")).await.text().await.unwrap();
        let [pay, shop] = links(&page, "deployment_frequency").try_into().unwrap();
        let subjects = |rows: Vec<Value>| rows.iter().map(|r| r["subject_id"].clone()).collect::<Vec<_>>();
        assert_eq!(subjects(rows(&server, &pay).await), ["push:two:p1", "push:two:p2"]);
        assert_eq!(subjects(rows(&server, &shop).await), ["push:two:s1", "push:two:s2"]);

        // What belongs to no team is a group, too.
        let page = server.get(&format!("/report?{MARCH}&by=team&repository=shop")).await.text().await.unwrap();
        let [none] = links(&page, "deployment_frequency").try_into().unwrap();
        assert!(none.contains("team=none"), "{none}");
        assert_eq!(subjects(rows(&server, &none).await), ["push:two:s1", "push:two:s2"]);
    });
}

#[test]
fn a_filter_is_told_and_stays_when_the_form_is_sent() {
    run(async {
        let server = server().await;
        let page = server.get(&format!("/report?{MARCH}&repository=shop")).await.text().await.unwrap();
        assert!(page.contains("Only repository shop") && page.contains("Show everything"), "{page}");
        assert!(page.contains("<input type=\"hidden\" name=\"repository\" value=\"shop\">"), "{page}");
        assert!(page.contains("2 of 2 deployments"), "{page}");
        let all = server.get(&format!("/report?{MARCH}")).await.text().await.unwrap();
        assert!(!all.contains("hidden") && !all.contains("Show everything"), "{all}");
    });
}

#[test]
fn rows_behind_a_figure_come_as_a_file_too() {
    run(async {
        let server = server().await;
        let file = server.get(&format!("/api/v1/metrics/change_fail_rate/evidence?{MARCH}&format=csv")).await;
        assert!(file.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
        assert_eq!(file.headers()[CONTENT_DISPOSITION], "attachment; filename=\"change_fail_rate.csv\"");
        assert_eq!(file.text().await.unwrap().lines().count(), 5);
        let other = server.get(&format!("/api/v1/metrics/change_fail_rate/evidence?{MARCH}&format=xml")).await;
        assert_eq!(other.status(), 400);
    });
}

#[test]
fn what_others_wrote_is_no_formula_in_a_file_that_people_open_and_itself_for_programs() {
    run(async {
        let server = Server::start().await;
        golden::more(&server.engine.tenant(&acme()), &[("=cmd()".to_owned(), 1_774_900_000_000_000)]).await;
        let path = format!("/api/v1/metrics/deployment_frequency/evidence?{MARCH}");
        let file = server.get(&format!("{path}&format=csv")).await.text().await.unwrap();
        assert!(file.contains("'=cmd()"), "{file}");
        let request = server.client.get(format!("{}{path}", server.address)).bearer_auth(&server.acme);
        let exact = request.header(ACCEPT, "text/csv").send().await.unwrap().text().await.unwrap();
        assert!(exact.contains("=cmd()") && !exact.contains('\''), "{exact}");
    });
}
