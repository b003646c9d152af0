//! A meeting of two devices without any network between them: the real session over the real
//! store, frame by frame, counted. What it costs here is what it costs at least on a link.

use std::mem;

use majlis_core::effect::LinkId;
use majlis_core::space::Input;
use majlis_core::sync::session::Ends;

use crate::device::{Device, transport};

/// What was said at a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Bytes of frames from the side that dialled, and to it.
    pub bytes: [u64; 2],
    /// Frames, likewise.
    pub frames: [u64; 2],
    /// Times that one side waited for the other, a begun round trip counted whole.
    pub turns: u32,
}

/// Frames under way on a link, with the number of the link at each end.
type Frames = Vec<(LinkId, Vec<u8>)>;

/// Opens a link of this number and hands frames over until nothing is left to say; the link stays
/// open.
pub fn open(dials: &mut Device, answers: &mut Device, number: u64) -> Said {
    let binding = blake3::derive_key("a meeting", &number.to_le_bytes());
    let up = |other: &Device, dialled| {
        Input::LinkUp(Ends {
            link: LinkId(number),
            binding,
            transport: transport(other.space.me()),
            dialled,
        })
    };
    let asked = dials.step(up(answers, true)).1;
    let told = answers.step(up(dials, false)).1;
    go_on(dials, answers, number, asked, told)
}

/// Hands frames over until nothing is left to say.
fn go_on(
    dials: &mut Device,
    answers: &mut Device,
    number: u64,
    mut asked: Frames,
    mut told: Frames,
) -> Said {
    let (mut said, mut waits) = (Said::default(), 0_u32);
    while !(asked.is_empty() && told.is_empty()) {
        waits += 1;
        let (from, to) = (mem::take(&mut asked), mem::take(&mut told));
        for (way, frames, hears) in [(0, from, &mut *answers), (1, to, &mut *dials)] {
            for (link, bytes) in frames {
                if link != LinkId(number) {
                    continue;
                }
                if let (Some(sum), Some(count)) =
                    (said.bytes.get_mut(way), said.frames.get_mut(way))
                {
                    *sum += bytes.len() as u64;
                    *count += 1;
                }
                let back = hears.step(Input::Frame { link, bytes }).1;
                if way == 0 { &mut told } else { &mut asked }.extend(back);
            }
        }
    }
    said.turns = waits.div_ceil(2);
    said
}

/// Ends the link.
pub fn close(dials: &mut Device, answers: &mut Device, number: u64) {
    for device in [dials, answers] {
        device.step(Input::LinkDown {
            link: LinkId(number),
        });
    }
}

/// Opens a link, lets both say everything, and ends it.
pub fn hold(dials: &mut Device, answers: &mut Device, number: u64) -> Said {
    let said = open(dials, answers, number);
    close(dials, answers, number);
    said
}
