//! Reading the fields of a JSON object, or the parameters of a query, so that one answer names
//! every bad one; and describing them, by running the same reader with nothing given.
//!
//! Read all fields first, then build: a `?` before the last read would hide the errors after it,
//! and the field from the document. A field that nobody asked for is an error of its own.

use super::{
    codes,
    descriptions::Described,
    json::{Json, Members},
    pages::Page,
    parsers::Parser,
    problems::{FieldError, Problem},
};
use crate::spelling::closest;
use domain::Currency;
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeSet, fmt::Display, ops::RangeInclusive};

/// So many errors are named; who makes more has not read the documents anyway.
pub(super) const ERRORS_NAMED: usize = 100;
/// So many characters of a name from outside are repeated.
const NAME_SHOWN: usize = 64;

const REQUIRED: &str = "is required";
const READ_ONLY: &str = "is read only";
const ONCE: &str = "must come once";

/// Stands for a value that was named as wrong already.
const TOLD: &Json<'static> = &Json::Unreadable;

/// What a reader has to know beside the text.
#[derive(Clone, Copy)]
pub struct Given<'g> {
    pub currency: Currency,
    /// What is edited, as it was shown; else null.
    pub shown: &'g Value,
}

impl Given<'static> {
    pub fn of(currency: Currency) -> Given<'static> {
        Given { currency, shown: &Value::Null }
    }
}

/// What is read from a body, or from a query. The document is drawn from the same function.
pub trait Reads: Sized + Send + 'static {
    /// Its name in the document.
    const NAME: &'static str;

    /// Asks for all fields, and then builds with `?`.
    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Self>;

    /// The part of a list that was asked for, if this is a list's query.
    fn page(&self) -> Option<&Page> {
        None
    }
}

/// The names that a reader asked for, with their paths: `order_items[].quantity`.
pub type Asked = BTreeSet<String>;

/// The fields of one object, while they are read; or while they are described, in which mode
/// every one is absent, and what is absent is `None`.
pub struct Fields<'a> {
    given: &'a [(Cow<'a, str>, Json<'a>)],
    /// What a name is called: a field, or a parameter.
    what: &'static str,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
    described: Option<Box<Described>>,
    /// For laws: what was asked for, also inside of lists.
    trace: Option<Box<Asked>>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(given: &'a [(Cow<'a, str>, Json<'a>)], what: &'static str) -> Fields<'a> {
        let (asked, errors) = (Vec::new(), Vec::new());
        Fields { given, what, asked, errors, described: None, trace: None }
    }

    /// Reads an object. `read` asks for all fields and then builds the result with `?`:
    ///
    /// ```ignore
    /// Fields::read(&body, |f| {
    ///     let sku = f.required("sku", of::<Sku>());
    ///     let quantity = f.optional("quantity", integer(0..=1_000_000));
    ///     Some(CreateProduct { sku: sku?, quantity: quantity? })
    /// })
    /// ```
    pub fn read<T>(
        json: &'a Json<'a>,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Result<T, Problem> {
        Fields::of(members(json)?, "field").finish(read).0.map_err(refused)
    }

    /// As `read`, and tells what was asked for.
    pub fn read_traced<T>(
        json: &'a Json<'a>,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Result<(T, Asked), Problem> {
        let fields = Fields { trace: Some(Box::default()), ..Fields::of(members(json)?, "field") };
        let (result, asked) = fields.finish(read);
        result
            .map(|result| (result, asked.map_or_else(Asked::new, |asked| *asked)))
            .map_err(refused)
    }

    /// With errors that were found before.
    pub(super) fn having(mut self, errors: Vec<FieldError>, is_traced: bool) -> Fields<'a> {
        self.errors = errors;
        self.trace = is_traced.then(Box::default);
        self
    }

    /// What is read of the fields, or all that is wrong with them.
    pub(super) fn finish<T>(
        mut self,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> (Result<T, Vec<FieldError>>, Option<Box<Asked>>) {
        let result = read(&mut self);
        self.refuse_unknown();
        let result = match result {
            Some(result) if self.errors.is_empty() => Ok(result),
            _ => Err(self.errors),
        };
        (result, self.trace)
    }

    /// What a reader says of itself: it is run with nothing given.
    pub(super) fn describe<T>(read: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Described {
        let mut fields = Fields { described: Some(Box::default()), ..Fields::of(&[], "field") };
        read(&mut fields);
        fields.described.map_or_else(Described::default, |described| *described)
    }

    /// A field that must be there. `None` means that it was not, or was wrong.
    pub fn required<P: Parser>(&mut self, name: &'static str, parser: P) -> Option<P::Out> {
        match self.ask(name, true, || parser.schema()) {
            Some(value) => self.parse(name, value, parser),
            None => self.refuse(name, REQUIRED),
        }
    }

    /// A field that may be absent, but not null.
    pub fn optional<P: Parser>(&mut self, name: &'static str, parser: P) -> Option<Option<P::Out>> {
        match self.ask(name, false, || parser.schema()) {
            Some(value) => self.parse(name, value, parser).map(Some),
            None => self.absent(),
        }
    }

    /// A field that may be absent (`None`) or null (`Some(None)`).
    pub fn nullable<P: Parser>(
        &mut self,
        name: &'static str,
        parser: P,
    ) -> Option<Option<Option<P::Out>>> {
        match self.ask(name, false, || super::descriptions::or_null(parser.schema())) {
            Some(Json::Null) => Some(Some(None)),
            Some(value) => self.parse(name, value, parser).map(|read| Some(Some(read))),
            None => self.absent(),
        }
    }

    /// A parameter that may come several times, or once with commas: `id=1&id=2`, `id=1,2`.
    pub fn many<P: Parser>(
        &mut self,
        name: &'static str,
        most: usize,
        parser: P,
    ) -> Option<Vec<P::Out>> {
        if let Some(described) = self.asked_for(name) {
            described.add_many(name, most, parser.schema());
            return None;
        }
        let given = self.given.iter().filter(|(known, _)| known == name);
        let words = given.flat_map(|(_, value)| match value {
            Json::Word(words) => words.split(',').map(|word| Json::Word(word.into())).collect(),
            other => vec![other.clone()],
        });
        let mut values = Vec::new();
        for word in words.take(most + 1) {
            if matches!(word, Json::Unreadable) {
                return None;
            }
            match parser.read(&word) {
                Ok(value) => values.push(value),
                Err(message) => return self.refuse(name, message),
            }
        }
        match values.len() > most {
            true => self.refuse(name, format!("must be at most {most} values")),
            false => Some(values),
        }
    }

    /// A list of objects, each read like an object of its own.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.read_list(name, length, true, read)? {
            Some(items) => Some(items),
            None => self.refuse(name, REQUIRED),
        }
    }

    /// The same, which may be absent.
    pub fn optional_list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        self.read_list(name, length, false, read)
    }

    fn read_list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        is_required: bool,
        mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        if let Some(described) = self.asked_for(name) {
            described.add_list(name, length, is_required, Fields::describe(read));
            return None;
        }
        let items = match self.find(name) {
            Some(Json::List(items)) => items,
            Some(Json::Unreadable) => return None,
            Some(other) => {
                let message = format!("must be a list of objects, not {}", other.kind());
                return self.refuse(name, message);
            }
            None => {
                if let Some(trace) = self.trace.as_mut().filter(|_| !is_required) {
                    let would_be = Fields::describe(read).paths();
                    trace.extend(would_be.iter().map(|inner| format!("{name}[].{inner}")));
                }
                return Some(None);
            }
        };
        if !length.contains(&items.len()) {
            let (least, most, many) = (length.start(), length.end(), items.len());
            return self.refuse(name, format!("must have {least} to {most} items, has {many}"));
        }
        let mut results = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            if self.is_full() {
                // Refused already: the rest of a long list is not worth the work.
                return None;
            }
            let Json::Object(given) = item else {
                let message = format!("must be an object, not {}", item.kind());
                self.add(FieldError::new(format!("{name}[{place}]"), message));
                continue;
            };
            let trace = self.trace.is_some().then(Box::default);
            let item = Fields { trace, ..Fields::of(given, self.what) };
            let (result, asked) = item.finish(&mut read);
            if let (Some(trace), Some(asked)) = (&mut self.trace, asked) {
                trace.extend(asked.iter().map(|inner| format!("{name}[].{inner}")));
            }
            match result {
                Ok(result) => results.push(result),
                Err(errors) => errors.into_iter().for_each(|error| {
                    let field = format!("{name}[{place}].{}", error.field);
                    self.add(FieldError { field, ..error });
                }),
            }
        }
        (results.len() == items.len()).then_some(Some(results))
    }

    /// An object, read like one of its own, which may be absent (`None`) or null (`Some(None)`).
    pub fn object<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Option<Option<T>>> {
        if let Some(described) = self.asked_for(name) {
            described.add_object(name, Fields::describe(read));
            return None;
        }
        let given = match self.find(name) {
            Some(Json::Object(given)) => given,
            Some(Json::Unreadable) => return None,
            Some(other) if !matches!(other, Json::Null) => {
                let message = format!("must be an object or null, not {}", other.kind());
                return self.refuse(name, message);
            }
            absent => {
                if let Some(trace) = &mut self.trace {
                    let would_be = Fields::describe(read).paths();
                    trace.extend(would_be.iter().map(|inner| format!("{name}.{inner}")));
                }
                return Some(absent.map(|_| None));
            }
        };
        let trace = self.trace.is_some().then(Box::default);
        let (result, asked) = Fields { trace, ..Fields::of(given, self.what) }.finish(&mut read);
        if let (Some(trace), Some(asked)) = (&mut self.trace, asked) {
            trace.extend(asked.iter().map(|inner| format!("{name}.{inner}")));
        }
        match result {
            Ok(result) => Some(Some(Some(result))),
            Err(errors) => {
                for error in errors {
                    let field = match error.field.as_str() {
                        "" => name.to_owned(),
                        inner => format!("{name}.{inner}"),
                    };
                    self.add(FieldError { field, ..error });
                }
                None
            }
        }
    }

    /// Fields that only the server sets. They may be sent back as they were `shown`, so that what
    /// was read can be written; with nothing shown (a creation) they may not be sent at all.
    pub fn read_only(&mut self, names: &[&'static str], shown: &Value) {
        for name in names {
            if let Some(described) = self.asked_for(name) {
                described.add_read_only(name);
                continue;
            }
            match self.find(name) {
                None | Some(Json::Unreadable) => {}
                Some(value) if shown.get(name).is_some_and(|shown| value.says(shown)) => {}
                Some(_) => self.add(FieldError::new(*name, READ_ONLY)),
            }
        }
    }

    /// Of these, which were asked for before, exactly one must be there.
    pub fn one_of(&mut self, names: &[&'static str]) -> Option<()> {
        if let Some(described) = &mut self.described {
            described.add_one_of(names);
            return None;
        }
        let given = |name: &&&str| self.given.iter().any(|(known, _)| known == **name);
        let mut there = names.iter().filter(given);
        match (there.next(), there.next()) {
            (Some(_), None) => Some(()),
            (Some(one), Some(other)) => {
                self.refuse(other, format!("cannot be combined with {one}"))
            }
            (None, _) => {
                let [first, others @ ..] = names else { return Some(()) };
                let others = others.join(" or ");
                self.refuse(first, format!("is required, unless {others} is given"))
            }
        }
    }

    /// Words for the document, where a schema cannot say it.
    pub fn note(&mut self, words: &'static str) {
        if let Some(described) = &mut self.described {
            described.add_note(words);
        }
    }

    /// Adds an error that only shows when several fields are seen together.
    pub fn refuse<T>(&mut self, name: &str, message: impl Display) -> Option<T> {
        self.add(FieldError::new(name, message.to_string()));
        None
    }

    /// Marks a name as asked for; in describing mode, gives where to describe it.
    fn asked_for(&mut self, name: &'static str) -> Option<&mut Described> {
        self.asked.push(name);
        if let Some(trace) = &mut self.trace {
            trace.insert(name.to_owned());
        }
        self.described.as_deref_mut()
    }

    fn ask(
        &mut self,
        name: &'static str,
        is_required: bool,
        schema: impl FnOnce() -> Value,
    ) -> Option<&'a Json<'a>> {
        if let Some(described) = self.asked_for(name) {
            described.add(name, is_required, schema());
            return None;
        }
        self.find(name)
    }

    fn find(&mut self, name: &'static str) -> Option<&'a Json<'a>> {
        let mut values = self.given.iter().filter(|(known, _)| known == name);
        let (_, value) = values.next()?;
        if values.next().is_some() {
            self.add(FieldError::new(name, ONCE));
            return Some(TOLD);
        }
        Some(value)
    }

    /// In describing mode an absent field is `None`, so that nothing is built.
    fn absent<T>(&self) -> Option<Option<T>> {
        match self.described {
            None => Some(None),
            Some(_) => None,
        }
    }

    fn parse<P: Parser>(&mut self, name: &str, value: &Json<'_>, parser: P) -> Option<P::Out> {
        if matches!(value, Json::Unreadable) {
            return None;
        }
        match parser.read(value) {
            Ok(read) => Some(read),
            Err(message) => self.refuse(name, message),
        }
    }

    fn refuse_unknown(&mut self) {
        let given = self.given;
        for (name, _) in given {
            // To guess what was meant costs more than to send it.
            if self.is_full() {
                return;
            }
            if !self.asked.contains(&name.as_ref()) {
                let error = unknown(self.what, name, self.asked.iter().copied());
                self.add(error);
            }
        }
    }

    fn add(&mut self, error: FieldError) {
        if !self.is_full() {
            self.errors.push(error);
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS_NAMED
    }
}

fn members<'a>(json: &'a Json<'a>) -> Result<&'a Members<'a>, Problem> {
    match json {
        Json::Object(members) => Ok(members),
        other => {
            let message = format!("the body must be an object, not {}", other.kind());
            Err(Problem::invalid_field("", message))
        }
    }
}

/// The error for a name that nobody knows, with what was probably meant.
fn unknown<'k>(what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) -> FieldError {
    let message = match closest(name, known) {
        Some(meant) => format!("unknown {what}; did you mean {meant}?"),
        None => format!("unknown {what}"),
    };
    FieldError::new(shown(name), message)
}

/// A name from outside as it is repeated: its beginning, and nothing that a terminal or a log would
/// take for a command.
pub(super) fn shown(name: &str) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    name.chars().take(NAME_SHOWN).map(plain).collect()
}

fn refused(errors: Vec<FieldError>) -> Problem {
    let only_read_only = !errors.is_empty() && errors.iter().all(|e| e.message == READ_ONLY);
    if only_read_only {
        let detail =
            "these fields cannot be changed here: send them as they were read, or not at all";
        return Problem::new(codes::READ_ONLY, detail).errors(errors);
    }
    Problem::invalid(errors)
}

#[cfg(test)]
mod tests;
