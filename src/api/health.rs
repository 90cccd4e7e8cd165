//! Whether the service takes work, as `grpc.health.v1` tells it: overall, and for the migration service by name.

use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::proto::v1::migration_service_server::SERVICE_NAME;

/// The handle on what health checks are told. Cheap to clone; every clone speaks for the same service.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
}

impl Health {
    /// Health of a service that takes work.
    pub async fn serving() -> Self {
        let health = Self {
            reporter: HealthReporter::new(),
        };
        health.set_ready(true).await;
        health
    }

    /// Says whether the service takes work from now on: not while its store is in trouble, nor when it is about to stop.
    pub async fn set_ready(&self, ready: bool) {
        let status = if ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        for service in ["", SERVICE_NAME] {
            self.reporter.set_service_status(service, status).await;
        }
    }

    /// The gRPC service that answers health checks.
    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }
}
