//! stub
use bytes::Bytes;
/// A value ready to send: its bytes, already compressed in each way, and its weak ETag.
#[derive(Clone, Debug)]
pub struct Rendered { pub identity: Bytes, pub gzip: Bytes, pub brotli: Bytes, /// `W/"…"` of the uncompressed bytes
 pub etag: String }
