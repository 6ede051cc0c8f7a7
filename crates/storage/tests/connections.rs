//! Connections that the server has closed, as after its restart, cost no one a request; and who waits for one gets it in turn.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use domain::ids::AttemptId;
use storage::{Db, DbSettings, ServiceRole, StorageError, businesses};
use testkit::Database;
use tokio::task::JoinSet;

const CLOSE_ALL: &str = "
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn closed_connections_are_replaced_without_an_error() {
    let database = Database::create().await;
    let db = database.db(ServiceRole::ApiGateway);
    let ask = || async {
        let both = tokio::join!(db.ping(), db.ping());
        both.0.and(both.1).expect("a transaction");
        let nobody = db
            .statement(|tx| businesses::of_attempt(tx, AttemptId::mint()))
            .await;
        assert_eq!(nobody.expect("a statement"), None);
    };
    ask().await;
    database.execute(CLOSE_ALL).await;
    ask().await;
    database.execute(CLOSE_ALL).await;
    let nobody = db
        .statement(|tx| businesses::of_attempt(tx, AttemptId::mint()))
        .await;
    assert_eq!(nobody.expect("a statement first"), None);
}

#[tokio::test]
async fn what_fails_for_another_reason_is_not_tried_again() {
    let database = Database::create().await;
    let db = database.db(ServiceRole::ApiGateway);
    let mut tries = 0;
    let failed = db
        .system(move |_| {
            tries += 1;
            assert_eq!(tries, 1);
            Err::<(), _>(StorageError::NotFound)
        })
        .await;
    assert!(matches!(failed, Err(StorageError::NotFound)));
}

/// A pool of a single connection.
fn one_at_a_time(database: &Database) -> Db {
    Db::new(&DbSettings {
        url: database.url().to_owned(),
        role: ServiceRole::ApiGateway,
        pool_size: 1,
        reads: 0,
    })
}

#[tokio::test]
async fn callers_are_served_in_the_order_in_which_they_came() {
    let database = Database::create().await;
    let db = one_at_a_time(&database);
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut callers = JoinSet::new();
    for place in 0..100 {
        let (db, served) = (db.clone(), Arc::clone(&served));
        callers.spawn(async move {
            db.system(move |_| {
                served.lock().expect("a list").push(place);
                Ok::<_, StorageError>(())
            })
            .await
        });
    }
    for answer in callers.join_all().await {
        answer.expect("a transaction");
    }
    assert_eq!(
        *served.lock().expect("a list"),
        (0..100).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn who_has_given_up_takes_no_turn() {
    let database = Database::create().await;
    let db = one_at_a_time(&database);
    let (has_begun, begun) = tokio::sync::oneshot::channel();
    let (release, until) = mpsc::channel::<()>();
    let holding = db.clone();
    let mut first = JoinSet::new();
    first.spawn(async move {
        holding
            .system(move |_| {
                has_begun.send(()).expect("somebody waits");
                until.recv().expect("somebody releases");
                Ok::<_, StorageError>(())
            })
            .await
    });
    begun.await.expect("the first has the connection");
    let was_served = Arc::new(AtomicBool::new(false));
    let (waiting, served) = (db.clone(), Arc::clone(&was_served));
    let mut second = JoinSet::new();
    second.spawn(async move {
        waiting
            .system(move |_| {
                served.store(true, Ordering::SeqCst);
                Ok::<_, StorageError>(())
            })
            .await
    });
    tokio::task::yield_now().await;
    second.shutdown().await;
    release.send(()).expect("the first holds it");
    for answer in first.join_all().await {
        answer.expect("a transaction");
    }
    db.ping().await.expect("the connection is free again");
    assert!(!was_served.load(Ordering::SeqCst));
}
