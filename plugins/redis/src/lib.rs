//! Pools over sorted sets in Redis, which several engines may share: claims and settlements are
//! scripts, so that the server carries each out whole, one after the other.
//!
//! | file | what it is |
//! |---|---|
//! | [`pool`] | the pool type `redis`: its parameters; fetch, claim, settle |
//! | `keys` | what is kept under which key |
//! | `link` | the connection, made anew when it broke; errors |
//! | `scripts` | what the server runs |

mod keys;
mod link;
pub mod pool;
mod scripts;

lariat_sdk::export! {
    id: "redis",
    description: "Pools over sorted sets in Redis",
    pools: [pool::Redis],
}
