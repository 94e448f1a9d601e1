//! How the events of a stream are read as the description has them.

use serde::de::DeserializeOwned;

use super::answer;
use crate::error::Result;

/// Reads the `data` of a frame.
#[inline]
pub(super) fn decode<T: DeserializeOwned>(data: &[u8]) -> Result<T> {
    answer::read("event", data)
}

/// Gives each type a method that reads an event.
macro_rules! streams {
    ( $( $type:ty = $ids:literal, )* ) => {
        $( impl $type {
            #[doc = concat!("Reads the `data` of a frame, as the stream of ", $ids, " sends it.")]
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when it is no JSON, or lacks what the description
            /// requires of an event of its type. One of a type that is not described is no error.
            #[inline]
            pub fn decode(data: &[u8]) -> $crate::Result<Self> {
                $crate::operations::stream::decode(data)
            }
        } )*
    };
}
pub(crate) use streams;
