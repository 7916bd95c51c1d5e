//! What a topology may not say: names used twice, processes without a program, stand-ins that would
//! fall with what they stand in for.

use std::collections::BTreeSet;

use common::ids::BlockName;

use super::{Block, Channel, Role, Topology, TopologyError};

impl Topology {
    pub(super) fn check(&self) -> Result<(), TopologyError> {
        self.check_names()?;
        self.check_processes()?;
        self.check_backups()?;
        self.check_systems()
    }

    fn check_names(&self) -> Result<(), TopologyError> {
        let mut blocks = BTreeSet::new();
        for block in &self.blocks {
            check_name(&block.name)?;
            if let Err(error) = BlockName::try_from(block.name.clone()) {
                return invalid(error.to_string());
            }
            if !blocks.insert(block.name.as_str()) {
                return invalid(format!("two blocks are called {}", block.name));
            }
            check_name(&block.data_center)?;
            if let Some(standby) = &block.standby {
                check_name(&standby.data_center)?;
                if standby.data_center == block.data_center {
                    let name = &block.name;
                    return invalid(format!(
                        "the standby of {name} lies in the data centre of its database",
                    ));
                }
            }
        }
        let mut systems = BTreeSet::new();
        for system in &self.systems.names {
            check_name(system)?;
            if !systems.insert(system.as_str()) || blocks.contains(system.as_str()) {
                return invalid(format!("the name {system} is used twice"));
            }
        }
        let mut processes = BTreeSet::new();
        for (block, process) in self.processes() {
            check_name(&process.name)?;
            check_name(process.data_center(block))?;
            if process.name.starts_with("link-") {
                return invalid(format!("the name {} is kept for links", process.name));
            }
            if ["-database", "-standby", "-redis"].iter().any(|end| process.name.ends_with(end)) {
                return invalid(format!("the name {} is kept for servers", process.name));
            }
            let taken_by_other =
                blocks.contains(process.name.as_str()) && process.name != block.name;
            if taken_by_other
                || systems.contains(process.name.as_str())
                || !processes.insert(process.name.as_str())
            {
                return invalid(format!("the name {} is used twice", process.name));
            }
        }
        Ok(())
    }

    fn check_processes(&self) -> Result<(), TopologyError> {
        for block in &self.blocks {
            if block.processes.is_empty() {
                return invalid(format!("block {} has no process", block.name));
            }
            let mut channels = BTreeSet::new();
            for process in &block.processes {
                let role = process.role(block);
                if self.roles.get(&role).is_none_or(|programs| programs.serve.is_empty()) {
                    return invalid(format!(
                        "process {} has role {}, for which [roles] names no program",
                        process.name,
                        role.as_str(),
                    ));
                }
                if role.serves_channels() == process.channels.is_empty() {
                    return invalid(format!(
                        "process {}: channels belong to client, pilot, guest and backup \
                         processes, which need at least one",
                        process.name,
                    ));
                }
                for channel in &process.channels {
                    if !channels.insert(*channel) {
                        return invalid(format!(
                            "block {} serves channel {} twice",
                            block.name,
                            channel.as_str(),
                        ));
                    }
                }
            }
            if block.role.owns_slices() && !channels.contains(&Channel::Worker) {
                return invalid(format!("block {} has no worker", block.name));
            }
        }
        Ok(())
    }

    fn check_backups(&self) -> Result<(), TopologyError> {
        for (home, backup) in &self.backups {
            let Some(home) = self.homes().find(|block| block.name == *home) else {
                return invalid(format!("[backups]: {home} is no home of customers"));
            };
            let is_backup = |block: &&Block| block.role == Role::Backup;
            let Some(backup) = self.block(backup).filter(is_backup) else {
                return invalid(format!("[backups]: {backup} is no backup block"));
            };
            if home.data_center == backup.data_center {
                return invalid(format!(
                    "{} lies in the data centre of {}, for which it is to stand in",
                    backup.name, home.name,
                ));
            }
        }
        Ok(())
    }

    fn check_systems(&self) -> Result<(), TopologyError> {
        if self.systems.names.is_empty() {
            return Ok(());
        }
        let runs_them = self.block(&self.systems.block).is_some_and(|block| {
            block.processes.iter().any(|process| process.role(block) == Role::Systems)
        });
        if runs_them {
            Ok(())
        } else {
            invalid(format!(
                "block {:?} is to run the systems but has no process with that role",
                self.systems.block,
            ))
        }
    }
}

fn invalid<T>(sentence: String) -> Result<T, TopologyError> {
    Err(TopologyError::Invalid(sentence))
}

/// Names become host names, file names and database roles: lower-case letters, digits, hyphens.
fn check_name(name: &str) -> Result<(), TopologyError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    if begins && name.len() <= 32 && name.chars().all(plain) && !name.ends_with('-') {
        Ok(())
    } else {
        invalid(format!(
            "the name {name:?} must begin with a letter and have at most 32 of a-z, 0-9 and -",
        ))
    }
}
