//! A routine that runs a program for each account.
//!
//! | file | what it is |
//! |---|---|
//! | [`routine`] | the routine `Shell`: its parameters, what the program gets |
//! | `process` | a program and everything that it starts, as one group: started, told to end, killed |
//! | `printed` | what a program prints, within limits |
//! | `outcome` | the outcome, from exit status and standard output |

mod outcome;
mod printed;
mod process;
pub mod routine;

lariat_sdk::export! {
    id: "shell",
    description: "Runs a program for each account",
    routines: [routine::Shell],
}
