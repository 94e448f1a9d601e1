//! The bytes of a `data:` URL.

use bytes::Bytes;
use data_url::forgiving_base64::DecodeError;
use data_url::{DataUrl, DataUrlError};

use super::dropped::DropReason;

/// The bytes of a `data:` URL, decoded no further than `limit` bytes.
pub(super) fn decode(url: &str, limit: u64) -> Result<Bytes, DropReason> {
    let data = DataUrl::process(url).map_err(|error| match error {
        DataUrlError::NotADataUrl => DropReason::NotInline,
        DataUrlError::NoComma => DropReason::Undecodable,
    })?;
    let max = usize::try_from(limit).unwrap_or(usize::MAX);
    // Four characters of base64 are three bytes.
    let mut bytes = Vec::with_capacity(url.len().div_ceil(4).saturating_mul(3).min(max));
    data.decode(|piece| {
        // A length is never negative, and more than the limit is never kept.
        if piece.len() > max.saturating_sub(bytes.len()) {
            return Err(DropReason::TooLarge { limit });
        }
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .map_err(|error| match error {
        DecodeError::InvalidBase64(_) => DropReason::Undecodable,
        DecodeError::WriteError(reason) => reason,
    })?;
    Ok(bytes.into_boxed_slice().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(url: &str) -> Result<Vec<u8>, DropReason> {
        decode(url, 100).map(Vec::from)
    }

    #[test]
    fn base64_is_decoded_as_browsers_do() {
        for url in [
            "data:text/plain;base64,aGk=",
            "data:;base64,aGk",
            "DATA:text/plain; BASE64,aGk=",
            "data:text/plain;name=a.txt;charset=utf-8;base64,aGk=",
            " data:text/plain;base64,a G\\n k%3D ",
            "data:text/plain;base64,aGk=#fragment",
        ] {
            let url = url.replace("\\n", "\n");
            assert_eq!(decoded(&url), Ok(b"hi".to_vec()), "{url}");
        }
        assert_eq!(decoded("data:image/png;base64,"), Ok(Vec::new()));
        assert_eq!(decoded("data:image/png;base64,/+8="), Ok(vec![0xff, 0xef]));
    }

    #[test]
    fn without_base64_percents_are_decoded() {
        for (url, bytes) in [
            ("data:,hi%20there", &b"hi there"[..]),
            ("data:image/svg+xml;utf8,<svg/>", b"<svg/>"),
            ("data:,100%", b"100%"),
            ("data:,%zz%4", b"%zz%4"),
            ("data:,%FF%00", &[0xff, 0]),
            ("data:,a,b;base64", b"a,b;base64"),
            ("data:,\u{e4}", "\u{e4}".as_bytes()),
            ("data:,", b""),
        ] {
            assert_eq!(decoded(url), Ok(bytes.to_vec()), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_told_from_what_is_elsewhere() {
        for url in [
            "data:image/png;base64",
            "data:",
            "data:;base64,a",
            "data:;base64,a_-b",
            "data:;base64,aG=k",
            "data:#,",
        ] {
            assert_eq!(decoded(url), Err(DropReason::Undecodable), "{url}");
        }
        for url in ["https://example.org/a.png", "file:///a.png", "a.png", "", "xdata:,a", "blob:x"] {
            assert_eq!(decoded(url), Err(DropReason::NotInline), "{url}");
        }
    }

    #[test]
    fn no_more_is_decoded_than_is_wanted() {
        let too_large = Err(DropReason::TooLarge { limit: 4 });
        for (url, expected) in [
            ("data:;base64,AAAAAA==", Ok(Bytes::from_static(&[0; 4]))),
            ("data:;base64,AAAAAAA=", too_large.clone()),
            ("data:,%00%00%00%00", Ok(Bytes::from_static(&[0; 4]))),
            ("data:,%00%00%00%00%00", too_large.clone()),
            // What follows is not looked at any more.
            ("data:;base64,AAAAAAAAAAAA_", too_large),
        ] {
            assert_eq!(decode(url, 4), expected, "{url}");
        }
        assert_eq!(decode("data:,", 0), Ok(Bytes::new()));
        assert_eq!(decode("data:,a", u64::MAX), Ok(Bytes::from_static(b"a")));
    }

    proptest! {
        #[test]
        fn no_url_is_too_odd(url in "(data:)?[a-z;=,/%#A-Z0-9+ \\n\u{e4}]{0,40}", limit in 0..20_u64) {
            if let Ok(bytes) = decode(&url, limit) {
                prop_assert!(bytes.len() as u64 <= limit && bytes.len() <= url.len());
            }
        }
    }
}
