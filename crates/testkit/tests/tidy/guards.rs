//! Protocol §11: whoever decides has all guards. Only the simulator may take one away, so outside
//! of it nothing can be said of `Guards` but the type and `Guards::ALL`.
//!
//! Looks at the tokens of whole files, tests and macro calls included: a test that runs a service
//! with fewer guards would prove nothing of the service. The tests beside the decisions themselves
//! (`crates/common/src/**/tests/`) may show what each guard is good for.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use crate::tree::{File, Finding};

/// Where guards are defined.
const HOME: &str = "crates/common/src/guards.rs";
/// Who may take them away.
const SIMULATOR: &str = "simulator";

/// Ways to a value besides the ones that the home has, were it to gain them.
const OTHER_WAYS: &[&str] =
    &["Default", "Deserialize", "From", "FromStr", "TryFrom", "BitAnd", "BitXor", "Not", "Sub"];
/// Ways around types.
const AROUND: &[&str] = &["transmute", "transmute_copy", "zeroed", "MaybeUninit"];

struct Token {
    text: String,
    line: usize,
}

pub(crate) fn check(file: &File) -> Vec<Finding> {
    let decides = file.crate_name() == Some("common") && file.is_in_module("tests");
    if !file.is_rust() || file.crate_name() == Some(SIMULATOR) || decides {
        return Vec::new();
    }
    let tokens = tokens(&file.text);
    if file.path == HOME {
        return home(file, &tokens);
    }
    let named = |token: &Token| token.text == "Guards";
    if !tokens.iter().any(named) {
        return Vec::new();
    }
    let advice = "guards: only Guards::ALL outside the simulator, so that services have them all";
    let at = |&place: &usize| {
        let around = AROUND.contains(&tokens[place].text.as_str());
        around || named(&tokens[place]) && !is_harmless(&tokens, place)
    };
    (0..tokens.len()).filter(at).map(|place| file.finding(tokens[place].line, advice)).collect()
}

/// The home hands out `ALL` and `without`, and nothing else makes a value.
fn home(file: &File, tokens: &[Token]) -> Vec<Finding> {
    let text = |place: usize| tokens.get(place).map_or("", |token| &token.text);
    let mut findings = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if OTHER_WAYS.contains(&token.text.as_str()) {
            let advice = format!("guards: `{}` would be another way to make them", token.text);
            findings.push(file.finding(token.line, advice));
        }
        let is_open = token.text == "Guards" && text(place + 1) == "(" && text(place + 2) == "pub";
        if is_open {
            findings.push(file.finding(token.line, "guards: the field stays private"));
        }
    }
    findings
}

/// The name at `place` says a type, an import or `Guards::ALL`.
fn is_harmless(tokens: &[Token], place: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |t| &t.text);
    let after = |steps: usize| text(Some(place + steps));
    let follows = match after(1) {
        ":" if after(2) == ":" => after(3) == "ALL",
        // Built, implemented for, renamed, or reached as `<Guards>::…`.
        "(" | "{" | "as" => false,
        ">" => !(after(2) == ":" && after(3) == ":"),
        _ => true,
    };
    // `type Other = path::to::Guards`
    let mut start = place;
    let in_path = |part: &str| part == ":" || part.starts_with(|c: char| c.is_alphabetic());
    while in_path(text(start.checked_sub(1))) {
        start -= 1;
    }
    let renamed = text(start.checked_sub(1)) == "=" && text(start.checked_sub(3)) == "type";
    follows && !renamed
}

fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    if let Ok(stream) = TokenStream::from_str(source) {
        flatten(stream, &mut found);
    }
    found
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let opens = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => "(",
                    proc_macro2::Delimiter::Brace => "{",
                    proc_macro2::Delimiter::Bracket => "[",
                    proc_macro2::Delimiter::None => "",
                };
                into.push(Token { text: opens.to_owned(), line });
                flatten(group.stream(), into);
                into.push(Token { text: "end".to_owned(), line: group.span_close().start().line });
            }
            other => into.push(Token { text: other.to_string(), line }),
        }
    }
}

#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<usize> {
    check(&File::sample(path, text)).into_iter().map(|finding| finding.line).collect()
}

#[test]
fn all_guards_are_fine_anywhere() {
    let samples = [
        "use common::{Guard, Guards};\nfn f() { decide(state, Guards::ALL) }",
        "fn f(guards: Guards) -> bool { guards.has(Guard::FenceCheck) }",
        "fn f<'a>(guards: &'a Guards, all: Vec<Guards>) {}",
        "struct Decider { guards: Guards }\nfn f() -> Decider { Decider { guards: Guards::ALL } }",
        "const G: common::Guards = common::guards::Guards::ALL;",
        "// Guards::without(guard)\nfn f() { g(\"Guards(0) Guards::without\", Guards::ALL) }",
        "fn f() { Query::without(1); Mask(3); }",
    ];
    for sample in samples {
        assert!(found("crates/client-block/src/app/gate.rs", sample).is_empty(), "{sample}");
    }
}

#[test]
fn fewer_guards_are_found() {
    let samples = [
        "fn f() {\n decide(Guards::without(Guard::FenceCheck)) }",
        "fn f() {\n decide(common::guards::Guards::\n without(guard)) }",
        "fn f() {\n assert_eq!(decide(Guards::without(guard)), 1); }",
        "fn f() {\n let g = Guards(0); }",
        "fn f() {\n let g = Guards { 0: 3 }; }",
        "fn f() {\n let make = Guards::from_bits; }",
        "fn f() {\n let g = <Guards>::without(guard); }",
        "\nuse common::guards::Guards as Some;",
        "\ntype Some = common::Guards;",
        "\ntype Some = ::common::guards::Guards;",
        "\nimpl Default for Guards { }",
        "use common::Guards;\nfn f() { let g: G = unsafe { std::mem::transmute(0_u64) }; }",
    ];
    for sample in samples {
        for path in ["crates/back-office/src/gateway/app/void.rs", "crates/router-block/tests/a.rs"]
        {
            assert_eq!(found(path, sample), [2], "{sample}");
        }
        assert!(found("crates/simulator/src/run.rs", sample).is_empty());
        assert!(found("crates/common/src/block/tests/access.rs", sample).is_empty());
    }
}

#[test]
fn another_way_in_at_home_is_found() {
    assert!(found(HOME, "pub struct Guards(u64);\nimpl Guards { const A: u8 = 1; }").is_empty());
    assert_eq!(found(HOME, "#[derive(Default)]\npub struct Guards(u64);"), [1]);
    assert_eq!(found(HOME, "\npub struct Guards(pub u64);"), [2]);
    assert_eq!(found(HOME, "\nimpl From<u64> for Guards {}"), [2]);
}
