//! The configuration of the private PostgreSQL and Redis servers.
//!
//! Both listen on loopback only, without unix sockets: a socket's path may not exceed 107 bytes,
//! and nobody chooses where a checkout lies.

use std::path::Path;

/// Our part of the configuration of a block's cluster, read after what `initdb` wrote. Durability
/// is never traded: fsync stays on.
pub fn postgresql_conf(port: u16, max_connections: u16) -> String {
    format!(
        "# Rendered from deploy/topology.toml by `bulkhead up`; changes are lost.\n\
         listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = ''\n\
         max_connections = {max_connections}\n\
         shared_buffers = 32MB\n\
         fsync = on\n\
         wal_level = replica\n\
         max_wal_size = 512MB\n\
         password_encryption = scram-sha-256\n\
         logging_collector = off\n\
         log_line_prefix = '%m [%p] '\n\
         log_timezone = 'UTC'\n\
         timezone = 'UTC'\n\
         datestyle = 'iso, ymd'\n\
         lc_messages = 'C'\n\
         idle_in_transaction_session_timeout = '60s'\n\
         wal_sender_timeout = '5s'\n\
         wal_receiver_timeout = '5s'\n\
         wal_retrieve_retry_interval = '500ms'\n\
         max_slot_wal_keep_size = '1GB'\n\
         include_if_exists = '{REPLICATION_CONF}'\n"
    )
}

/// What a cluster's configuration says of its twin; in a file of its own, because it changes while
/// the server runs.
pub const REPLICATION_CONF: &str = "replication.conf";

/// Under this name a standby follows, and its slot is called so.
pub const STANDBY: &str = "standby";
/// The account under which a standby follows.
pub const REPLICATOR: &str = "replicator";

/// A primary's part. `waits`: a commit is answered only when the standby has it too.
pub fn primary_conf(waits: bool) -> String {
    let names = if waits { format!("FIRST 1 ({STANDBY})") } else { String::new() };
    format!("synchronous_standby_names = '{names}'\n")
}

/// A standby's part: whom it follows. `passwords` is the file with its password.
pub fn standby_conf(primary: u16, passwords: &Path) -> String {
    let following = following(primary, passwords).replace('\'', "''");
    format!("primary_conninfo = '{following}'\nprimary_slot_name = '{STANDBY}'\n")
}

/// How the server on a port is reached in order to be copied or followed.
pub fn following(primary: u16, passwords: &Path) -> String {
    let file = passwords.display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "host=127.0.0.1 port={primary} user={REPLICATOR} passfile='{file}' \
         application_name={STANDBY} connect_timeout=3"
    )
}

/// The file with a standby's password, as PostgreSQL's clients read it.
pub fn passwords(password: &str) -> String {
    format!("*:*:*:{REPLICATOR}:{password}\n")
}

/// `redis.conf` of a block's Redis. It keeps nothing on disk: losing it loses nothing (rule A7).
pub fn redis_conf(port: u16, directory: &Path) -> String {
    format!(
        "# Rendered from deploy/topology.toml by `bulkhead up`; changes are lost.\n\
         bind 127.0.0.1\n\
         port {port}\n\
         unixsocket \"\"\n\
         daemonize no\n\
         dir {}\n\
         logfile \"\"\n\
         save \"\"\n\
         appendonly no\n\
         maxmemory 64mb\n\
         maxmemory-policy allkeys-lru\n",
        redis_quoted(&directory.display().to_string()),
    )
}

/// A value as Redis reads it: in double quotes, with escapes.
fn redis_quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_durable_and_reachable_from_this_machine_only() {
        let conf = postgresql_conf(7028, 100);
        for line in ["fsync = on", "listen_addresses = '127.0.0.1'", "port = 7028"] {
            assert!(conf.lines().any(|candidate| candidate == line), "{line}");
        }
        assert!(!conf.contains("synchronous_commit"));
    }

    #[test]
    fn a_primary_waits_for_its_standby_or_for_nobody() {
        assert_eq!(primary_conf(true), "synchronous_standby_names = 'FIRST 1 (standby)'\n");
        assert_eq!(primary_conf(false), "synchronous_standby_names = ''\n");
        let conf = standby_conf(7148, Path::new("/tmp/my bank/it's/p"));
        assert!(conf.contains("passfile=''/tmp/my bank/it\\''s/p''"), "{conf}");
    }

    #[test]
    fn a_path_with_spaces_and_quotes_survives() {
        let conf = redis_conf(7029, Path::new("/tmp/my \"bank\"/x"));
        assert!(conf.contains("dir \"/tmp/my \\\"bank\\\"/x\"\n"));
    }
}
