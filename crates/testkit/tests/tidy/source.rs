//! Rust source taken apart into code, comments and texts, so that a rule about one of them is not
//! set off by the others.
//!
//! A small scanner instead of a parser: comments are no part of a syntax tree, and the strings
//! inside a macro call are not parsed there. It expects source that compiles.

use std::ops::RangeInclusive;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    /// Comments of both forms, documentation included.
    Comment,
    /// String and character literals, with their quotes.
    Text,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Of its first character, counted from 1.
    pub(crate) line: usize,
}

impl Piece<'_> {
    /// What stands between the quotes of a literal, as written.
    pub(crate) fn content(&self) -> &str {
        self.text.trim_start_matches(['r', '#', '"', '\'']).trim_end_matches(['#', '"', '\''])
    }
}

/// The whole source, in order.
pub(crate) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut position, mut line) = (0, 1);
    while position < source.len() {
        let rest = &source[position..];
        let (kind, length) = next_piece(rest);
        let text = &rest[..length];
        found.push(Piece { kind, text, line });
        line += text.matches('\n').count();
        position += length;
    }
    found
}

/// Lines of one kind: everything else is left out. Numbered from 1.
pub(crate) fn lines_of(source: &str, kind: Kind) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> =
        (1..=source.lines().count().max(1)).map(|number| (number, String::new())).collect();
    for piece in pieces(source).iter().filter(|piece| piece.kind == kind) {
        for (offset, text) in piece.text.lines().enumerate() {
            if let Some((_, line)) = lines.get_mut(piece.line - 1 + offset) {
                line.push_str(text);
                line.push(' ');
            }
        }
    }
    lines
}

/// `word` stands in `line` on its own, not as a part of a longer name.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(in_name) && !line[at + word.len()..].starts_with(in_name)
    })
}

/// The lines that are compiled for tests only.
pub(crate) fn test_lines(source: &str) -> Vec<RangeInclusive<usize>> {
    marked_lines(source, is_for_tests)
}

/// The lines of tests that run on tokio's paused clock.
pub(crate) fn paused_lines(source: &str) -> Vec<RangeInclusive<usize>> {
    marked_lines(source, |attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| list.tokens.to_string().contains("start_paused"))
    })
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    if attribute.path().is_ident("cfg") {
        return attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test");
    }
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}

/// The lines of the outermost modules and functions that carry such an attribute.
fn marked_lines(source: &str, is: fn(&syn::Attribute) -> bool) -> Vec<RangeInclusive<usize>> {
    let mut marked = Marked { is, lines: Vec::new() };
    if let Ok(file) = syn::parse_file(source) {
        marked.visit_file(&file);
    }
    marked.lines
}

struct Marked {
    is: fn(&syn::Attribute) -> bool,
    lines: Vec<RangeInclusive<usize>>,
}

impl<'ast> Visit<'ast> for Marked {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs[..],
            syn::Item::Fn(item) => &item.attrs[..],
            _ => &[],
        };
        if attributes.iter().any(self.is) {
            let span = item.span();
            self.lines.push(span.start().line..=span.end().line);
        } else {
            visit::visit_item(self, item);
        }
    }
}

fn next_piece(rest: &str) -> (Kind, usize) {
    if rest.starts_with("//") {
        (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Kind::Comment, block_comment(rest))
    } else if let Some(length) = literal(rest) {
        (Kind::Text, length)
    } else {
        (Kind::Code, code(rest))
    }
}

/// Up to where something else may begin. A name is taken whole, so that its last letter is not
/// taken for the prefix of a raw string.
fn code(rest: &str) -> usize {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest[at..];
        let name = tail.find(|c| !in_name(c)).unwrap_or(tail.len());
        if at > 0 && (tail.starts_with("//") || tail.starts_with("/*") || literal(tail).is_some()) {
            break;
        }
        // `b"…"` and `br"…"`: the prefix is code, what follows is looked at anew.
        let prefix = tail.starts_with('b') || tail.starts_with('c');
        at += if name == 0 {
            tail.chars().next().map_or(1, char::len_utf8)
        } else if prefix && literal(&tail[1..]).is_some() {
            1
        } else {
            name
        };
    }
    at
}

/// The length of the literal that `rest` begins with, if it begins with one.
fn literal(rest: &str) -> Option<usize> {
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if let Some(after) = rest.strip_prefix('\'') {
        let mut letters = after.chars();
        let is_character = match letters.next()? {
            '\\' => true,
            letter => letter != '\'' && letters.next() == Some('\''),
        };
        return is_character.then(|| quoted(rest, '\''));
    }
    let hashes = rest.strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    if !hashes[count..].starts_with('"') {
        return None;
    }
    let open = 1 + count + 1;
    let close = format!("\"{}", "#".repeat(count));
    let end = rest[open..].find(&close).map_or(rest.len(), |at| open + at + close.len());
    Some(end)
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == quote {
            return at + letter.len_utf8();
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

#[test]
fn source_is_taken_apart() {
    let source = "let a = \"x // \\\" y\"; // c \"d\"\n/* e /* f */ */ 'g' fn h<'a>() r#\"i\"j\"#";
    let texts: Vec<_> = pieces(source)
        .into_iter()
        .filter(|piece| piece.kind != Kind::Code)
        .map(|piece| (piece.text, piece.line))
        .collect();
    let expected = [
        ("\"x // \\\" y\"", 1),
        ("// c \"d\"", 1),
        ("/* e /* f */ */", 2),
        ("'g'", 2),
        ("r#\"i\"j\"#", 2),
    ];
    assert_eq!(texts, expected);
    assert_eq!(pieces(source).iter().map(|piece| piece.text).collect::<String>(), source);
}

#[test]
fn names_and_prefixes_are_not_mistaken_for_literals() {
    for source in ["for r in list", "r#type", "bar(b, 'static)", "x::<'_>()", "é + 1"] {
        assert_eq!(pieces(source).len(), 1, "{source}");
    }
    let bytes = pieces("f(br#\"a\"#, b\"c\", b'd')");
    let texts: Vec<_> =
        bytes.iter().filter(|piece| piece.kind == Kind::Text).map(Piece::content).collect();
    assert_eq!(texts, ["a", "c", "d"]);
}

#[test]
fn lines_and_words() {
    let code = lines_of("a(\"axum\"); // axum\nuse axum;", Kind::Code);
    let hits: Vec<_> = code.iter().filter(|(_, line)| has_word(line, "axum")).collect();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].0, 2);
    assert!(!has_word("my_axum axum_extra", "axum"));
}

#[test]
fn tests_within_a_file_are_found() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    assert_eq!(test_lines(source), [2..=5]);
    assert_eq!(test_lines("#[test]\nfn a() {}\n"), [1..=2]);
    assert!(test_lines("#[cfg(unix)]\nfn a() {}\n").is_empty());
}

#[test]
fn tests_on_the_paused_clock_are_found() {
    let source = "mod tests {\n    #[tokio::test(start_paused = true)]\n    async fn b() {}\n}\n";
    assert_eq!(paused_lines(source), [2..=3]);
    assert!(paused_lines("#[tokio::test]\nasync fn a() {}\n").is_empty());
}
