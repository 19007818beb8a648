//! The pictures a routine looks for: `scripts/templates/NAME.png`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use lariat_core::routine::RoutineInfo;

/// What every PNG begins with.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// One message for each template of a routine that isn't a PNG file.
pub fn templates_missing(info: &RoutineInfo, scripts_dir: &Path) -> Vec<String> {
    info.templates.iter().filter_map(|name| missing(name, scripts_dir)).collect()
}

fn missing(name: &str, scripts_dir: &Path) -> Option<String> {
    let place = format!("scripts/templates/{name}.png");
    let safe = !name.is_empty()
        && Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !safe {
        return Some(format!("template {name:?} is not the name of a file in scripts/templates/"));
    }
    let path = scripts_dir.join("templates").join(format!("{name}.png"));
    let mut begin = [0; 8];
    match File::open(&path).and_then(|mut file| file.read_exact(&mut begin)) {
        Ok(()) if begin == SIGNATURE => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("template {name:?} is missing: save the picture as {place}"))
        }
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Some(format!("template {name:?} can't be read: {place}: {error}"))
        }
        _ => Some(format!("template {name:?} is not a PNG picture: {place}; save it as PNG")),
    }
}
