//! Who asks a tortured shop, and for whom.

use super::{
    beginnings::{CUSTOMER_CLIENTS, STAFF, username},
    client::{Client, Role},
    journal::Journal,
    stand::Stand,
};
use crate::stage::random::Random;
use std::sync::Arc;

/// By their numbers.
const ROLES: [(Role, usize); 5] = [
    (Role::Customer, CUSTOMER_CLIENTS),
    (Role::Staff, STAFF),
    (Role::Newcomer, 1),
    (Role::People, 2),
    (Role::Admin, 1),
];
/// The first of them log in again when their tokens have ended; of the others it is looked at that they have not.
const KNOWN: usize = 2;

/// Logged in, before anything goes wrong.
pub async fn clients(
    stand: &Stand,
    journal: &Arc<Journal>,
    random: &mut Random,
) -> anyhow::Result<Vec<Client>> {
    let roles = if stand.clock.is_some() { &ROLES[..KNOWN] } else { &ROLES[..] };
    let doors = stand.doors();
    let mut clients = Vec::new();
    let roles = roles.iter().flat_map(|(role, many)| std::iter::repeat_n(*role, *many));
    for (number, role) in roles.enumerate() {
        let own = Random::new(random.next());
        let kept = (journal.clone(), stand.post.mailbox.clone());
        let mut client = Client::new(number, role, &doors, kept, own);
        if let Some(username) = username(number) {
            client.log_in(&username).await?;
            client.tokens_end = stand.clock.is_some().then_some(username);
        }
        clients.push(client);
    }
    Ok(clients)
}
