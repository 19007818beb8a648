//! What must be undone when a later phase fails, in reverse order.

use futures::future::BoxFuture;

use crate::launch::Phase;

type Step = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// The undo steps of the phases that were carried out.
#[derive(Default)]
pub struct UndoStack(Vec<(Phase, Step)>);

impl UndoStack {
    /// Notes how to undo what `phase` did.
    pub fn push(&mut self, phase: Phase, step: impl FnOnce() -> BoxFuture<'static, ()> + Send + 'static) {
        self.0.push((phase, Box::new(step)));
    }

    /// Undoes everything, the last first.
    pub async fn unwind(&mut self) {
        while let Some((phase, step)) = self.0.pop() {
            tracing::debug!(phase = phase.as_str(), "undoing");
            step().await;
        }
    }

    /// Undoes what one phase did, since it is run again.
    pub async fn unwind_phase(&mut self, phase: Phase) {
        while self.0.last().is_some_and(|(of, _)| *of == phase) {
            let Some((_, step)) = self.0.pop() else { return };
            step().await;
        }
    }

    /// Forgets the steps, since the launch went well.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn unwinds_in_reverse() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut undo = UndoStack::default();
        for (phase, name) in [(Phase::ResolvePool, "first"), (Phase::AcquireInstances, "second")] {
            let order = order.clone();
            undo.push(phase, move || {
                Box::pin(async move {
                    order.lock().push(name);
                })
            });
        }
        undo.unwind().await;
        assert_eq!(*order.lock(), ["second", "first"]);
    }
}
