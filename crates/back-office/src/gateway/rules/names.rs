//! How a customer's name is shown to others.

/// First name and initial: `Anna Petrova` is `Anna P.`
pub fn shown_to_others(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    match words.last().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {initial}."),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_see_first_name_and_initial() {
        let cases = [
            ("Anna Petrova", "Anna P."),
            ("Анна Мария Петрова", "Анна П."),
            ("  Anna  ", "Anna"),
            ("", ""),
        ];
        for (name, shown) in cases {
            assert_eq!(shown_to_others(name), shown, "{name:?}");
        }
    }
}
