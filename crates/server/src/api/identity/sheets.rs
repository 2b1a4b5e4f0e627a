//! Customers as a sheet over HTTP. With them come the hashes of their passwords, so that only admins bring
//! them.

use crate::{
    api::catalog::sheets::{RowErrorView, TOLD_MOST},
    app::App,
    http::{
        Method, State,
        answers::Answer,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::boolean,
        problems::Problem,
        queries::Query,
        rights::Admin,
        routes::Route,
        shapes::view,
        sheets::SheetBody,
        streams::{Later, Streamed},
    },
    sheets::{
        customers::{self, CustomerSheet, Finding},
        imports::{TOLD, field_error},
        spools::{Spool, no_room},
    },
};
use domain::Register;
use std::{io, sync::Arc};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/customers.csv", "import_customers", import)
            .about("Imports customers, with the hashes of their passwords as Django keeps them: all rows are looked at before the first is written, and none is if one is bad. Who is there already, with his name and address, stays as he is: the same sheet may be sent again.")
            .sends::<Register>(),
    ]
}

/// An import's query.
struct CustomersQuery {
    dry_run: bool,
}

impl Reads for CustomersQuery {
    const NAME: &'static str = "CustomersQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<CustomersQuery> {
        let dry_run = query.optional("dry_run", boolean());
        Some(CustomersQuery { dry_run: dry_run?.unwrap_or(false) })
    }
}

view! {
    pub struct CustomerImportView<'a> = "CustomerImport" {
        created: i64,
        unchanged: i64,
        /// So many errors and changes are left out of the lists: these are as long as a dry run's answer may be.
        not_told: i64,
        /// Of a dry run; otherwise there are none, for they would have been refused.
        #[serde(skip)]
        errors: Later<RowErrorView<'a>>,
        #[serde(skip)]
        changes: Later<CustomerChangeView<'a>>,
    }
}

view! {
    pub struct CustomerChangeView<'a> = "CustomerChange" {
        line: usize,
        username: &'a str,
        field: &'a str,
        from: &'a str,
        to: &'a str,
    }
}

/// What was found in a sheet, in files: it may be as long as the sheet.
struct Report {
    errors: Spool,
    changes: Spool,
    not_told: i64,
}

impl Report {
    fn new() -> io::Result<Report> {
        let spool = || Spool::new(TOLD_MOST);
        Ok(Report { errors: spool()?, changes: spool()?, not_told: 0 })
    }

    fn add(&mut self, finding: Finding<'_>) -> io::Result<()> {
        match finding {
            Finding::Bad { line, fault } => {
                let is_told = self.errors.push(&RowErrorView::of(line, fault))?;
                self.not_told += i64::from(!is_told);
            }
            Finding::New { line, customer } => {
                let (line, username) = (line as usize, customer.username.as_str());
                for (field, to) in customer.told() {
                    let change = CustomerChangeView { line, username, field, from: "", to };
                    self.not_told += i64::from(!self.changes.push(&change)?);
                }
            }
            Finding::Rows(_) => {}
        }
        Ok(())
    }

    fn answer(
        self,
        created: i64,
        unchanged: i64,
    ) -> Result<Answer<CustomerImportView<'static>>, Problem> {
        let (not_told, errors, changes) = (self.not_told, Later::default(), Later::default());
        let view = CustomerImportView { created, unchanged, not_told, errors, changes };
        let finished = |spool: Spool| spool.finish().map_err(|error| no_room(&error));
        let (errors, changes) = (finished(self.errors)?, finished(self.changes)?);
        let answer = Streamed::of(&view)?
            .list("errors", view.errors, move |from| errors.clone().piece(from))
            .list("changes", view.changes, move |from| changes.clone().piece(from));
        Ok(answer.answer())
    }
}

async fn import(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    CorrelationId(correlation): CorrelationId,
    Query(query): Query<CustomersQuery>,
    sheet: SheetBody<CustomerSheet>,
) -> Result<Answer<CustomerImportView<'static>>, Problem> {
    let sheet = sheet.taken(&app, admin.actor().caller).await?;
    let mut report = Report::new().map_err(|error| no_room(&error))?;
    if query.dry_run {
        let mut found = |finding: Finding<'_>| report.add(finding);
        let checked = customers::check(&app, &sheet.file, &mut found).await?;
        let answer = report.answer(checked.created, checked.unchanged)?;
        return Ok(answer.of_commit(&app, None).await);
    }
    let mut bad = Vec::new();
    let mut found = |finding: Finding<'_>| {
        if let Finding::Bad { line, fault } = finding
            && bad.len() < TOLD
        {
            bad.push(field_error(line, fault));
        }
        Ok(())
    };
    let checked = customers::check(&app, &sheet.file, &mut found).await?;
    if checked.bad > 0 {
        return Err(checked.refused(bad));
    }
    let by = (admin.actor(), domain::CorrelationId(correlation));
    let written = customers::write(&app, by, &sheet.file, &mut |_| {}).await?;
    let answer = report.answer(written.created, written.unchanged)?;
    Ok(answer.of_commit(&app, written.commit).await)
}
