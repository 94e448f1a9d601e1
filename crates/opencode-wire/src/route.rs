//! Where a request goes below the base URL: a template for logs, and the path that it stands for.

use crate::encode::push_encoded;
use crate::error::{Error, ErrorKind};

/// A path of the API.
#[derive(Debug)]
pub(crate) struct Route {
    /// Names the route in traces: the same for every session, so that metrics can be grouped by it.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "without requests there are no traces"))]
    pub(crate) template: &'static str,
    /// The path with ids filled in and escaped.
    pub(crate) path: String,
}

impl Route {
    /// Fills the `:name` and `{name}` segments of a template with ids, in order; a last `*` with a path.
    pub(crate) fn new(template: &'static str, arguments: &[&str]) -> Result<Self, Error> {
        let mut path = String::with_capacity(template.len() + 32);
        let mut arguments = arguments.iter();
        for segment in template.strip_prefix('/').unwrap_or(template).split('/') {
            path.push('/');
            if segment == "*" {
                let argument = arguments.next().ok_or_else(|| wrong_count(template))?;
                push_path(&mut path, argument)?;
            } else if segment.starts_with([':', '{']) {
                let argument = arguments.next().ok_or_else(|| wrong_count(template))?;
                push_segment(&mut path, argument)?;
            } else {
                path.push_str(segment);
            }
        }
        if arguments.next().is_some() {
            return Err(wrong_count(template));
        }
        Ok(Self { template, path })
    }
}

/// Each segment of a path is one of the route.
fn push_path(path: &mut String, argument: &str) -> Result<(), Error> {
    for (index, segment) in argument.split('/').enumerate() {
        if index > 0 {
            path.push('/');
        }
        push_segment(path, segment)?;
    }
    Ok(())
}

fn push_segment(path: &mut String, argument: &str) -> Result<(), Error> {
    // Servers and proxies resolve these two before they look for a route, escaped or not, and an empty
    // segment disappears: the request would go elsewhere.
    if matches!(argument, "" | "." | "..") {
        return Err(Error::new(ErrorKind::InvalidId, format!("not an id: {argument:?}")));
    }
    push_encoded(path, argument);
    Ok(())
}

fn wrong_count(template: &str) -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        format!("the route {template} has not as many segments to fill as arguments were given"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_fill_the_template() {
        let route = Route::new("/session/:id/message/:id", &["ses_1", "a b"]).unwrap();
        assert_eq!(route.path, "/session/ses_1/message/a%20b");
        assert_eq!(route.template, "/session/:id/message/:id");
        assert_eq!(Route::new("/session", &[]).unwrap().path, "/session");
    }

    #[test]
    fn the_notation_of_the_description_is_a_template_too() {
        let route = Route::new("/session/{sessionID}/message/{messageID}", &["a/b", "c"]).unwrap();
        assert_eq!(route.path, "/session/a%2Fb/message/c");
        assert_eq!(Route::new("/api/fs/read/*", &["a b/c?.md"]).unwrap().path, "/api/fs/read/a%20b/c%3F.md");
        for path in ["/a", "a/../b", "a//b", ""] {
            assert!(Route::new("/api/fs/read/*", &[path]).is_err(), "{path:?}");
        }
    }

    #[test]
    fn w34_an_id_cannot_reach_another_route() {
        assert_eq!(Route::new("/session/:id", &["../global"]).unwrap().path, "/session/..%2Fglobal");
        assert_eq!(Route::new("/session/:id", &["a?b#c"]).unwrap().path, "/session/a%3Fb%23c");
        for id in ["", ".", ".."] {
            let error = Route::new("/session/:id", &[id]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidId, "{id:?}");
        }
    }

    #[test]
    fn a_wrong_number_of_arguments_is_an_error() {
        for arguments in [&[][..], &["a", "b"][..]] {
            let error = Route::new("/session/:id", arguments).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        }
    }
}
