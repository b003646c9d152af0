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
pub(super) const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Connections at once; others wait for one to end.
const CONNECTIONS: usize = 512;

/// Serves on a listener until `stopped` says so, and then until what is running ends.
pub(super) async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
    head_within: Duration,
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
                .header_read_timeout(head_within)
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn who_never_ends_the_head_of_a_request_is_let_go_of_and_others_are_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let routes = Router::new().route("/", axum::routing::get(async || "here"));
        let soon = Duration::from_millis(300);
        let serving = tokio::spawn(serve(listener, routes, stopped, soon));

        let mut slow = TcpStream::connect(at).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n")
            .await
            .unwrap();
        let ended = async {
            // A letter now and then is no head that ends.
            let mut said = Vec::new();
            let _ = slow.write_all(b"x").await;
            let _ = slow.read_to_end(&mut said).await;
            said
        };
        let said = tokio::time::timeout(Duration::from_secs(20), ended).await;
        assert!(!String::from_utf8_lossy(&said.unwrap()).contains("here"));

        let mut whole = TcpStream::connect(at).await.unwrap();
        whole
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut said = String::new();
        whole.read_to_string(&mut said).await.unwrap();
        assert!(
            said.starts_with("HTTP/1.1 200") && said.ends_with("here"),
            "{said}"
        );
        stop.send(true).unwrap();
        serving.await.unwrap();
    }
}
