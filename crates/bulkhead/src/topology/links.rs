//! Which connections cross from one data centre into another, and on which port the link listens
//! that carries each of them.
//!
//! A service is never told the address of one in another data centre: it is told the link's. So a
//! cut severs everything between two data centres while both sides run on. Customers and the
//! launcher itself stand outside and use no link.

use std::collections::BTreeSet;

use super::Role;
use super::ports::{Listener, Ports};

/// One way from a data centre to a port in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// Where the callers are.
    pub from: &'a str,
    /// Where the port is.
    pub to: &'a str,
    /// What the callers are told.
    pub listen: u16,
    /// The port itself.
    pub target: u16,
    /// Whose port it is, in words.
    pub purpose: String,
}

/// All routes between two data centres, carried by one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// The two, in the order of their names.
    pub between: [&'a str; 2],
    /// Where the link's process says how it is.
    pub health: u16,
    /// What it carries.
    pub routes: Vec<Route<'a>>,
}

impl Link<'_> {
    /// The name of its process.
    pub fn name(&self) -> String {
        link_name(self.between[0], self.between[1])
    }
}

/// The name of the process that links two data centres.
pub fn link_name(one: &str, other: &str) -> String {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    format!("link-{first}-{second}")
}

/// A port that somebody in another data centre may be told.
struct Target<'a> {
    to: &'a str,
    port: u16,
    is_gateway: bool,
    purpose: String,
}

impl<'a> Ports<'a> {
    /// The links between the data centres; none where there is only one.
    pub fn links(&self) -> Vec<Link<'a>> {
        let routes = self.routes();
        let pairs: BTreeSet<[&str; 2]> =
            routes.iter().map(|route| in_order(route.from, route.to)).collect();
        let after = self.first_link().saturating_add(u16_of(routes.len()));
        let carried = |pair: [&str; 2]| {
            let own = routes.iter().filter(move |route| in_order(route.from, route.to) == pair);
            own.cloned().collect()
        };
        pairs
            .into_iter()
            .zip(after..)
            .map(|(between, health)| Link { between, health, routes: carried(between) })
            .collect()
    }

    /// The port under which those in `from` reach `port` in `to`.
    pub fn via(&self, from: &str, to: &str, port: u16) -> u16 {
        if from == to {
            return port;
        }
        let routes = self.routes();
        let route = routes.iter().find(|route| route.from == from && route.target == port);
        route.map_or(port, |route| route.listen)
    }

    fn routes(&self) -> Vec<Route<'a>> {
        let targets = self.targets();
        let mut ports = self.first_link()..;
        let mut routes = Vec::new();
        for from in self.callers() {
            // The systems of record call nobody but the gateway.
            let systems_only = self.topology().processes().all(|(block, process)| {
                process.data_center(block) != from || process.role(block) == Role::Systems
            });
            for target in targets.iter().filter(|target| target.to != from) {
                if systems_only && !target.is_gateway {
                    continue;
                }
                let Some(listen) = ports.next() else { return routes };
                let Target { to, port, ref purpose, .. } = *target;
                routes.push(Route { from, to, listen, target: port, purpose: purpose.clone() });
            }
        }
        routes
    }

    /// The data centres, in the order of their names.
    fn callers(&self) -> BTreeSet<&'a str> {
        self.topology().processes().map(|(block, process)| process.data_center(block)).collect()
    }

    fn targets(&self) -> Vec<Target<'a>> {
        let mut targets = Vec::new();
        for block in &self.topology().blocks {
            for process in &block.processes {
                let role = process.role(block);
                for (listener, port) in self.listeners(block, process) {
                    let channel = matches!(listener, Listener::Web | Listener::Mobile);
                    if listener == Listener::Internal || channel && role.serves_channels() {
                        let to = process.data_center(block);
                        let listener = format!("{listener:?}").to_lowercase();
                        let purpose = format!("{} {listener}", process.name);
                        let is_gateway = role == Role::Gateway;
                        targets.push(Target { to, port, is_gateway, purpose });
                    }
                }
            }
            let server = |to, port, what| {
                let purpose = format!("{} {what}", block.name);
                Target { to, port, is_gateway: false, purpose }
            };
            if block.database {
                targets.push(server(&block.data_center, self.database(block), "PostgreSQL"));
            }
            if let Some(standby) = &block.standby {
                targets.push(server(&standby.data_center, self.standby(block), "standby"));
            }
        }
        if let Some(block) = self.topology().block(&self.topology().systems.block) {
            targets.extend(self.systems().map(|(system, port)| Target {
                to: &block.data_center,
                port,
                is_gateway: false,
                purpose: format!("back-office system {system}"),
            }));
        }
        targets
    }
}

fn in_order<'a>(one: &'a str, other: &'a str) -> [&'a str; 2] {
    if one < other { [one, other] } else { [other, one] }
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Topology;

    const REAL: &str = include_str!("../../../../deploy/topology.toml");

    #[test]
    fn every_pair_of_data_centres_has_one_link() {
        let topology = Topology::parse(REAL).unwrap();
        let links = Ports::new(&topology, 7000).links();
        let names: Vec<String> = links.iter().map(Link::name).collect();
        assert_eq!(names, ["link-core-dc-a", "link-core-dc-b", "link-dc-a-dc-b"]);
        for link in &links {
            for route in &link.routes {
                assert_eq!(in_order(route.from, route.to), link.between, "{route:?}");
                assert_ne!(route.from, route.to, "{route:?}");
            }
        }
    }

    #[test]
    fn what_lies_in_another_data_centre_is_reached_through_a_port_of_its_own() {
        let topology = Topology::parse(REAL).unwrap();
        let ports = Ports::new(&topology, 7000);
        // Inside a data centre there is nothing between the two.
        assert_eq!(ports.via("dc-a", "dc-a", 7023), 7023);
        let internal = ports.via("dc-b", "dc-a", 7023);
        assert!(internal >= 7220, "{internal}");
        assert_ne!(ports.via("dc-b", "dc-a", 7028), internal);
        assert_ne!(ports.via("dc-a", "dc-b", 7158), 7158);
        assert_ne!(ports.via("core", "dc-a", 7120), 7120);
    }
}
