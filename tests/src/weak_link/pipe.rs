//! One direction of a weak link: one thread takes frames as they come and says when each arrives,
//! another waits until then.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use tun_rs::SyncDevice;

use super::counts::Kind;
use super::{Between, Now, Profile, Way};

/// The longest frame: what an interface of 1,500 bytes may send, and room to spare.
const LONGEST: usize = 2_048;

/// A frame under way.
struct Frame {
    arrives: Instant,
    /// Cuts before it was sent.
    cuts: u32,
    /// Its place in the chain of round trips; `None` for what is no IP packet.
    place: Option<u32>,
    bytes: Vec<u8>,
}

/// Lays a pipe; it ends when either end of the cable is gone.
pub(super) fn lay(way: Way, from: &Arc<SyncDevice>, to: &Arc<SyncDevice>, between: &Arc<Between>) {
    let (send, under_way) = mpsc::channel::<Frame>();
    let (from, to) = (Arc::clone(from), Arc::clone(to));
    let (taking, giving) = (Arc::clone(between), Arc::clone(between));
    thread::spawn(move || {
        let mut buffer = [0; LONGEST];
        while let Ok(length) = from.recv(&mut buffer) {
            let bytes = buffer[..length].to_vec();
            let mut now = taking.now();
            let frame = now.take(way, bytes, Instant::now());
            drop(now);
            taking.changed.notify_all();
            if frame.is_some_and(|frame| send.send(frame).is_err()) {
                return;
            }
        }
    });
    thread::spawn(move || {
        while let Ok(frame) = under_way.recv() {
            thread::sleep(frame.arrives.saturating_duration_since(Instant::now()));
            let mut now = giving.now();
            if frame.cuts != now.cuts {
                now.wire.way(way).lost += 1;
                continue;
            }
            if let Some(place) = frame.place {
                now.wire.arrive(way, place);
            }
            drop(now);
            // An end that is down takes nothing: the frame is lost, as on a cable.
            let _ = to.send(&frame.bytes);
        }
    });
}

impl Now {
    /// Puts a frame on the link, or drops it.
    fn take(&mut self, way: Way, bytes: Vec<u8>, at: Instant) -> Option<Frame> {
        let open = self.is_open(at);
        let Some(kind) = Kind::of(&bytes) else {
            // Asking for addresses belongs to the cable, not to the link it stands for.
            return open.then_some(Frame {
                arrives: at,
                cuts: self.cuts,
                place: None,
                bytes,
            });
        };
        let rate = match way {
            Way::Up => self.profile.up,
            Way::Down => self.profile.down,
        };
        let begins = at.max(self.free[way as usize]);
        if !open || begins.duration_since(at) > Profile::longest_wait(rate) {
            self.wire.way(way).lost += 1;
            return None;
        }
        let sent = begins + Profile::pace(rate, kind.bytes);
        self.free[way as usize] = sent;
        let place = self.wire.put(way, kind, at);
        let cuts = self.cuts;
        let lost = self.loss.u16(..1_000) < self.profile.lost;
        if lost || self.follow_script(at) {
            self.wire.way(way).lost += 1;
            return None;
        }
        Some(Frame {
            arrives: sent + self.profile.round_trip / 2,
            cuts,
            place: Some(place),
            bytes,
        })
    }
}
