//! Files that never change at their address: stylesheet, script and icon, compiled in.

use std::sync::LazyLock;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::App;
use crate::problem::Problem;

struct Asset {
    name: &'static str,
    media: &'static str,
    bytes: &'static [u8],
}

const STYLESHEET: Asset = Asset {
    name: "shop.css",
    media: "text/css; charset=utf-8",
    bytes: include_bytes!("../static/shop.css"),
};
const ICON: Asset = Asset {
    name: "icon.svg",
    media: "image/svg+xml",
    bytes: include_bytes!("../static/icon.svg"),
};
const SCRIPT: Asset = Asset {
    name: "shop.js",
    media: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../static/shop.js"),
};

const DESK_STYLESHEET: Asset = Asset {
    name: "desk.css",
    media: "text/css; charset=utf-8",
    bytes: include_bytes!("../static/desk.css"),
};
const DESK_SCRIPT: Asset = Asset {
    name: "desk.js",
    media: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../static/desk.js"),
};

/// The address of the stylesheet that the administration's pages have besides.
pub fn desk_stylesheet() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| DESK_STYLESHEET.address());
    &ADDRESS
}

/// The address of the script that the administration's pages have besides.
pub fn desk_script() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| DESK_SCRIPT.address());
    &ADDRESS
}

/// The script's address.
pub(crate) fn script() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| SCRIPT.address());
    &ADDRESS
}

/// The stylesheet's address.
pub(crate) fn stylesheet() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| STYLESHEET.address());
    &ADDRESS
}

/// The icon's address.
pub(crate) fn icon() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| ICON.address());
    &ADDRESS
}

impl Asset {
    /// The address with a version that depends on the bytes.
    fn address(&self) -> String {
        format!("/static/{}?v={}", self.name, self.version())
    }

    fn version(&self) -> String {
        Sha256::digest(self.bytes)
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn send(&self, caching: &'static str) -> Response {
        (
            [(header::CONTENT_TYPE, self.media), (header::CACHE_CONTROL, caching)],
            self.bytes,
        )
            .into_response()
    }
}

/// Serves a file. It is cached forever only under its current version, since an old page may request a version that is
/// gone.
pub async fn show(Path(name): Path<String>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let asset = [STYLESHEET, SCRIPT, ICON, DESK_STYLESHEET, DESK_SCRIPT]
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or_else(Problem::no_such_address)?;
    let current = query
        .as_deref()
        .and_then(|query| query.strip_prefix("v="))
        .is_some_and(|version| version == asset.version());
    Ok(asset.send(if current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }))
}

/// Browsers request this address regardless of the page.
pub async fn favicon() -> Response {
    ICON.send("public, max-age=86400")
}

/// `/robots.txt`: allows the pages, which the sitemap lists, and not the API, which has the same content.
pub async fn robots(State(app): State<App>) -> Response {
    let sitemap = format!("{}/sitemap.xml", app.site.public_url);
    let text = format!("User-agent: *\nDisallow: /api/games\n\nSitemap: {sitemap}\n");
    (
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
        ],
        text,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_version_is_kept_for_ever() {
        let version = stylesheet().split_once('?').unwrap().1.to_owned();
        let asked = |query: Option<String>| show(Path("shop.css".to_owned()), RawQuery(query));
        let answer = asked(Some(version)).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(
            answer.headers()[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        for stale in [None, Some("v=000000000000".to_owned())] {
            assert_eq!(asked(stale).await.unwrap().headers()[header::CACHE_CONTROL], "no-cache");
        }
        assert!(show(Path("../Cargo.toml".to_owned()), RawQuery(None)).await.is_err());
    }
}
