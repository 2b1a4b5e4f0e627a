//! The lives of people in a tortured shop: what they do, and in which order.

use Step::{
    BeginFactor, ChangeEmail, ConfirmEmail, ConfirmFactor, Demote, DropFactor, HandOver, Haunt,
    HauntByKey, Leave, LogIn, LogOut, LogOutEverywhere, MakeKey, Open, Order, Register, Reset,
    Rest, RevokeKey, SetPassword, UseLostRights, WantEmail, WantReset,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Register,
    /// Is given an account, and an admin's rights.
    Open,
    LogIn,
    LogOut,
    LogOutEverywhere,
    SetPassword,
    WantReset,
    /// Somebody else may be as quick, by the same link.
    Reset,
    ConfirmEmail,
    /// An address that somebody else would like to have, too.
    WantEmail,
    ChangeEmail,
    BeginFactor,
    ConfirmFactor,
    DropFactor,
    Order,
    Leave,
    MakeKey,
    /// By the key, as a channel.
    HandOver,
    /// Until each node has seen who he is: what is taken from him then it has to hear of.
    Rest,
    RevokeKey,
    /// Loses an admin's rights.
    Demote,
    /// At another node, which need not have heard of it yet.
    UseLostRights,
    /// There, too: writes by a session that has just ended.
    Haunt,
    HauntByKey,
}

impl Step {
    /// What nobody may: it is tried at once, and at another door.
    pub fn is_forbidden(self) -> bool {
        matches!(self, UseLostRights | Haunt | HauntByKey)
    }
}

/// In turn, so that each comes soon.
pub const LIVES: [&[Step]; 6] = [
    &[Register, LogIn, WantEmail, ConfirmEmail, ChangeEmail],
    &[Register, LogIn, WantReset, Reset],
    &[Register, LogIn, LogIn, SetPassword, Haunt],
    &[Register, LogIn, Order, Leave, Haunt],
    &[Register, LogIn, LogIn, BeginFactor, ConfirmFactor, DropFactor],
    &[Register, LogIn, LogIn, LogOut, Haunt, LogOutEverywhere, Haunt],
];
/// Of those who are given rights.
pub const LIVES_OF_ADMINS: [&[Step]; 1] = [&[
    Open,
    LogIn,
    MakeKey,
    HandOver,
    HandOver,
    Rest,
    Demote,
    UseLostRights,
    RevokeKey,
    HauntByKey,
]];
