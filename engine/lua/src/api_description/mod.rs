//! What scripts see of the engine, described once: names, kinds, parameters, types,
//! units, errors, since when.
//!
//! | part | what it is |
//! |---|---|
//! | [`model`] | how a name is described |
//! | [`lariat`], [`context`], [`values`], [`launch`], [`declarations`], [`testing`] | the description |
//! | [`types`] | types as they are written here, for LuaLS and for Luau |
//! | [`luals`], [`luau`], [`reference`] | what is generated: `sdk/lua`, and a part of `scripts/README.md` |
//! | [`lookup`] | which names there are, for the checker and for error messages |
//!
//! `tests/sdk.rs` compares the generated files with what they must be.

mod context;
mod declarations;
mod lariat;
mod launch;
mod lookup;
mod luals;
mod luau;
mod model;
mod reference;
mod testing;
mod types;
mod values;

pub(crate) use lookup::{CallStyle, call_style, context_names, home_of, lariat_names, part_names};
pub use luals::luals;
pub use luau::luau;
pub use reference::reference;

use model::Class;

/// Every class, those that others name first.
fn classes() -> impl Iterator<Item = &'static Class> {
    [
        values::CLASSES,
        launch::CLASSES,
        context::CLASSES,
        declarations::CLASSES,
        testing::CLASSES,
        lariat::CLASSES,
    ]
    .into_iter()
    .flatten()
}
