//! Connections that a handler can cut, to simulate a network failure.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The handle of one connection, passed with each request on it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    cut: CancellationToken,
    peer: SocketAddr,
}

impl Line {
    /// Closes the connection at once; unsent bytes are lost.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    /// Resolves when the connection is cut, by a fault or because the sandbox stops.
    pub(crate) async fn is_cut(&self) {
        self.cut.cancelled().await;
    }

    /// The peer's address.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }
}

/// A listener whose connections share one token.
pub(crate) struct Lines {
    listener: TcpListener,
    all: CancellationToken,
}

impl Lines {
    pub(crate) fn new(listener: TcpListener, all: CancellationToken) -> Lines {
        Lines { listener, all }
    }
}

impl Listener for Lines {
    type Io = CutStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CutStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let _ = stream.set_nodelay(true);
                    let token = self.all.child_token();
                    let cut = Box::pin(token.clone().cancelled_owned());
                    return (
                        CutStream {
                            stream,
                            cut,
                            line: Line {
                                cut: token,
                                peer: address,
                            },
                        },
                        address,
                    );
                }
                // Most likely out of file descriptors: they come back as other connections end.
                Err(error) => {
                    tracing::debug!(%error, "no connection taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Line {
        stream.io().line.clone()
    }
}

/// A TCP stream that fails once its connection is cut.
pub(crate) struct CutStream {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    line: Line,
}

impl CutStream {
    fn whole(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.whole(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.whole(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole(cx)?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
