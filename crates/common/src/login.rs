//! Limits on guessing, and what a login and a password must look like.

/// Wrong attempts that cost nothing.
const FREE_FAILURES: u32 = 5;
/// The wait after the first attempt beyond those, in seconds; doubled by each further one.
const FIRST_WAIT_S: i64 = 30;
/// The longest wait, in seconds.
const LONGEST_WAIT_S: i64 = 3_600;

/// How long nobody may try again after `failures` wrong attempts in a row, in seconds.
pub fn wait_after(failures: u32) -> Option<i64> {
    let beyond = failures.checked_sub(FREE_FAILURES)?;
    let doubled = FIRST_WAIT_S.checked_shl(beyond.min(20)).unwrap_or(LONGEST_WAIT_S);
    Some(doubled.min(LONGEST_WAIT_S))
}

/// How often a one-time code may be entered.
pub const CODE_ATTEMPTS: u32 = 5;
/// How long a one-time code is good, in seconds.
pub const CODE_SECONDS: i64 = 300;

/// The form in which logins are stored and compared; `None` if it cannot be one.
pub fn normal_login(typed: &str) -> Option<String> {
    let login = typed.trim().to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    ((3..=64).contains(&login.len()) && login.bytes().all(plain)).then_some(login)
}

/// What is wrong with a new password, if anything.
pub fn password_fault(password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if length < 10 {
        Some("must have at least 10 characters")
    } else if length > 128 || password.chars().any(char::is_control) {
        Some("must have at most 128 characters and no control characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let waits = [(0, None), (4, None), (5, Some(30)), (6, Some(60)), (12, Some(3_600))];
        for (failures, wait) in waits {
            assert_eq!(wait_after(failures), wait, "{failures}");
        }
        assert_eq!(wait_after(u32::MAX), Some(3_600));
    }

    #[test]
    fn logins_have_one_form() {
        assert_eq!(normal_login(" Anna.Petrova1 ").as_deref(), Some("anna.petrova1"));
        for bad in ["", "ab", "with space", "кириллица", &"x".repeat(65)] {
            assert_eq!(normal_login(bad), None, "{bad}");
        }
    }
}
