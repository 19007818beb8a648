//! Why the host isn't able to work.

/// What keeps the host from starting. What is wrong with a script is a
/// [`Finding`](crate::Finding) or a [`ScriptError`](crate::ScriptError), what
/// breaks a run a [`RoutineError`](lariat_core::routine::RoutineError).
#[derive(Debug, thiserror::Error)]
pub enum LuaError {
    /// The system gave no thread.
    #[error("the Lua host can't start its threads: {0}; raise the limit of threads (ulimit -u) or set fewer")]
    Threads(#[source] std::io::Error),
}
