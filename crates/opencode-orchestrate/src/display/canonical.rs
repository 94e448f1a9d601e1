//! The names under which tools of other servers appear, and who provides them.

use super::known::find;

/// Who provides the tools that OpenCode brings itself.
const BUILT_IN: &str = "opencode-builtin";
const UNKNOWN: &str = "unknown";

/// What a Model Context Protocol server puts in front of the names of its tools, and the tools that it is known for.
const PROVIDERS: [(&str, &[&str]); 5] = [
    ("exa", &["web_search_exa", "get_code_context_exa", "company_research_exa"]),
    ("brave", &[]),
    ("serper", &[]),
    ("tavily", &[]),
    ("local-web-search", &["search_web", "fetch_url"]),
];

/// The name behind the provider's: `exa_web_search_exa` is `web_search_exa`, and `brave_search_brave` is `search`.
pub(super) fn canonical(name: &str) -> &str {
    if find(name).is_some() {
        return name;
    }
    let Some((provider, stripped)) = without_provider(name) else { return name };
    if find(stripped).is_some() {
        return stripped;
    }
    let shorter = stripped.strip_suffix(provider).and_then(|rest| rest.strip_suffix('_'));
    shorter.filter(|rest| !rest.is_empty()).unwrap_or(stripped)
}

/// Who provides a tool: the provider whose name is in front of it, or who is known for it, or OpenCode itself.
pub(super) fn provider(name: &str) -> &'static str {
    if let Some((provider, _)) = without_provider(name) {
        return provider;
    }
    let known_for = PROVIDERS.iter().find(|(_, tools)| tools.contains(&name));
    match known_for {
        Some((provider, _)) => provider,
        None if find(name).is_some() => BUILT_IN,
        None => UNKNOWN,
    }
}

fn without_provider(name: &str) -> Option<(&'static str, &str)> {
    PROVIDERS.iter().find_map(|(provider, _)| {
        let stripped = name.strip_prefix(provider)?.strip_prefix('_')?;
        (!stripped.is_empty()).then_some((*provider, stripped))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_provider() {
        for (name, tool, by) in [
            ("read", "read", BUILT_IN),
            ("exa_web_search_exa", "web_search_exa", "exa"),
            ("web_search_exa", "web_search_exa", "exa"),
            ("exa_crawl_exa", "crawl", "exa"),
            ("brave_search_brave", "search", "brave"),
            ("brave_brave", "brave", "brave"),
            ("tavily__tavily", "_tavily", "tavily"),
            ("serper_maps", "maps", "serper"),
            ("local-web-search_fetch_url", "fetch_url", "local-web-search"),
            ("fetch_url", "fetch_url", "local-web-search"),
            ("exa_", "exa_", UNKNOWN),
            ("linear_create_issue", "linear_create_issue", UNKNOWN),
            ("", "", UNKNOWN),
        ] {
            assert_eq!((canonical(name), provider(name)), (tool, by), "{name}");
        }
    }
}
