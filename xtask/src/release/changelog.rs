//! The changelog says what is in the version, and since when.

/// Where it lies, from the workspace's root.
pub(super) const PATH: &str = "docs/CHANGELOG.md";

/// The day on which the version was given its heading, as `YYYY-MM-DD`.
///
/// # Errors
///
/// When there is no such heading, or nothing below it; the text says how to mend it.
pub(super) fn day_of(version: &str, text: &str) -> Result<String, String> {
    let name = format!("[{version}]");
    let mut lines = text.lines().skip_while(|line| {
        line.strip_prefix("## ").and_then(|heading| heading.split_whitespace().next()) != Some(name.as_str())
    });
    let Some(heading) = lines.next() else {
        return Err(format!(
            "{PATH} has no heading for {version}: make the one above its list `## {name} - YYYY-MM-DD`, \
             and begin a new `## Unreleased` above that"
        ));
    };
    let day = heading.rsplit_once(" - ").map(|(_, day)| day.trim()).filter(|day| is_day(day));
    let Some(day) = day else {
        return Err(format!("`{heading}` in {PATH} has no day: make it `## {name} - YYYY-MM-DD`"));
    };
    if lines.take_while(|line| !line.starts_with("## ")).all(|line| line.trim().is_empty()) {
        return Err(format!("`{heading}` in {PATH} has nothing below it: say what is new"));
    }
    Ok(day.to_owned())
}

/// Whether it looks like a day of the calendar; that it is today's is for people to see.
fn is_day(text: &str) -> bool {
    let fits = |part: &str, length: usize, most: u32| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    year.is_some_and(|year| fits(year, 4, 9999))
        && month.is_some_and(|month| fits(month, 2, 12))
        && day.is_some_and(|day| fits(day, 2, 31))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_with_a_day_and_a_list_is_enough() {
        let text =
            "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2026-02-03\n\n- new\n\n## [0.1.0] - 2026-01-01\n";
        assert_eq!(day_of("0.2.0", text).as_deref(), Ok("2026-02-03"));
    }

    #[test]
    fn a_heading_that_is_missing_is_described() {
        for text in
            ["", "## Unreleased\n\n- new\n", "## [0.2.01] - 2026-01-01\n\n- new\n", "## 0.2.0 is out\n"]
        {
            let error = day_of("0.2.0", text).unwrap_err();
            assert!(error.contains("make the one above its list `## [0.2.0] - YYYY-MM-DD`"), "{error}");
        }
    }

    #[test]
    fn a_heading_without_a_day_or_a_list_is_refused() {
        for heading in ["## [0.2.0]", "## [0.2.0] - soon", "## [0.2.0] - 2026-13-01", "## [0.2.0] - 26-1-1"] {
            assert!(day_of("0.2.0", &format!("{heading}\n\n- new\n")).unwrap_err().contains("has no day"));
        }
        let empty = "## [0.2.0] - 2026-02-03\n\n## [0.1.0] - 2026-01-01\n\n- new\n";
        assert!(day_of("0.2.0", empty).unwrap_err().contains("nothing below it"));
    }
}
