//! Links, as they should be: one of a kind, the last one, for a while and for one use.

use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    AccountId, Context, Email, Link, Listed, MakeLink, Micros, Purpose, Text,
    links::MakeLinkRefusal,
};

const MINUTE_US: i64 = 60_000_000;

impl Modelled for MakeLink {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        use MakeLinkRefusal::{AccountChanged, AccountClosed, NotItsAddress, TooSoon};
        let key = (self.account, self.purpose);
        let mut wrong = vec![];
        wrong.extend(model.open_account(self.account).is_none().then_some(AccountClosed));
        let account = model.open_account(self.account);
        let is_sent_away = account.is_some_and(|account| account.email != self.email);
        let is_for_its_own = matches!(self.purpose, Purpose::ResetPassword | Purpose::ConfirmEmail);
        wrong.extend((is_sent_away && is_for_its_own).then_some(NotItsAddress));
        let has_moved_on = self.made_of.zip(account).is_some_and(|((version, era), account)| {
            account.version != version || account.era != era
        });
        wrong.extend(has_moved_on.then_some(AccountChanged));
        let last = model.links.get(&key).filter(|last| last.email == self.email);
        let until = last.map(|last| Micros(last.made_at.0 + MINUTE_US));
        wrong.extend(until.filter(|until| now < *until).map(|until| TooSoon { until }));
        refused_if_any(wrong)?;
        let MakeLink { account, purpose, secret, email, lifetime_us, made_of: _ } = self.clone();
        let expires_at = Micros(now.0 + lifetime_us);
        let link = Link { account, purpose, secret, email, made_at: now, expires_at };
        model.touched.links.keep(&mut model.links, key, link.clone());
        Ok(link)
    }

    fn strip(&mut self) {
        (self.purpose, self.secret) = (Purpose::ChangeEmail, Text::stored(""));
        (self.lifetime_us, self.made_of) = (0, None);
    }

    fn kept_of(link: &Link) -> Option<Kept> {
        Some(Kept::answer(link.account))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        MakeLink::before(kept).map(Kept::answer)
    }
}

impl Model {
    /// Where the link was sent that this is the secret of, if it is still good.
    pub(crate) fn sent_to(
        &self,
        account: AccountId,
        purpose: Purpose,
        secret: &Text<64>,
        now: Micros,
    ) -> Option<Email> {
        let link = self.links.get(&(account, purpose))?;
        (link.secret == *secret && now < link.expires_at).then(|| link.email.clone())
    }

    /// None of these is good any more.
    pub(crate) fn spend(&mut self, account: AccountId, purposes: &[Purpose]) {
        for purpose in purposes {
            self.touched.links.drop(&mut self.links, (account, *purpose));
        }
    }
}

modelled!(links: MakeLink(MakeLink));
