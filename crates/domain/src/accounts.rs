//! Accounts: who may enter, as what, and by what name and address (`names`).

use crate::{
    Context, Email, Facts, Micros, Text, Username, commands,
    facts::{EmailOwner, FoldedEmail, FoldedName, Row, UsernameOwner},
    kinds,
    rules::{Never, Rule, Who},
    uuid_ids,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

uuid_ids! { AccountId }

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
}

impl CallerKind {
    pub fn code(self) -> i64 {
        match self {
            CallerKind::System => 0,
            CallerKind::Account => 1,
        }
    }

    pub fn coded(code: i64) -> Option<CallerKind> {
        [CallerKind::System, CallerKind::Account].into_iter().find(|kind| kind.code() == code)
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
}

/// A caller, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub caller: Caller,
    pub role: Role,
}

impl Actor {
    pub const SYSTEM: Actor = Actor { caller: Caller::SYSTEM, role: Role::Admin };

    pub fn is_staff(&self) -> bool {
        self.role.is_staff()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: AccountId,
    pub username: Username,
    pub email: Email,
    pub password_hash: Text<255>,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
    pub role: Role,
    pub is_active: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// Opens an account under a user name and an e-mail address that nobody has.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    pub id: AccountId,
    pub username: Username,
    pub email: Email,
    pub password_hash: Text<255>,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
    pub role: Role,
}

impl Row for Account {
    type Key = AccountId;
    type Find = AccountId;
    fn key(&self) -> AccountId {
        self.id
    }
}

kinds! {
    pub enum RegisterRefusal {
        Taken { username: bool, email: bool } = "taken",
    }
}

impl Rule for Register {
    type Outcome = Box<Account>;
    type Refusal = RegisterRefusal;

    fn name(&self) -> &'static str {
        "register"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.usernames.want(&FoldedName(self.username.folded()));
        facts.emails.want(&FoldedEmail(self.email.folded()));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Account>, RegisterRefusal> {
        let name = FoldedName(self.username.folded());
        let address = FoldedEmail(self.email.folded());
        let username = facts.usernames.get(&name).is_some();
        let email = facts.emails.get(&address).is_some();
        if username || email {
            return Err(RegisterRefusal::Taken { username, email });
        }
        let account = Account {
            id: self.id,
            username: self.username.clone(),
            email: self.email.clone(),
            password_hash: self.password_hash.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            role: self.role,
            is_active: true,
            created_at: context.now,
            updated_at: context.now,
        };
        facts.usernames.learn(UsernameOwner { name, is: account.id });
        facts.emails.learn(EmailOwner { name: address, is: account.id });
        facts.accounts.make(account.clone());
        Ok(Box::new(account))
    }
}

commands!(Accounts: Register = "register" -> Never);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_caller_is_known_by_its_code() {
        let coded = [0, 1, 2, -1].map(CallerKind::coded);
        assert_eq!(coded, [Some(CallerKind::System), Some(CallerKind::Account), None, None]);
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
