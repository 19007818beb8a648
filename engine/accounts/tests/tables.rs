//! CSV and JSON: types, ids, and errors with their lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use lariat_accounts::{Fault, Records, csv, json};
use serde_json::{Value, json};

fn told(result: Result<Records, Fault>) -> String {
    match result {
        Ok(found) => format!("no error, but {found:?}"),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn cells_are_typed_and_ids_are_text() {
    let found = csv::parse(
        b"\xEF\xBB\xBFid,packs,rate,vip,note,password\r\n007,37,0.5,true,,0042\r\n\r\n 8 ,x,\"a,\"\"b\"\"\nc\",FALSE,\" \",\r\n",
    )
    .unwrap();
    let fields: Vec<Value> = found.records.iter().map(|record| record.fields.clone().into()).collect();
    assert_eq!(found.records.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["007", "8"]);
    assert_eq!(fields[0], json!({"packs": 37, "rate": 0.5, "vip": true, "note": null, "password": "0042"}));
    assert_eq!(
        fields[1],
        json!({"packs": "x", "rate": "a,\"b\"\nc", "vip": false, "note": " ", "password": null})
    );
}

#[test]
fn the_id_may_be_called_account() {
    assert_eq!(csv::parse(b"n,account\n1,a\n").unwrap().records[0].id.as_str(), "a");
    let both = csv::parse(b"account,ID\nx,a\n").unwrap().records.remove(0);
    assert_eq!((both.id.as_str(), &both.fields["account"]), ("a", &json!("x")));
    assert_eq!(json::parse(br#"[{"account": "a"}]"#).unwrap().records[0].id.as_str(), "a");
    assert_eq!(json::parse(br#"[{"id": 7}]"#).unwrap().records[0].id.as_str(), "7");
}

#[test]
fn a_repeated_id_keeps_its_first_row() {
    let found = csv::parse(b"id,n\na,1\nb,2\na,3\n").unwrap();
    assert_eq!(found.records.len(), 2);
    assert_eq!(found.records[0].fields["n"], 1);
    assert_eq!(found.warnings[0].to_string(), "4:1: account \"a\" comes a second time; the first is kept");
    let many = format!("id\n{}", "a\n".repeat(500));
    let found = csv::parse(many.as_bytes()).unwrap();
    assert_eq!(found.warnings.len(), 101);
    assert_eq!(found.warnings[100].to_string(), "… and 399 more like these");
}

#[test]
fn csv_errors_have_their_line() {
    for (text, start) in [
        ("name,n\na,1\n", "1:1: there is no column `id`"),
        ("id;n\na;1\n", "1:1: the columns aren't separated by commas"),
        ("id,n\na,1\nb\n", "3:1: the row has 1 cells and the header 2"),
        ("id,n\na,1\n\"x\ny\",2,3\n", "3:1: the row has 3 cells"),
        ("id,n\na,1\n,2\n", "3:1: the account's id must not be empty"),
        ("id,n,n\na,1,2\n", "1:1: two columns are called \"n\""),
        ("id,\na,1\n", "1:1: a field's name must not be empty"),
        ("id,n\na,1\nb,\"x\nc,2\n", "3:1: a quote in this row is never closed"),
        ("id,n\na,1\nb,\"x", "3:1: a quote in this row is never closed"),
        ("id,n\na,\0\n", "2:3: holds the byte 0x00"),
        ("", "the file is empty"),
    ] {
        let message = told(csv::parse(text.as_bytes()));
        assert!(message.starts_with(start), "{text:?}: {message}");
    }
}

#[test]
fn json_comes_as_an_array_or_a_line_each() {
    for text in [
        r#"[{"id": "a", "n": 1, "tags": ["x"]}, {"id": "b", "n": null}]"#,
        "{\"id\": \"a\", \"n\": 1, \"tags\": [\"x\"]}\n\n{\"id\": \"b\", \"n\": null}\n",
    ] {
        let found = json::parse(text.as_bytes()).unwrap();
        assert_eq!(found.records.len(), 2);
        assert_eq!(Value::Object(found.records[0].fields.clone()), json!({"n": 1, "tags": ["x"]}));
        assert_eq!(Value::Object(found.records[1].fields.clone()), json!({"n": null}));
    }
    assert!(json::parse(b"[]").unwrap().records.is_empty());
    assert_eq!(json::parse(br#"{"id":"a","password":42}"#).unwrap().records[0].fields["password"], "42");
}

#[test]
fn json_errors_have_their_place() {
    for (text, start) in [
        ("[\n {\"id\": \"a\"},\n {\"n\": 1}]", "3:2: the account has no `id`"),
        ("{\"id\": \"a\"}\n{\"id\": }\n", "2:8: not JSON that can be read: expected value"),
        ("[{\"id\": \"a\"}, 7]", "1:15: not an object"),
        ("{\"id\": true}", "1:1: the account's `id` must be a text or a whole number"),
        ("{\"id\": 1.5}", "1:1: the account's `id` must be"),
        ("{\"id\": \"\"}", "1:1: the account's id must not be empty"),
        ("{\"id\": \"a\", \"n\": 1e999}", "1:1: not JSON that can be read: number out of range"),
        ("[{\"id\": \"a\"}", "1:12: not JSON that can be read: EOF"),
        ("hello", "1:1: not JSON"),
    ] {
        let message = told(json::parse(text.as_bytes()));
        assert!(message.starts_with(start), "{text}: {message}");
    }
    let twice = json::parse(b"{\"id\":\"a\"}\n{\"id\":\"a\"}").unwrap();
    assert!(twice.warnings[0].to_string().starts_with("2:1: "), "{:?}", twice.warnings);
    let deep = format!("[{{\"id\":\"a\",\"x\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert!(told(json::parse(deep.as_bytes())).contains("recursion limit"));
}
