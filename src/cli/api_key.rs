//! The API key that the commands send to the service.

use std::path::PathBuf;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use super::failure::Failure;
use super::input;
use crate::config::{environment, masked_url};
use crate::util::loopback;
use domain::tenancy::KeyText;

/// The API key to call the service with.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ApiKeyArgs {
    /// File with the API key to call the service with. Default: the key in the variable
    /// `WABA_MIGRATOR_API_KEY`, or no key.
    #[arg(long, global = true, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Send the API key over http:// to a service on another machine, too. Only for a trusted
    /// network, for example within a cluster.
    #[arg(long, global = true, env = "WABA_MIGRATOR_ALLOW_HTTP")]
    allow_http: bool,
}

/// Adds the API key to every call. Never printed.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyHeader(Option<MetadataValue<Ascii>>);

impl ApiKeyArgs {
    /// The header for calls to the service at `server`, a URL.
    pub(super) fn header_for(&self, server: &str) -> Result<ApiKeyHeader, Failure> {
        let key: Option<KeyText> = match &self.api_key_file {
            Some(path) => Some(input::secret_file("--api-key-file", path)?),
            None => environment::api_key()
                .map_err(|error| Failure::usage(format!("{}: {error}", environment::API_KEY)))?,
        };
        let Some(key) = key else {
            return Ok(ApiKeyHeader::default());
        };
        if server.starts_with("http://") && !is_loopback(server) && !self.allow_http {
            return Err(Failure::usage(format!(
                "the API key is not sent to {}: http:// does not encrypt it. Use https://, omit the \
                 key, or allow it with --allow-http if the network is trusted",
                masked_url(server)
            )));
        }
        let value = format!("Bearer {}", key.expose()).parse();
        let mut value: MetadataValue<Ascii> =
            value.map_err(|_| Failure::usage("the API key is not valid in a header"))?;
        value.set_sensitive(true);
        Ok(ApiKeyHeader(Some(value)))
    }
}

impl Interceptor for ApiKeyHeader {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// Whether the service at a URL is on this machine.
fn is_loopback(server: &str) -> bool {
    let uri = server.parse::<axum::http::Uri>();
    uri.is_ok_and(|uri| loopback::is_loopback(uri.host().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wam_07enw3ahrz_6dmv29gqy5ckt18fpx4bjs07enw3ahrz6dmv29gqwfkjq1";

    #[test]
    fn an_api_key_is_not_sent_unencrypted_to_another_machine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{KEY}\n")).unwrap();
        let key = ApiKeyArgs {
            api_key_file: Some(path.clone()),
            ..ApiKeyArgs::default()
        };
        for server in [
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
            "https://migrator.example.com",
        ] {
            let mut header = key.header_for(server).unwrap();
            let request = header.call(Request::new(())).unwrap();
            let sent = request.metadata().get("authorization").unwrap();
            assert_eq!(sent.to_str().unwrap(), format!("Bearer {KEY}"));
            assert!(!format!("{header:?} {request:?}").contains(KEY));
        }
        for server in [
            "http://migrator.example.com",
            "http://10.0.0.7:8080",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
        ] {
            let refused = key.header_for(server).unwrap_err();
            assert!(
                refused.to_string().contains("does not encrypt"),
                "{refused}"
            );
        }
        let trusting = ApiKeyArgs {
            allow_http: true,
            ..key.clone()
        };
        assert!(trusting.header_for("http://migrator:8080").is_ok());
        std::fs::write(&path, "canary").unwrap();
        let refused = key.header_for("http://127.0.0.1:8080").unwrap_err();
        assert!(!refused.to_string().contains("canary"), "{refused}");
    }
}
