//! Pushed files: good rows land, bad rows are told and become rejects.

use crate::reading::{Landed, NOW};
use pulse_connectors::push::{Format, Input, Problems, PushMapper, PushSource};
use pulse_connectors::{Result, sync};
use pulse_engine::Clock;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::{Row, Value};

pub(crate) async fn push(format: Format, entity: &str, bytes: &[u8]) -> Result<(Landed, Problems)> {
    let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let input = Input::Stream { name: "standard input".to_owned(), reader };
    let source = PushSource::open(None, entity, format, input)?;
    let problems = source.problems();
    let landed = Landed::default();
    sync(&landed, Box::new(source), Clock::Fixed(NOW), &|_| ()).await?;
    Ok((landed, problems))
}

pub(crate) fn map(landed: &Landed) -> (Vec<Row>, Vec<Reject>) {
    let connection = Connection::new("push:file", serde_json::Value::Null);
    let (mut out, mut rejects) = (Mapped::default(), Vec::new());
    for p in landed.payloads().iter().filter(|p| p.stream != "settings") {
        let payload = RawPayload { stream: &p.stream, key: &p.key, observed_at: p.observed_at, body: &p.body };
        rejects.extend(PushMapper.map(&connection, payload, &mut out).err());
    }
    (out.rows().to_vec(), rejects)
}

pub(crate) fn told(problems: &Problems) -> Vec<String> {
    problems.first().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn good_ndjson_rows_land_and_bad_ones_are_told_with_line_column_and_reason() {
    let file = b"{\"id\":\"1\",\"began_at\":\"2026-11-23T10:00:00Z\",\"title\":\"down\"}\n\
        {\"id\":\"2\",\"began_at\":\"yesterday\"}\n\
        {\"id\":\"3\"}\n\
        not json\n\
        [1]\n\
        \n\
        {\"id\":\"4\",\"began_at\":\"2026-11-23T10:00:00Z\",\"colour\":\"red\"}\n\
        {\"id\":\"\xff\"}\n\
        {\"id\":\"5\",\"began_at\":\"2026-11-23T11:00:00+01:00\"}";
    let (landed, problems) = push(Format::Ndjson, "incidents", file).await.unwrap();
    let told = told(&problems);
    assert_eq!((problems.rows(), problems.bad()), (8, 6));
    for (problem, start) in told.iter().zip([
        "line 2, column began_at: `began_at` is a time such as",
        "line 3, column began_at: `began_at` is required",
        "line 4: it is not JSON, as character 2 shows: expected ident",
        "line 5: it is JSON, but not an object",
        "line 7, column colour: incidents has no column `colour`; there are: id, project_id",
        "line 8: it is not UTF-8 from byte 8 on",
    ]) {
        assert!(problem.starts_with(start), "{problem}");
    }
    let (rows, rejects) = map(&landed);
    let ids: Vec<_> = rows.iter().map(|r| r.text("id").unwrap()).collect();
    assert_eq!(ids, ["push:file:1", "push:file:5"]);
    assert_eq!(rows[0].get("began_at"), rows[1].get("began_at"));
    assert_eq!(rejects.iter().map(|r| r.line.unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5, 7, 8]);
    assert_eq!(rejects[0].field.as_deref(), Some("began_at"));
}

#[tokio::test]
async fn a_commit_without_whole_object_ids_is_a_reject() {
    let whole = "0aF".repeat(14)[..40].to_owned();
    let file = [
        format!(r#"{{"id":"1","repository_id":"r","sha":"{whole}","parents":["{whole}"]}}"#),
        format!(r#"{{"id":"2","repository_id":"r","sha":"{}"}}"#, &whole[..7]),
        format!(r#"{{"id":"3","repository_id":"r","sha":"{whole}","parents":["{whole}","HEAD"]}}"#),
    ];
    let (landed, problems) = push(Format::Ndjson, "commits", file.join("\n").as_bytes()).await.unwrap();
    let rule = "must be a commit's whole object id, 40 to 64 hexadecimal digits";
    assert_eq!(
        told(&problems),
        [
            format!("line 2, column sha: `sha` is `{}`, and {rule}", &whole[..7]),
            format!("line 3, column parents: `parents` is `HEAD`, and {rule}"),
        ]
    );
    let (rows, rejects) = map(&landed);
    assert_eq!((rows.len(), rejects.len()), (1, 2));
}

#[tokio::test]
async fn a_decision_about_lineage_is_pushed_as_any_row() {
    let row = br#"{"id":"1","repository_id":"git:shop:repository","sha":"abc1234","deployment_id":"d1","made_by":"Grace","made_at":"2026-11-23T10:00:00Z"}"#;
    let (landed, problems) = push(Format::Ndjson, "lineage_overrides", row).await.unwrap();
    assert_eq!(problems.bad(), 0);
    let (rows, _) = map(&landed);
    let [id, repository, deployment] =
        ["id", "repository_id", "deployment_id"].map(|column| rows[0].text(column).unwrap());
    assert_eq!([id, repository, deployment], ["push:file:1", "git:shop:repository", "push:file:d1"]);
}

#[tokio::test]
async fn csv_cells_take_the_kind_of_their_column_over_several_lines_too() {
    let file = "\u{feff}id,key,points,labels,created_at,title\r\n\
        1,A-1,2.5,x;y,2026-11-23T10:00:00Z,\"two\nlines, \"\"quoted\"\"\"\r\n\
        2,A-2,many,,,\r\n\
        3,A-3\r\n\
        \r\n\
        4,A-4,,,,\"never closed\r\n";
    let (landed, problems) = push(Format::Csv, "work_items", file.as_bytes()).await.unwrap();
    assert_eq!(
        told(&problems),
        [
            "line 4, column points: `points` is a number, and this is \"many\"",
            "line 5: it has 2 columns where the header has 6",
            "line 7: a quote is opened and not closed",
        ]
    );
    let (rows, rejects) = map(&landed);
    assert_eq!((rows.len(), rejects.len()), (1, 3));
    assert_eq!(rows[0].text("title"), Some("two\nlines, \"quoted\""));
    assert_eq!(rows[0].get("points"), &Value::Float(2.5));
    assert_eq!(rows[0].get("labels"), &Value::Texts(vec!["x".into(), "y".into()]));
}

#[tokio::test]
async fn a_stray_quote_takes_no_good_row_with_it() {
    let file = "id,name\n1,5\" pipe\n2,B\n3,\"x\"y\n4,\"C \"\"and\"\" D\"\n5,E\n";
    let (landed, problems) = push(Format::Csv, "teams", file.as_bytes()).await.unwrap();
    assert_eq!(told(&problems), [""; 0]);
    let (rows, _) = map(&landed);
    let names: Vec<_> = rows.iter().map(|r| r.text("name").unwrap()).collect();
    assert_eq!(names, ["5\" pipe", "B", "xy", "C \"and\" D", "E"]);
}

#[tokio::test]
async fn a_quote_that_is_never_closed_says_what_it_took_and_reading_goes_on() {
    let mut file = String::from("id,name\n1,\"open\n");
    let line = format!("2,{}\n", "x".repeat(1 << 20));
    (0..17).for_each(|_| file.push_str(&line));
    file.push_str("3,C\n");
    let (landed, problems) = push(Format::Csv, "teams", file.as_bytes()).await.unwrap();
    assert_eq!(
        told(&problems),
        ["line 2: a quote is opened and not closed within 16 MB: lines 2 to 18 were passed over"]
    );
    let (rows, _) = map(&landed);
    let ids: Vec<_> = rows.iter().map(|r| r.text("id").unwrap()).collect();
    assert_eq!(ids, ["push:file:2", "push:file:3"]);
}

#[tokio::test]
async fn a_json_array_is_refused_with_a_way_out() {
    for file in [&b"[\n{\"id\":\"1\"}\n]"[..], b"\xef\xbb\xbf\n [{}]"] {
        let error = push(Format::Ndjson, "teams", file).await.unwrap_err().to_string();
        assert!(error.contains("one JSON array") && error.contains("jq -c '.[]'"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_refused_when_it_is_opened() {
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        let error = PushSource::open(None, "teams", format, Input::File("/nowhere/at/all".into())).unwrap_err();
        assert!(error.to_string().contains("cannot read /nowhere/at/all"), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_entity_or_column_is_refused_up_front_with_those_that_there_are() {
    let error = push(Format::Csv, "deployment", b"").await.unwrap_err().to_string();
    assert!(error.contains("no entity `deployment`") && error.contains("deployments"), "{error}");
    for (file, reason) in [
        (&b"id,colour\n1,red\n"[..], "teams has no column `colour`; there are: id, name, parent_id, deleted"),
        (b"id,id\n", "names `id` twice"),
        (b"", "it is empty"),
    ] {
        let error = push(Format::Csv, "teams", file).await.unwrap_err().to_string();
        assert!(error.starts_with("standard input: ") && error.contains(reason), "{error}");
    }
    let error = push(Format::Parquet, "teams", b"nonsense").await.unwrap_err().to_string();
    assert!(error.contains("not a Parquet file"), "{error}");
    assert!(push(Format::Csv, "rejects", b"id\n").await.is_err());
}

#[tokio::test]
async fn a_row_that_is_deleted_leaves_no_row() {
    let (landed, problems) =
        push(Format::Ndjson, "teams", b"{\"id\":\"1\",\"name\":\"A\"}\n{\"id\":\"1\",\"deleted\":true}\n")
            .await
            .unwrap();
    assert_eq!(problems.bad(), 0);
    let (rows, rejects) = map(&landed);
    assert_eq!((rows.len(), rejects.len()), (1, 0));
    let payloads: Vec<_> = landed.payloads().into_iter().filter(|p| p.stream == "teams").collect();
    assert!(payloads[0].observed_at < payloads[1].observed_at, "the later row must be newer");
    assert_eq!((payloads[0].key.as_str(), payloads[1].key.as_str()), ("1", "1"));
}
