use super::*;

fn sheet(version: u32, settings: &[(&str, &str)], measured: u32, needed: u32) -> Sheet {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sheet {
        version,
        settings: settings.collect(),
        measured_per_second: measured,
        needed_per_second: needed,
    }
}

#[test]
fn every_difference_is_named() {
    let home = sheet(2, &[("cash", "on"), ("limit", "900")], 0, 50);
    let text = |value: &str| Some(value.to_owned());
    let setting =
        |name: &str, home, backup| Difference::Setting { name: name.to_owned(), home, backup };
    let older = Difference::Older { home: 2, backup: 1 };
    let capacity = Difference::Capacity { needed: 50, measured: 49 };
    let cases = [
        ("equal", sheet(2, &[("cash", "on"), ("limit", "900")], 50, 0), vec![]),
        ("newer, and larger", sheet(3, &[("cash", "on"), ("limit", "900")], 51, 9), vec![]),
        ("older", sheet(1, &[("cash", "on"), ("limit", "900")], 50, 0), vec![older.clone()]),
        ("too small", sheet(2, &[("cash", "on"), ("limit", "900")], 49, 0), vec![capacity.clone()]),
        (
            "everything",
            sheet(1, &[("cash", "off"), ("rates", "on")], 49, 0),
            vec![
                older,
                setting("cash", text("on"), text("off")),
                setting("limit", text("900"), None),
                setting("rates", None, text("on")),
                capacity,
            ],
        ),
    ];
    for (case, backup, expected) in cases {
        assert_eq!(differences(&home, &backup), expected, "{case}");
    }
}
