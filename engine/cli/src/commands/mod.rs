//! The commands, one file each; groups of commands in a folder.

pub mod account;
pub mod backup;
pub mod check;
pub mod completions;
pub mod console;
pub mod control;
pub mod doctor;
pub mod group;
pub mod hook;
pub mod init;
pub mod launch;
pub mod new;
pub mod plugin;
pub mod pool;
pub mod provider;
pub mod routine;
pub mod run;
pub mod schema;
pub mod test;
pub mod up;
