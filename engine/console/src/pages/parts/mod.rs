//! What pages are made of.
//!
//! | part | what it is |
//! |---|---|
//! | [`ago`], [`clock`], [`lasting`] | times: "2m ago", a moment, how long |
//! | [`bar`], [`counts`] | accounts by state, as a bar and as numbers |
//! | [`badge`] | a state as a word with its colour |
//! | [`empty`] | what to do first where nothing is |
//! | [`field`] and friends | labelled inputs |
//! | [`Fields`] | a posted form |
//! | [`href`] | an address with names in it |
//! | [`numbers`] | 1,043 |
//! | [`post`] | a button that does something |

mod address;
mod badge;
mod bar;
mod empty;
mod fields;
mod form;
mod number;
mod times;

pub(super) use address::href;
pub(super) use badge::badge;
pub(super) use bar::{bar, counts};
pub(super) use empty::empty;
pub(super) use fields::Fields;
pub(super) use form::{checkbox, field, post, select};
pub(super) use number::numbers;
pub(super) use times::{ago, clock, lasting, short};
