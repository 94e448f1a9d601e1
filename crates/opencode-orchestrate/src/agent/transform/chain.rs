//! Several transforms in a row.

use super::TextTransform;

/// Several transforms in a row: each takes what the one before it gives out. Without any, a text stays as it is.
#[derive(Default)]
pub(in crate::agent) struct Chain {
    links: Vec<Box<dyn TextTransform>>,
}

impl Chain {
    pub(super) fn new(links: Vec<Box<dyn TextTransform>>) -> Self {
        Self { links }
    }
}

impl TextTransform for Chain {
    fn push(&mut self, delta: &str, out: &mut String) {
        push(&mut self.links, delta, out);
    }

    fn flush(&mut self, out: &mut String) {
        flush(&mut self.links, out);
    }
}

fn push(links: &mut [Box<dyn TextTransform>], delta: &str, out: &mut String) {
    match links {
        [] => out.push_str(delta),
        [last] => last.push(delta, out),
        [first, rest @ ..] => {
            let mut between = String::new();
            first.push(delta, &mut between);
            push(rest, &between, out);
        }
    }
}

/// What one has held back still goes through those behind it, before they give out what they hold back.
fn flush(links: &mut [Box<dyn TextTransform>], out: &mut String) {
    if let [first, rest @ ..] = links {
        let mut between = String::new();
        first.flush(&mut between);
        push(rest, &between, out);
        flush(rest, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds a stretch back until the next comes, and marks what it gives out.
    struct Late(char, Option<String>);

    impl TextTransform for Late {
        fn push(&mut self, delta: &str, out: &mut String) {
            if let Some(held) = self.1.replace(delta.to_owned()) {
                out.push_str(&held);
                out.push(self.0);
            }
        }

        fn flush(&mut self, out: &mut String) {
            self.push("", out);
            self.1 = None;
        }
    }

    #[test]
    fn what_one_holds_back_goes_through_the_next() {
        let late = |mark| Box::new(Late(mark, None)) as Box<dyn TextTransform>;
        let mut chain = Chain::new(vec![late('1'), late('2')]);
        let mut out = String::new();
        chain.push("a", &mut out);
        assert_eq!(out, "");
        chain.push("b", &mut out);
        chain.flush(&mut out);
        assert_eq!(out, "2a12b12");
    }

    #[test]
    fn an_empty_chain_changes_nothing() {
        let mut out = String::new();
        let mut chain = Chain::new(Vec::new());
        chain.push("a", &mut out);
        chain.push("b", &mut out);
        chain.flush(&mut out);
        assert_eq!(out, "ab");
    }
}
