//! Accounts: who may enter, and by what name. User names and e-mail addresses are unique after NFKC
//! and case folding, so that no two customers look alike.

use crate::{
    Context, Facts, Micros, Text, TextError, commands,
    facts::{EmailOwner, FoldedEmail, FoldedName, Row, UsernameOwner},
    kinds,
    rules::{Never, Rule, Who},
    text::fold,
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

/// A name to log in with: it has no `@`, so it is never taken for an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(Text<150>);

impl Username {
    pub fn new(text: &str) -> Result<Username, TextError> {
        let allowed = |c: char| c.is_alphanumeric() || "._+-".contains(c);
        match text {
            "" => Err(TextError::Empty),
            _ if !text.chars().all(allowed) => {
                Err(TextError::Form("must consist of letters, digits and . _ + -"))
            }
            // Before it is folded, which may lengthen it eighteen times.
            _ if text.chars().count() > 150 => {
                Err(TextError::TooLong { max: 150, actual: text.chars().count() })
            }
            // Folding may lengthen a text, and the folded one is stored beside it.
            _ if fold(text).chars().count() > 150 => {
                Err(TextError::TooLong { max: 150, actual: fold(text).chars().count() })
            }
            _ => Text::new(text).map(Username),
        }
    }

    pub fn stored(text: &str) -> Username {
        Username(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(Text<254>);

impl Email {
    pub fn new(text: &str) -> Result<Email, TextError> {
        let form = TextError::Form("must be an e-mail address such as name@example.com");
        let (local, host) = text.rsplit_once('@').ok_or(form.clone())?;
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        let host_is_named = host.split('.').all(|label| !label.is_empty()) && host.contains('.');
        if local.is_empty() || !host_is_named || text.contains('\0') {
            return Err(form);
        }
        if local.contains(strange) || host.contains(strange) {
            return Err(form);
        }
        let actual = text.chars().count();
        if actual > 254 {
            return Err(TextError::TooLong { max: 254, actual });
        }
        let folded = fold(text).chars().count();
        match folded > 254 {
            true => Err(TextError::TooLong { max: 254, actual: folded }),
            false => Text::new(text).map(Email),
        }
    }

    pub fn stored(text: &str) -> Email {
        Email(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
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
    fn names_that_look_alike_fold_to_the_same() {
        for (one, other) in [("Ada", "ada"), ("STRASSE", "straße"), ("ﬁn", "FIN"), ("ＡＢ", "ab")]
        {
            let folded = |name: &str| Username::new(name).unwrap().folded();
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn a_username_is_never_an_email_address() {
        for name in ["", "a@b.c", "a b", "a\0", "tab\t", "semi;colon"] {
            assert!(Username::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_and_addresses_are_bounded_as_typed_and_as_folded() {
        let is_name = |name: String| Username::new(&name).is_ok();
        assert!(is_name("a".repeat(150)) && !is_name("a".repeat(151)));
        assert!(is_name("ß".repeat(75)) && !is_name("ß".repeat(76)), "ß folds to two letters");
        let is_address = |local: String| Email::new(&format!("{local}@a.bc")).is_ok();
        assert!(is_address("a".repeat(249)) && !is_address("a".repeat(250)));
        let sharp = |count: usize| format!("a{}", "ß".repeat(count));
        assert!(is_address(sharp(124)) && !is_address(sharp(125)));
    }

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

    #[test]
    fn an_email_address_has_a_local_part_and_a_dotted_host() {
        for (text, allowed) in [
            ("ada@example.com", true),
            ("ada+shop@mail.example.com", true),
            ("ada@example", false),
            ("@example.com", false),
            ("ada@.com", false),
            ("a b@example.com", false),
            ("ada@exa\0mple.com", false),
            ("a@b@example.com", false),
        ] {
            assert_eq!(Email::new(text).is_ok(), allowed, "{text:?}");
        }
    }
}
