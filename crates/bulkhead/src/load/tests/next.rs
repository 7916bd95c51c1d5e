use std::fs;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;

fn table(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../web/api-client/cases");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let table: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(table["format"], 1, "{name}");
    table
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// `base` with the fields of `change` replaced.
fn with(base: &State, change: &Value) -> State {
    let mut all = serde_json::to_value(base).unwrap();
    for (field, value) in change.as_object().unwrap() {
        all[field] = value.clone();
    }
    read(&all)
}

fn must_do(state: State, event: &Value, expected: &Value, name: &str) -> State {
    let (after, action) = state.next(&read(event));
    let actions: Vec<Action> = action.into_iter().collect();
    assert_eq!(actions, read::<Vec<Action>>(expected), "{name}");
    after
}

#[test]
fn every_case_of_the_reference_client_holds_here() {
    let fresh: State = read(&table("setting.json")["fresh"]);
    let mut seen = 0;
    for name in ["answers", "ignored", "lost", "resume", "retry", "route", "suspended"] {
        for case in table(&format!("{name}.json"))["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let given = with(&fresh, &case["given"]);
            let after = must_do(given, &case["event"], &case["actions"], name);
            assert_eq!(after, with(&given, &case["state"]), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} cases were found");
}

#[test]
fn every_story_of_the_reference_client_holds_here() {
    let fresh: State = read(&table("setting.json")["fresh"]);
    for story in table("stories.json")["stories"].as_array().unwrap() {
        let name = story["name"].as_str().unwrap();
        let repeatable = story.get("repeatable").is_none_or(|one| one.as_bool().unwrap());
        let mut state = State { repeatable, ..fresh };
        for step in story["steps"].as_array().unwrap() {
            state = must_do(state, &step["event"], &step["actions"], name);
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_table() {
    let limits = &table("setting.json")["limits"];
    let own = [
        ("attempts_max", u64::from(ATTEMPTS_MAX)),
        ("quota_max", u64::from(QUOTA_MAX)),
        ("backoff_base_ms", BACKOFF_BASE_MS),
        ("backoff_max_ms", BACKOFF_MAX_MS),
        ("waits_max", u64::from(WAITS_MAX)),
        ("patience_ms", PATIENCE_MS),
        ("probes_max", u64::from(PROBES_MAX)),
        ("probe_floor_ms", PROBE_FLOOR_MS),
        ("probe_base_ms", PROBE_BASE_MS),
        ("offline_ms", OFFLINE_MS),
    ];
    for (name, value) in own {
        assert_eq!(limits[name], value, "{name}");
    }
}
