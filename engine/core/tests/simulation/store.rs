//! A ledger that fails: before it does anything, or after it did it, so that only the answer
//! is lost; that is slow; that is out for a while. Below it is one in memory that doesn't.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::{
    Attempt, KeptSelection, LeaseDecision, LeaseRequest, Ledger, LedgerError, LiveLease, MemoryLedger,
    PoolHistory, Renewal, ResetReport, SettleRequest,
};
use lariat_core::test_support::Dice;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::truth::Truth;

/// How bad the store is.
#[derive(Debug, Default)]
pub struct Trouble {
    /// In how many of 1,000 calls it fails.
    pub rate: u64,
    /// Until when nothing works at all: so long after an engine's start, and, when it dies
    /// meanwhile, after the start of the next.
    pub out_until: Option<Duration>,
    pub failures: u64,
}

pub struct FaultyLedger {
    /// When its engine was started. Each has a runtime, and so a clock, of its own.
    pub started: Instant,
    pub memory: Arc<MemoryLedger>,
    pub truth: Arc<Mutex<Truth>>,
    pub trouble: Arc<Mutex<Trouble>>,
    pub dice: Mutex<Dice>,
    /// `retry_failed` and `max_failures` of every pool.
    pub retries: (bool, u32),
}

/// What becomes of a call.
enum Fate {
    Well,
    NotDone,
    AnswerLost,
}

impl FaultyLedger {
    async fn fate(&self) -> Fate {
        let (pause, fate) = {
            let mut dice = self.dice.lock();
            let mut trouble = self.trouble.lock();
            let out = trouble.out_until.is_some_and(|until| until > self.started.elapsed());
            let fails = out || dice.between(0, 999) < trouble.rate;
            trouble.failures += u64::from(fails);
            let pause = match dice.below(200) {
                0 if trouble.rate > 0 => dice.between(100, 4_000),
                _ => dice.between(0, 6),
            };
            let fate = match (fails, dice.percent(if out { 2 } else { 40 })) {
                (false, _) => Fate::Well,
                (true, false) => Fate::NotDone,
                (true, true) => Fate::AnswerLost,
            };
            (pause, fate)
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        fate
    }

    async fn ask<T>(&self, work: impl AsyncFnOnce(bool) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let broken = || Err(LedgerError::Store("the disk is gone".into()));
        match self.fate().await {
            Fate::NotDone => broken(),
            Fate::Well => work(true).await,
            Fate::AnswerLost => {
                drop(work(false).await);
                broken()
            }
        }
    }
}

#[async_trait]
impl Ledger for FaultyLedger {
    async fn lease(&self, request: LeaseRequest) -> Result<LeaseDecision, LedgerError> {
        let (account, pool, holder) = (request.account.clone(), request.pool.clone(), request.holder.clone());
        self.ask(async |told| {
            let decision = self.memory.lease(request).await?;
            if let LeaseDecision::Granted { .. } = decision {
                self.truth.lock().leased(&account, &pool, &holder, told);
            }
            Ok(decision)
        })
        .await
    }

    async fn settle(&self, request: SettleRequest) -> Result<(), LedgerError> {
        let (retry, most) = self.retries;
        self.truth.lock().asked_to_settle(&request, retry, most);
        self.ask(async |told| {
            let answer = self.memory.settle(request.clone()).await;
            match &answer {
                Ok(()) => self.truth.lock().settled(&request, told),
                Err(LedgerError::Fenced { .. }) if told => self.truth.lock().fenced(&request),
                Err(_) => {}
            }
            answer
        })
        .await
    }

    async fn renew(&self, renewals: Vec<Renewal>) -> Result<Vec<AccountId>, LedgerError> {
        self.ask(async |_| self.memory.renew(renewals).await).await
    }

    async fn record_attempt(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.ask(async |_| self.memory.record_attempt(attempt).await).await
    }

    async fn history(&self, pool: &PoolName) -> Result<PoolHistory, LedgerError> {
        self.ask(async |_| self.memory.history(pool).await).await
    }

    async fn record_refresh(&self, pool: &PoolName) -> Result<(), LedgerError> {
        self.ask(async |_| self.memory.record_refresh(pool).await).await
    }

    async fn keep_selection(&self, pool: &PoolName, selection: KeptSelection) -> Result<(), LedgerError> {
        self.ask(async |_| self.memory.keep_selection(pool, selection.clone()).await).await
    }
    async fn kept_selection(&self, pool: &PoolName) -> Result<Option<KeptSelection>, LedgerError> {
        self.ask(async |_| self.memory.kept_selection(pool).await).await
    }

    async fn reset(&self, pool: &PoolName, only: Option<Vec<AccountId>>) -> Result<ResetReport, LedgerError> {
        self.ask(async |told| {
            let report = self.memory.reset(pool, only.clone()).await?;
            self.truth.lock().reset(pool, only.as_deref(), told);
            Ok(report)
        })
        .await
    }

    async fn rescue(&self) -> Result<Vec<LiveLease>, LedgerError> {
        self.memory.rescue().await
    }
}
