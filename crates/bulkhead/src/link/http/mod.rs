//! A link's health: it answers while its process lives, cut or not.

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

/// Serves until the process ends.
pub(super) async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let well = || async { "carries\n" };
    let routes = Router::new().route("/readyz", get(well)).route("/livez", get(well));
    axum::serve(listener, routes).await
}
