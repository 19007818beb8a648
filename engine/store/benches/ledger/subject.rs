//! A store whose accounts are leased and settled.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::{Holder, LeaseDecision, LeaseRequest, Ledger, SettleRequest};
use lariat_core::outcome::Disposition;
use lariat_store::accounts::ImportAccount;
use lariat_store::{Durability, Store, StoreOptions};
use serde_json::json;

use crate::measure::{Rate, cycles};

const ACCOUNTS: usize = 100_000;

/// A store with accounts, each of which is leased and completed once a pool.
pub struct Subject {
    pub store: Arc<Store>,
    accounts: Arc<Vec<AccountId>>,
    next: Arc<AtomicUsize>,
    holder: Holder,
}

impl Subject {
    pub async fn open(folder: &Path, name: &str, durability: Durability, shuffled: bool) -> Self {
        let options = StoreOptions::new(folder.join(name).join("state.db")).durability(durability);
        let store = Arc::new(Store::open(options).await.unwrap());
        let mut accounts: Vec<_> =
            (0..ACCOUNTS).map(|number| AccountId::new(format!("account-{number:07}")).unwrap()).collect();
        let rows = accounts.iter().enumerate().map(|(number, id)| {
            let fields = json!({
                "pack_count": number % 50, "xml_path": format!("accounts/{id}.xml"),
                "device": "pixel", "note": "as imported", "password": "hunter2hunter2",
            });
            ImportAccount { id: id.clone(), fields: fields.as_object().unwrap().clone() }
        });
        let rows: Vec<_> = rows.collect();
        let begun = Instant::now();
        store.import(rows.clone()).await.unwrap();
        let imported = begun.elapsed();
        store.import(rows).await.unwrap();
        println!(
            "{name}: import of {} accounts {:.2} s, again {:.2} s",
            accounts.len(),
            imported.as_secs_f64(),
            (begun.elapsed() - imported).as_secs_f64()
        );
        if shuffled {
            let len = accounts.len();
            (1..len).for_each(|place| accounts.swap(place, place.wrapping_mul(2_654_435_761) % (place + 1)));
        }
        Self { store, accounts: Arc::new(accounts), next: Arc::default(), holder: holder() }
    }

    pub async fn measure(&self, bots: usize, span: Duration) -> Rate {
        let (store, accounts, next) = (self.store.clone(), self.accounts.clone(), self.next.clone());
        let holder = self.holder.clone();
        cycles(bots, span, move || {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let account = accounts[place % accounts.len()].clone();
            let pool = PoolName::new(format!("pool {}", place / accounts.len())).unwrap();
            cycle(store.clone(), account, pool, holder.clone())
        })
        .await
    }
}

async fn cycle(ledger: Arc<Store>, account: AccountId, pool: PoolName, holder: Holder) {
    let request = LeaseRequest {
        account: account.clone(),
        pool: pool.clone(),
        holder: holder.clone(),
        ttl: Duration::from_secs(600),
        repeat_after: None,
    };
    let LeaseDecision::Granted { token } = ledger.lease(request).await.unwrap() else { return };
    let request = SettleRequest {
        token,
        account,
        pool,
        holder,
        disposition: Disposition::Completed,
        failures: 0,
        error: None,
        result: json!({"packs_opened": 10, "cards_found": 5}).as_object().unwrap().clone(),
        started: Some(jiff::Timestamp::now()),
        elapsed: Duration::from_millis(50),
    };
    ledger.settle(request).await.unwrap();
}

/// A bot.
pub fn holder() -> Holder {
    Holder {
        launch: LaunchId::random(),
        group: GroupName::new("Premium Farmers").unwrap(),
        instance: InstanceId(1),
        routine: "OpenPacks".into(),
        generation: 1,
    }
}
