//! Values between Lua and JSON.
//!
//! | Lua | JSON |
//! |---|---|
//! | `nil` | absent |
//! | `lariat.null` | `null` |
//! | a number without a fraction, up to 2^53 | an integer |
//! | a table with the keys 1 to n | a list |
//! | a table whose keys are texts, or none | an object (an empty list that was decoded stays a list) |
//! | text | an integer beyond 2^53, which Lua's numbers can't hold |

mod from_json;
mod to_json;

pub(crate) use from_json::{empty_list_mark, from_json, from_json_frozen, frozen};
pub(crate) use to_json::{Limits, to_json};
