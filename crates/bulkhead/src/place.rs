//! Where things lie: the checkout, the programs and the state directory `.bulkhead/`.
//!
//! The state directory is the only thing the launcher writes, with one exception: when it runs as
//! root in a directory that the database's user cannot enter, the databases lie under `/var/tmp`
//! and `.bulkhead/data` is a link to them (see `postgres`).

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The directories of one checkout.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
    bin: PathBuf,
}

impl Place {
    /// Finds the checkout: `BULKHEAD_ROOT`, or the directory above this one with a topology. The
    /// programs lie beside this one unless `BULKHEAD_BIN_DIR` says otherwise.
    pub fn find() -> Result<Self> {
        let root = match env::var_os("BULKHEAD_ROOT") {
            Some(root) => PathBuf::from(root),
            None => search_upwards()?,
        };
        let root = root.canonicalize().map_err(|error| Failure::file(&root, &error))?;
        let bin = match env::var_os("BULKHEAD_BIN_DIR") {
            Some(bin) => PathBuf::from(bin),
            None => env::current_exe()
                .ok()
                .and_then(|program| Some(program.parent()?.to_owned()))
                .ok_or_else(|| Failure::new("UP-FILE", "This program cannot find itself."))?,
        };
        let bin = bin.canonicalize().unwrap_or(bin);
        Ok(Self { root, bin })
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the programs lie.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// The topology.
    pub fn topology(&self) -> PathBuf {
        self.root.join("deploy/topology.toml")
    }

    /// The customers' page, once it is built.
    pub fn page(&self) -> Option<PathBuf> {
        let folder = self.root.join("web/bank/dist");
        folder.join("index.html").exists().then_some(folder)
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.root.join(".bulkhead")
    }

    /// Rendered configuration.
    pub fn config(&self) -> PathBuf {
        self.state().join("config")
    }

    /// A file in the state directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.state().join(name)
    }

    /// The log of a process.
    pub fn log(&self, process: &str) -> PathBuf {
        self.state().join("logs").join(format!("{process}.log"))
    }

    /// What runs: written by `up`, read by the supervisor.
    pub fn plan(&self) -> PathBuf {
        self.file("run/plan.json")
    }

    /// Where the supervisor is to be reached.
    pub fn supervisor(&self) -> PathBuf {
        self.file("run/supervisor.json")
    }

    /// Makes the state directory, closed to others.
    pub fn prepare(&self) -> Result<()> {
        for (directory, mode) in [
            (self.state(), 0o711),
            (self.config(), 0o700),
            (self.state().join("run"), 0o700),
            (self.state().join("logs"), 0o700),
        ] {
            make_directory(&directory, mode)?;
        }
        Ok(())
    }
}

/// Makes a directory with its parents and sets its mode.
pub fn make_directory(path: &Path, mode: u32) -> Result<()> {
    let make = || {
        fs::create_dir_all(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    make().map_err(|error| Failure::file(path, &error))
}

/// Writes a file in one step: readers see the old or the new one, also after a crash. Only the
/// owner may read it.
pub fn write_private(path: &Path, content: &str) -> Result<()> {
    let fresh = path.with_extension("fresh");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().map_err(|error| Failure::file(path, &error))
}

/// Reads a file that may not be there.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(path, &error)),
    }
}

fn search_upwards() -> Result<PathBuf> {
    let here = env::current_dir().map_err(|error| {
        Failure::new("UP-FILE", format!("There is no directory here: {error}."))
    })?;
    here.ancestors()
        .find(|directory| directory.join("deploy/topology.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| {
            Failure::new("UP-NO-CHECKOUT", "This directory is not in a checkout of Bulkhead.")
                .mend("cd <checkout> && ./bulkhead status")
        })
}
