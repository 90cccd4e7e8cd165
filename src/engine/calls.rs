//! Performs the machine's actions: one action, one outcome. The only module that translates actions
//! to calls of the adapter.

use crate::graph::{Session, WriteError, WriteSession};
use domain::{Outcome, Read, Reading, Request, Write, Written};

/// Reads Meta.
pub(super) async fn read(graph: &Session<'_>, request: &Request, read: Read) -> Outcome {
    let destination = &request.destination;
    let number = &request.phone_number;
    let reading = match read {
        Read::Facts => graph
            .facts(destination, request.source.as_ref(), number)
            .await
            .map(|facts| Reading::Facts(Box::new(facts))),
        Read::Subscription => graph
            .subscribed_apps(destination)
            .await
            .map(|apps| Reading::Subscription(apps.are_enough())),
        Read::FindNumber => graph
            .find_number(destination, number)
            .await
            .map(|found| Reading::FoundNumber(found.map(Box::new))),
        Read::Number(id) => graph
            .number(&id)
            .await
            .map(|number| Reading::Number(Box::new(number))),
        Read::Confirmation(id) => graph
            .confirmation(&id, destination)
            .await
            .map(|seen| Reading::Confirmation(Box::new(seen))),
    };
    Outcome::Read(reading)
}

/// Makes a changing call, whose intent is durable.
pub(super) async fn write(
    graph: &WriteSession<'_>,
    request: &Request,
    write: Write,
) -> Result<Written, WriteError> {
    match write {
        Write::Subscribe => graph
            .subscribe(&request.destination)
            .await
            .map(|()| Written::Done),
        Write::AddNumber { number } => graph
            .add_number(&request.destination, &number)
            .await
            .map(Written::Added),
        Write::RequestCode {
            id,
            method,
            language,
        } => graph
            .request_code(&id, method, &language)
            .await
            .map(|()| Written::Done),
        Write::VerifyCode { id, code } => {
            graph.verify_code(&id, &code).await.map(|()| Written::Done)
        }
        Write::Register { id, pin } => graph.register(&id, &pin).await.map(|sets_pin| {
            if sets_pin {
                Written::Done
            } else {
                Written::RegisteredWithoutPin
            }
        }),
    }
}
