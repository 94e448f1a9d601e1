//! What every operation can do, and how one is declared.

use super::{Query, Refusal, refusal};
use crate::error::Result;
use crate::model::Json;
use crate::route::Route;

/// How a request says which directory or workspace it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It does not: it concerns the whole server, or what its path names.
    Server,
    /// By `directory` and `workspace` in its query.
    Directory,
    /// By `location[directory]` and `location[workspace]` in its query.
    Location,
}

/// A request with one answer.
///
/// The types of this module implement it, and a program may do so for a route that is not described.
pub trait Operation: Send + Sync {
    /// What a good answer says.
    type Answer: Send;

    /// The name that the description has for it, such as `session.list`.
    const ID: &'static str;
    /// Its method, such as `GET`.
    const METHOD: &'static str;
    /// Its path with `{names}` for what is filled in, such as `/session/{sessionID}`.
    const PATH: &'static str;
    /// How it says which directory it is about.
    const SCOPE: Scope;
    /// Statuses of its refusals, each with a schema that the body may have; those of one status are tried in order.
    const REFUSALS: &'static [(u16, &'static str)] = &[];

    /// What is filled into the path, in order, as it is and not escaped.
    fn arguments(&self) -> Vec<&str>;

    /// The query: what is required, and what is set of the rest.
    fn query(&self) -> Query;

    /// The body, if the operation has one.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    fn body(&self) -> Result<Option<Json>>;

    /// Reads a good answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it has another shape.
    fn decode(body: &[u8]) -> Result<Self::Answer>;

    /// Reads the body of an answer that is no good one.
    ///
    /// It is one of those that are documented for the status if it has the shape of one, else what it says that it
    /// is, and else [`Refusal::Unknown`].
    #[must_use]
    fn refusal(status: u16, body: &[u8]) -> Refusal {
        refusal::read(Self::REFUSALS, status, body)
    }

    /// The path, with everything filled in and escaped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidId`](crate::ErrorKind::InvalidId) when a part of it is empty, `.` or `..`, which servers
    /// and proxies resolve even if they are escaped.
    fn path(&self) -> Result<String> {
        Ok(Route::new(Self::PATH, &self.arguments())?.path)
    }
}

/// Declares an operation: its fields by where they go, and how its answer is read.
///
/// Everything is `#[inline]`, so that a program compiles the operations that it uses, and this crate none of them.
macro_rules! operation {
    (
        $(#[$meta:meta])*
        $name:ident, $id:literal, $method:literal, $path:literal, $scope:ident;
        path { $($path_how:ident $path_field:ident: $path_type:ty = $path_key:literal),* }
        required { $($how:ident $required:ident: $required_type:ty = $required_key:literal),* }
        optional { $($optional:ident: $optional_type:ty = $optional_key:literal),* }
        location { $($location:ident)? }
        body { $($body:ident: $body_type:ty)? }
        default { $($default:ident: $default_type:ty)? }
        refusals { $($status:literal = $schema:literal),* }
        answer $answer:ident: $answer_type:ty
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( #[doc = concat!("`", $path_key, "` in the path.")] pub $path_field: $path_type, )*
            $( #[doc = concat!("`", $required_key, "` in the query.")] pub $required: $required_type, )*
            $( #[doc = concat!("`", $optional_key, "` in the query; left out if `None`.")]
               pub $optional: Option<$optional_type>, )*
            $( /// Where it is meant; the client's own directory if `None`.
               pub $location: Option<$crate::operations::Location>, )?
            $( /// The body.
               pub $body: $body_type, )?
            $( /// The body; empty unless set.
               pub $default: $default_type, )?
        }

        impl $name {
            /// Makes the request of what it cannot be without.
            #[inline]
            #[must_use]
            pub fn new(
                $( $path_field: $crate::operations::request::argument!($path_how $path_type), )*
                $( $required: $crate::operations::request::argument!($how $required_type), )*
                $( $body: $body_type, )?
            ) -> Self {
                Self {
                    $( $path_field: $path_field.into(), )*
                    $( $required: $required.into(), )*
                    $( $optional: None, )*
                    $( $location: None, )?
                    $( $body, )?
                    $( $default: <$default_type>::default(), )?
                }
            }
        }

        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }

        impl $crate::operations::Operation for $name {
            type Answer = $answer_type;

            const ID: &'static str = $id;
            const METHOD: &'static str = $method;
            const PATH: &'static str = $path;
            const SCOPE: $crate::operations::Scope = $crate::operations::Scope::$scope;
            const REFUSALS: &'static [(u16, &'static str)] = &[$(($status, $schema)),*];

            #[inline]
            fn arguments(&self) -> Vec<&str> {
                vec![$( self.$path_field.as_ref() ),*]
            }

            #[inline]
            fn query(&self) -> $crate::operations::Query {
                #[allow(unused_mut, reason = "some operations have no query")]
                let mut query = $crate::operations::Query::default();
                $( query.push($required_key, &self.$required); )*
                $( query.push_some($optional_key, self.$optional.as_ref()); )*
                $( query.push_location(self.$location.as_ref()); )?
                query
            }

            #[inline]
            fn body(&self) -> $crate::Result<Option<$crate::model::Json>> {
                let body: Option<$crate::Result<$crate::model::Json>> = None;
                $( let body = body.or_else(|| Some($crate::model::Json::from_value(&self.$body))); )?
                $( let body = body.or_else(|| Some($crate::model::Json::from_value(&self.$default))); )?
                body.transpose()
            }

            #[inline]
            fn decode(body: &[u8]) -> $crate::Result<$answer_type> {
                $crate::operations::answer::$answer(body)
            }
        }
    };
}
pub(crate) use operation;

/// What a constructor takes for a field: the type itself, or everything that becomes it.
macro_rules! argument {
    (take $type:ty) => { $type };
    (into $type:ty) => { impl Into<$type> };
}
pub(crate) use argument;
