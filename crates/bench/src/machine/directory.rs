//! A directory for data, configuration and logs, which goes away with us.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::failure::{Attempting as _, Result};

/// The directory.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// A fresh directory below `parent`.
    pub(crate) fn make(parent: &Path) -> Result<Self> {
        let path = parent.join(format!("bulkhead-bench-{}", std::process::id()));
        fs::create_dir(&path).attempting(format!("making {}", path.display()))?;
        let directory = Self { path };
        let passable = fs::Permissions::from_mode(0o711);
        let opened = fs::set_permissions(&directory.path, passable);
        opened.attempting("opening it for the database's user")?;
        Ok(directory)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A directory in it that belongs to this user, if one is named.
    pub(crate) fn sub(&self, name: &str, owner: Option<(u32, u32)>) -> Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir(&path).attempting(format!("making {}", path.display()))?;
        if let Some((user, group)) = owner {
            chown(&path, Some(user), Some(group)).attempting("giving it to its user")?;
        }
        Ok(path)
    }

    /// Writes a file in it, readable for us only.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        let attempt = format!("writing {}", path.display());
        fs::write(&path, text).attempting(&attempt)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).attempting(attempt)?;
        Ok(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} could not be removed: {error}", self.path.display());
        }
    }
}
