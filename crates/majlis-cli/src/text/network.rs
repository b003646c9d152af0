//! Sync and the network as plain text: who has what, what is left and for how long, what stands in
//! the way and what to do next, what it cost.

use std::fmt::Write as _;

use majlis_node::api::network::{
    BudgetState, BytesView, Finding, FindingView, Saving, SavingReason, TrafficView, UsageView,
};
use majlis_node::api::sync::{LeftKind, LeftView, MovingView, SyncView};

use super::{count, named, sync_word};

/// The state of sync, a line a peer.
pub(crate) fn sync(view: &SyncView) -> String {
    let mut out = format!(
        "{}; {} here",
        sync_word(view.word, view.with),
        count(view.entries, "entry", "entries")
    );
    if view.unsealed > 0 {
        let _ = write!(out, ", {} not sealed", view.unsealed);
    }
    let media = view.media;
    if media.whole > 0 {
        let _ = write!(out, "; {}", media_text(media.whole, media.bytes));
    }
    if media.missing > 0 {
        let _ = write!(out, ", {} still to come", media.missing);
    }
    if media.only_here > 0 {
        let _ = write!(out, ", {} of yours only here", media.only_here);
    }
    out.push('\n');
    for peer in &view.peers {
        let name = named(&peer.name, &peer.device);
        let near = match (peer.connected, peer.complete) {
            (true, _) => match &peer.relay {
                Some(whose) => format!("connected through the relay of {whose}"),
                None => "connected".to_owned(),
            },
            (false, true) => "not connected, complete when last heard".to_owned(),
            (false, false) => "not connected".to_owned(),
        };
        let _ = writeln!(
            out,
            "  {name}: {near}; has {}, lacks {}, missing here {}",
            peer.has, peer.lacks, peer.missing_here
        );
        let ways = if peer.connected {
            ["sending", "receiving"]
        } else {
            ["not there yet:", "not here yet:"]
        };
        for (way, view) in ways.into_iter().zip([&peer.sending, &peer.coming]) {
            moving(&mut out, way, view, peer.connected);
        }
    }
    for finding in &view.findings {
        let _ = writeln!(out, "  {}", found(finding, view.discovery.as_deref()));
    }
    out
}

fn media_text(number: u64, bytes: u64) -> String {
    let number = count(number, "photo or sound", "photos and sounds");
    format!("{number} ({})", size(bytes))
}

fn moving(out: &mut String, way: &str, view: &MovingView, connected: bool) {
    let mut left: Vec<String> = view.left.iter().map(left).collect();
    if view.media > 0 {
        left.push(media_text(view.media, view.media_bytes));
    }
    if left.is_empty() {
        return;
    }
    let time = match view.seconds {
        _ if !connected => String::new(),
        None => "; measuring".to_owned(),
        Some(seconds) => format!("; {}", lasts(seconds)),
    };
    let _ = writeln!(out, "    {way} {}{time}", left.join(", "));
}

fn left(left: &LeftView) -> String {
    let counted = |one, more| count(left.count, one, more);
    let entries = counted("entry", "entries");
    let title = left.title.as_deref();
    match left.kind {
        LeftKind::Membership => format!("{entries} about members"),
        LeftKind::Answers => {
            let what = match left.answers {
                true => counted("answer", "answers"),
                false => entries,
            };
            let title = title.unwrap_or("a consultation not known here");
            format!("{what} of {title}")
        }
        LeftKind::Document => {
            let title = title.unwrap_or("a document not known here");
            format!("{} of {title}", counted("change", "changes"))
        }
        LeftKind::Receipts => counted("receipt", "receipts"),
        LeftKind::Other => counted("other entry", "other entries"),
    }
}

fn lasts(seconds: u64) -> String {
    let left = if seconds < 90 {
        count(seconds, "second", "seconds")
    } else {
        count(seconds.div_ceil(60), "minute", "minutes")
    };
    format!("about {left} left")
}

/// What stands in the way, and what to do next; `why` there are no links, where there are none.
fn found(view: &FindingView, why: Option<&str>) -> String {
    let name = view.name.as_deref().unwrap_or("a device of this space");
    match view.finding {
        Finding::NoLinks => format!(
            "Majlis could not open its links ({}): start it again, or use a memory card \
            (majlis export)",
            why.unwrap_or("no reason is known")
        ),
        Finding::NoNetwork => "this device is on no network: join a Wi-Fi, open a hotspot on one \
            phone, or use a memory card (majlis export)"
            .to_owned(),
        Finding::DiskFull => "this device is full: delete something on it; until then nothing \
            new is taken, and what others wrote stays with them"
            .to_owned(),
        Finding::NobodyHeard => "no device of this space is heard on this network: join the same \
            Wi-Fi or hotspot, or give an address (--peer)"
            .to_owned(),
        Finding::Separated => format!(
            "{name} is on the same Wi-Fi, but the router separates devices: use a hotspot, \
            another Wi-Fi, or a memory card"
        ),
        Finding::Busy => format!("{name} takes no more links now: it is tried again"),
        Finding::Unanswered => format!(
            "{name} does not answer where it was last: bring it near, give its new address \
            (--peer), or use a memory card"
        ),
        Finding::SomebodyElse => {
            format!("another device answers at the address of {name}: ask for its address anew")
        }
        Finding::NotInSpace => format!(
            "{name} answers, but does not know this device in this space: ask for a new ticket"
        ),
        Finding::Removed => {
            format!("{name} or this device was removed from this space: ask whoever leads it")
        }
        Finding::Version => {
            format!("{name} runs another version of Majlis: bring both to the newest one")
        }
        Finding::CannotStore => {
            format!("{name} cannot store anything now: it is tried again, and nothing is lost")
        }
        Finding::BudgetSpent => format!(
            "{name} is reached over the internet only, and this month's data is used up: meet it \
            nearby, or go over the budget once (--over-budget)"
        ),
        Finding::TheirBudgetSpent => {
            format!("{name} has used up its data of this month: meet it nearby")
        }
        Finding::Resting => {
            format!("everything was exchanged with {name}; data is saved until there is news")
        }
        Finding::GivesWay => format!(
            "everything was exchanged with {name}, which serves many devices in turns; it is met \
            again when there is news here"
        ),
        Finding::RelayUnreached => format!(
            "the relay of {name} does not answer: whoever can be met only through it is not met; it \
            is tried again"
        ),
        Finding::RelayRefuses => format!(
            "the relay of {name} does not let this device in: ask whoever runs it, or a steward \
            whether this device is still a member"
        ),
    }
}

/// What the network cost, and how it is used.
pub(crate) fn traffic(view: &TrafficView) -> String {
    let mut out = format!("today ({}): {}", view.day, usage(&view.today));
    let _ = write!(out, "\nthis month: {}", usage(&view.month));
    if let Some(budget) = view.budget {
        let _ = write!(out, "\nbudget: {} a month", size(budget));
    }
    match view.state {
        BudgetState::Off => out.push_str("\nno budget"),
        BudgetState::Fine => {}
        BudgetState::Near => out.push_str(", more than four fifths used"),
        BudgetState::Spent => {
            out.push_str(", used up: nothing goes over the internet by itself this month");
        }
    }
    let saving = match view.saving {
        Saving::Automatic => "when links are slow or metered",
        Saving::Always => "always",
        Saving::Never => "never",
    };
    let _ = write!(out, "\nsaving data: {saving}");
    if let Some(reason) = view.saves {
        let why = match reason {
            SavingReason::Chosen => "as chosen",
            SavingReason::Metered => "the network is metered",
            SavingReason::Slow => "a link is slow",
        };
        let _ = write!(
            out,
            "; now ({why}), asking for news every {} minutes",
            view.news_minutes
        );
    }
    out
}

fn usage(view: &UsageView) -> String {
    let of = |bytes: &BytesView| {
        format!(
            "{} sent, {} received",
            size(bytes.sent),
            size(bytes.received)
        )
    };
    format!(
        "{} over the internet; {} on the same network",
        of(&view.internet),
        of(&view.near)
    )
}

/// Bytes as people say them.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10).checked_div(unit).unwrap_or(0);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => count(bytes, "byte", "bytes"),
        1_000..10_000 => format!("{} kB", tenths(1_000)),
        10_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let left = |kind, count, answers| {
            let title = Some("Water".to_owned());
            left(&LeftView {
                kind,
                title,
                count,
                answers,
            })
        };
        assert_eq!(left(LeftKind::Answers, 1, true), "1 answer of Water");
        assert_eq!(left(LeftKind::Answers, 1, false), "1 entry of Water");
        assert_eq!(left(LeftKind::Other, 2, false), "2 other entries");
        assert_eq!(lasts(1), "about 1 second left");
        assert_eq!(lasts(89), "about 89 seconds left");
        assert_eq!(lasts(90), "about 2 minutes left");
        assert_eq!(media_text(1, 40_960), "1 photo or sound (40 kB)");
        assert_eq!(media_text(3, 1), "3 photos and sounds (1 byte)");
    }
}
