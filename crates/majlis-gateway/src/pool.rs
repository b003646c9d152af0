//! The database that several gateway processes share, as the settings name it. Without the feature
//! `postgres` there is none, and naming one is an error that says so.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod schema;
#[cfg(all(test, feature = "postgres"))]
mod tests;
#[cfg(feature = "postgres")]
mod told;
#[cfg(feature = "postgres")]
mod writing;

use std::sync::Arc;

use majlis_node::pool::Pool;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use crate::config::Config;

/// What a gateway has of a pool.
#[derive(Clone, Debug)]
pub(crate) struct Pooled {
    pub(crate) pool: Option<Arc<dyn Pool>>,
    /// Seconds that each commit to it took.
    pub(crate) commits: Histogram,
}

/// Opens the pool that the settings name, if they name one.
///
/// # Errors
/// When it cannot be reached or used, or this program was built without.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Pooled> {
    // From half a millisecond to eight seconds.
    let commits = Histogram::new(exponential_buckets(0.0005, 2.0, 15));
    let pool = match &config.storage.postgres {
        None => None,
        Some(address) => Some(opened(address, config, &commits).await?),
    };
    Ok(Pooled { pool, commits })
}

#[cfg(feature = "postgres")]
async fn opened(
    address: &str,
    config: &Config,
    commits: &Histogram,
) -> anyhow::Result<Arc<dyn Pool>> {
    let settings = postgres::settings(address, config.storage.unencrypted)?;
    let pool = postgres::Postgres::open(settings, commits.clone()).await?;
    Ok(Arc::new(pool))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "with a database it waits")]
async fn opened(_: &str, _: &Config, _: &Histogram) -> anyhow::Result<Arc<dyn Pool>> {
    anyhow::bail!(
        "opening a PostgreSQL database, which this majlis-gateway was built without: build it with --features postgres"
    )
}

#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_this_program_cannot_use_is_an_error() {
        let mut config = Config::default();
        assert!(open(&config).await.unwrap().pool.is_none());
        config.storage.postgres = Some("host=/run/postgresql".to_owned());
        let said = open(&config).await.unwrap_err().to_string();
        assert!(
            said.ends_with("build it with --features postgres"),
            "{said}"
        );
    }
}
