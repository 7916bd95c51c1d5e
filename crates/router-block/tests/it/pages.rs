//! The customers' page, served from memory.

use std::fs;
use std::path::PathBuf;

use reqwest::StatusCode;

use crate::bank::{Bank, Reply, Router};

/// A built page in a folder that is removed again.
struct Built(PathBuf);

impl Built {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("bulkhead-page-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(folder.join("assets")).unwrap();
        fs::write(folder.join("index.html"), "<title>shell</title>").unwrap();
        fs::write(folder.join("assets/index-1a2b.js"), "let a = 1;").unwrap();
        fs::write(folder.join("icon.svg"), "<svg/>").unwrap();
        Self(folder)
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn with_page(bank: &Bank, built: &Built) -> Router {
    let mut config = bank.config();
    config.pages.folder = built.0.display().to_string();
    Router::start_unready(config, &bank.clock).await
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[tokio::test]
async fn every_address_of_the_page_shows_the_shell_and_assets_never_change() {
    let (bank, built) = (Bank::new().await, Built::new());
    let router = with_page(&bank, &built).await;
    for path in ["/", "/operations", "/accounts/deep/inside", "/index.html"] {
        let reply = router.get(path).await;
        assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, "<title>shell</title>"));
        assert_eq!(header(&reply, "cache-control"), "no-cache", "{path}");
        assert!(header(&reply, "content-security-policy").contains("default-src 'none'"));
    }
    let script = router.get("/assets/index-1a2b.js").await;
    assert_eq!(header(&script, "content-type"), "text/javascript; charset=utf-8");
    assert!(header(&script, "cache-control").ends_with("immutable"));
    assert_eq!(header(&router.get("/icon.svg").await, "content-type"), "image/svg+xml");
    router.stop().await;
}

#[tokio::test]
async fn nothing_outside_the_page_is_served_and_the_api_keeps_its_refusals() {
    let (bank, built) = (Bank::new().await, Built::new());
    let router = with_page(&bank, &built).await;
    let outside = [
        "/assets/gone-9f9f.js",
        "/v1/nothing",
        "/problems/nothing",
        "/assets/..%2f..%2fetc%2fpasswd",
    ];
    for path in outside {
        let reply = router.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.code(), "not-found", "{path}");
    }
    let elsewhere = router.get("/..%2f..%2fetc%2fpasswd").await;
    assert_eq!(elsewhere.text, "<title>shell</title>");
    router.stop().await;
}

#[tokio::test]
async fn without_a_page_there_is_nothing_and_a_folder_without_one_is_refused() {
    let (bank, built) = (Bank::new().await, Built::new());
    let router = Router::start_unready(bank.config(), &bank.clock).await;
    assert_eq!(router.get("/").await.status, StatusCode::NOT_FOUND);
    router.stop().await;
    fs::remove_file(built.0.join("index.html")).unwrap();
    let refused = router_block::pages::Pages::load(&built.0.display().to_string());
    assert!(refused.unwrap_err().to_string().contains("build the page first"));
}
