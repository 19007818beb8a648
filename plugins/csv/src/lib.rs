//! Pools over CSV and JSON Lines files.
//!
//! | file | what it is |
//! |---|---|
//! | [`pool`] | the pool type `csv`: its parameters, and a fetch from files to accounts |
//! | `files` | which files there are, and of what kind |
//! | `rows` | a file's rows, and what is wrong with some of them |
//! | `value` | cells as typed values |
//! | `select` | `where` and `sort` |

mod files;
pub mod pool;
mod rows;
mod select;
mod value;

lariat_sdk::export! {
    id: "csv",
    description: "Pools over CSV and JSON Lines files",
    pools: [pool::Csv],
}
