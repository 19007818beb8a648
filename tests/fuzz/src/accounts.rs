//! Account files.

use std::collections::BTreeSet;

use lariat_accounts::{Fault, Records, csv, json, xml};

use crate::sign::Sign;

/// An XML file.
pub fn account_xml(bytes: &[u8]) -> Sign {
    records(xml::parse(bytes, "stem"))
}

/// A CSV or JSON file: the first byte chooses.
pub fn account_table(bytes: &[u8]) -> Sign {
    match bytes.first() {
        Some(b'{' | b'[' | b' ' | b'\n') => records(json::parse(bytes)),
        _ => records(csv::parse(bytes)),
    }
}

fn records(read: Result<Records, Fault>) -> Sign {
    match read {
        Ok(found) => {
            let ids: BTreeSet<&str> = found.records.iter().map(|record| record.id.as_str()).collect();
            assert!(ids.iter().all(|id| !id.trim().is_empty()), "an account without an id");
            assert_eq!(ids.len(), found.records.len(), "an account twice");
            Sign(found.records.len().min(3) as u64)
        }
        Err(fault) => {
            let told = fault.to_string();
            assert!(!told.is_empty() && told.len() < 4_000, "{told:?}");
            Sign::of(&told)
        }
    }
}
