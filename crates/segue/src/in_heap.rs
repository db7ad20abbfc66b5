//! Futures without their types. An app awaits ours inside of its own, and the compiler looks through all of them for their size
//! and whether they are `Send`: behind some depth it gives up ("queries overflow the depth limit").

use std::pin::Pin;

pub(crate) fn in_heap<'a, T>(
    future: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}
