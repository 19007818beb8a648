//! What would keep a library from being loaded, told without loading it: nothing of it runs.

use std::path::Path;

use object::elf;
use object::read::elf::{Dyn, ElfFile64};
use object::{Endianness, Object, ObjectSymbol};

use super::{elf as header, search};
use crate::NativeError;

/// What every plugin exports.
const ENTRY: &str = "lariat_plugin";
/// What libraries call the versions of the system's C library.
const GLIBC: &str = "GLIBC_";

/// What keeps a library from being loaded, or from being a plugin; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryFault {
    /// It isn't a library for this machine.
    #[error("{0}")]
    NotALibrary(String),
    /// It is damaged.
    #[error("is damaged: {0}; build or copy it again")]
    Damaged(String),
    /// It exports no `lariat_plugin`.
    #[error(
        "exports no symbol `lariat_plugin`, so that it isn't a plugin of Lariat; in Rust write lariat_sdk::export!, in C LARIAT_EXPORT"
    )]
    NoEntry,
    /// It needs another library, which isn't where the system looks.
    #[error("needs {0}, which isn't where the system looks for libraries; install it, or link it in")]
    Missing(String),
    /// It was linked against a newer C library than this system has.
    #[error(
        "needs glibc {needs}, and this system has {has}; build it on a system as old as the oldest it is for"
    )]
    NewGlibc {
        /// The version.
        needs: String,
        /// This system's.
        has: String,
    },
}

/// Looks at a library without loading it.
///
/// # Errors
/// When it can't be read.
pub fn examine(library: &Path) -> Result<Vec<LibraryFault>, NativeError> {
    if let Some(why) = header::check(library)? {
        return Ok(vec![LibraryFault::NotALibrary(why)]);
    }
    if cfg!(not(target_os = "linux")) {
        return Ok(Vec::new());
    }
    let content = std::fs::read(library).map_err(|error| NativeError::io(library, &error))?;
    Ok(look(&content, library, system_glibc().as_deref())
        .unwrap_or_else(|error| vec![LibraryFault::Damaged(error.to_string())]))
}

fn look(content: &[u8], library: &Path, glibc: Option<&str>) -> object::Result<Vec<LibraryFault>> {
    let file = ElfFile64::<Endianness>::parse(content)?;
    let mut faults = Vec::new();
    let is_entry = |symbol: &object::read::elf::ElfSymbol64<'_, '_, Endianness>| {
        symbol.is_definition() && symbol.name() == Ok(ENTRY)
    };
    if !file.dynamic_symbols().any(|symbol| is_entry(&symbol)) {
        faults.push(LibraryFault::NoEntry);
    }
    let (endian, sections) = (file.endian(), file.elf_section_table());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some((dynamic, link)) = sections.dynamic(endian, content)? {
        let strings = sections.strings(endian, content, link)?;
        let (mut needed, mut own_paths) = (Vec::new(), Vec::new());
        for entry in dynamic {
            match u32::try_from(entry.tag(endian)) {
                Ok(tag) if is(tag, elf::DT_NEEDED) => needed.push(text(entry.string(endian, strings)?)),
                Ok(tag) if is(tag, elf::DT_RUNPATH) || is(tag, elf::DT_RPATH) => {
                    own_paths.push(text(entry.string(endian, strings)?));
                }
                _ => {}
            }
        }
        let is_missing = |name: &String| !search::is_there(name, &own_paths, library);
        faults.extend(needed.into_iter().filter(is_missing).map(LibraryFault::Missing));
    }
    let mut newest: Option<(Vec<u32>, String)> = None;
    if let Some((mut needs, link)) = sections.gnu_verneed(endian, content)? {
        let strings = sections.strings(endian, content, link)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                let name = text(version.name(endian, strings)?);
                let Some(number) = name.strip_prefix(GLIBC).map(str::to_owned) else { continue };
                let parts = parts(&number);
                if !parts.is_empty() && newest.as_ref().is_none_or(|(newest, _)| parts > *newest) {
                    newest = Some((parts, number));
                }
            }
        }
    }
    if let (Some((needs, number)), Some(has)) = (newest, glibc)
        && needs > parts(has)
    {
        faults.push(LibraryFault::NewGlibc { needs: number, has: has.to_owned() });
    }
    Ok(faults)
}

/// The constants have had several types.
fn is(tag: u32, wanted: impl TryInto<u32>) -> bool {
    wanted.try_into().is_ok_and(|wanted| tag == wanted)
}

/// `2.36` as numbers; nothing when it isn't a version.
fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn system_glibc() -> Option<String> {
    // SAFETY: gives a constant text of the C library's.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    version.to_str().ok().map(str::to_owned)
}

/// Another C library doesn't know these versions; its loader says so by itself.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn system_glibc() -> Option<String> {
    None
}
