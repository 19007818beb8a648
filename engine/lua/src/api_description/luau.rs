//! `sdk/lua/lariat.d.luau`: definitions for luau-lsp.

use std::fmt::Write;

use super::model::{CallStyle, Class, Function, What};
use super::types::for_luau;
use super::{classes, context};

const HEAD: &str = "\
-- The Lua API of Lariat, for editors with luau-lsp.
-- Generated from engine/lua/src/api_description; don't change it by hand.
";

/// The whole file.
#[must_use]
pub fn luau() -> String {
    let mut out = HEAD.to_owned();
    // Writing to a text can't fail, here and below.
    for class in classes() {
        let _ = writeln!(out, "\n-- {}\nexport type Lariat{} = {{", class.about, class.name);
        let kind = context::kind_of(class);
        for member in class.members.iter().filter(|member| member.is_in(kind)) {
            let ty = match &member.what {
                What::Field { ty, required: true } => for_luau(ty),
                What::Field { ty, required: false } => for_luau(&format!("({ty})?")),
                What::Function(function) => signature(class, function),
            };
            let about =
                if member.about.is_empty() { String::new() } else { format!("\t-- {}\n", member.about) };
            let _ = writeln!(out, "{about}\t{}: {ty},", member.name);
        }
        if class.open {
            out.push_str("\t[string]: any,\n");
        }
        out.push_str("}\n");
    }
    out.push_str("\ndeclare lariat: LariatLariat\n");
    out.replace("LariatLariat", "Lariat")
}

fn signature(class: &Class, function: &Function) -> String {
    let mut params = Vec::new();
    if function.call == CallStyle::Colon {
        params.push(format!("self: Lariat{}", class.name));
    }
    for param in function.params {
        let ty = if param.required { for_luau(param.ty) } else { for_luau(&format!("({})?", param.ty)) };
        params.push(format!("{}: {ty}", param.name));
    }
    let returns: Vec<String> = function.returns.iter().map(|returned| for_luau(returned.ty)).collect();
    let returns = match returns.as_slice() {
        [only] => only.clone(),
        many => format!("({})", many.join(", ")),
    };
    format!("({}) -> {returns}", params.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Luau reads the definitions' types when they stand in a script.
    #[test]
    fn luau_reads_what_is_written() {
        let text = luau();
        let types: String =
            text.lines().filter(|line| !line.starts_with("declare ")).fold(String::new(), |mut all, line| {
                all.push_str(line);
                all.push('\n');
                all
            });
        crate::load::compiler().compile(&types).unwrap();
    }

    #[test]
    fn members_are_those_of_the_kind() {
        let text = luau();
        let of = |class: &str| {
            let begin = text.find(&format!("export type {class} = {{")).unwrap();
            let rest = &text[begin..];
            rest[..rest.find("\n}\n").unwrap()].to_owned()
        };
        assert!(of("LariatRoutineContext").contains("\taccount: LariatAccount?,"));
        assert!(!of("LariatHookContext").contains("\taccount:"));
        assert!(
            of("LariatHookContext")
                .contains("\tscale: (self: LariatHookContext, bots: number) -> (number?, string?),")
        );
    }
}
