//! Templates of letters: those that the shop brings along, and those with which it replaces them.
//!
//! A template is text with `{placeholders}`, and nothing in it is carried out. What stands for a placeholder
//! is never read as a template again.

mod files;
mod text;

pub use files::read;
pub use text::Template;

use crate::language::Language;

/// A letter, and what may stand in its templates besides `ALWAYS`.
pub struct Kind {
    pub name: &'static str,
    pub placeholders: &'static [&'static str],
    /// What the letter is of no use without.
    needs: Option<&'static str>,
    /// The shop's own templates, by language.
    texts: [&'static str; 2],
}

/// What every letter knows: what the shop is called.
pub const ALWAYS: &str = "shop";

macro_rules! letters {
    ($( $name:literal: $($placeholder:literal)* $(, needs $needs:literal)?; )+) => {
        pub const KINDS: &[Kind] = &[ $( Kind {
            name: $name,
            placeholders: &[$($placeholder),*],
            needs: letters!(@needs $($needs)?),
            texts: [
                include_str!(concat!("templates/", $name, ".en.txt")),
                include_str!(concat!("templates/", $name, ".de.txt")),
            ],
        }, )+ ];
    };
    (@needs) => { None };
    (@needs $needs:literal) => { Some($needs) };
}

letters! {
    "confirm_address": "link" "valid_for", needs "link";
    "confirm_new_address": "link" "valid_for", needs "link";
    "address_changed": "address";
    "account_exists": "link";
    "reset_password": "link" "valid_for", needs "link";
    "password_changed": "link";
    "factor_added": "link";
    "factor_removed": "link";
    "stock_low": "count" "products";
    "order_received": "number" "lines" "total" "link";
    "order_completed": "number" "lines" "total" "link";
    "order_cancelled": "number" "lines" "total" "reason" "link";
    "order_failed": "number" "lines" "total" "reason" "link";
    "staff_order_failed": "number" "lines" "total" "reason";
    "staff_order_given_up": "number" "lines" "total" "reason";
}

impl Kind {
    pub fn named(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The template that the shop brings along.
    pub fn text(&self, language: Language) -> &'static str {
        let [english, german] = self.texts;
        match language {
            Language::English => english,
            Language::German => german,
        }
    }

    pub fn knows(&self, placeholder: &str) -> bool {
        placeholder == ALWAYS || self.placeholders.contains(&placeholder)
    }

    /// As they are written in a template: `{shop}, {link}`.
    fn listed(&self) -> String {
        let names = [ALWAYS].into_iter().chain(self.placeholders.iter().copied());
        names.map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ")
    }
}

/// The file that replaces a template.
pub fn file_name(kind: &Kind, language: Language) -> String {
    format!("{}.{}.txt", kind.name, language.code())
}
