//! Which bytes of a file a request asks for (RFC 9110, section 14).

use actix_web::HttpRequest;
use actix_web::http::header::{
    ByteRangeSpec, EntityTag, Header as _, IF_RANGE, IfRange, RANGE, Range,
};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it.
    Whole,
    /// From the first to the last of these bytes, both included.
    Part { first: u64, last: u64 },
    /// Bytes that it does not have.
    Nothing,
}

/// What is asked for of a file with this tag and size.
pub(crate) fn wanted(request: &HttpRequest, tag: &EntityTag, size: u64) -> Wanted {
    match asked(request).filter(|_| holds(request, tag)) {
        None => Wanted::Whole,
        Some(range) => range
            .to_satisfiable_range(size)
            .map_or(Wanted::Nothing, |(first, last)| Wanted::Part {
                first,
                last,
            }),
    }
}

/// The one range of a request. Several ranges, and what cannot be read, are passed over: that is allowed, and the whole is
/// never wrong.
fn asked(request: &HttpRequest) -> Option<ByteRangeSpec> {
    let text = request.headers().get(RANGE)?.to_str().ok()?;
    // The parser takes what it can read out of a list, and numbers with a sign.
    if text.contains([',', '+']) {
        return None;
    }
    let Range::Bytes(ranges) = text.parse().ok()? else {
        return None;
    };
    let [range] = <[_; 1]>::try_from(ranges).ok()?;
    Some(range)
}

/// Whether the file is still the one of which a part is asked for (`If-Range`). A date says too little to be sure.
fn holds(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(IF_RANGE) {
        return true;
    }
    matches!(IfRange::parse(request), Ok(IfRange::EntityTag(theirs)) if theirs.strong_eq(tag))
}
