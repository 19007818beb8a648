//! A hook that reports launches to a URL, signed and retried.
//!
//! | file | what it is |
//! |---|---|
//! | [`hook`] | the hook `launch_reports`: its parameters, and when it runs |
//! | `report` | what a report says |
//! | `sign` | its signature |
//! | `send` | one attempt to deliver it |

pub mod hook;
mod report;
mod send;
mod sign;

lariat_sdk::export! {
    id: "webhook",
    description: "Reports launches to a URL",
    hooks: [hook::Webhook],
}
