//! The backup block: the customer application of the client block, composed for the customers of
//! other homes.
//!
//! It owns nobody from the beginning. A move of the register makes slices its own; it loads their
//! customers from the archive, serves them under the generation of the move, and is emptied again
//! by the return. What differs from a client block is its configuration: it takes in no customers
//! of its own, it needs no rows of its own to be ready, and it admits only what it was measured to
//! carry, home by home (protocol §9).

use std::path::Path;

use client_block::Config;
use platform::config::ConfigError;

/// The commented defaults, over those of the client block.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// Reads the configuration of a process of the backup block.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let config = Config::load_over(DEFAULTS, file)?;
    if config.is_backup() {
        Ok(config)
    } else {
        let text = "service.role: a backup block has the role `backup`";
        Err(ConfigError::Inconsistent(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process's file, in a directory that goes with the test's process.
    fn read(role: &str) -> Result<Config, ConfigError> {
        let file = std::env::temp_dir().join(format!("backup-{}-{role}.toml", std::process::id()));
        let text = format!(
            "[service]\nname = \"backup-1\"\nprocess = \"backup-1-web\"\nrole = \"{role}\"\n\
             data_center = \"dc-a\"\n[database]\nurl = \"postgres://localhost/backup\"\n\
             [redis]\nurl = \"redis://localhost\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let config = load(&file);
        std::fs::remove_file(&file).unwrap();
        config
    }

    #[test]
    fn a_backup_has_its_own_defaults_over_the_applications() {
        let config = read("backup").unwrap();
        assert!(config.is_backup());
        assert_eq!(config.acceptance.queue_max, 2_048, "its own");
        assert_eq!(config.acceptance.writers, 2, "the application's");
        assert!(config.admission.is_some());
    }

    #[test]
    fn nothing_else_runs_as_a_backup() {
        assert!(matches!(read("client"), Err(ConfigError::Inconsistent(_))));
    }
}
