//! What is kept under which key. The braces put all of a pool's keys on one node of a cluster.

/// The keys of one pool.
pub(crate) struct Keys {
    /// A sorted set: ids by the order to serve, smallest score first.
    pub(crate) ready: String,
    /// A hash: each account's fields as a JSON object, by id. What isn't there has an id only.
    pub(crate) data: String,
    /// A sorted set: ids by when their claim ends, in milliseconds of Unix time.
    pub(crate) claimed: String,
    /// A hash: the score and the holder of each claim, by id.
    pub(crate) claims: String,
    /// A sorted set: ids by when they were completed, in milliseconds of Unix time.
    pub(crate) done: String,
    /// A sorted set: ids by how often they failed.
    pub(crate) failed: String,
}

impl Keys {
    pub(crate) fn of(key: &str) -> Self {
        let of = |what: &str| format!("{{{key}}}:{what}");
        Self {
            ready: of("ready"),
            data: of("data"),
            claimed: of("claimed"),
            claims: of("claims"),
            done: of("done"),
            failed: of("failed"),
        }
    }
}
