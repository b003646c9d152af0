//! Connections of tablets: how many, how long a request may take to begin, and where each comes from.
//! Not here: what is asked (`tablets`).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::From;

/// So long the head of a request may take, from the opening of a connection or the end of the request
/// before: who sends a letter a minute holds a place for nobody else.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Connections at once; others wait for one to end.
const CONNECTIONS: usize = 512;

/// Serves on a listener until `stopped` says so, and then until what is running ends.
pub(super) async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut running = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, from)) = tokio::select! {
            () = told(&mut stopped) => break,
            Some(_) = running.join_next() => continue,
            next = next => next,
        };
        let service = Whence {
            routes: TowerToHyperService::new(routes.clone()),
            from: From(from),
        };
        let mut stopping = stopped.clone();
        running.spawn(async move {
            let serving = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .serve_connection(TokioIo::new(stream), service);
            let mut serving = std::pin::pin!(serving);
            let ended = tokio::select! {
                ended = serving.as_mut() => ended,
                () = told(&mut stopping) => {
                    serving.as_mut().graceful_shutdown();
                    serving.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, %from, "a connection of a tablet ended");
            }
            drop(place);
        });
    }
    while running.join_next().await.is_some() {}
}

/// Waits until it is said that serving ends.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// The routes, for requests that know where they come from.
struct Whence {
    routes: TowerToHyperService<Router>,
    from: From,
}

impl Service<hyper::Request<Incoming>> for Whence {
    type Response = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Future;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.from);
        self.routes.call(request)
    }
}
