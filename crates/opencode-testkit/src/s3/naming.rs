//! Names of buckets.

use super::error::S3Error;

/// Refuses what the service would refuse, and what would need escaping in an address.
pub(super) fn check(name: &str) -> Result<(), S3Error> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edges = !name.starts_with('-') && !name.ends_with('-');
    if (3..=63).contains(&name.len()) && edges && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(S3Error::BadName { name: name.to_owned() })
    }
}

/// A name that nobody guesses.
pub(super) fn fresh() -> String {
    format!("test-{:016x}", fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_taken() {
        for name in ["ab", "-abc", "abc-", "a/b/c", "Capital", "../other"] {
            assert!(check(name).is_err(), "{name} was taken");
        }
        assert!(check(&fresh()).is_ok());
    }
}
