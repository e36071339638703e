//! Limits on the size, time and number of requests, so that no caller can block the others.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures::StreamExt as _;
use tokio::sync::Semaphore;

use crate::problem::Problem;
use crate::upload::{self, UPLOAD_TIME_MAX, UploadPaths};

/// The longest body.
pub const BODY_MAX: usize = 64 * 1024;
const TIME_MAX: Duration = Duration::from_secs(10);
/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Receives the whole body before the request is handled; refuses one that is too long or too slow. The handler of a form with a
/// file receives it by itself.
pub async fn body(State(uploads): State<UploadPaths>, request: Request, next: Next) -> Response {
    if upload::is_sent_to(uploads, &request) {
        return next.run(request).await;
    }
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_MAX) {
        return Problem::too_large().into_response();
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let received = tokio::time::timeout(BODY_TIME_MAX, receive(body));
    match received.await.unwrap_or_else(|_| Err(Problem::too_slow())) {
        Ok(bytes) => next.run(Request::from_parts(parts, bytes.into())).await,
        // Closes the connection instead of waiting for the rest of the body.
        Err(problem) => ([(header::CONNECTION, "close")], problem).into_response(),
    }
}

async fn receive(body: Body) -> Result<Bytes, Problem> {
    let mut received = BytesMut::new();
    let mut frames = body.into_data_stream();
    while let Some(layout) = frames.next().await {
        let layout = layout.map_err(|_| Problem::unreadable())?;
        if received.len() + layout.len() > BODY_MAX {
            return Err(Problem::too_large());
        }
        received.extend_from_slice(&layout);
    }
    Ok(received.freeze())
}

/// Aborts a request that takes too long.
pub async fn time(State(uploads): State<UploadPaths>, request: Request, next: Next) -> Response {
    let time_max = if upload::is_sent_to(uploads, &request) {
        TIME_MAX + UPLOAD_TIME_MAX
    } else {
        TIME_MAX
    };
    match tokio::time::timeout(time_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("[HTTP] no answer within {} s", time_max.as_secs());
            Problem::busy("The shop took too long to answer, please try again").into_response()
        }
    }
}

/// Limits the requests that are handled at once. Further ones are refused at once: in a queue all of them would be
/// late.
pub async fn seats(State(seats): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_seat) = seats.try_acquire() else {
        metrics::counter!("http_requests_shed_total").increment(1);
        return Problem::busy("The shop is very busy, please try again").into_response();
    };
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures::{Stream, stream};
    use tokio::time::{Instant, sleep};
    use tower::ServiceExt as _;

    use super::*;

    fn post_of(body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static) -> Request {
        let request = Request::builder()
            .method("POST")
            .uri("/length")
            .header("host", "shop.example");
        request.body(Body::from_stream(body)).unwrap()
    }

    fn trickle(pieces: usize) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
        stream::unfold(0, move |sent| async move {
            sleep(Duration::from_secs(1)).await;
            (sent < pieces).then(|| (Ok(Bytes::from_static(b"x")), sent + 1))
        })
    }

    async fn sent(request: Request) -> (u16, Response) {
        let router = Router::new().route("/length", post(async |body: Bytes| body.len().to_string()));
        let answer = router
            .layer(from_fn_with_state::<_, UploadPaths, _>(&[], body))
            .oneshot(request)
            .await;
        let answer = answer.unwrap_or_else(|never: Infallible| match never {});
        (answer.status().as_u16(), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_thirty_seconds_however_it_drips() {
        let begun = Instant::now();
        let (status, answer) = sent(post_of(trickle(usize::MAX))).await;
        assert_eq!((status, begun.elapsed().as_secs()), (408, 30));
        assert_eq!(answer.headers()[header::CONNECTION], "close");
        let (status, answer) = sent(post_of(trickle(20))).await;
        assert_eq!(status, 200);
        assert_eq!(axum::body::to_bytes(answer.into_body(), 9).await.unwrap(), "20");
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_no_longer_than_one_with() {
        let pieces = |count| stream::iter((0..count).map(|_| Ok(Bytes::from(vec![b'x'; 1_024]))));
        assert_eq!(sent(post_of(pieces(64))).await.0, 200);
        assert_eq!(sent(post_of(pieces(65))).await.0, 413);
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err(io::Error::other("gone"))]);
        assert_eq!(sent(post_of(broken)).await.0, 400);
    }
}
