//! An officer's morning: a tablet with the answers of a day meets, over a weak link, a peer that
//! holds the answers of others. Real processes on both sides; the peer stays, the tablet comes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::Write as _;
use std::ops::Range;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::households::{self, Tongue};
use crate::village::Village;
use crate::weak_link::{Cut, Profile, WeakLink, Wire};

/// The district whose households answer.
pub const DISTRICT: u64 = 2_026;
/// Both replicas are prepared over this link, which is not measured.
const PREPARING: Profile = Profile {
    round_trip: Duration::ZERO,
    ..Profile::LAN
};
/// How often a process is looked at while it runs.
const GLANCE: Duration = Duration::from_millis(20);

/// A tablet, a peer that acts as gateway, and the link between them.
#[derive(Debug)]
pub struct Morning {
    /// The officer's tablet, at the near end.
    pub tablet: Village,
    /// The peer, at the far end, serving.
    pub peer: Village,
    /// Between them.
    pub link: WeakLink,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// The most memory it had at once, in bytes.
    pub peak: u64,
    /// Processor time, in seconds.
    pub cpu: f64,
}

/// A meeting that came to its end.
#[derive(Clone, Debug)]
pub struct Met {
    /// What was on the link.
    pub wire: Wire,
    /// From start to end of the tablet's process, in seconds.
    pub seconds: f64,
    /// By the tablet's process.
    pub tablet: Used,
    /// By the peer's process, meanwhile; its peak since it was started.
    pub peer: Used,
    /// Bytes of the session's frames, sent and received by the tablet, over all its links.
    pub session: [u64; 2],
    /// Links on which frames were exchanged.
    pub links: u32,
}

impl Morning {
    /// Two replicas of one space in which a form of ten questions is open and `held` answers are
    /// on both sides; `None`, after saying so, where no weak link can be laid.
    ///
    /// # Panics
    /// When anything fails.
    #[must_use]
    pub fn prepare(held: u64, seed: u64) -> Option<Self> {
        let link = WeakLink::lay(PREPARING, seed)?;
        let [near, far] = link.ends();
        let tablet = Village::new(Some(near)).without_discovery();
        let mut peer = Village::new(Some(far)).without_discovery();
        peer.majlis(&["space", "new", "Ain Safa", "--as", "Amina"]);
        open(&peer);
        answer(&peer, 0..held);
        peer.serve();
        let invite = peer.majlis(&["invite", "--rank", "facilitator"]);
        let ticket = invite["ticket"].as_str().unwrap();
        tablet.majlis(&["join", ticket, "--as", "Bilal", "--wait", "60"]);
        let morning = Self { tablet, peer, link };
        let _ = morning.meet(PREPARING, &[]);
        Some(morning)
    }

    /// The tablet meets the peer, whose address it has from its ticket, over such a link, cut as
    /// the script says, until both have everything of each other. The link is fast and whole again
    /// afterwards.
    ///
    /// # Panics
    /// When they do not come to an end within two hours.
    #[must_use]
    pub fn meet(&self, profile: Profile, script: &[Cut]) -> Met {
        let serving = self.peer.process().unwrap();
        let before = used(serving).unwrap_or_default();
        self.link.set(profile);
        self.link.count_anew();
        self.link.script(script);
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.tablet.command();
        command
            .args(["sync", "--for", "7200"])
            .env("MAJLIS_LOG", "majlis_net=debug")
            .stderr(log.reopen().unwrap())
            .stdout(Stdio::piped());
        let began = Instant::now();
        let mut tablet = Used::default();
        let status = watch(&mut command.spawn().unwrap(), &mut tablet);
        let seconds = began.elapsed().as_secs_f64();
        let log = std::fs::read_to_string(log.path()).unwrap();
        assert!(status.success(), "the tablet did not finish: {log}");
        let wire = self.link.wire();
        self.link.script(&[]);
        self.link.mend();
        self.link.set(PREPARING);
        let after = used(serving).unwrap_or_default();
        let (session, links) = traffic(&log);
        Met {
            wire,
            seconds,
            tablet,
            peer: Used {
                peak: after.peak,
                cpu: after.cpu - before.cpu,
            },
            session,
            links,
        }
    }

    /// What `verify` says of both sides, the tablet's first; it must be clean.
    ///
    /// # Panics
    /// When something is wrong.
    #[must_use]
    pub fn verified(&self) -> [Value; 2] {
        [self.tablet.verified(), self.peer.verified()]
    }
}

/// Drafts the ten questions and opens them.
///
/// # Panics
/// When anything fails.
pub fn open(village: &Village) {
    let form = households::form(Tongue::Arabic);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", households::draft(&form)).unwrap();
    let path = file.path().to_str().unwrap();
    village.majlis(&["consultation", "new", "--open", "--file", path]);
}

/// Hands in the answers of these households, as an officer enters them one after another.
///
/// # Panics
/// When anything fails.
pub fn answer(village: &Village, numbers: Range<u64>) {
    let count = numbers.end - numbers.start;
    if count == 0 {
        return;
    }
    let mut lines = tempfile::NamedTempFile::new().unwrap();
    for number in numbers {
        writeln!(lines, "{}", households::household(DISTRICT, number).line()).unwrap();
    }
    let title = households::form(Tongue::Arabic).title;
    let path = lines.path().to_str().unwrap();
    let taken = village.majlis(&["respond", &title, "--assisted", "spoken", "--file", path]);
    let taken = taken["taken"].as_array().unwrap().len();
    assert_eq!(u64::try_from(taken).unwrap(), count);
}

/// Opens a question that is answered by speaking.
///
/// # Panics
/// When anything fails.
pub fn open_recording(village: &Village) {
    village.majlis(&[
        "consultation",
        "new",
        "--open",
        "--title",
        "Voices",
        "--question",
        "sound!:Say it",
    ]);
}

/// Answers it so many times with recordings of so many bytes each, which nothing can compress.
///
/// # Panics
/// When anything fails.
pub fn record(village: &Village, count: u64, bytes: usize) {
    for number in 0..count {
        let mut rng = fastrand::Rng::with_seed(number);
        let mut sound = b"OggS".to_vec();
        sound.extend(std::iter::repeat_with(|| rng.u8(..)).take(bytes - 4));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&sound).unwrap();
        let answer = format!("1={}", file.path().display());
        village.majlis(&[
            "respond",
            "Voices",
            "--assisted",
            "spoken",
            "--answer",
            &answer,
        ]);
    }
}

/// How many of these recordings a replica has whole.
///
/// # Panics
/// When anything fails.
#[must_use]
pub fn recordings(village: &Village) -> u64 {
    let page = village.majlis(&["consultation", "responses", "Voices"]);
    let mut whole = 0;
    for response in page["responses"].as_array().unwrap() {
        let name = response["answers"][0]["value"]["value"].as_str().unwrap();
        let to = tempfile::NamedTempFile::new().unwrap();
        let to = to.path().to_str().unwrap();
        whole += u64::from(village.run(&["save", name, "--to", to]).status.success());
    }
    whole
}

/// Whether two replicas hold the same, by what `verify` said of them.
#[must_use]
pub fn same([one, other]: &[Value; 2]) -> bool {
    let digests = ["entries_digest", "projection_digest", "documents_digest"];
    digests
        .iter()
        .all(|name| one[name].is_string() && one[name] == other[name])
}

/// Waits for a process, looking at what it uses.
fn watch(child: &mut Child, seen: &mut Used) -> std::process::ExitStatus {
    loop {
        if let Some(now) = used(child.id()) {
            *seen = now;
        }
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(GLANCE);
    }
}

/// What a process has used so far; `None` when it is gone.
#[must_use]
pub fn used(process: u32) -> Option<Used> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak: u64 = peak.split_whitespace().next()?.parse().ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    let ticks = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some(Used {
        peak: peak * 1_024,
        cpu: f64::from(ticks) / 100.0,
    })
}

/// Bytes of frames, sent and received, and the number of links, as the log of a process says.
fn traffic(log: &str) -> ([u64; 2], u32) {
    let number = |line: &str, name: &str| -> Option<u64> {
        let rest = line.split_once(name)?.1;
        rest.split_whitespace().next()?.parse().ok()
    };
    let mut sum = ([0, 0], 0);
    for line in log.lines().filter(|line| line.contains("a link ended")) {
        // Colours are off in a file, but not everywhere.
        let plain: String = line
            .replace("\u{1b}[3m", "")
            .replace("\u{1b}[0m", "")
            .replace("\u{1b}[2m", "");
        let ends = number(&plain, "sent=").zip(number(&plain, "received="));
        if let Some((sent, received)) = ends {
            sum.0[0] += sent;
            sum.0[1] += received;
            sum.1 += 1;
        }
    }
    sum
}
