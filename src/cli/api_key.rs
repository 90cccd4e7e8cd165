//! What the program shows of who calls: an API key.

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
    /// A file that holds the API key to call the service with. Without it the key in `WABA_MIGRATOR_API_KEY` is shown, and
    /// without that none.
    #[arg(
        long,
        global = true,
        display_order = 1005,
        help_heading = "For every command",
        value_name = "FILE"
    )]
    api_key_file: Option<PathBuf>,
    /// Shows the API key to a service on another machine over http:// too. Only where the network between is trusted: within a
    /// cluster, say.
    #[arg(
        long,
        global = true,
        display_order = 1006,
        help_heading = "For every command",
        env = "WABA_MIGRATOR_ALLOW_HTTP"
    )]
    allow_http: bool,
}

/// What every call shows. Never printed.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyHeader(Option<MetadataValue<Ascii>>);

impl ApiKeyArgs {
    /// What to show to the service at this URL.
    pub(super) fn shown_to(&self, server: &str) -> Result<ApiKeyHeader, Failure> {
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
                "the API key is not sent to {}: over http:// everybody on the way could read it. Use https://, leave \
                 the key out, or say --allow-http where the network is trusted",
                masked_url(server)
            )));
        }
        let value = format!("Bearer {}", key.expose()).parse();
        let mut value: MetadataValue<Ascii> =
            value.map_err(|_| Failure::usage("the API key cannot be sent"))?;
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

/// Whether the service at this URL is on this machine.
fn is_loopback(server: &str) -> bool {
    let uri = server.parse::<axum::http::Uri>();
    uri.is_ok_and(|uri| loopback::is_loopback(uri.host().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "wam_07enw3ahrz_6dmv29gqy5ckt18fpx4bjs07enw3ahrz6dmv29gqwfkjq1";

    #[test]
    fn a_key_is_shown_where_nobody_on_the_way_can_read_it() {
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
            let mut shown = key.shown_to(server).unwrap();
            let request = shown.call(Request::new(())).unwrap();
            let sent = request.metadata().get("authorization").unwrap();
            assert_eq!(sent.to_str().unwrap(), format!("Bearer {KEY}"));
            assert!(!format!("{shown:?} {request:?}").contains(KEY));
        }
        for server in [
            "http://migrator.example.com",
            "http://10.0.0.7:8080",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
        ] {
            let refused = key.shown_to(server).unwrap_err();
            assert!(
                refused.to_string().contains("everybody on the way"),
                "{refused}"
            );
        }
        let trusting = ApiKeyArgs {
            allow_http: true,
            ..key.clone()
        };
        assert!(trusting.shown_to("http://migrator:8080").is_ok());
        std::fs::write(&path, "canary").unwrap();
        let refused = key.shown_to("http://127.0.0.1:8080").unwrap_err();
        assert!(!refused.to_string().contains("canary"), "{refused}");
    }
}
