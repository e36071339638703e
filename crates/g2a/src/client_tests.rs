//! Tests of calls that are refused before anything is sent, and of a supplier that does not answer.

use super::*;
use crate::LocalPace;

fn client(url: &str) -> Result<Client, Error> {
    let credentials = Credentials {
        client_id: "id".into(),
        email: "e@example.org".into(),
        client_secret: "secret".into(),
    };
    Client::new(
        Settings::new(url.parse().unwrap(), credentials),
        Arc::new(LocalPace::per_minute(600)),
    )
}

#[test]
fn clients_are_made_for_both_schemes_and_share_between_threads() {
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    for url in [
        "http://127.0.0.1:9393/v1",
        "https://sandboxapi.g2a.com/v1/",
        "https://sandboxapi.g2a.com/v1",
    ] {
        let client = client(url).unwrap();
        shared(&client);
        assert_eq!(client.inner.root.path(), "/");
        assert!(!format!("{client:?}").contains("secret"));
    }
}

#[test]
fn addresses_that_cannot_work_are_refused() {
    for url in [
        "ftp://example.org/v1",
        "https://example.org",
        "https://example.org/v2",
        "https://u:p@example.org/v1",
        "https://example.org/v1?a=1",
    ] {
        assert!(matches!(client(url), Err(Error::Config { .. })), "{url}");
    }
}

#[tokio::test]
async fn nothing_is_sent_for_arguments_that_the_supplier_would_refuse() {
    let client = client("http://127.0.0.1:1/v1").unwrap();
    let query = ProductQuery {
        page: 501,
        ..ProductQuery::default()
    };
    assert!(matches!(
        client.products(&query, Priority::Crawl).await,
        Err(Error::Config { .. })
    ));
    assert!(matches!(
        client.product("12a", Priority::Stock).await,
        Err(Error::Config { .. })
    ));
}

#[tokio::test]
async fn nobody_listening_is_a_connection_error() {
    let client = client("http://127.0.0.1:1/v1").unwrap();
    let error = client
        .products(&ProductQuery::default(), Priority::Crawl)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Connect(words) if !words.contains("page=1")),
        "{error}"
    );
}
