//! What may be a login, a name and a password of a new customer.

use common::problem::{Code, Refusal};
use common::wire::router::NewCustomer;

use crate::store::customers::Profile;

const LOGIN_MIN: usize = 3;
const LOGIN_MAX: usize = 64;
const NAME_MAX: usize = 140;
const PASSWORD_MIN: usize = 10;
const PASSWORD_MAX: usize = 128;

/// The profile of a new customer, or every field that cannot be.
pub fn profile(new: &NewCustomer) -> Result<Profile, Refusal> {
    let mut refusal = Refusal::new(Code::InvalidRequest);
    let login = login(&new.login);
    if login.is_none() {
        refusal = refusal.field("login", LOGIN_RULE);
    }
    let name = new.name.trim();
    if !is_name(name) {
        refusal = refusal.field("name", "1 to 140 characters, no control characters");
    }
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&new.password.chars().count()) {
        refusal = refusal.field("password", "10 to 128 characters");
    }
    match login {
        Some(login) if refusal.errors.is_empty() => Ok(Profile {
            login,
            phone: new.phone.clone(),
            name: name.to_owned(),
            cohort: new.cohort,
        }),
        _ => Err(refusal),
    }
}

/// A login as it is compared; `None` if it cannot be one. Only ASCII: letters of other scripts look
/// alike, and a login is shown to nobody.
pub fn login(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = (LOGIN_MIN..=LOGIN_MAX).contains(&text.len());
    (fits && text.bytes().all(plain)).then(|| text.to_ascii_lowercase())
}

/// May this be somebody's name?
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)
}

/// What [`login`] accepts.
pub const LOGIN_RULE: &str = "3 to 64 letters (a-z), digits, '.', '_' and '-'";

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewCustomer {
        NewCustomer {
            login: "Anna.Petrova-1_".to_owned(),
            phone: "+79000000001".parse().unwrap(),
            name: " Anna Petrova ".to_owned(),
            password: "long enough".to_owned(),
            cohort: common::wire::router::Cohort::Regular,
        }
    }

    #[test]
    fn names_every_field_that_cannot_be() {
        let good = profile(&new()).unwrap();
        assert_eq!((good.login.as_str(), good.name.as_str()), ("anna.petrova-1_", "Anna Petrova"));
        let bad = NewCustomer {
            login: "a b".to_owned(),
            name: "Anna\u{7}".to_owned(),
            password: "short".to_owned(),
            ..new()
        };
        let refusal = profile(&bad).unwrap_err();
        let fields: Vec<&str> = refusal.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["login", "name", "password"]);
    }

    #[test]
    fn logins_are_plain() {
        for bad in ["", "ab", "анна", "a@b.c", "+79000000001", &"a".repeat(65)] {
            assert_eq!(login(bad), None, "{bad}");
        }
        assert_eq!(login(&"a".repeat(64)).map(|l| l.len()), Some(64));
    }
}
