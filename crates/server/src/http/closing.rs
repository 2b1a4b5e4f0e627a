//! Whether the node is stopping: for answers that would otherwise wait for something to happen.

use super::routes::{Operation, Takes};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::{convert::Infallible, future::pending, sync::Arc};
use tokio::sync::watch;

/// The word of the listener that this is the last request of its connection. Without a listener it never comes.
#[derive(Clone, Debug, Default)]
pub struct Closing(Option<Arc<watch::Receiver<bool>>>);

impl Closing {
    pub(super) fn of(closing: watch::Receiver<bool>) -> Closing {
        Closing(Some(Arc::new(closing)))
    }

    pub fn has_come(&self) -> bool {
        self.0.as_ref().is_some_and(|closing| *closing.borrow() || closing.has_changed().is_err())
    }

    /// Ready when the word has come.
    pub async fn comes(&self) {
        match &self.0 {
            // An error means that the sender is gone, and with it the whole server.
            Some(closing) => {
                let _ = closing.as_ref().clone().wait_for(|closing| *closing).await;
            }
            None => pending().await,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Closing {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Closing, Infallible> {
        Ok(parts.extensions.get::<Closing>().cloned().unwrap_or_default())
    }
}

impl Takes for Closing {
    fn describe(_: &mut Operation) {}
}
