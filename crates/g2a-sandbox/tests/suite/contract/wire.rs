//! Requests sent byte by byte, so that a header can be left out that every client would add.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Status and body; `None`: the line broke before the whole answer had come.
pub(crate) async fn ask(base: &str, request: &str, headers: &[String], body: Option<&str>) -> Option<(u16, String)> {
    let host = base.strip_prefix("http://").expect("plain HTTP");
    let mut sent = format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        sent.push_str(&format!("{header}\r\n"));
    }
    if let Some(body) = body {
        sent.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    sent.push_str("\r\n");
    sent.push_str(body.unwrap_or_default());
    let mut stream = TcpStream::connect(host).await.expect("the supplier listens");
    stream.write_all(sent.as_bytes()).await.expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().expect("a length"))
    });
    if length.is_some_and(|length| length != body.len()) {
        return None;
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
