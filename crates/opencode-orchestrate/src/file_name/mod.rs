//! From what a file was called to a name that is safe everywhere.

mod set;

use unicode_normalization::UnicodeNormalization as _;

pub(crate) use self::set::NameSet;
use crate::unseen::is_unseen;

/// How many bytes a name has at most: file systems take 255, and something may be put before or behind it.
const MAX: usize = 200;

/// How many bytes are taken for an extension at most.
const MAX_EXTENSION: usize = 20;

/// What a file is called of whose name nothing is left.
const NAMELESS: &str = "upload";

/// What a name is preceded by that would be hidden, an option of a command, or a device of Windows.
const HARMLESS: char = '_';

/// A name for a file that was called so, or had this path, somewhere else: one part that is never empty, hidden, `.` or
/// `..`, has at most 200 bytes, looks like what it is, and names a file on every system.
///
/// It depends on nothing else, and is its own name.
pub(crate) fn safe_name(original: &str) -> String {
    let last = original.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let name: String = last.chars().filter(|char| !is_unseen(*char)).map(everywhere).nfc().collect();
    let name = fit(name.trim_matches(' ').trim_end_matches(['.', ' ']), "");
    if name.is_empty() {
        NAMELESS.to_owned()
    } else if name.starts_with(['.', '-']) || is_device(&name) {
        fit(&format!("{HARMLESS}{name}"), "")
    } else {
        name
    }
}

/// The name for the file of this number that has it: `report-2.pdf`. As safe as the name is.
fn numbered(name: &str, number: usize) -> String {
    fit(name, &format!("-{number}"))
}

/// What two names have in common that a file system may take for one, because it does not tell capital letters from small
/// ones.
fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The character if every file system takes it in a name, else one that stands for it.
fn everywhere(char: char) -> char {
    match char {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        char if char.is_control() => '_',
        char if char.is_whitespace() => ' ',
        char => char,
    }
}

/// The name with something between it and its extension, cut so that it is not too long.
fn fit(name: &str, suffix: &str) -> String {
    let (stem, extension) = name.split_at(name.len() - extension(name).len());
    let mut end = MAX.saturating_sub(suffix.len() + extension.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let mut fitted = format!("{}{suffix}{extension}", &stem[..end]);
    // Windows drops these, so that it would be another name there.
    fitted.truncate(fitted.trim_end_matches(['.', ' ']).len());
    fitted
}

/// The extension of a name with its dot, or nothing.
fn extension(name: &str) -> &str {
    match name.rfind('.').map(|dot| name.split_at(dot)) {
        Some((stem, extension))
            if !stem.is_empty() && extension.len() <= MAX_EXTENSION && !extension.contains(' ') =>
        {
            extension
        }
        _ => "",
    }
}

/// Whether Windows takes the name for one of its devices, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered.is_some_and(|number| {
            let mut chars = number.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
}

#[cfg(test)]
mod tests {
    use opencode_store::artifact::ArtifactName;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        for name in ["report.pdf", "Größe 2.csv", "日本.txt", "a.tar.gz", "_x", "x-", "Dr. Who", "🦀.rs"]
        {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn folders_are_left_out() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name(r"C:\fakepath\a.txt"), "a.txt");
        assert_eq!(safe_name(r"/srv\x/y\z"), "z");
        assert_eq!(safe_name("folder/"), "folder");
    }

    #[test]
    fn w57_a_name_of_which_nothing_is_left_is_replaced() {
        for name in ["", ".", "..", "a/..", "/", " . . ", "\u{200b}", "\u{202e}.", "...", "\u{3000}"] {
            assert_eq!(safe_name(name), "upload", "{name:?}");
        }
    }

    #[test]
    fn what_means_something_to_a_system_does_not_any_more() {
        for (name, safe) in [
            (".env", "_.env"),
            ("..hidden", "_..hidden"),
            ("-rf", "_-rf"),
            ("--help.txt", "_--help.txt"),
            ("con", "_con"),
            ("aux.txt", "_aux.txt"),
            ("NUL .tar.gz", "_NUL .tar.gz"),
            ("com1.pdf", "_com1.pdf"),
            ("LPT³", "_LPT³"),
            ("CONIN$", "_CONIN$"),
            ("com10.pdf", "com10.pdf"),
            ("console.log", "console.log"),
            ("a<b>:\"c|d?*.md", "a_b___c_d__.md"),
            ("a\nb\0c\u{7f}d\u{85}.md", "a_b_c_d_.md"),
            ("tail. . ", "tail"),
            (" \u{a0}head", "head"),
            ("a\u{2003}b", "a b"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        assert_eq!(safe_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(safe_name("a\u{200b}\u{feff}\u{fe0f}\u{e0041}\u{e0100}.md"), "a.md");
        assert_eq!(safe_name("a\u{2028}b\u{fffe}\u{10ffff}.md"), "ab.md");
    }

    #[test]
    fn two_ways_to_write_a_letter_are_one_name() {
        assert_eq!(safe_name("gro\u{308}\u{df}e"), safe_name("gr\u{f6}\u{df}e"));
        // Composed only when what stands between them is gone.
        assert_eq!(safe_name("o\u{200d}\u{308}"), "\u{f6}");
        assert_eq!(folded("\u{d6}.TXT"), folded("\u{f6}.txt"));
        assert_eq!(folded("STRASSE"), folded("stra\u{df}e"));
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe_name(&format!("{}.pdf", "ö".repeat(300)));
        assert_eq!(name, format!("{}.pdf", "ö".repeat(98)));
        assert_eq!(safe_name(&format!("a.{}", "b".repeat(300))).len(), 200);
        assert_eq!(safe_name(&format!("CON{}x.txt", " ".repeat(300))).len(), 200);
        assert_eq!(safe_name(&format!("{}. . . .{}", "a".repeat(196), "b".repeat(99))).len(), 196);
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        assert_eq!(numbered("report.pdf", 2), "report-2.pdf");
        assert_eq!(numbered("Makefile", 12), "Makefile-12");
        assert_eq!(numbered("Dr. Who", 2), "Dr. Who-2");
        assert_eq!(numbered(&format!("{}.pdf", "a".repeat(196)), 10), format!("{}-10.pdf", "a".repeat(193)));
    }

    fn check(name: &str, original: &str) -> Result<(), TestCaseError> {
        let parsed: ArtifactName = name.parse().unwrap();
        prop_assert_eq!(parsed.file_name(), name, "{:?}", original);
        prop_assert!(!name.starts_with(['.', '-', ' ']) && !name.ends_with(['.', ' ']), "{:?}", original);
        prop_assert!(name.len() <= MAX && !name.chars().any(is_unseen), "{:?}", original);
        prop_assert_eq!(&safe_name(name), name, "{:?}", original);
        Ok(())
    }

    fn originals() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[./\\\\ \\-a\u{308}\u{338}<=\u{200b}\u{202e}\u{fe0f}]{0,12}",
            "(?i)(con|aux|com[0-9¹]|lpt¹)[ .]{0,300}[a-z. ö]{0,30}",
            "[aö. ]{150,260}\\.?[a-z ]{0,30}",
        ]
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_its_own_name(original in originals(), number in 2_usize..20_000) {
            let name = safe_name(&original);
            check(&name, &original)?;
            check(&numbered(&name, number), &original)?;
        }
    }
}
