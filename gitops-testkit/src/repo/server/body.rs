//! Bodies that come slowly, in part, or not at all.

use super::{Fault, Shared};
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::StreamBody;
use hyper::body::Frame;
use std::{io, sync::Arc, time::Duration};

pub(super) type Body = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

/// What is done with a body, piece by piece.
enum Piece {
    Send(Bytes),
    Pause(Duration),
    Stall,
    HangUp,
}

/// An answer that is not git's.
pub(super) fn plain(
    code: u16,
    headers: &[(&'static str, String)],
    text: &str,
    shared: Arc<Shared>,
) -> Response<Body> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            map.insert(HeaderName::from_static(name), value);
        }
    }
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    scripted(status, map, Bytes::copy_from_slice(text.as_bytes()), None, shared)
}

/// git's answer, as the fault has it. Its full length is always announced.
pub(super) fn scripted(
    status: StatusCode,
    mut headers: HeaderMap,
    body: Bytes,
    fault: Option<Fault>,
    shared: Arc<Shared>,
) -> Response<Body> {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let part = |bytes: usize| body.slice(..bytes.min(body.len()));
    let pieces: BoxStream<'static, Piece> = match fault {
        Some(Fault::Stall) => stream::iter([Piece::Stall]).boxed(),
        Some(Fault::StallAfter(bytes)) => {
            stream::iter([Piece::Send(part(bytes)), Piece::Stall]).boxed()
        }
        Some(Fault::Truncate(bytes)) => {
            stream::iter([Piece::Send(part(bytes)), Piece::HangUp]).boxed()
        }
        Some(Fault::Trickle(pause)) => {
            let bytes: Vec<Bytes> = (0..body.len()).map(|at| body.slice(at..at + 1)).collect();
            stream::iter(bytes)
                .flat_map(move |byte| stream::iter([Piece::Send(byte), Piece::Pause(pause)]))
                .boxed()
        }
        Some(Fault::Flip(at)) => {
            let mut bytes = body.to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = !*byte;
            }
            stream::iter([Piece::Send(bytes.into())]).boxed()
        }
        _ => stream::iter([Piece::Send(body)]).boxed(),
    };
    let frames = pieces.filter_map(move |piece| play(piece, shared.clone())).boxed();
    let mut response = Response::new(StreamBody::new(frames));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

async fn play(piece: Piece, shared: Arc<Shared>) -> Option<io::Result<Frame<Bytes>>> {
    match piece {
        Piece::Send(bytes) => {
            shared.sent.send_modify(|sent| *sent += bytes.len() as u64);
            Some(Ok(Frame::data(bytes)))
        }
        Piece::Pause(pause) => {
            #[allow(clippy::disallowed_methods, reason = "a slow server is slow in real time")]
            tokio::time::sleep(pause).await;
            None
        }
        Piece::Stall => {
            shared.stalled.send_modify(|stalled| *stalled += 1);
            std::future::pending().await
        }
        Piece::HangUp => Some(Err(io::Error::other("told to hang up"))),
    }
}
