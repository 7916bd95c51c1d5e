//! nginx with one worker on one core, which answers everything with the same words.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::{Ground, until_ready};
use crate::failure::Result;
use crate::machine::{Child, Run, free_port};

/// A running nginx.
#[derive(Debug)]
pub(crate) struct Nginx {
    port: u16,
    child: Child,
}

impl Nginx {
    /// Starts it on `core`; it answers with `body`, which may contain neither `'` nor `$`.
    pub(crate) async fn start(ground: &Ground, core: usize, body: &str) -> Result<Self> {
        let port = free_port()?;
        let folder = ground.directory.path().join("nginx");
        let shown = folder.display();
        ground.directory.sub("nginx", None)?;
        let text = format!(
            "worker_processes 1;\npid {shown}/pid;\nerror_log {shown}/error.log crit;\n\
             events {{ worker_connections 4096; }}\n\
             http {{\n  access_log off;\n  client_body_temp_path {shown};\n  \
             proxy_temp_path {shown};\n  fastcgi_temp_path {shown};\n  \
             uwsgi_temp_path {shown};\n  scgi_temp_path {shown};\n  \
             keepalive_requests 1000000000;\n  keepalive_timeout 1h;\n  tcp_nodelay on;\n  \
             default_type application/json;\n  \
             server {{ listen 127.0.0.1:{port} backlog=4096; \
             location / {{ return 200 '{body}'; }} }}\n}}\n"
        );
        let config = ground.directory.write("nginx.conf", &text)?.display().to_string();
        let command = ["nginx", "-p", &shown.to_string(), "-c", &config, "-g", "daemon off;"];
        let run = Run {
            name: "nginx",
            command: command.map(str::to_owned).to_vec(),
            core: Some(core),
            as_database: false,
            ends_by: Signal::SIGTERM,
        };
        let mut child = Child::start(&ground.programs, ground.directory.path(), &run)?;
        until_ready(&mut child, port, "/", Duration::from_secs(10)).await?;
        Ok(Self { port, child })
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The process id of its master; the worker is its child.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}
