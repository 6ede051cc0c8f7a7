use std::cell::Cell;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, ResponseError as _, web};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, Sleep};

use crate::gateway::Gateway;
use crate::problem::{Code, Problem};

/// The longest address of a request, with its query.
const LONGEST_URI: usize = 8 << 10;
/// All headers together, in bytes: room for what browsers and proxies send, and for no more.
const LARGEST_HEAD: usize = 16 << 10;
/// Bytes per second that a body must come at, once it has had its first time-out: whoever is slower holds a place that
/// others could have.
const SLOWEST: u64 = 16 << 10;

/// Keeps requests within bounds before anyone reads them. A body that comes too slowly ends, and is answered 408 whatever its
/// reader made of that.
pub(crate) async fn keep(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if let Some(code) = out_of_bounds(&request) {
        let refusal = Problem::from(code).error_response();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let is_late = pace(&mut request);
    let answer = next.call(request).await?;
    if !is_late.is_some_and(|is_late| is_late.get()) {
        return Ok(answer.map_into_left_body());
    }
    let late = Problem::from(Code::RequestTimeout).header(CONNECTION, "close".to_owned());
    Ok(answer
        .into_response(late.error_response())
        .map_into_right_body())
}

fn out_of_bounds(request: &ServiceRequest) -> Option<Code> {
    let uri = request.uri();
    let address = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    let headers = request.headers().iter();
    let head: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    if address > LONGEST_URI {
        Some(Code::UriTooLong)
    } else if head > LARGEST_HEAD {
        Some(Code::HeadersTooLarge)
    } else {
        None
    }
}

/// Puts the body of a request under a clock, if it has one. The answer tells later whether it ran out.
fn pace(request: &mut ServiceRequest) -> Option<Rc<Cell<bool>>> {
    let headers = request.headers();
    let has_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let patience = request
        .app_data::<web::Data<Gateway>>()
        .map(|gateway| gateway.body_patience)
        .filter(|_| has_body)?;
    let is_late = Rc::new(Cell::new(false));
    let paced = Paced {
        body: request.take_payload(),
        began: Instant::now(),
        patience,
        received: 0,
        timer: Box::pin(tokio::time::sleep(patience)),
        is_late: Rc::clone(&is_late),
    };
    request.set_payload(Payload::Stream {
        payload: Box::pin(paced),
    });
    Some(is_late)
}

/// A body that ends when it comes too slowly.
struct Paced {
    body: Payload,
    began: Instant,
    patience: Duration,
    received: u64,
    timer: Pin<Box<Sleep>>,
    is_late: Rc<Cell<bool>>,
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.body.poll_next_unpin(context);
        match &polled {
            Poll::Ready(Some(Ok(chunk))) => {
                self.received += chunk.len() as u64;
                let earned = Duration::from_secs(self.received / SLOWEST);
                let deadline = self.began + self.patience + earned;
                self.timer.as_mut().reset(deadline);
                polled
            }
            Poll::Ready(_) => polled,
            Poll::Pending => self.timer.as_mut().poll(context).map(|()| {
                self.is_late.set(true);
                let late = io::Error::from(io::ErrorKind::TimedOut);
                Some(Err(PayloadError::Incomplete(Some(late))))
            }),
        }
    }
}
