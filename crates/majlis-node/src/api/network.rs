//! The network as a person pays for it: bytes counted, a budget, saving; and what stands between
//! this device and the others, as a closed list of findings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Bytes on the wire each way, handshakes and headers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BytesView {
    /// Sent.
    pub sent: u64,
    /// Received.
    pub received: u64,
}

/// Bytes of a day or a month, by kind of link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct UsageView {
    /// To and from devices on this device's own networks, which costs nothing.
    pub near: BytesView,
    /// To and from everybody else.
    pub internet: BytesView,
}

/// How far the monthly budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BudgetState {
    /// There is none.
    Off,
    /// Less than four fifths is used.
    Fine,
    /// Four fifths are used, or more.
    Near,
    /// All of it is used: nothing goes over the internet by itself until the month ends.
    Spent,
}

/// When the low-data profile applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Saving {
    /// Over the internet, on links that are slow and while the system says that it is metered.
    #[default]
    Automatic,
    /// On every link over the internet.
    Always,
    /// On none.
    Never,
}

/// Why the low-data profile applies now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SavingReason {
    /// The person wants it so.
    Chosen,
    /// The system says that the network is metered.
    Metered,
    /// A link was seen to be slow.
    Slow,
}

/// What the network cost, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrafficView {
    /// The day, `YYYY-MM-DD`, by this device's clock and time zone.
    pub day: String,
    /// Since the day began.
    pub today: UsageView,
    /// Since the month began.
    pub month: UsageView,
    /// Bytes that may go over the internet in a month; `None` for no budget.
    pub budget: Option<u64>,
    /// How far it is used.
    pub state: BudgetState,
    /// When the low-data profile applies.
    pub saving: Saving,
    /// Why it applies now, when it does.
    pub saves: Option<SavingReason>,
    /// In the low-data profile, how many minutes pass before others are asked for news.
    pub news_minutes: u32,
    /// Whether the system says that the network is metered.
    pub metered: bool,
}

/// New values; absent ones stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SetTraffic {
    /// Bytes that may go over the internet in a month; 0 for no budget.
    pub budget: Option<u64>,
    /// When the low-data profile applies.
    pub saving: Option<Saving>,
    /// In the low-data profile, minutes before others are asked for news: 5 to 1,440.
    pub news_minutes: Option<u32>,
}

/// What the system says of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Metered {
    /// Whether bytes cost money.
    pub metered: bool,
}

/// What stands between this device and the others of a space, worked out from what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Majlis could not open its links when it was started: nobody is met before it is started again.
    NoLinks,
    /// This device is on no network.
    NoNetwork,
    /// This device has no room left on its disk: what others bring is not taken.
    DiskFull,
    /// It is on one, and no device of this space is heard there, and no other address is known.
    NobodyHeard,
    /// The device is heard on the same network but does not answer: the router keeps devices apart.
    Separated,
    /// The device is heard on the same network and takes no more links now.
    Busy,
    /// Nobody answers where the device was last.
    Unanswered,
    /// Another device answers there, with another key.
    SomebodyElse,
    /// The device answers and has not heard of this space, or does not know this device in it.
    NotInSpace,
    /// This device was removed from the space, or the other one was.
    Removed,
    /// The two devices speak no version in common.
    Version,
    /// The device cannot store anything now: a gateway that waits for its database.
    CannotStore,
    /// Only the internet is left, and the month's budget is used up.
    BudgetSpent,
    /// The same, on the other device.
    TheirBudgetSpent,
    /// Everything was exchanged and data is saved: it is looked for news again later.
    Resting,
    /// Everything was exchanged and the device makes room for others: it is met again with news.
    GivesWay,
    /// The relay of this device does not answer: those who can be met only through it are not met.
    RelayUnreached,
    /// The relay of this device does not let this one in.
    RelayRefuses,
}

/// A finding, and the device it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct FindingView {
    /// What it is.
    pub finding: Finding,
    /// The device's name; `None` when the finding is about no single device or its name is not
    /// known.
    pub name: Option<String>,
}
