//! Two people in one text see each other, over real links; others see nothing, and nobody can say
//! anything for somebody else.

use std::path::Path;
use std::time::{Duration, Instant};

use majlis_core::document::Document;
use majlis_core::id::{LaneId, SpaceId};
use majlis_core::sign::{DeviceKey, Purpose, Signer as _};
use majlis_core::sync::message::{Again, Hello, Message, NEWEST, OLDEST, SpaceTag, Stand, encode};
use majlis_core::sync::names::TipsDigest;
use majlis_core::sync::presence::{Caret, MAX_PRESENCE, Presence, Stay};
use majlis_net::{Address, DoorLimits, Link, Net, NetOptions};
use majlis_node::api::document::{DocumentRef, EditorRef};
use majlis_node::api::me::{Me, SetProfile};
use majlis_node::api::network::{Saving, SetTraffic, TrafficView};
use majlis_node::api::presence::{CaretView, HereView};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::keys;
use majlis_node::node::Node;

use crate::scene::get;
use crate::writer::{LONG, Two, Writer};

/// So long a presence is believed that is not told again.
const BELIEVED: Duration = Duration::from_secs(12);
/// Long enough for anything that was told to have arrived.
const A_WHILE: Duration = Duration::from_secs(5);

fn names(here: &[HereView]) -> Vec<&str> {
    here.iter().map(|one| one.name.as_str()).collect()
}

fn caret_of(here: &[HereView]) -> Option<CaretView> {
    here.iter().find_map(|one| one.caret)
}

fn at(anchor: u32, head: u32) -> Option<CaretView> {
    Some(CaretView { anchor, head })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_in_one_text_see_each_other_until_one_leaves() {
    let (mut amina, mut bilal) = Two::meet().await.open().await;
    // Whoever only has it open is not shown, and shown nobody.
    bilal.show(None).await;
    assert_eq!(amina.all_within(Duration::from_secs(2)).await, [[]; 0]);
    amina.show(Some((9, 12))).await;
    let here = amina.sees("Bilal", |here| !here.is_empty()).await;
    assert_eq!((names(&here), caret_of(&here)), (vec!["Bilal"], None));
    let here = bilal
        .sees("Amina's caret", |here| caret_of(here).is_some())
        .await;
    assert_eq!((names(&here), caret_of(&here)), (vec!["Amina"], at(9, 12)));

    // It stays at its letters while the other writes before it, on the screen of who writes too.
    bilal.types(1, "On Friday. ").await;
    bilal
        .sees("moved along", |here| caret_of(here) == at(20, 23))
        .await;
    // And it moves as it is moved, in the words that came meanwhile.
    amina.sees("nothing new", |here| !here.is_empty()).await;
    amina.show(Some((20, 20))).await;
    bilal
        .sees("a caret", |here| caret_of(here) == at(20, 20))
        .await;

    // Leaving is told, and seen at once.
    let left = Instant::now();
    amina.tell(false, None).await;
    bilal.sees("nobody", <[HereView]>::is_empty).await;
    assert!(left.elapsed() < BELIEVED, "it was told");
    amina.show(None).await;
    bilal.sees("Amina again", |here| !here.is_empty()).await;
    amina.sees("Bilal", |here| !here.is_empty()).await;
    let editor = EditorRef {
        editor: amina.opened.editor,
    };
    let _: Nothing = get(&amina.node, Request::CloseDocument(editor)).await;
    bilal.sees("a closed page", <[HereView]>::is_empty).await;

    // And so is the end of a link.
    let again = DocumentRef {
        space: found_space(&amina.node).await,
        document: document_of(&amina.node).await,
    };
    let mut amina = Writer::open(amina.node, amina.folder, &again).await;
    amina.show(None).await;
    bilal
        .sees("Amina in a new page", |here| !here.is_empty())
        .await;
    amina
        .sees("Bilal in a new page", |here| !here.is_empty())
        .await;
    let ended = Instant::now();
    amina.node.shutdown().await;
    bilal.sees("an ended link", <[HereView]>::is_empty).await;
    assert!(ended.elapsed() < BELIEVED, "it was seen");
}

async fn found_space(node: &Node) -> String {
    let spaces: Vec<serde_json::Value> = get(node, Request::Spaces(Nothing {})).await;
    spaces[0]["space"].as_str().unwrap().to_owned()
}

async fn document_of(node: &Node) -> String {
    let space = SpaceRef {
        space: found_space(node).await,
    };
    let all: Vec<serde_json::Value> = get(node, Request::Documents(space)).await;
    let minutes = all.iter().find(|one| one["title"] == "Minutes").unwrap();
    minutes["document"].as_str().unwrap().to_owned()
}

/// From handing in the first words after a pause until the other page has them, in the middle of some.
async fn wait_for_words(amina: &mut Writer, bilal: &mut Writer) -> Duration {
    let mut took = Vec::new();
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let before = amina.opened.heads.clone();
        let began = Instant::now();
        bilal.types(1, &format!("{round}.")).await;
        while amina.opened.heads == before {
            assert!(began.elapsed() < LONG, "the words do not come");
            let _ = amina.next(Duration::from_millis(20)).await;
        }
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[1]
}

#[tokio::test(flavor = "multi_thread")]
async fn words_come_sooner_while_somebody_else_is_in_the_text() {
    let (mut amina, mut bilal) = Two::meet().await.open().await;
    let unseen = wait_for_words(&mut amina, &mut bilal).await;
    amina.show(Some((1, 1))).await;
    bilal.show(Some((1, 1))).await;
    amina.sees("Bilal", |here| !here.is_empty()).await;
    bilal.sees("Amina", |here| !here.is_empty()).await;
    let together = wait_for_words(&mut amina, &mut bilal).await;
    println!("{unseen:?} without, {together:?} with somebody else in the text");
    assert!(
        together < unseen,
        "{together:?} is no sooner than {unseen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_chose_so_or_saves_data_tells_nothing_and_is_shown_nothing() {
    let (mut amina, mut bilal) = Two::meet().await.open().await;
    amina.show(Some((1, 1))).await;
    bilal.show(Some((1, 1))).await;
    amina.sees("Bilal", |here| !here.is_empty()).await;
    bilal.sees("Amina", |here| !here.is_empty()).await;

    let choose = |presence| {
        let profile = SetProfile {
            presence: Some(presence),
            ..SetProfile::default()
        };
        Request::SetProfile(profile)
    };
    let me: Me = get(&amina.node, choose(false)).await;
    assert!(!me.presence);
    amina.sees("nobody", <[HereView]>::is_empty).await;
    bilal.sees("nobody", <[HereView]>::is_empty).await;
    amina.show(Some((3, 3))).await;
    bilal.show(Some((4, 4))).await;
    let told = bilal.all_within(A_WHILE).await;
    assert!(told.iter().all(Vec::is_empty), "{told:?}");
    let told = amina.all_within(Duration::from_millis(200)).await;
    assert!(told.iter().all(Vec::is_empty), "{told:?}");

    // Once it is chosen again, the page need not say again that it is there.
    let _: Me = get(&amina.node, choose(true)).await;
    bilal.sees("Amina again", |here| !here.is_empty()).await;
    amina.sees("Bilal again", |here| !here.is_empty()).await;

    let save = |saving| {
        Request::SetTraffic(SetTraffic {
            saving: Some(saving),
            ..SetTraffic::default()
        })
    };
    let _: TrafficView = get(&amina.node, save(Saving::Always)).await;
    amina.show(Some((5, 5))).await;
    amina
        .sees("that nobody is heard", <[HereView]>::is_empty)
        .await;
    bilal
        .sees("that nobody is heard", <[HereView]>::is_empty)
        .await;
    amina.show(Some((6, 6))).await;
    let told = bilal.all_within(A_WHILE).await;
    assert!(told.iter().all(Vec::is_empty), "{told:?}");
}

/// Speaks to a node as a program of one's own would.
struct Liar {
    link: Link,
    _net: Net,
}

impl Liar {
    async fn dial(secret: [u8; 32], to: Address) -> Self {
        let options = NetOptions {
            secret,
            port: 0,
            discovery: false,
            door: DoorLimits::default(),
            addresses: Vec::new(),
        };
        let net = Net::open(options).await.unwrap();
        Self {
            link: net.dial(&to).await.unwrap(),
            _net: net,
        }
    }

    async fn says(&mut self, message: &Message) {
        self.link.send(&encode(0, message)).await.unwrap();
    }

    /// Whether the other side goes on with the link after what was said.
    async fn is_taken(&mut self) -> bool {
        matches!(self.link.recv().await, Ok(Some(_)))
    }

    /// Says for two seconds, four times each, that somebody is in the text.
    async fn tells(&self, presences: &[Vec<u8>]) {
        for _ in 0..4 {
            for bytes in presences {
                let _ = self.link.datagrams().send(bytes.clone());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn stand() -> Stand {
    Stand {
        digest: TipsDigest([1; 16]),
        tips: 0,
        resume: None,
    }
}

fn hello(space: SpaceId, link: &Link, key: &DeviceKey, signs: &DeviceKey) -> Message {
    let (binding, device) = (link.binding(), key.device());
    let message = Hello::message(&binding, true, space, device);
    let proof = signs.sign(Purpose::Link, &message);
    Message::Hello(Hello {
        oldest: OLDEST,
        newest: NEWEST,
        tag: SpaceTag::new(space, &binding),
        device,
        proof: proof.as_bytes().to_vec().into(),
        invite: None,
        stand: stand(),
    })
}

fn here(lane: LaneId, number: u64, caret: Option<Caret>) -> Vec<u8> {
    let stay = Stay::Here(caret);
    Presence { lane, number, stay }.encode()
}

async fn address(node: &Node, folder: &Path) -> Address {
    let mine: majlis_node::api::sync::MyAddress = get(node, Request::MyAddress(Nothing {})).await;
    let sockets = mine.sockets.iter().map(|at| at.parse().unwrap());
    Address {
        id: keys::open(folder, None).unwrap().transport.public(),
        sockets: sockets.collect(),
        relays: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_shown_who_did_not_prove_a_members_device() {
    let two = Two::meet().await;
    let space: SpaceId = two.space.space.parse().unwrap();
    let lane: LaneId = two.document.document.parse().unwrap();
    let to = address(&two.amina.0, two.amina.1.path()).await;
    let bilals = keys::open(two.bilal.1.path(), None).unwrap();
    let bilal = bilals.of(space, 0);
    two.bilal.0.shutdown().await;
    let mut amina = Writer::open(two.amina.0, two.amina.1, &two.document).await;
    amina.show(Some((1, 1))).await;
    let presence = [here(lane, 1, None), here(lane, 2, None)];

    // Somebody who knows the space's name and says that they are known.
    let mut stranger = Liar::dial([7; 32], to.clone()).await;
    let binding = stranger.link.binding();
    let again = Again {
        oldest: OLDEST,
        newest: NEWEST,
        tag: SpaceTag::new(space, &binding),
        stand: stand(),
    };
    stranger.says(&Message::Again(again)).await;
    stranger.tells(&presence).await;
    // One who claims Bilal's device and cannot sign for it.
    let own = DeviceKey::from_secret(&[9; 32]);
    let mut forger = Liar::dial([8; 32], to.clone()).await;
    let said = hello(space, &forger.link, &bilal, &own);
    forger.says(&said).await;
    forger.tells(&presence).await;
    // One who proves a device that is no member's.
    let mut outsider = Liar::dial([6; 32], to.clone()).await;
    let said = hello(space, &outsider.link, &own, &own);
    outsider.says(&said).await;
    outsider.tells(&presence).await;
    let told = amina.all_within(Duration::from_secs(1)).await;
    assert!(told.iter().all(Vec::is_empty), "{told:?}");

    // Bilal's device itself, with a program that says what it likes.
    amina.show(Some((1, 1))).await;
    let mut liar = Liar::dial(*bilals.transport.secret(), to).await;
    let said = hello(space, &liar.link, &bilal, &bilal);
    liar.says(&said).await;
    assert!(liar.is_taken().await);
    let noise = [
        Vec::new(),
        vec![1],
        vec![0xff; MAX_PRESENCE],
        vec![1; 1_100],
        here(LaneId::MEMBERSHIP, 9, None),
    ];
    liar.tells(&noise).await;
    let told = amina.all_within(Duration::from_millis(300)).await;
    assert!(told.iter().all(Vec::is_empty), "{told:?}");
    // A place far outside of the text, of a document that nobody else has.
    let place = {
        let mut document = Document::new(lane);
        let text = "elsewhere".repeat(50);
        let insert = majlis_core::document::Edit::Insert {
            at: 1,
            text,
            marks: majlis_core::document::Marks::default(),
        };
        let heads = document.heads();
        let now = majlis_core::time::Timestamp(0);
        let edited = document.edit([9; 16], &heads, &[insert], now).unwrap();
        document.place(&edited.heads, 400).unwrap()
    };
    let caret = Caret {
        anchor: place,
        head: place,
    };
    liar.tells(&[here(lane, 20, Some(caret))]).await;
    let seen = amina.sees("Bilal", |here| !here.is_empty()).await;
    assert_eq!((names(&seen), caret_of(&seen)), (vec!["Bilal"], None));
    assert!(seen[0].device == bilal.device().to_string());
    // A flood is not passed on: what is heard is a few a second.
    for number in 100..3_000 {
        let caret = (number % 2 == 0).then_some(caret);
        let _ = liar.link.datagrams().send(here(lane, number, caret));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let told = amina.all_within(Duration::from_secs(1)).await;
    assert!(told.len() < 60, "{} times", told.len());
    // Hung up, gone.
    drop(liar);
    let last = told.last().cloned().unwrap_or(seen);
    if !last.is_empty() {
        amina.sees("nobody", <[HereView]>::is_empty).await;
    }
}
