//! What the files of the demo are called.

/// How many words of a prompt make the name of a file.
const NAME_WORDS: usize = 4;
/// How long a name may be, without its ending.
const NAME_LENGTH: usize = 40;

/// The text file that the prompt names, else a name made of its first words: nothing in it needs
/// quoting in a shell or can lead out of the directory.
pub(super) fn file_name(prompt: &str) -> String {
    if let Some(named) = prompt.split_whitespace().map(bare).find(|word| is_text_file(word)) {
        return named.to_owned();
    }
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(NAME_WORDS)
        .collect();
    let stem: String = words.join("-").chars().take(NAME_LENGTH).collect();
    if stem.is_empty() { "demo.md".to_owned() } else { format!("{stem}.md") }
}

/// The word without quotes around it and the punctuation behind it.
fn bare(word: &str) -> &str {
    word.trim_matches(|char: char| !char.is_ascii_alphanumeric())
}

fn is_text_file(word: &str) -> bool {
    let stem = word.strip_suffix(".md").or_else(|| word.strip_suffix(".txt"));
    stem.is_some_and(|stem| {
        (1..=NAME_LENGTH).contains(&stem.len())
            && stem.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_harmless() {
        assert_eq!(file_name("Hello!"), "hello.md");
        assert_eq!(file_name("../../etc/passwd; rm -rf /"), "etc-passwd-rm-rf.md");
        assert_eq!(file_name("日本語"), "demo.md");
        assert_eq!(file_name(&"a".repeat(500)).len(), 43);
    }

    #[test]
    fn a_file_that_the_prompt_names_is_the_one() {
        assert_eq!(file_name("Write hello.md with a short greeting."), "hello.md");
        assert_eq!(file_name("Put it into \"my_notes-2.txt\"."), "my_notes-2.txt");
        assert_eq!(file_name("Write ../up.md"), "up.md");
        assert_eq!(file_name("Write docs/in.md"), "write-docs-in-md.md");
        assert_eq!(file_name("Run $(id).md"), "run-id-md.md");
    }
}
