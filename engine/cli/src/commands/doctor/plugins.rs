//! The plugins: what their files tell, before anything of them runs; and what came of loading
//! each in a process of its own.

use super::{Findings, Level};
use crate::home::Home;
use crate::output::plural;

const OTHERS: &str = "see the message; the other plugins aren't affected";

/// What keeps libraries from being loaded, from their files alone: the plugin, and what.
fn libraries(home: &Home) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for found in home.plugins().host().discover() {
        let Ok(candidate) = found.result else { continue };
        let faults = lariat_native::examine(&candidate.library).unwrap_or_default();
        let library = home.relative(&candidate.library);
        all.extend(faults.iter().map(|fault| (found.name.clone(), format!("{library}: {fault}"))));
    }
    all
}

/// Looks at the plugins.
pub fn look(home: &Home, findings: &mut Findings) {
    let all = home.plugins().all();
    let ready = all.iter().filter(|(_, result)| result.is_ok()).count();
    if !all.is_empty() {
        let waiting = match home.plugins().not_built() {
            0 => String::new(),
            some => format!(", {} not built yet (`lariat plugin list`)", plural(some as u64, "plugin")),
        };
        findings.ok("plugins", format!("{} loaded{waiting}", plural(ready as u64, "plugin")));
    }
    let libraries = libraries(home);
    for (_, told) in &libraries {
        findings.bad(Level::Error, "plugins", told, OTHERS);
    }
    for (name, error) in home.plugins().failures().failures() {
        // What its file told already, in better words than the system's loader has.
        if !libraries.iter().any(|(faulty, _)| faulty == name) {
            findings.bad(Level::Error, "plugins", error, OTHERS);
        }
    }
}
