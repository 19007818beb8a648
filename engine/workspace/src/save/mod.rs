//! Writing definitions: whole files, and never half of one.
//!
//! | part | does |
//! |---|---|
//! | `atomic` | creates, replaces and removes a file in one step, durably |
//! | `slug` | a file's name from a definition's |
//! | `text` | the text of a new file |
//! | `update` | the text of a changed definition: patched, else written anew |
//! | `diff` | what changed between two definitions |
//! | `patch`, `splice` | applies it to the text, leaving everything else as it is |
//! | `comments` | whether a comment got lost |

pub(crate) mod atomic;
mod comments;
mod diff;
mod patch;
pub(crate) mod slug;
mod splice;
pub(crate) mod text;
pub(crate) mod update;
