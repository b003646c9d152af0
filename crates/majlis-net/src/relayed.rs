//! Meeting others through relays. For each relay that is held there is an endpoint of its own, with
//! the device's key: the transport keeps one relay only per endpoint, can never let go of it, and
//! knows one rule of trust for all. Closing the endpoint ends everything that the relay costs.
//! Two devices that met through a relay go on directly where their routers let them.
//! Not here: which relays are held, and whom to dial (the node).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{BindOpts, PortmapperConfig, presets};
use iroh::{
    Endpoint, EndpointAddr, NetReportConfig, PublicKey, RelayConfig, RelayMap, RelayMode,
    SecretKey, TransportAddr, Watcher as _,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::door::Door;
use crate::link::{Link, Traffic};
use crate::meet::{self, DialError};
use crate::relay::RelayPlace;

/// How often it is looked how relays are.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Without an answer for so long a relay counts as not reached.
const ANSWERS_WITHIN: Duration = Duration::from_secs(12);
/// A relay that is to be held for a dial is there within this time or not at all.
const HELD_WITHIN: Duration = Duration::from_secs(5);
/// What connecting to a relay costs each way beside what the transport counts, as measured in the
/// namespaces of `tests/tests/relay.rs`: the probe that finds it and the connection itself.
const CONNECTING: Traffic = Traffic {
    sent: 3_000,
    received: 3_000,
};
/// What a try costs that nobody answers, or that ends at the keys.
const FAILING: Traffic = Traffic {
    sent: 1_000,
    received: 1_000,
};
/// What holding the connection costs each way in a minute beside what the transport counts,
/// likewise; that itself is several times as much, for learning this device's own address.
const HOLDING_A_MINUTE: Traffic = Traffic {
    sent: 1_100,
    received: 1_000,
};

/// How it stands with a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayState {
    /// It is being connected to.
    Connecting,
    /// Others can meet this device through it.
    Connected,
    /// It does not let this device in.
    Refused,
    /// It does not answer.
    Unreached,
}

/// A relay to be held, and what to show there to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRelay {
    /// Where it is.
    pub place: RelayPlace,
    /// What is shown there; empty for nothing.
    pub pass: String,
}

/// The relays that are held now.
pub(crate) type Held = BTreeMap<RelayPlace, (Endpoint, RelayState)>;

/// What the task that holds relays needs.
pub(crate) struct Relays {
    pub(crate) secret: [u8; 32],
    pub(crate) wanted: watch::Receiver<Vec<HeldRelay>>,
    pub(crate) held: watch::Sender<Held>,
    /// Bytes of endpoints that are closed, and what cannot be seen of relays.
    pub(crate) past: watch::Sender<Traffic>,
    pub(crate) let_in: mpsc::Sender<Link>,
    pub(crate) door: Arc<Door>,
}

struct One {
    endpoint: Endpoint,
    pass: String,
    state: RelayState,
    since: Instant,
    /// Connections that came about, and that did not.
    tries: [u64; 2],
}

impl Relays {
    /// Holds what is wanted, until nobody wants anything any more or this device is off the network.
    pub(crate) async fn run(mut self, device: Endpoint) {
        // Without the endpoint itself: it is not held open by this.
        let mut off = pin!(device.closed());
        drop(device);
        let mut all: BTreeMap<RelayPlace, One> = BTreeMap::new();
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looked = Instant::now();
        loop {
            let changed = tokio::select! {
                changed = self.wanted.changed() => match changed {
                    Ok(()) => true,
                    Err(_) => break,
                },
                _ = look.tick(), if !all.is_empty() => false,
                () = &mut off => break,
            };
            if changed {
                let wanted = self.wanted.borrow_and_update().clone();
                self.follow(&mut all, wanted).await;
            }
            let passed = looked.elapsed();
            looked = Instant::now();
            self.look(&mut all, passed);
        }
        for one in all.into_values() {
            one.endpoint.close().await;
        }
    }

    async fn follow(&self, all: &mut BTreeMap<RelayPlace, One>, wanted: Vec<HeldRelay>) {
        let kept = |place: &RelayPlace, one: &One| {
            let mut wanted = wanted.iter();
            wanted.any(|held| held.place == *place && held.pass == one.pass)
        };
        let gone: Vec<RelayPlace> = all
            .iter()
            .filter(|(place, one)| !kept(place, one))
            .map(|(place, _)| place.clone())
            .collect();
        for place in gone {
            if let Some(one) = all.remove(&place) {
                // What waits to be told at the end of links is let out, but holds nothing up.
                tokio::spawn(async move { one.endpoint.close().await });
            }
        }
        for HeldRelay { place, pass } in wanted {
            if all.contains_key(&place) {
                continue;
            }
            match open(&self.secret, &place, &pass).await {
                Ok(endpoint) => {
                    let (let_in, door) = (self.let_in.clone(), Arc::clone(&self.door));
                    let listening =
                        meet::listen(endpoint.clone(), let_in, door, Some(place.clone()));
                    tokio::spawn(listening);
                    let (past, counted) = (self.past.clone(), endpoint.clone());
                    tokio::spawn(async move {
                        counted.closed().await;
                        let all = wire(&counted);
                        past.send_modify(|past| *past = add(*past, all));
                    });
                    let one = One {
                        endpoint,
                        pass,
                        state: RelayState::Connecting,
                        since: Instant::now(),
                        tries: [0; 2],
                    };
                    all.insert(place, one);
                }
                Err(why) => tracing::warn!(relay = place.url(), why, "holding a relay"),
            }
        }
    }

    fn look(&self, all: &mut BTreeMap<RelayPlace, One>, passed: Duration) {
        let mut cost = Traffic::default();
        for (place, one) in all.iter_mut() {
            let metrics = &one.endpoint.metrics().socket;
            let tries = [
                metrics.relay_conns_success.get(),
                metrics.relay_conns_failed.get(),
            ];
            for ((now, before), costs) in tries.iter().zip(&one.tries).zip([CONNECTING, FAILING]) {
                cost = add(cost, times(costs, now.saturating_sub(*before), 1));
            }
            one.tries = tries;
            let before = one.state;
            one.state = state(one);
            if one.state == RelayState::Connected {
                let passed = u64::try_from(passed.as_millis()).unwrap_or(0);
                cost = add(cost, times(HOLDING_A_MINUTE, passed, 60_000));
            }
            if one.state != before {
                tracing::info!(relay = place.url(), state = ?one.state, "a relay");
            }
        }
        if cost != Traffic::default() {
            self.past.send_modify(|past| *past = add(*past, cost));
        }
        let now: Held = all
            .iter()
            .map(|(place, one)| (place.clone(), (one.endpoint.clone(), one.state)))
            .collect();
        self.held.send_if_modified(|before| {
            let same = |(a, b): (&Held, &Held)| {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|((p, (e, s)), (q, (f, t)))| {
                        p == q && s == t && e.is_closed() == f.is_closed()
                    })
            };
            let changed = !same((&*before, &now));
            *before = now;
            changed
        });
    }
}

/// What the transport says of a relay.
#[derive(Clone, Copy, Debug)]
enum Said {
    Nothing,
    /// It is being connected to, whatever came of that before.
    Trying,
    Connected,
    Refused,
    Failed,
}

fn state(one: &One) -> RelayState {
    let now = one.endpoint.home_relay_status().get();
    let said = match now.first() {
        None => Said::Nothing,
        Some(status) if status.is_connected() => Said::Connected,
        Some(status) if status.auth_denied_reason().is_some() => Said::Refused,
        Some(status) if status.last_error().is_some() => Said::Failed,
        Some(_) => Said::Trying,
    };
    after(one.state, said, one.since.elapsed())
}

/// A relay between two tries is what it was after the last one. `held` is how long it has been held.
fn after(before: RelayState, said: Said, held: Duration) -> RelayState {
    let late = held >= ANSWERS_WITHIN;
    match (said, before) {
        (Said::Connected, _) => RelayState::Connected,
        (Said::Refused, _) => RelayState::Refused,
        (Said::Failed, _) => RelayState::Unreached,
        (Said::Trying, RelayState::Connected) => RelayState::Connecting,
        (Said::Nothing | Said::Trying, RelayState::Connecting) if late => RelayState::Unreached,
        (Said::Nothing | Said::Trying, before) => before,
    }
}

async fn open(secret: &[u8; 32], place: &RelayPlace, pass: &str) -> Result<Endpoint, String> {
    let url = place.parsed().ok_or("its address is none")?;
    let mut relay = RelayConfig::from(url);
    match (place.quic(), relay.quic.as_mut()) {
        (Some(port), Some(quic)) => quic.port = port,
        _ => relay.quic = None,
    }
    if !pass.is_empty() {
        relay = relay.with_auth_token(pass);
    }
    // The transport looks for the nearest of its relays; with one, the probe only finds it.
    let mut report = NetReportConfig::minimal();
    report.https_probes = true;
    let told = |error: iroh::endpoint::InvalidSocketAddr| error.to_string();
    Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(secret))
        .alpns(vec![meet::ALPN.to_vec()])
        .relay_mode(RelayMode::Custom(RelayMap::from_iter([relay])))
        .ca_tls_config(place.trust())
        .clear_address_lookup()
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(report)
        .transport_config(meet::transport())
        .clear_ip_transports()
        .bind_addr((Ipv4Addr::UNSPECIFIED, 0))
        .map_err(told)?
        .bind_addr_with_opts(
            (Ipv6Addr::UNSPECIFIED, 0),
            BindOpts::default().set_is_required(false),
        )
        .map_err(told)?
        .bind()
        .await
        .map_err(|error| error.to_string())
}

/// Dials a device through a relay that is, or is about to be, held.
pub(crate) async fn dial(
    held: &mut watch::Receiver<Held>,
    id: PublicKey,
    place: &RelayPlace,
) -> Result<Link, DialError> {
    let there = timeout(HELD_WITHIN, held.wait_for(|held| held.contains_key(place)));
    let endpoint = match there.await {
        Ok(Ok(held)) => held.get(place).map(|(endpoint, _)| endpoint.clone()),
        _ => None,
    };
    let (endpoint, url) = endpoint
        .zip(place.parsed())
        .ok_or(DialError::NowhereKnown)?;
    let at = EndpointAddr::from_parts(id, [TransportAddr::Relay(url)]);
    let through = Some(place.clone());
    let link = meet::dial(&endpoint, at).await?;
    Ok(Link { through, ..link })
}

/// What an endpoint moved, as far as it counts.
pub(crate) fn wire(endpoint: &Endpoint) -> Traffic {
    let socket = &endpoint.metrics().socket;
    let sum = |of: [u64; 3]| of.into_iter().fold(0, u64::saturating_add);
    Traffic {
        sent: sum([
            socket.send_ipv4.get(),
            socket.send_ipv6.get(),
            socket.send_relay.get(),
        ]),
        received: sum([
            socket.recv_data_ipv4.get(),
            socket.recv_data_ipv6.get(),
            socket.recv_data_relay.get(),
        ]),
    }
}

pub(crate) const fn add(one: Traffic, other: Traffic) -> Traffic {
    Traffic {
        sent: one.sent.saturating_add(other.sent),
        received: one.received.saturating_add(other.received),
    }
}

const fn times(of: Traffic, by: u64, parts: u64) -> Traffic {
    Traffic {
        sent: of.sent.saturating_mul(by) / parts,
        received: of.received.saturating_mul(by) / parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::DoorLimits;

    fn relays() -> Relays {
        let (let_in, _) = mpsc::channel(1);
        Relays {
            secret: [1; 32],
            wanted: watch::channel(Vec::new()).1,
            held: watch::channel(Held::new()).0,
            past: watch::channel(Traffic::default()).0,
            let_in,
            door: Arc::new(Door::new(DoorLimits::default())),
        }
    }

    /// Where no relay is.
    fn place(port: u16) -> RelayPlace {
        RelayPlace::new(&format!("http://127.0.0.1:{port}"), None, None).unwrap()
    }

    fn held(port: u16, pass: &str) -> HeldRelay {
        HeldRelay {
            place: place(port),
            pass: pass.to_owned(),
        }
    }

    async fn ended(endpoint: &Endpoint) {
        let closed = timeout(Duration::from_secs(30), endpoint.closed());
        closed.await.expect("what it costs goes on");
    }

    #[tokio::test]
    async fn a_relay_is_held_as_long_as_it_is_wanted_and_anew_with_another_pass() {
        let (relays, mut all) = (relays(), BTreeMap::new());
        relays
            .follow(&mut all, vec![held(1, "one"), held(2, "")])
            .await;
        let endpoints = [1, 2].map(|port| all[&place(port)].endpoint.clone());
        for one in all.values_mut() {
            one.state = RelayState::Connected;
        }
        // In whatever order it is said again.
        relays
            .follow(&mut all, vec![held(2, ""), held(1, "one")])
            .await;
        let states = |all: &BTreeMap<RelayPlace, One>| [1, 2].map(|port| all[&place(port)].state);
        assert_eq!(states(&all), [RelayState::Connected; 2]);
        relays
            .follow(&mut all, vec![held(1, "two"), held(2, "")])
            .await;
        let anew = [RelayState::Connecting, RelayState::Connected];
        assert_eq!(states(&all), anew, "links through the other one go on");
        ended(&endpoints[0]).await;
        assert!(!endpoints[1].is_closed());
        relays.follow(&mut all, Vec::new()).await;
        assert!(all.is_empty());
        ended(&endpoints[1]).await;
    }

    #[tokio::test]
    async fn through_a_relay_that_is_not_held_nobody_is_dialled() {
        let (_tell, mut now) = watch::channel(Held::new());
        let somebody = SecretKey::from_bytes(&[2; 32]).public();
        let began = Instant::now();
        let dialled = dial(&mut now, somebody, &place(1)).await;
        assert!(matches!(dialled, Err(DialError::NowhereKnown)));
        assert!(began.elapsed() >= HELD_WITHIN, "it might have been held");
    }

    #[test]
    fn between_two_tries_a_relay_is_what_it_was_after_the_last_one() {
        use RelayState::{Connected, Connecting, Refused, Unreached};
        let soon = ANSWERS_WITHIN / 2;
        for before in [Connecting, Connected, Refused, Unreached] {
            for held in [soon, ANSWERS_WITHIN] {
                assert_eq!(after(before, Said::Connected, held), Connected);
                assert_eq!(after(before, Said::Refused, held), Refused);
                assert_eq!(after(before, Said::Failed, held), Unreached);
            }
        }
        for said in [Said::Nothing, Said::Trying] {
            for was in [Refused, Unreached] {
                assert_eq!(after(was, said, ANSWERS_WITHIN), was);
            }
            assert_eq!(after(Connecting, said, soon), Connecting);
            assert_eq!(after(Connecting, said, ANSWERS_WITHIN), Unreached);
        }
        assert_eq!(after(Connected, Said::Trying, soon), Connecting);
        assert_eq!(after(Connected, Said::Nothing, soon), Connected);
    }
}
