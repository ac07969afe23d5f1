//! With whose rights something is done: the switch of user that PostgreSQL's own foreign-key triggers make.
//!
//! What reads or writes our tables acts as their owner. What evaluates the shop's expressions or writes its tables acts
//! as the owner of that table as of now, and row level security is not forced upon him. Nobody lends his search_path to
//! rights that are not his: who has the owner's privileges keeps his own, for anybody else the owner's own is taken.

use pgrx::prelude::*;
use std::ffi::{CStr, CString, c_int};

use super::guard;
use super::lookup::Tables;
use super::statement::{Statement, command, connected};

/// Who owns a table, and the search_path he works with.
#[derive(Clone, Debug)]
pub struct Owner {
    pub role: pg_sys::Oid,
    /// As his own settings say: those of the role in this database, of the role, of the database, or PostgreSQL's default.
    pub path: CString,
}

/// Who calls for what is done, and so whose search_path may count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Called {
    /// A trigger: the shop's session, with the search_path that its own triggers have too.
    ByTrigger,
    /// A function of ours, which pins a search_path that is nothing to the shop's code.
    ByFunction,
}

/// What the shop's code, once started, may do beyond what it was started for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Evaluating its expressions: nothing.
    Reading,
    /// The same of expressions that name all they use with its schema, as PostgreSQL's own or the shop's: no search_path
    /// is lent to them, so that none can be turned against the owner.
    ReadingWithoutPath,
    /// Writing a table that the caller writes himself, whose triggers run for him anyway.
    WritingWhatTheCallerWrites,
    /// Writing a table that the caller has nothing to do with. What its triggers leave for the end of the transaction
    /// would run as the caller then: so they can leave nothing.
    Writing,
}

/// Ends a switch of user at the end of its scope. After an error the end of the (sub)transaction does it.
struct Switched {
    user: pg_sys::Oid,
    context: c_int,
    nest_level: Option<c_int>,
}

impl Drop for Switched {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // SAFETY: restores what was read when the switch was made.
        unsafe {
            if let Some(level) = self.nest_level {
                // As if it had failed: no setting that the shop's code made outlives it.
                pg_sys::AtEOXact_GUC(false, level);
            }
            pg_sys::SetUserIdAndSecContext(self.user, self.context);
        }
    }
}

fn switch(role: pg_sys::Oid, flags: u32) -> Switched {
    let mut switched = Switched { user: pg_sys::InvalidOid, context: 0, nest_level: None };
    // SAFETY: reads and sets this backend's current user; the end of a (sub)transaction restores it after an error.
    unsafe {
        pg_sys::GetUserIdAndSecContext(&mut switched.user, &mut switched.context);
        pg_sys::SetUserIdAndSecContext(role, switched.context | flags as c_int);
    }
    switched
}

/// Does something with our tables. Statements there name everything with its schema, operators too, so that no
/// search_path matters.
pub fn as_ours<T>(role: pg_sys::Oid, body: impl FnOnce() -> T) -> T {
    let _switched = switch(role, pg_sys::SECURITY_LOCAL_USERID_CHANGE);
    body()
}

/// Does something with a table of the shop, or evaluates its expressions.
pub fn as_owner<T>(owner: &Owner, called: Called, doing: Doing, body: impl FnOnce() -> T) -> T {
    let mut flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;
    if doing != Doing::WritingWhatTheCallerWrites {
        flags |= pg_sys::SECURITY_RESTRICTED_OPERATION;
    }
    let mut switched = switch(owner.role, flags);
    // SAFETY: the level is left at the end of the scope, or by the end of the (sub)transaction.
    switched.nest_level = Some(unsafe { pg_sys::NewGUCNestLevel() });
    // Within somebody's SECURITY DEFINER function the path is that of whoever called it, and his rights are not.
    let is_lent_to = switched.context & pg_sys::SECURITY_LOCAL_USERID_CHANGE as c_int != 0;
    // SAFETY: looks roles up in the system caches.
    let may_lend = called == Called::ByTrigger
        && !is_lent_to
        && (switched.user == owner.role || unsafe { pg_sys::has_privs_of_role(switched.user, owner.role) });
    if doing == Doing::ReadingWithoutPath {
        guard::set(c"search_path", "pg_catalog, pg_temp");
    } else if !may_lend {
        guard::set(c"search_path", &owner.path.to_string_lossy());
    }
    body()
}

/// The same where the shop's triggers may put something off to the end of the transaction, as deferred foreign keys do:
/// where that is refused, everything that is put off is checked at once, and what follows as well.
pub fn as_owner_at_once<T>(tables: &Tables, owner: &Owner, called: Called, doing: Doing, body: impl Fn() -> T) -> T {
    if doing != Doing::Writing {
        return as_owner(owner, called, doing, body);
    }
    match guard::attempt(|| as_owner(owner, called, doing, &body)) {
        Ok(answer) => answer,
        Err(failure) if failure.message.contains("deferred trigger within security-restricted") => {
            as_at_commit(c"set constraints all immediate");
            let answer = as_owner(owner, called, doing, &body);
            put_off_again(tables);
            answer
        }
        Err(failure) => failure.raise(),
    }
}

/// Sets constraints as whom COMMIT would check them: what was put off before runs now, for nobody else than it would then.
fn as_at_commit(constraints: &CStr) {
    // SAFETY: reads who the session's user is, whatever function is running.
    let mut switched = switch(unsafe { pg_sys::GetOuterUserId() }, pg_sys::SECURITY_LOCAL_USERID_CHANGE);
    // SAFETY: the level is left at the end of the scope, or by the end of the (sub)transaction.
    switched.nest_level = Some(unsafe { pg_sys::NewGUCNestLevel() });
    connected(|| command(constraints));
}

/// Puts off again what is put off by default. Nothing waits just then, so nothing runs for it.
fn put_off_again(tables: &Tables) {
    const DEFERRED: &str = "
        select pg_catalog.string_agg(distinct pg_catalog.format('%I.%I', n.nspname, c.conname), ', ')
          from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.connamespace
         where c.condeferred";
    as_ours(tables.owner, || {
        connected(|| {
            let names: Option<String> = Statement::new(DEFERRED, &[]).run(&[]).value(0, 1);
            if let Some(names) = names.and_then(|names| CString::new(format!("set constraints {names} deferred")).ok())
            {
                command(&names);
            }
        });
    });
}
