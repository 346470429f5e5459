//! Bodies of answers.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// The body breaks off: the client sees a connection that ends in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was reset")]
pub struct BodyError;

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// The body of an answer: whole, or a stream of events.
pub struct ApiBody {
    pieces: Pieces,
    /// Its length, where it is known.
    length: Option<u64>,
}

impl ApiBody {
    /// A body of known pieces.
    pub(crate) fn pieces(pieces: Vec<Bytes>) -> Self {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        let pieces = stream::iter(pieces.into_iter().filter(|piece| !piece.is_empty()).map(Ok));
        ApiBody { pieces: Box::pin(pieces), length: Some(length) }
    }

    /// The first bytes of it, after which it breaks off.
    pub(crate) fn truncated(self, bytes: usize) -> Self {
        let pieces = self.pieces;
        let cut = stream::unfold((pieces, bytes), |(mut pieces, left)| async move {
            let piece = pieces.next().await?;
            let piece = match piece {
                Ok(piece) if piece.len() > left && left > 0 => Ok(piece.slice(..left)),
                Ok(piece) if piece.len() > left => Err(BodyError),
                other => other,
            };
            let left = left.saturating_sub(piece.as_ref().map_or(0, Bytes::len));
            Some((piece, (pieces, left)))
        });
        // A piece that was cut is followed by the break.
        ApiBody {
            pieces: Box::pin(cut.chain(stream::once(async { Err(BodyError) }))),
            length: self.length,
        }
    }

    /// A body that comes as it comes.
    pub(crate) fn stream(
        pieces: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
    ) -> Self {
        ApiBody { pieces: Box::pin(pieces), length: None }
    }
}

impl Body for ApiBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.pieces
            .as_mut()
            .poll_next(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Debug for ApiBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiBody").field("length", &self.length).finish_non_exhaustive()
    }
}
