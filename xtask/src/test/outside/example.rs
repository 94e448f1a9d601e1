//! The README's own example as the source of a program.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The folder that the example names.
const FOLDER: &str = "/srv/projects/blue";

/// The first Rust example of a page, with the lines that the page hides.
pub(super) fn of(page: &str) -> Result<String> {
    let mut lines = page.lines().skip_while(|line| !line.starts_with("```rust")).skip(1);
    let mut code = String::new();
    for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
        code.push_str(line.strip_prefix("# ").unwrap_or(line));
        code.push('\n');
    }
    ensure!(!code.is_empty(), "the page has no Rust example");
    Ok(code)
}

/// The example and a `main` that runs it: word for word, but for the folder where there is one to work in.
pub(super) fn program(code: &str, folder: Option<&Path>) -> Result<String> {
    ensure!(code.contains("async fn example()"), "the example is not in a function `example`");
    let mut code = code.to_owned();
    if let Some(folder) = folder {
        let folder = folder.to_str().context("the temporary folder has a name that is no text")?;
        ensure!(code.contains(FOLDER), "the example does not name {FOLDER}");
        code = code.replace(&format!("\"{FOLDER}\""), &format!("{folder:?}"));
    }
    Ok(format!(
        "{code}\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    example().await\n}}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n```sh\nls\n```\n\n```rust,no_run\nuse a::b;\n\n# async fn example() {\n\
                        b(\"/srv/projects/blue\");\n# }\n```\n\n```rust\nlet other = 1;\n```\n";

    #[test]
    fn hidden_lines_belong_to_the_example() {
        let code = of(PAGE).unwrap();
        assert_eq!(code, "use a::b;\n\nasync fn example() {\nb(\"/srv/projects/blue\");\n}\n");
        assert!(of("no code").is_err());
    }

    #[test]
    fn nothing_but_the_folder_is_changed() {
        let code = of(PAGE).unwrap();
        assert!(program(&code, None).unwrap().starts_with(&code));
        let elsewhere = program(&code, Some(Path::new("x\\y"))).unwrap();
        assert!(elsewhere.contains("b(\"x\\\\y\");") && !elsewhere.contains("/srv"), "{elsewhere}");
        assert!(program("async fn example() {}", Some(Path::new("x"))).is_err());
        assert!(program("let one = 1;", None).is_err());
    }
}
