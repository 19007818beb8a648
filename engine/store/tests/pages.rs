//! Accounts and runs are found page by page: every one once, in order, whatever is asked for.
#![allow(clippy::unwrap_used)]

mod common;

use lariat_core::ids::AccountId;
use lariat_core::records::{AccountSearch, AccountStatus, ImportAccount, Records};
use serde_json::{Map, json};

/// More than one statement looks at.
const MANY: usize = 45_000;

async fn all(records: &dyn Records, mut search: AccountSearch) -> (Vec<String>, usize) {
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = records.find_accounts(&search).await.unwrap();
        assert!(page.accounts.len() <= search.limit as usize);
        found.extend(page.accounts.iter().map(|account| account.id.to_string()));
        pages += 1;
        match page.next {
            Some(next) => {
                let place = |id: &AccountId| (search.is_around(id), id.clone());
                assert!(search.after.as_ref().is_none_or(|before| place(before) < place(&next)));
                search.after = Some(next);
            }
            None => return (found, pages),
        }
    }
}

#[tokio::test]
async fn every_account_is_found_once_in_the_order_of_the_ids() {
    let fixture = common::Fixture::new();
    let store = fixture.open().await;
    let account = |n: usize| {
        let status = if n.is_multiple_of(20_001) { "failed" } else { "available" };
        let fields = json!({"status": status, "note": format!("n{}", n % 30_000)});
        let id = AccountId::new(format!("a{n:06}")).unwrap();
        ImportAccount { id, fields: fields.as_object().cloned().unwrap_or_else(Map::new) }
    };
    store.import_accounts((0..MANY).map(account).collect()).await.unwrap();
    let search = |limit| AccountSearch { limit, ..AccountSearch::default() };

    let (found, pages) = all(&store, search(1_000)).await;
    assert!(found.is_sorted() && found.len() == MANY && pages >= MANY / 1_000);
    let failed = AccountSearch { status: Some(AccountStatus::Failed), ..search(2) };
    assert_eq!(all(&store, failed).await.0, ["a000000", "a020001", "a040002"]);
    let text = AccountSearch { text: Some("\"N29999\"".to_owned()), ..search(10) };
    assert_eq!(all(&store, text).await.0, ["a029999"]);
    let held = AccountSearch { status: Some(AccountStatus::InUse), ..search(10) };
    assert!(all(&store, held).await.0.is_empty());
    let end = AccountSearch { after: Some(AccountId::new("a044998").unwrap()), ..search(10) };
    assert_eq!(all(&store, end).await.0, ["a044999"]);
}

#[tokio::test]
async fn ids_that_begin_with_the_text_are_found_at_once_and_the_others_after_them() {
    let fixture = common::Fixture::new();
    let store = fixture.open().await;
    let account = |n: usize| {
        let fields = json!({"note": if n == 5 { "like a0449" } else { "" }});
        let id = AccountId::new(format!("a{n:06}")).unwrap();
        ImportAccount { id, fields: fields.as_object().cloned().unwrap_or_else(Map::new) }
    };
    store.import_accounts((0..MANY).map(account).collect()).await.unwrap();

    let text =
        |text: &str, limit| AccountSearch { text: Some(text.to_owned()), limit, ..AccountSearch::default() };
    let page = store.find_accounts(&text("a044123", 1)).await.unwrap();
    assert_eq!(page.accounts[0].id.as_str(), "a044123");
    assert_eq!(page.searched.unwrap().looked_at, 1, "no other was looked at");

    let mut wanted: Vec<String> = (44_900..MANY).map(|n| format!("a{n:06}")).collect();
    wanted.push("a000005".to_owned());
    for limit in [1, 10, 1_000] {
        assert_eq!(all(&store, text("a0449", limit)).await.0, wanted);
        let memory = lariat_core::records::MemoryRecords::default();
        memory.import_accounts((44_800..MANY).map(account).collect()).await.unwrap();
        assert_eq!(all(&memory, text("a0449", limit)).await.0, wanted[..100], "in memory");
    }
}
