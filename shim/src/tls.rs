//! TLS to the database, in the words of PostgreSQL's own clients: `sslmode` and `sslrootcert` of the connection URL.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::errors::{StartError, chain};

/// How the database is reached: whom to log in as, and how to speak to it.
pub type Login = (tokio_postgres::Config, MakeRustlsConnect);

/// Reads a connection URL. As with PostgreSQL's own clients, `disable` is without TLS; `prefer`, the default, and
/// `require` do not ask whose certificate it is, unless sslrootcert is given; `verify-ca` asks who signed it, and
/// `verify-full` also for the host's name in it. Without sslrootcert the system's authorities are trusted.
pub fn login(url: &str) -> Result<Login, StartError> {
    let (url, mode, authorities) = ours(url);
    let invalid = |what: String| StartError::new(format!("the database URL is not valid: {what}"));
    let mut config: tokio_postgres::Config = url.parse().map_err(|error| invalid(chain(&error)))?;
    let (ssl_mode, asked) = match (mode.as_deref().unwrap_or("prefer"), &authorities) {
        ("disable", _) => (SslMode::Disable, Asked::Nothing),
        ("prefer", _) => (SslMode::Prefer, Asked::Nothing),
        ("require", None) => (SslMode::Require, Asked::Nothing),
        ("require" | "verify-ca", _) => (SslMode::Require, Asked::Signer),
        ("verify-full", _) => (SslMode::Require, Asked::SignerAndName),
        (other, _) => {
            let known = "disable, prefer, require, verify-ca or verify-full";
            return Err(invalid(format!("sslmode {other} is none of {known}")));
        }
    };
    config.ssl_mode(ssl_mode);
    if config.get_hosts().is_empty() {
        // The name in the handshake, when only addresses are given.
        for address in config.get_hostaddrs().to_vec() {
            config.host(address.to_string());
        }
    }
    let trusted = match asked {
        Asked::Nothing => Vec::new(),
        _ => certificates(authorities.as_deref())?,
    };
    Ok((config, connector(asked, trusted)?))
}

/// The URL without our two parameters, and their values.
fn ours(url: &str) -> (String, Option<String>, Option<String>) {
    let (mut mode, mut authorities) = (None, None);
    let Some((address, parameters)) = url.split_once('?') else {
        return (url.to_owned(), mode, authorities);
    };
    let others: Vec<&str> = parameters
        .split('&')
        .filter(|parameter| {
            // A plus is itself here.
            let plain = parameter.replace('+', "%2B");
            match form_urlencoded::parse(plain.as_bytes()).next() {
                Some((name, value)) if name == "sslmode" => mode = Some(value.into_owned()),
                Some((name, value)) if name == "sslrootcert" => authorities = Some(value.into_owned()),
                _ => return true,
            }
            false
        })
        .collect();
    (format!("{address}?{}", others.join("&")), mode, authorities)
}

/// The certificates of a PEM file; of the system's authorities without one.
fn certificates(file: Option<&str>) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let found = match file {
        None | Some("system") => rustls_native_certs::load_native_certs().certs,
        Some(file) => CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| StartError::new(format!("cannot read sslrootcert {file}: {error}")))?,
    };
    match found.is_empty() {
        true => Err(StartError::new(format!("there are no certificates in {}", file.unwrap_or("the system's store")))),
        false => Ok(found),
    }
}

fn connector(asked: Asked, trusted: Vec<CertificateDer<'static>>) -> Result<MakeRustlsConnect, StartError> {
    let provider = Arc::new(ring::default_provider());
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(trusted.iter().cloned());
    let verifier = Verifier { asked, trusted, authorities, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::new(format!("cannot prepare TLS: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What is asked of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    Signer,
    SignerAndName,
}

#[derive(Debug)]
struct Verifier {
    asked: Asked,
    trusted: Vec<CertificateDer<'static>>,
    /// The same certificates, as signers.
    authorities: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.asked == Asked::Nothing {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        // A server may show the very certificate we were given, signed by itself.
        if !self.trusted.contains(certificate) {
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, &self.authorities, intermediates, now, algorithms)?;
        }
        if self.asked == Asked::SignerAndName {
            verify_server_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_parameters_are_taken_out() {
        let taken = |url: &str| ours(url);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(taken("postgresql:///shop"), ("postgresql:///shop".to_owned(), None, None));
        assert_eq!(
            taken("postgresql://h/shop?sslmode=verify-full&user=x&sslrootcert=%2Fa+b%20c.crt"),
            ("postgresql://h/shop?user=x".to_owned(), some("verify-full"), some("/a+b c.crt"))
        );
    }

    #[test]
    fn modes_are_those_of_postgresql() {
        let mode = |url: &str| login(url).map(|(config, _)| config.get_ssl_mode());
        assert_eq!(mode("postgresql://h/d").unwrap(), SslMode::Prefer);
        assert_eq!(mode("postgresql://h/d?sslmode=disable").unwrap(), SslMode::Disable);
        assert_eq!(mode("postgresql://h/d?sslmode=require").unwrap(), SslMode::Require);
        for (wrong, words) in [
            ("postgresql://h/d?sslmode=strict", "verify-full"),
            ("postgresql://h/d?sslmode=verify-full&sslrootcert=/no/such/file", "/no/such/file"),
            ("postgresql://h/d?sslmode=require&sslrootcert=/dev/null", "no certificates in /dev/null"),
        ] {
            let told = mode(wrong).unwrap_err().to_string();
            assert!(told.contains(words), "{told}");
        }
    }
}
