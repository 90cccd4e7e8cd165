//! The health of the service as `grpc.health.v1`: overall, and of each service of the API by name.

use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::rpc::SERVICES;

/// Sets the health of the service. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct HealthStatus {
    reporter: HealthReporter,
}

impl HealthStatus {
    /// A service that is serving.
    pub async fn serving() -> Self {
        let health = Self {
            reporter: HealthReporter::new(),
        };
        health.set_ready(true).await;
        health
    }

    /// Sets whether the service is serving. It is not while the database is unavailable, or before
    /// a shutdown.
    pub async fn set_ready(&self, ready: bool) {
        let status = if ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        for service in [""].iter().chain(&SERVICES) {
            self.reporter.set_service_status(service, status).await;
        }
    }

    /// The gRPC service that answers health checks.
    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }
}
