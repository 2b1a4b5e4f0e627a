//! Sessions: where one is logged in.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Known, Segment},
        authentication::Account,
        correlation::CorrelationId,
        fields::Given,
        lists::{Place, Whole},
        pages::{List, OFFSET_MOST},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        routes::Route,
        shapes::{Time, time, view},
    },
    keys::now,
};
use domain::{EndSession, Micros, Session, SessionId};
use std::sync::Arc;
use store::Direction;
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/identity/me/sessions", "list_sessions", list)
            .about("Lists where one is logged in, the session that was used last first.")
            .linked("sessions"),
        Route::new(Method::DELETE, "/api/identity/me/sessions/{id}", "end_session", end)
            .about("Ends a session: its tokens are good no longer.")
            .shows_nothing()
            .sends::<EndSession>(),
    ]
}

view! {
    pub struct SessionView<'a> = "Session" {
        id: Uuid,
        /// Whether it is the one that asks.
        is_current: bool,
        user_agent: Option<&'a str>,
        created_at: String as Time,
        refreshed_at: String as Time,
        expires_at: String as Time,
    }
}

impl SessionView<'_> {
    pub fn of(session: &Session, current: SessionId) -> SessionView<'_> {
        SessionView {
            id: session.id.0,
            is_current: session.id == current,
            user_agent: session.agent.as_deref(),
            created_at: time(session.created_at),
            refreshed_at: time(session.rotated_at),
            expires_at: time(session.expires_at),
        }
    }
}

async fn list(
    State(app): State<Arc<App>>,
    account: Account,
    query: LateQuery<Whole<(Micros, Uuid)>>,
    known: Known,
) -> Result<Answer<List<SessionView<'static>>>, Problem> {
    let Whole { page, after } = query.read(Given::of(app.currency))?;
    let (late, at) = (app.readers.late(), now());
    let asked = page.asked(after, Direction::Falling);
    let count = late.count_sessions(account.id, at, OFFSET_MOST);
    let found = page.find(late.sessions(account.id, at, asked), count).await?;
    let views = found.rows.iter().map(|one| SessionView::of(one, account.session)).collect();
    let place = |session: &Session| (session.rotated_at, session.id.0).cursor();
    let links = query.links(&app.settings.public_url);
    Ok(found.written(&links, place, views)?.answer(&known))
}

async fn end(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let no_such = |_| Problem::not_found("there is no such session");
    let id = Uuid::try_parse(&id).map(SessionId).map_err(no_such)?;
    let end = EndSession { id, account: account.id };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(account.actor(), correlation, None, end).await?;
    app.revocations.add(id.0);
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}
