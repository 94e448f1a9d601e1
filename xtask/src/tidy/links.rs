//! Links between Markdown files point to files that exist.

use std::collections::BTreeSet;

use super::Violation;
use super::files::SourceFile;

/// Every relative link in every `.md` file names a file or folder of the tree.
pub(crate) fn point_somewhere(files: &[SourceFile]) -> Vec<Violation> {
    let mut known = BTreeSet::new();
    for file in files {
        // A folder exists when a file in it does.
        let mut path = file.path.as_str();
        known.insert(path);
        while let Some((folder, _)) = path.rsplit_once('/') {
            known.insert(folder);
            path = folder;
        }
    }
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        for (line, target) in local_links(file) {
            let resolved = resolve(&file.path, target);
            if !resolved.is_some_and(|path| path.is_empty() || known.contains(path.as_str())) {
                let message = format!("the link to `{target}` leads nowhere");
                violations.push(Violation::at(&file.path, line, message));
            }
        }
    }
    violations
}

/// The targets of inline links and link definitions that are neither web addresses, anchors nor Rust paths.
fn local_links(file: &SourceFile) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut in_fence = false;
    for (line, text) in file.lines() {
        if text.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            links.extend(
                targets(text).into_iter().filter_map(|target| local_part(target).map(|path| (line, path))),
            );
        }
    }
    links
}

/// What stands behind `](` outside of code spans, and behind `[name]: ` at the start of the line.
fn targets(line: &str) -> Vec<&str> {
    if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        return vec![target];
    }
    let mut found = Vec::new();
    for (start, opening) in line.match_indices("](") {
        let in_code = line[..start].matches('`').count() % 2 == 1;
        let rest = &line[start + opening.len()..];
        if let Some((target, _)) = rest.split_once(')').filter(|_| !in_code) {
            found.push(target);
        }
    }
    found
}

/// The path in a target without its anchor and title; `None` when it is not a path of the tree.
fn local_part(target: &str) -> Option<&str> {
    let target = target.split_whitespace().next()?;
    let target = target.trim_start_matches('<').trim_end_matches('>');
    let path = target.split('#').next().unwrap_or(target);
    // `crate::Item`, `fn@name` and `Item` are links of rustdoc, which checks them itself.
    let is_rust = !path.contains(['/', '.']) || path.contains("::") || path.contains('@');
    let is_address = path.contains("://") || path.starts_with("mailto:");
    (!path.is_empty() && !is_rust && !is_address).then_some(path)
}

/// The path from the workspace root; `None` when it leaves the workspace.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    fn broken(markdown: &str) -> Vec<String> {
        let files = [file("docs/A.md", markdown), file("docs/B.md", ""), file("crates/wire/README.md", "")];
        let violations = point_somewhere(&files);
        violations.into_iter().map(|v| v.message).collect()
    }

    #[test]
    fn links_to_files_folders_anchors_and_the_web_are_fine() {
        let text = "[b](B.md#part) [wire](../crates/wire) [web](https://example.com/x.md) [here](#a)\n\
                    [root](../) [item](crate::Item) [client](Client)\n[def]: ../crates/wire/README.md \"title\"\n";
        assert_eq!(broken(text), Vec::<String>::new());
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        assert_eq!(broken("see [c](C.md)\n"), ["the link to `C.md` leads nowhere"]);
        assert_eq!(broken("[c]: ./c/d.md\n"), ["the link to `./c/d.md` leads nowhere"]);
        assert_eq!(broken("[up](../../x.md)\n").len(), 1);
    }

    #[test]
    fn code_is_not_a_link() {
        assert_eq!(broken("`[c](C.md)`\n```md\n[c](C.md)\n```\n"), Vec::<String>::new());
    }
}
