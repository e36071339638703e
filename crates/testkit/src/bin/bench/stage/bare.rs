//! The upper limit: an axum server whose handlers only send recorded responses.

use std::path::Path;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::process::Command;

use super::load::Connection;
use super::process::Server;

/// Records the response of `shop` to each request, and starts a server that sends it under the name beside it.
pub(crate) async fn server(shop: &Server, rows: &[(&str, &[u8])]) -> Result<Server> {
    let folder = testkit::database::own_folder();
    for (name, request) in rows {
        record(shop.address(), request, &folder.join(name)).await?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare").arg(&folder);
    Server::start(command).await
}

/// Writes the response to `request` into `file`, for [`serve`].
async fn record(address: &str, request: &[u8], file: &Path) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    // Requested twice: the second response comes from the same cache as hot ones.
    connection.ask(request).await?;
    let (_, head, body) = connection.ask(request).await?;
    tokio::fs::write(file, [head, body].concat()).await?;
    Ok(())
}

/// Serves each file of a folder under its name, until killed.
pub(crate) async fn serve(folder: &Path) -> Result<()> {
    let mut router = Router::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("no name")?;
        let (status, headers, body) = parse(&std::fs::read(&path)?)?;
        router = router.route(
            &format!("/{name}"),
            get(move || async move {
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                response
            }),
        );
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

fn parse(answer: &[u8]) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let at = memchr::memmem::find(answer, b"\r\n\r\n").context("no head")?;
    let mut lines = std::str::from_utf8(&answer[..at])?.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)).context("no status")?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        // Headers that every server adds by itself.
        if !matches!(name, "content-length" | "date") {
            headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
    }
    Ok((status.parse()?, headers, Bytes::copy_from_slice(&answer[at + 4..])))
}
