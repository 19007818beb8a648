//! What the system says of a running engine: its memory, and the folders that it watches.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The memory that a process has now, in kilobytes.
pub fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What a process watches: each thing by its device and inode, as often as it does.
pub fn watches(pid: u32) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap().flatten() {
        let Ok(info) = fs::read_to_string(entry.path()) else { continue };
        for line in info.lines().filter(|line| line.starts_with("inotify ")) {
            let field = |name: &str| {
                line.split_whitespace().find_map(|field| field.strip_prefix(name)).unwrap().to_owned()
            };
            found.push((field("sdev:"), field("ino:")));
        }
    }
    found
}

/// That each folder of a workspace is watched, once, and no file.
#[track_caller]
pub fn assert_watched_once(pid: u32, root: &Path, context: &str) {
    let mut wanted = BTreeSet::from([inode(root)]);
    let mut folders: Vec<PathBuf> =
        ["pools", "groups", "scripts", "plugins"].iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        wanted.insert(inode(&folder));
        folders.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()));
    }
    let mut watched: Vec<String> = watches(pid).into_iter().map(|(_, node)| node).collect();
    watched.sort();
    let mut wanted: Vec<String> = wanted.into_iter().collect();
    wanted.sort();
    assert_eq!(watched, wanted, "{context}: each folder once, and nothing else");
}

fn inode(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{:x}", fs::metadata(path).unwrap().ino())
}
