//! What processes are told, and what they are not.

use super::*;
use crate::secrets::StaffKey;

fn rendered(process: &str) -> toml::Table {
    let topology = Topology::parse(include_str!("../../../../deploy/topology.toml")).unwrap();
    let mut secrets = Secrets::default();
    let mut count = 0;
    secrets.complete(&topology, || {
        count += 1;
        format!("{count:064x}")
    });
    secrets.staff = Some(StaffKey { private: "private".to_owned(), public: "public".to_owned() });
    let sources = Sources {
        topology: &topology,
        ports: Ports::new(&topology, 7000),
        secrets: &secrets,
        servers: &Servers::default(),
        page: Some(PathBuf::from("page")),
    };
    let (block, process) =
        topology.processes().find(|(_, candidate)| candidate.name == process).unwrap();
    sources.config(block, process).unwrap().parse().unwrap()
}

/// A peer's addresses; of a link, what is behind it.
fn urls(config: &toml::Table, peer: &str) -> Vec<String> {
    let urls = config["peers"][peer]["urls"].as_array().unwrap();
    urls.iter().map(|url| behind(url.as_str().unwrap())).collect()
}

/// A text with every port of a link replaced by the port that it leads to.
fn behind(text: &str) -> String {
    let topology = Topology::parse(include_str!("../../../../deploy/topology.toml")).unwrap();
    let links = Ports::new(&topology, 7000).links();
    let mut routes = links.iter().flat_map(|link| &link.routes);
    let found = routes.find(|route| text.contains(&route.listen.to_string()));
    found.map_or_else(
        || text.to_owned(),
        |route| text.replace(&route.listen.to_string(), &route.target.to_string()),
    )
}

#[test]
fn a_web_process_gets_its_own_listener_and_nothing_of_others() {
    let config = rendered("client-1-web");
    assert_eq!(config["service"]["channels"], toml::Value::from(vec!["web"]));
    assert_eq!(config["listen"].as_table().unwrap().len(), 1);
    assert_eq!(config["listen"]["web"].as_str(), Some("127.0.0.1:7020"));
    let database = config["database"]["url"].as_str().unwrap();
    let both = "@127.0.0.1:7028,127.0.0.1:7038/bulkhead?target_session_attrs=read-write";
    assert!(!database.ends_with(both), "the standby is behind a link: {database}");
    assert!(behind(database).ends_with(both), "{database}");
    assert_eq!(urls(&config, "gateway"), ["http://127.0.0.1:7120", "http://127.0.0.1:7130"]);
    assert_eq!(urls(&config, "archive"), ["http://127.0.0.1:7143", "http://127.0.0.1:7153"]);
    assert_eq!(urls(&config, "backup-2"), ["http://127.0.0.1:7183"]);
    assert_eq!(config["ticket_keys"].as_table().unwrap().len(), 1);
    let problems = config["http"]["problem_base"].as_str();
    assert_eq!(problems, Some("http://bank.localhost:7000/problems/"));
    let origins = config["web"]["allowed_origins"].as_array().unwrap();
    assert_eq!(origins[0].as_str(), Some("http://bank.localhost:7000"));
    let callers = config["identity"]["callers"].as_table().unwrap();
    let expected = [
        "archive",
        "backup-1",
        "backup-2",
        "client-2",
        "launcher",
        "pilot",
        "router",
        "router-backup",
    ];
    assert_eq!(callers.keys().collect::<Vec<_>>(), expected);
}

#[test]
fn only_routers_know_every_ticket_key_and_every_address() {
    let config = rendered("router");
    assert_eq!(config["ticket_keys"].as_table().unwrap().len(), 7);
    let urls = config["urls"].as_table().unwrap();
    let guest = urls["guest-1"]["web"].as_str();
    assert_eq!(guest, Some("http://guest-1.guest.bank.localhost:7080"));
    assert_eq!(urls["client-2"]["role"].as_str(), Some("client"));
    assert_eq!(config["pages"]["folder"].as_str(), Some("page"));
    let callers = config["identity"]["callers"].as_table().unwrap();
    assert_eq!(callers.keys().collect::<Vec<_>>(), ["archive", "launcher", "router-backup"]);
    assert_eq!(config["backups"]["client-1"].as_str(), Some("backup-2"));
}

#[test]
fn only_guests_get_the_staffs_key_and_only_the_public_one() {
    let guest = rendered("guest-1");
    assert_eq!(guest["applications"]["staff_key"].as_str(), Some("public"));
    assert!(!guest.to_string().contains("private"));
    assert!(!rendered("pilot").contains_key("applications"));
}

#[test]
fn each_system_has_its_own_listener_and_account_and_the_gateway_their_addresses() {
    let systems = rendered("systems");
    let cards = systems["systems"]["credit-history"].as_table().unwrap();
    assert_eq!(cards["listen"].as_str(), Some("127.0.0.1:7210"));
    let url = cards["database_url"].as_str().unwrap();
    assert!(url.starts_with("postgres://sys_credit_history:"), "{url}");
    assert_eq!(systems["listen"]["admin"].as_str(), Some("127.0.0.1:7124"));
    let gateway = rendered("gateway-a");
    assert_eq!(urls(&gateway, "cards"), ["http://127.0.0.1:7200"]);
    assert_eq!(gateway["listen"]["internal"].as_str(), Some("127.0.0.1:7120"));
    assert!(!gateway.contains_key("redis"));
}

#[test]
fn a_process_calls_those_of_its_own_data_centre_first() {
    let far = rendered("client-2-worker");
    assert_eq!(urls(&far, "gateway"), ["http://127.0.0.1:7130", "http://127.0.0.1:7120"]);
    assert_eq!(urls(&far, "archive"), ["http://127.0.0.1:7153", "http://127.0.0.1:7143"]);
    let archive = rendered("archive-b");
    assert_eq!(archive["service"]["name"].as_str(), Some("archive"));
    assert_eq!(archive["service"]["data_center"].as_str(), Some("dc-b"));
    assert_eq!(archive["listen"]["internal"].as_str(), Some("127.0.0.1:7153"));
    let database = archive["database"]["url"].as_str().unwrap();
    assert!(behind(database).contains("@127.0.0.1:7148,127.0.0.1:7158/"), "{database}");
}

#[test]
fn the_routers_backup_has_its_own_name_and_the_standby() {
    let backup = rendered("router-backup");
    assert_eq!(backup["service"]["name"].as_str(), Some("router-backup"));
    assert_eq!(backup["service"]["role"].as_str(), Some("router-backup"));
    let database = backup["database"]["url"].as_str().unwrap();
    assert!(database.ends_with("@127.0.0.1:7018/bulkhead"), "{database}");
    assert_eq!(urls(&backup, "router"), ["http://127.0.0.1:7003"]);
    assert_eq!(urls(&rendered("router"), "router-backup"), ["http://127.0.0.1:7013"]);
    let origins = rendered("backup-1-web")["web"]["allowed_origins"].clone();
    let both = vec!["http://bank.localhost:7000", "http://bank.localhost:7010"];
    assert_eq!(origins, toml::Value::from(both));
}

#[test]
fn blocks_are_looked_at_by_routers_and_the_archive() {
    for observer in ["router", "router-backup", "archive-a", "archive-b"] {
        let probe = rendered(observer)["probe"]["blocks"].clone();
        assert_eq!(probe.as_table().unwrap().len(), 7, "{observer}");
        let seen = &probe["client-1"];
        let urls = seen["urls"].as_array().unwrap().iter().map(|url| behind(url.as_str().unwrap()));
        let channels = ["http://127.0.0.1:7020", "http://127.0.0.1:7021"];
        assert_eq!(urls.collect::<Vec<_>>(), channels, "{observer}");
        assert_eq!(behind(seen["database"].as_str().unwrap()), "127.0.0.1:7028", "{observer}");
    }
    assert!(!rendered("client-1-worker").contains_key("probe"));
}

#[test]
fn guests_know_neither_the_archive_nor_other_blocks() {
    let guest = rendered("guest-1");
    let peers: Vec<_> = guest["peers"].as_table().unwrap().keys().cloned().collect();
    assert_eq!(peers, ["gateway", "messages"]);
}

#[test]
fn routers_know_in_which_data_centre_a_service_lies() {
    let known = rendered("router-backup")["data_centers"].clone();
    for (service, at) in [("client-1", "dc-a"), ("router", "dc-a"), ("router-backup", "dc-b")] {
        assert_eq!(known[service].as_str(), Some(at), "{service}");
    }
    // The archive has a process in each, and lies in none.
    assert!(known.get("archive").is_none());
    assert!(rendered("client-1-web").get("data_centers").is_none());
}

#[test]
fn a_database_is_looked_at_where_it_was_promoted() {
    let topology = Topology::parse(include_str!("../../../../deploy/topology.toml")).unwrap();
    let block = topology.block("client-1").unwrap();
    let looked_at = |servers: &Servers| {
        let (secrets, ports) = (Secrets::default(), Ports::new(&topology, 7000));
        let sources =
            Sources { topology: &topology, ports, secrets: &secrets, servers, page: None };
        behind(&sources.database_of("dc-b", block).unwrap().at.to_string())
    };
    assert_eq!(looked_at(&Servers::default()), "127.0.0.1:7028");
    let promoted: Servers = toml::from_str("[client-1]\nprimary = \"standby\"\n").unwrap();
    assert_eq!(looked_at(&promoted), "127.0.0.1:7038");
}
