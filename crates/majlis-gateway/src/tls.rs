//! Certificates that this gateway makes itself, or is given: for the web part on a local network
//! without a proxy, where browsers ask once whether to trust it, and for its relay, where tickets
//! say which certificate it is. Their fingerprints are in the log.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::serve::Listener;
use majlis_node::disk;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// Whoever connects has so long for the handshake.
const SHAKE_WITHIN: Duration = Duration::from_secs(10);
const HANDSHAKES: usize = 32;

/// A listener whose connections are encrypted.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Listens, with the certificate in `folder`, made for `origins` when there is none.
    pub(crate) async fn open(
        folder: &Path,
        origins: &[String],
        listen: SocketAddr,
    ) -> anyhow::Result<Self> {
        Self::accepting(acceptor(folder, origins)?, listen).await
    }

    /// Listens, with a certificate that was given.
    pub(crate) async fn with(identity: Identity, listen: SocketAddr) -> anyhow::Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(identity.config));
        Self::accepting(acceptor, listen).await
    }

    async fn accepting(acceptor: TlsAcceptor, listen: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("listening on {listen}"))?;
        let address = listener.local_addr()?;
        let (tell, ready) = mpsc::channel(HANDSHAKES);
        tokio::spawn(accept(listener, acceptor, tell));
        Ok(Self { address, ready })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(found) => found,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// Handshakes go side by side: a slow one holds nobody up, and there are never many.
async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    tell: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a browser");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            let _permit = permit;
            match timeout(SHAKE_WITHIN, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(tell.send((stream, from)).await),
                Ok(Err(error)) => tracing::debug!(%error, %from, "a handshake failed"),
                Err(_) => tracing::debug!(%from, "a handshake took too long"),
            }
        });
    }
}

fn acceptor(folder: &Path, origins: &[String]) -> anyhow::Result<TlsAcceptor> {
    let hosts = origins.iter().filter_map(|origin| host(origin));
    let files = Files::of(folder, "web");
    let identity = files.made_for(hosts.collect())?;
    Ok(TlsAcceptor::from(Arc::new(identity.config)))
}

/// The host of a web address.
pub(crate) fn host(url: &str) -> Option<String> {
    let host = url.split_once("://")?.1;
    let v6 = host.split_once(']').map(|(name, _)| name);
    let name = v6.unwrap_or_else(|| host.rsplit_once(':').map_or(host, |(name, _)| name));
    Some(name.trim_matches(['[', ']']).to_owned())
}

/// Where a certificate and its key are.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What a server shows, and how it encrypts with it.
pub(crate) struct Identity {
    /// The certificate, in DER.
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) config: ServerConfig,
}

impl Files {
    /// Where this gateway keeps what it makes for one of its parts.
    pub(crate) fn of(folder: &Path, part: &str) -> Self {
        Self {
            certificate: folder.join(format!("{part}-certificate.pem")),
            key: folder.join(format!("{part}-key.pem")),
        }
    }

    /// What is there; made for these hosts when there is nothing.
    pub(crate) fn made_for(&self, hosts: Vec<String>) -> anyhow::Result<Identity> {
        // An empty file is what a power cut, or a full disk, left of one.
        let is_there = |file: &Path| fs::metadata(file).is_ok_and(|about| about.len() > 0);
        if !is_there(&self.certificate) || !is_there(&self.key) {
            make(&self.certificate, &self.key, hosts)?;
        }
        self.read()
    }

    /// What is there.
    pub(crate) fn read(&self) -> anyhow::Result<Identity> {
        let (certificate, key) = (&self.certificate, &self.key);
        let in_file = || format!("reading {}", certificate.display());
        let chain = CertificateDer::pem_file_iter(certificate).with_context(in_file)?;
        let chain: Vec<CertificateDer<'static>> =
            chain.collect::<Result<_, _>>().with_context(in_file)?;
        let own = chain.first().cloned();
        let own = own.with_context(|| format!("finding one in {}", certificate.display()))?;
        let secret = PrivateKeyDer::from_pem_file(key)
            .with_context(|| format!("reading {}", key.display()))?;
        tracing::info!(
            fingerprint = fingerprint(&own),
            file = %certificate.display(),
            "a certificate, SHA-256"
        );
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .with_context(|| format!("using the certificate in {}", certificate.display()))?;
        Ok(Identity {
            certificate: own,
            config,
        })
    }
}

fn make(certificate: &Path, key: &Path, mut names: Vec<String>) -> anyhow::Result<()> {
    names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    names.dedup();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(names).context("making a certificate")?;
    // The key first: where its certificate is, it is.
    for (path, text) in [
        (key, signing_key.serialize_pem()),
        (certificate, cert.pem()),
    ] {
        disk::replace(path, text.as_bytes())
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The fingerprint of a certificate as browsers show it.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let suites = ring::default_provider().cipher_suites;
    let hash = suites.iter().find_map(|suite| {
        let suite = suite.tls13()?;
        (suite.common.hash_provider.output_len() == 32).then_some(suite.common.hash_provider)
    });
    let Some(hash) = hash else {
        return String::new();
    };
    let digest = hash.hash(certificate);
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let gap = if text.is_empty() { "" } else { ":" };
            let _ = write!(text, "{gap}{byte:02X}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    /// What a browser gets that trusts the certificate in `folder`.
    async fn fetch(folder: &Path, at: SocketAddr, name: &str) -> io::Result<String> {
        let trusted = fs::read(folder.join("web-certificate.pem"))?;
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&trusted).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(at).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?;
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn a_browser_that_trusts_the_certificate_is_answered_under_its_names_only() {
        let folder = tempfile::tempdir().unwrap();
        let origins = ["https://gateway.example:8443".to_owned()];
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TlsListener::open(folder.path(), &origins, listen)
            .await
            .unwrap();
        let at = listener.address();
        let routes = Router::new().route("/", get(async || "hello"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        // One who connects and says nothing holds nobody up.
        let _silent = TcpStream::connect(at).await.unwrap();
        for name in ["gateway.example", "localhost", "127.0.0.1"] {
            let answer = fetch(folder.path(), at, name).await.unwrap();
            assert!(answer.ends_with("hello"), "{name}: {answer}");
        }
        assert!(fetch(folder.path(), at, "other.example").await.is_err());
        // The certificate is kept: who trusted it once is not asked again.
        let before = fs::read(folder.path().join("web-certificate.pem")).unwrap();
        acceptor(folder.path(), &origins).unwrap();
        assert_eq!(
            fs::read(folder.path().join("web-certificate.pem")).unwrap(),
            before
        );
    }

    #[test]
    fn a_certificate_that_a_power_cut_left_empty_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        acceptor(folder.path(), &[]).unwrap();
        for name in ["web-certificate.pem", "web-key.pem"] {
            fs::write(folder.path().join(name), "").unwrap();
            acceptor(folder.path(), &[]).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        acceptor(folder.path(), &[]).unwrap();
        let key = fs::metadata(folder.path().join("web-key.pem")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}
