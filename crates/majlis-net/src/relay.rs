//! A relay that somebody hosts: where it is, and by which certificate it is known. Devices that
//! cannot reach each other meet through one; it carries packets that only they can read.
//! Not here: connecting to it (`relayed`), and running one.

use std::net::IpAddr;
use std::sync::Arc;

use iroh::RelayUrl;
use iroh::tls::CaTlsConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// The longest address of a relay, in bytes.
pub const MAX_RELAY_URL: usize = 96;

/// Where a relay is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayPlace {
    url: String,
    pin: Option<[u8; 32]>,
    quic: Option<u16>,
}

impl RelayPlace {
    /// A relay at `url`, which is `http://` or `https://`, a host and perhaps a port, nothing
    /// else; `None` for anything else.
    ///
    /// With a `pin` ([`pin_of`]) its certificate must be exactly that one, and needs nobody's
    /// signature; without, it must be one that the web's authorities signed for the host. There is
    /// no pin without `https://`. `quic`
    /// is the UDP port where a device learns under which address the relay sees it.
    #[must_use]
    pub fn new(url: &str, pin: Option<[u8; 32]>, quic: Option<u16>) -> Option<Self> {
        let bare = url.strip_suffix('/').unwrap_or(url);
        let rest = bare
            .strip_prefix("https://")
            .or_else(|| bare.strip_prefix("http://"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if bare.len() > MAX_RELAY_URL || rest.is_empty() || !rest.chars().all(plain) {
            return None;
        }
        let parsed: RelayUrl = bare.parse().ok()?;
        let host = parsed.host_str()?;
        if host.is_empty() || parsed.port() == Some(0) || quic == Some(0) {
            return None;
        }
        // Nobody would ask for the certificate.
        if pin.is_some() && bare.starts_with("http://") {
            return None;
        }
        Some(Self {
            url: bare.to_ascii_lowercase(),
            pin,
            quic,
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The only certificate that it may show, when there is such a one.
    #[must_use]
    pub const fn pin(&self) -> Option<[u8; 32]> {
        self.pin
    }

    /// The UDP port where a device learns its own address.
    #[must_use]
    pub const fn quic(&self) -> Option<u16> {
        self.quic
    }

    /// Its host, as people write it.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((v6, _)) => v6,
            None => rest.split(':').next().unwrap_or(rest),
        }
    }

    /// Its IP address, when its host is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    pub(crate) fn parsed(&self) -> Option<RelayUrl> {
        self.url.parse().ok()
    }

    /// Whom to trust there. A pin is for this relay alone: each has a configuration of its own.
    pub(crate) fn trust(&self) -> CaTlsConfig {
        match self.pin {
            None => CaTlsConfig::embedded(),
            Some(pin) => CaTlsConfig::custom_server_cert_verifier(Arc::new(move |provider| {
                Ok(Arc::new(Pinned { pin, provider }))
            })),
        }
    }
}

/// What names a certificate in a ticket: the BLAKE3 hash of its DER form.
#[must_use]
pub fn pin_of(certificate: &[u8]) -> [u8; 32] {
    *blake3::hash(certificate).as_bytes()
}

/// Trusts one certificate, whatever name and dates are in it, and whoever signed it; that the other
/// side has its key is checked as always.
#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if pin_of(end_entity) == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_a_host_and_nothing_else() {
        for (url, host) in [
            ("https://relay.example.org", "relay.example.org"),
            ("https://Relay.example.org:8443/", "relay.example.org"),
            ("http://10.0.0.1:3340", "10.0.0.1"),
            ("https://[2001:db8::1]:443", "2001:db8::1"),
        ] {
            let place = RelayPlace::new(url, None, Some(443)).unwrap();
            assert_eq!(place.host(), host, "{url}");
            assert!(place.parsed().is_some());
        }
        assert!(
            RelayPlace::new("http://10.0.0.1:3340", None, None)
                .unwrap()
                .ip()
                .is_some()
        );
        let long = format!("https://{}.org", "a".repeat(MAX_RELAY_URL));
        for url in [
            "",
            "https://",
            "relay.example.org",
            "ftp://relay.example.org",
            "https://user@relay.example.org",
            "https://relay.example.org/path",
            "https://relay.example.org?token=x",
            "https://relay.example.org:0",
            "https://relay example.org",
            "https://[::1",
            &long,
        ] {
            assert_eq!(RelayPlace::new(url, None, None), None, "{url}");
        }
        assert_eq!(RelayPlace::new("https://a.org", None, Some(0)), None);
        let pinned = |url| RelayPlace::new(url, Some([7; 32]), None);
        assert!(pinned("https://a.org").is_some());
        assert_eq!(
            pinned("http://a.org"),
            None,
            "a pin that nobody would ask for"
        );
    }
}
