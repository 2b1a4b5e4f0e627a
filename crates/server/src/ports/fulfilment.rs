//! The merchant's own fulfilment service: where it is, and the secret that it shares with the shop.

use super::http::{Answered, Client};
use crate::{
    settings::{Processing, Settings},
    signatures::{ID, Message, SIGNATURE, Signer, TIMESTAMP},
};
use anyhow::Context;
use hyper::Uri;

pub struct Fulfilment {
    client: Client,
    url: Uri,
    pub signer: Signer,
}

impl Fulfilment {
    /// `None` where processing means something else.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Fulfilment>> {
        if settings.processing != Processing::Http {
            return Ok(None);
        }
        let secret = settings.fulfilment_secret.as_ref();
        Ok(Some(Fulfilment {
            client: Client::new(settings.fulfilment_timeout)?,
            url: settings.fulfilment_url.parse().context("fulfilment_url")?,
            signer: Signer::new(secret.context("fulfilment_secret is not set")?),
        }))
    }

    /// What it answers to a message of this id, or why nothing.
    pub async fn post(
        &self,
        id: String,
        timestamp: i64,
        body: Vec<u8>,
    ) -> Result<Answered, String> {
        let signature = self.signer.sign(Message { id: &id, timestamp, body: &body });
        let headers = [(ID, id), (TIMESTAMP, timestamp.to_string()), (SIGNATURE, signature)];
        self.client.post(&self.url, &headers, body.into()).await
    }
}
