//! Pools over a JSON service.
//!
//! | file | what it is |
//! |---|---|
//! | [`pool`] | the pool type `http`: fetch, claim, settle |
//! | `config` | its parameters |
//! | `client` | a request, and what an answer's status means |
//! | `address` | addresses: an account's, the next page's |
//! | `page` | an answer's accounts |

mod address;
mod client;
pub mod config;
mod page;
pub mod pool;

lariat_sdk::export! {
    id: "http",
    description: "Pools over a JSON service",
    pools: [pool::Http],
}
