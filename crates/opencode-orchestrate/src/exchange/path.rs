//! Paths as servers and agents write them.

/// The same for all ways to write one path. A relative one begins at the root, where that is known.
pub(super) fn key(root: Option<&str>, path: &str) -> String {
    let path = match root {
        Some(root) if !path.starts_with('/') => &format!("{root}/{path}"),
        _ => path,
    };
    let start = if path.starts_with('/') { "/" } else { "" };
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match (component, components.last()) {
            ("" | ".", _) => {}
            ("..", None) if !start.is_empty() => {}
            ("..", Some(last)) if *last != ".." => drop(components.pop()),
            (other, _) => components.push(other),
        }
    }
    format!("{start}{}", components.join("/"))
}

/// Where a relative path begins that is the same as the absolute one.
pub(super) fn root<'a>(absolute: &'a str, relative: &str) -> Option<&'a str> {
    absolute.strip_suffix(relative)?.strip_suffix('/').filter(|root| root.starts_with('/'))
}

/// The last component. Whoever takes care of a name takes care of it on every system, so both separators end a folder.
pub(super) fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|component| !matches!(*component, "" | ".")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_however_it_is_written() {
        for (path, same) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            ("x/../a/./b", "a/b"),
            ("../../a", "../../a"),
            ("/p/../../a", "/a"),
            ("", ""),
        ] {
            assert_eq!(key(None, path), same, "{path}");
        }
    }

    #[test]
    fn a_relative_path_begins_at_the_root() {
        assert_eq!(root("/p/q/a/b", "a/b"), Some("/p/q"));
        assert_eq!(["/a/b", "/p/xa/b", "a/b", "/p/a/c"].map(|path| root(path, "a/b")), [None; 4]);
        assert_eq!([key(Some("/p"), "a"), key(Some("/p"), "/p/./a")], ["/p/a"; 2]);
        assert_eq!(key(Some("/p"), "../a"), "/a");
    }

    #[test]
    fn the_name_of_a_file_has_no_folders() {
        assert_eq!(["/a/b.md", "b.md", "C:\\a\\b.md", "a/b.md/./"].map(name), ["b.md"; 4]);
        assert_eq!(["", "/", "."].map(name), [""; 3]);
    }
}
