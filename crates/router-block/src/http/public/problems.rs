//! The pages behind the `type` of a problem document: what happened, what to do, what a client
//! does next.

use axum::response::Html;
use common::problem::{Class, Code, Next};
use platform::http::{Answer, ApiPath};

pub(super) async fn index() -> Html<String> {
    let entry = |code: &Code| {
        let (name, title) = (code.as_str(), marked(code.title()));
        format!("<dt><a href=\"/problems/{name}\"><code>{name}</code></a></dt><dd>{title}</dd>\n")
    };
    let list: String = Code::ALL.iter().map(entry).collect();
    let lead = "Every refusal of the bank's services carries one of these codes.";
    page_of("Problems", &format!("<p>{lead}</p>\n<dl>\n{list}</dl>"))
}

pub(super) async fn page(ApiPath(name): ApiPath<String>) -> Answer<Html<String>> {
    let known = Code::ALL.iter().find(|code| code.as_str() == name);
    let code = *known.ok_or(Code::NotFound)?;
    let body = format!(
        "<p>{}</p>\n<h2>What to do</h2>\n<p>{}</p>\n<h2>What a client does next</h2>\n\
         <p><code>Bulkhead-Next: {}</code>: {}</p>\n<h2>HTTP status</h2>\n<p>{}</p>\n\
         <p><a href=\"/problems\">All codes</a></p>",
        marked(code.title()),
        marked(code.advice()),
        code.next().as_str(),
        next(code.next()),
        status(code.class()),
    );
    Ok(page_of(code.as_str(), &body))
}

fn next(next: Next) -> &'static str {
    match next {
        Next::Retry => "it waits as long as it is told, then sends the same request again.",
        Next::Route => "it asks the router for the present block, then repeats the request there.",
        Next::Reauthenticate => "it lets the customer log in again and keeps its key.",
        Next::Ask => "it asks the customer to change or enter something.",
        Next::Stop => "it does not send the request again.",
    }
}

fn status(class: Class) -> u16 {
    match class {
        Class::BadRequest => 400,
        Class::Unauthenticated => 401,
        Class::Forbidden => 403,
        Class::NotFound => 404,
        Class::MethodNotAllowed => 405,
        Class::Conflict => 409,
        Class::TooLarge => 413,
        Class::UnsupportedMedia => 415,
        Class::Misdirected => 421,
        Class::Unprocessable => 422,
        Class::TooMany => 429,
        Class::Internal => 500,
        Class::Unavailable => 503,
        Class::TimedOut => 504,
    }
}

/// The table marks code with backticks, in pairs.
fn marked(text: &str) -> String {
    text.split('`')
        .enumerate()
        .map(
            |(at, part)| {
                if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }
            },
        )
        .collect()
}

/// Everything on these pages comes from the table of codes, nothing from a request.
fn page_of(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\nbody {{ font: 1rem/1.5 system-ui, sans-serif; \
         max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }}\n\
         dt {{ margin-top: .75rem; }}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n\
         </body>\n</html>\n"
    ))
}
