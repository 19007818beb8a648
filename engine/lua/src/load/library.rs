//! The modules of `scripts/lib/` as they were at one moment. A routine keeps the
//! library it was loaded with, so that changes come with the next load.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lariat_core::definition::problem::unknown;

use super::code::Code;
use super::source::{Source, files_below};

/// The modules by name: `util.math` is `scripts/lib/util/math.lua`.
#[derive(Debug, Default)]
pub(crate) struct Library(BTreeMap<String, Result<Arc<Code>, String>>);

impl Library {
    /// Reads and compiles what is there.
    pub(crate) fn read(scripts: &Path) -> Self {
        let folder = scripts.join("lib");
        let Ok(inside) = folder.canonicalize() else { return Self::default() };
        let modules = files_below(&folder).into_iter().filter_map(|path| {
            let name = path.strip_prefix(&folder).ok()?.with_extension("");
            let name = name.to_string_lossy().replace(['/', '\\'], ".");
            let code = match path.canonicalize() {
                Ok(real) if real.starts_with(&inside) => Source::read(&path, scripts)
                    .and_then(|source| Code::compile(&source.display, &source.text))
                    .map(Arc::new)
                    .map_err(|error| error.to_string()),
                Ok(_) => Err("it is a link that leads out of scripts/lib/".to_owned()),
                Err(error) => Err(format!("it can't be read: {error}")),
            };
            Some((name, code))
        });
        Self(modules.collect())
    }

    /// The module of that name, or why `require` doesn't find it.
    pub(crate) fn find(&self, name: &str) -> Result<&Arc<Code>, String> {
        let told = |why: String| format!("require({name:?}): {why}");
        match self.0.get(name) {
            Some(Ok(code)) => Ok(code),
            Some(Err(why)) => Err(told(why.clone())),
            None if name.contains(['/', '\\']) || name.contains("..") || name.is_empty() => Err(told(
                "modules are named by words with dots between them, as in require(\"util.text\") for scripts/lib/util/text.lua"
                    .into(),
            )),
            None => Err(told(format!(
                "there is no scripts/lib/{}.lua; {}",
                name.replace('.', "/"),
                unknown("module", name, self.0.keys().map(String::as_str))
            ))),
        }
    }
}
