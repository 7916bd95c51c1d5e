//! Short files, short functions, short lines: what does not fit a screen is not read.

use syn::visit::{self, Visit};

use crate::tree::{File, Finding};

const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 70;
const MAX_COLUMNS: usize = 100;

pub(crate) fn check(file: &File) -> Vec<Finding> {
    let in_crates = file.path.starts_with("crates/");
    if !in_crates || !(file.has_extension("rs") || file.has_extension("sql")) {
        return Vec::new();
    }
    let mut findings = lines(file);
    if file.is_rust() {
        findings.extend(file_length(file));
        findings.extend(functions(file));
    }
    findings
}

fn file_length(file: &File) -> Option<Finding> {
    let length = file.text.lines().count();
    (length > MAX_FILE_LINES).then(|| {
        let advice = format!("{length} lines, at most {MAX_FILE_LINES}: split it by what it does");
        file.finding(length, advice)
    })
}

fn lines(file: &File) -> Vec<Finding> {
    let too_long = |(_, columns): &(usize, usize)| *columns > MAX_COLUMNS;
    let widths = file.text.lines().enumerate().map(|(at, line)| (at + 1, line.chars().count()));
    widths
        .filter(too_long)
        .map(|(line, columns)| {
            let advice = format!("{columns} columns, at most {MAX_COLUMNS}: break the line");
            file.finding(line, advice)
        })
        .collect()
}

/// From the `fn` to the closing brace: attributes and documentation do not count.
fn functions(file: &File) -> Vec<Finding> {
    let mut visitor = Functions { file, findings: Vec::new() };
    match syn::parse_file(&file.text) {
        Ok(parsed) => visitor.visit_file(&parsed),
        Err(error) => {
            let advice = format!("does not parse: {error}");
            return vec![file.finding(error.span().start().line, advice)];
        }
    }
    visitor.findings
}

struct Functions<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = body.brace_token.span.close().end().line;
        let length = last - first + 1;
        if length > MAX_FUNCTION_LINES {
            let advice = format!(
                "`{}` has {length} lines, at most {MAX_FUNCTION_LINES}: move a step into a \
                 function of its own",
                signature.ident
            );
            self.findings.push(self.file.finding(first, advice));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
fn lines_found(path: &str, text: &str) -> Vec<usize> {
    check(&File::sample(path, text)).iter().map(|finding| finding.line).collect()
}

#[test]
fn a_long_file_is_found() {
    assert!(lines_found("crates/x/src/a.rs", &"//\n".repeat(500)).is_empty());
    assert_eq!(lines_found("crates/x/src/a.rs", &"//\n".repeat(501)), [501]);
}

#[test]
fn a_long_line_is_found() {
    let (fits, long) = ("-".repeat(98), "-".repeat(99));
    assert!(lines_found("crates/x/a.sql", &format!("\n--{fits}\n")).is_empty());
    assert_eq!(lines_found("crates/x/a.sql", &format!("\n--{long}\n")), [2]);
    assert!(lines_found("docs/a.sql", &format!("\n--{long}\n")).is_empty());
    let cyrillic = format!("//{}", "ж".repeat(98));
    assert!(lines_found("crates/x/src/a.rs", &cyrillic).is_empty());
}

#[test]
fn a_long_function_is_found_wherever_it_stands() {
    let body = |lines: usize| "    a();\n".repeat(lines);
    let fits = format!("/// Says.\nfn f() {{\n{}}}\n", body(68));
    assert!(lines_found("crates/x/src/a.rs", &fits).is_empty());
    let long = format!("/// Says.\nfn f() {{\n{}}}\n", body(69));
    assert_eq!(lines_found("crates/x/src/a.rs", &long), [2]);
    let method = format!("impl A {{\nfn f() {{\n{}}}\n}}\n", body(69));
    assert_eq!(lines_found("crates/x/src/a.rs", &method), [2]);
    let provided = format!("trait A {{\nfn g();\nfn f() {{\n{}}}\n}}\n", body(69));
    assert_eq!(lines_found("crates/x/src/a.rs", &provided), [3]);
    let nested = format!("mod b {{ mod c {{\nfn f() {{\n{}}}\n}} }}\n", body(69));
    assert_eq!(lines_found("crates/x/src/a.rs", &nested), [2]);
}

#[test]
fn a_file_that_does_not_parse_is_found() {
    assert_eq!(lines_found("crates/x/src/a.rs", "fn f() {}\nfn {\n"), [2]);
}
