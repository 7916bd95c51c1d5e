//! One request with its answer, held against a document.

use serde_json::Value;

use super::schema::Checker;

/// A request and its answer, as a test saw them.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// `GET` …
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The names of the headers that were sent.
    pub headers: Vec<&'a str>,
    /// The body that was sent; empty if there was none.
    pub body: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// The media type of the answer; empty if there is none.
    pub media: &'a str,
    /// The body of the answer.
    pub answer: &'a [u8],
}

/// What an exchange shows of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) operation: String,
    pub(super) status: u16,
    /// The code of a refusal.
    pub(super) code: Option<String>,
}

/// What is wrong with an exchange, and what it shows. `None` for an address that the document does
/// not have and the service does not know.
pub(super) fn check(document: &Value, exchange: &Exchange<'_>) -> Result<Option<Seen>, String> {
    if exchange.status == 431 {
        // Headers that nobody reads: said by the HTTP library, before there is an address.
        return Ok(None);
    }
    let (path, query) = exchange.target.split_once('?').unwrap_or((exchange.target, ""));
    let Some((operation, places)) = find(document, exchange.method, path) else {
        return match exchange.status {
            // A body that is too large is refused before there is an address.
            404 | 405 | 413 => Ok(None),
            // A page for people: a file, no operation.
            200 | 304 if exchange.media != "application/json" => Ok(None),
            status => Err(format!("answered {status}, but is not in the document")),
        };
    };
    let mut faults = Vec::new();
    let code = check_answer(document, operation, exchange, &mut faults);
    if exchange.status < 400 {
        check_parameters(document, operation, exchange, &places, query, &mut faults);
        check_body(document, operation, exchange, &mut faults);
    }
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    let operation = operation["operationId"].as_str().unwrap_or_default().to_owned();
    Ok(Some(Seen { operation, status: exchange.status, code }))
}

type Places<'a> = Vec<(&'a str, &'a str)>;

/// The operation at an address, and what stands in the places of its path. A literal part beats a
/// place.
fn find<'a>(document: &'a Value, method: &str, path: &'a str) -> Option<(&'a Value, Places<'a>)> {
    let templates = document["paths"].as_object().into_iter().flatten();
    let fitting = templates.filter_map(|(template, item)| Some((fill(template, path)?, item)));
    let (places, item) = fitting.min_by_key(|(places, _)| places.len())?;
    Some((item.get(method.to_ascii_lowercase())?, places))
}

fn fill<'a>(template: &'a str, path: &'a str) -> Option<Places<'a>> {
    let (wanted, given) = (template.split('/'), path.split('/'));
    if wanted.clone().count() != given.clone().count() {
        return None;
    }
    let mut places = Vec::new();
    for (wanted, given) in wanted.zip(given) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => places.push((name, given)),
            None if wanted == given => {}
            None => return None,
        }
    }
    Some(places)
}

/// Checks the answer and gives the code if it is a refusal.
fn check_answer(
    document: &Value,
    operation: &Value,
    exchange: &Exchange<'_>,
    faults: &mut Vec<String>,
) -> Option<String> {
    let Some(response) = operation["responses"].get(exchange.status.to_string()) else {
        faults.push(format!("the status {} is not in the document", exchange.status));
        return None;
    };
    let media = exchange.media.split(';').next().unwrap_or_default().trim();
    let Some(contents) = response["content"].as_object() else {
        if !exchange.answer.is_empty() {
            faults.push("a body where the document has none".to_owned());
        }
        return None;
    };
    let Some(content) = contents.get(media) else {
        faults.push(format!("the media type {media:?} is not in the document"));
        return None;
    };
    if !media.ends_with("json") {
        return None;
    }
    let value = read(exchange.answer);
    let checker = Checker { document, closed: true };
    faults.extend(checker.faults(&content["schema"], &value));
    let code = value["code"].as_str().filter(|_| exchange.status >= 400)?;
    if !response["x-codes"].as_array().is_some_and(|codes| codes.contains(&code.into())) {
        faults.push(format!("the code {code} is not in the document"));
    }
    Some(code.to_owned())
}

fn check_parameters(
    document: &Value,
    operation: &Value,
    exchange: &Exchange<'_>,
    places: &Places<'_>,
    query: &str,
    faults: &mut Vec<String>,
) {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let asked: Places<'_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let checker = Checker { document, closed: false };
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let given = match parameter["in"].as_str() {
            Some("path") => places.iter().find(|(place, _)| *place == name),
            Some("query") => asked.iter().find(|(part, _)| *part == name),
            _ => {
                let sent = exchange.headers.iter().any(|sent| sent.eq_ignore_ascii_case(name));
                if parameter["required"] == true && !sent {
                    faults.push(format!("accepted without the header {name}"));
                }
                continue;
            }
        };
        let Some((_, text)) = given else {
            if parameter["required"] == true {
                faults.push(format!("accepted without the parameter {name}"));
            }
            continue;
        };
        let number = text.parse::<i64>().map(Value::from);
        let as_number =
            number.ok().filter(|value| checker.faults(&parameter["schema"], value).is_empty());
        let value = as_number.unwrap_or_else(|| Value::from(*text));
        let found = checker.faults(&parameter["schema"], &value);
        faults.extend(found.into_iter().map(|fault| format!("accepted with {name}{fault}")));
    }
    let is_known = |name: &str| parameters.iter().any(|p| p["in"] == "query" && p["name"] == name);
    let unknown = asked.iter().filter(|(name, _)| !is_known(name));
    faults.extend(unknown.map(|(name, _)| format!("accepted with the unknown parameter {name}")));
}

fn check_body(
    document: &Value,
    operation: &Value,
    exchange: &Exchange<'_>,
    faults: &mut Vec<String>,
) {
    // A body that nobody reads is nobody's business.
    let Some(body) = operation.get("requestBody") else { return };
    let checker = Checker { document, closed: false };
    let schema = &body["content"]["application/json"]["schema"];
    let found = checker.faults(schema, &read(exchange.body));
    faults.extend(found.into_iter().map(|fault| format!("accepted with the body {fault}")));
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| Value::from(format!("not JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        let refusal = json!({ "schema": { "type": "object", "required": ["code"],
            "properties": { "code": { "type": "string" } } } });
        let refused = json!({ "x-codes": ["wrong"],
            "content": { "application/problem+json": refusal } });
        let limit = json!({ "name": "limit", "in": "query", "required": true,
            "schema": { "type": "integer", "maximum": 9 } });
        json!({ "paths": {
            "/things": { "post": { "operationId": "make",
                "requestBody": { "content": { "application/json": {
                    "schema": { "type": "integer" } } } },
                "responses": { "204": {}, "400": refused } } },
            "/things/{id}": { "get": { "operationId": "one", "parameters": [limit],
                "responses": { "200": { "content": { "application/json": {
                    "schema": { "type": "boolean" } } } } } } },
            "/things/last": { "get": { "operationId": "last", "responses": { "204": {} } } },
        } })
    }

    fn exchange<'a>(
        method: &'a str,
        target: &'a str,
        status: u16,
        answer: &'a str,
    ) -> Exchange<'a> {
        let media = if status < 400 { "application/json" } else { "application/problem+json" };
        let (body, answer) = (b"1".as_slice(), answer.as_bytes());
        Exchange { method, target, headers: Vec::new(), body, status, media, answer }
    }

    #[test]
    fn what_fits_is_seen() {
        let seen = |exchange: &Exchange<'_>| check(&document(), exchange).unwrap().unwrap();
        assert_eq!(seen(&exchange("POST", "/things", 204, "")).operation, "make");
        assert_eq!(seen(&exchange("GET", "/things/last", 204, "")).operation, "last");
        assert_eq!(seen(&exchange("GET", "/things/7?limit=9", 200, "true")).operation, "one");
        let refused = seen(&exchange("POST", "/things", 400, r#"{"code":"wrong"}"#));
        assert_eq!((refused.status, refused.code.as_deref()), (400, Some("wrong")));
        assert_eq!(check(&document(), &exchange("GET", "/other", 404, "{}")), Ok(None));
        assert_eq!(check(&document(), &exchange("PUT", "/things", 405, "{}")), Ok(None));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut no_number = exchange("POST", "/things", 204, "");
        no_number.body = b"true";
        let bad = [
            no_number,
            exchange("GET", "/other", 200, "{}"),
            exchange("POST", "/things", 204, "1"),
            exchange("POST", "/things", 201, ""),
            exchange("POST", "/things", 400, r#"{"code":"other"}"#),
            exchange("POST", "/things", 400, r#"{"code":"wrong","more":1}"#),
            exchange("GET", "/things/7", 200, "true"),
            exchange("GET", "/things/7?limit=10", 200, "true"),
            exchange("GET", "/things/7?limit=9&more=1", 200, "true"),
            exchange("GET", "/things/7?limit=9", 200, "1"),
        ];
        for exchange in bad {
            assert!(check(&document(), &exchange).is_err(), "{exchange:?}");
        }
    }
}
