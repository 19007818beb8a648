//! What pages are made of.
//!
//! | part | what it is |
//! |---|---|
//! | [`ago`], [`clock`], [`lasting`] | times: "2m ago", a moment, how long |
//! | [`bar`], [`counts`] | accounts by state, as a bar and as numbers |
//! | [`badge`] | a state as a word with its colour |
//! | [`diff`] | how one text differs from another |
//! | [`empty`] | what to do first where nothing is |
//! | [`field`] and friends | labelled inputs |
//! | [`Fields`] | a posted form |
//! | [`href`] | an address with names in it |
//! | [`numbers`], [`counted`] | 1,043; 1,043 bots |
//! | [`params`], [`read_params`] | an extension's parameters as fields, and back |
//! | [`post`] | a button that does something |
//! | [`so_far`] | how far a search came that must go on |
//! | [`told_seen`], [`read_seen`] | what was seen of a definition by who edits it |

mod address;
mod badge;
mod bar;
mod diff;
mod empty;
mod fields;
mod form;
mod number;
mod params;
mod searched;
mod seen;
mod times;

pub(super) use address::href;
pub(super) use badge::badge;
pub(super) use bar::{bar, counts};
pub(super) use diff::diff;
pub(super) use empty::empty;
pub(super) use fields::Fields;
pub(super) use form::{checkbox, field, post, select};
pub(super) use number::{counted, numbers};
pub(super) use params::{params, read_params};
pub(super) use searched::{looked_at, so_far, unfinished};
pub(super) use seen::{AGAIN, read_seen, told_seen};
pub(super) use times::{ago, clock, lasting, short};
