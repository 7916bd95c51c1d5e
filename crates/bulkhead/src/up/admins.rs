//! The two demo administrators: made once, kept in `.bulkhead/admins.json`, given to the router.
//! Two, because what one of them orders another has to approve.

use serde::{Deserialize, Serialize};

use super::Ground;
use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};
use crate::plan::Planner;
use crate::programs::Run;

/// Where they are kept.
pub(crate) const FILE: &str = "admins.json";
/// Invented people.
const NAMES: [&str; 2] = ["vera", "timur"];
/// Of random hexadecimal digits: too many to guess, few enough to type.
const PASSWORD_DIGITS: usize = 12;

/// An administrator as the router's program reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    /// What they log in with.
    pub(crate) name: String,
    /// In clear: it is a demonstration.
    pub(crate) password: String,
    /// The secret of their one-time codes, in base 32.
    pub(crate) totp_secret: String,
}

/// Those of this checkout; none before the first start.
pub(crate) fn read(place: &Place) -> Result<Vec<Admin>> {
    let path = place.file(FILE);
    let Some(text) = read_if_there(&path)? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&text).map_err(|error| {
        let sentence = format!("{} is damaged: {error}.", path.display());
        Failure::new("UP-FILE", sentence).mend(format!("rm {} && make up", path.display()))
    })
}

/// Makes them where they are missing and gives them to the router. Giving them again changes
/// nothing.
pub(super) async fn give(ground: &Ground, planner: &Planner<'_>) -> Result<String> {
    let mut remark = "";
    if read(&ground.place)?.is_empty() {
        let made: Vec<Admin> = NAMES.map(fresh).into();
        let text = serde_json::to_string_pretty(&made)
            .map_err(|error| Failure::new("UP-FILE", format!("{FILE}: {error}.")))?;
        write_private(&ground.place.file(FILE), &text)?;
        remark = "made";
    }
    let commands = ground.topology.first_with(|programs| programs.admins.clone());
    for (block, process, command) in commands {
        let config = planner.config(&ground.writer(block, process)?.name);
        let run = Run {
            command,
            arguments: vec![
                "--config".to_owned(),
                config.display().to_string(),
                "--file".to_owned(),
                ground.place.file(FILE).display().to_string(),
            ],
            name: format!("{}-admins", block.name),
            code: "UP-ADMINS",
            purpose: "The demo administrators could not be given to the router".to_owned(),
        };
        run.to_end(&ground.place).await?;
    }
    Ok(remark.to_owned())
}

fn fresh(name: &str) -> Admin {
    Admin {
        name: name.to_owned(),
        password: platform::random::token().chars().take(PASSWORD_DIGITS).collect(),
        totp_secret: platform::totp::Secret::random().to_base32(),
    }
}
