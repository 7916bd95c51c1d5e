//! The customers' page: static files, read into memory at start, so that serving them needs no disk
//! and nothing outside the folder can ever be asked for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use common::fingerprint::sha256;
use platform::config::ConfigError;

/// A file of the page.
#[derive(Clone, Debug)]
pub struct File {
    /// Its content.
    pub body: Bytes,
    /// Its media type.
    pub media_type: &'static str,
    /// Changes with the content.
    pub etag: String,
}

/// The files by their path, as `assets/index-1a2b.js`.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    files: BTreeMap<String, File>,
}

/// The shell: what every address of the page shows.
const SHELL: &str = "index.html";

impl Pages {
    /// Reads a built page; an empty path means that there is none.
    pub fn load(folder: &str) -> Result<Self, ConfigError> {
        let mut files = BTreeMap::new();
        if folder.is_empty() {
            return Ok(Self { files });
        }
        let wrong = |text: String| ConfigError::Inconsistent(format!("pages.folder: {text}"));
        read(Path::new(folder), "", &mut files).map_err(|error| wrong(error.to_string()))?;
        if !files.contains_key(SHELL) {
            return Err(wrong(format!("there is no {SHELL}; build the page first")));
        }
        Ok(Self { files })
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// The shell, if there is a page.
    pub fn shell(&self) -> Option<&File> {
        self.file(SHELL)
    }
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, File>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read(&path, &format!("{name}/"), files)?;
        } else {
            let body = Bytes::from(fs::read(&path)?);
            let etag = format!("\"{}\"", hex::encode(&sha256(&body)[..12]));
            files.insert(name, File { body, media_type: media_type(&path), etag });
        }
    }
    Ok(())
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}
