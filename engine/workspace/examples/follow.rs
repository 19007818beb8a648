//! Follows a workspace: says what lies in it, then what each save makes of that.
//!
//! ```text
//! cargo run -p lariat-workspace --example follow -- path/to/workspace
//! pool "Gold": generation 1
//! pool "Gold": generation 2
//! pool "Gold": generation 2, stale since …: pools/gold.yaml:3:7: …
//! ```
//!
//! Ctrl-C ends it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;

use lariat_core::definition::{Broken, Catalog, Defined};
use lariat_workspace::watch::Options;
use lariat_workspace::{Definitions, Watch, Workspace};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    follow(Path::new(&root), std::io::stdout())
}

/// Says what lies there, then what changes, until nobody reads it any more.
fn follow(root: &Path, mut out: impl Write) -> Result<(), Box<dyn Error>> {
    let workspace = Workspace::open(root)?;
    let definitions = Definitions::new(workspace.root());
    let (tell, told) = mpsc::channel();
    // What `definitions` itself saves isn't told back.
    let own = definitions.own_writes();
    // Watched first and read then, so that nothing is missed in between.
    let watch =
        Watch::start(workspace.root(), Options::default(), own, move |changes| drop(tell.send(changes)))?;
    let mut before = BTreeMap::new();
    say(&mut out, &mut before, &*definitions.discover()?)?;
    for changes in told {
        if let Some(trouble) = changes.trouble {
            eprintln!("{trouble}");
        }
        // A broken file is no error: it is listed, and what it held before stays in force.
        say(&mut out, &mut before, &*definitions.discover()?)?;
    }
    drop(watch);
    Ok(())
}

/// Says what is different from before.
fn say(
    out: &mut impl Write,
    before: &mut BTreeMap<String, String>,
    catalog: &Catalog,
) -> Result<(), Box<dyn Error>> {
    let now = standing(catalog);
    for (what, state) in now.iter().filter(|(what, state)| before.get(*what) != Some(state)) {
        writeln!(out, "{what}: {state}")?;
    }
    for what in before.keys().filter(|what| !now.contains_key(*what)) {
        writeln!(out, "{what}: gone")?;
    }
    *before = now;
    Ok(())
}

/// Each definition with its generation and what is wrong with its file.
fn standing(catalog: &Catalog) -> BTreeMap<String, String> {
    fn state<T>(defined: &Defined<T>) -> String {
        let stale = defined.stale.as_ref().map(|stale| format!(", {stale}")).unwrap_or_default();
        format!("generation {}{stale}", defined.generation)
    }
    let broken = |it: &Broken| (it.file.display().to_string(), format!("unusable: {}", it.message));
    let pools = catalog.pools.iter().map(|(name, it)| (format!("pool \"{name}\""), state(it)));
    let groups = catalog.groups.iter().map(|(name, it)| (format!("group \"{name}\""), state(it)));
    let unusable = catalog.broken_pools.iter().chain(&catalog.broken_groups).map(broken);
    pools.chain(groups).chain(unusable).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::io::{BufRead as _, BufReader, PipeReader, pipe};

    use super::*;

    /// The next line that is written.
    fn next(lines: &mut BufReader<PipeReader>) -> String {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        line
    }

    #[test]
    fn each_save_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let (gold, saving) = (root.join("pools/gold.yaml"), root.join("saving"));
        let save = |text: &str| {
            fs::write(&saving, text).unwrap();
            fs::rename(&saving, &gold).unwrap();
        };
        fs::write(root.join("lariat.yaml"), "version: 1\n").unwrap();
        fs::create_dir(root.join("pools")).unwrap();
        save("name: Gold\ntype: file\ndirectory: a\n");

        let (lines, out) = pipe().unwrap();
        let mut lines = BufReader::new(lines);
        let following = std::thread::spawn(move || follow(&root, out).map_err(|error| error.to_string()));
        assert_eq!(next(&mut lines), "pool \"Gold\": generation 1\n");
        save("name: Gold\ntype: file\ndirectory: b\n");
        assert_eq!(next(&mut lines), "pool \"Gold\": generation 2\n");
        save("name: Gold\ntype: file\ndirectory: [\n");
        let line = next(&mut lines);
        assert!(line.starts_with("pool \"Gold\": generation 2, stale since "), "{line}");
        assert!(line.contains(": pools/gold.yaml:"), "{line}");
        fs::remove_file(&gold).unwrap();
        assert_eq!(next(&mut lines), "pool \"Gold\": gone\n");

        drop(lines);
        save("name: Gold\ntype: file\ndirectory: a\n");
        let ended = following.join().unwrap().unwrap_err();
        assert!(ended.contains("pipe"), "{ended}");
    }
}
