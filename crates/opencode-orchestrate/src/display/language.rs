//! The language of a file, for whoever colours it.

/// The language by the extension of a path; the extension itself where it is not in the table.
pub(super) fn of_path(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() || extension.is_empty() {
        return None;
    }
    let extension = extension.to_ascii_lowercase();
    let language = match extension.as_str() {
        "md" => "markdown",
        "rb" | "rake" => "ruby",
        "py" => "python",
        "js" | "mjs" => "javascript",
        "ts" => "typescript",
        "yml" => "yaml",
        "sh" | "bash" | "zsh" | "conf" => "shell",
        "rs" => "rust",
        "h" => "c",
        "hpp" => "cpp",
        "kt" => "kotlin",
        _ => return Some(extension),
    };
    Some(language.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_name_languages() {
        for (path, language) in [
            ("src/main.rs", Some("rust")),
            ("a/b.RB", Some("ruby")),
            ("nginx.conf", Some("shell")),
            ("style.css", Some("css")),
            ("notes.xyz", Some("xyz")),
            ("C:\\work.dir\\Makefile", None),
            ("dir.d/LICENSE", None),
            (".gitignore", None),
            ("ends.", None),
            ("", None),
        ] {
            assert_eq!(of_path(path).as_deref(), language, "{path}");
        }
    }
}
