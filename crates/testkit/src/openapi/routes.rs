//! The routes that a routes file opens, read from its text: axum does not list them.

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// `GET /v1/bootstrap` …, in the order of the text.
pub fn routes(text: &str) -> Vec<String> {
    let code: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = code.replace(".route( ", ".route(");
    let mut found = Vec::new();
    for call in code.split(".route(\"").skip(1) {
        let Some((path, rest)) = call.split_once('"') else { continue };
        let chain = &rest[..end_of_call(rest)];
        let opens = |method: &&str| {
            let call = format!("{method}(");
            let inside_a_word = |at| chain[..at].ends_with(|c: char| c.is_alphanumeric());
            chain.match_indices(&call).any(|(at, _)| !inside_a_word(at))
        };
        found.extend(
            METHODS.into_iter().filter(opens).map(|m| format!("{} {path}", m.to_uppercase())),
        );
    }
    found
}

/// Up to the parenthesis that closes the call.
fn end_of_call(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::routes;

    #[test]
    fn reads_chains_over_several_lines() {
        let text = r#"
            Router::new()
                .route("/a/{id}", get(one::get_it).put(two))
                .route(
                    "/b",
                    post(three),
                )
                .layer(budget(4))"#;
        assert_eq!(routes(text), ["GET /a/{id}", "PUT /a/{id}", "POST /b"]);
    }
}
