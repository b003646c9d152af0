//! Hints between processes, over LISTEN and NOTIFY: that something came to a space. A database that
//! knows neither, or a hint that is lost, costs a second or two and nothing else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use majlis_node::pool::SpaceId;
use tokio::sync::{Notify, broadcast};
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
    new: Arc<Mutex<BTreeSet<SpaceId>>>,
    wake: Arc<Notify>,
    heard: broadcast::Sender<SpaceId>,
}

impl Hints {
    /// Begins telling and hearing, until the runtime ends.
    pub(super) fn start(settings: Config) -> Self {
        let hints = Self {
            new: Arc::default(),
            wake: Arc::default(),
            heard: broadcast::channel(KEPT).0,
        };
        let told = hints.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = told.pass_on(&settings).await {
                    tracing::debug!(%error, "no hints for now");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        hints
    }

    /// Something came to a space.
    pub(super) fn tell(&self, space: SpaceId) {
        let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.insert(space);
        drop(new);
        self.wake.notify_one();
    }

    pub(super) fn hear(&self) -> broadcast::Receiver<SpaceId> {
        self.heard.subscribe()
    }

    /// One connection's worth.
    async fn pass_on(&self, settings: &Config) -> Result<(), tokio_postgres::Error> {
        let (client, mut connection) = settings.connect(NoTls).await?;
        let heard = self.heard.clone();
        let hearing = async move {
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
            ended = self.telling(&client) => ended,
        }
    }

    async fn telling(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        loop {
            self.wake.notified().await;
            tokio::time::sleep(TOGETHER).await;
            let new = {
                let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
                core::mem::take(&mut *new)
            };
            for space in new {
                let told = "SELECT pg_notify($1, $2)";
                client
                    .execute(told, &[&CHANNEL, &space.to_string()])
                    .await?;
            }
        }
    }
}
