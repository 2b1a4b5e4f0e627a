//! How the mail server behaves in one conversation.

use crate::stage::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    Fair,
    /// 421 in place of a greeting.
    IsBusy,
    NeverGreets,
    HangsUpAtOnce,
    /// 550 to the sender, as a server does whose settings are being changed.
    KnowsNoSender,
    /// 450 to the reader's address.
    ReaderHasToWait,
    HangsUpInTheLetter,
    /// It has read the letter, and says nothing.
    FallsSilent,
    /// It has read the letter, and ends.
    HangsUpAfterTheLetter,
    /// 451 when it has read the letter.
    LetterHasToWait,
    /// 554: for good.
    RefusesTheLetter,
}

impl Temper {
    pub fn drawn(random: &mut Random) -> Temper {
        use Temper::{
            Fair, FallsSilent, HangsUpAfterTheLetter, HangsUpAtOnce, HangsUpInTheLetter, IsBusy,
            KnowsNoSender, LetterHasToWait, NeverGreets, ReaderHasToWait, RefusesTheLetter,
        };
        let tempers = [
            (8, Fair),
            (1, IsBusy),
            (1, NeverGreets),
            (1, HangsUpAtOnce),
            (1, KnowsNoSender),
            (2, ReaderHasToWait),
            (2, HangsUpInTheLetter),
            (1, FallsSilent),
            (2, HangsUpAfterTheLetter),
            (2, LetterHasToWait),
            (2, RefusesTheLetter),
        ];
        random.weighted(&tempers).unwrap_or(Fair)
    }
}
