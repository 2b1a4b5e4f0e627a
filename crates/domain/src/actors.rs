//! Who asks: people with an account, programs with a key, and the shop itself; and as what.

use crate::{AccountId, ApiKeyId, SessionId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Customer,
    Staff,
    Admin,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Customer, Role::Staff, Role::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Staff => "staff",
            Role::Admin => "admin",
        }
    }

    pub fn named(name: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    pub fn code(self) -> i64 {
        match self {
            Role::Customer => 1,
            Role::Staff => 2,
            Role::Admin => 3,
        }
    }

    pub fn coded(code: i64) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    pub fn is_staff(self) -> bool {
        self >= Role::Staff
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CallerKind {
    /// The shop itself: its command line and its workers.
    System,
    Account,
    /// A program of somebody's, which shows an API key.
    ApiKey,
    /// Somebody without an account, known by the token of his cart.
    Guest,
    /// Another system that hands orders over, whichever of its keys it shows.
    Channel,
}

impl CallerKind {
    pub const ALL: [CallerKind; 5] = [
        CallerKind::System,
        CallerKind::Account,
        CallerKind::ApiKey,
        CallerKind::Guest,
        CallerKind::Channel,
    ];

    pub fn name(self) -> &'static str {
        match self {
            CallerKind::System => "system",
            CallerKind::Account => "account",
            CallerKind::ApiKey => "api_key",
            CallerKind::Guest => "guest",
            CallerKind::Channel => "channel",
        }
    }

    pub fn named(name: &str) -> Option<CallerKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn code(self) -> i64 {
        match self {
            CallerKind::System => 0,
            CallerKind::Account => 1,
            CallerKind::ApiKey => 2,
            CallerKind::Guest => 3,
            CallerKind::Channel => 4,
        }
    }

    pub fn coded(code: i64) -> Option<CallerKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Who owns an order, and whose idempotency key it is: a kind and an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Caller {
    pub kind: CallerKind,
    pub id: Uuid,
}

impl Caller {
    pub const SYSTEM: Caller = Caller { kind: CallerKind::System, id: Uuid::nil() };

    pub fn account(id: AccountId) -> Caller {
        Caller { kind: CallerKind::Account, id: id.0 }
    }

    pub fn api_key(id: ApiKeyId) -> Caller {
        Caller { kind: CallerKind::ApiKey, id: id.0 }
    }

    /// By its name, which its keys have in common: half of a hash of it.
    pub fn channel(name: &str) -> Caller {
        let digest: [u8; 32] = Sha256::digest(name).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Caller { kind: CallerKind::Channel, id: Uuid::from_bytes(half) }
    }
}

/// A caller, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub caller: Caller,
    pub role: Role,
    /// What an account has shown. It has to be good still when what is asked for is decided.
    pub session: Option<SessionId>,
}

impl Actor {
    pub const SYSTEM: Actor = Actor { caller: Caller::SYSTEM, role: Role::Admin, session: None };

    pub fn is_staff(&self) -> bool {
        self.role.is_staff()
    }

    /// Whom nothing was asked of that could be taken from him meanwhile.
    pub fn of(caller: Caller, role: Role) -> Actor {
        Actor { caller, role, session: None }
    }

    pub fn api_key(&self) -> Option<ApiKeyId> {
        (self.caller.kind == CallerKind::ApiKey).then_some(ApiKeyId(self.caller.id))
    }

    pub fn account(&self) -> Option<AccountId> {
        (self.caller.kind == CallerKind::Account).then_some(AccountId(self.caller.id))
    }

    pub fn is_account(&self, id: AccountId) -> bool {
        self.caller == Caller::account(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_caller_is_known_by_its_code() {
        use CallerKind::{Account, ApiKey, Channel, Guest, System};
        let coded = [0, 1, 2, 3, 4].map(CallerKind::coded);
        assert_eq!(coded, [System, Account, ApiKey, Guest, Channel].map(Some));
        assert_eq!([5, -1].map(CallerKind::coded), [None, None]);
        for kind in CallerKind::ALL {
            assert_eq!(CallerKind::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn staff_and_admins_are_staff_and_customers_are_not() {
        let staff = Role::ALL.map(|role| (role.name(), role.is_staff()));
        assert_eq!(staff, [("customer", false), ("staff", true), ("admin", true)]);
        for role in Role::ALL {
            assert_eq!(
                (Role::named(role.name()), Role::coded(role.code())),
                (Some(role), Some(role))
            );
        }
    }
}
