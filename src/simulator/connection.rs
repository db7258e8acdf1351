//! One client's connection: HTTP/1.1 over a socket that can be told to end in the middle of an answer, and in a reset instead of an
//! orderly close.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::damage::Cut;
use super::exchange::{Ending, exchange};
use super::server::Shared;

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    resets: Arc<AtomicBool>,
    cut: Arc<OnceLock<Cut>>,
    /// How much of an answer that is cut may still go out, once the cut has been made.
    left: Option<usize>,
}

impl Connection {
    /// Takes a connection that was made.
    pub fn new(stream: TcpStream) -> Self {
        // Small answers leave at once; without it a drip would be gathered.
        let _ = stream.set_nodelay(true);
        Self { stream, resets: Arc::default(), cut: Arc::default(), left: None }
    }

    /// Ends it without reading anything.
    pub fn reset(self) {
        self.resets.store(true, Ordering::Relaxed);
    }

    /// Answers its requests until the client, the script or the server ends it.
    pub async fn serve(self, shared: Arc<Shared>) {
        let (resets, cut) = (Arc::clone(&self.resets), Arc::clone(&self.cut));
        let service = service_fn(move |request| {
            let (shared, resets, cut) = (Arc::clone(&shared), Arc::clone(&resets), Arc::clone(&cut));
            async move {
                let answer = exchange(request, &shared).await;
                let planned = answer.as_ref().ok().and_then(|response| response.extensions().get::<Cut>().copied());
                if answer.as_ref().err() == Some(&Ending::Reset) || planned.is_some_and(|cut| cut.resets) {
                    resets.store(true, Ordering::Relaxed);
                }
                if let Some(planned) = planned {
                    // Nothing follows on this connection, so it is the only one.
                    let _ = cut.set(planned);
                }
                answer
            }
        });
        // How a connection ends is the client's business, or the script's.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(self), service).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.resets.load(Ordering::Relaxed) {
            // With no time to linger the kernel sends RST; if it cannot be set, the client sees the connection end.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(cut) = self.cut.get().copied() else { return Pin::new(&mut self.stream).poll_write(context, bytes) };
        // The head and what there is of the body come in one piece.
        let left = self.left.unwrap_or_else(|| cut.keeps(bytes)).min(bytes.len());
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..left]))?;
        self.left = Some(left - written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.left == Some(0) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.resets.load(Ordering::Relaxed) {
            // An orderly close would come before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
