//! A full count of orders, in SQL, as of a position of the feed.

use domain::{EventKind, FigureKind, Micros, OrderStatus, SubjectKind, figures::LADDER};

/// The figures of these orders `o` as of a position, counted.
pub(crate) fn counted_sql(position: &str, which: &str) -> String {
    let [completed, failed, cancelled] =
        [OrderStatus::Completed, OrderStatus::Failed, OrderStatus::Cancelled]
            .map(OrderStatus::code);
    let (hour, second) = (Micros::HOUR, Micros::SECOND);
    let (half_ms, ms) = (second / 2_000, second / 1_000);
    let (stood, span) = (stood_sql(position, which), span_sql("took"));
    let [statuses, orders, revenue, time, spans] = [
        FigureKind::Statuses,
        FigureKind::Orders,
        FigureKind::Revenue,
        FigureKind::Time,
        FigureKind::Spans,
    ]
    .map(FigureKind::code);
    format!(
        "with {stood}, timed as (
            select status, created_at / {hour} as hour, total_minor,
                   case when status not in ({completed}, {failed}) then null
                        when completed > started then completed - started else 0 end as took
            from stood
         ), summed as (
            select status, hour, {span} as span, count(*) as orders, sum(total_minor) as total,
                   sum((took + {half_ms}) / {ms}) as time
            from timed group by 1, 2, 3
         ), counted as (
            select {statuses} as kind, status as bucket, sum(orders) as value from summed
            group by status
            union all
            select {orders}, hour, sum(orders) from summed group by hour
            union all
            select {revenue}, hour, sum(total) from summed
            where status not in ({cancelled}, {failed}) group by hour
            union all
            select {time}, 0, sum(time) from summed
            union all
            select {spans}, span, sum(orders) from summed where span is not null group by span
         )
         select kind, cast(bucket as bigint) as bucket, cast(value as bigint) as value
         from counted where value <> 0"
    )
}

/// Where these orders stood. One to which something has happened since is put together from its events until then;
/// one that was not placed yet has none.
fn stood_sql(position: &str, which: &str) -> String {
    let of_orders = SubjectKind::Order.code();
    let moves = EventKind::ALL.iter().filter(|kind| kind.status().is_some());
    let moves: Vec<String> = moves.map(|kind| kind.code().to_string()).collect();
    let moves = moves.join(", ");
    let reached = reached_sql("m.kind");
    let started = EventKind::OrderStarted.code();
    // An expression is in no index: SQLite would look through the index of all subjects for those that are distinct,
    // with each piece anew, where there are few or no events after the position.
    format!(
        "moved as (
            select distinct coalesce(subject_id, subject_id) as id from events
            where position > {position} and subject_kind = {of_orders}
         ), stood as (
            select o.status, o.created_at, o.total_minor, o.processing_started_at as started,
                   o.processing_completed_at as completed
            from orders o
            where {which} and not exists (select 1 from moved v where v.id = o.id)
            union all
            select {reached}, o.created_at, o.total_minor,
                   (select s.at from events s where s.subject_id = o.id and s.position <= {position}
                    and s.kind = {started} order by s.version desc limit 1),
                   m.at
            from moved v join orders o on o.id = v.id
            join events m on m.subject_id = v.id and m.version = (
                select max(e.version) from events e where e.subject_id = v.id
                and e.position <= {position} and e.kind in ({moves}))
            where {which}
         )"
    )
}

/// Where an order's event has brought it, in SQL, of a column.
pub(crate) fn reached_sql(column: &str) -> String {
    let cases: Vec<String> = EventKind::ALL
        .iter()
        .filter_map(|kind| Some((kind.code(), kind.status()?.code())))
        .map(|(kind, status)| format!("when {kind} then {status}"))
        .collect();
    format!("case {column} {} end", cases.join(" "))
}

/// The span of so many microseconds, in SQL, of a column.
fn span_sql(column: &str) -> String {
    let case = |below: i64, from: i64, width: i64| {
        format!("when {column} < {below} then {from} + {column} / {width}")
    };
    let cases: Vec<String> =
        LADDER.iter().map(|rung| case(rung.below, rung.from, rung.width)).collect();
    format!("case {} end", cases.join(" "))
}
