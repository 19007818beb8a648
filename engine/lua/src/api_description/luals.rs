//! `sdk/lua/lariat.lua`: annotations for the Lua language server.

use std::fmt::Write;

use super::model::{CallStyle, Class, Function, Member, What};
use super::types::for_luals;
use super::{classes, context};

const HEAD: &str = "\
---@meta lariat
-- The Lua API of Lariat, for editors with the Lua language server (LuaLS).
-- Generated from engine/lua/src/api_description; don't change it by hand.
";

/// The whole file.
#[must_use]
pub fn luals() -> String {
    let mut out = HEAD.to_owned();
    // Writing to a text can't fail, here and below.
    for class in classes() {
        let _ = write!(out, "\n--- {}\n---@class lariat.{}\n", class.about, class.name);
        let kind = context::kind_of(class);
        let members: Vec<&Member> = class.members.iter().filter(|member| member.is_in(kind)).collect();
        for member in &members {
            if let What::Field { ty, required } = member.what {
                let mark = if required { "" } else { "?" };
                let _ = writeln!(out, "---@field {}{mark} {} {}", member.name, for_luals(ty), member.about);
            }
        }
        if class.open {
            out.push_str("---@field [string] any\n");
        }
        if class.name == "Lariat" {
            out.push_str("lariat = {}\n");
        } else {
            let _ = writeln!(out, "local {} = {{}}", local(class));
        }
        for member in members {
            if let What::Function(function) = member.what {
                method(&mut out, class, member, &function);
            }
        }
    }
    out
}

/// The name of the table that carries a class's functions.
fn local(class: &Class) -> String {
    if class.name == "Lariat" { "lariat".into() } else { class.name.to_owned() }
}

fn method(out: &mut String, class: &Class, member: &Member, function: &Function) {
    let _ = writeln!(out, "\n--- {}", member.about);
    if !function.errors.is_empty() {
        let _ = writeln!(out, "---\n--- Fails: {}.", function.errors);
    }
    if !member.kinds.is_empty() && class.name == "Lariat" {
        let kinds: Vec<&str> = member.kinds.iter().map(|kind| kind.word()).collect();
        let _ = writeln!(out, "---\n--- For: {}.", kinds.join(", "));
    }
    for param in function.params {
        let mark = if param.required { "" } else { "?" };
        let about = if param.about.is_empty() { String::new() } else { format!(" {}", param.about) };
        let _ = writeln!(out, "---@param {}{mark} {}{about}", param.name, for_luals(param.ty));
    }
    for returned in function.returns {
        let _ = writeln!(out, "---@return {} {}", for_luals(returned.ty), returned.name);
    }
    let sign = if function.call == CallStyle::Colon { ":" } else { "." };
    let params: Vec<&str> = function.params.iter().map(|param| param.name).collect();
    let _ = writeln!(out, "function {}{sign}{}({}) end", local(class), member.name, params.join(", "));
}
