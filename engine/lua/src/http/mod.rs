//! `ctx.http`: requests of scripts, to the servers they may talk to.

mod address;
mod client;
mod policy;

pub(crate) use client::{HttpClient, Request, Response};
pub use policy::HttpPolicy;
