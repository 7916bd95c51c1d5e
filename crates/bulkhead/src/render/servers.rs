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
         idle_in_transaction_session_timeout = '60s'\n"
    )
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
    fn a_path_with_spaces_and_quotes_survives() {
        let conf = redis_conf(7029, Path::new("/tmp/my \"bank\"/x"));
        assert!(conf.contains("dir \"/tmp/my \\\"bank\\\"/x\"\n"));
    }
}
