//! What serde says of a text that it cannot read, without what it quotes of it.

/// Takes out what a message of serde quotes: it may be anybody's secret.
pub(crate) fn unquoted(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}…{}", &message[..=first], &message[last..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_left_out_however_much_it_quotes_itself() {
        let said = r#"invalid type: string "a "secret" of \"mine\"", expected u64 at line 1"#;
        assert_eq!(unquoted(said), r#"invalid type: string "…", expected u64 at line 1"#);
        assert_eq!(unquoted("EOF while parsing"), "EOF while parsing");
        assert_eq!(unquoted(r#"one " alone"#), r#"one " alone"#);
    }
}
