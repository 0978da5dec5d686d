//! Encryption of connections: rustls, with the document's authority or the system's.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Encryption that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsProblem {
    /// The authority's file cannot be used.
    #[error(
        "the certificate authority `{path}` cannot be used: {problem}; expected a PEM file with at \
         least one certificate"
    )]
    Authority {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The system has no certificates.
    #[error(
        "the system's certificate authorities cannot be read: {problem}; install them (package \
         ca-certificates), or name an authority in the document"
    )]
    System {
        /// What is wrong.
        problem: String,
    },
    /// The library refuses its own defaults.
    #[error("encryption cannot be set up: {problem}")]
    Setup {
        /// What it says.
        problem: String,
    },
}

/// A client's settings: trusts the authority of a PEM file, or the system's
/// where none is given.
///
/// # Errors
/// When the certificates cannot be read.
pub fn client(authority: Option<&Path>) -> Result<Arc<ClientConfig>, TlsProblem> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            let fail = |problem: String| TlsProblem::Authority {
                path: path.display().to_string(),
                problem,
            };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| fail(error.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|error| fail(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(fail("it holds no certificate".to_owned()));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            // One damaged certificate of the system's does not spoil the others.
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                let problem = found
                    .errors
                    .first()
                    .map_or_else(|| "there are none".to_owned(), ToString::to_string);
                return Err(TlsProblem::System { problem });
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsProblem::Setup {
            problem: error.to_string(),
        })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What an error of a connection says about the other side's certificate, if
/// that is what it is about.
pub(super) fn certificate_problem(error: &std::io::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(problem) =
        error.get_ref()?.downcast_ref::<rustls::Error>()?
    else {
        return None;
    };
    use rustls::CertificateError as Certificate;
    Some(match problem {
        Certificate::UnknownIssuer => {
            "its certificate is signed by an authority that is not trusted; name the authority's PEM \
             file as `authority` in the document, if you trust it"
                .to_owned()
        }
        Certificate::BadSignature => {
            "its certificate is not signed by the authority that it names; is the authority's PEM \
             file the right one?"
                .to_owned()
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired; renew it, or set this machine's clock".to_owned()
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is this machine's clock right?".to_owned()
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "its certificate is for another name; use the name that stands in the certificate"
                .to_owned()
        }
        other => format!("its certificate is refused: {other:?}"),
    })
}
