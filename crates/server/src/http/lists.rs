//! Lists as they are answered: a page of rows, looked for with one more, which tells whether there are
//! others. They are counted unless a cursor says where to begin.

use super::{
    answers::Written,
    fields::{Fields, Given, Reads},
    pages::{Count, Cursor, Links, List, Page, Start},
    problems::Problem,
    shapes::View,
};
use domain::Micros;
use serde::Serialize;
use store::{Direction, ReadError};
use uuid::Uuid;

impl Page {
    /// The row that the cursor goes on after, if `read` knows it for one that this list gave out.
    pub fn after<A>(
        &self,
        query: &mut Fields<'_>,
        read: impl FnOnce(&Cursor) -> Option<A>,
    ) -> Option<Option<A>> {
        match &self.start {
            Start::Cursor(Some(cursor)) => match read(cursor) {
                Some(after) => Some(Some(after)),
                None => query.refuse("cursor", "is not one that this list gave out"),
            },
            _ => Some(None),
        }
    }

    /// The rows to look for.
    pub fn asked<A>(&self, after: Option<A>, direction: Direction) -> store::Page<A> {
        let (limit, offset) = (self.limit + 1, self.offset().unwrap_or(0));
        store::Page { limit, offset, after, direction }
    }

    /// Looks for the rows that were asked for, and counts all of them if that is wanted and not known by them.
    pub async fn find<T, C: Into<Count>>(
        self,
        rows: impl Future<Output = Result<Vec<T>, ReadError>>,
        count: impl Future<Output = Result<C, ReadError>>,
    ) -> Result<Found<T>, Problem> {
        let mut rows = rows.await?;
        let is_more = rows.len() as i64 > self.limit;
        rows.truncate(usize::try_from(self.limit).unwrap_or(0));
        let count = match self.offset() {
            None => None,
            // The list ends here, and need not be counted.
            Some(offset) if !is_more && (offset == 0 || !rows.is_empty()) => {
                Some((offset + rows.len() as i64).into())
            }
            Some(_) => Some(count.await?.into()),
        };
        Ok(Found { page: self, rows, count, is_more })
    }
}

/// What was found for a page.
pub struct Found<T> {
    page: Page,
    pub rows: Vec<T>,
    count: Option<Count>,
    is_more: bool,
}

impl<T> Found<T> {
    /// The page with its rows as they are shown. `place` says where a row stands.
    pub fn written<V: View + Serialize>(
        &self,
        links: &Links<'_>,
        place: impl FnOnce(&T) -> Cursor,
        views: Vec<V>,
    ) -> Result<Written<List<V>>, Problem> {
        let last = self.rows.last().map(place);
        Written::of(None, &self.page.list(links, views, self.count, self.is_more, last))
    }
}

/// What a list is sorted by that has one order only.
pub trait Place: Sized + Send + 'static {
    fn cursor(&self) -> Cursor;
    fn read(cursor: &Cursor) -> Option<Self>;
}

impl Place for Uuid {
    fn cursor(&self) -> Cursor {
        Cursor(vec![self.to_string()])
    }

    fn read(cursor: &Cursor) -> Option<Uuid> {
        let [id] = cursor.0.as_slice() else { return None };
        Uuid::try_parse(id).ok()
    }
}

impl Place for (Micros, Uuid) {
    fn cursor(&self) -> Cursor {
        Cursor(vec![self.0.0.to_string(), self.1.to_string()])
    }

    fn read(cursor: &Cursor) -> Option<(Micros, Uuid)> {
        let [at, id] = cursor.0.as_slice() else { return None };
        Some((Micros(at.parse().ok()?), Uuid::try_parse(id).ok()?))
    }
}

/// The query of a list that is neither narrowed nor sorted.
pub struct Whole<P> {
    pub page: Page,
    pub after: Option<P>,
}

impl<P: Place> Reads for Whole<P> {
    const NAME: &'static str = "PageQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<Whole<P>> {
        let page = Page::read(query)?;
        let after = page.after(query, P::read)?;
        Some(Whole { page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_no_other() {
        let (at, id) = (Micros(1_700_000_000_000_000), Uuid::from_u128(7));
        assert_eq!(Uuid::read(&id.cursor()), Some(id));
        assert_eq!(<(Micros, Uuid)>::read(&(at, id).cursor()), Some((at, id)));
        assert_eq!(<(Micros, Uuid)>::read(&id.cursor()), None);
        assert_eq!(Uuid::read(&(at, id).cursor()), None);
        assert_eq!(Uuid::read(&Cursor(vec!["nobody".to_owned()])), None);
    }

    #[tokio::test]
    async fn a_page_is_looked_for_with_one_row_more_and_counted_without_a_cursor() {
        for (start, has, shown, is_more, count) in [
            (Start::Offset(0), 0, 0, false, Some(0.into())),
            (Start::Offset(0), 2, 2, false, Some(2.into())),
            (Start::Offset(7), 0, 0, false, Some(5.into())),
            (Start::Number(2), 1, 1, false, Some(3.into())),
            (Start::Number(2), 3, 2, true, Some(5.into())),
            (Start::Cursor(None), 3, 2, true, None),
        ] {
            let page = Page { limit: 2, start };
            let asked = page.asked(Some(()), Direction::Rising);
            assert_eq!((asked.limit, asked.offset), (3, page.offset().unwrap_or(0)));
            let found = page.find(async { Ok(vec![(); has]) }, async { Ok(5) }).await;
            let found = found.unwrap_or_else(|problem| panic!("{}", problem.detail()));
            assert_eq!((found.rows.len(), found.is_more, found.count), (shown, is_more, count));
        }
    }
}
