//! Accounts, as they should be: no two names or addresses look alike.

use crate::{Expected, Model, Modelled, modelled::modelled};
use domain::{Account, Context, Register, accounts::RegisterRefusal};

impl Modelled for Register {
    /// The names that are asked for are of ASCII, whose case is all there is to fold.
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let name = self.username.as_str().to_ascii_lowercase();
        let mail = self.email.as_str().to_ascii_lowercase();
        let (username, email) = (model.usernames.contains(&name), model.emails.contains(&mail));
        if username || email {
            return Err(vec![RegisterRefusal::Taken { username, email }]);
        }
        model.usernames.insert(name);
        model.emails.insert(mail);
        let wanted = self.clone();
        let account = Account {
            id: wanted.id,
            username: wanted.username,
            email: wanted.email,
            password_hash: wanted.password_hash,
            first_name: wanted.first_name,
            last_name: wanted.last_name,
            role: wanted.role,
            is_active: true,
            created_at: now,
            updated_at: now,
        };
        model.touched.accounts.insert(account.id);
        model.accounts.insert(account.id, account.clone());
        Ok(Box::new(account))
    }
}

modelled!(accounts: Register(Register));
