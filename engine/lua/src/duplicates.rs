//! Scripts that claim a name which another has already.

use std::collections::HashMap;

use crate::finding::{Finding, Severity};
use crate::loading::LoadedScript;

/// One finding for each script that isn't used, since an earlier one has its name.
pub fn duplicates(scripts: &[LoadedScript]) -> Vec<Finding> {
    let mut first = HashMap::new();
    let mut found = Vec::new();
    for script in scripts {
        let Ok(routine) = &script.result else { continue };
        let name = routine.info().name.clone();
        let Some(other) = first.get(&name) else {
            first.insert(name, &script.file);
            continue;
        };
        found.push(Finding {
            file: script.file.clone(),
            line: 0,
            severity: Severity::Error,
            message: format!("routine \"{name}\" is in {} already; that one is used", other.display()),
            hint: Some("give one of them another name".into()),
        });
    }
    found
}
