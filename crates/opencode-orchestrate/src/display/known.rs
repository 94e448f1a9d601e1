//! The tools that are known by name, and the words for them.

/// What is said of a tool to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// What it is: `Read`.
    pub(super) kind: &'static str,
    /// What it does, while it does it: `Reading`.
    pub(super) gerund: &'static str,
    /// An icon, by its name in Heroicons.
    pub(super) icon: &'static str,
    /// What it did, in front of what it did it to: `Read`.
    pub(super) past: &'static str,
    /// The fields of its input of which the first that is there says what it works on.
    pub(super) target: &'static [&'static str],
}

/// The icon of a tool that is not known.
pub(super) const DEFAULT_ICON: &str = "sparkles";

const fn known(
    kind: &'static str,
    gerund: &'static str,
    icon: &'static str,
    past: &'static str,
    target: &'static [&'static str],
) -> Known {
    Known { kind, gerund, icon, past, target }
}

const FILE: &[&str] = &["filePath", "path"];

const READ: Known = known("Read", "Reading", "document", "Read", FILE);
const WRITE: Known = known("Write", "Writing", "document_plus", "Wrote", FILE);
const EDIT: Known = known("Edit", "Editing", "pencil_square", "Edited", FILE);
const PATCH: Known = known("Patch", "Applying changes", "pencil_square", "Applied changes to", FILE);
const BASH: Known = known("Bash", "Running command", "command_line", "Ran", &["command"]);
const GREP: Known =
    known("Grep", "Searching files", "document_magnifying_glass", "Searched for", &["pattern"]);
const GLOB: Known = known("Glob", "Searching files", "magnifying_glass", "Searched for", &["pattern"]);
const LIST: Known = known("LS", "Listing files", "rectangle_stack", "Listed", &["path"]);
const FETCH: Known = known("Fetch", "Reading web page", "globe", "Fetched", &["url"]);
const WEB_SEARCH: Known = known("Web search", "Searching the web", "globe", "Searched", &["query"]);
const WEB_SEARCH_BY_Q: Known = Known { target: &["q", "query"], ..WEB_SEARCH };
const CODE_SEARCH: Known =
    known("Code search", "Searching code", "magnifying_glass", "Searched code for", &["query"]);
const CODE_LOOKUP: Known =
    known("Code lookup", "Looking up code", "document_magnifying_glass", "Looked up", &["query"]);
const COMPANY: Known =
    known("Company research", "Researching company", "globe", "Researched", &["query", "companyName"]);
const PLAN: Known = known("Plan", "Planning", "queue_list", "Updated plan", &[]);
const PLAN_READ: Known = Known { gerund: "Reading plan", past: "Read plan", ..PLAN };
const TASK: Known = known("Task", "Researching", "robot", "Ran subtask", &["description"]);
const SKILL: Known = known("Skill", "Loading skill", "sparkles", "Loaded skill", &["skill_name", "name"]);
const QUESTION: Known = known("Question", "Asking", "question_mark_circle", "Asked", &[]);

/// The words for a tool, by its own name.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    Some(match name {
        "read" => &READ,
        "write" => &WRITE,
        "edit" | "multiedit" => &EDIT,
        "apply_patch" | "patch" => &PATCH,
        "bash" => &BASH,
        "grep" => &GREP,
        "glob" => &GLOB,
        "list" | "ls" => &LIST,
        "webfetch" | "fetch_url" => &FETCH,
        "websearch" | "web_search_exa" => &WEB_SEARCH,
        "search_web" => &WEB_SEARCH_BY_Q,
        "codesearch" => &CODE_SEARCH,
        "get_code_context_exa" => &CODE_LOOKUP,
        "company_research_exa" => &COMPANY,
        "todowrite" => &PLAN,
        "todoread" => &PLAN_READ,
        "task" => &TASK,
        "skill" => &SKILL,
        "question" => &QUESTION,
        _ => return None,
    })
}
