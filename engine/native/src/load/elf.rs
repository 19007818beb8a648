//! Whether a file is a library for this machine, from its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::NativeError;

/// As far as its header tells: magic, class, order, …, type, machine.
const HEADER: usize = 20;
const DYNAMIC: u16 = 3;

const fn machine() -> Option<(u16, &'static str)> {
    if cfg!(target_arch = "x86_64") {
        Some((62, "x86-64"))
    } else if cfg!(target_arch = "aarch64") {
        Some((183, "aarch64"))
    } else {
        None
    }
}

fn name_of(machine: u16) -> String {
    match machine {
        3 => "x86 (32 bits)".into(),
        40 => "arm (32 bits)".into(),
        62 => "x86-64".into(),
        183 => "aarch64".into(),
        243 => "risc-v".into(),
        other => format!("the machine with number {other}"),
    }
}

/// What the file is instead; nothing when it is a library.
///
/// # Errors
/// When it can't be read.
pub(crate) fn check(library: &Path) -> Result<Option<String>, NativeError> {
    let mut header = Vec::with_capacity(HEADER);
    let file = File::open(library).map_err(|error| NativeError::io(library, &error))?;
    file.take(HEADER as u64).read_to_end(&mut header).map_err(|error| NativeError::io(library, &error))?;
    if cfg!(not(target_os = "linux")) {
        return Ok(None);
    }
    Ok(look(&header))
}

fn look(header: &[u8]) -> Option<String> {
    let Some(([0x7f, b'E', b'L', b'F', class, order], rest)) = header.split_first_chunk::<6>() else {
        return Some(
            "isn't a dynamic library (no ELF header); build the plugin as a cdylib or with -shared".into(),
        );
    };
    let half = |at: usize| {
        let bytes = rest.get(at..at + 2).and_then(|bytes| <[u8; 2]>::try_from(bytes).ok())?;
        Some(if *order == 2 { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let (Some(kind), Some(built_for)) = (half(10), half(12)) else {
        return Some("is cut off in its header; build or copy it again".into());
    };
    if let Some((ours, name)) = machine()
        && (built_for != ours || *class != 2)
    {
        return Some(format!(
            "was built for {}, and this is {name}; build it for this machine",
            name_of(built_for)
        ));
    }
    (kind != DYNAMIC).then(|| {
        "is an ELF file but no dynamic library (an object file or a program); build it as a cdylib or with -shared".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_that_is_no_library_is_told_apart() {
        let ours = machine().unwrap().0;
        let header = |kind: u16, machine: u16| {
            let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
            bytes.extend(kind.to_le_bytes());
            bytes.extend(machine.to_le_bytes());
            bytes
        };
        assert_eq!(look(&header(3, ours)), None);
        for (bytes, told) in [
            (b"#!/bin/sh\n".to_vec(), "no ELF header"),
            (Vec::new(), "no ELF header"),
            (header(3, ours)[..17].to_vec(), "cut off"),
            (header(1, ours), "object file"),
            (header(3, 243), "risc-v"),
        ] {
            let why = look(&bytes).unwrap();
            assert!(why.contains(told), "{why}");
        }
    }
}
