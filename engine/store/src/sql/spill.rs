//! How much SQLite has spilled into temporary files. Those are deleted as soon as
//! they are open, so that only the process's own list of open files shows them.

/// The start of a temporary file's name: SQLite's `SQLITE_TEMP_FILE_PREFIX`.
#[cfg(target_os = "linux")]
const PREFIX: &str = "/etilqs_";

/// The bytes of all temporary files that SQLite has open in this process; 0 where
/// the system doesn't tell.
#[cfg(target_os = "linux")]
pub(super) fn temporary_bytes() -> u64 {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return 0 };
    open.flatten()
        .filter(|entry| {
            std::fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().contains(PREFIX))
        })
        .filter_map(|entry| std::fs::metadata(entry.path()).ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// Elsewhere the deadline alone bounds them.
#[cfg(not(target_os = "linux"))]
pub(super) fn temporary_bytes() -> u64 {
    0
}
