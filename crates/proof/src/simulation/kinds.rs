//! The kinds of commands, of endings and of faults. Each `of` is a `match` without a wildcard: what
//! the shop learns to do or to answer is named here, drawn and seen, or nothing compiles.

use domain::{Action, Outcome, Refusal, idempotency::Kept};
use store::{Rejection, Reply};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($kind:ident => $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($kind,)+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$kind,)+];

            pub fn name(self) -> &'static str {
                match self { $($name::$kind => $text,)+ }
            }
        }
    )+};
}

kinds! {
    CommandKind {
        Register => "register",
        OpenSession => "open_session",
        RefreshSession => "refresh_session",
        CreateCategory => "create_category",
        CreateProduct => "create_product",
        EditProduct => "edit_product",
        MoveStock => "move_stock",
        PlaceOrder => "place_order",
        MoveOrder => "move_order",
        Sweep => "sweep",
    }

    /// How a command ended for its client.
    Ending {
        Registered => "registered",
        Session => "session",
        Category => "category",
        Product => "product",
        StockMoved => "stock moved",
        Placed => "placed",
        Moved => "moved",
        ReplayedOrder => "replayed order",
        ReplayedProduct => "replayed product",
        ReplayedStock => "replayed stock",
        ReplayedCategory => "replayed category",
        Swept => "swept",
        Taken => "taken",
        SessionEnded => "session ended",
        TokenUsed => "token used",
        SlugTaken => "slug taken",
        SkuTaken => "sku taken",
        UnknownCategory => "unknown category",
        ProductNotFound => "product not found",
        UnknownProducts => "unknown products",
        VersionMismatch => "version mismatch",
        StockLines => "stock lines",
        QuantityTooLarge => "quantity too large",
        TotalTooLarge => "total too large",
        PriceChanged => "price changed",
        TotalChanged => "total changed",
        OutOfStock => "out of stock",
        OrderNotFound => "order not found",
        IllegalMove => "illegal move",
        KeyReused => "key reused",
        Busy => "busy",
        Late => "late",
        Closing => "closing",
        Unavailable => "unavailable",
        Poisonous => "poisonous",
        Unknown => "unknown",
        Silence => "no answer",
    }

    /// What goes wrong, and how clients and nodes make it worse.
    Fault {
        ConnectRefused => "connecting: refused",
        ConnectLost => "connecting: lost",
        BeginRefused => "begin: unavailable",
        BeginLocked => "begin: locked",
        BeginRace => "begin: race",
        BeginLost => "begin: connection lost",
        RulePanic => "a rule panics",
        ReadRace => "second read: race",
        ReadRefused => "second read: unavailable",
        ReadLost => "second read: connection lost",
        CommitRefused => "commit: unavailable",
        CommitRace => "commit: race",
        CommitData => "commit: data refused",
        CommitFails => "commit: the database fails",
        LostBefore => "commit: lost, nothing landed",
        LostAfter => "commit: lost, it landed",
        LingeringLands => "commit: lost, lingers, lands",
        LingeringDies => "commit: lost, lingers, dies",
        RollbackLost => "rollback: connection lost",
        CrashConnecting => "crash: connecting",
        CrashBegun => "crash: begun",
        CrashBeforeCommit => "crash: before the commit",
        CrashAfterCommit => "crash: committed, not answered",
        CrashPausing => "crash: between two attempts",
        CrashAnswering => "crash: while answering",
        CrashIdle => "crash: with commands waiting",
        GaveUp => "node closes in doubt",
        AnswerLost => "answer lost on its way",
        SlowStore => "slow store",
        ClockForward => "clock jumps forward",
        ClockBack => "clock jumps back",
        Hours => "hours pass",
        Interleaved => "another node in between",
        Duplicated => "request sent twice",
        Reordered => "requests reordered",
        Retried => "unknown retried with its key",
        RetriedElsewhere => "unknown retried on another node",
        StaleRetry => "answered request sent again",
        OtherRequest => "key used for another request",
        BorrowedKey => "key of another caller",
        Poison => "poisonous command",
    }
}

impl CommandKind {
    pub fn of(action: &Action) -> CommandKind {
        match action {
            Action::Register(_) => CommandKind::Register,
            Action::OpenSession(_) => CommandKind::OpenSession,
            Action::RefreshSession(_) => CommandKind::RefreshSession,
            Action::CreateCategory(_) => CommandKind::CreateCategory,
            Action::CreateProduct(_) => CommandKind::CreateProduct,
            Action::EditProduct(_) => CommandKind::EditProduct,
            Action::MoveStock(_) => CommandKind::MoveStock,
            Action::PlaceOrder(_) => CommandKind::PlaceOrder,
            Action::MoveOrder(_) => CommandKind::MoveOrder,
            Action::Sweep(_) => CommandKind::Sweep,
        }
    }
}

impl Ending {
    /// `None` is a client that heard nothing.
    pub fn of(reply: Option<&Reply>) -> Ending {
        match reply {
            None => Ending::Silence,
            Some(Ok(outcome)) => Ending::of_outcome(outcome),
            Some(Err(rejection)) => Ending::of_rejection(rejection),
        }
    }

    fn of_outcome(outcome: &Outcome) -> Ending {
        match outcome {
            Outcome::Registered(_) => Ending::Registered,
            Outcome::Session(_) => Ending::Session,
            Outcome::Category(_) => Ending::Category,
            Outcome::Product(..) => Ending::Product,
            Outcome::StockMoved(_) => Ending::StockMoved,
            Outcome::Placed(_) => Ending::Placed,
            Outcome::Moved(_) => Ending::Moved,
            Outcome::Replayed(Kept::Order(_)) => Ending::ReplayedOrder,
            Outcome::Replayed(Kept::Product(..)) => Ending::ReplayedProduct,
            Outcome::Replayed(Kept::Stock(_)) => Ending::ReplayedStock,
            Outcome::Replayed(Kept::Category(_)) => Ending::ReplayedCategory,
            Outcome::Swept => Ending::Swept,
        }
    }

    fn of_rejection(rejection: &Rejection) -> Ending {
        match rejection {
            Rejection::Refused(refusal) => Ending::of_refusal(refusal),
            Rejection::Busy => Ending::Busy,
            Rejection::Late => Ending::Late,
            Rejection::Closing => Ending::Closing,
            Rejection::Unavailable(_) => Ending::Unavailable,
            Rejection::Poisonous(_) => Ending::Poisonous,
            Rejection::Unknown => Ending::Unknown,
        }
    }

    fn of_refusal(refusal: &Refusal) -> Ending {
        match refusal {
            Refusal::Taken { .. } => Ending::Taken,
            Refusal::SessionEnded => Ending::SessionEnded,
            Refusal::TokenUsed => Ending::TokenUsed,
            Refusal::SlugTaken => Ending::SlugTaken,
            Refusal::SkuTaken => Ending::SkuTaken,
            Refusal::UnknownCategory => Ending::UnknownCategory,
            Refusal::ProductNotFound => Ending::ProductNotFound,
            Refusal::UnknownProducts(_) => Ending::UnknownProducts,
            Refusal::VersionMismatch { .. } => Ending::VersionMismatch,
            Refusal::StockLines(_) => Ending::StockLines,
            Refusal::QuantityTooLarge { .. } => Ending::QuantityTooLarge,
            Refusal::TotalTooLarge => Ending::TotalTooLarge,
            Refusal::PriceChanged { total: None, .. } => Ending::PriceChanged,
            Refusal::PriceChanged { total: Some(_), .. } => Ending::TotalChanged,
            Refusal::OutOfStock(_) => Ending::OutOfStock,
            Refusal::OrderNotFound => Ending::OrderNotFound,
            Refusal::IllegalMove { .. } => Ending::IllegalMove,
            Refusal::KeyReused => Ending::KeyReused,
        }
    }
}
