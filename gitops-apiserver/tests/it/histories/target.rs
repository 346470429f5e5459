//! A server that takes requests.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use std::{error::Error, time::Duration};

/// A body as it comes, from whichever server.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// What came back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    /// Those that matter, in the order they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The headers that matter; the others are about the transport or the server's queues.
const HEADERS: [&str; 6] =
    ["allow", "cache-control", "content-type", "location", "retry-after", "warning"];

/// One side of a comparison.
pub(crate) trait Target: Sync + Sized {
    /// The server that one history is played on.
    async fn fresh(&self) -> Self;

    /// Sends a request and gives the answer once its head is there.
    async fn send(&self, request: Request<Vec<u8>>) -> Response<Body>;

    /// Returns when reads of this collection that need not be fresh see everything so far.
    async fn settle(&self, collection: &str);

    /// How long a stream must be silent to count as read. `initial`: a bookmark is to come after
    /// what is there.
    fn silence(&self, patience: u32, initial: bool) -> Duration;
}

/// The head of an answer.
pub(crate) fn head(response: &Response<Body>) -> Answer {
    let headers = response.headers();
    let headers = HEADERS.iter().flat_map(|name| {
        let values = headers.get_all(*name).into_iter();
        values.map(|value| {
            ((*name).to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
    });
    Answer { code: response.status().as_u16(), headers: headers.collect(), body: Vec::new() }
}

/// Reads to the end, which is not far off.
pub(crate) async fn read(response: Response<Body>) -> Answer {
    drain(response, Duration::from_secs(5)).await
}

/// Reads until nothing has come for so long, or to the end.
pub(crate) async fn drain(response: Response<Body>, silence: Duration) -> Answer {
    let mut answer = head(&response);
    let mut body = response.into_body();
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(silence, body.frame()).await {
        if let Ok(data) = frame.into_data() {
            answer.body.extend_from_slice(&data);
        }
    }
    answer
}
