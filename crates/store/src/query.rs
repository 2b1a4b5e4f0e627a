//! Building blocks of the readers' queries: conditions with their parameters, and pages.

use crate::value::Value;
use domain::Micros;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Filter {
    conditions: Vec<String>,
    pub(crate) params: Vec<Value<'static>>,
}

impl Filter {
    pub(crate) fn sql(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds a parameter and gives its place, such as `$3`.
    pub(crate) fn param(&mut self, value: Value<'static>) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }

    pub(crate) fn with(
        &mut self,
        condition: impl FnOnce(&str) -> String,
        value: impl Into<Value<'static>>,
    ) {
        let place = self.param(value.into());
        self.conditions.push(condition(&place));
    }

    /// One of the values, or no condition when there are none.
    pub(crate) fn any(&mut self, column: &str, values: impl Iterator<Item = Value<'static>>) {
        let places: Vec<String> = values.map(|value| self.param(value)).collect();
        if !places.is_empty() {
            self.conditions.push(format!("{column} in ({})", places.join(", ")));
        }
    }

    /// The same for as many as there may be: the last one is repeated until there are a power of two, so
    /// that there are few statements to prepare.
    pub(crate) fn any_of_many(
        &mut self,
        column: &str,
        values: impl Iterator<Item = Value<'static>>,
    ) {
        self.any(column, of_few_lengths(values).into_iter());
    }

    /// Narrows to what comes after the row of a page whose list is sorted by a time and an id; gives the
    /// order and the bounds.
    pub(crate) fn after(&mut self, time: &str, id: &str, page: Page<(Micros, Uuid)>) -> String {
        let (sign, order) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some((at, last)) = page.after {
            let (at, last) = (self.param(at.0.into()), self.param(Value::Uuid(last)));
            self.sql(&format!("({time}, {id}) {sign} ({at}, {last})"));
        }
        let (limit, offset) = (page.limit, page.offset);
        format!("order by {time} {order}, {id} {order} limit {limit} offset {offset}")
    }

    /// One for what stands around this one's clause, over the same parameters.
    pub(crate) fn around(self) -> Filter {
        Filter { conditions: Vec::new(), params: self.params }
    }

    pub(crate) fn where_clause(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!("where {}", self.conditions.join(" and ")),
        }
    }
}

fn of_few_lengths(values: impl Iterator<Item = Value<'static>>) -> Vec<Value<'static>> {
    let mut values: Vec<_> = values.collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    #[default]
    Rising,
    Falling,
}

/// A piece of a list, by offset or after a row.
#[derive(Clone, Debug)]
pub struct Page<After> {
    pub limit: i64,
    pub offset: i64,
    pub after: Option<After>,
    pub direction: Direction,
}

/// A pattern for `like … escape '\'` that finds the text anywhere.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_what_is_searched_for_are_only_characters() {
        assert_eq!(contains(r"50%_\x"), r"%50\%\_\\x%");
    }
}
