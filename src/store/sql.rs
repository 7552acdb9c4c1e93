//! Short forms of SQLite calls. Each statement is prepared once.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row};
use serde::Serialize;

use super::GroupKey;
use super::times::instant;
use crate::domain::{CallId, Instant, PeerId};

/// Ids and instants are integers in the store.
macro_rules! integer_columns {
    ($($type:ident: $read:expr),*) => {$(
        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$type> {
                i64::column_result(value).and_then($read)
            }
        }

        impl ToSql for $type {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }
    )*};
}

integer_columns!(
    CallId: |id| Ok(CallId(id)),
    GroupKey: |id| Ok(GroupKey(id)),
    Instant: |seconds| instant(seconds).map_err(FromSqlError::other),
    PeerId: |id| Ok(PeerId(id))
);

/// Runs a statement; returns how many rows it changed.
pub(super) fn run(db: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    db.prepare_cached(sql)?.execute(params)
}

/// The one value that a query returns.
pub(super) fn value<T: FromSql>(db: &Connection, sql: &str, params: impl Params) -> Result<T> {
    db.prepare_cached(sql)?.query_row(params, |row| row.get(0))
}

/// Whether a table has a matching row. `from` is the part of the query after `FROM`.
pub(super) fn exists(db: &Connection, from: &str, params: impl Params) -> Result<bool> {
    value(db, &format!("SELECT EXISTS (SELECT 1 FROM {from})"), params)
}

/// The first row of a query, if there is one.
pub(super) fn first<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row) -> Result<T>,
) -> Result<Option<T>> {
    db.prepare_cached(sql)?.query_row(params, read).optional()
}

/// All rows of a query.
pub(super) fn all<T, B: FromIterator<T>>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row) -> Result<T>,
) -> Result<B> {
    db.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// Plain data as JSON.
pub(super) fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("plain data has a JSON form")
}
