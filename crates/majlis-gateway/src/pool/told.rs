//! Hints between processes, over LISTEN and NOTIFY: that something came to a space. A database that
//! knows neither, or a hint that is lost, costs a second or two and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use majlis_node::pool::SpaceId;
use tokio::sync::{broadcast, mpsc};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

const CHANNEL: &str = "majlis";
/// What comes within this time is told at once: a commit that notifies holds a lock on the server.
const TOGETHER: Duration = Duration::from_millis(200);
const AGAIN: Duration = Duration::from_secs(5);
/// Hints kept for a listener that is slow.
const KEPT: usize = 1_024;

/// Spaces to tell others about, and what others told.
#[derive(Clone, Debug)]
pub(super) struct Hints {
    new: mpsc::Sender<SpaceId>,
    heard: broadcast::Sender<SpaceId>,
}

impl Hints {
    /// Begins telling and hearing, until the runtime ends.
    pub(super) fn start(settings: Config) -> Self {
        let (new, mut to_tell) = mpsc::channel(KEPT);
        let (heard, _) = broadcast::channel(KEPT);
        let hints = Self {
            new,
            heard: heard.clone(),
        };
        tokio::spawn(async move {
            while !to_tell.is_closed() {
                if let Err(error) = pass_on(&settings, &mut to_tell, &heard).await {
                    tracing::debug!(%error, "no hints for now");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        hints
    }

    /// Something came to a space. Where too much waits to be told, it is found by polling.
    pub(super) fn tell(&self, space: SpaceId) {
        let _ = self.new.try_send(space);
    }

    pub(super) fn hear(&self) -> broadcast::Receiver<SpaceId> {
        self.heard.subscribe()
    }
}

/// One connection's worth.
async fn pass_on(
    settings: &Config,
    new: &mut mpsc::Receiver<SpaceId>,
    heard: &broadcast::Sender<SpaceId>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = settings.connect(NoTls).await?;
    let hearing = async {
        loop {
            match std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                Some(Ok(AsyncMessage::Notification(hint))) => {
                    if let Ok(space) = hint.payload().parse() {
                        let _ = heard.send(space);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    };
    tokio::select! {
        ended = hearing => ended,
        ended = telling(&client, new) => ended,
    }
}

async fn telling(
    client: &Client,
    new: &mut mpsc::Receiver<SpaceId>,
) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    while let Some(first) = new.recv().await {
        tokio::time::sleep(TOGETHER).await;
        let mut spaces = BTreeSet::from([first]);
        while let Ok(space) = new.try_recv() {
            spaces.insert(space);
        }
        for space in spaces {
            let told = "SELECT pg_notify($1, $2)";
            client
                .execute(told, &[&CHANNEL, &space.to_string()])
                .await?;
        }
    }
    Ok(())
}
