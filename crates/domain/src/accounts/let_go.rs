//! The end of an account that never was anybody's: nobody has shown in time that it is his.

use super::{
    Account, AccountId,
    anonymize::{GONE, want_traces},
};
use crate::{
    Context, Facts, kinds,
    rules::{Rule, Weight, Who},
};

/// Makes an account nobody's that was held for long enough: its name and its address are free again.
#[derive(Clone, Debug, PartialEq)]
pub struct LetGo {
    pub id: AccountId,
}

kinds! {
    pub enum LetGoRefusal {
        /// It is somebody's meanwhile, or nobody's already, or its time has not come.
        NotDue = "not_due",
    }
}

impl Rule for LetGo {
    type Outcome = Box<Account>;
    type Refusal = LetGoRefusal;

    fn name(&self) -> &'static str {
        "let_go"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.id);
        want_traces(self.id, facts);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Account>, LetGoRefusal> {
        let due = |account: &&Account| account.held_until.is_some_and(|until| until <= context.now);
        let present = facts.account(&self.id).filter(due).ok_or(LetGoRefusal::NotDue)?.clone();
        Ok(context.make_nobodys(facts, present))
    }

    fn weight(&self) -> Weight {
        GONE
    }
}
