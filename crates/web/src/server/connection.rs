//! One connection: driven by hyper, and closed when its [`Activity`] is overdue.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tower::{Service, ServiceExt as _};

use super::activity::{Activity, Overdue};
use super::connections::Connections;
use super::observed::Observed;
use super::target;

/// The buffer of a connection for heads and for unsent bytes; a longer head is answered with 431.
const BUFFER_BYTES: usize = 64 * 1024;

/// How long a client may go on sending a request that was answered early, in all and without a byte.
const LINGER: Duration = Duration::from_secs(30);
const LINGER_SILENT: Duration = Duration::from_secs(5);

/// The service of the whole shop.
pub(super) trait House:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S> House for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Closed by one of the two sides as announced.
    Done,
    /// It broke, or what was received is not HTTP.
    Failed,
    Overdue(Overdue),
}

/// Serves `stream` until it ends.
pub(super) async fn drive<S>(
    stream: S,
    peer: SocketAddr,
    house: impl House,
    activity: Arc<Activity>,
    connections: Arc<Connections>,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = {
        let activity = Arc::clone(&activity);
        service_fn(move |request| answer(request, peer, house.clone(), Arc::clone(&activity)))
    };
    let mut stream = Observed {
        stream,
        activity: Arc::clone(&activity),
    };
    let ended = converse(&mut stream, service, &activity, &connections).await;
    if !matches!(ended, Ended::Overdue(_)) && !connections.are_stopping() {
        linger(stream).await;
    }
    ended
}

/// Serves requests until the connection ends, or is overdue.
async fn converse<IO, S>(stream: IO, service: S, activity: &Activity, connections: &Connections) -> Ended
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: hyper::service::HttpService<Incoming, ResBody = Answer, Error = Displaced>,
{
    let connection = http1::Builder::new()
        // hyper counts the wait between two requests as part of the head, but both have limits of their own here.
        .header_read_timeout(None)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // It is set to the deadline or earlier; requests do not move it.
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut is_stopping = false;
    poll_fn(|context| {
        loop {
            if !is_stopping && connections.are_stopping() {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                return Poll::Ready(if ended.is_ok() { Ended::Done } else { Ended::Failed });
            }
            // A connection that begins to wait after the others were told to stop has to be told too.
            if is_stopping || !connections.are_stopping() {
                break;
            }
        }
        if let Some((due, _)) = activity.due()
            && due < timer.deadline()
        {
            timer.as_mut().reset(due);
        }
        while timer.as_mut().poll(context).is_ready() {
            match activity.due() {
                Some((due, why)) if due <= Instant::now() => return Poll::Ready(Ended::Overdue(why)),
                Some((due, _)) => timer.as_mut().reset(due),
                None => timer.as_mut().reset(Instant::now() + Activity::LONGEST),
            }
        }
        Poll::Pending
    })
    .await
}

/// Receives, and drops, what the client is still sending of a request that was answered before its end, such as a file
/// that is too long. A socket that is closed with unread bytes resets its connection, and a reset can reach the client
/// before it has read the answer. The connection counts as waiting: it makes room when room is needed.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let until = Instant::now() + LINGER;
    let work = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut dropped = [0; 4 * 1024];
        while let Ok(Ok(1..)) = timeout(LINGER_SILENT, stream.read(&mut dropped)).await {}
    };
    let _ignored = timeout_at(until, work).await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    house: impl House,
    activity: Arc<Activity>,
) -> Result<Response<Answer>, Displaced> {
    if !activity.begin_answer() {
        return Err(Displaced);
    }
    let is_read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let mut request = request.map(|body| {
        let is_read = Arc::clone(&is_read);
        Body::new(Question { body, is_read })
    });
    target::settle(&mut request);
    request.extensions_mut().insert(ConnectInfo(peer));
    let Ok(mut response) = house.oneshot(request).await;
    if !is_read.load(Ordering::Relaxed) {
        // The connection closes after the answer, and who is told so sends nothing more on it.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Answer { body, activity }))
}

/// The body of a request that notes whether it was read to its end.
struct Question {
    body: Incoming,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for Question {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a response that reports its end to the [`Activity`].
struct Answer {
    body: Body,
    activity: Arc<Activity>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.activity.end_answer();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The connection was closed in favour of another just before this request arrived, as if the request had arrived a
/// moment later.
#[derive(Debug)]
struct Displaced;

impl fmt::Display for Displaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is being closed")
    }
}

impl std::error::Error for Displaced {}
