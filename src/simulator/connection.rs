//! One client's connection: HTTP/1.1 over a socket that can be told to end in a reset instead of an orderly close.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "faults")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[cfg(feature = "faults")]
use super::damage::Cut;
use super::exchange::exchange;
use super::server::Shared;

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    pub end: Arc<End>,
}

/// How the script has a connection end.
#[derive(Debug, Default)]
pub(super) struct End {
    resets: AtomicBool,
    #[cfg(feature = "faults")]
    pub cut: OnceLock<Cut>,
}

impl End {
    /// Has it end in a reset instead of an orderly close; the error ends it.
    pub fn reset(&self) -> io::Error {
        self.resets.store(true, Ordering::Relaxed);
        io::ErrorKind::ConnectionReset.into()
    }
}

impl Connection {
    /// Takes a connection that was made.
    pub fn new(stream: TcpStream) -> Self {
        // Small answers leave at once; without it a drip would be gathered.
        let _ = stream.set_nodelay(true);
        Self { stream, end: Arc::default() }
    }

    /// Answers its requests until the client, the script or the server ends it.
    pub async fn serve(self, shared: Arc<Shared>) {
        let end = Arc::clone(&self.end);
        let service = service_fn(move |request| {
            let (shared, end) = (Arc::clone(&shared), Arc::clone(&end));
            async move { exchange(request, &shared, &end).await }
        });
        // How a connection ends is the client's business, or the script's.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(self), service).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.end.resets.load(Ordering::Relaxed) {
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
        #[cfg(feature = "faults")]
        if let Some(cut) = Arc::clone(&self.end).cut.get() {
            return cut.send(bytes, |bytes| Pin::new(&mut self.stream).poll_write(context, bytes));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.end.resets.load(Ordering::Relaxed) {
            // An orderly close would come before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
