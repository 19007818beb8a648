//! The kinds of files that are watched, and where they lie.

use std::path::{Path, PathBuf};

use crate::workspace::CONFIG_FILE;

/// A kind of files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// `lariat.yaml`.
    Config,
    /// `pools/`.
    Pools,
    /// `groups/`.
    Groups,
    /// `scripts/`.
    Scripts,
    /// `plugins/`.
    Plugins,
    /// A folder of account files, as it was given.
    Accounts(PathBuf),
}

impl Area {
    /// Those of every workspace.
    pub(super) const FIXED: [Self; 5] =
        [Self::Config, Self::Pools, Self::Groups, Self::Scripts, Self::Plugins];

    /// Where it lies, seen from the workspace.
    pub(super) fn place(&self) -> &Path {
        Path::new(match self {
            Self::Config => CONFIG_FILE,
            Self::Pools => "pools",
            Self::Groups => "groups",
            Self::Scripts => "scripts",
            Self::Plugins => "plugins",
            Self::Accounts(folder) => return folder,
        })
    }

    /// Whether it is told by its files' contents; else by what the system says of them,
    /// since there may be a hundred thousand.
    pub(super) fn reads_contents(&self) -> bool {
        !matches!(self, Self::Accounts(_))
    }

    /// Whether a file is of this kind. Editors' backups and swap files are of none.
    pub(super) fn takes(&self, file: &Path) -> bool {
        let ends = |wanted: &[&str]| {
            file.extension().is_some_and(|end| wanted.iter().any(|wanted| end.eq_ignore_ascii_case(wanted)))
        };
        match self {
            Self::Config => true,
            Self::Pools | Self::Groups => ends(&["yaml", "yml"]),
            Self::Scripts => ends(&["lua", "luau"]),
            Self::Plugins => !file.to_string_lossy().ends_with('~'),
            Self::Accounts(_) => ends(&["xml"]),
        }
    }
}

/// An area with its folder as it is now.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) area: Area,
    /// Below the workspace's real folder, or absolute.
    pub(super) path: PathBuf,
    /// The same without links, if it is there.
    pub(super) real: Option<PathBuf>,
}

impl Place {
    pub(super) fn new(area: Area, root: &Path) -> Self {
        let path = root.join(area.place());
        let real = path.canonicalize().ok();
        Self { area, path, real }
    }

    /// The name under which a file of an event is kept, if it lies here.
    pub(super) fn key(&self, path: &Path) -> Option<PathBuf> {
        let inside = |folder: &Path| path.strip_prefix(folder).ok().map(Path::to_owned);
        let rest = inside(&self.path).or_else(|| self.real.as_deref().and_then(inside))?;
        let place = self.area.place();
        Some(if rest.as_os_str().is_empty() { place.to_owned() } else { place.join(rest) })
    }

    /// Whether an event at `path` may have taken the folder itself away, or brought it.
    pub(super) fn hangs_on(&self, path: &Path) -> bool {
        self.path.starts_with(path) || self.real.as_ref().is_some_and(|real| real.starts_with(path))
    }
}
