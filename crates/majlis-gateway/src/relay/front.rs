//! The connections of a relay, from the first byte until its device is let in: encryption, the
//! request, and limits on how many may be so far and for how long. The relay itself has none.
//! Not here: what happens after that.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Shutdown};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use iroh_relay::http::{RELAY_PATH, RELAY_PROBE_PATH};
use iroh_relay::server::http_server::{
    BytesBody, HyperError, RelayService, RelayServiceWithNotify,
};
use iroh_relay::server::streams::MaybeTlsStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Who connects is let in, or gone, within this time.
const ENTER_WITHIN: Duration = Duration::from_secs(10);
/// Connections that may be on their way in at once.
const ENTERING: usize = 128;
/// From one address; not counted for this machine, where a proxy may be.
const ENTERING_PER_ADDRESS: usize = 16;

/// How many connections of each address are on their way in.
#[derive(Debug, Default)]
struct Addresses(Mutex<BTreeMap<IpAddr, usize>>);

/// Takes connections until the task is dropped.
pub(super) async fn listen(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    service: RelayService,
) {
    let room = Arc::new(Semaphore::new(ENTERING));
    let addresses = Arc::new(Addresses::default());
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a connection to the relay");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let Some(place) = Place::take(&addresses, from.ip().to_canonical()) else {
            continue;
        };
        let (acceptor, service) = (acceptor.clone(), service.clone());
        tokio::spawn(async move {
            let _held = (permit, place);
            if let Err(error) = enter(stream, acceptor, service).await {
                tracing::debug!(%error, %from, "a connection to the relay ended");
            }
        });
    }
}

/// One of the places of an address; given back when dropped.
struct Place(Option<(Arc<Addresses>, IpAddr)>);

impl Place {
    fn take(addresses: &Arc<Addresses>, from: IpAddr) -> Option<Self> {
        if from.is_loopback() {
            return Some(Self(None));
        }
        let mut all = addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = all.entry(from).or_default();
        if *here >= ENTERING_PER_ADDRESS {
            return None;
        }
        *here += 1;
        Some(Self(Some((Arc::clone(addresses), from))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((addresses, from)) = &self.0 else {
            return;
        };
        let mut all = addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = all.get_mut(from) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                all.remove(from);
            }
        }
    }
}

/// Serves one connection until its device is let in, or its time is over.
async fn enter(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    service: RelayService,
) -> Result<(), HyperError> {
    let stream = stream.into_std()?;
    // What the relay took over and nobody answers on can only be ended from beneath it.
    let beneath = stream.try_clone()?;
    let stream = TcpStream::from_std(stream)?;
    let entered = Arc::new(Notify::new());
    let told = Arc::clone(&entered);
    let entering = async move {
        let is_in = Arc::clone(&told).notified_owned();
        let serving = serve(stream, acceptor, service, told);
        // Whoever only asked something has been answered; whoever comes in is waited for.
        if serving.await? {
            is_in.await;
        }
        Ok(())
    };
    match timeout(ENTER_WITHIN, entering).await {
        Ok(entered) => entered,
        Err(_) => {
            let _ = beneath.shutdown(Shutdown::Both);
            Ok(())
        }
    }
}

/// Answers requests; whether the relay took the connection over.
async fn serve(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    service: RelayService,
    entered: Arc<Notify>,
) -> Result<bool, HyperError> {
    let stream = match acceptor {
        Some(acceptor) => MaybeTlsStream::Tls(acceptor.accept(stream).await?),
        None => MaybeTlsStream::Plain(stream),
    };
    let taken = Arc::new(AtomicBool::new(false));
    let front = Front {
        service,
        entered,
        taken: Arc::clone(&taken),
    };
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ENTER_WITHIN)
        .serve_connection(TokioIo::new(stream), front)
        .with_upgrades();
    serving.await?;
    Ok(taken.load(Ordering::Relaxed))
}

/// Answers the requests of one connection.
struct Front {
    service: RelayService,
    /// Told once the device is let in.
    entered: Arc<Notify>,
    /// Set once the relay takes the connection over.
    taken: Arc<AtomicBool>,
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<BytesBody>;
    type Error = HyperError;
    type Future = Ready<Result<Self::Response, HyperError>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        match (request.method(), request.uri().path()) {
            (&Method::GET, RELAY_PATH) => {
                let entered = Arc::clone(&self.entered);
                let relay = RelayServiceWithNotify::new(self.service.clone(), entered);
                let answer = relay.call(request).into_inner();
                let status = answer.as_ref().map(Response::status);
                if matches!(status, Ok(StatusCode::SWITCHING_PROTOCOLS)) {
                    self.taken.store(true, Ordering::Relaxed);
                }
                ready(answer)
            }
            (&Method::GET, RELAY_PROBE_PATH) => ready(Ok(nothing(StatusCode::OK))),
            _ => ready(Ok(nothing(StatusCode::NOT_FOUND))),
        }
    }
}

fn nothing(status: StatusCode) -> Response<BytesBody> {
    let mut response = Response::new(Box::new(Empty) as BytesBody);
    *response.status_mut() = status;
    response
}

/// A body without bytes.
struct Empty;

impl Body for Empty {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}
