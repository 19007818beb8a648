//! The questions of launches whose orderer answers them from outside: each stands until it is
//! answered, taken back, or nobody looks any more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lariat_core::clock::Moment;
use lariat_core::ids::{GroupName, InstanceId, PoolName};
use lariat_core::launch::{Asker, ConflictQuestion, RefreshQuestion, Resolution};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::error::{Code, ServiceError};

/// How long a question stands when nobody looks.
const PATIENCE: Duration = Duration::from_secs(10);

/// A question of a launch that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// Its number within the launch.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// What may be answered.
    pub answers: Vec<Answer>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Asked {
    /// Another launch holds an instance.
    Conflict {
        /// The group that wants it.
        group: GroupName,
        /// The instance.
        instance: InstanceId,
        /// The group whose launch holds it.
        held_by: GroupName,
    },
    /// The pool was refreshed before; should it be again?
    Refresh {
        /// The group that is launched.
        group: GroupName,
        /// Its pool.
        pool: PoolName,
        /// When the pool was last refreshed.
        #[schemars(with = "Moment")]
        last_refresh: Timestamp,
    },
}

impl Asked {
    const fn answers(&self) -> &'static [Answer] {
        match self {
            Self::Conflict { .. } => &[Answer::Skip, Answer::Cancel, Answer::Abort],
            Self::Refresh { .. } => &[Answer::Refresh, Answer::Skip],
        }
    }
}

/// What a question is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Do without the instance; launch without a refresh.
    Skip,
    /// Stop the bot that holds the instance, then take it.
    Cancel,
    /// Give up the launch.
    Abort,
    /// Refresh the pool, then launch.
    Refresh,
}

/// The questions of one launch.
pub(super) struct Questions(Mutex<State>);

struct State {
    next: u64,
    open: BTreeMap<u64, (Asked, oneshot::Sender<Answer>)>,
    looked: Instant,
}

/// Takes a question back when whoever asked doesn't wait any more.
struct Standing<'a>(&'a Questions, u64);

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.0.0.lock().open.remove(&self.1);
    }
}

impl Questions {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { next: 1, open: BTreeMap::new(), looked: Instant::now() })))
    }

    /// Those that stand; somebody looks who may answer.
    pub(super) fn look(&self) -> Vec<Question> {
        let mut state = self.0.lock();
        state.looked = Instant::now();
        let told = |(id, (asked, _)): (&u64, &(Asked, _))| Question {
            id: *id,
            asked: asked.clone(),
            answers: asked.answers().to_vec(),
        };
        state.open.iter().map(told).collect()
    }

    /// Answers one.
    ///
    /// # Errors
    /// When there is none of that number any more, or it takes other answers.
    pub(super) fn answer(&self, id: u64, answer: Answer) -> Result<(), ServiceError> {
        let mut state = self.0.lock();
        let missing = || ServiceError::new(Code::NotFound, format!("question {id} doesn't stand any more"));
        let (asked, _) = state.open.get(&id).ok_or_else(missing)?;
        if !asked.answers().contains(&answer) {
            let told = format!("question {id} takes another answer");
            return Err(ServiceError::new(Code::Invalid, told));
        }
        let (_, reply) = state.open.remove(&id).ok_or_else(missing)?;
        reply.send(answer).map_err(|_| missing())
    }

    async fn ask(&self, asked: Asked) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        let id = {
            let mut state = self.0.lock();
            let id = state.next;
            state.next += 1;
            state.open.insert(id, (asked, reply));
            id
        };
        let _standing = Standing(self, id);
        tokio::select! {
            answer = answer => answer.ok(),
            () = self.left() => None,
        }
    }

    /// Waits until nobody has looked for too long.
    async fn left(&self) {
        loop {
            let until = self.0.lock().looked + PATIENCE;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

#[async_trait]
impl Asker for Questions {
    async fn conflict(&self, question: ConflictQuestion) -> Option<Resolution> {
        let ConflictQuestion { group, instance, held_by } = question;
        match self.ask(Asked::Conflict { group, instance, held_by }).await? {
            Answer::Cancel => Some(Resolution::Cancel),
            Answer::Abort => Some(Resolution::Abort),
            Answer::Skip | Answer::Refresh => Some(Resolution::Skip),
        }
    }

    async fn refresh(&self, question: RefreshQuestion) -> Option<bool> {
        let RefreshQuestion { group, pool, last_refresh } = question;
        Some(self.ask(Asked::Refresh { group, pool, last_refresh }).await? == Answer::Refresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict() -> ConflictQuestion {
        let group = |name: &str| GroupName::new(name).unwrap();
        ConflictQuestion { group: group("A"), instance: InstanceId(3), held_by: group("B") }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_stands_as_long_as_somebody_looks_and_is_answered_once() {
        let questions = Questions::new();
        let asks = tokio::spawn({
            let questions = questions.clone();
            async move { questions.conflict(conflict()).await }
        });
        for _ in 0..10 {
            tokio::time::sleep(PATIENCE / 2).await;
            assert_eq!(questions.look().len(), 1);
        }
        let id = questions.look()[0].id;
        assert_eq!(questions.answer(id, Answer::Refresh).unwrap_err().code, Code::Invalid);
        assert_eq!(questions.answer(id + 1, Answer::Skip).unwrap_err().code, Code::NotFound);
        questions.answer(id, Answer::Abort).unwrap();
        assert_eq!(questions.answer(id, Answer::Skip).unwrap_err().code, Code::NotFound);
        assert_eq!(asks.await.unwrap(), Some(Resolution::Abort));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_somebody_who_left_and_a_question_can_be_taken_back() {
        let questions = Questions::new();
        let began = Instant::now();
        assert_eq!(questions.conflict(conflict()).await, None);
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(questions.look(), []);
        let asked = tokio::time::timeout(PATIENCE / 2, questions.conflict(conflict())).await;
        assert!(asked.is_err());
        assert_eq!(questions.look(), [], "taken back");
    }
}
