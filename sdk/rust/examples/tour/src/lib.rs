//! A plugin with one of each: what an author reads first.
//!
//! | file | extension |
//! |---|---|
//! | [`rota`] | the pool type `rota`: accounts by number, some of them taken elsewhere |
//! | [`greet`] | the routine `Greet`: greets an account a few times |
//! | [`crowd`] | the hook `crowd`: keeps launches small |

pub mod crowd;
pub mod greet;
pub mod rota;

lariat_sdk::export! {
    id: "tour",
    description: "An example: a pool type, a routine and a hook",
    pools: [rota::Rota],
    routines: [greet::Greet],
    hooks: [crowd::Crowd],
}
