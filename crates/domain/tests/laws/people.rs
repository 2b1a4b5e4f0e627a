//! What people may rely on: whatever is done by hand is told in the trail, once and in the commit that did
//! it; what has ended does not open again; what is good once is good once; and who has gone is known no
//! longer.

use crate::{
    books::members,
    script::{Keys, scripts},
    shop::Shop,
    store::rows,
};
use domain::{
    Account, AccountId, Action, Actor, Command, Decision, Done, Event, EventKind, Factor, Facts,
    Micros, Product, Proof, Purpose, Refused, Role, Session, Text, TrailEntry, TrailKind, accounts,
    credentials,
    events::ChangeData,
    factors,
    facts::{Row, Table},
    links, sessions, stock,
};
use proptest::{prelude::*, test_runner::TestCaseResult};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    /// Products, categories, accounts, keys, factors and stock that is moved by hand.
    #[test]
    fn what_is_done_by_hand_is_told_once_and_what_is_refused_never(script in scripts(Keys::Shared)) {
        each_step(script, |step| {
            let told = &step.after.trail.0[step.before.trail.0.len()..];
            prop_assert!(told.is_empty() || matches!(step.decision, Ok(Done::Now(_))), "{told:?}");
            for entry in told {
                prop_assert_eq!(entry.actor, step.command.who.actor.caller);
                prop_assert_eq!(entry.correlation, step.command.who.correlation);
                tells_what_differs(entry)?;
            }
            tells_those_who_follow(told, &step.after.events.0[step.before.events.0.len()..])?;
            let kinds = told.iter().map(|entry| (entry.kind.code(), entry.subject.clone()));
            let mut kinds: Vec<_> = kinds.collect();
            let mut expected = changes(&step);
            kinds.sort();
            expected.sort();
            prop_assert_eq!(kinds, expected, "{:?}", step.command);
            Ok(())
        })?;
    }

    #[test]
    fn no_session_of_an_earlier_era_is_refreshed(script in scripts(Keys::Shared)) {
        each_step(script, |step| {
            let Action::Sessions(sessions::Action::RefreshSession(refresh)) = &step.command.action
            else {
                return Ok(());
            };
            if step.decision.is_ok() {
                let session = step.before.sessions.get(&refresh.id).unwrap();
                let account = step.before.accounts.get(&session.account).unwrap();
                prop_assert_eq!(session.era, account.era);
                prop_assert!(account.is_active && account.gone_at.is_none());
            }
            Ok(())
        })?;
    }

    /// Whatever rights are taken away, passwords are set, or whoever goes: nothing that was open stays so.
    #[test]
    fn nobody_writes_with_what_was_taken_from_him(script in scripts(Keys::Shared)) {
        each_step(script, |step| {
            let actor = step.command.who.actor;
            let is_good = match (actor.session, actor.api_key()) {
                (None, None) => true,
                (Some(id), _) => step.before.sessions.get(&id).is_some_and(|session| {
                    let account = step.before.accounts.get(&session.account).unwrap();
                    session.ended_at.is_none() && session.era == account.era && account.is_active
                }),
                (None, Some(id)) => {
                    step.before.api_keys.get(&id).is_some_and(|key| key.revoked_at.is_none())
                }
            };
            let is_shut_out = matches!(step.decision, Err(Refused::ShutOut));
            prop_assert_eq!(is_shut_out, !is_good, "{:?}", step.command);
            Ok(())
        })?;
    }

    #[test]
    fn what_takes_rights_away_ends_all_sessions_but_the_one_that_asks(
        script in scripts(Keys::Shared),
    ) {
        each_step(script, |step| {
            for account in rows(&step.before.accounts) {
                let after = step.after.accounts.get(&account.id).unwrap();
                let takes = account.role != after.role
                    || (account.is_active && !after.is_active)
                    || step.told(TrailKind::PasswordSet, account.id)
                    || step.told(TrailKind::SessionsEnded, account.id)
                    || step.told(TrailKind::FactorAdded, account.id)
                    || step.told(TrailKind::FactorRemoved, account.id);
                let kept = match &step.command.action {
                    Action::Credentials(credentials::Action::SetPassword(set)) => set.keeps,
                    Action::Factors(factors::Action::ConfirmFactor(confirm)) => confirm.keeps,
                    // Of the staff none goes on: their tokens tell rights that may want a factor.
                    Action::Factors(factors::Action::DropFactor(drop)) => {
                        drop.keeps.filter(|_| account.role == Role::Customer)
                    }
                    _ => None,
                };
                let is_open = |facts: &Facts, session: &Session| {
                    let era = facts.accounts.get(&session.account).map(|account| account.era);
                    Some(session.era) == era && session.ended_at.is_none()
                };
                let theirs = rows(&step.after.sessions).filter(|s| s.account == account.id);
                for session in theirs.filter(|session| takes && is_open(step.after, session)) {
                    prop_assert_eq!(Some(session.id), kept, "{:?}", step.command);
                    let before = step.before.sessions.get(&session.id).unwrap();
                    prop_assert!(is_open(step.before, before), "opened again: {before:?}");
                }
            }
            Ok(())
        })?;
    }

    /// So a shop that has an admin keeps one, whatever two of them do to each other at once.
    #[test]
    fn whoever_takes_an_admins_rights_is_one_who_stays(script in scripts(Keys::Shared)) {
        let is_admin = |account: &Account| account.role == Role::Admin && account.is_active;
        each_step(script, |step| {
            for before in rows(&step.before.accounts).filter(|account| is_admin(account)) {
                let after = step.after.accounts.get(&before.id).unwrap();
                let actor = step.command.who.actor;
                if !is_admin(after) && actor != Actor::SYSTEM {
                    let id = AccountId(actor.caller.id);
                    prop_assert!(is_admin(step.after.accounts.get(&id).unwrap()), "{actor:?}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_link_is_used_once_and_not_after_it_has_expired(script in scripts(Keys::Shared)) {
        let mut good = BTreeMap::<(AccountId, Purpose), (Text<64>, Micros)>::new();
        each_step(script, |step| {
            if !matches!(step.decision, Ok(Done::Now(_))) {
                return Ok(());
            }
            if let Action::Links(links::Action::MakeLink(link)) = &step.command.action {
                let until = step.now.plus(link.lifetime_us);
                good.insert((link.account, link.purpose), (link.secret.clone(), until));
            }
            if let Some((account, purpose, secret)) = shown(&step.command.action) {
                let was_good = good.remove(&(account, purpose));
                let is_good = was_good.is_some_and(|(is, until)| is == *secret && step.now < until);
                prop_assert!(is_good, "{:?}", step.command);
            }
            Ok(())
        })?;
    }

    /// No code of a telephone after a later one, and none on paper twice.
    #[test]
    fn a_code_is_taken_once(script in scripts(Keys::Shared)) {
        let mut taken = BTreeMap::<AccountId, (i64, BTreeSet<Text<64>>)>::new();
        each_step(script, |step| {
            if !matches!(step.decision, Ok(Done::Now(_))) {
                return Ok(());
            }
            let (account, proof) = match &step.command.action {
                Action::Factors(factors::Action::BeginFactor(begin)) => {
                    taken.remove(&begin.account);
                    return Ok(());
                }
                Action::Factors(factors::Action::ConfirmFactor(confirm)) => {
                    (confirm.account, Some(&confirm.proof))
                }
                Action::Sessions(sessions::Action::OpenSession(open)) => {
                    (open.account, open.proof.as_ref())
                }
                _ => return Ok(()),
            };
            let factor = step.before.factors.get(&account);
            let begins = matches!(step.command.action, Action::Factors(_));
            let counts = factor.is_some_and(|factor| begins || factor.is_confirmed());
            // Shown once more for one that is on, it opens nothing and nothing is spent.
            let is_again = begins && factor.is_some_and(Factor::is_confirmed);
            if is_again {
                prop_assert_eq!(factor, step.after.factors.get(&account));
            }
            if !counts || is_again {
                return Ok(());
            }
            let (last, papers) = taken.entry(account).or_default();
            match proof {
                Some(Proof::Step { step, .. }) => {
                    prop_assert!(step > last, "{step} after {last}");
                    *last = *step;
                }
                Some(Proof::Recovery(paper)) => {
                    prop_assert!(papers.insert(paper.clone()), "{paper:?} again");
                }
                None | Some(Proof::Wrong) => prop_assert!(false, "{:?}", step.command),
            }
            Ok(())
        })?;
    }

    /// Whoever has shown that an account is his keeps it, and nobody loses one before its time.
    #[test]
    fn who_is_let_go_was_held_for_long_enough(script in scripts(Keys::Shared)) {
        let mut shown = BTreeSet::new();
        each_step(script, |step| {
            for account in rows(&step.after.accounts) {
                prop_assert!(account.held_until.is_none() || !account.email_confirmed);
            }
            if !matches!(step.decision, Ok(Done::Now(_))) {
                return Ok(());
            }
            match &step.command.action {
                Action::Accounts(accounts::Action::LetGo(held)) => {
                    let before = step.before.accounts.get(&held.id).unwrap();
                    prop_assert!(before.held_until.unwrap() <= step.now, "{before:?}");
                    prop_assert!(!shown.contains(&held.id), "{before:?}");
                }
                Action::Sessions(sessions::Action::OpenSession(open)) => {
                    shown.insert(open.account);
                }
                Action::Credentials(credentials::Action::ConfirmEmail(confirm)) => {
                    shown.insert(confirm.account);
                }
                _ => {}
            }
            Ok(())
        })?;
    }

    #[test]
    fn whoever_has_gone_is_known_no_longer_and_comes_no_more(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.run(batch);
            let facts = &shop.facts;
            for account in rows(&facts.accounts).filter(|account| account.gone_at.is_some()) {
                let id = account.id;
                let names = [account.username.as_str(), account.email.as_str()];
                prop_assert!(names.iter().all(|name| name.starts_with("gone-")), "{names:?}");
                let texts = [account.first_name.as_str(), account.last_name.as_str()];
                prop_assert_eq!((texts, account.password_hash.as_str()), (["", ""], ""));
                prop_assert!(!account.is_active && !account.email_confirmed);
                prop_assert_eq!((account.held_until, account.language.as_ref()), (None, None));
                prop_assert_eq!(facts.addresses.of(&id).count(), 0);
                prop_assert!(facts.factors.get(&id).is_none());
                prop_assert!(rows(&facts.links).all(|link| link.account != id));
                for session in rows(&facts.sessions).filter(|session| session.account == id) {
                    prop_assert!(session.agent.is_none() && session.origin.is_none());
                    prop_assert!(session.era < account.era);
                }
                let subject = domain::trail::of_customer(id);
                for entry in shop.books.trail.iter().filter(|entry| entry.subject == subject) {
                    let told = [&entry.before, &entry.after].map(members);
                    for (name, _) in told.iter().flatten() {
                        let stays = ["email_confirmed", "is_active", "role"].contains(&&**name);
                        prop_assert!(stays, "{entry:?}");
                    }
                }
            }
        }
    }
}

/// A command, and the shop before and after it.
struct Step<'s> {
    command: &'s Command,
    decision: &'s Decision,
    before: &'s Facts,
    after: &'s Facts,
    now: Micros,
}

impl Step<'_> {
    fn told(&self, kind: TrailKind, account: AccountId) -> bool {
        let told = &self.after.trail.0[self.before.trail.0.len()..];
        let subject = domain::trail::of_customer(account);
        told.iter().any(|entry| entry.kind == kind && entry.subject == subject)
    }
}

fn each_step(
    script: Vec<crate::script::Batch>,
    mut look: impl FnMut(Step) -> TestCaseResult,
) -> TestCaseResult {
    let mut shop = Shop::open();
    for batch in &script {
        shop.wait(batch.pause_us);
        let mut facts = shop.facts.clone();
        for command in &batch.commands {
            let before = facts.clone();
            let decision = command.decide(&mut facts, shop.now);
            let (decision, after, now) = (&decision, &facts, shop.now);
            look(Step { command, decision, before: &before, after, now })?;
        }
        shop.keep(facts);
    }
    Ok(())
}

fn shown(action: &Action) -> Option<(AccountId, Purpose, &Text<64>)> {
    use credentials::Action::{ChangeEmail, ConfirmEmail, ResetPassword};
    let Action::Credentials(action) = action else { return None };
    match action {
        ResetPassword(reset) => Some((reset.account, Purpose::ResetPassword, &reset.secret)),
        ConfirmEmail(confirm) => Some((confirm.account, Purpose::ConfirmEmail, &confirm.secret)),
        ChangeEmail(change) => Some((change.account, Purpose::ChangeEmail, &change.secret)),
        _ => None,
    }
}

/// What concerns more than a login is an event, in the same order, which names what has changed and says none of it.
fn tells_those_who_follow(told: &[TrailEntry], events: &[Event]) -> TestCaseResult {
    let is_heard = |entry: &&TrailEntry| EventKind::named(entry.kind.name()).is_some();
    let told: Vec<_> = told.iter().filter(is_heard).collect();
    let is_told = |event: &&Event| TrailKind::named(event.kind.name()).is_some();
    let heard: Vec<_> = events.iter().filter(is_told).collect();
    let heard_of: Vec<_> = heard.iter().map(|event| event.kind.name()).collect();
    prop_assert_eq!(heard_of, told.iter().map(|entry| entry.kind.name()).collect::<Vec<_>>());
    for (event, entry) in heard.iter().zip(told) {
        prop_assert_eq!((event.actor, event.correlation), (entry.actor, entry.correlation));
        let before: Map<String, Value> = entry
            .before
            .as_deref()
            .map_or_else(Map::new, |text| serde_json::from_str(text).unwrap());
        let changed = || ChangeData::written(before.keys().cloned().collect());
        match event.kind {
            EventKind::CustomerChanged | EventKind::ProductChanged => {
                prop_assert_eq!(event.data.as_ref(), Some(&changed()));
            }
            EventKind::CategoryCreated
            | EventKind::CategoryChanged
            | EventKind::CategoryRemoved
            | EventKind::StockChanged => prop_assert!(event.data.is_some()),
            _ => prop_assert_eq!(&event.data, &None),
        }
    }
    Ok(())
}

/// Both sides name the same members, and none has the same value on both.
fn tells_what_differs(entry: &TrailEntry) -> TestCaseResult {
    let read = |side: &Option<Box<str>>| -> Option<Map<String, Value>> {
        side.as_ref().map(|side| serde_json::from_str(side).unwrap())
    };
    if let (Some(before), Some(after)) = (read(&entry.before), read(&entry.after)) {
        prop_assert!(before.keys().eq(after.keys()) && !before.is_empty(), "{entry:?}");
        prop_assert!(before.iter().all(|(name, value)| after[name] != *value), "{entry:?}");
    }
    Ok(())
}

/// What a command has changed by hand, as it should be told.
fn changes(step: &Step) -> Vec<(i64, Text<120>)> {
    let (mut told, now) = (vec![], step.after);
    let mut tell = |kind: TrailKind, subject: String| {
        told.push((kind.code(), Text::stored(&subject)));
    };
    for (id, was) in changed(&step.before.products, &now.products) {
        let is = now.products.get(&id).unwrap();
        // It shows how its category is called now.
        let renamed =
            |was: &Product| Product { category_slug: is.category_slug.clone(), ..was.clone() };
        if was.is_some_and(|was| renamed(was) == *is) {
            continue;
        }
        tell(
            match was {
                None => TrailKind::ProductCreated,
                Some(was) if is.is_archived && !was.is_archived => TrailKind::ProductArchived,
                Some(_) => TrailKind::ProductChanged,
            },
            format!("product:{id}"),
        );
    }
    for (id, was) in changed(&step.before.categories, &now.categories) {
        let is = now.categories.get(&id).unwrap();
        let kind = match was {
            None => TrailKind::CategoryCreated,
            Some(_) => TrailKind::CategoryChanged,
        };
        tell(kind, format!("category:{}", was.unwrap_or(is).slug.as_str()));
    }
    let was_there = |id| step.before.categories.get(&id).is_some();
    let gone = rows(&step.before.categories);
    let gone = gone.filter(|was| was_there(was.id) && now.categories.get(&was.id).is_none());
    gone.for_each(|was| {
        tell(TrailKind::CategoryRemoved, format!("category:{}", was.slug.as_str()))
    });
    if matches!(step.command.action, Action::Stock(stock::Action::MoveStock(_))) {
        for entry in &now.entries.0[step.before.entries.0.len()..] {
            tell(TrailKind::StockChanged, format!("product:{}", entry.product));
        }
    }
    for (id, was) in changed(&step.before.api_keys, &now.api_keys) {
        let is_revoked = now.api_keys.get(&id).unwrap().revoked_at.is_some();
        match was {
            None => tell(TrailKind::KeyCreated, format!("api_key:{id}")),
            Some(was) if was.revoked_at.is_none() && is_revoked => {
                tell(TrailKind::KeyRevoked, format!("api_key:{id}"));
            }
            Some(_) => {}
        }
    }
    changes_of_people(step, &mut tell);
    told
}

fn changes_of_people(step: &Step, tell: &mut impl FnMut(TrailKind, String)) {
    let now = step.after;
    for (id, was) in changed(&step.before.accounts, &now.accounts) {
        let (is, subject) = (now.accounts.get(&id).unwrap(), format!("customer:{id}"));
        let Some(was) = was else {
            tell(TrailKind::CustomerRegistered, subject);
            continue;
        };
        if is.gone_at.is_some() {
            tell(TrailKind::CustomerDeleted, subject);
            continue;
        }
        if was.version != is.version {
            tell(TrailKind::CustomerChanged, subject.clone());
        }
        use credentials::Action::{ResetPassword, SetPassword};
        match &step.command.action {
            Action::Credentials(SetPassword(_) | ResetPassword(_)) => {
                tell(TrailKind::PasswordSet, subject);
            }
            Action::Sessions(sessions::Action::EndSessions(_)) => {
                tell(TrailKind::SessionsEnded, subject);
            }
            _ => {}
        }
    }
    use accounts::Action::{Anonymize, LetGo};
    let is_anonymized = matches!(step.command.action, Action::Accounts(Anonymize(_) | LetGo(_)));
    let counts = |facts: &Facts, id: &AccountId| {
        facts.factors.get(id).is_some_and(|factor| factor.is_confirmed())
    };
    let both = step.before.factors.rows.keys().chain(now.factors.rows.keys());
    for id in both.collect::<BTreeSet<_>>() {
        match (counts(step.before, id), counts(now, id)) {
            (false, true) => tell(TrailKind::FactorAdded, format!("customer:{id}")),
            (true, false) if !is_anonymized => {
                tell(TrailKind::FactorRemoved, format!("customer:{id}"));
            }
            _ => {}
        }
    }
}

/// Rows that are there, and were not or were others.
fn changed<'t, R: Row + PartialEq>(
    before: &'t Table<R>,
    after: &'t Table<R>,
) -> impl Iterator<Item = (R::Key, Option<&'t R>)> {
    let there = after.rows.keys().filter(|key| after.get(key).is_some());
    let pairs = there.map(|key| (key.clone(), before.get(key)));
    pairs.filter(|(key, was)| *was != after.get(key))
}
