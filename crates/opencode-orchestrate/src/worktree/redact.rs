//! What git prints, without the credentials of remotes.

/// What takes the place of credentials.
const MASK: &str = "[redacted]";

/// A text without what stands before the `@` of addresses.
///
/// Passwords may hold any character, so everything up to the last `@` of a word goes, which may be more than needed.
pub(super) fn without_credentials(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        match word.split_once("://") {
            Some((before, behind)) if behind.contains('@') => {
                let (_, host) = behind.rsplit_once('@').unwrap_or_default();
                told.push_str(&format!("{before}://{MASK}@{host}"));
            }
            _ => told.push_str(word),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_git_prints_of_remotes_has_no_passwords() {
        for (said, told) in [
            (
                "fatal: unable to access 'https://me:geheim@example.com/a.git/': The requested URL",
                "fatal: unable to access 'https://[redacted]@example.com/a.git/': The requested URL",
            ),
            ("https://gh@eim:p@ss@example.com\nnext", "https://[redacted]@example.com\nnext"),
            ("https://a:b@x https://c:d@y", "https://[redacted]@x https://[redacted]@y"),
            ("ssh://git@example.com/a", "ssh://[redacted]@example.com/a"),
            ("fatal: not a git repository: /srv/a@b", "fatal: not a git repository: /srv/a@b"),
            ("https://example.com/a.git", "https://example.com/a.git"),
        ] {
            assert_eq!(without_credentials(said), told);
        }
    }

    proptest! {
        #[test]
        fn no_password_is_left(password in "[!-~]{6,12}", before in "[a-z ]{0,9}", behind in "[a-z /]{0,9}") {
            prop_assume!(!MASK.contains(&password));
            let said = format!("{before}https://me:{password}@example.com{behind}");
            let told = without_credentials(&said);
            prop_assert!(!told.contains(&password), "{told}");
        }
    }
}
