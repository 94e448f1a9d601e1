//! Notes the text of every statement that the process sends.

use std::collections::BTreeSet;
use std::sync::{Mutex, Once};

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Starts to note; connections that are there already are left out.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| set_default_instrumentation(|| Some(Box::new(note))).unwrap());
}

#[expect(clippy::needless_pass_by_value, reason = "the library hands events over by value")]
fn note(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        let text = query.to_string();
        let statement = text.split(" -- binds:").next().unwrap_or_default().trim_end();
        STATEMENTS.lock().unwrap().insert(statement.to_owned());
    }
}

/// The statements about our tables so far that hold a mark of the database that they were for.
pub(crate) fn statements(mark: char) -> Vec<String> {
    let begins = ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"];
    let statements = STATEMENTS.lock().unwrap();
    let ours = statements.iter().filter(|text| {
        text.contains("opencode_")
            && !text.contains("opencode_schema")
            && text.contains(mark)
            && begins.iter().any(|word| text.starts_with(word))
    });
    ours.cloned().collect()
}
