//! What is exported comes back as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use lariat_accounts::{Format, Records, csv, export, json, typed, xml};
use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use proptest::prelude::*;
use serde_json::{Map, Value};

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()).prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[ \r\n\t\"',;<>&=+-]{0,6}".prop_map(Value::from),
        proptest::collection::vec(".{0,5}".prop_map(Value::from), 0..3).prop_map(Value::from),
    ]
}

fn account() -> impl Strategy<Value = (String, Map<String, Value>)> {
    let id = "[a-zA-Z0-9äß帳<&\"', -]{0,8}[a-z0-9帳]";
    let id = id.prop_map(|id| id.trim().to_owned());
    let name = prop_oneof![Just("pack_count".to_owned()), Just("note".to_owned()), "[a-z<&\"'ü. ]{0,6}[a-z]"];
    // A secret is a text, whatever it was.
    let name = name.prop_filter("the id's own names, and secrets", |name| {
        !["id", "account"].contains(&name.trim()) && !lariat_core::secret::is_secret_name(name)
    });
    let secret = proptest::option::of(".*");
    (id, proptest::collection::btree_map(name.prop_map(|name| name.trim().to_owned()), value(), 0..6), secret)
        .prop_map(|(id, fields, secret)| {
            let mut fields: Map<String, Value> = fields.into_iter().collect();
            if let Some(secret) = secret {
                fields.insert("password".into(), secret.into());
            }
            (id, fields)
        })
}

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    proptest::collection::btree_map("[a-z]{3}", account(), 0..5).prop_map(|accounts| {
        let accounts = accounts.into_iter().map(|(unique, (id, fields))| (format!("{unique}{id}"), fields));
        accounts.map(|(id, fields)| Account::new(AccountId::new(id).unwrap(), fields)).collect()
    })
}

fn read_back(found: Records) -> Vec<Account> {
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    found.records.into_iter().map(|record| Account::new(record.id, record.fields)).collect()
}

fn revealed(accounts: &[Account]) -> Vec<Map<String, Value>> {
    accounts.iter().map(Account::reveal).collect()
}

/// What a cell can say of a value.
fn as_cell(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) => typed::value_of(name, text),
        Value::Array(_) => value.to_string().into(),
        other => other.clone(),
    }
}

/// A CSV file with NUL in it is taken for a file of another kind.
fn without_nul(account: &Account) -> Account {
    let clean = |value: Value| match value {
        Value::String(text) => Value::from(text.replace('\0', "")),
        other => other,
    };
    Account::new(account.id.clone(), account.reveal().into_iter().map(|(name, value)| (name, clean(value))))
}

proptest! {
    #[test]
    fn json_and_xml_are_exact(accounts in accounts()) {
        for format in [Format::Json, Format::Jsonl, Format::Xml] {
            let text = export::to_text(&accounts, format, true).unwrap();
            if accounts.is_empty() {
                continue;
            }
            let found = match format {
                Format::Xml => xml::parse(text.as_bytes(), "stem"),
                _ => json::parse(text.as_bytes()),
            };
            let found = found.unwrap_or_else(|fault| panic!("{text}\n{fault}"));
            prop_assert_eq!(revealed(&read_back(found)), revealed(&accounts), "{}", text);
        }
    }

    #[test]
    fn csv_is_as_exact_as_cells_are(accounts in accounts()) {
        let accounts: Vec<Account> = accounts.iter().map(without_nul).collect();
        let text = export::to_text(&accounts, Format::Csv, true).unwrap();
        let found = csv::parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{text}\n{fault}"));
        let found = read_back(found);
        prop_assert_eq!(found.len(), accounts.len());
        for (found, account) in found.iter().zip(&accounts) {
            prop_assert_eq!(&found.id, &account.id);
            let (found, given) = (found.reveal(), account.reveal());
            for (name, value) in &found {
                let given = given.get(name).cloned().unwrap_or_default();
                let expected = if name == "id" { given } else { as_cell(name, &given) };
                prop_assert_eq!(value, &expected, "{} in {}", name, text);
            }
            prop_assert!(given.keys().all(|name| found.contains_key(name)));
        }
    }

    #[test]
    fn a_secret_is_masked_unless_revealed(id in "[a-z]{1,5}", secret in "[A-Z]{12}") {
        let fields = [("devicePassword".to_owned(), Value::from(secret.as_str()))];
        let accounts = [Account::new(AccountId::new(id).unwrap(), fields)];
        for format in Format::ALL {
            let masked = export::to_text(&accounts, format, false).unwrap();
            prop_assert!(masked.contains("***") && !masked.contains(&secret), "{}", masked);
            prop_assert!(export::to_text(&accounts, format, true).unwrap().contains(&secret));
        }
    }
}

#[test]
fn no_account_is_still_a_file_of_its_kind() {
    assert_eq!(export::to_text(&[], Format::Json, true).unwrap(), "[]\n");
    assert_eq!(export::to_text(&[], Format::Csv, true).unwrap(), "id\n");
    assert_eq!(export::to_text(&[], Format::Jsonl, true).unwrap(), "");
}

#[test]
fn xml_says_so_when_it_cannot_hold_a_name() {
    let accounts = [Account::new(AccountId::new("a").unwrap(), [("a\u{1}".to_owned(), Value::Null)])];
    let error = export::to_text(&accounts, Format::Xml, true).unwrap_err();
    assert!(error.to_string().contains("export as JSON"), "{error}");
}
