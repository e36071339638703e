//! One connection: driven by hyper, and closed when its [`Activity`] is overdue.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};
use tower::{Service, ServiceExt as _};

use super::activity::{Activity, Overdue};
use super::connections::Connections;
use super::observed::Observed;
use super::target;

/// The buffer of a connection for heads and for unsent bytes; a longer head is answered with 431.
const BUFFER_BYTES: usize = 64 * 1024;

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
    let stream = TokioIo::new(Observed {
        stream,
        activity: Arc::clone(&activity),
    });
    let connection = http1::Builder::new()
        // hyper counts the wait between two requests as part of the head, but both have limits of their own here.
        .header_read_timeout(None)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(stream, service);
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

async fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    house: impl House,
    activity: Arc<Activity>,
) -> Result<Response<Answer>, Displaced> {
    if !activity.begin_answer() {
        return Err(Displaced);
    }
    let mut request = request.map(Body::new);
    target::settle(&mut request);
    request.extensions_mut().insert(ConnectInfo(peer));
    let Ok(response) = house.oneshot(request).await;
    Ok(response.map(|body| Answer { body, activity }))
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
