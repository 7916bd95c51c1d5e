//! What people type to say who they are.

use std::borrow::Cow;

use common::Phone;
use common::problem::{Code, Refusal};

/// The longest login or phone as typed, in characters.
pub const TYPED_MAX: usize = 64;

/// The key that the directory knows for what was typed: a phone in international form, or the
/// login without the blanks around it, in lower case. Nothing but length and control characters
/// is refused: what else cannot be a login is simply nobody's.
pub fn normalise(typed: &str) -> Result<Cow<'_, str>, Refusal> {
    let text = typed.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(refused("must have at least one character and no control characters"));
    }
    if text.chars().count() > TYPED_MAX {
        return Err(refused("must have at most 64 characters"));
    }
    if text.starts_with('+')
        && let Ok(phone) = text.parse::<Phone>()
    {
        return Ok(Cow::Owned(phone.into()));
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Cow::Owned(text.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(text))
}

fn refused(detail: &str) -> Refusal {
    Refusal::new(Code::InvalidRequest).field("login", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_differently_is_the_same_key() {
        for (typed, key) in [
            ("anna.petrova1", "anna.petrova1"),
            ("  Anna.Petrova1 ", "anna.petrova1"),
            ("+7 (900) 000-00-01", "+79000000001"),
            ("+7", "+7"),
            ("Ёлка", "Ёлка"),
            ("' or 1=1 --", "' or 1=1 --"),
        ] {
            assert_eq!(normalise(typed).unwrap(), key, "{typed}");
        }
        let long = "a".repeat(TYPED_MAX + 1);
        for bad in ["", "   ", "a\u{0}b", "a\nb", long.as_str()] {
            let refusal = normalise(bad).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequest, "{bad:?}");
            assert_eq!(refusal.errors[0].field, "login");
        }
    }
}
