//! What the folder of a subject is called.

use opencode_store::session::Subject;

/// How many readable characters a name begins with at most.
const READABLE: usize = 40;
/// How many digits of the digest a name ends with.
const DIGITS: usize = 16;

/// What the folder of a subject is called: a name that every file system and git take, and the digest by which two
/// subjects are told apart however alike they read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectFolder {
    /// Lower-case letters, digits and dashes.
    pub(crate) name: String,
    /// Over the whole subject.
    pub(crate) digest: String,
}

impl SubjectFolder {
    pub(crate) fn of(subject: &Subject) -> Self {
        let digest = digest(subject);
        let readable = readable(&subject.to_string());
        Self { name: format!("{readable}-{}", &digest[..DIGITS]), digest }
    }
}

/// Whether a folder may be called so by us.
#[cfg(any(test, feature = "supervisor"))]
pub(crate) fn is_ours(folder: &str) -> bool {
    let Some((readable, digits)) = folder.rsplit_once('-') else { return false };
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    !readable.is_empty()
        && readable.len() <= READABLE
        && readable.bytes().all(is_plain)
        && digits.len() == DIGITS
        && digits.bytes().all(is_hex)
}

/// Each part is preceded by its length, so that no two subjects are written alike.
fn digest(subject: &Subject) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in [subject.scope(), subject.key(), subject.agent()] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// What people recognise it by. Everything else is a dash, and no two dashes stand together.
fn readable(text: &str) -> String {
    let mut readable = String::new();
    for char in text.chars().map(|char| char.to_ascii_lowercase()) {
        if char.is_ascii_lowercase() || char.is_ascii_digit() {
            readable.push(char);
        } else if !readable.is_empty() && !readable.ends_with('-') {
            readable.push('-');
        }
        if readable.len() == READABLE {
            break;
        }
    }
    let readable = readable.trim_end_matches('-');
    if readable.is_empty() { "session".to_owned() } else { readable.to_owned() }
}

#[cfg(any(test, feature = "supervisor"))]
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(scope: &str, key: &str) -> String {
        SubjectFolder::of(&Subject::new(scope, key).unwrap()).name
    }

    #[test]
    fn a_name_is_readable_and_safe() {
        for (key, readable) in [
            ("conversation/42", "acme-conversation-42-"),
            ("../../etc/passwd", "acme-etc-passwd-"),
            ("--force", "acme-force-"),
            ("Größe 😀", "acme-gr-e-"),
            ("x.lock", "acme-x-lock-"),
        ] {
            let name = name("acme", key);
            assert!(name.starts_with(readable) && is_ours(&name), "{name}");
        }
        assert!(name("/", "日本").starts_with("session-"));
    }

    #[test]
    fn subjects_that_read_alike_are_told_apart() {
        assert_ne!(name("a", "b/c"), name("a/b", "c"));
        assert_ne!(name("a", "B"), name("a", "b"));
        assert_ne!(name("a", "../b"), name("a", "b"));
        let long = "x".repeat(400);
        assert_ne!(name("a", &long), name("a", &format!("{long}y")));
        let plain = Subject::new("a", "b").unwrap();
        assert_ne!(SubjectFolder::of(&plain), SubjectFolder::of(&plain.clone().with_agent("build").unwrap()));
    }

    #[test]
    fn what_people_call_their_folders_is_not_ours() {
        for folder in [
            ".trash",
            "main",
            "fix-4f",
            "acme-42-0123456789abcdeX",
            "-0123456789abcdef",
            "../a-0123456789abcdef",
        ] {
            assert!(!is_ours(folder), "{folder}");
        }
    }

    proptest! {
        #[test]
        fn every_subject_has_a_name_of_its_own(
            one in ("[^\0]{1,60}", "[^\0]{1,60}", "[^\0]{0,20}"),
            other in ("[^\0]{1,60}", "[^\0]{1,60}", "[^\0]{0,20}"),
        ) {
            let subject = |(scope, key, agent): &(String, String, String)| {
                Subject::new(scope, key).unwrap().with_agent(agent).unwrap()
            };
            let names = [&one, &other].map(|texts| SubjectFolder::of(&subject(texts)));
            prop_assert_eq!(names[0] == names[1], one == other);
            for name in names {
                prop_assert!(is_ours(&name.name), "{}", name.name);
            }
        }
    }
}
