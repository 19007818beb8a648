//! No bytes, however made, bring a reader down, and what is read keeps the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use lariat_accounts::{Fault, Records, csv, json, xml};
use proptest::prelude::*;

/// Pieces of which a file is made, wrong ones too.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<account>"),
        Just("</account>"),
        Just("<account/>"),
        Just("<password>"),
        Just("</password>"),
        Just("<map>"),
        Just("</map>"),
        Just("<string name=\"deviceAccount\">"),
        Just("</string>"),
        Just("<int name='x' value='1'/>"),
        Just("<set name='s'>"),
        Just("</set>"),
        Just("<!--"),
        Just("-->"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("<!DOCTYPE x>"),
        Just("<?xml version='1.0'?>"),
        Just("&amp;"),
        Just("&#33;"),
        Just("&x;"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("'"),
        Just("帳"),
        Just("\r\n"),
        Just(" "),
        Just("a"),
        Just("id,x"),
        Just(","),
        Just("\"\""),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("\"id\":"),
        Just("1"),
        Just("\"a\""),
        Just(":"),
        Just("\\u0000"),
        Just("1e999"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(result: Result<Records, Fault>) -> Result<(), TestCaseError> {
    match result {
        Ok(found) => {
            prop_assert!(!found.records.iter().any(|record| record.id.as_str().trim().is_empty()));
            let mut ids: Vec<_> = found.records.iter().map(|record| record.id.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), found.records.len());
        }
        Err(fault) => prop_assert!(!fault.to_string().is_empty()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(xml::parse(&bytes, "stem"))?;
        check(csv::parse(&bytes))?;
        check(json::parse(&bytes))?;
    }

    #[test]
    fn nearly_right(text in pieces()) {
        check(xml::parse(text.as_bytes(), "stem"))?;
        check(csv::parse(text.as_bytes()))?;
        check(json::parse(text.as_bytes()))?;
    }

    #[test]
    fn cut_anywhere(at in 0_usize..200) {
        let whole = "<?xml version='1.0'?><map><string name=\"deviceAccount\">帳號&amp;</string>\
                     <int name=\"packs\" value=\"3\" /></map>";
        if let Some(part) = whole.as_bytes().get(..at.min(whole.len() - 1)) {
            prop_assert!(xml::parse(part, "stem").is_err());
        }
    }
}

/// The longest files that are read, full of one thing each, which must not cost more
/// than their length: a quadratic step would take this test minutes.
#[test]
fn a_full_file_of_one_thing() {
    let full = |piece: fn(usize) -> String| {
        let mut text = String::new();
        for n in 0.. {
            text += &piece(n);
            if text.len() > 1_000_000 {
                break;
            }
        }
        text
    };
    let attributes = format!("<account {}/>", full(|n| format!("a{n}='' ")));
    let entities = format!("<account>a</account><note>{}</note>", full(|_| "&amp;".into()));
    let accounts = full(|n| format!("<account>{n}</account>"));
    let repeated = full(|_| "<account>a</account>".into());
    let items = format!("<account>a</account><set name='s'>{}</set>", full(|_| "<string/>".into()));
    for text in [attributes, entities, accounts, repeated, items] {
        assert!(xml::parse(text.as_bytes(), "stem").is_ok(), "{}", &text[..60]);
    }
    assert!(xml::parse(full(|_| "<a/>".into()).as_bytes(), "stem").is_err());
    let line = format!("[{}{{\"id\": \"last\"}}]", full(|n| format!("{{\"id\": {n}}},")));
    assert!(json::parse(line.as_bytes()).unwrap().records.len() > 50_000);
}
